package alerts_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

// refused checks that each change of a good sender is an ErrSender.
func refused(t *testing.T, changes map[string]func(s *alerts.Sender)) {
	t.Helper()
	for name, spoil := range changes {
		s := sender
		spoil(&s)
		if err := s.Validate(); !errors.Is(err, alerts.ErrSender) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func accepted(t *testing.T, changes map[string]func(s *alerts.Sender)) {
	t.Helper()
	for name, change := range changes {
		s := sender
		change(&s)
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSenderParts(t *testing.T) {
	logo := alerts.Logo{URL: "https://shop.example/logo.png", Alt: "Example Shop", Width: 120, Height: 32}
	badLogo := func(change func(l *alerts.Logo)) func(*alerts.Sender) {
		return func(s *alerts.Sender) { s.Logo = logo; change(&s.Logo) }
	}
	name := alerts.Text{"en": "Police", "ko": "경찰"}
	line := func(h ...alerts.Hotline) func(*alerts.Sender) {
		return func(s *alerts.Sender) { s.Hotlines = h }
	}
	address := func(p alerts.Purpose, addr string) func(*alerts.Sender) {
		return func(s *alerts.Sender) { s.Addresses = map[alerts.Purpose]string{p: addr} }
	}
	accepted(t, map[string]func(*alerts.Sender){
		"domains": func(s *alerts.Sender) {
			s.LinkDomains = []string{"shop-pay.example"}
			s.SupportURL = "https://m.shop-pay.example/"
			s.ReplyTo = "help@shop-pay.example"
		},
		"logo": badLogo(func(*alerts.Logo) {}), "country": func(s *alerts.Sender) { s.Country = "JP" }, "nobody": func(s *alerts.Sender) { s.Hotlines = []alerts.Hotline{} },
		"hotline": line(alerts.Hotline{Name: name, Phone: "+82 2-1234-5678"}), "orders": address(alerts.ForOrders, "order@mail.shop.example"),
	})
	refused(t, map[string]func(*alerts.Sender){
		"open domain": func(s *alerts.Sender) { s.LinkDomains = []string{"bit.ly"} }, "bad domain": func(s *alerts.Sender) { s.LinkDomains = []string{"Shop.example"} },
		"imitation": func(s *alerts.Sender) { s.Brand, s.LinkDomains = "Google", []string{"g00gle.example"} }, "many domains": func(s *alerts.Sender) { s.LinkDomains = strings.Split(strings.Repeat("a.example ", 9), " ")[:9] },
		"from elsewhere": func(s *alerts.Sender) { s.LinkDomains, s.From = []string{"pay.example"}, "security@pay.example" },
		"a person":       address(alerts.ForOrders, "minjun@shop.example"), "free mail": address(alerts.ForNotices, "notice@gmail.com"), "no purpose": address("marketing", "notice@shop.example"),
		"logo over HTTP": badLogo(func(l *alerts.Logo) { l.URL = "http://shop.example/logo.png" }), "logo elsewhere": badLogo(func(l *alerts.Logo) { l.URL = "https://cdn.example/logo.png" }),
		"logo that tells": badLogo(func(l *alerts.Logo) { l.URL += "?u=1" }), "logo with a mark": badLogo(func(l *alerts.Logo) { l.URL += "#" }), "SVG": badLogo(func(l *alerts.Logo) { l.URL = "https://shop.example/logo.svg" }),
		"no alt": badLogo(func(l *alerts.Logo) { l.Alt = "" }), "alt of two lines": badLogo(func(l *alerts.Logo) { l.Alt = "a\nb" }), "a pixel": badLogo(func(l *alerts.Logo) { l.Width, l.Height = 1, 1 }),
		"a poster": badLogo(func(l *alerts.Logo) { l.Width = 2000 }), "alt alone": func(s *alerts.Sender) { s.Logo = alerts.Logo{Alt: "x"} },
		"country": func(s *alerts.Sender) { s.Country = "Korea" }, "no number": line(alerts.Hotline{Name: name}), "no name": line(alerts.Hotline{Phone: "112"}), "half a name": line(alerts.Hotline{Name: alerts.Text{"ko": "경찰"}, Phone: "112"}),
		"a link for a number": line(alerts.Hotline{Name: name, Phone: "evil.test"}), "many": line(make([]alerts.Hotline, 6)...),
	})
}

// Whom to report to: as the shop says, else Korea's for a shop there, and where
// the country is not known for those who read Korean.
func TestHotlines(t *testing.T) {
	for _, c := range []struct{ country, lang, want string }{
		{"", "ko", "118 112"}, {"", "en", ""}, {"KR", "en", "118 112"}, {"KR", "ko", "118 112"}, {"US", "ko", ""}, {"US", "en", ""},
	} {
		s := sender
		s.Country = c.country
		got := alerts.Compose(s, alerts.Message{Kind: alerts.NewDevice, Recipient: alerts.Recipient{Lang: c.lang}}).Phishing
		var numbers []string
		for _, l := range got.Contacts {
			numbers = append(numbers, l[strings.LastIndexByte(l, ' ')+1:])
		}
		if strings.Join(numbers, " ") != c.want || (got.ContactsTitle == "") != (c.want == "") {
			t.Errorf("%q %s: %q", c.country, c.lang, got.Contacts)
		}
		s.Hotlines = []alerts.Hotline{{Name: alerts.Text{"en": "Fraud desk", "ko": "사기 신고"}, Phone: "1234"}}
		if got := alerts.Compose(s, alerts.Message{Recipient: alerts.Recipient{Lang: c.lang}}).Phishing.Contacts; len(got) != 1 || !strings.HasSuffix(got[0], ": 1234") {
			t.Errorf("%q %s: the shop's own: %q", c.country, c.lang, got)
		}
		s.Hotlines = []alerts.Hotline{}
		if got := alerts.Compose(s, alerts.Message{Recipient: alerts.Recipient{Lang: c.lang}}).Phishing.Contacts; got != nil {
			t.Errorf("%q %s: nobody: %q", c.country, c.lang, got)
		}
	}
}

func notice(change func(t *alerts.NoticeText)) alerts.Notice {
	n := alerts.Notice{Version: "2027-01", Texts: map[string]alerts.NoticeText{}}
	for _, lang := range []string{"en", "ko"} {
		text := alerts.NoticeText{
			Title: "Take care, " + lang, What: "Forged messages of {brand}.", Rules: []string{"Type {domain}.", "Ours come from {from}."}, Doubt: "Ask us.", Contacts: "Report to", Short: "Type {domain}.",
		}
		if change != nil {
			change(&text)
		}
		n.Texts[lang] = text
	}
	return n
}

func TestNotice(t *testing.T) {
	s := sender
	s.Notice, s.Country = notice(nil), "KR"
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	got := alerts.Compose(s, alerts.Message{Kind: alerts.NewDevice, Recipient: alerts.Recipient{Lang: "ko"}}).Phishing
	want := alerts.Phishing{
		Version: "2027-01", Title: "Take care, ko", What: "Forged messages of Example Shop.", Rules: []string{"Type shop.example.", "Ours come from security@shop.example."},
		Doubt: "Ask us.", ContactsTitle: "Report to", Contacts: got.Contacts, Short: "Type shop.example.",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || len(got.Contacts) != 2 {
		t.Errorf("%+v", got)
	}
	// The one that comes with the package obeys its own rules.
	s.Notice = alerts.DefaultNotice()
	if err := s.Validate(); err != nil || s.Notice.Version == "" {
		t.Errorf("the default: %v", err)
	}
	for _, lang := range []string{"en", "ko"} {
		p := alerts.Compose(sender, alerts.Message{Recipient: alerts.Recipient{Lang: lang}}).Phishing
		if p.Version != s.Notice.Version || len(p.Rules) < 3 || !strings.Contains(p.Short, "shop.example") || strings.ContainsAny(fmt.Sprint(p), "{}") && strings.Contains(p.What+p.Doubt+p.Short, "{") {
			t.Errorf("%+v", p)
		}
	}
	bad := func(change func(*alerts.NoticeText)) func(*alerts.Sender) {
		return func(s *alerts.Sender) { s.Notice = notice(change) }
	}
	refused(t, map[string]func(*alerts.Sender){
		"no version": func(s *alerts.Sender) { s.Notice = notice(nil); s.Notice.Version = "" }, "one language": func(s *alerts.Sender) { s.Notice = notice(nil); delete(s.Notice.Texts, "ko") },
		"a third language": func(s *alerts.Sender) { s.Notice = notice(nil); s.Notice.Texts["fr"] = s.Notice.Texts["en"] },
		"no definition":    bad(func(t *alerts.NoticeText) { t.What = "" }), "no rules": bad(func(t *alerts.NoticeText) { t.Rules = nil }), "an empty rule": bad(func(t *alerts.NoticeText) { t.Rules = []string{""} }),
		"many rules": bad(func(t *alerts.NoticeText) { t.Rules = strings.Split("abcdefghi", "") }), "no advice": bad(func(t *alerts.NoticeText) { t.Doubt = "" }), "a short one without the domain": bad(func(t *alerts.NoticeText) { t.Short = "Take care" }),
		"a long short one": bad(func(t *alerts.NoticeText) { t.Short = "{domain}" + strings.Repeat("x", 120) }), "one that is long when it is filled in": bad(func(t *alerts.NoticeText) { t.Short = "{domain} " + strings.Repeat("x", 108) }), "a link": bad(func(t *alerts.NoticeText) { t.What = "See evil.test" }), "half a link": bad(func(t *alerts.NoticeText) { t.What = "www.{brand}" }),
		"another placeholder": bad(func(t *alerts.NoticeText) { t.What = "{name}" }), "half a placeholder": bad(func(t *alerts.NoticeText) { t.What = "{brand" }), "two lines": bad(func(t *alerts.NoticeText) { t.What = "a\r\nb" }),
		"bidi": bad(func(t *alerts.NoticeText) { t.What = "a\u202eb" }),
	})
}

// Words of the shop's own take the place of those of one kind, and can hold no
// more than those.
func TestOwnWords(t *testing.T) {
	s := sender
	s.Texts = map[string]alerts.Text{
		"title.new_device": {"en": "Somebody new at {brand}", "ko": "{brand}에 새 기기"}, "action.new_device.2": {"en": "Look again", "ko": "다시 확인하세요."},
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	c := alerts.Compose(s, alerts.Message{Kind: alerts.NewDevice})
	if c.Title != "Somebody new at Example Shop" || c.Subject != "[Example Shop] Somebody new at Example Shop" || c.Actions[1] != "Look again" {
		t.Errorf("%+v", c)
	}
	if c := alerts.Compose(s, alerts.Message{Kind: alerts.NewCountry}); strings.Contains(c.Title, "Somebody") {
		t.Errorf("another kind: %q", c.Title)
	}
	one := func(key string, text alerts.Text) func(*alerts.Sender) {
		return func(s *alerts.Sender) { s.Texts = map[string]alerts.Text{key: text} }
	}
	both := func(words string) alerts.Text { return alerts.Text{"en": words, "ko": words} }
	refused(t, map[string]func(*alerts.Sender){
		"unknown": one("title.no_such", both("x")), "the notice": one("notice.never", both("x")), "a reason": one("reason.denied_network", both("x")), "empty": one("title.new_device", both("")),
		"one language": one("title.new_device", alerts.Text{"en": "x"}), "a third": one("title.new_device", alerts.Text{"en": "x", "ko": "x", "fr": "x"}), "a link": one("intro.new_device", both("Go to https://shop.example/")),
		"a domain": one("intro.new_device", both("Go to evil.test")), "a placeholder": one("title.new_device", both("{code}")), "two lines": one("title.new_device", both("a\nBcc: b")), "long": one("title.new_device", both(strings.Repeat("x", 600))),
		"hidden": one("title.new_device", both("a\u200bb")),
	})
}

// The time at which a message was made decides which identity it has and what it
// tells; the clock on the wall does not.
func TestAnnouncedChange(t *testing.T) {
	s := sender
	s.Brand, s.Domain, s.From = "New Shop", "new-shop.example", "security@new-shop.example"
	s.SecurityURL, s.PrivacyURL, s.SecurityPolicyURL, s.SupportURL, s.SupportEmail = "https://new-shop.example/security", "", "", "", ""
	day := t0.AddDate(0, 2, 0)
	s.Change = &alerts.Change{Old: sender, Announced: day.AddDate(0, 0, -20), At: day, Until: day.AddDate(0, 0, 60)}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	const oldLink, newLink = "https://shop.example/mine", "https://new-shop.example/mine"
	for _, c := range []struct {
		name              string
		at                time.Time
		signature, title  string
		oldLinks, newLink bool
	}{
		{"before it is announced", day.AddDate(0, 0, -21), "Example Shop", "", true, false},
		{"a second before", day.AddDate(0, 0, -20).Add(-time.Second), "Example Shop", "", true, false},
		{"announced", day.AddDate(0, 0, -20), "Example Shop", "The way to recognise us is about to change", true, false},
		{"the last second", day.Add(-time.Second), "Example Shop", "The way to recognise us is about to change", true, false},
		{"the day", day, "New Shop (formerly Example Shop)", "The way to recognise us has changed", true, true},
		{"the last second of both", day.AddDate(0, 0, 60).Add(-time.Second), "New Shop (formerly Example Shop)", "The way to recognise us has changed", true, true},
		{"settled", day.AddDate(0, 0, 60), "New Shop", "", false, true},
		{"no time known", time.Time{}, "New Shop", "", false, true},
	} {
		m := alerts.Message{Kind: alerts.NewDevice, CreatedAt: c.at, Links: alerts.Links{Mine: oldLink, NotMine: newLink}}
		got := alerts.Compose(s, m)
		if got.Signature != c.signature || got.Subject != "["+c.signature+"] "+got.Title || got.ChangeTitle != c.title || s.Signature("en", c.at) != c.signature {
			t.Errorf("%s: %q, %q, %q", c.name, got.Signature, got.Subject, got.ChangeTitle)
		}
		if (got.Mine != nil) != c.oldLinks || (got.NotMine != nil) != c.newLink {
			t.Errorf("%s: links %v %v", c.name, got.Mine, got.NotMine)
		}
		change := strings.Join(got.Change, "\n")
		if both := strings.Contains(change, "Example Shop · shop.example · security@shop.example") && strings.Contains(change, "New Shop · new-shop.example · security@new-shop.example"); both != (c.title != "") {
			t.Errorf("%s: old and new together: %v\n%s", c.name, both, change)
		}
		if ko := s.Signature("ko", c.at); strings.Contains(c.signature, "formerly") != strings.Contains(ko, "구 Example Shop") {
			t.Errorf("%s: %s", c.name, ko)
		}
		now := s.At(c.at)
		if err := now.Validate(); err != nil || now.Change != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		// The alert's time stands in where the message's is not known.
		m.CreatedAt, m.Alert.At = time.Time{}, c.at
		if again := alerts.Compose(s, m); again.Signature != c.signature {
			t.Errorf("%s, by the alert's time: %q", c.name, again.Signature)
		}
	}
	for _, link := range []string{oldLink, newLink} {
		if err := s.CheckLink(link); err != nil {
			t.Errorf("%s: %v", link, err)
		}
	}
	if s.CheckLink("https://evil.test/") == nil {
		t.Error("any link is accepted during a change")
	}
	with := func(change func(c *alerts.Change)) func(*alerts.Sender) {
		return func(s *alerts.Sender) {
			s.Brand = "New Shop"
			s.Change = &alerts.Change{Old: sender, At: day}
			change(s.Change)
		}
	}
	accepted(t, map[string]func(*alerts.Sender){"defaults": with(func(*alerts.Change) {})})
	refused(t, map[string]func(*alerts.Sender){
		"no day": with(func(c *alerts.Change) { c.At = time.Time{} }), "nothing changes": func(s *alerts.Sender) { s.Change = &alerts.Change{Old: *s, At: day} },
		"out of order": with(func(c *alerts.Change) { c.Announced = day.AddDate(0, 0, 20) }), "at short notice": with(func(c *alerts.Change) { c.Announced = day.AddDate(0, 0, -13) }), "long before": with(func(c *alerts.Change) { c.Announced = day.AddDate(-1, 0, 0) }),
		"ends before it begins": with(func(c *alerts.Change) { c.Until = day.AddDate(0, 0, -1) }), "short": with(func(c *alerts.Change) { c.Until = day.AddDate(0, 0, 13) }), "for ever": with(func(c *alerts.Change) { c.Until = day.AddDate(2, 0, 0) }),
		"bad old": with(func(c *alerts.Change) { c.Old.Domain = "gmail.com" }), "a chain": with(func(c *alerts.Change) {
			older := sender
			older.Brand = "Older Shop"
			c.Old.Change = &alerts.Change{Old: older, At: day.AddDate(-1, 0, 0)}
		}),
	})
}

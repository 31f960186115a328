package alerts_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// How long ago is counted to when the message is sent, and said so that it stays
// true whenever it is read.
func TestAgo(t *testing.T) {
	for _, c := range []struct {
		ago    time.Duration
		en, ko string
	}{
		{-time.Second, "", ""}, {0, "just before this message", "이 메시지를 보내기 직전"}, {time.Minute - 1, "just before this message", "이 메시지를 보내기 직전"},
		{time.Minute, "1 minute before this message", "이 메시지를 보내기 1분 전"}, {3*time.Minute + 59*time.Second, "3 minutes before this message", "이 메시지를 보내기 3분 전"},
		{time.Hour - 1, "59 minutes before this message", "이 메시지를 보내기 59분 전"}, {time.Hour, "1 hour before this message", "이 메시지를 보내기 1시간 전"},
		{24*time.Hour - 1, "23 hours before this message", "이 메시지를 보내기 23시간 전"}, {24 * time.Hour, "1 day before this message", "이 메시지를 보내기 1일 전"},
		{50 * time.Hour, "2 days before this message", "이 메시지를 보내기 2일 전"},
	} {
		if en, ko := alerts.Ago("en", t0, t0.Add(c.ago)), alerts.Ago("ko-KR", t0, t0.Add(c.ago)); en != c.en || ko != c.ko {
			t.Errorf("%s: %q, %q", c.ago, en, ko)
		}
	}
	if got := alerts.Ago("en", time.Time{}, t0) + alerts.Ago("en", t0, time.Time{}); got != "" {
		t.Errorf("an unknown time: %q", got)
	}
	m := alerts.Message{Kind: alerts.NewDevice, CreatedAt: t0.Add(3 * time.Minute), Alert: alerts.Alert{At: t0}, Recipient: alerts.Recipient{TimeZone: "Asia/Seoul"}}
	const want = "Mon, 23 November 2026, 14:05 (Seoul, UTC+9), "
	if got := alerts.Compose(sender, m).Facts[0].Value; got != want+"3 minutes before this message" {
		t.Errorf("composed: %q", got)
	}
	if got := alerts.ComposeAt(sender, m, t0.Add(5*time.Hour)).Facts[0].Value; got != want+"5 hours before this message" {
		t.Errorf("sent later: %q", got)
	}
}

// A shop that wants it shows the visitor's network and not the address.
func TestShortenIP(t *testing.T) {
	for ip, want := range map[string]string{
		"203.0.113.66": "203.0.113.x", "::ffff:203.0.113.66": "203.0.113.x", "2001:db8:1:2:3:4:5:6": "2001:db8:1:x", "fe80::1%eth0": "fe80:0:0:x",
	} {
		m := alerts.Message{Kind: alerts.NewDevice, Alert: alerts.Alert{Client: activity.Client{IP: netip.MustParseAddr(ip)}, Location: activity.Location{Country: "DE"}}}
		whole := fmt.Sprint(alerts.Compose(sender, m).Facts)
		s := sender
		s.ShortenIP = true
		short := fmt.Sprint(alerts.Compose(s, m).Facts)
		full := netip.MustParseAddr(ip).Unmap().WithZone("").String()
		if !strings.Contains(whole, "(IP "+full+")") || !strings.Contains(short, "(IP "+want+")") || strings.Contains(short, full) {
			t.Errorf("%s: %s and %s", ip, whole, short)
		}
	}
	s := sender
	s.ShortenIP = true
	if got := fmt.Sprint(alerts.Compose(s, alerts.Message{Kind: alerts.NewDevice}).Facts); strings.Contains(got, "IP") {
		t.Errorf("no address: %s", got)
	}
}

// Pitfall 12: a link that is the recipient's own is shown only if it leads to the
// sender; the security page is there in any case.
func TestPitfall12OwnLinks(t *testing.T) {
	for _, bad := range []alerts.Private{
		"", "http://shop.example/a", "https://evil.test/", "https://shop.example@evil.test/", "https://shop.example.evil.test/", "javascript:alert(1)", "https://shop.example/\r\nX: y",
		"https://shop.example/%0d%0aX", "https://shop.example/%5cevil.test", "https://shop.example/%E2%80%AEx", "https://shop.example/#//evil.test",
	} {
		m := alerts.Message{Kind: alerts.NewDevice, Links: alerts.Links{Mine: bad, NotMine: bad, Mute: bad}}
		m.Alert.Link = bad
		c := alerts.Compose(sender, m)
		if c.Mine != nil || c.NotMine != nil || c.Mute != nil || c.AnswersNote != "" || c.Button == nil || c.Button.URL != sender.SecurityURL {
			t.Errorf("%q: %v %v %v %v", bad, c.Mine, c.NotMine, c.Mute, c.Button)
		}
	}
	m := alerts.Message{Kind: alerts.NewDevice, Links: alerts.Links{Mine: "https://shop.example/y", NotMine: "https://my.shop.example/n", Mute: "https://shop.example/m"}}
	c := alerts.Compose(sender, m)
	if c.Mine == nil || c.NotMine == nil || c.Mute == nil || c.NotMine.URL != "https://my.shop.example/n" || c.AnswersNote == "" || !strings.Contains(c.Actions[0], c.NotMine.Label) {
		t.Errorf("%v %v %v %q", c.Mine, c.NotMine, c.Mute, c.Actions)
	}
	// A code has nothing to answer.
	m.Kind, m.Code = alerts.RecoveryCode, "123456"
	if c := alerts.Compose(sender, m); c.Mine != nil || c.NotMine != nil || c.Mute != nil {
		t.Errorf("a code has answers: %+v", c)
	}
}

// Only the kinds that may be muted offer it.
func TestMuteOnlyWhereItMayBe(t *testing.T) {
	kinds := []alerts.KindInfo{{Kind: alerts.SenderChange, Mandatory: true}, {Kind: "from_the_future", Mandatory: true}, {Kind: alerts.RecoveryCode, Mandatory: true}}
	for _, info := range append(kinds, alerts.Kinds()...) {
		c := alerts.Compose(sender, alerts.Message{Kind: info.Kind, Links: alerts.Links{Mute: "https://shop.example/m"}})
		if (c.Mute != nil) == info.Mandatory {
			t.Errorf("%s, mandatory %v: %v", info.Kind, info.Mandatory, c.Mute)
		}
	}
}

// What was changed is told in the reader's language.
func TestChangedFields(t *testing.T) {
	for lang, want := range map[string]string{"ko": "이름, 전화번호, nickname", "en": "name, telephone number, nickname"} {
		c := alerts.Compose(sender, alerts.Message{Kind: alerts.ProfileChanged, Recipient: alerts.Recipient{Lang: lang}, Alert: alerts.Alert{
			Kind: alerts.ProfileChanged, Detail: map[string]string{activity.DetailFields: "name, phone, nickname"},
		}})
		if !slices.ContainsFunc(c.Facts, func(f alerts.Fact) bool { return f.Value == want }) {
			t.Errorf("%s: %v", lang, c.Facts)
		}
	}
}

// The phrase is the customer's own text: shown, but never more than a line, and
// never a link. Who has none is told where phrases can be chosen.
func TestPhrase(t *testing.T) {
	compose := func(s alerts.Sender, phrase string) alerts.Content {
		return alerts.Compose(s, alerts.Message{Kind: alerts.NewDevice, Phrase: alerts.Private(phrase)})
	}
	c := compose(sender, "보라색 수달 🦦")
	if c.Phrase != "보라색 수달 🦦" || c.PhraseLabel == "" || c.PhraseNote == "" {
		t.Errorf("%q %q %q", c.Phrase, c.PhraseLabel, c.PhraseNote)
	}
	for phrase, want := range map[string]string{
		"a\r\nBcc: eve": "a  Bcc: eve", "\u202egnp\u2066": "gnp", "ze\u200bro": "zero", "see evil.test": "see evil test", "https://evil.test/x": "https evil test x", "eve@evil.test": "eve evil test", "nul\x00": "nul", "\u200b": "",
	} {
		if got := compose(sender, phrase).Phrase; got != want {
			t.Errorf("%q gives %q, want %q", phrase, got, want)
		}
	}
	if c := compose(sender, ""); c.Phrase+c.PhraseLabel+c.PhraseNote != "" {
		t.Errorf("a shop without phrases speaks of them: %q", c.PhraseNote)
	}
	s := sender
	s.Phrases = true
	if c := compose(s, ""); c.Phrase != "" || !strings.Contains(c.PhraseNote, "security page") {
		t.Errorf("no hint: %q", c.PhraseNote)
	}
	if c := alerts.Compose(s, alerts.Message{Kind: alerts.PasswordChanged, Earlier: true}); c.Phrase+c.PhraseLabel+c.PhraseNote != "" {
		t.Errorf("at an earlier address: %q", c.PhraseNote)
	}
}

// A content prints and logs itself without what only its reader may know.
func TestContentIsRedacted(t *testing.T) {
	c := alerts.Compose(sender, alerts.Message{Kind: alerts.NewDevice, Phrase: "purple otter", Links: alerts.Links{Mine: "https://shop.example/s3cret"}})
	c.Code = "83019274"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, c) + c.LogValue().String(); strings.Contains(got, "otter") || strings.Contains(got, "s3cret") || strings.Contains(got, "8301") {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// every gives all texts of a content, by reflection so that none is forgotten.
func every(v reflect.Value, add func(string)) {
	switch v.Kind() {
	case reflect.String:
		add(v.String())
	case reflect.Slice:
		for i := range v.Len() {
			every(v.Index(i), add)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			every(v.Elem(), add)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() != reflect.TypeFor[alerts.Content]() || v.Type().Field(i).Name != "Sender" {
				every(v.Field(i), add)
			}
		}
	}
}

// FuzzCompose: whatever anybody chose, every text is one plain line, nothing of
// it becomes a link, and all links lead to the sender.
func FuzzCompose(f *testing.F) {
	for _, s := range []string{
		"Kim", "a\r\nBcc: eve@evil.test", "\u202ex\u200b\x00\xff", "<script>alert(1)</script>", "https://evil.test/", "www.evil", "{brand} {n}", "a.b", strings.Repeat("가", 400),
	} {
		f.Add(s, "new_device", "https://shop.example/x", "ko", int64(1))
		f.Add(s, s, s, s, int64(-1))
	}
	f.Fuzz(func(t *testing.T, text, kind, link, lang string, at int64) {
		url := alerts.Private(link)
		m := alerts.Message{
			Kind: alerts.Kind(kind), CreatedAt: time.Unix(at, 0), Phrase: alerts.Private(text), Links: alerts.Links{Mine: url, NotMine: url, Mute: url},
			Recipient: alerts.Recipient{Name: text, Lang: lang, TimeZone: text},
			Alert: alerts.Alert{
				At: t0, Link: url, Location: activity.Location{Country: "DE", City: text}, Device: activity.Device{Name: text}, Repeats: int(at), Since: t0,
				Detail: map[string]string{"factor": text, "fields": text, "until": text}, Reasons: []alerts.Reason{{Key: "new_device", Args: map[string]string{"value": text}}, {Key: text}},
			},
		}
		c := alerts.Compose(sender, m)
		every(reflect.ValueOf(c), func(s string) {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }) {
				t.Errorf("%q", s)
			}
			if rest := strings.ReplaceAll(s, "https://shop.example", ""); strings.Contains(rest, "://") && sender.CheckLink(s) != nil {
				t.Errorf("a link in %q", s)
			}
		})
		for _, l := range []*alerts.Link{c.Mine, c.NotMine, c.Mute, c.Button} {
			if l != nil && sender.CheckLink(l.URL) != nil {
				t.Errorf("the link %q", l.URL)
			}
		}
	})
}

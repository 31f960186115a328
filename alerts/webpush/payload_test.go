package webpush_test

import (
	"strings"
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
)

func TestLinks(t *testing.T) {
	w := newWorld(t, func(c *webpush.Config) { c.Icon = "https://shop.example/icon.png" })
	s := w.serve()
	b := w.subscribe("kim", "/wp/a")
	const notMine, undo, page = "https://shop.example/n/abc", "https://shop.example/u/abc", "https://shop.example/security"
	for _, c := range []struct{ link, notMine, want string }{
		{"", "", page}, {"", notMine, notMine}, {undo, notMine, undo}, {"", "https://evil.example/n", page},
		{"", "http://shop.example/n", page}, {"https://shop.example.evil.com/", notMine, notMine}, {"", "javascript:alert(1)", page},
	} {
		m := message(activity.Warning, "en")
		m.Alert.Link, m.Links.NotMine = alerts.Private(c.link), alerts.Private(c.notMine)
		fine(t, w.n.Notify(t.Context(), m))
		if got, _ := read(t, b, s.take()[0]); got.URL != c.want || got.Icon != "https://shop.example/icon.png" {
			t.Errorf("%+v: %q", c, got.URL)
		}
	}
}

// While the shop changes its name, a message is of the name of its day.
func TestChangedSender(t *testing.T) {
	w := newWorld(t, func(c *webpush.Config) {
		old := c.Sender
		c.Sender.Brand, c.Sender.Domain, c.Sender.From, c.Sender.SecurityURL = "새샵", "new.example", "security@new.example", "https://new.example/security"
		c.Sender.Logo = alerts.Logo{URL: "https://new.example/logo.png", Alt: "새샵", Width: 96, Height: 96}
		c.Sender.Change = &alerts.Change{Old: old, At: t0.AddDate(0, 0, 1), Announced: t0.AddDate(0, 0, -20)}
	})
	s := w.serve()
	b := w.subscribe("kim", "/wp/a")
	for days, want := range map[int]shown{
		0: {Title: "[예시샵] ", URL: "https://shop.example/security"},
		2: {Title: "[새샵(구 예시샵)] ", URL: "https://new.example/security", Icon: "https://new.example/logo.png"},
	} {
		m := message(activity.Warning, "ko")
		m.CreatedAt = t0.AddDate(0, 0, days)
		fine(t, w.n.Notify(t.Context(), m))
		if got, _ := read(t, b, s.take()[0]); !strings.HasPrefix(got.Title, want.Title) || got.URL != want.URL || got.Icon != want.Icon {
			t.Errorf("day %d: %+v", days, got)
		}
	}
}

// A notice about the sender itself is no question of who did it.
func TestSenderChange(t *testing.T) {
	w := newWorld(t, func(c *webpush.Config) {
		old := c.Sender
		c.Sender.Brand = "새샵"
		c.Sender.Change = &alerts.Change{Old: old, At: t0.AddDate(0, 0, 20), Announced: t0.AddDate(0, 0, -1)}
	})
	s := w.serve()
	b := w.subscribe("kim", "/wp/a")
	m := alerts.Message{ID: "d", Kind: alerts.SenderChange, CreatedAt: t0, Recipient: alerts.Recipient{Lang: "ko"}, Alert: alerts.Alert{Account: "kim"}}
	fine(t, w.n.Notify(t.Context(), m))
	if got, _ := read(t, b, s.take()[0]); got.Timestamp != t0.UnixMilli() || got.Body == "" || strings.Contains(got.Body, "본인") || strings.Contains(got.Title, "title.") {
		t.Errorf("%+v", got)
	}
}

// The worst of texts still fits, and cannot break out of its line.
func TestBadText(t *testing.T) {
	w := newWorld(t, func(c *webpush.Config) {
		c.Icon = "https://shop.example/" + strings.Repeat("i", 480)
		c.Sender.SecurityURL = "https://shop.example/" + strings.Repeat("s", 480)
	})
	s := w.serve()
	b := w.subscribe("kim", "/wp/a")
	for _, evil := range []string{strings.Repeat(`"\`, 2000), strings.Repeat("\u2028\u202e\x00\r\n", 500), strings.Repeat("가", 2000), "\xff\xfe" + strings.Repeat("<b>&", 500), "💥" + strings.Repeat("😀", 900)} {
		for _, lang := range []string{"ko", "en", evil} {
			m := message(activity.Critical, lang)
			m.Alert.Device.Name, m.Alert.Location.City, m.Recipient.Name = evil, evil, evil
			fine(t, w.n.Notify(t.Context(), m))
			got, plain := read(t, b, s.take()[0])
			if len(plain) > webpush.MaxPayload || len(plain) > 3<<10 || strings.Count(got.Body, "\n") != 2 || strings.ContainsAny(plain, "\x00\r\u2028\u202e") || got.Title == "" {
				t.Errorf("%d bytes: %q", len(plain), plain)
			}
		}
	}
}

// A shop's own title and notice are pushed, in the words of the message's day.
func TestOwnWords(t *testing.T) {
	w := newWorld(t, func(c *webpush.Config) {
		c.Sender.Texts = map[string]alerts.Text{"title.new_country": {"ko": "낯선 나라에서 {brand}에 로그인했습니다", "en": "{brand} was used in a new country"}}
		c.Sender.Notice = alerts.DefaultNotice()
		for lang, text := range c.Sender.Notice.Texts {
			text.Short = "Since 2026: only {domain}."
			c.Sender.Notice.Texts[lang] = text
		}
	})
	s := w.serve()
	b := w.subscribe("kim", "/wp/a")
	for lang, title := range map[string]string{"ko": "낯선 나라에서 예시샵에 로그인했습니다", "en": "예시샵 was used in a new country"} {
		fine(t, w.n.Notify(t.Context(), message(activity.Warning, lang)))
		if got, _ := read(t, b, s.take()[0]); got.Title != "[예시샵] "+title || !strings.HasSuffix(got.Body, "\nSince 2026: only shop.example.") {
			t.Errorf("%s: %+v", lang, got)
		}
	}
}

// Every kind has a title and says what to do, in both languages.
func TestKinds(t *testing.T) {
	w := newWorld(t)
	s := w.serve()
	b := w.subscribe("kim", "/wp/a")
	for _, k := range alerts.Kinds() {
		for lang, act := range map[string]string{"ko": "본인이 아니라면 이 알림을 눌러 계정을 보호하세요.\n링크 대신 shop.example 주소를 직접 입력하세요.", "en": "Not you? Open this to secure your account.\nDo not trust links: type shop.example yourself."} {
			m := message(k.Severity, lang)
			m.Kind, m.Alert.Kind = k.Kind, k.Kind
			fine(t, w.n.Notify(t.Context(), m))
			if got, _ := read(t, b, s.take()[0]); !strings.HasPrefix(got.Title, "[예시샵] ") || !strings.HasSuffix(got.Body, "\n"+act) {
				t.Errorf("%s: %+v", k.Kind, got)
			}
		}
	}
	w = newWorld(t, func(c *webpush.Config) { c.Sender.SecurityURL = "" })
	s = w.serve()
	b = w.subscribe("kim", "/wp/a")
	m := message(activity.Warning, "en")
	m.Alert.Location, m.Alert.Device = activity.Location{}, activity.Device{}
	fine(t, w.n.Notify(t.Context(), m))
	if got, _ := read(t, b, s.take()[0]); got.URL != "" || got.Body != "Not you? Type shop.example into your browser and secure your account.\nDo not trust links: type shop.example yourself." {
		t.Errorf("%+v", got)
	}
}

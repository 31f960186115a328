package sms_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
)

func TestNotify(t *testing.T) {
	k := &tagged{}
	n, err := sms.New(config(k))
	fine(t, err)
	fine(t, n.Notify(t.Context(), plain(alerts.PasswordChanged, "ko", phone)))
	if k.id != "d-1" || k.to != phone || !strings.HasPrefix(k.text, "[예시샵] 비밀번호 변경: ") || n.Channel() != "sms" {
		t.Errorf("%q, %q, %q", k.id, k.to, k.text)
	}
	m := plain(alerts.PasswordChanged, "ko", phone)
	m.ID = "a\r\nb"
	var permanent *alerts.PermanentError
	if err := n.Notify(t.Context(), m); !errors.As(err, &permanent) || k.n != 1 {
		t.Errorf("a malformed id: %v, %d messages", err, k.n)
	}
	untagged, p := notifier(t, nil)
	fine(t, untagged.Notify(t.Context(), plain(alerts.PasswordChanged, "ko", phone)))
	if p.n != 1 || p.text != k.text {
		t.Errorf("%d messages, %q", p.n, p.text)
	}
}

func TestNumbers(t *testing.T) {
	n, k := notifier(t, nil)
	if err := n.Notify(t.Context(), plain(alerts.NewDevice, "ko", "")); !errors.Is(err, alerts.ErrNoRecipient) {
		t.Errorf("no number gives %v", err)
	}
	for _, to := range []string{"010-1234-5678", "01012345678", "+82 10 1234 5678", "+82010123456", "+8201012345678", "tel:+821012345678", "+821012345678;ext=1", "+82101234567\u200b8", "+", "x"} {
		var permanent *alerts.PermanentError
		err := n.Notify(t.Context(), plain(alerts.NewDevice, "ko", to))
		if !errors.As(err, &permanent) || strings.Contains(err.Error(), to) && len(to) > 1 {
			t.Errorf("%s: %v", to, err)
		}
	}
	if k.n != 0 {
		t.Errorf("%d messages", k.n)
	}
}

// A provider of the shop's own may quote what it was given; the queue keeps
// errors.
func TestForeignErrors(t *testing.T) {
	n, k := notifier(t, nil)
	cause := &alerts.PermanentError{Err: errors.New("no such number: +82 10-1234-5678, 01012345678, code 83019274\r\n")}
	k.err = fmt.Errorf("acme: %w", cause)
	err := n.Notify(t.Context(), alert(alerts.RecoveryCode, "ko", phone))
	var permanent *alerts.PermanentError
	if !errors.As(err, &permanent) || err.Error() != "acme: no such number: +[…], code […]" {
		t.Errorf("%q", err)
	}
	leaksNothing(t, err.Error())

	// Also around an error of this package.
	s := serve(t, answer(400, `{"code":21211}`))
	k.err = fmt.Errorf("to %s: %w", phone, provider(t, makers[0], s.reach()).SendSMS(t.Context(), phone, text))
	err = n.Notify(t.Context(), alert(alerts.RecoveryCode, "ko", phone))
	wants(t, err, true, true)
}

func TestNew(t *testing.T) {
	good := config(&kept{})
	for name, change := range map[string]func(*sms.Config){
		"no sender":         func(c *sms.Config) { c.Sender = alerts.Sender{} },
		"no provider":       func(c *sms.Config) { c.Provider = nil },
		"too many":          func(c *sms.Config) { c.MaxSegments = 7 },
		"negative":          func(c *sms.Config) { c.MaxSegments = -1 },
		"brand with #":      func(c *sms.Config) { c.Sender.Brand = "Shop #1" },
		"brand of digits":   func(c *sms.Config) { c.Sender.Brand = "Shop 1234" },
		"does not fit":      func(c *sms.Config) { c.MaxSegments, c.Sender.Brand = 1, strings.Repeat("가", 20) },
		"code domain":       func(c *sms.Config) { c.CodeDomain = "evil.test" },
		"code domain path":  func(c *sms.Config) { c.CodeDomain = "shop.example/x" },
		"code domain like":  func(c *sms.Config) { c.CodeDomain = "evilshop.example" },
		"code domain query": func(c *sms.Config) { c.CodeDomain = "shop.example?x" },
		"code domain mark":  func(c *sms.Config) { c.CodeDomain = "shop.example#x" },
		"code domain line":  func(c *sms.Config) { c.CodeDomain = "shop.example #1" },
	} {
		cfg := good
		change(&cfg)
		if n, err := sms.New(cfg); err == nil || n != nil {
			t.Errorf("%s is accepted", name)
		}
	}
	cfg := good
	cfg.CodeDomain = "id.shop.example"
	n, err := sms.New(cfg)
	fine(t, err)
	text, err := n.Render(plain(alerts.SignInCode, "en", "+15005550006"))
	fine(t, err)
	if !strings.HasSuffix(text, "\n@id.shop.example #83019274") {
		t.Errorf("%q", text)
	}
}

// Links are in no message unless they are asked for, and lead home.
func TestLinks(t *testing.T) {
	const link = "https://shop.example/a/AbCdEfGhIjKlMnOpQrStUvWxYz012345"
	m := plain(alerts.NewDevice, "en", "+15005550006")
	m.Links = alerts.Links{Mine: link + "m", NotMine: link, Mute: link + "q"}
	n, _ := notifier(t, nil)
	if text, err := n.Render(m); err != nil || strings.Contains(text, "://") {
		t.Errorf("%q, %v", text, err)
	}
	n, _ = notifier(t, func(c *sms.Config) { c.Links = true })
	text, err := n.Render(m)
	fine(t, err)
	if !strings.HasSuffix(text, " Not you? "+link) || strings.Count(text, "://") != 1 {
		t.Errorf("%q", text)
	}
	for _, bad := range []string{"http://shop.example/a", "https://evil.test/a", "https://shop.example@evil.test/", "https://shop.example/a b", "javascript:alert(1)", "https://shop.example/" + strings.Repeat("x", 400)} {
		m.Links.NotMine = alerts.Private(bad)
		text, err := n.Render(m)
		if err != nil || strings.Contains(text, "://") || !strings.Contains(text, "Type shop.example") {
			t.Errorf("%q: %q, %v", bad, text, err)
		}
	}
	m = plain(alerts.RecoveryCode, "en", "+15005550006")
	m.Links.NotMine = link
	if text, _ := n.Render(m); strings.Contains(text, "://") {
		t.Errorf("a code with a link: %q", text)
	}
}

// An announced change: the old identity until its day, both while it settles, the
// new one alone afterwards, and a notice to everybody beforehand.
func TestSenderChange(t *testing.T) {
	day := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	s := sender()
	s.Brand, s.Domain, s.From = "새예시", "new.example", "security@new.example"
	old := sender()
	s.Change = &alerts.Change{Old: old, At: day}
	n, _ := notifier(t, func(c *sms.Config) { c.Sender = s })
	for _, c := range []struct {
		made         time.Time
		brand, there string
	}{
		{day.Add(-time.Nanosecond), "[예시샵] ", "shop.example"}, {day, "[새예시(구 예시샵)] ", "new.example"},
		{day.AddDate(0, 0, 89), "[새예시(구 예시샵)] ", "new.example"}, {day.AddDate(0, 0, 91), "[새예시] ", "new.example"},
	} {
		m := plain(alerts.PasswordChanged, "ko", phone)
		m.CreatedAt = c.made
		code := plain(alerts.SignInCode, "ko", phone)
		code.CreatedAt = c.made
		for _, m := range []alerts.Message{m, code} {
			text, err := n.Render(m)
			fine(t, err)
			if !strings.HasPrefix(text, c.brand) || strings.Count(text, ".example") != 1 || !strings.Contains(text, c.there) {
				t.Errorf("%v: %q", c.made, text)
			}
		}
	}
	notice := alerts.Message{ID: "d-1", Kind: alerts.SenderChange, CreatedAt: day.AddDate(0, 0, -20), Recipient: alerts.Recipient{Phone: phone, Lang: "ko", TimeZone: "Asia/Seoul"}}
	for lang, want := range map[string]string{
		"ko": "[예시샵] 2027.3.1부터 새예시(new.example)에서 안내합니다.",
		"en": "[예시샵] From 1 Mar 2027 we are 새예시, new.example.",
	} {
		notice.Recipient.Lang = lang
		text, err := n.Render(notice)
		fine(t, err)
		if text != want {
			t.Errorf("got %q", text)
		}
	}
	n, k := notifier(t, nil)
	var permanent *alerts.PermanentError
	if err := n.Notify(t.Context(), notice); !errors.As(err, &permanent) || k.n != 0 {
		t.Errorf("no change is announced: %v", err)
	}
}

package sms_test

import (
	"strings"
	"testing"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
	"example.com/accountsec/internal/gsm"
)

// ownWords gives the shop a title and the short form of a notice.
func ownWords(title, short string) func(*sms.Config) {
	return func(cfg *sms.Config) {
		cfg.Sender.Texts = map[string]alerts.Text{"title.new_device": {"ko": title, "en": title}}
		cfg.Sender.Notice = alerts.DefaultNotice()
		for lang, text := range cfg.Sender.Notice.Texts {
			text.Short = short
			cfg.Sender.Notice.Texts[lang] = text
		}
	}
}

// A shop's own title says what happened; its own notice stands at the end where
// that takes no further segment, and never in a code's message or beside a link.
func TestOwnWords(t *testing.T) {
	n, _ := notifier(t, func(cfg *sms.Config) {
		ownWords("{brand} was opened on new équipment ☃.", "Trust {domain} alone.")(cfg)
		cfg.Links, cfg.Sender.Brand = true, "Shop"
	})
	const en = "+15005550006"
	text, err := n.Render(plain(alerts.NewDevice, "en", phone)) // EUC-KR has neither é nor emoji
	fine(t, err)
	if !strings.HasPrefix(text, "[Shop] Shop was opened on new equipment") || strings.ContainsAny(text, "é☃") || strings.Contains(text, " . ") {
		t.Errorf("the title: %q", text)
	}
	for _, c := range []struct {
		m      alerts.Message
		own    bool
		reason string
	}{
		{plain(alerts.NewCountry, "en", en), true, "there is room"},
		{plain("unknown", "en", en), false, "it would be a second segment"},
		{plain(alerts.RecoveryCode, "en", en), false, "a code's last line is its own"},
		{linked(alerts.NewCountry), false, "it has a link"},
	} {
		text, err := n.Render(c.m)
		fine(t, err)
		if strings.HasSuffix(text, "\nTrust shop.example alone.") != c.own || strings.Contains(text, "Trust") != c.own {
			t.Errorf("%s, %s: %q", c.m.Kind, c.reason, text)
		}
	}
	// Never a segment more than without.
	bare, _ := notifier(t, func(cfg *sms.Config) { cfg.Sender.Brand = "Shop" })
	n, _ = notifier(t, func(cfg *sms.Config) {
		ownWords("새 기기 로그인", "{domain} only")(cfg)
		cfg.Sender.Brand = "Shop"
	})
	added := 0
	for _, k := range kinds() {
		for _, lang := range []string{"ko", "en"} {
			for _, to := range []string{phone, en} {
				before, err := bare.Render(plain(k, lang, to))
				fine(t, err)
				after, err := n.Render(plain(k, lang, to))
				fine(t, err)
				if strings.HasSuffix(after, "\nshop.example only") {
					added++
				}
				old, _ := gsm.Segments(before)
				if got, _ := gsm.Segments(after); got > old || strings.HasPrefix(to, "+82") && gsm.KoreanBytes(before) <= gsm.MaxKorean && gsm.KoreanBytes(after) > gsm.MaxKorean {
					t.Errorf("%s %s: %q became %q", k, lang, before, after)
				}
			}
		}
	}
	if added == 0 {
		t.Error("none had room")
	}
}

func linked(kind alerts.Kind) alerts.Message {
	m := plain(kind, "en", "+15005550006")
	m.Links.NotMine = "https://shop.example/n?t=x"
	return m
}

// Words that do not fit, or that phones take for a code, are refused at New.
func TestOwnWordsRefused(t *testing.T) {
	for _, c := range []struct{ title, short string }{
		{strings.Repeat("far too long ", 30), "Only {domain}"}, {"Sign-in 1234", "Only {domain}"}, {"Sign-in #1", "Only {domain}"}, {"Sign-in", "Call 1588, type {domain}"},
	} {
		var good, cfg sms.Config
		notifier(t, func(c *sms.Config) { good = *c })
		cfg = good
		ownWords(c.title, c.short)(&cfg)
		if _, err := sms.New(cfg); err == nil {
			t.Errorf("%q and %q were taken", c.title, c.short)
		}
		old := cfg.Sender
		cfg = good
		next := cfg.Sender
		next.Brand, next.Change = "다음샵", &alerts.Change{Old: old, At: t0}
		cfg.Sender = next
		if _, err := sms.New(cfg); err == nil {
			t.Errorf("%q and %q of the old sender were taken", c.title, c.short)
		}
	}
}

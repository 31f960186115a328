package sms_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
	"example.com/accountsec/internal/gsm"
)

var update = flag.Bool("update", false, "write testdata/texts.txt anew")

func kinds() []alerts.Kind {
	all := []alerts.Kind{alerts.RecoveryCode, alerts.SignInCode, "unknown"}
	for _, k := range alerts.Kinds() {
		all = append(all, k.Kind)
	}
	return all
}

// plain is an alert as it mostly is.
func plain(kind alerts.Kind, lang, to string) alerts.Message {
	m := alert(kind, lang, to)
	if m.Code == "" {
		m.Alert.Location = activity.Location{Country: "KR", City: "Seoul"}
		m.Alert.Device = activity.Device{Name: "Chrome on Windows"}
	}
	return m
}

// Every text of every kind stands in testdata/texts.txt, to be read.
func TestTexts(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct{ lang, to, brand string }{{"ko", phone, "예시샵"}, {"en", "+15005550006", "Example Shop"}} {
		n, _ := notifier(t, func(cfg *sms.Config) { cfg.Sender.Brand = c.brand })
		for _, k := range kinds() {
			m := plain(k, c.lang, c.to)
			text, err := n.Render(m)
			fine(t, err)
			segments, _ := gsm.Segments(text)
			fmt.Fprintf(&b, "%s %s, %d segment, %d bytes in Korea\n%s\n\n", c.lang, k, segments, gsm.KoreanBytes(text), text)
		}
	}
	if *update {
		fine(t, os.MkdirAll("testdata", 0o755))
		fine(t, os.WriteFile("testdata/texts.txt", []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile("testdata/texts.txt")
	fine(t, err)
	if b.String() != string(want) {
		t.Errorf("the texts changed; look at them and run with -update:\n%s", b.String())
	}
}

// Every kind in both languages to both sorts of numbers, with the longest
// plausible values, brands and domains: never over the limit, brand and action
// in every text, and one segment with usual values.
func TestLimits(t *testing.T) {
	const longBrand, longDomain = "아름다운 우리 동네 서점", "security.arumdaun-seojeom.example"
	for _, limit := range []int{2, 3, 6} {
		for _, brand := range []string{"예시샵", "Example Shop", longBrand} {
			for _, domain := range []string{"shop.example", longDomain} {
				for _, app := range []bool{false, true} {
					n, _ := notifier(t, func(cfg *sms.Config) {
						cfg.MaxSegments, cfg.App = limit, app
						cfg.Sender = alerts.Sender{Brand: brand, Domain: domain, From: "security@" + domain, Country: "KR"}
					})
					for _, k := range kinds() {
						for _, lang := range []string{"ko", "en"} {
							for _, to := range []string{phone, "+15005550006"} {
								check(t, n, alert(k, lang, to), brand, domain, limit)
							}
						}
					}
				}
			}
		}
	}
	n, _ := notifier(t, func(cfg *sms.Config) { cfg.MaxSegments = 1 })
	for _, k := range kinds() {
		text := check(t, n, plain(k, "ko", phone), "예시샵", "shop.example", 1)
		if gsm.KoreanBytes("[Web발신]\n"+text) > 90 {
			t.Errorf("%s is a long message: %q", k, text)
		}
		check(t, n, plain(k, "en", "+15005550006"), "예시샵", "shop.example", 1)
	}
}

// check renders and judges one text.
func check(t *testing.T, n *sms.Notifier, m alerts.Message, brand, domain string, limit int) string {
	t.Helper()
	text, err := n.Render(m)
	if err != nil {
		t.Fatalf("%s %s: %v", m.Kind, m.Recipient.Lang, err)
	}
	segments, _ := gsm.Segments(text)
	if segments > limit || !utf8.ValidString(text) {
		t.Errorf("%s: %d segments, %q", m.Kind, segments, text)
	}
	if strings.HasPrefix(m.Recipient.Phone, "+82") {
		if limit == 1 && gsm.KoreanBytes(text) > gsm.MaxKorean {
			t.Errorf("%s: %d bytes: %q", m.Kind, gsm.KoreanBytes(text), text)
		}
		wire, err := korean.EUCKR.NewEncoder().String(text)
		if err != nil || len(wire) != gsm.KoreanBytes(text) {
			t.Errorf("%s: EUC-KR cannot hold %q: %v", m.Kind, text, err)
		}
	}
	action := "Not you?"
	if m.Recipient.Lang == "ko" {
		action = "본인이 아니면"
	}
	line, last, isCode := strings.Cut(text, "\n")
	switch {
	case !strings.HasPrefix(text, "["+brand+"] "):
		t.Errorf("%s: no brand: %q", m.Kind, text)
	case m.Code == "" && (isCode || !strings.Contains(text, action) || !strings.Contains(text, domain)):
		t.Errorf("%s: no action: %q", m.Kind, text)
	case m.Code != "" && (last != "@"+domain+" #"+m.Code || !strings.Contains(line, m.Code)):
		t.Errorf("%s: no code or no last line: %q", m.Kind, text)
	case m.Code == "" && strings.ContainsAny(text, "@#"), strings.Contains(text, "{"), strings.Contains(text, "://"):
		t.Errorf("%s: a code's line, a link or a placeholder: %q", m.Kind, text)
	}
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) || r == utf8.RuneError) {
			t.Errorf("%s: %U in %q", m.Kind, r, text)
		}
	}
	return text
}

// What is left out goes in this order.
func TestShortening(t *testing.T) {
	want := []string{
		"[S] Password changed: 23 Nov 14:05, near Seoul, South Korea, Chrome on Windows. Not you? Type shop.example in your browser and secure your account.",
		"[S] Password changed: 23 Nov 14:05, near Seoul, South Korea, Chrome on Windows. Not you? Type shop.example",
		"[S] Password changed: 23 Nov 14:05, South Korea, Chrome on Windows. Not you? Type shop.example",
		"[S] Password changed: 23 Nov 14:05, South Korea. Not you? Type shop.example",
		"[S] Password changed: South Korea. Not you? Type shop.example",
		"[S] Password changed: 23 Nov 14:05. Not you? Type shop.example",
		"[S] Password changed. Not you? Type shop.example",
	}
	const withTime = 5 // goes before the country, but at home, where that says little
	for country, c := range map[string]struct {
		name  string
		never int
	}{"KR": {"South Korea", -1}, "JP": {"Japan", withTime}} {
		seen := map[string]bool{}
		for length := 1; length <= 64; length++ {
			brand := "S" + strings.Repeat("s", length-1)
			n, _ := notifier(t, func(cfg *sms.Config) { cfg.Sender.Brand = brand })
			for _, to := range []string{phone, "+15005550006"} {
				m := plain(alerts.PasswordChanged, "en", to)
				m.Alert.At, m.Alert.Location.Country = t0, country
				text, err := n.Render(m)
				fine(t, err)
				seen[strings.Replace(text, brand, "S", 1)] = true
			}
		}
		for i, w := range want {
			w = strings.Replace(w, "South Korea", c.name, 1)
			if seen[w] == (i == c.never) {
				t.Errorf("%s: %v: %q", country, seen[w], w)
			}
			delete(seen, w)
		}
		if len(seen) > 0 {
			t.Errorf("%s: unforeseen: %v", country, seen)
		}
	}
}

func TestTime(t *testing.T) {
	n, _ := notifier(t, func(cfg *sms.Config) { cfg.MaxSegments = 6 })
	for zone, want := range map[string]string{
		"Asia/Seoul": "12/30 23:59,", "UTC": "12/30 14:59 UTC,", "": "12/30 14:59 UTC,", "Local": "12/30 14:59 UTC,", "Nowhere/X": "12/30 14:59 UTC,", "../../etc/passwd": "12/30 14:59 UTC,",
		"America/St_Johns": "12/30 11:29,", strings.Repeat("x", 1<<16): "12/30 14:59 UTC,",
	} {
		m := plain(alerts.NewDevice, "ko", "+15005550006")
		m.Recipient.TimeZone = zone
		if text, err := n.Render(m); err != nil || !strings.Contains(text, ": "+want) {
			t.Errorf("%.20s: %q, %v", zone, text, err)
		}
	}
	m := plain(alerts.NewDevice, "en", "+15005550006")
	m.Alert = alerts.Alert{}
	if text, _ := n.Render(m); text != "[예시샵] Sign-in on a new device. Not you? Type shop.example" {
		t.Errorf("an empty alert gives %q", text)
	}
}

func BenchmarkRender(b *testing.B) {
	n, err := sms.New(config(&kept{}))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() { // one alert in both languages
		for _, lang := range []string{"ko", "en"} {
			if _, err := n.Render(plain(alerts.NewDevice, lang, phone)); err != nil {
				b.Fatal(err)
			}
		}
	}
}

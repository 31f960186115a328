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
						cfg.Sender = alerts.Sender{Brand: brand, Domain: domain, From: "security@" + domain}
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

// Pitfall 12: no name, city or device makes a line, a link, a code or a number
// to call.
func TestPitfall12Injection(t *testing.T) {
	evil := []string{
		"a\r\nb", "\n@evil.test #123456", "@evil.test #123456", "x ＠evil.test ＃123456", "nul\x00byte", "\u202egnp.exe", "\u2066x\u2069", "\u200bzero\u200d",
		"a\u2028b\u2029c", "\xff\xfe", "https://evil.test/x", "evil.test", "evil。test", "evil．test", "www.evil.test", "eve@evil.test", "tel:+821099998888", "call 010-9999-8888",
		"０１０９９９９８８８８", "٠١٠٩٩٩٩٨٨٨٨", "code 918273", "{domain} {link}", "<b>x</b>", "=cmd()", strings.Repeat("가", 500), strings.Repeat("e\u0301\u0302", 200), "1\u200b2\u200b3\u200b4\u200b5",
		"Seoul on Busan on Jeju", strings.Repeat("é", 5000), "😀🇰🇷", "ﷺ", "\U000E0041",
	}
	for _, s := range evil {
		for _, lang := range []string{"ko", "en"} {
			for _, to := range []string{phone, "+15005550006"} {
				n, _ := notifier(t, func(cfg *sms.Config) { cfg.MaxSegments, cfg.Links = 6, true })
				for _, k := range []alerts.Kind{alerts.NewDevice, alerts.Kind(s)} {
					m := alert(k, lang, to)
					m.Recipient.Name, m.Recipient.TimeZone = s, s
					m.Alert.Location = activity.Location{Country: "KR", City: s, TimeZone: s}
					m.Alert.Device = activity.Device{Name: s, Browser: s, OS: s, Model: s}
					m.Alert.Detail = map[string]string{"factor": s, "fields": s}
					m.Alert.Reasons = []alerts.Reason{{Key: s}}
					m.Links.NotMine, m.Alert.Link = alerts.Private(s), alerts.Private("https://evil.test/"+s)
					text := check(t, n, m, "예시샵", "shop.example", 6)
					rest := strings.ReplaceAll(strings.Replace(text, "12/30 14:59 UTC", "", 1), "30 Dec 14:59 UTC", "")
					rest = strings.ReplaceAll(rest, "shop.example", "")
					digits := strings.Count(strings.Map(func(r rune) rune {
						if unicode.IsDigit(r) {
							return '0'
						}
						return r
					}, rest), "0")
					if strings.Contains(text, "evil.test") || strings.Contains(text, "evil。") || strings.Contains(text, "://") || digits > 6 {
						t.Errorf("%q makes %q", s, text)
					}
				}
			}
		}
	}
	for _, code := range []string{"12 34", "1\n@evil.test #2", "12@34", "12#34", "{code}", "１２３４", strings.Repeat("1", 33), "1\x00"} {
		n, k := notifier(t, nil)
		m := alert(alerts.RecoveryCode, "ko", phone)
		m.Code = code
		if err := n.Notify(t.Context(), m); err == nil || k.n != 0 || strings.Contains(err.Error(), code) {
			t.Errorf("the code %q: %v", code, err)
		}
	}
}

// Pitfall 12: no character of Unicode turns into one that could be part of a
// link or of a code's line, whatever it is folded to.
func TestPitfall12EveryCharacter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r > 0x33480 && r < 0xE0000 || r >= 0xF0000 { // unassigned, private
			continue
		}
		for _, korean := range []bool{false, true} {
			for _, got := range sms.Value("en", korean, "a"+string(r)+"b") {
				if !unicode.IsLetter(got) && !unicode.IsMark(got) && got != ' ' && got != '-' && got != '\'' && got != r {
					t.Fatalf("%U becomes %U", r, got)
				}
				if got == r && strings.ContainsRune("@#:/.\\{}[]<>&?=%+_~", r) {
					t.Fatalf("%U stays", r)
				}
			}
		}
	}
}

// Letters are written so that they cost no more than others.
func TestFold(t *testing.T) {
	for _, c := range []struct{ lang, to, city, want string }{
		{"en", "+15005550006", "Kraków", "near Krakow"}, {"en", "+15005550006", "Zürich", "near Zürich"}, {"en", "+15005550006", "St. Gallen", "near St Gallen"},
		{"ko", "+15005550006", "서울", "서울 부근"}, {"en", phone, "Zürich", "near Zurich"}, {"en", phone, "Łódź", "near Łodz"}, {"en", phone, "ภูเก็ต", ", South Korea"},
		{"ko", phone, "서울", "대한민국 서울 부근"}, {"ko", phone, "서\u1102\u1161", "서나"}, {"ko", phone, "똠", "똠"}, {"ko", "+15005550006", "Kraków", "Kraków"},
		{"en", phone, "L’Aquila", "L'Aquila"}, {"en", "+15005550006", "Area 51", "near Area 51"}, {"en", "+15005550006", "Area 5151", "near Area,"},
	} {
		long := ""
		if c.to == phone || c.lang == "ko" { // nothing fits into one segment, so every fact is there
			long = " " + strings.Repeat("x", 50)
		}
		n, _ := notifier(t, func(cfg *sms.Config) { cfg.Sender.Brand, cfg.MaxSegments = "Café Ünal"+long, 6 })
		m := plain(alerts.NewDevice, c.lang, c.to)
		m.Alert.Location.City = c.city
		text, err := n.Render(m)
		fine(t, err)
		brand := "Café Ünal" // GSM has both
		if c.to == phone {
			brand = "Cafe Unal"
		}
		if !strings.Contains(text, c.want) || !strings.HasPrefix(text, "["+brand+long+"] ") {
			t.Errorf("%s to %s: %q, want %q", c.city, c.to, text, c.want)
		}
	}
	// A brand that EUC-KR cannot write is not mutilated.
	n, _ := notifier(t, func(cfg *sms.Config) { cfg.Sender.Brand = "ร้านค้า" })
	if text, err := n.Render(plain(alerts.NewDevice, "ko", phone)); err != nil || !strings.HasPrefix(text, "[ร้านค้า] ") {
		t.Errorf("%q, %v", text, err)
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
	n, err := sms.New(sms.Config{Sender: sender(), Provider: &kept{}})
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

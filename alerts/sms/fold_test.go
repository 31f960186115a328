package sms_test

import (
	"strings"
	"testing"
	"unicode"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
)

// Pitfall 12: no name, city or device makes a line, a link, a code or a number
// to call.
func TestPitfall12Injection(t *testing.T) {
	evil := []string{
		"a\r\nb", "\n@evil.test #123456", "@evil.test #123456", "x ＠evil.test ＃123456", "nul\x00byte", "\u202egnp.exe", "\u2066x\u2069", "\u200bzero\u200d",
		"a\u2028b\u2029c", "\xff\xfe", "https://evil.test/x", "evil.test", "evil。test", "evil．test", "www.evil.test", "eve@evil.test", "tel:+821099998888", "call 010-9999-8888",
		"０１０９９９９８８８８", "٠١٠٩٩٩٩٨٨٨٨", "code 918273", "{domain} {link}", "<b>x</b>", "=cmd()", strings.Repeat("가", 500), strings.Repeat("e\u0301\u0302", 200), "1\u200b2\u200b3\u200b4\u200b5",
		"Seoul on Busan on Jeju", strings.Repeat("é", 5000), "😀🇰🇷", "ﷺ", "\U000E0041",
	}
	// With these nothing fits into one segment, so every fact is there.
	brand, domain := strings.Repeat("가", 20), "security-and-privacy.shop.example"
	n, _ := notifier(t, func(cfg *sms.Config) {
		cfg.MaxSegments, cfg.Links, cfg.Sender = 6, true, alerts.Sender{Brand: brand, Domain: domain, From: "security@" + domain, Country: "KR"}
	})
	for _, s := range evil {
		for _, lang := range []string{"ko", "en"} {
			for _, to := range []string{phone, "+15005550006"} {
				for _, k := range []alerts.Kind{alerts.NewDevice, alerts.Kind(s)} {
					m := alert(k, lang, to)
					m.Recipient.Name, m.Recipient.TimeZone = s, s
					m.Alert.Location = activity.Location{Country: "KR", City: s, TimeZone: s}
					m.Alert.Device = activity.Device{Name: s, Browser: s, OS: s, Model: s}
					m.Alert.Detail = map[string]string{"factor": s, "fields": s}
					m.Alert.Reasons = []alerts.Reason{{Key: s}}
					m.Links.NotMine, m.Alert.Link = alerts.Private(s), alerts.Private("https://evil.test/"+s)
					text := check(t, n, m, brand, domain, 6)
					rest := strings.ReplaceAll(strings.Replace(text, "12/30 14:59 UTC", "", 1), "30 Dec 14:59 UTC", "")
					rest = strings.ReplaceAll(rest, domain, "")
					digits := strings.Count(strings.Map(func(r rune) rune {
						if unicode.IsDigit(r) {
							return '0'
						}
						return r
					}, rest), "0")
					if strings.Contains(text, "evil.test") || strings.Contains(text, "evil。") || strings.Contains(text, "://") || digits > 2*3 {
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
		{"ko", "+15005550006", "서울", "서울 부근"}, {"en", phone, "Zürich", "near Zurich"}, {"en", phone, "Łódź", "near Łodz"}, {"en", phone, "ภูเก็ต", "23:59, South Korea"},
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
	// Names are cut, at a character.
	wide, _ := notifier(t, func(cfg *sms.Config) { cfg.Sender.Brand, cfg.MaxSegments = strings.Repeat("가", 20), 6 })
	m := plain(alerts.NewDevice, "ko", phone)
	m.Alert.Location.City, m.Alert.Device.Name = strings.Repeat("나", 100), strings.Repeat("다", 100)
	text, err := wide.Render(m)
	fine(t, err)
	if strings.Count(text, "나") != 32 || strings.Count(text, "다") != 40 {
		t.Errorf("%q", text)
	}
	// A brand that EUC-KR cannot write is not mutilated.
	n, _ := notifier(t, func(cfg *sms.Config) { cfg.Sender.Brand = "ร้านค้า" })
	if text, err := n.Render(plain(alerts.NewDevice, "ko", phone)); err != nil || !strings.HasPrefix(text, "[ร้านค้า] ") {
		t.Errorf("%q, %v", text, err)
	}
}

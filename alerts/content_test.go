package alerts_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

func TestComposeEveryKind(t *testing.T) {
	titles := map[string]alerts.Kind{}
	all := []alerts.Kind{alerts.RecoveryCode, alerts.SignInCode}
	for _, info := range alerts.Kinds() {
		all = append(all, info.Kind)
	}
	for _, lang := range []string{"en", "ko"} {
		for _, kind := range all {
			m := alerts.Message{ID: "1", Kind: kind, CreatedAt: t0, Recipient: alerts.Recipient{Name: "Kim", Lang: lang, TimeZone: "Asia/Seoul"}}
			if kind == alerts.RecoveryCode || kind == alerts.SignInCode {
				m.Code, m.ExpiresAt = "123456", t0.Add(10*time.Minute)
			} else {
				m.Alert = alerts.Alert{Kind: kind, At: t0, Client: activity.Client{IP: netip.MustParseAddr("192.0.2.1")}, Reasons: []alerts.Reason{{Key: "new_device"}}}
			}
			c := alerts.Compose(sender, m)
			if other, ok := titles[c.Title]; ok {
				t.Errorf("%s and %s have the title %q", kind, other, c.Title)
			}
			titles[c.Title] = kind
			if c.Lang != lang || !strings.HasPrefix(c.Subject, "[Example Shop] ") || len(c.Actions) < 3 || len(c.Notice) != 3 || c.Intro == "" || c.Why == "" {
				t.Errorf("%s %s: %+v", kind, lang, c)
			}
			text := strings.Join(append(append(c.Actions, c.Notice...), c.Subject, c.Intro, c.Greeting, c.CodeNote, c.Why, c.Imprint, kind.Label(lang)), "\n")
			if strings.ContainsAny(text, "{}") || lang == "ko" && !strings.ContainsFunc(c.Title+kind.Label(lang), func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
				t.Errorf("%s %s: %s", kind, lang, text)
			}
			if hasButton := c.Button != nil; hasButton != (m.Code == "") {
				t.Errorf("%s: button %v", kind, c.Button)
			}
		}
	}
}

func TestComposeBareSender(t *testing.T) {
	c := alerts.Compose(alerts.Sender{Brand: "Shop", Domain: "shop.example", From: "security@shop.example"}, alerts.Message{Kind: "from_the_future"})
	if c.Button != nil || len(c.Links) != 0 || !strings.Contains(c.Notice[2], "shop.example") || c.Title == "" || c.Greeting != "" {
		t.Errorf("%+v", c)
	}
}

func TestWhen(t *testing.T) {
	for _, c := range []struct{ lang, zone, want string }{
		{"en", "Asia/Seoul", "Mon, 23 November 2026, 14:05 (Seoul, UTC+9)"},
		{"en-US", "America/New_York", "Mon, 23 November 2026, 00:05 (New York, UTC-5)"},
		{"en", "America/St_Johns", "Mon, 23 November 2026, 01:35 (St Johns, UTC-3:30)"},
		{"ko", "Asia/Seoul", "2026년 11월 23일 (월) 오후 2:05 (Seoul, UTC+9)"},
		{"ko", "UTC", "2026년 11월 23일 (월) 오전 5:05 (UTC)"},
		{"", "", "Mon, 23 November 2026, 05:05 (UTC)"},
		{"xx", "No/Such", "Mon, 23 November 2026, 05:05 (UTC)"},
		{"en", "Local", "Mon, 23 November 2026, 05:05 (UTC)"},
		{"en", "../../etc/passwd", "Mon, 23 November 2026, 05:05 (UTC)"},
		{"en", strings.Repeat("x", 1<<20), "Mon, 23 November 2026, 05:05 (UTC)"},
	} {
		if got := alerts.When(c.lang, c.zone, t0); got != c.want {
			t.Errorf("%.20q in %s: %q, want %q", c.zone, c.lang, got, c.want)
		}
	}
}

func TestWhere(t *testing.T) {
	ip := netip.MustParseAddr("::ffff:192.0.2.1")
	for _, c := range []struct {
		lang string
		loc  activity.Location
		ip   netip.Addr
		want string
	}{
		{"en", activity.Location{Country: "KR", City: "Seoul"}, ip, "near Seoul, South Korea (IP 192.0.2.1)"},
		{"ko", activity.Location{Country: "KR", City: "Seoul"}, ip, "대한민국 Seoul 부근 (IP 192.0.2.1)"},
		{"ko", activity.Location{Country: "US"}, netip.Addr{}, "미국"},
		{"en", activity.Location{}, ip, "unknown place (IP 192.0.2.1)"},
		{"en", activity.Location{Country: "ZZ"}, netip.MustParseAddr("fe80::1%eth0"), "ZZ (IP fe80::1)"},
		{"en", activity.Location{}, netip.Addr{}, ""},
	} {
		if got := alerts.Where(c.lang, c.loc, c.ip); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func BenchmarkCompose(b *testing.B) {
	m := alerts.Message{ID: "1", Kind: alerts.NewCountry, Recipient: alerts.Recipient{Name: "Kim", TimeZone: "Asia/Seoul"}, Alert: alerts.Alert{
		Kind: alerts.NewCountry, At: t0, Location: activity.Location{Country: "KR", City: "Seoul"}, Client: activity.Client{IP: netip.MustParseAddr("192.0.2.1")},
		Reasons: []alerts.Reason{{Key: "new_country", Args: map[string]string{"country": "KR"}}},
	}}
	for b.Loop() {
		for _, lang := range []string{"en", "ko"} {
			m.Recipient.Lang = lang
			alerts.Compose(sender, m)
		}
	}
}

package alerts_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/accountsec/alerts"
)

var sender = alerts.Sender{
	Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example", SupportEmail: "help@mail.shop.example",
	SecurityURL: "https://shop.example/security?from=mail", PrivacyURL: "https://www.shop.example/privacy#top",
	SecurityPolicyURL: "https://shop.example/policy", SupportURL: "https://shop.example/help", SupportPhone: "+82 2-0000-0000", Address: "1 Example Road, Seoul",
}

func TestSender(t *testing.T) {
	for name, s := range map[string]alerts.Sender{
		"full":    sender,
		"least":   {Brand: "하늘마켓 Haneul", Domain: "haneul.example", From: "no-reply@alerts.haneul.example"},
		"Hangul":  {Brand: "하늘", Domain: "xn--bj0bj06e.example", From: "security@xn--bj0bj06e.example"},
		"German":  {Brand: "B\u00fccher", Domain: "xn--bcher-kva.example", From: "security@xn--bcher-kva.example"},
		"initial": {Brand: "A&B Market's", Domain: "a.co", From: "alerts@a.co"},
	} {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := sender.Reply(); got != "help@mail.shop.example" {
		t.Errorf("answers go to %s", got)
	}
	bad := func(name string, spoil func(s *alerts.Sender)) {
		t.Helper()
		s := sender
		spoil(&s)
		if err := s.Validate(); !errors.Is(err, alerts.ErrSender) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, brand := range []string{
		"", " Shop", "Shop\r\nBcc: x", "Sh\x00op", "Shop\u202e", "a@b", "<b>Shop</b>", "https://shop", `"Shop"`, "Security", strings.Repeat("x", 65),
		"Sh\u043ep", "\u0391mazon", "\xff",
	} {
		bad("brand "+brand, func(s *alerts.Sender) { s.Brand = brand })
	}
	for _, domain := range []string{
		"", "shop", "Shop.example", "shop.example.", ".shop.example", "shop..example", "-shop.example", "sh op.example", "shop.example\r\n", "sh\u043ep.example",
		"127.0.0.1", "[::1]", strings.Repeat("a.", 130) + "example", "gmail.com", "mail.gmail.com", "naver.com", "hanmail.net", "kakao.com", "outlook.com",
		"proton.me", "bit.ly", "me2.do", "a.t.co", "xn--shp-fjd.example", "xn--\u0000.example", "xn--a-b-.example", "xn--99999999.example",
	} {
		bad("domain "+domain, func(s *alerts.Sender) {
			*s = alerts.Sender{Brand: "Example Shop", Domain: domain, From: "security@" + domain}
		})
	}
	for _, from := range []string{
		"", "security", "security@", "@shop.example", "kim.minjun@shop.example", "ceo@shop.example", "security@evil.test", "security@shop.example.evil.test",
		"security@evilshop.example", "security@shop.example\r\nBcc: x@y.example", "Security <security@shop.example>", "security@shop.example, x@shop.example",
		"security@@shop.example", "security+x@shop.example", "SECURITY@shop.example", "security@Shop.example",
	} {
		bad("from "+from, func(s *alerts.Sender) { s.From = from })
	}
	for domain, want := range map[string]string{"xn--pple-43d.example": "mixes alphabets", "xn--99999999.example": "malformed"} {
		err := alerts.Sender{Brand: "Example Shop", Domain: domain, From: "security@" + domain}.Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", domain, err, want)
		}
	}
	bad("reply", func(s *alerts.Sender) { s.ReplyTo = "kim@gmail.com" })
	bad("support", func(s *alerts.Sender) { s.SupportEmail = "help@elsewhere.example" })
	bad("phone", func(s *alerts.Sender) { s.SupportPhone = "1\n2" })
	bad("address", func(s *alerts.Sender) { s.Address = strings.Repeat("x", 300) })
}

// Pitfall 12: a link leads to the shop's own domain over HTTPS, and cannot be
// read as leading anywhere else, by people or by browsers.
func TestPitfall12Links(t *testing.T) {
	for _, link := range []string{
		"https://shop.example", "https://shop.example/", "https://shop.example/security", "https://my.shop.example/a/b?c=d&e=f#g", "https://shop.example/a%20b",
	} {
		if err := sender.CheckLink(link); err != nil {
			t.Errorf("%s: %v", link, err)
		}
	}
	for _, link := range []string{
		"", "/", "security", "http://shop.example/", "//shop.example/", "HTTPS://shop.example/", "javascript:alert(1)", "data:text/html,x", "mailto:a@shop.example",
		"ftp://shop.example/", "https:shop.example", "https:/shop.example", "https:///shop.example", "https://", "https://evil.test/", "https://evil.test/shop.example",
		"https://shop.example.evil.test/", "https://evilshop.example/", "https://shop.example@evil.test/", "https://evil.test@shop.example/", "https://a:b@shop.example/",
		"https://shop.example:443/", "https://shop.example:8443/", "https://shop.example:/", "https://shop.example\\@evil.test/", "https://evil.test\\.shop.example/", "https://evil.test#.shop.example/",
		"https://evil.test?.shop.example/", "https://evil.test%2f.shop.example/", "https://shop.example%2eevil.test/", "https://shop.example./", "https://Shop.example/",
		"https://sh\u043ep.example/", "https://shop\u3002example/", "https://shop.example/\u202e", "https://shop.example/\r\nx", "https://shop.example/\x00", " https://shop.example/",
		"https://shop.example/ x", "https://[::1]/", "https://127.0.0.1/", "https://bit.ly/x", "https://shop.example//evil.test", "https://shop.example/r?to=https://evil.test",
		"https://shop.example/r?to=%2F%2Fevil.test", "https://shop.example/\"onclick=x", "https://shop.example/<b>", "https://shop.example/" + strings.Repeat("a", 600),
		"https://-.shop.example/", "https://a..shop.example/", "https://xn--shp-fjd.shop.example/",
	} {
		if err := sender.CheckLink(link); err == nil {
			t.Errorf("%.60q was accepted", link)
		}
	}
}

func FuzzLink(f *testing.F) {
	for _, s := range []string{"https://shop.example/", "https://shop.example@evil.test", "https://xn--bj0bj06e.shop.example/", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, link string) {
		if sender.CheckLink(link) != nil {
			return
		}
		rest, ok := strings.CutPrefix(link, "https://")
		host := rest
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			host = rest[:i]
		}
		if !ok || host != "shop.example" && !strings.HasSuffix(host, ".shop.example") || strings.ContainsAny(link, "\\@ \"<>\r\n\t") && strings.ContainsAny(host, "\\@ ") {
			t.Errorf("%q", link)
		}
	})
}

func FuzzSender(f *testing.F) {
	f.Add("Example Shop", "shop.example", "security@shop.example")
	f.Add("하늘", "xn--bj0bj06e.example", "security@xn--bj0bj06e.example")
	f.Fuzz(func(t *testing.T, brand, domain, from string) {
		s := alerts.Sender{Brand: brand, Domain: domain, From: from}
		if s.Validate() != nil {
			return
		}
		if strings.ContainsAny(brand+domain+from, "\r\n\x00<>\"") || strings.Count(from, "@") != 1 || !strings.HasSuffix(from, domain) {
			t.Errorf("%q %q %q", brand, domain, from)
		}
	})
}

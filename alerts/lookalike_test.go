package alerts_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/idna"

	"example.com/accountsec/alerts"
)

// own is the least of a sender at a domain as people read it.
func own(t *testing.T, brand, name string) alerts.Sender {
	t.Helper()
	domain, err := idna.Punycode.ToASCII(name)
	if err != nil {
		t.Fatal(err)
	}
	return alerts.Sender{Brand: brand, Domain: domain, From: "security@" + domain}
}

// Pitfall 12: a domain that reads as another is refused (Unicode TS 39): mixed
// alphabets, one alphabet whose letters all have doubles, digits and pairs of
// letters in place of the brand's own.
func TestPitfall12LookAlikes(t *testing.T) {
	for _, c := range []struct{ brand, domain, want string }{
		{"Apple Shop", "\u0430pple.example", "mixes"},                            // Cyrillic а, Latin pple
		{"Apple Shop", "\u0430\u0440\u0440\u04cf\u0435.example", "reads as"},     // all Cyrillic
		{"Apple Shop", "www.\u0430\u0440\u0440\u04cf\u0435.example", "reads as"}, // any label
		{"Copy Shop", "\u0441\u043e\u0440\u0443.com", "reads as"},                // сору
		{"Market", "\u03bf\u03c1\u03b1.example", "reads as"},                     // Greek ορα
		{"Market", "\u0251\u0261\u0251.example", "reads as"},                     // Latin letters of phonetics
		{"Market", "\u0585\u057d.example", "reads as"},                           // Armenian
		{"Market", "\u13da\u13a2hop.example", ""},                                // capitals: refused whatever the reason
		{"Market", "shop\u03b1.example", "mixes"},                                // Latin with Greek
		{"Market", "\u0e01abc.example", "mixes"},                                 // Latin with Thai
		{"Market", "\ud558\u0430.example", "mixes"},                              // Hangul with Cyrillic
		{"Google", "g00gle.example", "read as its letters"},                      //
		{"Google", "go-0gle.example", "read as its letters"},                     //
		{"Haneul Mart", "haneulrnart.example", "read as its letters"},            // rn for m
		{"Modern", "modem.example", "read as its letters"},                       //
		{"Swallow", "svvallow.example", "read as its letters"},                   // vv for w
		{"Market", "co.kr", "anybody gets a name"},                               // public suffixes
		{"Market", "github.io", "anybody gets a name"},                           //
		{"Market", "duck.com", "everybody"},                                      //
		{"Market", "team.yopmail.com", "everybody"},                              //
		{"Market", "xn--a.example", "malformed"}, {"Market", "xn--.example", ""}, //
		{"Market", "xn--shop-.example", ""}, {"Market", "ab--cd.example\u200b", ""}, //
		{"Market", "xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz99999.example", "malformed"}, //
	} {
		domain, err := idna.Punycode.ToASCII(c.domain)
		if err != nil {
			domain = c.domain
		}
		s := alerts.Sender{Brand: c.brand, Domain: domain, From: "security@" + domain}
		if err := s.Validate(); !errors.Is(err, alerts.ErrSender) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s at %s: %v, want %q", c.brand, c.domain, err, c.want)
		}
	}
	for _, c := range [][2]string{
		{"하늘", "하늘마켓.example"}, {"하늘", "하늘shop.example"}, {"Bücher", "bücher.example"}, {"Роса", "роса.рф"}, {"Роса", "магазин.example"},
		{"東京 Shop", "東京ショップ.example"}, {"11st", "11st.example"}, {"Shop 24", "shop24.example"}, {"G2A", "g2a.example"}, {"Mall", "mail.mall.example"},
		{"Booking.com", "booking.com"}, {"Αθήνα Market", "αθήνα.example"}, {"Ikea", "ikea.example"}, {"Modern Home", "modernhome.co.kr"},
	} {
		if err := own(t, c[0], c[1]).Validate(); err != nil {
			t.Errorf("%s at %s: %v", c[0], c[1], err)
		}
	}
	for _, brand := range []string{"Other.com", "evil.test", "www.Shop", "보안", "No-Reply", "Sh\u043ep 하늘", "{brand}"} {
		if err := (alerts.Sender{Brand: brand, Domain: "shop.example", From: "security@shop.example"}).Validate(); !errors.Is(err, alerts.ErrSender) {
			t.Errorf("the brand %q: %v", brand, err)
		}
	}
}

// FuzzDomain: what is accepted is one plain name of the shop's own that says the
// same in both of its forms.
func FuzzDomain(f *testing.F) {
	for _, s := range []string{"shop.example", "xn--bj0bj06e.example", "xn--80ak6aa92e.com", "co.kr", "a.gmail.com", "xn--", "\x00.example", "a..b", strings.Repeat("a.", 130)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, domain string) {
		s := alerts.Sender{Brand: "Example Shop", Domain: domain, From: "security@" + domain}
		if s.Validate() != nil {
			return
		}
		if strings.Trim(domain, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || !strings.Contains(domain, ".") || len(domain) > 253 {
			t.Errorf("%q", domain)
		}
		name, err := idna.ToUnicode(domain)
		if err != nil {
			t.Errorf("%q reads as %q, %v", domain, name, err)
		}
		if back, err := idna.Punycode.ToASCII(name); err != nil || back != domain {
			t.Errorf("%q reads as %q, which is %q, %v", domain, name, back, err)
		}
		if err := s.CheckLink("https://" + domain + "/"); err != nil {
			t.Errorf("%q: its own link %v", domain, err)
		}
	})
}

package phone_test

import (
	"testing"

	"example.com/accountsec/internal/phone"
)

func TestLookup(t *testing.T) {
	for number, want := range map[string]struct {
		country string
		kind    phone.Kind
		ok      bool
	}{
		"+821012345678":   {"KR", phone.Mobile, true},
		"+82212345678":    {"KR", phone.FixedLine, true},
		"+827012345678":   {"KR", phone.VoIP, true},
		"+82607001234":    {"KR", phone.Never, true},
		"+12125550123":    {"US", phone.Mobile, true},
		"+19005550123":    {"US", phone.Never, true},
		"+18005550123":    {"US", phone.Never, true},
		"+18762101234":    {"JM", phone.Mobile, true}, // behind the same +1
		"+77012345678":    {"KZ", phone.Mobile, true}, // behind Russia's +7
		"+447400123456":   {"GB", phone.Mobile, true},
		"+447700300000":   {"JE", phone.Mobile, true}, // behind +44
		"+449098790123":   {"GB", phone.Never, true},
		"+881612345678":   {"001", phone.Mobile, true}, // satellites are no country's
		"+99912345678":    {"", phone.Never, false},
		"+8210123":        {"", phone.Never, false},
		"not a number":    {"", phone.Never, false},
		"":                {"", phone.Never, false},
		"01012345678":     {"", phone.Never, false},
		"+82101234567890": {"", phone.Never, false},
	} {
		country, kind, ok := phone.Lookup(number)
		if country != want.country || kind != want.kind || ok != want.ok {
			t.Errorf("%s: %q, %d, %v", number, country, kind, ok)
		}
	}
	for code, want := range map[string]bool{"KR": true, "US": true, "kr": false, "XX": false, "": false, "001": false} {
		if phone.HasCountry(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

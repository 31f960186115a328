package risk_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"example.com/accountsec/alerts/risk"
)

func TestReasonTexts(t *testing.T) {
	for _, c := range []struct {
		reason risk.Reason
		en, ko string
	}{
		{risk.Reason{Key: risk.ReasonNewDevice, Value: "Chrome on Windows", Of: 12},
			"The device (Chrome on Windows) had not been used to sign in to this account before.", "이 계정에 로그인한 적이 없는 기기입니다(Windows의 Chrome)."},
		{risk.Reason{Key: risk.ReasonNewDevice},
			"The device had not been used to sign in to this account before.", "이 계정에 로그인한 적이 없는 기기입니다."},
		{risk.Reason{Key: risk.ReasonNewCountry, Value: "US", Of: 12},
			"There was no earlier sign-in from this country: United States.", "이전에 로그인한 적이 없는 국가입니다: 미국."},
		{risk.Reason{Key: risk.ReasonNewCountry, Value: "US", Seen: 1, Of: 12},
			"Only 1 of the 12 recent sign-ins came from this country: United States.", "최근 로그인 12회 중 1회만 이 국가에서 로그인했습니다: 미국."},
		{risk.Reason{Key: risk.ReasonNewASN, Number: 7922, Of: 12},
			"There was no earlier sign-in through this provider: AS7922.", "이전에 이용한 적이 없는 통신사입니다: AS7922."},
		{risk.Reason{Key: risk.ReasonAnonymous, Value: "vpn", Of: 12},
			"The connection came through a VPN, as no sign-in before.", "이전에 이용한 적이 없는 방식의 연결입니다: VPN."},
		{risk.Reason{Key: risk.ReasonTravel, Value: "US", KM: 11000, Minutes: 45},
			"The place is at least 11000 km from that of the last sign-in, 45 min before. Nobody travels that fast.", "45분 전 로그인한 곳에서 최소 11000km 떨어진 곳입니다. 그 시간에 이동할 수 없는 거리입니다."},
		{risk.Reason{Key: risk.ReasonTravel, KM: 11000, Minutes: 200},
			"The place is at least 11000 km from that of the last sign-in, 3 h before. Nobody travels that fast.", "3시간 전 로그인한 곳에서 최소 11000km 떨어진 곳입니다. 그 시간에 이동할 수 없는 거리입니다."},
		{risk.Reason{Key: risk.ReasonGuessing, Seen: 7},
			"7 attempts to sign in failed shortly before.", "직전에 로그인 시도가 7회 실패했습니다."},
		{risk.Reason{Key: risk.ReasonHour, Value: "12-16"}, // in UTC, which is nobody's clock: the time stands beside it in the owner's zone
			"There was no earlier sign-in at this time of the week.", "이전에 로그인한 적이 없는 시간대입니다."},
		{risk.Reason{Key: "unheard_of\r\n"}, "unheard_of", "unheard_of"},
	} {
		if en, ko := c.reason.Text("en-GB"), c.reason.Text("ko-KR,ko;q=0.9"); en != c.en || ko != c.ko {
			t.Errorf("%+v:\n%s\n%s", c.reason, en, ko)
		}
	}
}

// Every reason has its sentence in both languages, with every value filled in.
func TestEveryReasonHasText(t *testing.T) {
	for _, key := range []string{
		risk.ReasonNewDevice, risk.ReasonNewCountry, risk.ReasonNewASN, risk.ReasonNewPrefix, risk.ReasonNewIP, risk.ReasonAnonymous, risk.ReasonNewClient,
		risk.ReasonTravel, risk.ReasonRTT, risk.ReasonHour, risk.ReasonAttacks,
		risk.ReasonGuessing, risk.ReasonStuffing, risk.ReasonEnumeration, risk.ReasonAbsence, risk.ReasonDeviceBurst,
	} {
		for _, value := range []string{"vpn", "", "evil\r\n\x00\u202etext"} {
			for _, seen := range []int{0, 3} {
				for _, lang := range []string{"en", "ko"} {
					got := risk.Reason{Key: key, Value: value, Seen: seen, Of: 9}.Text(lang)
					if got == key || strings.ContainsAny(got, "{}\r\n\x00\u202e") || len(got) < 10 {
						t.Errorf("%s in %s: %q", key, lang, got)
					}
				}
			}
		}
	}
}

func TestNetworksHaveNames(t *testing.T) {
	for _, n := range []risk.Network{risk.NetworkVPN, risk.NetworkHosting, risk.NetworkRelay, risk.NetworkSatellite} {
		if got := (risk.Reason{Key: risk.ReasonAnonymous, Value: n.String()}).Text("en"); strings.Contains(got, "network.") || !n.Anonymous() {
			t.Errorf("%v: %s", n, got)
		}
	}
	for _, n := range []risk.Network{risk.NetworkUnknown, risk.NetworkResidential, risk.NetworkMobile, 200} {
		if n.Anonymous() || n.String() == "" {
			t.Errorf("%v is anonymous", n)
		}
	}
	for asn, want := range map[uint]risk.Network{0: risk.NetworkUnknown, 4766: risk.NetworkUnknown, 9644: risk.NetworkMobile, 9009: risk.NetworkVPN,
		16509: risk.NetworkHosting, 36183: risk.NetworkRelay, 14593: risk.NetworkSatellite, 1 << 40: risk.NetworkUnknown} {
		if got := risk.NetworkOf(asn); got != want {
			t.Errorf("AS%d is %v, want %v", asn, got, want)
		}
	}
}

func TestArgsRoundTrip(t *testing.T) {
	r := risk.Reason{Key: risk.ReasonNewASN, Value: "KT", Number: 4766, Seen: 2, Of: 30, Weight: 1.25, KM: 7, Minutes: 8}
	if got := risk.ReasonOf(r.Key, r.Args()); !reflect.DeepEqual(got, r) {
		t.Errorf("%+v became %+v", r, got)
	}
	got := risk.ReasonOf("x", map[string]string{"weight": "NaN", "seen": "-3", "of": "many", "km": "1e9"})
	if math.IsNaN(got.Weight) || got.Seen != 0 || got.Of != 0 || got.KM != 0 {
		t.Errorf("%+v", got)
	}
}

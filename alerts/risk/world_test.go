package risk_test

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

const (
	chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	day    = 24 * time.Hour
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newModel(t testing.TB, cfg risk.Config) *risk.Model {
	t.Helper()
	m, err := risk.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// home is the owner's usual sign-in: KT in Seoul, Chrome on Windows.
func home() risk.Attempt {
	return risk.Attempt{
		At:       noon,
		Client:   activity.Client{IP: netip.MustParseAddr("203.0.113.7"), UserAgent: chrome, DeviceID: "laptop"},
		Location: activity.Location{Country: "KR", City: "Seoul", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20, ASN: 4766, ASOrg: "KT"},
		Device:   activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"},
	}
}

// thief is a stranger's: Comcast in New York, Firefox on Linux.
func thief() risk.Attempt {
	a := home()
	a.Client = activity.Client{IP: netip.MustParseAddr("198.51.100.9"), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"}
	a.Location = activity.Location{Country: "US", City: "New York", Latitude: 40.71, Longitude: -74.01, RadiusKM: 20, ASN: 7922, ASOrg: "Comcast"}
	a.Device = activity.Device{Browser: "Firefox", OS: "Linux", Class: "desktop", Name: "Firefox on Linux"}
	return a
}

// known is a profile of n sign-ins from home, a week apart, the last a day
// before noon.
func known(m *risk.Model, n int) *risk.Profile {
	p := &risk.Profile{}
	for i := range n {
		a := home()
		a.At = noon.Add(-day - time.Duration(n-1-i)*7*day)
		m.Learn(p, a, a.At)
	}
	return p
}

// random is any attempt out of a small world, so that values meet again.
func random(r *rand.Rand) risk.Attempt {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	a := home()
	a.At = noon.Add(time.Duration(r.IntN(4000)-2000) * time.Hour)
	a.Client.IP, _ = netip.ParseAddr(pick("203.0.113.7", "203.0.113.8", "198.51.100.9", "2001:db8:1:2::3", "2001:db8:1:3::3", "10.0.0.1", ""))
	a.Client.DeviceID = pick("laptop", "phone", "", "d"+strconv.Itoa(r.IntN(40)))
	a.Location.Country = pick("KR", "US", "NO", "")
	a.Location.ASN = []uint{0, 4766, 9318, 9644, 7922, 9009, 22351}[r.IntN(7)]
	a.Location.Latitude, a.Location.Longitude = float64(r.IntN(181)-90), float64(r.IntN(361)-180)
	a.Location.RadiusKM = []int{0, 5, 50, 1000}[r.IntN(4)]
	a.Device.Browser, a.Device.OS, a.Device.Class = pick("Chrome", "Safari", "Firefox", ""), pick("Windows", "iOS", "Linux", ""), pick("desktop", "mobile", "")
	a.Client.UserAgent = pick(chrome, "x Chrome/140.0 y", "x Version/18.1 z", "Firefox/144.0", "")
	a.RTT = time.Duration(r.IntN(3)*r.IntN(200)) * time.Millisecond
	return a
}

// everyone is a population of n random sign-ins.
func everyone(r *rand.Rand, n int) *risk.Population {
	p := &risk.Population{}
	for range n {
		p.Learn(random(r))
		if r.IntN(10) == 0 {
			p.LearnAttack(random(r))
		}
	}
	return p
}

func keys(a risk.Assessment) (out []string) {
	for _, r := range a.Reasons {
		out = append(out, r.Key)
	}
	return out
}

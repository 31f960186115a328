package risk_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

const tolerance = 1e-9

// all gives weight to every kind of evidence, so that no property holds only
// because its evidence is off.
func all() risk.Config {
	return risk.Config{Weights: risk.Levels{Hour: 0.3}, Account: 0.5}
}

// history gives a random profile and population.
func history(r *rand.Rand, m *risk.Model) (*risk.Profile, *risk.Population) {
	p := &risk.Profile{}
	for range 1 + r.IntN(60) {
		a := random(r)
		m.Learn(p, a, noon.Add(-time.Duration(r.IntN(3000))*time.Hour))
	}
	return p, everyone(r, r.IntN(300))
}

// Learning an attempt never makes it more suspicious.
func TestMoreFamiliarNeverRaises(t *testing.T) {
	m := newModel(t, all())
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		p, crowd := history(r, m)
		a := random(r)
		a.At = noon
		last := m.Score(p, crowd, a).Score
		for i := range 4 {
			m.Learn(p, a, noon)
			got := m.Score(p, crowd, a).Score
			if got > last+tolerance {
				t.Fatalf("seed %d: learned %d times it scores %v after %v: %+v", seed, i+1, got, last, a)
			}
			last = got
		}
	}
}

// A value that the owner never used never lowers the score, whichever value it
// takes the place of.
func TestUnknownNeverLowers(t *testing.T) {
	cfg := all()
	cfg.Attack = risk.Off // says nothing of the owner, and something of the value that was replaced
	m := newModel(t, cfg)
	changes := map[string]func(*risk.Attempt){
		"device":  func(a *risk.Attempt) { a.Client.DeviceID = "never" },
		"cookie":  func(a *risk.Attempt) { a.Client.DeviceID = "" },
		"country": func(a *risk.Attempt) { a.Location.Country = "ZW" },
		"asn":     func(a *risk.Attempt) { a.Location.ASN = 4200000000 },
		"prefix":  func(a *risk.Attempt) { a.Client.IP = addr("192.0.2.77") },
		"browser": func(a *risk.Attempt) { a.Device.Browser, a.Client.UserAgent = "Netscape", "Netscape/9.0" },
		"os":      func(a *risk.Attempt) { a.Device.OS, a.Client.UserAgent = "Plan 9", "Chrome/9.0 Firefox/9.0" },
		"rtt":     func(a *risk.Attempt) { a.RTT = 20 * time.Second },
	}
	base := func(r *rand.Rand) risk.Attempt { // with every value there and a place that is meant
		a := home()
		a.Location.ASN = []uint{4766, 9318, 7922}[r.IntN(3)]
		a.Location.Country = []string{"KR", "US", "NO"}[r.IntN(3)]
		a.Client.DeviceID = []string{"laptop", "phone", "d1"}[r.IntN(3)]
		a.RTT = time.Duration(1+r.IntN(200)) * time.Millisecond
		return a
	}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		p, crowd := history(r, m)
		a := base(r)
		before := m.Score(p, crowd, a).Score
		for name, change := range changes {
			b := a
			change(&b)
			if after := m.Score(p, crowd, b).Score; after < before-tolerance {
				t.Errorf("seed %d: a new %s lowers %v to %v", seed, name, before, after)
			}
		}
	}
}

// However strange the client: with the cookie it is never more suspicious than
// without.
func TestCookieNeverRaises(t *testing.T) {
	m := newModel(t, risk.Config{Weights: risk.Levels{Class: 5, OS: 5, Browser: 5, Version: 5, Agent: 5}, ClientOnNewDevice: 0.01})
	p := known(m, 100)
	a := thief()
	a.Client.IP, a.Location, a.Client.DeviceID = home().Client.IP, home().Location, "laptop"
	b := a
	b.Client.DeviceID = ""
	if with, without := m.Score(p, nil, a).Score, m.Score(p, nil, b).Score; with > without {
		t.Errorf("%v with the cookie, %v without", with, without)
	}
}

// The largest weights there are give a score within bounds.
func TestScoreIsBounded(t *testing.T) {
	m := newModel(t, risk.Config{KnownDevice: 10, NewDevice: 10, DeviceHabit: 10, Weights: risk.Levels{Country: 10, ASN: 10, Prefix: 10, IP: 10},
		Smoothing: risk.Levels{Country: 1e-300, ASN: 1e-300}})
	if got := m.Score(known(m, 300), nil, thief()).Score; got != 100 {
		t.Errorf("%v", got)
	}
}

// What was learned at one time may be learned in any order.
func TestOrderIsIrrelevant(t *testing.T) {
	m := newModel(t, all())
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 3))
		list := make([]risk.Attempt, 8)
		for i := range list {
			list[i] = random(r)
			list[i].At, list[i].Client.DeviceID = noon, "laptop"
			list[i].Location.RadiusKM = 1000 // the last place is an order's to tell
		}
		crowd, a := everyone(r, 100), random(r)
		var want float64
		for i := range 5 {
			p := &risk.Profile{}
			for _, x := range list {
				m.Learn(p, x, noon)
			}
			got := m.Score(p, crowd, a).Score
			if i == 0 {
				want = got
			} else if math.Abs(got-want) > tolerance {
				t.Fatalf("seed %d: %v in one order, %v in another", seed, want, got)
			}
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
	}
}

func TestScoresAreFiniteAndReasonsAddUp(t *testing.T) {
	m := newModel(t, all())
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -91, 181, 0}
	times := []time.Time{{}, noon, time.Unix(1<<40, 0), time.Unix(-1<<40, 0), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 4))
		p, crowd := history(r, m)
		a := random(r)
		a.Location.Latitude, a.Location.Longitude = odd[r.IntN(len(odd))], odd[r.IntN(len(odd))]
		a.Location.RadiusKM = []int{math.MinInt, -1, math.MaxInt}[r.IntN(3)]
		a.RTT = []time.Duration{math.MinInt64, math.MaxInt64, 1}[r.IntN(3)]
		a.At = times[r.IntN(len(times))]
		a.Network = risk.Network(r.IntN(256))
		for range 2 {
			got := m.Score(p, crowd, a)
			if math.IsNaN(got.Score) || math.IsInf(got.Score, 0) {
				t.Fatalf("seed %d: %v", seed, got.Score)
			}
			for _, reason := range got.Reasons {
				if !(reason.Weight > 0 && reason.Weight < 100) || reason.KM < 0 || reason.Seen < 0 || reason.Seen > reason.Of && reason.Of > 0 {
					t.Fatalf("seed %d: %+v", seed, reason)
				}
			}
			if !slices.IsSortedFunc(got.Reasons, func(a, b risk.Reason) int { return int(math.Copysign(1, b.Weight-a.Weight)) }) {
				t.Fatalf("seed %d: %v", seed, got.Reasons)
			}
			m.Learn(p, a, times[r.IntN(len(times))])
			if data := p.Encode(); len(data) > risk.MaxProfile {
				t.Fatalf("%d bytes", len(data))
			}
		}
	}
}

// An address comes in many spellings and is one.
func TestPitfall07OneAddress(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := known(m, 12)
	want := m.Score(p, nil, home()).Score
	for _, ip := range []string{"203.0.113.7", "::ffff:203.0.113.7", "::ffff:203.0.113.7%eth0"} {
		a := home()
		a.Client.IP = addr(ip)
		if got := m.Score(p, nil, a).Score; got != want {
			t.Errorf("%s scores %v, want %v", ip, got, want)
		}
	}
	six := home()
	six.Client.IP = addr("2001:db8:1:2::3")
	for range 12 {
		m.Learn(p, six, noon)
	}
	want = m.Score(p, nil, six).Score
	for _, ip := range []string{"2001:db8:1:2:ffff::1", "2001:db8:1:2::3%en0"} {
		six.Client.IP = addr(ip)
		if got := m.Score(p, nil, six).Score; got != want {
			t.Errorf("%s of one /64 scores %v, want %v", ip, got, want)
		}
	}
	six.Client.IP = addr("2001:db8:ffff::1")
	if m.Score(p, nil, six).Score <= want {
		t.Error("another network is the same one")
	}
}

// Private and reserved addresses have no place, whatever is said of them.
func TestPrivateAddressesAreNoEvidence(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := risk.DecodeProfile(known(m, 12).Encode())
	var want float64
	for i, ip := range []string{"10.1.2.3", "192.168.0.1", "172.16.0.1", "127.0.0.1", "100.64.3.2", "169.254.1.1", "0.1.2.3", "240.0.0.1", "198.18.0.1",
		"::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "224.0.0.1", "ff02::1", "::"} {
		a := home()
		a.Client.IP = addr(ip)
		a.Location = thief().Location
		got := m.Score(p, nil, a)
		if i == 0 {
			want = got.Score
		}
		if got.Score != want || len(got.Reasons) != 0 {
			t.Errorf("%s scores %v for %v, want %v", ip, got.Score, keys(got), want)
		}
		before := string(p.Encode())
		m.Learn(p, a, noon)
		if slices.Contains(p.Countries(), "US") {
			t.Errorf("%s taught a country", ip)
		}
		p = risk.DecodeProfile([]byte(before))
	}
}

func TestMissingEvidence(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := known(m, 12)
	bare := risk.Attempt{At: noon}
	if got := m.Score(p, nil, bare); len(got.Reasons) != 1 || got.Reasons[0].Key != risk.ReasonNewDevice {
		t.Errorf("%v", keys(got))
	}
	if got := m.Score(nil, nil, thief()); got.Score != 0 || got.Level != risk.LevelLow || len(got.Reasons) != 0 {
		t.Errorf("without a profile: %+v", got)
	}
	m.Learn(p, bare, noon) // teaches nothing but that there was a sign-in
	if p.SignIns() != 13 || len(p.Countries()) != 1 {
		t.Errorf("%d sign-ins, %v", p.SignIns(), p.Countries())
	}
	placed := home()
	placed.Client.IP = addr("")
	placed.Location = activity.Location{Country: "KR"}
	if got := m.Score(p, nil, placed); len(got.Reasons) != 0 {
		t.Errorf("a country alone: %v", keys(got))
	}
}

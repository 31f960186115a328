package risk_test

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts/risk"
)

func addr(s string) netip.Addr { a, _ := netip.ParseAddr(s); return a }

func TestScore(t *testing.T) {
	m := newModel(t, risk.Config{})
	edit := func(f func(*risk.Attempt)) risk.Attempt { a := home(); f(&a); return a }
	for name, c := range map[string]struct {
		signIns int
		attempt risk.Attempt
		level   risk.Level
		reasons string
	}{
		"first sign-in":            {0, thief(), risk.LevelLow, ""},
		"as always":                {12, home(), risk.LevelLow, ""},
		"three, known device":      {3, home(), risk.LevelLow, ""},
		"one, new device":          {1, edit(func(a *risk.Attempt) { a.Client.DeviceID = "new" }), risk.LevelNotice, "new_device"},
		"three, a thief":           {3, thief(), risk.LevelNotice, ""},
		"four, a thief":            {4, thief(), risk.LevelHigh, ""},
		"many, a thief":            {50, thief(), risk.LevelSevere, ""},
		"new device at home":       {12, edit(func(a *risk.Attempt) { a.Client.DeviceID = "new" }), risk.LevelNotice, "new_device"},
		"known device abroad":      {12, edit(func(a *risk.Attempt) { a.Location, a.Client.IP = thief().Location, thief().Client.IP }), risk.LevelLow, "new_country"},
		"known device by a VPN":    {12, edit(func(a *risk.Attempt) { a.Location.ASN, a.Location.Country = 9009, "NL" }), risk.LevelLow, "anonymous_network"},
		"new device by a VPN":      {12, edit(func(a *risk.Attempt) { a.Location.ASN, a.Client.DeviceID = 9009, "" }), risk.LevelHigh, "new_device anonymous_network"},
		"update of the browser":    {12, edit(func(a *risk.Attempt) { a.Client.UserAgent = strings.Replace(chrome, "141", "142", 1) }), risk.LevelLow, ""},
		"stolen cookie":            {12, edit(func(a *risk.Attempt) { *a = thief(); a.Client.DeviceID = "laptop" }), risk.LevelHigh, "new_country new_client"},
		"cookie on another system": {12, edit(func(a *risk.Attempt) { a.Device, a.Client.UserAgent = thief().Device, thief().Client.UserAgent }), risk.LevelLow, "new_client"},
	} {
		t.Run(name, func(t *testing.T) {
			got := m.Score(known(m, c.signIns), nil, c.attempt)
			if got.Level != c.level || c.reasons != "" && strings.Join(keys(got), " ") != c.reasons {
				t.Errorf("%v (%.2f) for %v", got.Level, got.Score, got.Reasons)
			}
			if got.History != c.signIns {
				t.Errorf("history %d", got.History)
			}
		})
	}
}

func TestReasonsNameTheirEvidence(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := known(m, 12)
	a := thief()
	a.Location.Country = "KR" // a new provider in the home country
	got := m.Score(p, nil, a)
	i := slices.IndexFunc(got.Reasons, func(r risk.Reason) bool { return r.Key == risk.ReasonNewASN })
	if i < 0 {
		t.Fatalf("%v", got.Reasons)
	}
	r := got.Reasons[i]
	if r.Value != "Comcast" || r.Number != 7922 || r.Seen != 0 || r.Of < 10 || r.Of > 12 || r.Weight <= 0 {
		t.Errorf("%+v", r)
	}
}

// The owner's journeys, networks that hide the place, and carriers are no alarm.
func TestPitfall16NoAlarm(t *testing.T) {
	m := newModel(t, risk.Config{})
	for name, asn := range map[string]uint{"VPN": 9009, "relay": 36183, "satellite": 22351, "host": 16509} {
		p := known(m, 12)
		a := home()
		a.Client.IP, a.Location, a.At = thief().Client.IP, thief().Location, noon.Add(-day+10*time.Minute)
		a.Location.ASN = asn
		got := m.Score(p, nil, a)
		if got.Level > risk.LevelLow || !got.Anonymous || slices.Contains(keys(got), risk.ReasonTravel) || slices.Contains(keys(got), risk.ReasonNewCountry) {
			t.Errorf("%s: %v for %v", name, got.Level, got.Reasons)
		}
		for range 5 {
			m.Learn(p, a, noon)
		}
		if c := p.Countries(); !slices.Equal(c, []string{"KR"}) {
			t.Errorf("%s: the place was learned: %v", name, c)
		}
		stranger := a
		stranger.Client.DeviceID = ""
		if got := m.Score(p, nil, stranger); slices.Contains(keys(got), risk.ReasonTravel) {
			t.Errorf("%s: travels", name)
		}
		back := home() // nor is the way back a journey
		back.At, back.Client.DeviceID, back.Location.ASN = noon.Add(time.Minute), "", 9318
		if got := m.Score(p, nil, back); slices.Contains(keys(got), risk.ReasonTravel) {
			t.Errorf("%s: the way back is a journey", name)
		}
	}
	p := known(m, 12)
	a := home()
	a.Location.ASN, a.Location.ASOrg = 9644, "SK Telecom"
	for i := range 6 { // a phone on a carrier: another address every time
		a.Client.IP = netip.AddrFrom4([4]byte{203, byte(i), 113, 5})
		m.Learn(p, a, noon)
	}
	a.Client.IP = addr("198.51.100.77")
	if got := m.Score(p, nil, a); len(got.Reasons) != 0 || got.Level != risk.LevelLow {
		t.Errorf("the carrier's next address: %v", got.Reasons)
	}
}

// A known device is not told of a journey, nor is an AS that the owner has used.
func TestTravelNeedsNewDeviceAndNetwork(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := known(m, 12)
	a := thief()
	a.At = noon.Add(-day + time.Hour)
	if got := m.Score(p, nil, a); !slices.Contains(keys(got), risk.ReasonTravel) {
		t.Fatalf("%v", keys(got))
	}
	for name, change := range map[string]func(*risk.Attempt){
		"known device":      func(a *risk.Attempt) { a.Client.DeviceID = "laptop" },
		"known AS":          func(a *risk.Attempt) { a.Location.ASN = 4766 },
		"no position":       func(a *risk.Attempt) { a.Location.Latitude, a.Location.Longitude = 0, 0 },
		"NaN":               func(a *risk.Attempt) { a.Location.Latitude = math.NaN() },
		"only the country":  func(a *risk.Attempt) { a.Location.RadiusKM = 1000 },
		"a day later":       func(a *risk.Attempt) { a.At = noon },
		"the caller knows":  func(a *risk.Attempt) { a.Network = risk.NetworkVPN },
		"a private address": func(a *risk.Attempt) { a.Client.IP = addr("10.0.0.1") },
	} {
		b := a
		change(&b)
		if got := m.Score(p, nil, b); slices.Contains(keys(got), risk.ReasonTravel) {
			t.Errorf("%s: %v", name, got.Reasons)
		}
	}
}

func TestOptionalEvidence(t *testing.T) {
	m := newModel(t, all())
	p := &risk.Profile{}
	for i := range 12 {
		a := home()
		a.At, a.RTT = time.Date(2026, 11, 2+i%5, 13, 0, 0, 0, time.UTC), 30*time.Millisecond
		m.Learn(p, a, noon)
	}
	usual := home()
	usual.At, usual.RTT = time.Date(2026, 11, 23, 14, 59, 0, 0, time.UTC), 31*time.Millisecond
	odd := usual
	odd.At, odd.RTT = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC), 300*time.Millisecond // a Sunday
	if got := m.Score(p, nil, usual); len(got.Reasons) != 0 {
		t.Errorf("%v", got.Reasons)
	}
	got := m.Score(p, nil, odd)
	if k := keys(got); !slices.Contains(k, risk.ReasonRTT) || !slices.Contains(k, risk.ReasonHour) {
		t.Fatalf("%v", k)
	}
	for _, r := range got.Reasons {
		if r.Key == risk.ReasonRTT && r.Number != 300 || r.Key == risk.ReasonHour && r.Value != "12-16" {
			t.Errorf("%+v", r)
		}
	}
	unmeasured := usual
	unmeasured.RTT = 0
	if got := m.Score(p, nil, unmeasured); slices.Contains(keys(got), risk.ReasonRTT) {
		t.Error("what was not measured is a reason")
	}
}

// To whom every address is new, another one says nothing.
func TestNewIsNoNewsToWhoAlwaysComesAnew(t *testing.T) {
	m := newModel(t, risk.Config{})
	settled, roaming := known(m, 30), known(m, 1)
	for i := range 29 {
		a := home()
		a.Client.IP = netip.AddrFrom4([4]byte{203, 1, byte(i), 7})
		m.Learn(roaming, a, noon)
	}
	weight := func(p *risk.Profile) float64 {
		a := home()
		a.Client.IP = addr("192.0.2.1")
		for _, r := range m.Score(p, nil, a).Reasons {
			if r.Key == risk.ReasonNewPrefix {
				return r.Weight
			}
		}
		return 0
	}
	if s, r := weight(settled), weight(roaming); s < 1 || r > s/3 {
		t.Errorf("another address weighs %v to the settled, %v to the roaming", s, r)
	}
}

func TestAttacksRaiseAndNeverLower(t *testing.T) {
	m := newModel(t, risk.Config{})
	p, crowd := known(m, 12), &risk.Population{}
	for range 1000 {
		crowd.Learn(home())
	}
	a := thief()
	before := m.Score(p, crowd, a)
	calm := m.Score(p, crowd, home()).Score
	for range 5000 {
		crowd.LearnAttack(a)
	}
	after := m.Score(p, crowd, a)
	if after.Score <= before.Score || after.Score > before.Score+1 || !slices.Contains(keys(after), risk.ReasonAttacks) {
		t.Errorf("%v after %v: %v", after.Score, before.Score, keys(after))
	}
	if got := m.Score(p, crowd, home()).Score; got != calm {
		t.Errorf("attacks from elsewhere made home %v after %v", got, calm)
	}
}

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]risk.Config{
		"NaN": {Travel: math.NaN()}, "infinite": {KnownDevice: math.Inf(1)}, "negative": {NewDevice: -0.5}, "huge": {Weights: risk.Levels{ASN: 11}},
		"smoothing off": {Smoothing: risk.Levels{IP: risk.Off}}, "levels fall": {Notice: 9, High: 5}, "half-life": {HalfLife: time.Hour},
		"half-life too long": {HalfLife: 1e5 * time.Hour}, "speed": {Speeds: risk.Speeds{Air: -1}},
	} {
		if _, err := risk.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	off := newModel(t, risk.Config{KnownDevice: risk.Off, NewDevice: risk.Off, DeviceHabit: risk.Off, Travel: risk.Off, Attack: risk.Off, Account: risk.Off, ClientOnNewDevice: risk.Off,
		Weights: risk.Levels{risk.Off, risk.Off, risk.Off, risk.Off, risk.Off, risk.Off, risk.Off, risk.Off, risk.Off, risk.Off, risk.Off, risk.Off}})
	if got := off.Score(known(off, 12), nil, thief()); got.Score != 0 || len(got.Reasons) != 0 {
		t.Errorf("with everything off: %+v", got)
	}
}

package risk_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"example.com/accountsec/alerts/risk"
)

func TestProfileRoundTrip(t *testing.T) {
	m := newModel(t, all())
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		p, crowd := history(r, m)
		data := p.Encode()
		q := risk.DecodeProfile(data)
		if !bytes.Equal(q.Encode(), data) || q.SignIns() != p.SignIns() || !q.LastSeen().Equal(p.LastSeen()) {
			t.Fatalf("seed %d: not what was encoded", seed)
		}
		a := random(r)
		before, after := m.Score(p, crowd, a), m.Score(q, crowd, a)
		if d := before.Score - after.Score; d > 1e-5 || d < -1e-5 || before.Level != after.Level {
			t.Fatalf("seed %d: %v became %v", seed, before, after)
		}
	}
}

// The fullest profile there is fits.
func TestProfileIsBounded(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := &risk.Profile{}
	longest := 0
	for i := range 3000 {
		a := random(rand.New(rand.NewPCG(uint64(i), 6)))
		a.Client.DeviceID = "d" + strconv.Itoa(i)
		a.Client.UserAgent = "Chrome/" + strconv.Itoa(i)
		a.Client.IP = addr(fmt.Sprintf("203.%d.%d.7", i>>8, i&255))
		a.Location.Country = string([]byte{byte('A' + i%26), byte('A' + i/26%26)})
		a.Location.ASN = uint(100000 + i)
		a.Device.Browser, a.Device.OS, a.Device.Class = "b"+strconv.Itoa(i), "o"+strconv.Itoa(i), "c"+strconv.Itoa(i)
		a.RTT = time.Duration(1+i) * time.Millisecond
		m.Learn(p, a, noon.Add(time.Duration(i)*time.Hour))
		longest = max(longest, len(p.Encode()))
	}
	if longest > risk.MaxProfile || longest < risk.MaxProfile/2 {
		t.Errorf("%d bytes, of at most %d", longest, risk.MaxProfile)
	}
	if p.SignIns() != 3000 || !p.KnowsDevice("d2999") || !p.KnowsDevice("d2968") || p.KnowsDevice("d2967") {
		t.Errorf("%d sign-ins, or the wrong devices", p.SignIns())
	}
}

// What this version did not write is no knowledge, and never trust.
func TestForeignBytesAreNoKnowledge(t *testing.T) {
	m := newModel(t, risk.Config{})
	data := known(m, 12).Encode()
	cases := map[string][]byte{"nothing": nil, "empty": {}, "JSON": []byte(`{"v":1,"n":12,"t":1}`), "cut": data[:len(data)-1],
		"longer": append(slices.Clone(data), 0), "huge": make([]byte, 1<<20)}
	for i := range data {
		flipped := slices.Clone(data)
		flipped[i] ^= 0x40
		cases["byte "+strconv.Itoa(i)] = flipped
	}
	for name, b := range cases {
		p := risk.DecodeProfile(b)
		if p.SignIns() != 0 || p.KnowsDevice("laptop") || m.Score(p, nil, home()).KnownDevice {
			t.Fatalf("%s: trusted", name)
		}
		m.Learn(p, home(), noon) // and can be begun anew
		if p.SignIns() != 1 || !p.KnowsDevice("laptop") {
			t.Fatalf("%s: cannot be learned into", name)
		}
	}
}

// Bytes that carry the right checksum and still are not what this version
// writes: another version's, or somebody's who can write to the database.
func TestForgedProfilesAreNoKnowledge(t *testing.T) {
	good := known(newModel(t, risk.Config{}), 12).Encode()
	forge := func(at int, with ...byte) []byte {
		b := slices.Clone(good[:len(good)-4])
		copy(b[at:], with)
		return seal(b)
	}
	if risk.DecodeProfile(forge(0)).SignIns() != 12 {
		t.Fatal("seal does not seal")
	}
	nan, minus := []byte{0x7f, 0xc0, 0, 0}, []byte{0xbf, 0x80, 0, 0}
	for name, b := range map[string][]byte{
		"another version": forge(0, 0xA4), "no sign-ins": forge(1, 0, 0, 0, 0), "too many sign-ins": forge(1, 0xff, 0xff, 0xff, 0xff),
		"no epoch": forge(5, 0, 0, 0, 0, 0, 0, 0, 0), "last before epoch": forge(13, 0, 0, 0, 0, 0, 0, 0, 1),
		"NaN sign-ins": forge(29, nan...), "negative sign-ins": forge(29, minus...), "more new than all": forge(33, 0x44, 0, 0, 0), "NaN place": forge(37, nan...),
		"NaN total": forge(49, nan...), "too many values": forge(57, 200), "a device without a key": forge(len(good)-4-24, make([]byte, 16)...),
	} {
		if p := risk.DecodeProfile(b); p.SignIns() != 0 || p.KnowsDevice("laptop") {
			t.Errorf("%s: believed", name)
		}
	}
}

// seal appends the checksum of the encoding.
func seal(b []byte) []byte {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return binary.BigEndian.AppendUint32(b, uint32(h^h>>31))
}

func TestCountsDecay(t *testing.T) {
	m := newModel(t, risk.Config{HalfLife: 30 * day, Account: risk.Off})
	p := known(m, 12)
	weight := func(after time.Duration) float64 { // of a country that is new
		a := thief()
		a.At = noon.Add(after)
		for _, r := range m.Score(p, nil, a).Reasons {
			if r.Key == risk.ReasonNewCountry {
				return r.Weight
			}
		}
		return 0
	}
	if fresh, stale := weight(0), weight(300*day); fresh <= 0 || stale >= fresh/2 {
		t.Errorf("after ten half-lives a new country weighs %v, before %v", stale, fresh)
	}
	// A habit that was given up is forgotten before one that is kept.
	for i := range 60 {
		a := thief()
		a.Client.DeviceID, a.Location.Country = "laptop", "NO"
		m.Learn(p, a, noon.Add(time.Duration(i)*10*day))
	}
	if got := p.Countries(); !slices.Equal(got, []string{"NO", "KR"}) {
		t.Errorf("%v", got)
	}
	old := home()
	old.At = noon.Add(600 * day)
	if got := m.Score(p, nil, old); !slices.Contains(keys(got), risk.ReasonNewCountry) {
		t.Errorf("a country of twenty half-lives ago is as familiar as ever: %v", keys(got))
	}
}

// A clock that jumps makes nothing trusted and breaks nothing.
func TestClockJumps(t *testing.T) {
	m := newModel(t, risk.Config{})
	for _, jump := range []time.Duration{-1 << 62, -1000 * day, 1000 * day, 1 << 62} {
		p := known(m, 12)
		m.Learn(p, home(), noon.Add(jump))
		for range 8 {
			m.Learn(p, home(), noon)
		}
		q := risk.DecodeProfile(p.Encode())
		if q.SignIns() != 21 || !q.KnowsDevice("laptop") {
			t.Errorf("%v: %d sign-ins", jump, q.SignIns())
		}
		if got := m.Score(q, nil, thief()); got.Level < risk.LevelNotice || got.KnownDevice {
			t.Errorf("%v: a thief scores %v", jump, got)
		}
	}
	p := &risk.Profile{}
	for range 5 {
		m.Learn(p, home(), time.Time{})
	}
	if p.SignIns() != 5 {
		t.Errorf("without a clock: %d", p.SignIns())
	}
}

func TestForgetDevices(t *testing.T) {
	m := newModel(t, risk.Config{})
	for except, want := range map[string]string{"laptop": "laptop", "": "", "stranger": ""} {
		p := known(m, 5)
		a := home()
		a.Client.DeviceID = "phone"
		m.Learn(p, a, noon)
		p.ForgetDevices(except)
		if p.KnowsDevice("phone") || p.KnowsDevice("laptop") != (want == "laptop") || p.KnowsDevice("") || p.SignIns() != 6 {
			t.Errorf("except %q: wrong", except)
		}
	}
}

func TestScoreChangesNothing(t *testing.T) {
	m := newModel(t, risk.Config{})
	p, crowd := known(m, 12), &risk.Population{}
	crowd.Learn(home())
	before, all := p.Encode(), crowd.Encode()
	m.Score(p, crowd, thief())
	if !bytes.Equal(p.Encode(), before) || !bytes.Equal(crowd.Encode(), all) {
		t.Error("Score learned")
	}
}

// Who keeps no cookies is not told of a new device every time.
func TestNoCookiesIsAHabit(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := &risk.Profile{}
	for i := range 12 {
		a := home()
		a.Client.DeviceID = ""
		m.Learn(p, a, noon.Add(time.Duration(i-12)*day))
	}
	a := home()
	a.Client.DeviceID = "tonight's"
	if got := m.Score(p, nil, a); got.Level != risk.LevelLow || got.NewDevice {
		t.Errorf("%v: %+v", got.Level, got)
	}
	b := thief()
	if got := m.Score(p, nil, b); got.Level < risk.LevelNotice {
		t.Errorf("a thief: %v (%v)", got.Level, got.Score)
	}
}

func FuzzDecodeProfile(f *testing.F) {
	m := newModel(f, all())
	f.Add(known(m, 12).Encode())
	f.Add(risk.DecodeProfile(nil).Encode())
	version := known(m, 1).Encode()[:1]
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, b := range [][]byte{data, seal(slices.Clone(data)), seal(slices.Concat(version, data))} {
			p := risk.DecodeProfile(b)
			if p.SignIns() == 0 && (p.KnowsDevice("laptop") || len(p.Countries()) > 0) {
				t.Fatal("trust without knowledge")
			}
			if got := m.Score(p, nil, thief()).Score; !(got >= -100 && got <= 100) {
				t.Fatalf("%v", got)
			}
			m.Learn(p, home(), noon)
			m.Unlearn(p, thief())
			if b := p.Encode(); len(b) > risk.MaxProfile || risk.DecodeProfile(b).SignIns() != p.SignIns() {
				t.Fatalf("%d bytes that are not read back", len(b))
			}
		}
	})
}

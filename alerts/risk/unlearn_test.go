package risk_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.com/accountsec/alerts/risk"
)

// "This wasn't me" takes back what a thief taught.
func TestUnlearn(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := known(m, 12)
	a := thief()
	a.Client.DeviceID = "thief's"
	before, calm := m.Score(p, nil, a), m.Score(p, nil, home())
	m.Learn(p, a, a.At)
	if got := m.Score(p, nil, a); got.Score >= before.Score || !got.KnownDevice {
		t.Fatalf("nothing was learned: %+v", got)
	}
	p = risk.DecodeProfile(p.Encode())
	m.Unlearn(p, a)
	after := m.Score(p, nil, a)
	if after.KnownDevice || after.Level != before.Level || p.SignIns() != 12 || math.Abs(after.Score-before.Score) > 0.01 {
		t.Errorf("%+v, before %+v", after, before)
	}
	if got := m.Score(p, nil, home()); !got.KnownDevice || math.Abs(got.Score-calm.Score) > 0.01 {
		t.Errorf("home scores %v, before %v", got.Score, calm.Score)
	}
	if c := p.Countries(); len(c) != 1 || c[0] != "KR" {
		t.Errorf("%v", c)
	}
}

// Whatever is unlearned, nothing becomes more familiar by it.
func TestUnlearnNeverTrusts(t *testing.T) {
	m := newModel(t, all())
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 13))
		p, crowd := history(r, m)
		a := random(r)
		if r.IntN(2) == 0 {
			m.Learn(p, a, noon)
		}
		known := p.KnowsDevice(a.Client.DeviceID)
		for range 1 + r.IntN(4) {
			m.Unlearn(p, a)
			if p.KnowsDevice(a.Client.DeviceID) {
				t.Fatalf("seed %d: the device is still known (before: %v)", seed, known)
			}
			if got := m.Score(p, crowd, a).Score; math.IsNaN(got) {
				t.Fatalf("seed %d: %v", seed, got)
			}
			if p.SignIns() > 0 && risk.DecodeProfile(p.Encode()).SignIns() != p.SignIns() {
				t.Fatalf("seed %d: cannot be read back", seed)
			}
		}
	}
	p := known(m, 1)
	m.Unlearn(p, home())
	m.Unlearn(p, home())
	if p.SignIns() != 0 || p.KnowsDevice("laptop") {
		t.Error("something is left of nothing")
	}
}

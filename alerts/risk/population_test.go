package risk_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"example.com/accountsec/alerts/risk"
)

func TestPopulationMerges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	list := make([]risk.Attempt, 400)
	for i := range list {
		list[i] = random(r)
	}
	whole, a, b := &risk.Population{}, &risk.Population{}, &risk.Population{}
	for i, x := range list {
		whole.Learn(x)
		if i%3 == 0 {
			a.Learn(x)
			whole.LearnAttack(x)
			b.LearnAttack(x)
		} else {
			b.Learn(x)
		}
	}
	ab, ba := a.Clone(), b.Clone()
	ab.Merge(b)
	ba.Merge(a)
	if !bytes.Equal(ab.Encode(), whole.Encode()) || !bytes.Equal(ba.Encode(), whole.Encode()) {
		t.Error("two instances together know something else than one")
	}
	if a.SignIns()+b.SignIns() != whole.SignIns() {
		t.Error("Merge or Clone changed what it was given")
	}
}

func TestPopulationRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	p := everyone(r, 500)
	data := p.Encode()
	if got := risk.DecodePopulation(data); !bytes.Equal(got.Encode(), data) || got.SignIns() != 500 {
		t.Error("not what was encoded")
	}
	for i := range data {
		flipped := slices.Clone(data)
		flipped[i] ^= 1
		if risk.DecodePopulation(flipped).SignIns() != 0 {
			t.Fatalf("byte %d flipped, and believed", i)
		}
	}
}

// However many values there are, memory and encoding stay bounded, and what is
// frequent is kept.
func TestPopulationIsBounded(t *testing.T) {
	m := newModel(t, risk.Config{})
	p := &risk.Population{}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 20000 {
		a := home()
		a.Client.UserAgent = fmt.Sprintf("Chrome/%d", i)
		a.Device.Browser, a.Device.OS, a.Device.Class = fmt.Sprint("b", i), fmt.Sprint("o", i), fmt.Sprint("c", i)
		a.Client.IP = addr(fmt.Sprintf("20.%d.%d.7", i>>8, i&255))
		a.Location.Country, a.Location.ASN = string([]byte{byte('A' + i%26), byte('A' + i/26%26)}), uint(100000+i)
		p.Learn(a)
		p.LearnAttack(a)
		if i%4 == 0 {
			p.Learn(home())
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 2<<20 {
		t.Errorf("%d bytes of memory", kept)
	}
	data := p.Encode()
	if len(data) > risk.MaxPopulation || len(data) < risk.MaxPopulation/2 {
		t.Errorf("%d bytes of at most %d", len(data), risk.MaxPopulation)
	}
	p = risk.DecodePopulation(data)
	profile := known(m, 12)
	if usual, rare := m.Score(profile, p, home()).Score, m.Score(profile, &risk.Population{}, home()).Score; usual <= rare {
		t.Errorf("what a fifth of everybody uses scores %v, no more than %v where nothing is known", usual, rare)
	}
}

// The past fades: no count grows for ever.
func TestPopulationFades(t *testing.T) {
	p := &risk.Population{}
	p.Learn(home())
	for range 24 {
		p.Merge(p.Clone())
	}
	if n := p.SignIns(); n >= 1<<20 || n < 1<<18 {
		t.Errorf("%d sign-ins", n)
	}
	if risk.DecodePopulation(p.Encode()).SignIns() != p.SignIns() {
		t.Error("cannot be read back")
	}
}

func FuzzDecodePopulation(f *testing.F) {
	m := newModel(f, all())
	f.Add(everyone(rand.New(rand.NewPCG(1, 10)), 30).Encode())
	f.Add((&risk.Population{}).Encode())
	p := known(m, 12)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, b := range [][]byte{data, seal(slices.Clone(data)), seal(append([]byte{(&risk.Population{}).Encode()[0]}, data...))} {
			crowd := risk.DecodePopulation(b)
			if got := m.Score(p, crowd, thief()).Score; !(got >= -100 && got <= 100) {
				t.Fatalf("%v", got)
			}
			crowd.Learn(home())
			crowd.Merge(crowd.Clone())
			if len(crowd.Encode()) > risk.MaxPopulation {
				t.Fatal("too long")
			}
		}
	})
}

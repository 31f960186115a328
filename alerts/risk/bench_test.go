package risk_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"example.com/accountsec/alerts/risk"
)

// full is a profile after n sign-ins from many places, with all tables as long
// as they get.
func full(m *risk.Model, n int) *risk.Profile {
	p := &risk.Profile{}
	r := rand.New(rand.NewPCG(1, 11))
	for i := range n {
		m.Learn(p, random(r), noon.Add(time.Duration(i-n)*time.Minute))
	}
	m.Learn(p, home(), noon)
	return p
}

func BenchmarkScore(b *testing.B) {
	m := newModel(b, risk.Config{})
	crowd := everyone(rand.New(rand.NewPCG(1, 12)), 2000)
	for _, n := range []int{10, 1000, 100000} {
		p := full(m, n)
		for name, a := range map[string]risk.Attempt{"home": home(), "thief": thief()} {
			b.Run(name+"/"+strconv.Itoa(n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					m.Score(p, crowd, a)
				}
			})
		}
	}
}

func BenchmarkLearn(b *testing.B) {
	m := newModel(b, risk.Config{})
	for _, n := range []int{10, 1000, 100000} {
		p, a := full(m, n), home()
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Learn(p, a, noon)
			}
		})
	}
}

func BenchmarkProfileDecodeEncode(b *testing.B) {
	data := full(newModel(b, risk.Config{}), 1000).Encode()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		data = risk.DecodeProfile(data).Encode()
	}
}

// Score makes no garbage to speak of, whatever it has to tell.
func TestScoreAllocations(t *testing.T) {
	m := newModel(t, risk.Config{})
	p, crowd := full(m, 1000), everyone(rand.New(rand.NewPCG(1, 12)), 500)
	for name, a := range map[string]risk.Attempt{"home": home(), "thief": thief()} {
		if n := testing.AllocsPerRun(100, func() { m.Score(p, crowd, a) }); n > 2 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

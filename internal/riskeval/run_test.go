package riskeval_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/riskeval"
)

func run(t *testing.T, cfg riskeval.Config) *riskeval.Result {
	t.Helper()
	res, err := riskeval.Run(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// The model keeps what its README says of it, on a smaller run of another seed.
// The bounds lie some points below what was measured.
func TestDetection(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  riskeval.Config
		one  [4]float64 // detected at 1 % of owners challenged, by kind of thief
		two  [4]float64 // at 2 %
		most float64    // notices a user-year
	}{
		"Korean mix":   {riskeval.Config{Users: 3000, Seed: 11}, [4]float64{.93, .75, .45, .88}, [4]float64{.98, .93, .80, .90}, .5},
		"American mix": {riskeval.Config{Users: 1500, Seed: 12, Mix: riskeval.AmericanMix()}, [4]float64{.92, .75, .45, .88}, [4]float64{.97, .93, .75, .90}, .5},
		"once a week":  {riskeval.Config{Users: 600, Seed: 13, Rate: 52}, [4]float64{.96, .93, .90, .85}, [4]float64{.97, .95, .93, .85}, 1.5},
	} {
		t.Run(name, func(t *testing.T) {
			res := run(t, c.cfg)
			for k := range res.Kinds {
				curve := res.ROC(riskeval.Model, k, 1)
				if one, two := riskeval.At(curve, .01), riskeval.At(curve, .02); one < c.one[k] || two < c.two[k] {
					t.Errorf("%s: %.3f at 1 %%, %.3f at 2 %%", res.Kinds[k], one, two)
				}
				for d := riskeval.NewCountryOrDevice; d <= riskeval.TravelAlone; d++ {
					if base := riskeval.At(res.ROC(d, k, 1), .01); base >= c.one[k] {
						t.Errorf("%s: %s detects %.3f", res.Kinds[k], d, base)
					}
				}
			}
			p := res.Policy()
			if p.Notices > c.most || p.Challenges > .01 || p.Travel > .001 {
				t.Errorf("%.2f notices a user-year, %.4f challenged, %.5f told of a journey", p.Notices, p.Challenges, p.Travel)
			}
			for k := range res.Kinds {
				if p.Noticed[k] < .95 {
					t.Errorf("%s: %.3f noticed", res.Kinds[k], p.Noticed[k])
				}
			}
		})
	}
}

// Without the cookie's evidence the bounds of TestDetection would not hold: they
// measure the model, not the simulator.
func TestDetectionNeedsTheModel(t *testing.T) {
	res := run(t, riskeval.Config{Users: 1500, Seed: 11, Model: risk.Config{KnownDevice: risk.Off, NewDevice: risk.Off}})
	if got := riskeval.At(res.ROC(riskeval.Model, int(riskeval.Targeted), 1), .02); got > .5 {
		t.Errorf("without cookies %.3f of the targeted are detected at 2 %%", got)
	}
}

func TestRunIsRepeatable(t *testing.T) {
	report := func(seed uint64) string {
		var b strings.Builder
		if err := run(t, riskeval.Config{Users: 200, Seed: seed}).Report(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	one, again, two := report(1), report(1), report(2)
	if one != again {
		t.Error("the same seed gave two results")
	}
	if strings.Replace(one, "seed 1", "", 1) == strings.Replace(two, "seed 2", "", 1) {
		t.Error("two seeds gave one result")
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []riskeval.Config{{Users: -1}, {Users: 2e6}, {Rate: -1}, {Rate: math.NaN()}, {CookieLoss: 2}, {CookieLoss: math.NaN()},
		{Mix: riskeval.Mix{{Country: "XX", Share: 1}}}, {Mix: riskeval.Mix{{Country: "FR", Share: 1}}}, {Model: risk.Config{Travel: -2}}} {
		if _, err := riskeval.Run(cfg); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
}

func TestCurves(t *testing.T) {
	yesNo := []riskeval.Point{{}, {FalseAlarms: .04, Detected: .8}, {FalseAlarms: 1, Detected: 1}}
	steps := []riskeval.Point{{}, {Detected: .5}, {FalseAlarms: .5, Detected: .5}, {FalseAlarms: .5, Detected: 1}, {FalseAlarms: 1, Detected: 1}}
	for _, c := range []struct {
		curve    []riskeval.Point
		at, want float64
	}{{yesNo, 0, 0}, {yesNo, .01, .2}, {yesNo, .04, .8}, {yesNo, 1, 1}, {steps, 0, .5}, {steps, .25, .5}, {steps, .5, 1}, {steps, .75, 1}, {nil, .5, 0}} {
		if got := riskeval.At(c.curve, c.at); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v at %v: %v, want %v", c.curve, c.at, got, c.want)
		}
	}
	if got := riskeval.Area(steps); got != .75 {
		t.Errorf("area %v", got)
	}
}

// full is a writer that is.
type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("no room")
	}
	return len(b), nil
}

func TestSVG(t *testing.T) {
	res := run(t, riskeval.Config{Users: 200, Seed: 3})
	var b strings.Builder
	if err := res.SVG(&b); err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			names[e.Name.Local]++
		}
	}
	if names["svg"] != 1 || names["title"] != 1 || names["desc"] != 1 || names["line"] != 3 {
		t.Errorf("%v", names)
	}
	if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "%!") {
		t.Error("a number that is none")
	}
	for _, size := range []int{0, 100, 2000} {
		if res.SVG(&full{size}) == nil || res.Report(&full{size / 10}) == nil {
			t.Errorf("%d bytes were room enough", size)
		}
	}
}

func ExampleRun() {
	res, err := riskeval.Run(riskeval.Config{Users: 100, Seed: 5})
	if err != nil {
		panic(err)
	}
	curve := res.ROC(riskeval.Model, int(riskeval.Naive), 1)
	fmt.Println(riskeval.At(curve, .05) > .9)
	// Output: true
}

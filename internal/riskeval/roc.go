package riskeval

import (
	"slices"

	"example.com/accountsec/alerts/risk"
)

// Point is one point of a ROC curve: the share of owners' sign-ins that are
// challenged and the share of thieves' that are.
type Point struct{ FalseAlarms, Detected float64 }

// ROC is the curve of a detector for a kind of thief, over sign-ins with at
// least history earlier ones, from (0,0) to (1,1). Where scores tie, as all of a
// yes-or-no detector do, it is a straight line, which challenges a part of them.
// Without any owner or thief there is no curve: nil.
func (r *Result) ROC(d Detector, k, history int) []Point {
	return curve(scores(r.owners, d, history), scores(r.thieves[k], d, history))
}

func scores(samples []sample, d Detector, history int) []float32 {
	out := make([]float32, 0, len(samples))
	for i := range samples {
		if int(samples[i].history) >= history {
			out = append(out, samples[i].scores[d])
		}
	}
	slices.Sort(out)
	return out
}

// curve walks both sorted lists from the highest score down.
func curve(owners, thieves []float32) []Point {
	if len(owners) == 0 || len(thieves) == 0 {
		return nil
	}
	points := []Point{{}}
	i, j := len(owners), len(thieves)
	for i > 0 || j > 0 {
		var at float32
		switch {
		case i == 0:
			at = thieves[j-1]
		case j == 0:
			at = owners[i-1]
		default:
			at = max(owners[i-1], thieves[j-1])
		}
		for i > 0 && owners[i-1] >= at {
			i--
		}
		for j > 0 && thieves[j-1] >= at {
			j--
		}
		points = append(points, Point{part(len(owners)-i, len(owners)), part(len(thieves)-j, len(thieves))})
	}
	return points
}

func part(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// At is the share that a curve detects at a rate of false alarms; 0 where there
// is no curve.
func At(curve []Point, falseAlarms float64) float64 {
	if len(curve) == 0 {
		return 0
	}
	i := slices.IndexFunc(curve, func(p Point) bool { return p.FalseAlarms > falseAlarms })
	if i < 1 {
		return 1
	}
	a, b := curve[i-1], curve[i]
	return a.Detected + (b.Detected-a.Detected)*(falseAlarms-a.FalseAlarms)/(b.FalseAlarms-a.FalseAlarms)
}

// Area is the area under a curve: the chance that a thief scores above an owner.
func Area(curve []Point) (sum float64) {
	for i := 1; i < len(curve); i++ {
		a, b := curve[i-1], curve[i]
		sum += (b.FalseAlarms - a.FalseAlarms) * (a.Detected + b.Detected) / 2
	}
	return sum
}

// Policy is what the model's own levels do, cold start included.
type Policy struct {
	// Notices are told to the owner a user-year. A challenge is a notice too.
	Notices float64
	// Notified and Challenges are the shares of the owners' scored sign-ins that
	// are told of and that are asked for more.
	Notified, Challenges float64
	// Noticed and Challenged are the shares of each kind of thief's attempts.
	Noticed, Challenged []float64
	// Travel is the share of owners' sign-ins that a told journey was impossible
	// for.
	Travel float64
	// NewDevices is the share of owners' sign-ins on new devices.
	NewDevices float64
}

// Policy measures the levels.
func (r *Result) Policy() (p Policy) {
	count := func(list []sample, is func(*sample) bool) float64 {
		n := 0
		for i := range list {
			if is(&list[i]) {
				n++
			}
		}
		return float64(n)
	}
	noticed := func(s *sample) bool { return s.level >= risk.LevelNotice }
	challenged := func(s *sample) bool { return s.level >= risk.LevelHigh }
	owners := max(float64(len(r.owners)), 1)
	p.Notified = count(r.owners, noticed) / owners
	if r.Years > 0 {
		p.Notices = count(r.owners, noticed) / r.Years
	}
	p.Challenges = count(r.owners, challenged) / owners
	p.Travel = count(r.owners, func(s *sample) bool { return s.travel }) / owners
	p.NewDevices = count(r.owners, func(s *sample) bool { return s.fresh }) / owners
	for _, list := range r.thieves {
		n := max(float64(len(list)), 1)
		p.Noticed, p.Challenged = append(p.Noticed, count(list, noticed)/n), append(p.Challenged, count(list, challenged)/n)
	}
	return p
}

// Alarms is the share of owners' sign-ins that a yes-or-no detector is alarmed
// by, and of each kind of thief's.
func (r *Result) Alarms(d Detector) (owners float64, thieves []float64) {
	alarmed := func(list []sample) float64 {
		n := 0
		for i := range list {
			if list[i].scores[d] > 0 {
				n++
			}
		}
		return part(n, len(list))
	}
	for _, list := range r.thieves {
		thieves = append(thieves, alarmed(list))
	}
	return alarmed(r.owners), thieves
}

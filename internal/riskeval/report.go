package riskeval

import (
	"fmt"
	"io"

	"example.com/accountsec/alerts/risk"
)

// Rates are the shares of challenged owners that detection is reported at.
func Rates() []float64 { return []float64{.01, .02, .05} }

// Report prints what a run measured.
func (r *Result) Report(w io.Writer) error {
	p := &printer{w: w}
	p.line("%s", r.Title())
	p.text("%d sign-ins of owners were scored", len(r.owners))
	for k, name := range r.Kinds {
		p.text(", %d %s", len(r.thieves[k]), name)
	}
	p.line("")
	p.line("\nDetected, in %%, at 1 / 2 / 5 %% of the owners' sign-ins challenged (area under the curve)")
	p.kinds(r)
	p.rows(r, Model, 1)
	p.rows(r, Model, risk.MinHistory)
	p.rows(r, NewCountryOrDevice, 1)
	p.rows(r, TravelAlone, 1)
	p.line("\nAlarms per 1000 sign-ins of owners, and detected, in %%")
	p.kinds(r)
	for _, d := range []Detector{NewCountryOrDevice, TravelAlone} {
		owners, thieves := r.Alarms(d)
		p.alarms(d.String(), owners, thieves)
	}
	y := r.Policy()
	p.alarms("alerts/risk, notice or more", y.Notified, y.Noticed)
	p.alarms("alerts/risk, high or more", y.Challenges, y.Challenged)
	p.line("alerts/risk tells of a journey in %.2f of 1000 sign-ins and notifies %.2f times a user-year; %.1f of 1000 sign-ins came from new devices.",
		1000*y.Travel, y.Notices, 1000*y.NewDevices)
	return p.err
}

// Title says what was measured.
func (r *Result) Title() string {
	if r.Source != "" {
		return r.Source
	}
	c := r.Config
	out := fmt.Sprintf("Simulator: %d users, %g sign-ins a year, %.0f %% in %s, seed %d", c.Users, c.Rate, 100*c.Mix[0].Share, c.Mix[0].Country, c.Seed)
	if c.CookieLoss > 0 {
		out += fmt.Sprintf(", %g %% of cookies lost a sign-in", 100*c.CookieLoss)
	}
	return out
}

func (p *printer) kinds(r *Result) {
	p.text("%-30s%15s", "", "")
	for _, k := range r.Kinds {
		p.text("  %25s", k)
	}
	p.line("")
}

func (p *printer) rows(r *Result, d Detector, history int) {
	name := d.String()
	if history > 1 {
		name = fmt.Sprintf("  from the owner's sign-in %d on", history+1)
	}
	p.text("%-30s%15s", name, "")
	for k := range r.Kinds {
		c := r.ROC(d, k, history)
		if c == nil {
			p.text("%27s", "none to measure")
			continue
		}
		p.text("  ")
		for _, rate := range Rates() {
			p.text("%6.1f", 100*At(c, rate))
		}
		p.text(" (%.3f)", Area(c))
	}
	p.line("")
}

func (p *printer) alarms(name string, owners float64, thieves []float64) {
	p.text("%-30s%15.2f", name, 1000*owners)
	for _, v := range thieves {
		p.text("  %25.1f", 100*v)
	}
	p.line("")
}

// printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) text(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) line(format string, args ...any) { p.text(format+"\n", args...) }

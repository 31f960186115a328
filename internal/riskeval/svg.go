package riskeval

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

const (
	panelW, panelH = 360.0, 300.0 // the plot itself
	marginL        = 58.0
	marginT        = 40.0
	cellW, cellH   = panelW + marginL + 22, panelH + marginT + 52
	headH, footH   = 64.0, 44.0
	leastX         = 1e-3 // the axis is logarithmic and begins at one in a thousand
)

// style tells the detectors apart by dashes and by width as well as by colour.
type style struct{ colour, dash, width string }

func (d Detector) style() style {
	return [...]style{{"#0b4f9c", "", "3"}, {"#a8470b", "9 5", "2"}, {"#4d4d4d", "2 4", "2"}}[d]
}

// SVG draws the curves, a panel for each kind of thief, as one picture with a
// title and a description for who cannot see it.
func (r *Result) SVG(w io.Writer) error {
	rows := (len(r.Kinds) + 1) / 2
	width, height := 2*cellW, headH+float64(rows)*cellH+footH
	p := &printer{w: w}
	p.line(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14" fill="#1a1a1a">`, width, height, width, height)
	p.line(`<title id="t">Detected sign-ins of thieves against challenged sign-ins of owners</title>`)
	p.line(`<desc id="d">%s</desc>`, html.EscapeString(r.describe()))
	p.line(`<rect width="%g" height="%g" fill="#ffffff"/>`, width, height)
	p.line(`<text x="16" y="28" font-size="20" font-weight="600">How many thieves are detected, for how many owners challenged</text>`)
	p.line(`<text x="16" y="50">%s</text>`, html.EscapeString(r.Title()))
	for k := range r.Kinds {
		p.line(`<g transform="translate(%g %g)">`, float64(k%2)*cellW+marginL, headH+float64(k/2)*cellH+marginT)
		p.panel(r, k)
		p.line(`</g>`)
	}
	p.line(`<g transform="translate(%g %g)">`, marginL, height-18)
	for d := range detectors {
		s, x := d.style(), float64(d)*270
		p.line(`<line x1="%g" x2="%g" y1="-5" y2="-5" stroke="%s" stroke-width="%s" stroke-dasharray="%s"/><text x="%g" y="0">%s</text>`,
			x, x+44, s.colour, s.width, s.dash, x+52, d)
	}
	p.line("</g>\n</svg>")
	return p.err
}

// panel draws one kind of thief.
func (p *printer) panel(r *Result, k int) {
	p.line(`<text x="0" y="-14"><tspan font-weight="600">%s</tspan>: detected</text>`, html.EscapeString(r.Kinds[k]))
	for _, y := range []float64{0, .25, .5, .75, 1} {
		p.line(`<path d="M0 %.1fH%g" stroke="#d9d9d9"/><text x="-8" y="%.1f" text-anchor="end">%.0f %%</text>`, panelH*(1-y), panelW, panelH*(1-y)+5, 100*y)
	}
	for _, x := range []float64{.001, .01, .02, .05, .1, 1} {
		p.line(`<path d="M%.1f 0V%g" stroke="#d9d9d9"/><text x="%.1f" y="%g" text-anchor="middle">%g</text>`, xOf(x), panelH, xOf(x), panelH+20, 100*x)
	}
	p.line(`<text x="%g" y="%g" text-anchor="middle">owners' sign-ins challenged, %%</text>`, panelW/2, panelH+40)
	for d := detectors - 1; d >= 0; d-- {
		s := d.style()
		p.line(`<path fill="none" stroke="%s" stroke-width="%s" stroke-dasharray="%s" stroke-linejoin="round" d="%s"/>`, s.colour, s.width, s.dash, path(r.ROC(d, k, 1)))
	}
	p.line(`<rect width="%g" height="%g" fill="none" stroke="#1a1a1a"/>`, panelW, panelH)
}

func xOf(falseAlarms float64) float64 {
	return panelW * (1 - math.Log(max(falseAlarms, leastX))/math.Log(leastX))
}

// path samples a curve at every other pixel, so that straight pieces come out
// bent as they are on a logarithmic axis.
func path(c []Point) string {
	var b strings.Builder
	for x := 0.0; x <= panelW; x += 2 {
		rate := math.Exp(math.Log(leastX) * (1 - x/panelW))
		fmt.Fprintf(&b, "%c%.0f %.1f", "ML"[min(int(x), 1)], x, panelH*(1-At(c, rate)))
	}
	return b.String()
}

// describe says in words what the picture shows.
func (r *Result) describe() string {
	var b strings.Builder
	b.WriteString(r.Title() + ".")
	for k, name := range r.Kinds {
		fmt.Fprintf(&b, " %s, detected at 1, 2 and 5 percent of owners challenged:", name)
		for d := range detectors {
			c := r.ROC(d, k, 1)
			fmt.Fprintf(&b, " %s %.0f, %.0f and %.0f percent;", d, 100*At(c, .01), 100*At(c, .02), 100*At(c, .05))
		}
	}
	return b.String()
}

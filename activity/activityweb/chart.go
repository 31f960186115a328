package activityweb

import (
	"slices"
	"strconv"

	"example.com/accountsec/activity"
)

const (
	chartDays   = 30
	chartHeight = 120 // units of the drawing, as all below
	barWidth    = 14
	barGap      = 6
	chartLeft   = 30
	chartTop    = 14
)

// Chart is a bar a day, one piece a category; the numbers stand in the table.
type Chart struct {
	// Title and Description tell it in words.
	Title, Description string
	Width, Height      int
	Bars               []Bar
	// Marks are the lines across with their numbers.
	Marks []Mark
	// Series are the categories that occur, in the order of the pieces.
	Series []Series
	// Rows are the days that have events, for the table.
	Rows []ChartRow
}

// Bar is a day.
type Bar struct {
	Pieces []Piece
	// Label is the day's, at X; "" for most.
	Label string
	X     int
	// Alarm is where to draw the mark of failures; 0 for none.
	Alarm int
}

// Piece is a rectangle of the category with this index. Label says day,
// category and number, for who points at it: colours are not all there is.
type Piece struct {
	Series, X, Y, Width, Height int
	Label                       string
}

// Mark is a line across.
type Mark struct {
	Y     int
	Label string
}

// Series is a category with its number of events.
type Series struct {
	Index  int
	Label  string
	Events int
}

// ChartRow is a day of the table: a count for each of the series.
type ChartRow struct {
	Day    string
	Counts []int
	Failed int
}

func (h *Handler) chart(v *View, days []activity.Day) *Chart {
	c := &Chart{Title: v.T("chart.title", "days", len(days)), Width: chartLeft + len(days)*(barWidth+barGap), Height: chartTop + chartHeight + 22}
	categories := append(h.log.Categories(), activity.CategoryInfo{}) // the last: types that are not known any more
	total, failed, most := 0, 0, 0
	for i, cat := range categories {
		n := 0
		for _, d := range days {
			n += d.Counts[cat.Category]
		}
		if total += n; n > 0 {
			label := v.T("chart.other")
			if cat.Category != "" {
				label = h.log.CategoryLabel(v.Lang, cat.Category)
			}
			c.Series = append(c.Series, Series{i, label, n})
		}
	}
	for _, d := range days {
		failed += d.Failed
		most = max(most, sum(d))
	}
	c.Description = v.T("chart.description", "total", total, "failed", failed, "most", most)
	scale := niceCeil(most)
	for _, m := range []int{scale, scale / 2} {
		if m > 0 {
			c.Marks = append(c.Marks, Mark{chartTop + chartHeight - chartHeight*m/scale, strconv.Itoa(m)})
		}
	}
	c.Marks = slices.CompactFunc(c.Marks, func(a, b Mark) bool { return a.Label == b.Label })
	for i, d := range days {
		c.Bars = append(c.Bars, c.bar(v, d, i, scale, categories))
		c.row(v, d, categories)
	}
	return c
}

func sum(d activity.Day) (n int) {
	for _, k := range d.Counts {
		n += k
	}
	return n
}

func (c *Chart) bar(v *View, d activity.Day, i, scale int, categories []activity.CategoryInfo) Bar {
	b := Bar{X: chartLeft + i*(barWidth+barGap)}
	if i%7 == 0 {
		b.Label = v.shortDay(d)
	}
	seen, bottom := 0, chartTop+chartHeight
	for _, s := range c.Series {
		n := d.Counts[categories[s.Index].Category]
		if n == 0 {
			continue
		}
		seen += n
		top := chartTop + chartHeight - chartHeight*seen/scale // of the sum, so that pieces never add up to more
		b.Pieces = append(b.Pieces, Piece{s.Index, b.X, top, barWidth, bottom - top, v.T("chart.piece", "day", v.day(d), "what", s.Label, "count", n)})
		bottom = top
	}
	if d.Failed > 0 {
		b.Alarm = bottom - 3
	}
	return b
}

func (c *Chart) row(v *View, d activity.Day, categories []activity.CategoryInfo) {
	if sum(d) == 0 {
		return
	}
	row := ChartRow{Day: v.day(d), Failed: d.Failed}
	for _, s := range c.Series {
		row.Counts = append(row.Counts, d.Counts[categories[s.Index].Category])
	}
	c.Rows = append(c.Rows, row)
}

func (v *View) day(d activity.Day) string {
	if v.Lang == "ko" {
		return d.Date.Format("2006년 1월 2일")
	}
	return d.Date.Format("2 January 2006")
}

func (v *View) shortDay(d activity.Day) string {
	if v.Lang == "ko" {
		return d.Date.Format("1/2")
	}
	return d.Date.Format("2 Jan")
}

// niceCeil is the next number that reads well on a scale: even, and 2, 4, 6, 10
// times a power of ten.
func niceCeil(n int) int {
	for unit := 1; ; unit *= 10 {
		for _, k := range []int{2, 4, 6, 10} {
			if k*unit >= n {
				return k * unit
			}
		}
	}
}

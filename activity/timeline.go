package activity

import (
	"context"
	"fmt"
	"time"
)

// Day is one bar of a chart.
type Day struct {
	// Date is the day's midnight in the zone that was asked for.
	Date time.Time
	// Counts are the events by category; those of a type that the log does
	// not know any more are under "".
	Counts map[string]int
	// Failed is how many of them failed or were denied.
	Failed int
}

// MaxTimelineDays bounds [Log.Timeline].
const MaxTimelineDays = 366

// Timeline counts the account's events by day and category: every day of the
// span, those without events too, oldest first. The span is that of the days
// of from and to, both included, in the zone (nil: UTC), at most
// [MaxTimelineDays]. Erased events count. Errors: [ErrNotOwner], [ErrBadFilter],
// the store's.
func (l *Log) Timeline(ctx context.Context, viewer, account string, from, to time.Time, zone *time.Location) ([]Day, error) {
	if err := checkOwner(viewer, account); err != nil {
		return nil, err
	}
	if zone == nil {
		zone = time.UTC
	}
	days, err := daysOf(clampTime(from).In(zone), clampTime(to).In(zone))
	if err != nil {
		return nil, err
	}
	begin, end := days[0].Date, dayBegin(days[len(days)-1].Date, 1)
	counts, err := l.store.Count(ctx, account, begin, end, shiftsOf(begin, end))
	if err != nil {
		return nil, fmt.Errorf("activity: timeline: %w", err)
	}
	return days, l.cat.fill(days, counts)
}

// fill sorts the counts into the days.
func (c *catalogue) fill(days []Day, counts []DayCount) error {
	index := make(map[int]int, len(days)) // a zone may have skipped a day
	for i, d := range days {
		index[civilDay(d.Date)] = i
	}
	for _, n := range counts {
		i, ok := index[n.Day]
		if !ok {
			return fmt.Errorf("activity: timeline: the store counted a day outside the span")
		}
		days[i].Counts[c.types[n.Type].Category] += n.Events
		if n.Outcome == OutcomeFailure || n.Outcome == OutcomeDenied {
			days[i].Failed += n.Events
		}
	}
	return nil
}

func daysOf(from, to time.Time) (days []Day, err error) {
	last := civilDay(to)
	if last < civilDay(from) {
		return nil, fmt.Errorf("%w: it ends before it begins", ErrBadFilter)
	}
	if last-civilDay(from) >= MaxTimelineDays {
		return nil, fmt.Errorf("%w: more than %d days", ErrBadFilter, MaxTimelineDays)
	}
	for plus := 0; ; plus++ {
		d := dayBegin(from, plus)
		if civilDay(d) > last {
			return days, nil
		}
		if len(days) == 0 || d.After(days[len(days)-1].Date) {
			days = append(days, Day{Date: d, Counts: map[string]int{}})
		}
	}
}

// dayBegin is the first moment of the day plus days after t's, in t's zone.
// Where the clocks jump over midnight, that is the moment of the jump.
func dayBegin(t time.Time, plus int) time.Time {
	at := func(hour int) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day()+plus, hour, 0, 0, 0, t.Location())
	}
	begin, noon := at(0), at(12)
	if begin.Day() != noon.Day() || begin.Hour() != 0 {
		if jump, _ := noon.ZoneBounds(); !jump.IsZero() {
			return jump.In(t.Location())
		}
	}
	return begin
}

// civilDay counts t's date from 1970-01-01.
func civilDay(t time.Time) int {
	return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// shiftsOf lists the changes of the clocks between two times of one zone.
func shiftsOf(from, to time.Time) []Shift {
	ahead := func(t time.Time) time.Duration {
		_, seconds := t.Zone()
		return time.Duration(seconds) * time.Second
	}
	shifts := []Shift{{Ahead: ahead(from)}}
	for {
		_, next := from.ZoneBounds()
		if next.IsZero() || !next.Before(to) {
			return shifts
		}
		shifts = append(shifts, Shift{From: next.UTC(), Ahead: ahead(next)})
		from = next
	}
}

package activity_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// Civil dates are days of the owner's zone, both ends included, also where a
// day has 23 or 25 hours, begins at one o'clock, or does not exist.
func TestDates(t *testing.T) {
	for _, c := range []struct{ zone, from, to, begin, end string }{
		{"UTC", "2026-11-01", "2026-11-01", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"},
		{"Asia/Seoul", "2026-11-01", "2026-11-30", "2026-10-31T15:00:00Z", "2026-11-30T15:00:00Z"},
		{"Europe/Berlin", "2026-03-29", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"Europe/Berlin", "2026-10-25", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}, // 00:00 was skipped
		{"Africa/Cairo", "2026-04-24", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},      // likewise
		{"Pacific/Apia", "2011-12-29", "2011-12-31", "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"},      // the 30th was skipped
		{"UTC", "", "2026-02-28", "", "2026-03-01T00:00:00Z"},
		{"UTC", "2024-02-29", "", "2024-02-29T00:00:00Z", ""},
		{"UTC", "", "", "", ""},
	} {
		begin, end, err := activity.Dates(c.from, c.to, zone(t, c.zone))
		if err != nil {
			t.Errorf("%v: %v", c, err)
		}
		text := func(at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.UTC().Format(time.RFC3339)
		}
		if text(begin) != c.begin || text(end) != c.end {
			t.Errorf("%v: %s to %s", c, text(begin), text(end))
		}
	}
	for _, c := range [][2]string{
		{"2026-11-02", "2026-11-01"}, {"2026-13-01", ""}, {"", "2026-02-30"}, {"1.11.2026", ""}, {"2026-11-01T00:00", ""}, {"\x00", ""},
		{"2026-11-1", ""}, {" 2026-11-01", "x"},
	} {
		if _, _, err := activity.Dates(c[0], c[1], nil); !errors.Is(err, activity.ErrBadFilter) {
			t.Errorf("%q: %v", c, err)
		}
	}
}

// A chart has each day of its span once, whatever the clocks do.
func TestTimelineInAnyZone(t *testing.T) {
	l := newLog(t, nil)
	for _, c := range []struct {
		zone, from, to string
		days           int
	}{
		{"Asia/Seoul", "2026-10-01", "2026-10-31", 31}, {"Europe/Berlin", "2026-03-20", "2026-04-05", 17},
		{"America/Sao_Paulo", "2018-11-01", "2018-11-08", 8}, {"Pacific/Apia", "2011-12-28", "2012-01-02", 5},
		{"Africa/Cairo", "2026-04-20", "2026-04-30", 11}, {"Asia/Kathmandu", "2025-01-01", "2025-12-31", 365},
	} {
		begin, end, err := activity.Dates(c.from, c.to, zone(t, c.zone))
		if err != nil {
			t.Fatal(err)
		}
		perHour := 0
		account := c.zone
		for at := begin; at.Before(end); at = at.Add(6 * time.Hour) {
			e := event(account)
			e.At = at
			record(t, l, e)
			perHour++
		}
		days, err := l.Timeline(t.Context(), account, account, begin, end.Add(-time.Microsecond), zone(t, c.zone))
		if err != nil || len(days) != c.days {
			t.Errorf("%s: %d days, %v", c.zone, len(days), err)
			continue
		}
		total := 0
		for i, d := range days {
			n := d.Counts[activity.CategorySignIn]
			if total += n; n < 3 || n > 5 {
				t.Errorf("%s: %d events on %v", c.zone, n, d.Date)
			}
			if i > 0 && !d.Date.After(days[i-1].Date) {
				t.Errorf("%s: %v after %v", c.zone, d.Date, days[i-1].Date)
			}
		}
		if total != perHour {
			t.Errorf("%s: %d of %d events", c.zone, total, perHour)
		}
	}
}

func TestMinSeverity(t *testing.T) {
	l := newLog(t, nil)
	record(t, l, event("kim"))
	for _, typ := range []activity.Type{activity.ProfileChanged, activity.PasswordChanged} {
		e := event("kim")
		e.Type = typ
		record(t, l, e)
	}
	for severity, want := range map[activity.Severity]int{activity.Info: 3, activity.Notice: 2, activity.Warning: 1, activity.Critical: 1} {
		got, err := l.List(t.Context(), "kim", "kim", activity.Filter{MinSeverity: severity}, activity.Page{})
		if err != nil || len(got.Events) != want {
			t.Errorf("%v: %d events, %v", severity, len(got.Events), err)
		}
	}
	f := activity.Filter{MinSeverity: activity.Critical, Categories: []string{activity.CategoryProfile}}
	if got, err := l.List(t.Context(), "kim", "kim", f, activity.Page{}); err != nil || len(got.Events) != 0 {
		t.Errorf("nothing can match: %v, %v", got, err)
	}
	for _, bad := range []activity.Severity{-1, activity.Critical + 1} {
		if _, err := l.List(t.Context(), "kim", "kim", activity.Filter{MinSeverity: bad}, activity.Page{}); !errors.Is(err, activity.ErrBadFilter) {
			t.Errorf("%d: %v", bad, err)
		}
	}
}

// A rare match in a long log is found in steps, each of which says how far it
// came; nothing is missed, in either direction.
func TestRareMatchesAreFoundInSteps(t *testing.T) {
	l := newLog(t, nil)
	var batch []activity.Event
	want := map[int]bool{0: true, 7000: true, 11999: true}
	for n := 11999; n >= 0; n-- { // the oldest first
		e := event("kim")
		if e.At = t0.Add(-time.Duration(n) * time.Second); want[n] {
			e.Type = activity.OrderPlaced
		}
		batch = append(batch, e)
	}
	for chunk := range slices.Chunk(batch, activity.MaxBatch) {
		if err := l.RecordBatch(t.Context(), chunk); err != nil {
			t.Fatal(err)
		}
	}
	f := activity.Filter{Types: []activity.Type{activity.OrderPlaced}}
	var down, up []string
	var steps int
	var p activity.Page
	var last activity.Listing
	for ; ; steps++ {
		got, err := l.List(t.Context(), "kim", "kim", f, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range got.Events {
			down = append(down, e.ID)
		}
		if p.After = got.Next; p.After == "" {
			last = got
			break
		}
		if got.Until.IsZero() || !got.Until.Before(t0.Add(-time.Hour)) {
			t.Errorf("step %d came to %v", steps, got.Until)
		}
	}
	if len(down) != 3 || steps != 2 {
		t.Errorf("%d found in %d more steps", len(down), steps)
	}
	p = activity.Page{Before: last.Prev}
	for p.Before != "" {
		got, err := l.List(t.Context(), "kim", "kim", f, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range slices.Backward(got.Events) {
			up = append([]string{e.ID}, up...)
		}
		p.Before = got.Prev
	}
	if !slices.Equal(up, down[:2]) {
		t.Errorf("back up %v, down %v", up, down)
	}
	if s, err := l.Summary(t.Context(), "kim", "kim", activity.Filter{}); err != nil || s.Events != 5000 || s.Complete {
		t.Errorf("summary of a long log: %+v, %v", s, err)
	}
}

func TestBatchesAreAllOrNothing(t *testing.T) {
	o := &observer{}
	l := newLog(t, func(c *activity.Config) { c.Observers = []activity.Observer{o} })
	good, bad := event("kim"), event("kim")
	bad.Type = "unknown"
	if err := l.RecordBatch(t.Context(), []activity.Event{good, bad, good}); !errors.Is(err, activity.ErrBadEvent) || len(o.seen) != 0 || len(all(t, l, "kim")) != 0 {
		t.Errorf("%v, observed %d", err, len(o.seen))
	}
	good.ID = activity.NewID(t0)
	if err := l.RecordBatch(t.Context(), []activity.Event{good, event("lee"), good}); err != nil || len(o.seen) != 2 {
		t.Errorf("%v, observed %d, want 2", err, len(o.seen))
	}
	if err := l.RecordBatch(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if err := l.RecordBatch(t.Context(), make([]activity.Event, activity.MaxBatch+1)); !errors.Is(err, activity.ErrBadEvent) {
		t.Errorf("too many: %v", err)
	}
	for name, e := range map[string]activity.Event{
		"disowned": {Account: "kim", Type: activity.SignedOut, Outcome: activity.OutcomeSuccess, Disowned: t0},
		"erased":   {Account: "kim", Type: activity.SignedOut, Outcome: activity.OutcomeSuccess, Erased: true},
	} {
		if err := l.Record(t.Context(), e); !errors.Is(err, activity.ErrBadEvent) {
			t.Errorf("%s from outside: %v", name, err)
		}
	}
}

// A clock that goes back makes neither gaps nor doubles.
func TestClockGoingBackwards(t *testing.T) {
	now := t0
	l := newLog(t, func(c *activity.Config) { c.Now = func() time.Time { return now } })
	for _, step := range []time.Duration{0, -time.Hour, time.Minute, -time.Second, 0, 0} {
		now = now.Add(step)
		record(t, l, event("kim"))
	}
	got := all(t, l, "kim")
	if len(got) != 6 || !slices.IsSortedFunc(got, func(a, b activity.Event) int { return b.At.Compare(a.At) }) {
		t.Errorf("%d events", len(got))
	}
}

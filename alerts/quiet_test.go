package alerts_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// naiveUntil walks minute by minute until the clock on the wall is not quiet.
func naiveUntil(q alerts.Quiet, loc *time.Location, at time.Time) time.Time {
	quiet := func(t time.Time) bool {
		local := t.In(loc)
		minute := local.Hour()*60 + local.Minute()
		if q.From <= q.To {
			return q.From <= minute && minute < q.To
		}
		return minute >= q.From || minute < q.To
	}
	for t := at; ; t = t.Truncate(time.Minute).Add(time.Minute) {
		if !quiet(t) {
			return t
		}
	}
}

var quietZones = []string{
	"", "Asia/Seoul", "Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca",
	"Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "Antarctica/Troll", "America/Caracas",
}

func checkQuiet(t *testing.T, q alerts.Quiet, at time.Time) {
	t.Helper()
	loc, err := time.LoadLocation(q.Zone)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := q.Until(at), naiveUntil(q, loc, at); !got.Equal(want) {
		t.Errorf("%+v at %v: until %v, the walk says %v", q, at.In(loc), got.In(loc), want.In(loc))
	}
}

// Around every change of the clock of twenty years, in zones that change by an
// hour, by half of one, by two, at midnight, and by a whole day.
func TestQuietAgainstAWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 13)) //nolint:gosec // a test that repeats
	for _, zone := range quietZones {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2007, 1, 1, 0, 0, 0, 0, loc)
		for at.Year() < 2027 {
			_, end := at.ZoneBounds()
			if end.IsZero() || end.Year() > 2027 {
				end = at.AddDate(5, 0, 0)
			}
			local := end.In(loc)
			near := local.Hour()*60 + local.Minute()
			for range 8 {
				q := alerts.Quiet{From: r.IntN(1440), To: (near + r.IntN(240) - 120 + 1440) % 1440, Zone: zone}
				checkQuiet(t, q, end.Add(time.Duration(r.Int64N(int64(26*time.Hour))-int64(24*time.Hour))))
			}
			at = end.Add(time.Second)
		}
	}
}

func FuzzQuiet(f *testing.F) {
	f.Add(uint16(1380), uint16(420), uint8(2), int64(1774746000), int64(1))
	f.Add(uint16(120), uint16(150), uint8(2), int64(1792886400), int64(0))
	f.Add(uint16(5), uint16(5), uint8(0), int64(0), int64(999999999))
	f.Fuzz(func(t *testing.T, from, to uint16, zone uint8, unix, nanos int64) {
		const first, last = 315532800, 2208988800 // 1980 to 2040: whole minutes from UTC
		span := int64(last - first)
		at := time.Unix(first+((unix%span)+span)%span, ((nanos%1e9)+1e9)%1e9)
		checkQuiet(t, alerts.Quiet{From: int(from) % 1440, To: int(to) % 1440, Zone: quietZones[int(zone)%len(quietZones)]}, at)
	})
}

func TestQuietUntil(t *testing.T) {
	for _, c := range []struct {
		name, zone, at, want string
		from, to             int
	}{
		{"off", "Asia/Seoul", "2026-11-23T03:00:00+09:00", "2026-11-23T03:00:00+09:00", 60, 60},
		{"before", "Asia/Seoul", "2026-11-22T22:59:59+09:00", "2026-11-22T22:59:59+09:00", 23 * 60, 7 * 60},
		{"over midnight", "Asia/Seoul", "2026-11-22T23:00:00+09:00", "2026-11-23T07:00:00+09:00", 23 * 60, 7 * 60},
		{"the last moment", "Asia/Seoul", "2026-11-23T06:59:59.999999+09:00", "2026-11-23T07:00:00+09:00", 23 * 60, 7 * 60},
		{"its end", "Asia/Seoul", "2026-11-23T07:00:00+09:00", "2026-11-23T07:00:00+09:00", 23 * 60, 7 * 60},
		{"at noon", "", "2026-11-23T12:30:00Z", "2026-11-23T13:00:00Z", 12 * 60, 13 * 60},
		{"a night of 23 hours", "Europe/Oslo", "2026-03-28T23:30:00+01:00", "2026-03-29T07:00:00+02:00", 23 * 60, 7 * 60},
		{"a night of 25 hours", "Europe/Oslo", "2026-10-24T23:30:00+02:00", "2026-10-25T07:00:00+01:00", 23 * 60, 7 * 60},
		{"an end in the gap", "Europe/Oslo", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", 0, 150},
		{"an end that comes twice", "Europe/Oslo", "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00", 0, 150},
		{"between the two", "Europe/Oslo", "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+01:00", 0, 150},
		{"a damaged zone", "Nowhere/Land", "2026-11-23T03:00:00Z", "2026-11-23T03:00:00Z", 0, 7 * 60},
		{"the machine's zone", "Local", "2026-11-23T03:00:00Z", "2026-11-23T03:00:00Z", 0, 7 * 60},
		{"a path", "../../etc/passwd", "2026-11-23T03:00:00Z", "2026-11-23T03:00:00Z", 0, 7 * 60},
	} {
		at, err := time.Parse(time.RFC3339Nano, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := (alerts.Quiet{From: c.from, To: c.to, Zone: c.zone}).Until(at); got.Format(time.RFC3339Nano) != mustUTC(t, c.want) && !got.Equal(at) || !got.Equal(mustTime(t, c.want)) {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func mustTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func mustUTC(t *testing.T, s string) string {
	t.Helper()
	return mustTime(t, s).UTC().Format(time.RFC3339Nano)
}

// Quiet hours hold back what is neither critical nor mandatory, and nothing else.
func TestQuietHours(t *testing.T) {
	w := newWorld(t) // it is 14:05 in Seoul
	ctx := t.Context()
	w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{Quiet: alerts.Quiet{From: 14 * 60, To: 15 * 60, Zone: "Asia/Seoul"}}, activity.Client{}))
	equal(t, "the change itself", w.mailed(), []alerts.Kind{alerts.SettingsChanged})
	w.home(5)
	w.signIn(w.attempt("new", "KR"))
	w.observe(activity.Event{Type: activity.PasswordChanged})
	w.fail(5)                                               // a warning
	w.observe(activity.Event{Type: activity.DeviceTrusted}) // another
	w.ok(w.monitor.SendCode(ctx, alerts.SignInCode, "kim", nil, "83019274", w.now.Add(time.Minute)))
	for range 3 { // a warning that is mandatory
		w.observe(activity.Event{Type: activity.PasswordFailed, Outcome: activity.OutcomeFailure})
	}
	equal(t, "in quiet hours", inOrder(w.mailed()), []alerts.Kind{alerts.ChangeAttempted, alerts.PasswordChanged, alerts.SignInCode})
	w.now = t0.Add(55*time.Minute - time.Microsecond)
	equal(t, "just before their end", w.mailed(), nil)
	w.now = t0.Add(55 * time.Minute)
	equal(t, "at their end", inOrder(w.mailed()), []alerts.Kind{alerts.DeviceTrusted, alerts.FailedBurst, alerts.NewDevice})
	w.observe(activity.Event{Type: activity.DataExported})
	equal(t, "afterwards", w.mailed(), []alerts.Kind{alerts.DataExported})
}

func inOrder(list []alerts.Kind) []alerts.Kind {
	slices.Sort(list)
	return list
}

// Zones are checked when they are set, default to the recipient's, and delay
// nothing when they are read back damaged.
func TestQuietZones(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	for _, q := range []alerts.Quiet{
		{From: -1, To: 5}, {From: 0, To: 1440}, {From: 1 << 40, To: 1}, {From: 1, To: 2, Zone: "Nowhere/Land"}, {From: 1, To: 2, Zone: "Local"},
		{From: 1, To: 2, Zone: "../etc/passwd"}, {From: 1, To: 2, Zone: "Asia/Seoul\x00"}, {From: 3, To: 3, Zone: "?"},
	} {
		w.want(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{Quiet: q}, activity.Client{}), alerts.ErrPreferences)
	}
	for zone, want := range map[string]string{"": "Asia/Seoul", "Europe/Oslo": "Europe/Oslo", "UTC": "UTC"} {
		w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{Quiet: alerts.Quiet{From: 60, To: 120, Zone: zone}}, activity.Client{}))
		p, err := w.monitor.Preferences(ctx, "kim")
		w.ok(err)
		if p.Quiet != (alerts.Quiet{From: 60, To: 120, Zone: want}) {
			t.Errorf("zone %q is kept as %+v", zone, p.Quiet)
		}
	}
	w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{Quiet: alerts.Quiet{From: 60, To: 60, Zone: "Asia/Seoul"}}, activity.Client{}))
	if p, err := w.monitor.Preferences(ctx, "kim"); err != nil || p.Quiet.On() || p.Quiet != (alerts.Quiet{}) {
		t.Errorf("off is kept as %+v, %v", p.Quiet, err)
	}
	w.mailed()
	for i, stored := range []string{
		`{"v":2,"quiet":{"from":0,"to":1439,"zone":"Nowhere/Land"}}`, `{"v":2,"quiet":{"from":0,"to":99999}}`, `{"v":2,"quiet":{"from":-5,"to":1439}}`,
	} {
		account := fmt.Sprint("kim", i)
		w.ok(w.store.PutPreferences(ctx, account, []byte(stored), w.now))
		w.observe(activity.Event{Account: account, Type: activity.DeviceTrusted})
		equal(t, stored, w.mailed(), []alerts.Kind{alerts.DeviceTrusted})
	}
}

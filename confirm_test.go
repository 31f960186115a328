package accountsec_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// "This was me" silences and teaches, if it is said where a thief cannot.
func TestConfirm(t *testing.T) {
	w := newPlacedWorld(t, func(cfg *accountsec.Config) { cfg.SignIns.Decisions = alerts.Decisions{High: 1, Severe: 1} })
	ctx := t.Context()
	mine := w.settle("kim", 6)
	there := w.withDevice("kim", abroad)
	id := w.newest("kim", activity.SignInSucceeded).ID
	stranger := home
	for name, c := range map[string]activity.Client{"itself": there, "no device": stranger} {
		if err := w.guard.Confirm(ctx, "kim", "kim", id, c); !errors.Is(err, accountsec.ErrConfirm) {
			t.Errorf("said by %s: %v", name, err)
		}
	}
	w.want(w.guard.Confirm(ctx, "lee", "kim", id, mine), activity.ErrNotOwner)
	w.want(w.guard.Confirm(ctx, "kim", "kim", "nonsense", mine), activity.ErrNotFound)
	w.clock.Add(25 * time.Hour) // the cool-down is over
	for range 2 {
		w.ok(w.guard.Confirm(ctx, "kim", "kim", id, mine))
	}
	confirmed := 0
	for _, e := range w.events("kim") {
		if e.Type == activity.EventConfirmed && e.Detail[activity.DetailEvent] == id {
			confirmed++
		}
	}
	before := w.count(alerts.NewCountry) + w.count(alerts.NewDevice) + w.count(alerts.ImpossibleTravel)
	w.signIn("kim", abroad) // another device, alike
	if after := w.count(alerts.NewCountry) + w.count(alerts.NewDevice) + w.count(alerts.ImpossibleTravel); after != before || confirmed != 1 {
		t.Errorf("recorded %d times; told %d times before and %d after the owner said so", confirmed, before, after)
	}
}

// What was refused and is confirmed becomes familiar.
func TestConfirmTeaches(t *testing.T) {
	w := newPlacedWorld(t, nil)
	ctx := t.Context()
	mine := w.settle("kim", 6)
	if w.signIn("kim", abroad).Pending == nil {
		t.Fatal("not asked")
	}
	challenged := w.newest("kim", activity.SignInChallenged)
	w.ok(w.guard.Confirm(ctx, "kim", "kim", challenged.ID, mine))
	res := w.signIn("kim", abroad)
	reasons := ""
	if res.Grant != nil {
		for _, r := range res.Grant.Assessment.Reasons {
			reasons += r.Key + " "
		}
	}
	if res.Grant == nil || strings.Contains(reasons, "new_country") {
		t.Errorf("still unfamiliar: %+v %s", res, reasons)
	}
}

// "This wasn't me" takes back what the thief's sign-ins taught.
func TestDisownUnlearns(t *testing.T) {
	w := newPlacedWorld(t, func(cfg *accountsec.Config) { cfg.SignIns.Decisions = alerts.Decisions{High: 1, Severe: 1} })
	mine := w.settle("kim", 6)
	thief := w.withDevice("kim", abroad)
	for range 5 { // makes himself at home
		w.clock.Add(time.Hour)
		w.signIn("kim", thief)
	}
	look := func() alerts.Assessment {
		a, err := w.guard.Alerts().Assess(t.Context(), alerts.Attempt{Account: "kim", Client: abroad, Location: must(atlas{}.Locate(abroad.IP)), At: w.clock.Now()})
		w.ok(err)
		return a
	}
	before := look()
	id := w.newest("kim", activity.SignInSucceeded).ID
	_, err := w.guard.Disown(t.Context(), "kim", "kim", id, mine)
	w.ok(err)
	after := look()
	known, err := w.guard.Alerts().KnownDevice(t.Context(), "kim", thief.DeviceID)
	w.ok(err)
	if known || after.Score <= before.Score+2 || !slices.ContainsFunc(after.Reasons, func(r alerts.Reason) bool { return r.Key == "new_country" }) {
		t.Errorf("the thief's device is known: %v; the score was %v and is %v: %+v", known, before.Score, after.Score, after.Reasons)
	}
	if known, err := w.guard.Alerts().KnownDevice(t.Context(), "kim", mine.DeviceID); err != nil || !known {
		t.Errorf("the owner's device is known: %v, %v", known, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (w *world) newest(account string, typ activity.Type) activity.Event {
	w.Helper()
	events := w.events(account)
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Type == typ {
			return events[i]
		}
	}
	w.Fatalf("no %s", typ)
	return activity.Event{}
}

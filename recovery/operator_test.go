package recovery_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/recovery"
)

// A block shows to nobody who has not proved the channel, and ends by itself.
func TestBlock(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	grant := w.granted("kim")
	w.ok(w.Block(ctx, "kim", w.now.Add(time.Hour), phone))
	_, err := w.Redeem(ctx, grant, phone)
	w.want(err, recovery.ErrBadTicket)
	token, err := w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	_, err = w.ProveChannel(ctx, token, "00000000", phone)
	w.want(err, recovery.ErrWrongCode)
	_, err = w.ProveChannel(ctx, token, w.codes.last(), phone)
	w.want(err, recovery.ErrBlocked)
	w.want(w.failed(token, nil), recovery.ErrBadTicket)
	w.now = w.now.Add(time.Hour)
	grant = w.granted("kim") // and one that escapes the end is good for nothing
	w.ok(w.store.SetBlocked(ctx, "kim", w.now.Add(time.Hour)))
	_, err = w.Redeem(ctx, grant, phone)
	w.want(err, recovery.ErrBlocked)
	w.ok(w.Block(ctx, "kim", w.now.Add(time.Hour), phone))
	w.ok(w.Unblock(ctx, "kim", phone))
	w.granted("kim")
}

// Ten wrong answers in a row, over all days and tickets, are the last for a
// stranger; the owner's own device counts apart, and new answers begin anew.
func TestPitfall02FailuresInARow(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	judged := func(c activity.Client, known bool) (n int) {
		for range 20 {
			w.now = w.now.Add(25 * time.Hour)
			token, err := w.Begin(ctx, "kim", "", c, known)
			w.ok(err)
			_, err = w.ProveChannel(ctx, token, w.codes.last(), c)
			w.ok(err)
			_, err = w.Answer(ctx, token, []string{"no", "no"}, c)
			switch {
			case errors.Is(err, recovery.ErrWrongAnswers):
				n++
			case !errors.Is(err, recovery.ErrStopped):
				t.Fatal(err)
			}
		}
		return n
	}
	if n := judged(phone, false); n != recovery.MaxFailures {
		t.Errorf("%d tries were judged, want %d", n, recovery.MaxFailures)
	}
	token, asked := w.proved("kim")
	w.want(w.failed(token, answersFor(asked)), recovery.ErrStopped)

	device := activity.Client{UserAgent: "phone", DeviceID: "kim's"}
	token, err := w.Begin(ctx, "kim", "", device, true)
	w.ok(err)
	asked, err = w.ProveChannel(ctx, token, w.codes.last(), device)
	w.ok(err)
	_, err = w.Answer(ctx, token, answersFor(asked), device)
	w.ok(err)

	w.now = w.now.Add(25 * time.Hour)
	token, asked = w.proved("kim") // the owner's success there opened nothing here
	w.want(w.failed(token, answersFor(asked)), recovery.ErrStopped)
	w.set("kim")
	w.now = w.now.Add(25 * time.Hour)
	w.granted("kim")
	if n := judged(phone, false); n != recovery.MaxFailures {
		t.Errorf("after new answers %d tries were judged", n)
	}
	w.ok(w.Unblock(ctx, "kim", phone))
	w.now = w.now.Add(25 * time.Hour)
	w.granted("kim")
}

func TestReport(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	first := w.now
	token, _ := w.proved("kim")
	w.want(w.failed(token, nil), recovery.ErrWrongAnswers)
	_, err := w.Redeem(ctx, w.granted("kim"), phone)
	w.ok(err)
	w.now = w.now.Add(24 * time.Hour)
	_, cancel := w.waiting("kim", phone)
	_, err = w.CancelByLink(ctx, cancel, phone)
	w.ok(err)
	token, err = w.Begin(ctx, "~nobody", "", phone, false)
	w.ok(err)
	_, err = w.ProveChannel(ctx, token, "00000000", phone)
	w.want(err, recovery.ErrWrongCode)
	got := map[string]int64{}
	list, err := w.Report(ctx, first, w.now)
	w.ok(err)
	for _, c := range list {
		got[c.Day.Format("02 ")+string(c.Outcome)] = c.N
	}
	want := map[string]int64{
		"02 started": 2, "02 proved": 2, "02 wrong_answers": 1, "02 answered": 1, "02 completed": 1,
		"03 started": 2, "03 proved": 1, "03 answered": 1, "03 delayed": 1, "03 cancelled": 1, "03 wrong_code": 1,
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %d, want %d", k, got[k], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	if list, err := w.Report(ctx, first.Add(-48*time.Hour), first.Add(-24*time.Hour)); err != nil || len(list) != 0 {
		t.Errorf("before: %v, %v", list, err)
	}
}

// After a recovery an action is held for its time, to the microsecond.
func TestHeld(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	cfg := w.config
	cfg.Holds = map[recovery.Action]time.Duration{recovery.ActionRefund: time.Hour, recovery.ActionExport: 0}
	m, err := recovery.New(w.store, cfg)
	w.ok(err)
	w.set("kim")
	actions := map[recovery.Action]time.Duration{
		recovery.ActionRefund: time.Hour, recovery.ActionExport: 0, recovery.ActionRemoveFactor: 72 * time.Hour, "gift card": 72 * time.Hour,
	}
	held := func(a recovery.Action) bool {
		t.Helper()
		until, held, err := m.Held(ctx, "kim", a)
		w.ok(err)
		if held != until.After(w.now) {
			t.Errorf("%s: held %v until %v", a, held, until)
		}
		return held
	}
	for a := range actions {
		if held(a) {
			t.Errorf("%s is held without a recovery", a)
		}
	}
	grant := w.granted("kim")
	for a := range actions {
		if held(a) {
			t.Errorf("%s is held before the recovery is completed", a)
		}
	}
	_, err = w.Redeem(ctx, grant, phone)
	w.ok(err)
	done := w.now
	for a, d := range actions {
		w.now = done.Add(d - time.Microsecond)
		if d > 0 && !held(a) {
			t.Errorf("%s is free before %v", a, d)
		}
		w.now = done.Add(d)
		if held(a) {
			t.Errorf("%s is held after %v", a, d)
		}
	}
	if _, held, err := m.Held(ctx, "lee", recovery.ActionRefund); held || err != nil {
		t.Errorf("another account: %v, %v", held, err)
	}
}

// Pitfall 8: a flood of starts for all kinds of names slows strangers down, and
// no known device; the next hour begins anew.
func TestPitfall08GlobalThrottle(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	cfg := w.config
	cfg.StartsPerHour = 50
	m, err := recovery.New(w.store, cfg)
	w.ok(err)
	var throttled *recovery.ThrottledError
	begun := 0
	for i := range 100 {
		_, err := m.Begin(ctx, fmt.Sprint("~name", i), "", network(i), false)
		if errors.As(err, &throttled) {
			continue
		}
		w.ok(err)
		begun++
	}
	if begun != 50 || throttled.RetryAfter > time.Minute {
		t.Errorf("%d began at once, wait %v", begun, throttled.RetryAfter)
	}
	if _, err := m.Begin(ctx, "kim", "", activity.Client{UserAgent: "phone", DeviceID: "kim's"}, true); err != nil {
		t.Errorf("a known device: %v", err)
	}
	w.now = w.now.Add(time.Minute)
	if _, err := m.Begin(ctx, "lee", "", network(200), false); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	w.now = w.now.Add(time.Hour)
	for i := range 50 {
		if _, err := m.Begin(ctx, fmt.Sprint("~other", i), "", network(i), false); err != nil {
			t.Fatalf("the next hour, start %d: %v", i+1, err)
		}
	}
}

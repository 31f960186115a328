// Package smstest is the definition of an [sms.Store]: every store, this SDK's
// and a user's own, must pass [TestStore], and [TestTransactions] if it is in a
// database.
package smstest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa/sms"
)

// T0 is the time of the suite: not on a whole second.
var T0 = time.Date(2026, 11, 1, 9, 0, 0, 123456000, time.UTC)

const tick = time.Microsecond

// TestStore checks a store; open gives a fresh, empty one.
func TestStore(t *testing.T, open func(t *testing.T) sms.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s sms.Store)
	}{
		{"limit", limit},
		{"window", window},
		{"all or none", allOrNone},
		{"longest wait", longestWait},
		{"cost", cost},
		{"changed limits", changedLimits},
		{"return", giveBack},
		{"return once", returnOnce},
		{"levels", levels},
		{"reset", reset},
		{"delete account", deleteAccount},
		{"purge", purge},
		{"text", text},
		{"cancelled", cancelled},
		{"race: the last units", raceLast},
		{"race: all or none", raceAllOrNone},
		{"race: return once", raceReturn},
		{"race: spend and return", raceBoth},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// quota is one of an hour.
func quota(name string, cost, limit int64) sms.Quota {
	return sms.Quota{Name: name, Cost: cost, Limit: limit, Window: time.Hour}
}

func spend(t *testing.T, s sms.Store, now time.Time, quotas ...sms.Quota) sms.Refusal {
	t.Helper()
	r, err := s.Spend(t.Context(), quotas, now)
	ok(t, err)
	return r
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func granted(t *testing.T, what string, r sms.Refusal) {
	t.Helper()
	if r != (sms.Refusal{}) {
		t.Fatalf("%s: refused by %+v", what, r)
	}
}

func refused(t *testing.T, what string, got, want sms.Refusal) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %+v, want %+v", what, got, want)
	}
}

// used gives how much of a quota is taken.
func used(t *testing.T, s sms.Store, name string, now time.Time) int64 {
	t.Helper()
	list, err := s.Levels(t.Context(), []string{name}, now)
	ok(t, err)
	if len(list) == 0 {
		return 0
	}
	return list[0].Used
}

func limit(t *testing.T, s sms.Store) {
	for i := range 3 {
		granted(t, fmt.Sprint("unit ", i+1), spend(t, s, T0.Add(time.Duration(i)*time.Minute), quota("a", 1, 3)))
	}
	for range 2 { // a refusal neither counts nor prolongs
		refused(t, "unit 4", spend(t, s, T0.Add(10*time.Minute), quota("a", 1, 3)), sms.Refusal{Name: "a", RetryAfter: 50 * time.Minute})
	}
	granted(t, "another name", spend(t, s, T0, quota("b", 1, 3)))
}

func window(t *testing.T, s sms.Store) {
	granted(t, "first", spend(t, s, T0, quota("a", 1, 1)))
	end := T0.Add(time.Hour)
	refused(t, "a tick before its end", spend(t, s, end.Add(-tick), quota("a", 1, 1)), sms.Refusal{Name: "a", RetryAfter: tick})
	granted(t, "at its end", spend(t, s, end, quota("a", 1, 1)))
	refused(t, "in the next window", spend(t, s, end.Add(tick), quota("a", 1, 1)), sms.Refusal{Name: "a", RetryAfter: time.Hour - tick})
}

func allOrNone(t *testing.T, s sms.Store) {
	granted(t, "b is used up", spend(t, s, T0, quota("b", 1, 1)))
	for _, order := range [][]string{{"a", "b", "c"}, {"b", "a", "c"}, {"a", "c", "b"}} {
		var quotas []sms.Quota
		for _, name := range order {
			quotas = append(quotas, quota(name, 1, 1))
		}
		if r := spend(t, s, T0, quotas...); r.Name != "b" {
			t.Fatalf("%v: refused by %q, want b", order, r.Name)
		}
	}
	for _, name := range []string{"a", "c"} {
		if n := used(t, s, name, T0); n != 0 {
			t.Errorf("%d of %s is taken by what was refused", n, name)
		}
	}
	granted(t, "the others", spend(t, s, T0, quota("a", 1, 1), quota("c", 1, 1)))
	granted(t, "no quota at all", spend(t, s, T0))
}

func longestWait(t *testing.T, s sms.Store) {
	day := sms.Quota{Name: "day", Cost: 1, Limit: 1, Window: 24 * time.Hour}
	granted(t, "first", spend(t, s, T0, quota("hour", 1, 1), day))
	now := T0.Add(time.Minute)
	for _, quotas := range [][]sms.Quota{{quota("hour", 1, 1), day}, {day, quota("hour", 1, 1)}} {
		refused(t, "both", spend(t, s, now, quotas...), sms.Refusal{Name: "day", RetryAfter: 24*time.Hour - time.Minute})
	}
}

func cost(t *testing.T, s sms.Store) {
	granted(t, "7 of 10", spend(t, s, T0, quota("a", 7, 10)))
	refused(t, "4 of 3", spend(t, s, T0, quota("a", 4, 10)), sms.Refusal{Name: "a", RetryAfter: time.Hour})
	granted(t, "3 of 3", spend(t, s, T0, quota("a", 3, 10)))
	refused(t, "above the limit, new", spend(t, s, T0, quota("b", 11, 10)), sms.Refusal{Name: "b", RetryAfter: time.Hour})
	refused(t, "above the limit, after the window", spend(t, s, T0.Add(2*time.Hour), quota("a", 11, 10)), sms.Refusal{Name: "a", RetryAfter: time.Hour})
	if n := used(t, s, "b", T0); n != 0 {
		t.Errorf("%d of b is taken by what was refused", n)
	}
	granted(t, "large numbers", spend(t, s, T0, quota("c", 1<<60, 1<<61)))
	if n := used(t, s, "c", T0); n != 1<<60 {
		t.Errorf("got %d", n)
	}
}

func changedLimits(t *testing.T, s sms.Store) {
	granted(t, "5 of 5", spend(t, s, T0, quota("a", 5, 5)))
	granted(t, "raised", spend(t, s, T0, quota("a", 1, 6)))
	if r := spend(t, s, T0, quota("a", 1, 3)); r.Name != "a" {
		t.Error("lowered below what is used, and granted")
	}
}

func giveBack(t *testing.T, s sms.Store) {
	ctx := t.Context()
	granted(t, "spend", spend(t, s, T0, quota("a", 3, 10), quota("b", 3, 10)))
	if won, err := s.Return(ctx, quota("r", 1, 1), []sms.Quota{quota("a", 2, 10), quota("b", 9, 10), quota("c", 1, 10)}, T0); err != nil || !won {
		t.Fatalf("%v, %v", won, err)
	}
	for name, want := range map[string]int64{"a": 1, "b": 0, "c": 0} {
		if n := used(t, s, name, T0); n != want {
			t.Errorf("%d of %s is taken, want %d", n, name, want)
		}
	}
	for range 2 { // what was not there is not on credit
		granted(t, "c", spend(t, s, T0, quota("c", 1, 2)))
	}
	if r := spend(t, s, T0, quota("c", 1, 2)); r.Name != "c" {
		t.Error("a return of what was never taken is on credit")
	}
	// Given back after the window, nothing happens to the next one.
	later := T0.Add(time.Hour)
	granted(t, "next window", spend(t, s, later, quota("b", 3, 10)))
	if won, err := s.Return(ctx, quota("r2", 1, 1), nil, later); err != nil || !won {
		t.Fatalf("nothing to give back: %v, %v", won, err)
	}
	if won, err := s.Return(ctx, quota("r3", 1, 1), []sms.Quota{quota("a", 1, 10)}, later); err != nil || !won {
		t.Fatalf("%v, %v", won, err)
	}
	if n := used(t, s, "a", later); n != 0 {
		t.Errorf("%d of a is taken", n)
	}
}

func returnOnce(t *testing.T, s sms.Store) {
	ctx := t.Context()
	granted(t, "spend", spend(t, s, T0, quota("a", 5, 10)))
	for i, want := range []bool{true, false, false} {
		won, err := s.Return(ctx, quota("r", 1, 1), []sms.Quota{quota("a", 1, 10)}, T0)
		ok(t, err)
		if won != want {
			t.Errorf("return %d: %v, want %v", i+1, won, want)
		}
	}
	if n := used(t, s, "a", T0); n != 4 {
		t.Errorf("%d is taken, want 4", n)
	}
	if won, err := s.Return(ctx, quota("big", 2, 1), []sms.Quota{quota("a", 1, 10)}, T0); err != nil || won {
		t.Errorf("once above its limit: %v, %v", won, err)
	}
}

func levels(t *testing.T, s sms.Store) {
	ctx := t.Context()
	granted(t, "spend", spend(t, s, T0, quota("a", 3, 10), quota("b", 1, 5)))
	list, err := s.Levels(ctx, []string{"a", "absent"}, T0)
	ok(t, err)
	if want := (sms.Level{Name: "a", Used: 3, Limit: 10, Until: T0.Add(time.Hour)}); len(list) != 1 || list[0] != want {
		t.Errorf("got %+v, want %+v", list, want)
	}
	for _, c := range []struct {
		at   time.Time
		want int
	}{{T0.Add(time.Hour - tick), 2}, {T0.Add(time.Hour), 0}} {
		list, err := s.Levels(ctx, []string{"a", "b"}, c.at)
		ok(t, err)
		if len(list) != c.want {
			t.Errorf("at %v: %+v", c.at, list)
		}
	}
	if list, err := s.Levels(ctx, nil, T0); err != nil || len(list) != 0 {
		t.Errorf("no names: %v, %v", list, err)
	}
}

func reset(t *testing.T, s sms.Store) {
	granted(t, "spend", spend(t, s, T0, quota("a", 1, 1), quota("b", 1, 1)))
	ok(t, s.Reset(t.Context(), []string{"a", "absent"}))
	ok(t, s.Reset(t.Context(), nil))
	granted(t, "after the reset", spend(t, s, T0, quota("a", 1, 1)))
	if r := spend(t, s, T0, quota("b", 1, 1)); r.Name != "b" {
		t.Error("another quota was reset too")
	}
}

func deleteAccount(t *testing.T, s sms.Store) {
	kim, lee := quota("k", 1, 1), quota("l", 1, 1)
	kim.Account, lee.Account = "kim", "lee"
	granted(t, "spend", spend(t, s, T0, kim, lee, quota("shared", 1, 1)))
	ok(t, s.DeleteAccount(t.Context(), "kim"))
	ok(t, s.DeleteAccount(t.Context(), "nobody"))
	ok(t, s.DeleteAccount(t.Context(), ""))
	for name, want := range map[string]int64{"k": 0, "l": 1, "shared": 1} {
		if n := used(t, s, name, T0); n != want {
			t.Errorf("%d of %s is taken, want %d", n, name, want)
		}
	}
}

func purge(t *testing.T, s sms.Store) {
	granted(t, "spend", spend(t, s, T0, quota("a", 1, 1), sms.Quota{Name: "b", Cost: 1, Limit: 1, Window: 24 * time.Hour}))
	for _, c := range []struct {
		at   time.Time
		want int64
	}{{T0.Add(time.Hour - tick), 0}, {T0.Add(time.Hour), 1}, {T0.Add(time.Hour), 0}} {
		if n, err := s.Purge(t.Context(), c.at); err != nil || n != c.want {
			t.Errorf("at %v: %d rows, %v; want %d", c.at, n, err, c.want)
		}
	}
	if n := used(t, s, "b", T0); n != 1 {
		t.Error("an open window was purged")
	}
}

// text: what is not plain is kept apart or refused, never mixed up.
func text(t *testing.T, s sms.Store) {
	granted(t, "four bytes", spend(t, s, T0, quota("😀", 1, 1)))
	if r := spend(t, s, T0, quota("😀", 1, 1)); r.Name != "😀" {
		t.Error("the name is not kept")
	}
	granted(t, "cut off at NUL", spend(t, s, T0, quota("a", 1, 1)))
	if r, err := s.Spend(t.Context(), []sms.Quota{quota("a\x00b", 1, 1)}, T0); err == nil && r != (sms.Refusal{}) {
		t.Errorf("NUL: %+v", r)
	}
}

func cancelled(t *testing.T, s sms.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Spend(ctx, []sms.Quota{quota("a", 1, 1)}, T0); err == nil {
		t.Error("Spend took no notice")
	}
	if _, err := s.Return(ctx, quota("r", 1, 1), []sms.Quota{quota("a", 1, 1)}, T0); err == nil {
		t.Error("Return took no notice")
	}
	if _, err := s.Levels(ctx, []string{"a"}, T0); err == nil {
		t.Error("Levels took no notice")
	}
	if err := s.Reset(ctx, []string{"a"}); err == nil {
		t.Error("Reset took no notice")
	}
	if err := s.DeleteAccount(ctx, "kim"); err == nil {
		t.Error("DeleteAccount took no notice")
	}
	if _, err := s.Purge(ctx, T0); err == nil {
		t.Error("Purge took no notice")
	}
	granted(t, "afterwards", spend(t, s, T0, quota("a", 1, 1)))
}

func raceLast(t *testing.T, s sms.Store) {
	for _, limit := range []int64{1, 7} {
		name := fmt.Sprint("a", limit)
		wins := racing.Wins(t, func(int) (bool, error) {
			r, err := s.Spend(t.Context(), []sms.Quota{quota(name, 1, limit)}, T0)
			return r == (sms.Refusal{}), err
		})
		if n := used(t, s, name, T0); int64(wins) != limit || n != limit {
			t.Errorf("%d of %d callers got one of %d units, %d are counted", wins, racing.Racers, limit, n)
		}
	}
	// A window that has ended is begun by one of them.
	granted(t, "an old window", spend(t, s, T0, quota("old", 3, 3)))
	wins := racing.Wins(t, func(int) (bool, error) {
		r, err := s.Spend(t.Context(), []sms.Quota{quota("old", 1, 3)}, T0.Add(2*time.Hour))
		return r == (sms.Refusal{}), err
	})
	if wins != 3 {
		t.Errorf("%d of %d callers got one of 3 units of a new window", wins, racing.Racers)
	}
}

// raceAllOrNone: what the losers took elsewhere is given back.
func raceAllOrNone(t *testing.T, s sms.Store) {
	const limit = 10
	own := func(i int) string { return fmt.Sprint("own", i) }
	var won [racing.Racers]bool
	racing.Wins(t, func(i int) (bool, error) {
		r, err := s.Spend(t.Context(), []sms.Quota{quota(own(i), 1, 5), quota("first", 1, limit), quota("last", 1, 2*limit)}, T0)
		won[i] = r == (sms.Refusal{})
		return won[i], err
	})
	wins := int64(0)
	for i := range racing.Racers {
		n := used(t, s, own(i), T0)
		if n > 0 {
			wins++
		}
		if won[i] != (n == 1) {
			t.Errorf("caller %d: won %v, and %d of its own is taken", i, won[i], n)
		}
	}
	if first, last := used(t, s, "first", T0), used(t, s, "last", T0); wins != limit || first != limit || last != limit {
		t.Errorf("%d winners, %d and %d taken; want %d", wins, first, last, limit)
	}
}

func raceReturn(t *testing.T, s sms.Store) {
	granted(t, "spend", spend(t, s, T0, quota("a", 100, 100)))
	wins := racing.Wins(t, func(int) (bool, error) {
		return s.Return(t.Context(), quota("r", 1, 1), []sms.Quota{quota("a", 1, 100)}, T0)
	})
	if n := used(t, s, "a", T0); wins != 1 || n != 99 {
		t.Errorf("%d callers returned it, %d is taken; want 1 and 99", wins, n)
	}
}

// raceBoth: spending and returning at once neither loses a count nor waits for
// the other for ever.
func raceBoth(t *testing.T, s sms.Store) {
	shared := []sms.Quota{quota("x", 1, 1000), quota("y", 1, 1000), quota("z", 1, 1000)}
	granted(t, "spend", spend(t, s, T0, quota("x", 100, 1000), quota("y", 100, 1000), quota("z", 100, 1000)))
	racing.Wins(t, func(i int) (bool, error) {
		if i%2 == 0 {
			r, err := s.Spend(t.Context(), shared, T0)
			return r == (sms.Refusal{}), err
		}
		return s.Return(t.Context(), quota(fmt.Sprint("r", i), 1, 1), shared, T0)
	})
	for _, q := range shared {
		if n := used(t, s, q.Name, T0); n != 100 {
			t.Errorf("%d of %s is taken, want 100", n, q.Name)
		}
	}
}

package mfatest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"example.com/accountsec/mfa"
)

// slots: a newer challenge takes the place of the older one in its slot, and
// of no other.
func slots(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	put := func(account, purpose, slot, id string) {
		t.Helper()
		c := Row(account, purpose, id)
		c.Slot = slot
		ok(t, s.PutChallenge(ctx, c))
	}
	put("kim", "signin", "n1", "c1")
	put("kim", "signin", "n2", "c2")
	put("kim", "manage", "n1", "c3")
	put("lee", "signin", "n1", "c4")
	put("kim", "signin", "n1", "c5")
	for id, there := range map[string]bool{"c1": false, "c2": true, "c3": true, "c4": true, "c5": true} {
		if c, err := challenge(ctx, s, id, T0); errors.Is(err, mfa.ErrNoChallenge) == there || there && c.ID != id {
			t.Errorf("%s: %+v, %v", id, c, err)
		}
	}
	active(t, s, "kim", "f1", "phone")
	active(t, s, "kim", "f2", "tablet")
	ok(t, s.AddFactor(ctx, Pending("kim", "f3", "laptop"), mfa.MaxFactors))
	c, factors, err := s.Challenge(ctx, "c5", T0)
	ok(t, err)
	want, err := s.Factors(ctx, "kim")
	ok(t, err)
	if c.Account != "kim" || len(factors) != 2 || fmt.Sprint(factors) != fmt.Sprint(want) {
		t.Errorf("with the challenge came %v, want %v", factors, want)
	}
	if _, factors, err := s.Challenge(ctx, "c4", T0); err != nil || len(factors) != 0 {
		t.Errorf("an account without factors has %v, %v", factors, err)
	}
}

// lanes: failures close, stop, and are forgotten as the lane says, each lane
// by itself.
func lanes(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c1")))
	at := func(l mfa.Lane, now time.Time) (time.Duration, error) { return s.TakeAttempt(ctx, "c1", 1000, l, now) }
	attempts := func(want int) {
		t.Helper()
		if c, err := challenge(ctx, s, "c1", T0); err != nil || c.Attempts != want {
			t.Errorf("the challenge has %d attempts, %v, want %d", c.Attempts, err, want)
		}
	}
	l := mfa.Lane{Account: "kim", Name: "totp", Max: 5, Free: 2, Base: time.Second, Longest: 3 * time.Second}
	check := func(l mfa.Lane, now time.Time, want time.Duration, target error) {
		t.Helper()
		if got, err := s.CheckLane(ctx, l, now); got != want || !errors.Is(err, target) {
			t.Errorf("checked: %v, %v, want %v, %v", got, err, want, target)
		}
	}
	now := T0
	check(l, now, 0, nil)
	for i, wait := range []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second} {
		if got, err := at(l, now); got != 0 || err != nil {
			t.Fatalf("attempt %d: %v, %v", i+1, got, err)
		}
		attempts(i + 1)
		if wait > 0 && i < 4 {
			if got, err := at(l, now.Add(tick)); got != wait-tick || err != nil {
				t.Errorf("after attempt %d: wait %v, %v, want %v", i+1, got, err, wait-tick)
			}
			if got, err := at(l, now.Add(wait-tick)); got <= 0 || got > time.Millisecond || err != nil {
				t.Errorf("just before the end of a wait: %v, %v", got, err)
			}
			check(l, now.Add(tick), wait-tick, nil)
			check(l, now.Add(wait), 0, nil)
			attempts(i + 1) // what is refused is not counted
		}
		now = now.Add(wait)
	}
	for _, later := range []time.Duration{0, time.Minute, 9 * time.Minute} {
		_, err := at(l, T0.Add(later))
		want(t, "stopped", err, mfa.ErrStopped)
	}
	check(l, T0, 0, mfa.ErrStopped)
	attempts(5)
	other := l
	other.Name = "sms"
	check(other, T0, 0, nil)
	other.Name = "sms"
	if got, err := at(other, T0); got != 0 || err != nil {
		t.Errorf("another lane: %v, %v", got, err)
	}
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c1"))) // a new challenge refills nothing
	_, err := at(l, T0)
	want(t, "stopped", err, mfa.ErrStopped)
	ok(t, s.ResetLanes(ctx, "kim", "totp"))
	_, err = at(l, T0)
	want(t, "the lane that was kept", err, mfa.ErrStopped)
	ok(t, s.ResetLane(ctx, "kim", "sms"))
	ok(t, s.ResetLane(ctx, "lee", "totp"))
	_, err = at(l, T0)
	want(t, "after another's reset", err, mfa.ErrStopped)
	ok(t, s.ResetLane(ctx, "kim", "totp"))
	if got, err := at(l, T0); got != 0 || err != nil {
		t.Errorf("after the reset: %v, %v", got, err)
	}

	passing := mfa.Lane{Account: "kim", Name: "passing", Free: 1, Base: 48 * time.Hour, Longest: 48 * time.Hour}
	c := Row("kim", "manage", "c2")
	c.ExpiresAt = T0.Add(1000 * time.Hour)
	ok(t, s.PutChallenge(ctx, c))
	for _, step := range []struct {
		at   time.Time
		wait time.Duration
	}{{T0, 0}, {T0.Add(24*time.Hour - tick), 24*time.Hour + tick}, {T0.Add(24 * time.Hour), 0}, {T0.Add(25 * time.Hour), 47 * time.Hour}} {
		if got, err := s.TakeAttempt(ctx, "c2", 1000, passing, step.at); got != step.wait || err != nil {
			t.Errorf("a passing lane at %v: %v, %v, want %v", step.at, got, err, step.wait)
		}
	}
	check(passing, T0.Add(49*time.Hour-tick), 0, nil) // forgotten, though not open yet
	check(passing, T0.Add(49*time.Hour-2*tick), 0, nil)
	check(passing, T0.Add(48*time.Hour-tick), 24*time.Hour+tick, nil)
	_, err = s.TakeAttempt(ctx, "absent", 5, mfa.Lane{Account: "park", Name: "totp", Max: 1}, T0)
	want(t, "absent", err, mfa.ErrNoChallenge)
	ok(t, s.PutChallenge(ctx, Row("park", "signin", "c3")))
	if got, err := s.TakeAttempt(ctx, "c3", 5, mfa.Lane{Account: "park", Name: "totp", Max: 1, Free: 9}, T0); got != 0 || err != nil {
		t.Errorf("an absent challenge was counted: %v, %v", got, err)
	}
}

// lookups: one factor a lookup, of all accounts.
func lookups(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	on := func(account, id, lookup string) error {
		f := Pending(account, id, id)
		f.Lookup = "not yet"
		ok(t, s.AddFactor(ctx, f, mfa.MaxFactors))
		if got := get(t, s, account, id); got.Lookup != "" {
			t.Errorf("a pending factor has the lookup %q", got.Lookup)
		}
		f.Lookup = lookup
		_, err := s.ActivateFactor(ctx, f, T0)
		return err
	}
	ok(t, on("kim", "f1", "credential 😀"))
	want(t, "taken by another account", on("lee", "f2", "credential 😀"), mfa.ErrTaken)
	want(t, "taken by itself", on("kim", "f2", "credential 😀"), mfa.ErrTaken)
	ok(t, on("lee", "f3", "Credential 😀"))
	ok(t, on("kim", "f4", ""))
	ok(t, on("lee", "f5", "")) // "" is no lookup
	f, err := s.FactorByLookup(ctx, "totp", "credential 😀")
	if err != nil || f.Account != "kim" || f.ID != "f1" || f.Lookup != "credential 😀" || !f.Active {
		t.Errorf("got %+v, %v", f, err)
	}
	for _, absent := range [][2]string{{"totp", ""}, {"totp", "not yet"}, {"webauthn", "credential 😀"}, {"totp", "credential"}} {
		_, err := s.FactorByLookup(ctx, absent[0], absent[1])
		want(t, fmt.Sprint(absent), err, mfa.ErrNoFactor)
	}
	_, err = s.RemoveFactor(ctx, "kim", "f1")
	ok(t, err)
	_, err = s.FactorByLookup(ctx, "totp", "credential 😀")
	want(t, "removed", err, mfa.ErrNoFactor)
	ok(t, on("lee", "f6", "credential 😀"))
}

func spending(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	won(t, "without the factor", false)(spend(ctx, s, "x", T0))
	active(t, s, "spender", "f1", "key")
	won(t, "first", true)(spend(ctx, s, "x", T0))
	won(t, "again", false)(spend(ctx, s, "x", T0.Add(time.Hour)))
	won(t, "another", true)(spend(ctx, s, "X", T0))
}

// settling: all of it, or the response is used; a challenge that is over is
// told, and the response is spent.
func settling(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	f := active(t, s, "kim", "f1", "phone") // at step 7
	c := Row("kim", "signin", "c1")
	ok(t, s.PutChallenge(ctx, c))
	one := strangers("kim", 1)
	fail := func(want error) {
		t.Helper()
		if _, err := s.TakeAttempt(ctx, "c1", 1000, one, T0); !errors.Is(err, want) {
			t.Errorf("an attempt: %v, want %v", err, want)
		}
	}
	fail(nil)
	v := mfa.Settlement{Account: "kim", Factor: "f1", Lane: one.Name, Step: 9, Old: f.Sealed, State: []byte("new"), Challenge: "c1"}
	settle := func(what string, v mfa.Settlement, now time.Time, want mfa.Settled) {
		t.Helper()
		if got, err := s.Settle(ctx, v, now); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", what, got, err, want)
		}
	}
	for what, spoil := range map[string]func(*mfa.Settlement){
		"an earlier step": func(v *mfa.Settlement) { v.Step = 7 }, "another state": func(v *mfa.Settlement) { v.Old = []byte("other") },
		"another account's": func(v *mfa.Settlement) { v.Account = "lee" }, "absent": func(v *mfa.Settlement) { v.Factor = "f9" },
	} {
		bad := v
		spoil(&bad)
		settle(what, bad, T0, mfa.SettledUsed)
	}
	if got := get(t, s, "kim", "f1"); !reflect.DeepEqual(got, f) {
		t.Errorf("a refused settlement changed the factor to %+v", got)
	}
	fail(mfa.ErrStopped) // and reset nothing
	at := c.ExpiresAt.Add(-tick)
	settle("good", v, at, mfa.SettledWon)
	f.Step, f.Sealed, f.UsedAt, f.SealedAt = 9, []byte("new"), at, at
	if got := get(t, s, "kim", "f1"); !reflect.DeepEqual(got, f) {
		t.Errorf("got %+v, want %+v", got, f)
	}
	if _, err := challenge(ctx, s, "c1", T0); !errors.Is(err, mfa.ErrNoChallenge) {
		t.Errorf("the challenge is still there: %v", err)
	}
	ok(t, s.PutChallenge(ctx, c))
	fail(nil) // the lane was reset
	settle("the same again", v, at, mfa.SettledUsed)
	v.Step, v.State = 10, nil
	settle("too late", v, c.ExpiresAt, mfa.SettledOver)
	if got := get(t, s, "kim", "f1"); got.Step != 10 || string(got.Sealed) != "new" || !got.SealedAt.Equal(at) {
		t.Errorf("got %+v", got)
	}
	v.Step = 0
	settle("no step", v, at, mfa.SettledWon)
	if got := get(t, s, "kim", "f1"); got.Step != 10 {
		t.Errorf("step %d", got.Step)
	}
}

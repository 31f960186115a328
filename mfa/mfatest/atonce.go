package mfatest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
)

// atOnce: a good response without an attempt before it counts only where none
// failed, and all of it or nothing is done.
func atOnce(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	f := active(t, s, "kim", "f1", "phone") // at step 7
	others := []mfa.FactorRow{active(t, s, "lee", "f1", "phone"), active(t, s, "kim", "f3", "laptop")}
	ok(t, s.AddFactor(ctx, Pending("kim", "f2", "tablet"), mfa.MaxFactors))
	c := Row("kim", "signin", "c1")
	ok(t, s.PutChallenge(ctx, c))
	ok(t, s.PutChallenge(ctx, Row("lee", "signin", "c2")))
	v := mfa.Settlement{Account: "kim", Factor: "f1", Step: 8, Challenge: "c1"}
	settle := func(what string, v mfa.Settlement, max int, now time.Time, want mfa.Settled) {
		t.Helper()
		if got, err := s.SettleAtOnce(ctx, v, max, now); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", what, got, err, want)
		}
	}
	failed := func(want bool) {
		t.Helper()
		if c, err := challenge(ctx, s, "c1", T0); err != nil || c.Failed != want {
			t.Errorf("failed: %v, %v, want %v", c.Failed, err, want)
		}
	}
	for what, spoil := range map[string]func(*mfa.Settlement){
		"the same step": func(v *mfa.Settlement) { v.Step = 7 }, "an absent factor": func(v *mfa.Settlement) { v.Factor = "f9" },
		"a pending factor": func(v *mfa.Settlement) { v.Factor = "f2" }, "another account's challenge": func(v *mfa.Settlement) { v.Challenge = "c2" },
		"another account's factor": func(v *mfa.Settlement) { v.Account = "lee" }, "an absent challenge": func(v *mfa.Settlement) { v.Challenge = "c9" },
	} {
		bad := v
		spoil(&bad)
		settle(what, bad, 5, T0, mfa.SettledUsed)
	}
	settle("expired", v, 5, c.ExpiresAt, mfa.SettledUsed)
	failed(false)
	for _, name := range []string{"totp", "sms|known", "key|192.0.2.0"} { // in whatever lane, whatever it allows
		_, err := s.TakeAttempt(ctx, "c1", 1000, mfa.Lane{Account: "kim", Name: name, Max: 90, Free: 5}, T0)
		ok(t, err)
		failed(true)
		settle("after a failure in "+name, v, 1000, T0, mfa.SettledUsed)
		ok(t, s.ResetLane(ctx, "kim", name))
		failed(false)
	}
	_, err := s.TakeAttempt(ctx, "c2", 1000, strangers("lee", 0), T0) // which is another's
	ok(t, err)
	settle("as many attempts as it may have", v, 3, T0, mfa.SettledUsed)
	if got := get(t, s, "kim", "f1"); !reflect.DeepEqual(got, f) {
		t.Errorf("what was refused changed the factor to %+v", got)
	}

	at := c.ExpiresAt.Add(-tick)
	settle("good", v, 4, at, mfa.SettledWon)
	f.Step, f.UsedAt = 8, at
	if got := get(t, s, "kim", "f1"); !reflect.DeepEqual(got, f) {
		t.Errorf("got %+v, want %+v", got, f)
	}
	for _, other := range others {
		if got := get(t, s, other.Account, other.ID); !reflect.DeepEqual(got, other) {
			t.Errorf("the factor %s of %s changed to %+v", other.ID, other.Account, got)
		}
	}
	v.Step = 9
	settle("again", v, 5, T0, mfa.SettledUsed)
	over(t, s, "c1", v)
	ok(t, s.PutChallenge(ctx, c)) // in its slot
	settle("the next challenge", mfa.Settlement{Account: "kim", Factor: "f1", Step: 10, Challenge: "c1"}, 5, T0, mfa.SettledWon)
	over(t, s, "c1", mfa.Settlement{Account: "kim", Factor: "f1", Step: 11, Challenge: "c1"})
}

// over: a challenge that was answered can be neither read nor answered by any
// other way. v is a good response, which is spent.
func over(t *testing.T, s mfa.Store, id string, v mfa.Settlement) {
	t.Helper()
	ctx := t.Context()
	_, err := challenge(ctx, s, id, T0)
	want(t, "read", err, mfa.ErrNoChallenge)
	won(t, "attempt", false)(take(ctx, s, id, 1000, T0))
	won(t, "prepare", false)(s.PrepareChallenge(ctx, id, "f1", []byte("x"), T0))
	won(t, "finish", false)(s.FinishChallenge(ctx, id, T0))
	if how, err := s.Settle(ctx, v, T0); err != nil || how != mfa.SettledOver {
		t.Errorf("settled: %d, %v, want %d", how, err, mfa.SettledOver)
	}
}

// raceAtOnce: of many good responses one wins, whether they are of one challenge
// or of one step; and none wins beside a failure that was counted before it.
func raceAtOnce(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	for _, account := range []string{"kim", "lee", "park", "choi"} {
		active(t, s, account, "f1", "phone")
		active(t, s, account, "f2", "tablet")
		ok(t, s.PutChallenge(ctx, Row(account, "signin", account)))
	}
	for i := range racing.Racers {
		ok(t, s.PutChallenge(ctx, Row("lee", fmt.Sprint("p", i), fmt.Sprint("c", i))))
	}
	settle := func(v mfa.Settlement) (bool, error) {
		how, err := s.SettleAtOnce(ctx, v, 5, T0)
		return how == mfa.SettledWon, err
	}
	for name, fn := range map[string]func(i int) (bool, error){
		"one challenge, factors and steps": func(i int) (bool, error) {
			return settle(mfa.Settlement{Account: "kim", Factor: fmt.Sprint("f", 1+i%2), Step: int64(100 + i), Challenge: "kim"})
		},
		"one step, a challenge each": func(i int) (bool, error) {
			return settle(mfa.Settlement{Account: "lee", Factor: "f1", Step: 100, Challenge: fmt.Sprint("c", i)})
		},
		"beside the other ways to end it": func(i int) (bool, error) {
			v := mfa.Settlement{Account: "park", Factor: "f1", Step: int64(100 + i), Challenge: "park"}
			switch i % 3 {
			case 0:
				return settle(v)
			case 1:
				return s.FinishChallenge(ctx, "park", T0)
			}
			how, err := s.Settle(ctx, v, T0)
			return how == mfa.SettledWon, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if n := racing.Wins(t, fn); n != 1 {
				t.Errorf("%d of %d callers won, want 1", n, racing.Racers)
			}
		})
	}
	t.Run("beside failures", func(t *testing.T) {
		racing.Wins(t, func(i int) (bool, error) {
			if i%2 == 0 {
				return settle(mfa.Settlement{Account: "choi", Factor: "f1", Step: int64(100 + i), Challenge: "choi"})
			}
			_, err := s.TakeAttempt(ctx, "choi", 5, strangers("choi", 90), T0)
			if errors.Is(err, mfa.ErrNoChallenge) {
				err = nil
			}
			return false, err
		})
		f := get(t, s, "choi", "f1")
		_, err := challenge(ctx, s, "choi", T0)
		if won := f.Step > 7; won != errors.Is(err, mfa.ErrNoChallenge) {
			t.Errorf("at step %d the challenge says %v", f.Step, err)
		}
	})
}

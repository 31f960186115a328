package mfatest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
)

// raceOneWinner: what may happen once happens once.
func raceOneWinner(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	active(t, s, "kim", "f1", "phone")
	ok(t, s.AddFactor(ctx, Pending("lee", "f2", "phone"), mfa.MaxFactors))
	ok(t, s.ReplaceRecoveryCodes(ctx, "kim", []string{"h1", "h2"}, T0))
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c1")))
	active(t, s, "park", "f3", "phone")
	active(t, s, "spender", "f1", "key")
	active(t, s, "choi", "f1", "phone")
	active(t, s, "choi", "f2", "tablet")
	ok(t, s.PutChallenge(ctx, Row("choi", "signin", "c9")))
	for i := range racing.Racers {
		ok(t, s.AddFactor(ctx, Pending(fmt.Sprint("a", i), "f", "key"), mfa.MaxFactors))
	}
	old := get(t, s, "kim", "f1").Sealed
	for name, fn := range map[string]func(i int) (bool, error){
		"Settle, one step, a challenge each": func(i int) (bool, error) { return advance(ctx, s, "choi", "f2", 100, T0) },
		"Settle, steps, one challenge": func(i int) (bool, error) {
			how, err := s.Settle(ctx, mfa.Settlement{Account: "choi", Factor: "f1", Step: int64(100 + i), Challenge: "c9"}, T0)
			return how == mfa.SettledWon, err
		},
		"Settle":          func(int) (bool, error) { return advance(ctx, s, "kim", "f1", 100, T0) },
		"UseRecoveryCode": func(int) (bool, error) { return s.UseRecoveryCode(ctx, "kim", "h1", T0) },
		"FinishChallenge": func(int) (bool, error) { return s.FinishChallenge(ctx, "c1", T0) },
		"MarkEnabled":     func(int) (bool, error) { return s.MarkEnabled(ctx, "kim", "totp", T0) },
		"Settle, token":   func(int) (bool, error) { return spend(ctx, s, "x", T0) },
		"ActivateFactor, one lookup": func(i int) (bool, error) {
			f := Pending(fmt.Sprint("a", i), "f", "key")
			f.Lookup = "credential"
			_, err := s.ActivateFactor(ctx, f, T0)
			if errors.Is(err, mfa.ErrTaken) {
				return false, nil
			}
			return err == nil, err
		},
		"ReplaceSealed": func(i int) (bool, error) {
			return s.ReplaceSealed(ctx, "kim", "f1", old, fmt.Append(nil, "new", i), T0)
		},
		"ActivateFactor": func(int) (bool, error) {
			first, err := s.ActivateFactor(ctx, with(Pending("lee", "f2", ""), 5, []byte("x")), T0)
			if errors.Is(err, mfa.ErrNoEnrollment) {
				return false, nil
			}
			return first, err
		},
		"RemoveFactor": func(int) (bool, error) {
			_, err := s.RemoveFactor(ctx, "park", "f3")
			if errors.Is(err, mfa.ErrNoFactor) {
				return false, nil
			}
			return err == nil, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if n := racing.Wins(t, fn); n != 1 {
				t.Errorf("%d of %d callers won, want 1", n, racing.Racers)
			}
		})
	}
}

// raceLimited: exactly as many attempts as are allowed.
func raceLimited(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c1")))
	ok(t, s.PutChallenge(ctx, Row("lee", "signin", "c2")))
	ok(t, s.AddFactor(ctx, Pending("kim", "f1", "phone"), mfa.MaxFactors))
	for name, fn := range map[string]func(i int) (bool, error){
		"TakeAttempt":       func(int) (bool, error) { return take(ctx, s, "c1", 5, T0) },
		"TakeEnrollAttempt": func(int) (bool, error) { return s.TakeEnrollAttempt(ctx, "kim", "f1", 5, T0) },
		"TakeAttempt, lane": func(int) (bool, error) {
			_, err := s.TakeAttempt(ctx, "c2", 1000, strangers("lee", 5), T0)
			if errors.Is(err, mfa.ErrStopped) {
				return false, nil
			}
			return err == nil, err
		},
		"TakeAttempt, closing": func(int) (bool, error) {
			closing := mfa.Lane{Account: "park", Name: "totp", Free: 5, Base: time.Minute, Longest: time.Hour}
			wait, err := s.TakeAttempt(ctx, "c2", 1000, closing, T0)
			return err == nil && wait == 0, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if n := racing.Wins(t, fn); n != 5 {
				t.Errorf("%d of %d attempts were let through, want 5", n, racing.Racers)
			}
		})
	}
}

// raceSteps: whatever the order, the highest step stays.
func raceSteps(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	active(t, s, "kim", "f1", "phone")
	wins := racing.Wins(t, func(i int) (bool, error) { return advance(ctx, s, "kim", "f1", int64(100+i), T0) })
	if f := get(t, s, "kim", "f1"); f.Step != 100+racing.Racers-1 || wins < 1 {
		t.Errorf("the step is %d after %d wins, want %d", f.Step, wins, 100+racing.Racers-1)
	}
}

// raceChanges: the changes of one account happen one after the other.
func raceChanges(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	t.Run("the last pending factor stays", func(t *testing.T) {
		racing.Wins(t, func(i int) (bool, error) {
			return true, s.AddFactor(ctx, Pending("kim", fmt.Sprint("p", i), "phone"), mfa.MaxFactors)
		})
		found := 0
		for i := range racing.Racers {
			if _, err := s.Factor(ctx, "kim", fmt.Sprint("p", i)); err == nil {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d pending factors, want 1", found)
		}
	})
	t.Run("the last challenge stays", func(t *testing.T) {
		racing.Wins(t, func(i int) (bool, error) { return true, s.PutChallenge(ctx, Row("kim", "signin", fmt.Sprint("c", i))) })
		if n := racing.Wins(t, func(i int) (bool, error) { return s.FinishChallenge(ctx, fmt.Sprint("c", i), T0) }); n != 1 {
			t.Errorf("%d challenges, want 1", n)
		}
	})
	t.Run("one whole set of codes", func(t *testing.T) {
		racing.Wins(t, func(i int) (bool, error) {
			return true, s.ReplaceRecoveryCodes(ctx, "kim", []string{fmt.Sprint("x", i), fmt.Sprint("y", i)}, T0)
		})
		for i := range racing.Racers {
			x, err := s.UseRecoveryCode(ctx, "kim", fmt.Sprint("x", i), T0)
			ok(t, err)
			y, err := s.UseRecoveryCode(ctx, "kim", fmt.Sprint("y", i), T0)
			ok(t, err)
			if x != y {
				t.Errorf("half of set %d is left", i)
			}
		}
		if n, err := s.RecoveryCodesLeft(ctx, "kim"); err != nil || n != 0 {
			t.Errorf("%d codes of several sets are left, %v", n, err)
		}
	})
	t.Run("the last factors take the codes along", func(t *testing.T) {
		for i := range 8 {
			active(t, s, "lee", fmt.Sprint("f", i), fmt.Sprint("name ", i))
		}
		ok(t, s.ReplaceRecoveryCodes(ctx, "lee", []string{"h1"}, T0))
		racing.Wins(t, func(i int) (bool, error) {
			_, err := s.RemoveFactor(ctx, "lee", fmt.Sprint("f", i%8))
			if errors.Is(err, mfa.ErrNoFactor) {
				err = nil
			}
			return false, err
		})
		if n, err := s.RecoveryCodesLeft(ctx, "lee"); err != nil || n != 0 || names(t, s, "lee") != "" {
			t.Errorf("%d codes without a factor, %v", n, err)
		}
	})
	t.Run("one name, one factor", func(t *testing.T) {
		for i := range 8 {
			active(t, s, "park", fmt.Sprint("f", i), fmt.Sprint("name ", i))
		}
		n := racing.Wins(t, func(i int) (bool, error) {
			err := s.RenameFactor(ctx, "park", fmt.Sprint("f", i%8), "same")
			if errors.Is(err, mfa.ErrNameTaken) {
				return false, nil
			}
			return i < 8 && err == nil, err // the winner's own repetitions succeed too
		})
		list, err := s.Factors(ctx, "park")
		ok(t, err)
		same := 0
		for _, f := range list {
			if f.Name == "same" {
				same++
			}
		}
		if same != 1 || n > 1 {
			t.Errorf("%d factors of one name, %d winners", same, n)
		}
	})
}

// TestTransactions checks a store with transactions: what a failed one did is
// undone, except the counts of guesses, which are kept or refused.
func TestTransactions(t *testing.T, open func(t *testing.T) mfa.Store) {
	s, stop := open(t), errors.New("stop")
	ctx := t.Context()
	active(t, s, "kim", "f1", "phone")
	ok(t, s.ReplaceRecoveryCodes(ctx, "kim", []string{"h1"}, T0))
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c1")))
	ok(t, s.AddFactor(ctx, Pending("lee", "f2", "phone"), mfa.MaxFactors))
	active(t, s, "park", "f4", "phone")
	ok(t, s.PutChallenge(ctx, Row("park", "signin", "c4")))
	var kept bool
	err := s.InTx(ctx, func(ctx context.Context) error {
		_, err1 := take(ctx, s, "c1", 5, T0)
		_, err2 := s.SettleAtOnce(ctx, mfa.Settlement{Account: "park", Factor: "f4", Step: 100, Challenge: "c4"}, 5, T0)
		_, err3 := s.TakeEnrollAttempt(ctx, "lee", "f2", 1, T0)
		_, _, err4 := s.CountAttempt(ctx, "kim", "mfa", 9, 1e9, 1e9, T0)
		kept = err1 == nil
		if (err2 == nil) != kept || (err3 == nil) != kept || (err4 == nil) != kept {
			t.Errorf("some counts are refused and some are not: %v, %v, %v, %v", err1, err2, err3, err4)
		}
		return stop
	})
	want(t, "InTx", err, stop)
	if kept { // the store could count on its own: a rollback refills nothing
		if c, err := challenge(ctx, s, "c1", T0); err != nil || c.Attempts != 1 {
			t.Errorf("the counts were rolled back: %+v, %v", c, err)
		}
		if f := get(t, s, "park", "f4"); f.Step != 100 {
			t.Errorf("the response was not spent: step %d", f.Step)
		}
		won(t, "a second enrolment attempt of one", false)(s.TakeEnrollAttempt(ctx, "lee", "f2", 1, T0))
		if n, _, err := s.CountAttempt(ctx, "kim", "mfa", 9, 1e9, 1e9, T0); err != nil || n != 2 {
			t.Errorf("the attempt was rolled back: n=%d, %v", n, err)
		}
	}

	everything := func(ctx context.Context) error {
		_, errStep := advance(ctx, s, "kim", "f1", 100, T0)
		_, errCode := s.UseRecoveryCode(ctx, "kim", "h1", T0)
		_, errFinish := s.FinishChallenge(ctx, "c1", T0)
		_, errMark := s.MarkEnabled(ctx, "kim", "totp", T0)
		_, errActivate := s.ActivateFactor(ctx, with(Pending("lee", "f2", ""), 5, []byte("x")), T0)
		return errors.Join(errStep, errCode, errFinish, errMark, errActivate, s.RenameFactor(ctx, "kim", "f1", "new"),
			s.PutChallenge(ctx, Row("lee", "signin", "c2")), s.ReplaceRecoveryCodes(ctx, "lee", []string{"h2"}, T0))
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		if err := everything(ctx); err != nil {
			return err
		}
		return s.InTx(ctx, func(context.Context) error { return stop }) // joins
	})
	want(t, "InTx", err, stop)
	if f := get(t, s, "kim", "f1"); f.Step != 7 || f.Name != "phone" {
		t.Errorf("after the rollback: %+v", f)
	}
	_, err = challenge(ctx, s, "c1", T0)
	ok(t, err)
	_, err = challenge(ctx, s, "c2", T0)
	want(t, "the rolled-back challenge", err, mfa.ErrNoChallenge)
	if names(t, s, "lee") != "" {
		t.Error("the factor stayed active")
	}
	if n, err := s.RecoveryCodesLeft(ctx, "kim"); err != nil || n != 1 {
		t.Errorf("the code stayed used: %d left, %v", n, err)
	}
	ok(t, s.InTx(ctx, everything))
	if f := get(t, s, "kim", "f1"); f.Step != 100 || f.Name != "new" || names(t, s, "lee") != "phone " {
		t.Errorf("after the commit: %+v", f)
	}
	won(t, "mark after the commit", false)(s.MarkEnabled(ctx, "kim", "totp", T0))
}

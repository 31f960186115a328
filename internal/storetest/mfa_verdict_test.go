package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
)

// cutting is a store whose caller goes away before its call number last.
type cutting struct {
	*mfa.SQLStore
	calls, last int
	leave       context.CancelFunc
}

func (c *cutting) count() {
	if c.calls++; c.calls == c.last {
		c.leave()
	}
}

func (c *cutting) Challenge(ctx context.Context, id string, now time.Time) (mfa.ChallengeRow, []mfa.FactorRow, error) {
	c.count()
	return c.SQLStore.Challenge(ctx, id, now)
}

func (c *cutting) TakeAttempt(ctx context.Context, id string, max int, l mfa.Lane, now time.Time) (time.Duration, error) {
	c.count()
	return c.SQLStore.TakeAttempt(ctx, id, max, l, now)
}

func (c *cutting) Settle(ctx context.Context, v mfa.Settlement, now time.Time) (mfa.Settled, error) {
	c.count()
	return c.SQLStore.Settle(ctx, v, now)
}

func (c *cutting) SettleAtOnce(ctx context.Context, v mfa.Settlement, max int, now time.Time) (mfa.Settled, error) {
	c.count()
	return c.SQLStore.SettleAtOnce(ctx, v, max, now)
}

// Pitfall 2: whoever goes away at any step of a verification has learnt nothing
// of the code, right or wrong, and what was not counted was not told.
func TestMFAPitfall02NoVerdictWithoutItsCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openMFA(t, d)
		cut := &cutting{SQLStore: s}
		m := newMFAManagerOn(t, raw, cut, &mfaRecorder{})
		try := func(last int, failedBefore, right bool) error {
			account := fmt.Sprint("a", last, failedBefore, right)
			id, seed, _ := m.enroll(t, account)
			token, code := m.challenge(t, account, "signin"), "1"
			if failedBefore {
				_, err := m.Verify(t.Context(), token, "signin", id, "1", activity.Client{})
				if !errors.Is(err, mfa.ErrWrongCode) {
					t.Fatal(err)
				}
			}
			if right {
				code = m.code(t, seed)
			}
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			*cut = cutting{SQLStore: s, last: last, leave: leave}
			p, err := m.Verify(ctx, token, "signin", id, code, activity.Client{})
			if ctx.Err() == nil {
				return err
			}
			if p.Valid() || !errors.Is(err, context.Canceled) {
				t.Errorf("who left before call %d (failed before: %v, right: %v) is told %v", last, failedBefore, right, err)
			}
			*cut = cutting{SQLStore: s}
			if p, err := m.Verify(t.Context(), token, "signin", id, m.code(t, seed), activity.Client{}); err != nil || !p.Valid() {
				t.Errorf("after call %d (failed before: %v, right: %v) the code is lost: %v", last, failedBefore, right, err)
			}
			return context.Canceled
		}
		for _, failedBefore := range []bool{false, true} {
			for last := 1; ; last++ {
				errRight, errWrong := try(last, failedBefore, true), try(last, failedBefore, false)
				if errRight == nil && errors.Is(errWrong, mfa.ErrWrongCode) {
					if last < 3 {
						t.Errorf("no more than %d calls were seen", last)
					}
					break
				}
			}
		}
	})
}

// Pitfall 3: of 64 guesses of one moment, of an account without a failure, no
// more are told than one after the other: four and the one that closes the lane.
func TestMFAPitfall03GuessesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		m := newMFAManager(t, d)
		id, _, _ := m.enroll(t, "kim")
		tokens := make([]string, racing.Racers)
		for i := range tokens {
			tokens[i] = m.challenge(t, "kim", fmt.Sprint("p", i))
		}
		var told, throttled atomic.Int64
		racing.Go(func(i int) {
			_, err := m.Verify(t.Context(), tokens[i], fmt.Sprint("p", i), id, "1", activity.Client{})
			var wait *mfa.ThrottledError
			switch {
			case errors.Is(err, mfa.ErrWrongCode):
				told.Add(1)
			case errors.As(err, &wait):
				throttled.Add(1)
			default:
				t.Error(err)
			}
		})
		if told.Load() != 5 || throttled.Load() != 59 {
			t.Errorf("%d were told, %d throttled", told.Load(), throttled.Load())
		}
	})
}

// A step that cannot be stored whole is an error, and leaves the challenge and
// the code as they were.
func TestMFASettlesWholeOrNot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openMFA(t, d)
		m := newMFAManagerOn(t, raw, s, &mfaRecorder{})
		id, seed, _ := m.enroll(t, "kim")
		token := m.challenge(t, "kim", "signin")
		verify := func() (mfa.Proof, error) {
			return m.Verify(t.Context(), token, "signin", id, m.code(t, seed), activity.Client{})
		}
		spoil, mend := `CREATE TRIGGER full BEFORE UPDATE ON mfa_factors BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`, `DROP TRIGGER full`
		if d.Name == "postgres" {
			spoil = `ALTER TABLE mfa_factors ADD CONSTRAINT disk_is_full CHECK (step < 9) NOT VALID`
			mend = `ALTER TABLE mfa_factors DROP CONSTRAINT disk_is_full`
		}
		_, err := raw.ExecContext(t.Context(), spoil)
		mfaOK(t, err)
		if p, err := verify(); err == nil || p.Valid() || errors.Is(err, mfa.ErrWrongCode) || errors.Is(err, mfa.ErrNoChallenge) {
			t.Errorf("got %v", err)
		}
		_, err = raw.ExecContext(t.Context(), mend)
		mfaOK(t, err)
		_, err = verify()
		mfaOK(t, err)
	})
}

// Pitfall 1: a copy of the SQLite tables without their trigger takes no code
// twice; it takes the longer way.
func TestMFAPitfall01LostTrigger(t *testing.T) {
	raw, s := openMFA(t, storetest.Dialects()[0])
	_, err := raw.ExecContext(t.Context(), `DROP TRIGGER mfa_challenges_answered`)
	mfaOK(t, err)
	m := newMFAManagerOn(t, raw, s, &mfaRecorder{})
	id, seed, _ := m.enroll(t, "kim")
	verify := func() error {
		_, err := m.Verify(t.Context(), m.challenge(t, "kim", "signin"), "signin", id, m.code(t, seed), activity.Client{})
		return err
	}
	mfaOK(t, verify())
	if err := verify(); !errors.Is(err, mfa.ErrWrongCode) {
		t.Errorf("the same code again: %v", err)
	}
}

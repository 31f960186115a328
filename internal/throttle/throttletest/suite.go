// Package throttletest is the conformance suite of throttle.Store.
package throttletest

import (
	"context"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/throttle"
)

// Store is a [throttle.Store] that also erases an account.
type Store interface {
	throttle.Store
	DeleteAttempts(ctx context.Context, account string) error
}

var t0 = time.Date(2026, 11, 1, 9, 0, 0, 123456000, time.UTC)

const (
	free = 3
	base = time.Minute
	max  = 10 * time.Minute
)

// TestStore checks a store; open gives a fresh, empty one.
func TestStore(t *testing.T, open func(t *testing.T) Store) {
	ctx := t.Context()
	count := func(t *testing.T, s Store, now time.Time) (int, time.Duration) {
		t.Helper()
		n, wait, err := s.CountAttempt(ctx, "acct", "b", free, base, max, now)
		if err != nil {
			t.Fatal(err)
		}
		return n, wait
	}
	t.Run("grows and ends by itself", func(t *testing.T) {
		s, now := open(t), t0
		for i, wantWait := range []time.Duration{0, 0, base, 2 * base, 4 * base, 8 * base, max, max} {
			n, wait := count(t, s, now)
			if n != i+1 || wait != 0 {
				t.Fatalf("attempt %d: n=%d wait=%v", i+1, n, wait)
			}
			if wantWait == 0 {
				continue
			}
			if _, wait := count(t, s, now.Add(wantWait-time.Microsecond)); wait != time.Microsecond && wait != time.Millisecond {
				t.Fatalf("after attempt %d, just before the end: wait=%v", i+1, wait)
			}
			now = now.Add(wantWait)
		}
	})
	t.Run("refused attempts do not prolong the wait", func(t *testing.T) {
		s := open(t)
		for range free {
			count(t, s, t0)
		}
		for range 50 {
			if _, wait := count(t, s, t0); wait != base {
				t.Fatalf("wait=%v, want %v", wait, base)
			}
		}
	})
	t.Run("forgotten", func(t *testing.T) {
		s := open(t)
		for range free - 1 {
			count(t, s, t0)
		}
		if n, _ := count(t, s, t0.Add(throttle.Memory-time.Microsecond)); n != free {
			t.Fatalf("forgot too early: n=%d", n)
		}
		if n, _ := count(t, s, t0.Add(2*throttle.Memory)); n != 1 {
			t.Fatalf("remembers too long: n=%d", n)
		}
		if _, err := s.PurgeAttempts(ctx, t0.Add(2*throttle.Memory)); err != nil {
			t.Fatal(err)
		}
		if n, err := s.PurgeAttempts(ctx, t0.Add(4*throttle.Memory)); err != nil || n != 1 {
			t.Fatalf("purged %d, %v", n, err)
		}
	})
	t.Run("refund and forget", func(t *testing.T) {
		s := open(t)
		for range free {
			count(t, s, t0)
		}
		if err := s.RefundAttempt(ctx, "acct", "b"); err != nil {
			t.Fatal(err)
		}
		if n, wait := count(t, s, t0); n != free || wait != 0 {
			t.Fatalf("after a refund: n=%d wait=%v", n, wait)
		}
		if err := s.ForgetAttempts(ctx, "acct", "b"); err != nil {
			t.Fatal(err)
		}
		if n, wait := count(t, s, t0); n != 1 || wait != 0 {
			t.Fatalf("after forgetting: n=%d wait=%v", n, wait)
		}
		if err := s.RefundAttempt(ctx, "acct", "absent"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("buckets are apart", func(t *testing.T) {
		s := open(t)
		for range free {
			count(t, s, t0)
		}
		for _, k := range [][2]string{{"acct", "c"}, {"other", "b"}, {"", "b"}, {"acct", "한글😀"}} {
			if n, wait, err := s.CountAttempt(ctx, k[0], k[1], free, base, max, t0); err != nil || n != 1 || wait != 0 {
				t.Errorf("%v: n=%d wait=%v err=%v", k, n, wait, err)
			}
		}
		if err := s.DeleteAttempts(ctx, "acct"); err != nil {
			t.Fatal(err)
		}
		if n, _ := count(t, s, t0); n != 1 {
			t.Error("DeleteAttempts left a count")
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if _, _, err := open(t).CountAttempt(ctx, "acct", "b", free, base, max, t0); err == nil {
			t.Error("a cancelled context was ignored")
		}
	})
	t.Run("race", func(t *testing.T) {
		s := open(t)
		won := racing.Wins(t, func(int) (bool, error) {
			_, wait, err := s.CountAttempt(ctx, "acct", "b", free, base, max, t0)
			return err == nil && wait == 0, err
		})
		if won != free {
			t.Errorf("%d of 64 racing attempts were let through, want %d", won, free)
		}
	})
}

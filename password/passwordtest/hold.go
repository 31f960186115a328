package passwordtest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/password"
)

func held(t *testing.T, s password.Store, account string, version int64, revoked, want bool) {
	t.Helper()
	if got, err := s.Hold(t.Context(), account, version, revoked); got != want || err != nil {
		t.Errorf("Hold(%s, %d, %v): %v, %v; want %v", account, version, revoked, got, err, want)
	}
}

func testHold(t *testing.T, s password.Store) {
	held(t, s, "kim", 0, true, false)
	held(t, s, "kim", 1, true, false)
	set(t, s, "kim", "h1", 0)
	set(t, s, "lee", "h1", 0)
	for _, revoked := range []bool{true, false} {
		held(t, s, "kim", 1, revoked, true)
		for _, other := range []int64{-1, 0, 2, 1 << 40} {
			held(t, s, "kim", other, revoked, false)
		}
	}
	at := T0.Add(time.Hour)
	if won, err := s.Revoke(t.Context(), "kim", at); !won || err != nil {
		t.Fatal(won, err)
	}
	held(t, s, "kim", 1, false, false)
	held(t, s, "kim", 1, true, true)
	held(t, s, "lee", 1, false, true)
	want(t, s, "kim", password.Record{Hash: "h1", Version: 1, SetAt: T0, RevokedAt: at}) // it changes nothing
	if h := history(t, s, "kim", 10); len(h) != 0 {
		t.Errorf("holding left a history of %v", h)
	}
	set(t, s, "kim", "h2", 1)
	held(t, s, "kim", 1, true, false)
	held(t, s, "kim", 2, false, true)
	if err := s.DeleteAccount(t.Context(), "kim"); err != nil {
		t.Fatal(err)
	}
	held(t, s, "kim", 2, true, false)
}

// testRaceHold: once a change has returned, nobody holds what was before it.
func testRaceHold(t *testing.T, s password.Store) {
	set(t, s, "kim", "h1", 0)
	var over atomic.Bool
	racing.Go(func(i int) {
		if i%8 == 0 {
			if _, err := s.SetHash(t.Context(), "kim", "h2", 1, 3, T0); err != nil {
				t.Error(err)
			}
			over.Store(true)
			return
		}
		was := over.Load()
		if got, err := s.Hold(t.Context(), "kim", 1, true); err != nil || got && was {
			t.Errorf("held after the change: %v, %v", got, err)
		}
	})
}

// testHoldHolds: what a transaction holds is the same at its end, while others
// set, revoke and delete the password.
func testHoldHolds(t *testing.T, open func(t *testing.T) password.Store) {
	for name, change := range map[string]func(s password.Store, ctx context.Context) error{
		"set": func(s password.Store, ctx context.Context) error {
			_, err := s.SetHash(ctx, "kim", "h2", 1, 3, T0)
			return err
		},
		"revoke": func(s password.Store, ctx context.Context) error { _, err := s.Revoke(ctx, "kim", T0); return err },
		"delete": func(s password.Store, ctx context.Context) error { return s.DeleteAccount(ctx, "kim") },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			for range 6 {
				if err := s.DeleteAccount(t.Context(), "kim"); err != nil {
					t.Fatal(err)
				}
				set(t, s, "kim", "h1", 0)
				racing.Go(func(i int) {
					var err error
					if i == racing.Racers/2 {
						err = s.InTx(t.Context(), func(ctx context.Context) error { return change(s, ctx) })
					} else {
						err = s.InTx(t.Context(), func(ctx context.Context) error { return hold(t, ctx, s) })
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

func hold(t *testing.T, ctx context.Context, s password.Store) error {
	got, err := s.Hold(ctx, "kim", 1, false)
	if err != nil || !got {
		return err
	}
	if rec, err := s.Get(ctx, "kim"); err != nil || rec.Version != 1 || !rec.RevokedAt.IsZero() {
		t.Errorf("what was held is version %d, revoked at %v, %v", rec.Version, rec.RevokedAt, err)
	}
	return nil
}

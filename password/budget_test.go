package password_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/accountsec/password"
)

// Of 100 sign-ins at once no more run than the budget holds, imported hashes
// included, and all get their turn.
func TestBudgetHoldsForConcurrentSignIns(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  password.Argon2idConfig
		most int // at once
	}{
		"memory":     {password.Argon2idConfig{MemoryKiB: 64, Time: 1, BudgetKiB: 3 * 64, MaxParallel: 100}, 3},
		"processors": {password.Argon2idConfig{MemoryKiB: 64, Time: 1, BudgetKiB: 100 * 64, MaxParallel: 2}, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			own := newHasher(t, c.cfg)
			h, err := password.NewImporting(own, password.ImportingConfig{})
			if err != nil {
				t.Fatal(err)
			}
			hash, err := h.Hash(t.Context(), good)
			if err != nil {
				t.Fatal(err)
			}
			hashes := []string{hash, "$scrypt$ln=6,r=7,p=1$c2FsdHNhbHQ$MJmbEtmWcXw1ANaNvzSm5TwiEcqEiQ3oVr4OuhR1kTY"} // 64·7·128 bytes and a little
			var mu sync.Mutex
			running, held, done := 0, int64(0), 0
			goOn := make(chan struct{})
			own.OnTurn(func(kib int64) {
				mu.Lock()
				running++
				held += kib
				mu.Unlock()
				<-goOn
				mu.Lock()
				running--
				held -= kib
				mu.Unlock()
			})
			var wg sync.WaitGroup
			for i := range 100 {
				wg.Go(func() {
					if _, _, err := h.Verify(t.Context(), hashes[i%2], good); err != nil {
						t.Errorf("%s: %v", name, err)
					}
					mu.Lock()
					done++
					mu.Unlock()
				})
			}
			for n := 0; n < 100; n++ {
				synctest.Wait()
				if want := min(c.most, 100-n); running != want || held > int64(c.cfg.BudgetKiB) || done != n {
					t.Fatalf("%s: after %d hashes %d run with %d KiB, %d done; want %d of at most %d KiB", name, n, running, held, done, want, c.cfg.BudgetKiB)
				}
				goOn <- struct{}{}
			}
			wg.Wait()
			if !own.Idle(int64(c.cfg.MaxParallel)) {
				t.Errorf("%s: a part of the budget is not given back", name)
			}
		})
	}
}

// A sign-in that does not get its turn says so in time, is not counted, and the
// next one gets in.
func TestBusySignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(t, password.Argon2idConfig{MemoryKiB: 64, Time: 1, MaxWait: 3 * time.Second})
		w := newWorld(t, func(cfg *password.Config) { cfg.Hasher = h })
		w.set("kim", good)
		release := h.Hold(t.Context())
		for range 30 {
			start := time.Now()
			_, err := w.Verify(t.Context(), "kim", good, home, false)
			if !errors.Is(err, password.ErrBusy) || time.Since(start) != 3*time.Second {
				t.Fatalf("%v after %v", err, time.Since(start))
			}
			short, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err = w.Verify(short, "kim", good, home, false)
			cancel()
			if !errors.Is(err, password.ErrBusy) || time.Since(start) != 4*time.Second {
				t.Fatalf("%v after %v", err, time.Since(start))
			}
		}
		release()
		_, err := w.Verify(t.Context(), "kim", good, home, false)
		w.ok(err)
	})
}

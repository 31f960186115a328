package activity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/sqldb"
)

// slowStore takes a second of the bubble's time for each Append, counts them,
// and refuses what it is told to.
type slowStore struct {
	*activity.MemoryStore
	appends atomic.Int64
	refuse  atomic.Value // string: an account
	down    atomic.Bool
}

func (s *slowStore) Append(ctx context.Context, events ...activity.Event) error {
	s.appends.Add(1)
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.down.Load() {
		return errors.New("the disk is gone")
	}
	for _, e := range events {
		if e.Account == s.refuse.Load() {
			return errors.New("refused")
		}
	}
	return s.MemoryStore.Append(ctx, events...)
}

func buffered(t *testing.T, cfg activity.BufferConfig) (*activity.Buffer, *slowStore, *activity.Log) {
	t.Helper()
	s := &slowStore{MemoryStore: activity.NewMemoryStore()}
	l, err := activity.New(s, activity.Config{CursorKey: key})
	if err != nil {
		t.Fatal(err)
	}
	b, err := activity.NewBuffer(l, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return b, s, l
}

func TestBufferSharesCommitsAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s, l := buffered(t, activity.BufferConfig{})
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				for range 10 {
					if err := b.Record(t.Context(), event(fmt.Sprint("acct-", i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for i := range 64 {
			if got := all(t, l, fmt.Sprint("acct-", i)); len(got) != 10 {
				t.Errorf("account %d has %d events", i, len(got))
			}
		}
		if n := s.appends.Load(); n > 21 { // the first is alone, the others gather
			t.Errorf("%d writes for 640 events", n)
		}
	})
}

func TestBufferFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s, l := buffered(t, activity.BufferConfig{Waiting: 3, Batch: 2})
		var wg sync.WaitGroup
		record := func(account string, wait time.Duration, want error) {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), wait)
				defer cancel()
				if err := b.Record(ctx, event(account)); !errors.Is(err, want) || (err == nil) != (want == nil) {
					t.Errorf("%s: %v, want %v", account, err, want)
				}
			})
			synctest.Wait()
		}
		record("first", time.Minute, nil) // is being written
		record("second", time.Minute, nil)
		record("third", time.Minute, nil)
		record("impatient", time.Second/2, context.DeadlineExceeded) // finds no room
		record("patient", time.Minute, nil)
		wg.Wait()
		if got := all(t, l, "impatient"); len(got) != 0 {
			t.Error("refused, yet stored")
		}
		for _, account := range []string{"first", "second", "third", "patient"} {
			if got := all(t, l, account); len(got) != 1 {
				t.Errorf("%s: %d events", account, len(got))
			}
		}
		if n := s.appends.Load(); n != 3 {
			t.Errorf("%d writes, want 3", n)
		}
	})
}

// Who leaves before the writing began is certainly not in the log; who leaves
// during it does not know.
func TestBufferCallersWhoLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, l := buffered(t, activity.BufferConfig{})
		errs := map[string]error{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		record := func(account string, wait time.Duration) {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), wait)
				defer cancel()
				err := b.Record(ctx, event(account))
				mu.Lock()
				defer mu.Unlock()
				errs[account] = err
			})
			synctest.Wait()
		}
		record("writer", time.Second/4) // writes for a second: its own wait does not end that
		record("leaves the queue", time.Second/2)
		record("stays", time.Minute)
		record("leaves the writing", 3*time.Second/2)
		record("next", time.Minute)
		wg.Wait()
		for account, want := range map[string]struct {
			err    error
			stored int
		}{
			"writer": {nil, 1}, "leaves the queue": {context.DeadlineExceeded, 0}, "stays": {nil, 1},
			"leaves the writing": {activity.ErrUndecided, 1}, "next": {nil, 1},
		} {
			if !errors.Is(errs[account], want.err) || want.err == nil && errs[account] != nil {
				t.Errorf("%s: %v, want %v", account, errs[account], want.err)
			}
			if account == "leaves the queue" && errors.Is(errs[account], activity.ErrUndecided) {
				t.Error("it is decided: not stored")
			}
			if got := all(t, l, account); len(got) != want.stored {
				t.Errorf("%s: %d events, want %d", account, len(got), want.stored)
			}
		}
	})
}

// The one who was chosen to write next leaves: another one writes.
func TestBufferWriterWhoLeavesIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, l := buffered(t, activity.BufferConfig{Batch: 1})
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				wait := time.Minute
				if i%2 == 1 { // due at the very moment of their turn
					wait = time.Duration(i) * time.Second
				}
				ctx, cancel := context.WithTimeout(t.Context(), wait)
				defer cancel()
				err := b.Record(ctx, event(fmt.Sprint("acct-", i)))
				if i%2 == 0 && err != nil || err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%d: %v", i, err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		for _, i := range []int{0, 2, 4} {
			if got := all(t, l, fmt.Sprint("acct-", i)); len(got) != 1 {
				t.Errorf("%d: %d events", i, len(got))
			}
		}
		if err := b.Record(t.Context(), event("kim")); err != nil {
			t.Error(err)
		}
	})
}

func TestBufferFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s, l := buffered(t, activity.BufferConfig{Waiting: 10})
		s.refuse.Store("poisoned")
		bad := event("kim")
		bad.Type = "unknown"
		if err := b.Record(t.Context(), bad); !errors.Is(err, activity.ErrBadEvent) || s.appends.Load() != 0 {
			t.Errorf("a bad event: %v, after %d writes", err, s.appends.Load())
		}
		var wg sync.WaitGroup
		for i, account := range []string{"first", "a", "poisoned", "b"} {
			wg.Go(func() {
				if err := b.Record(t.Context(), event(account)); (err != nil) != (account == "poisoned") {
					t.Errorf("%d %s: %v", i, account, err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		for _, account := range []string{"first", "a", "b"} {
			if got := all(t, l, account); len(got) != 1 {
				t.Errorf("%s: %d events", account, len(got))
			}
		}
		s.down.Store(true)
		for range 20 { // more than fit: failures give their room back
			if err := b.Record(t.Context(), event("kim")); err == nil {
				t.Error("acknowledged without a disk")
			}
		}
		s.down.Store(false)
		if err := b.Record(t.Context(), event("kim")); err != nil || len(all(t, l, "kim")) != 1 {
			t.Errorf("afterwards: %v", err)
		}
		tx := sqldb.WithTx(t.Context(), nil) // no transaction after all
		if err := b.Record(tx, event("lee")); err != nil {
			t.Error(err)
		}
	})
}

func TestNewBufferChecks(t *testing.T) {
	_, _, l := buffered(t, activity.BufferConfig{})
	for _, cfg := range []activity.BufferConfig{{Waiting: -1}, {Waiting: 100001}, {Batch: -1}, {Batch: activity.MaxBatch + 1}} {
		if _, err := activity.NewBuffer(l, cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
	if _, err := activity.NewBuffer(nil, activity.BufferConfig{}); err == nil {
		t.Error("no log: no error")
	}
}

// Who leaves the queue leaves room behind.
func TestBufferLeavingMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, l := buffered(t, activity.BufferConfig{Waiting: 2})
		var wg sync.WaitGroup
		record := func(account string, wait time.Duration, want error) {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), wait)
				defer cancel()
				err := b.Record(ctx, event(account))
				if !errors.Is(err, want) || (err == nil) != (want == nil) || err != nil && strings.Contains(err.Error(), "full") {
					t.Errorf("%s: %v, want %v", account, err, want)
				}
			})
			synctest.Wait()
		}
		for range 3 {
			record("writes for a second", time.Minute, nil)
			record("leaves", time.Second/4, context.DeadlineExceeded)
			wg.Wait()
		}
		record("finds room", time.Second*2, nil)
		wg.Wait()
		for account, want := range map[string]int{"leaves": 0, "finds room": 1} {
			if got := all(t, l, account); len(got) != want {
				t.Errorf("%s: %d events", account, len(got))
			}
		}
	})
}

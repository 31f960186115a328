package alerts_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/risk"
)

// Two instances merge what they learned, lose little, and score alike without
// a word to one another in between.
func TestPopulationIsMerged(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	other, err := alerts.New(w.store, alerts.Config{Queue: w.dispatcher, Now: w.clock})
	w.ok(err)
	for i := range 50 {
		for j, m := range []*alerts.Monitor{w.monitor, other} {
			a := w.attempt(fmt.Sprint(i), []string{"KR", "JP"}[j])
			a.Account = fmt.Sprint("customer ", i, j)
			w.ok(m.Learn(ctx, a))
		}
	}
	if data, _, err := w.store.MemoryStore.Population(ctx); err != nil || data != nil {
		t.Errorf("merged with every sign-in: %d bytes, %v", len(data), err)
	}
	for range 3 {
		w.now = w.now.Add(time.Hour)
		for _, m := range []*alerts.Monitor{w.monitor, other} {
			_, err := m.Assess(ctx, w.attempt("d", "KR"))
			w.ok(err)
		}
	}
	data, version, err := w.store.MemoryStore.Population(ctx)
	w.ok(err)
	if version != 2 || len(data) == 0 || len(data) > 64<<10 {
		t.Errorf("%d bytes at version %d", len(data), version)
	}
	w.home(6)
	score := func(m *alerts.Monitor) float64 {
		a, err := m.Assess(ctx, w.attempt("home", "JP"))
		w.ok(err)
		return a.Score
	}
	if a, b := score(w.monitor), score(other); a != b {
		t.Errorf("the two disagree: %v and %v", a, b)
	}
	// A population that nobody wrote is no knowledge.
	won, err := w.store.PutPopulation(ctx, []byte("\xb1 nonsense"), version, w.now)
	w.ok(err)
	w.now = w.now.Add(time.Hour)
	if s := score(other); !won || math.IsNaN(s) {
		t.Errorf("score %v", s)
	}
}

// lossy loses or fails the first merges.
type lossy struct {
	*alerts.MemoryStore
	lose, fail int
}

func (s *lossy) PutPopulation(ctx context.Context, data []byte, version int64, now time.Time) (bool, error) {
	if s.fail > 0 {
		s.fail--
		return false, errors.New("the database is away")
	}
	if s.lose > 0 {
		s.lose--
		return false, nil
	}
	return s.MemoryStore.PutPopulation(ctx, data, version, now)
}

// A merge that is lost to another instance, or fails, is made up for by the
// next, and fails no sign-in.
func TestPopulationMergeLost(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	store := &lossy{MemoryStore: alerts.NewMemoryStore(), lose: 1, fail: 1}
	m, err := alerts.New(store, alerts.Config{Queue: w.dispatcher, Now: w.clock})
	w.ok(err)
	learned := 0
	for range 4 {
		for range 10 {
			w.ok(m.Learn(ctx, w.attempt(fmt.Sprint(learned), "KR")))
			learned++
		}
		w.now = w.now.Add(time.Hour)
		_, err := m.Assess(ctx, w.attempt("d", "KR"))
		w.ok(err)
	}
	data, _, err := store.Population(ctx)
	w.ok(err)
	if n := risk.DecodePopulation(data).SignIns(); n != learned {
		t.Errorf("%d of %d sign-ins are in the population", n, learned)
	}
	store.fail = 1
	w.ok(m.Learn(ctx, w.attempt("d", "KR")))
	if _, err := m.Purge(ctx); err == nil {
		t.Error("Purge does not say that the merge failed")
	}
}

// Merging while others learn, assess and merge loses nothing for good.
func TestPopulationRace(t *testing.T) {
	w := newWorld(t)
	m, err := alerts.New(w.store.MemoryStore, alerts.Config{Queue: w.dispatcher, Now: w.clock})
	w.ok(err)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 50 {
				a := w.attempt(fmt.Sprint(j), "KR")
				a.Account = fmt.Sprint("customer ", i)
				if err := m.Learn(t.Context(), a); err != nil {
					t.Error(err)
				}
				if _, err := m.Purge(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

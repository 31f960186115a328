package passwordtest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/accountsec/password"
)

// racers is how many callers race for each guarded change.
const racers = 64

// race lets the callers go at once; it gives the one that won.
func race(t *testing.T, try func(i int) (bool, error)) int {
	t.Helper()
	var winners atomic.Int64
	winner := atomic.Int64{}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-start
			won, err := try(i)
			if err != nil {
				t.Error(err)
			}
			if won {
				winners.Add(1)
				winner.Store(int64(i))
			}
		})
	}
	close(start)
	wg.Wait()
	if winners.Load() != 1 {
		t.Fatalf("%d of %d racers won, want one", winners.Load(), racers)
	}
	return int(winner.Load())
}

func testRaceFirst(t *testing.T, s password.Store) {
	i := race(t, func(i int) (bool, error) {
		return s.SetHash(t.Context(), "kim", fmt.Sprint("h", i), 0, 3, T0)
	})
	want(t, s, "kim", password.Record{Hash: fmt.Sprint("h", i), Version: 1, SetAt: T0})
}

func testRaceSet(t *testing.T, s password.Store) {
	set(t, s, "kim", "first", 0)
	set(t, s, "kim", "second", 1)
	i := race(t, func(i int) (bool, error) {
		return s.SetHash(t.Context(), "kim", fmt.Sprint("h", i), 2, 3, T0)
	})
	want(t, s, "kim", password.Record{Hash: fmt.Sprint("h", i), Version: 3, SetAt: T0})
	if h := history(t, s, "kim", 10); !slices.Equal(h, []string{"second", "first"}) {
		t.Errorf("history %v", h)
	}
}

func testRaceUpgrade(t *testing.T, s password.Store) {
	set(t, s, "kim", "old", 0)
	i := race(t, func(i int) (bool, error) {
		return s.UpgradeHash(t.Context(), "kim", "old", fmt.Sprint("h", i))
	})
	want(t, s, "kim", password.Record{Hash: fmt.Sprint("h", i), Version: 1, SetAt: T0})
}

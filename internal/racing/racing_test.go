package racing_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/accountsec/internal/racing"
)

// Each of the 64 is called once, all at the same time, and Go waits for them.
func TestGo(t *testing.T) {
	var calls [racing.Racers]atomic.Int64
	var all sync.WaitGroup
	all.Add(racing.Racers)
	racing.Go(func(i int) {
		all.Done()
		all.Wait() // comes to its end only if nobody waits for another's
		calls[i].Add(1)
	})
	for i := range calls {
		if n := calls[i].Load(); n != 1 {
			t.Errorf("racer %d was called %d times", i, n)
		}
	}
	if racing.Racers != 64 {
		t.Errorf("%d racers, which is what every guard's test says it stands up to", racing.Racers)
	}
}

// None begins before all of them are there. Without a gate it takes some races
// until one does.
func TestGoStartsAtOnce(t *testing.T) {
	for round := range 500 {
		var early atomic.Int64
		var all sync.WaitGroup
		all.Add(racing.Racers)
		racing.Go(func(int) {
			if runtime.NumGoroutine() <= racing.Racers { // which none of them has left yet
				early.Add(1)
			}
			all.Done()
			all.Wait()
		})
		if n := early.Load(); n > 0 {
			t.Fatalf("round %d: %d began before all were there", round, n)
		}
	}
}

// The winners are counted, and no error is lost: a winner's neither.
func TestWins(t *testing.T) {
	if n := racing.Wins(t, func(i int) (bool, error) { return i%4 == 0, nil }); n != racing.Racers/4 {
		t.Errorf("%d of %d won", n, racing.Racers/4)
	}
	r := &report{TB: t}
	if n := racing.Wins(r, func(i int) (bool, error) { return i == 0, errors.New("broken") }); n != 1 || r.errors.Load() != racing.Racers {
		t.Errorf("%d won, %d errors", n, r.errors.Load())
	}
}

// report counts a test's errors instead of failing it.
type report struct {
	testing.TB
	errors atomic.Int64
}

func (r *report) Errorf(string, ...any) { r.errors.Add(1) }

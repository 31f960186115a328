// Package racing lets tests have many callers race for one thing, and leave out
// under the race detector what it cannot help. For tests alone, the public
// conformance suites among them.
package racing

import (
	"sync"
	"sync/atomic"
	"testing"
)

// Racers is how many goroutines race for a guard.
const Racers = 64

// Go calls fn in [Racers] goroutines, each with its number from 0, and returns
// when all of them have. None begins before all of them are there.
func Go(fn func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(Racers)
	for i := range Racers {
		done.Go(func() {
			ready.Done()
			<-start
			fn(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// Wins lets fn race as [Go] does and gives how many said that they won. An
// error is one of the test t, whoever won.
func Wins(t testing.TB, fn func(i int) (bool, error)) int {
	t.Helper()
	var wins atomic.Int64
	Go(func(i int) {
		won, err := fn(i)
		if err != nil {
			t.Errorf("racer %d: %v", i, err)
		}
		if won {
			wins.Add(1)
		}
	})
	return int(wins.Load())
}

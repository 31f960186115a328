package alerts

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/sqldb"
)

const (
	// mergeEvery and mergeAfter are when what this instance counted is merged
	// into the store: after so long, or so many sign-ins.
	mergeEvery = 10 * time.Minute
	mergeAfter = 256
)

// crowd is what is known of everybody's sign-ins. Scores read the shared
// population, which is replaced and never changed; what this instance learned
// since is kept apart until it is merged. It runs no goroutine: a sign-in that
// finds the merge due does it, at most one at a time, and [Monitor.Purge] does.
type crowd struct {
	shared  atomic.Pointer[risk.Population]
	merging sync.Mutex

	mu    sync.Mutex
	own   *risk.Population
	count int       // what own is made of
	next  time.Time // when the merge is due
}

// learn counts what sign is done to own.
func (c *crowd) learn(teach func(*risk.Population)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own == nil {
		c.own = &risk.Population{}
	}
	teach(c.own)
	c.count++
}

// due tells whether it is time to merge, or to read for the first time.
func (c *crowd) due(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !now.Before(c.next) || c.count >= mergeAfter
}

// take hands out what was learned, and begins anew.
func (c *crowd) take(now time.Time) (*risk.Population, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own, n := c.own, c.count
	c.own, c.count, c.next = nil, 0, now.Add(mergeEvery)
	return own, n
}

// giveBack returns what could not be merged, for the next time.
func (c *crowd) giveBack(own *risk.Population, n int) {
	if own == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own != nil {
		own.Merge(c.own)
	}
	c.own, c.count = own, min(c.count+n, mergeAfter-1) // tried again in mergeEvery, not at once
}

// population gives what scores are held against. It never fails: without the
// store it is what was read last.
func (m *Monitor) population(ctx context.Context) *risk.Population {
	if now := m.cfg.Now(); m.crowd.due(now) && !sqldb.CarriesTx(ctx) {
		if err := m.merge(ctx, now); err != nil {
			m.cfg.Logger.WarnContext(ctx, "alerts: the population was not merged", "error", err)
		}
	}
	return m.crowd.shared.Load()
}

// merge reads the population, adds what this instance learned, and puts it back
// if nobody else did meanwhile; if somebody did, the next merge tries again. The
// counts are approximate: a sign-in that is rolled back stays counted, and one
// that is lost with a process is not missed.
func (m *Monitor) merge(ctx context.Context, now time.Time) error {
	if !m.crowd.merging.TryLock() {
		return nil // somebody is at it
	}
	defer m.crowd.merging.Unlock()
	own, n := m.crowd.take(now)
	data, version, err := m.store.Population(ctx)
	if err != nil {
		m.crowd.giveBack(own, n)
		return fmt.Errorf("alerts: population: %w", err)
	}
	all := risk.DecodePopulation(data)
	if own != nil {
		all.Merge(own)
		won, err := m.store.PutPopulation(ctx, all.Encode(), version, now)
		if err != nil || !won {
			m.crowd.giveBack(own, n)
		}
		if err != nil {
			return fmt.Errorf("alerts: population: %w", err)
		}
	}
	m.crowd.shared.Store(all)
	return nil
}

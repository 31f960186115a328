package breach

import (
	"sync"
	"time"
)

// cache keeps the latest ranges. It holds what the service publishes and the
// prefixes asked for, never which row was looked at.
type cache struct {
	size int
	keep time.Duration
	now  func() time.Time

	mu     sync.Mutex
	byKey  map[string]cached
	oldest []string // prefixes in the order of their coming
}

type cached struct {
	rows  ranges
	until time.Time
}

func newCache(size int, keep time.Duration, now func() time.Time) *cache {
	if now == nil {
		now = time.Now
	}
	return &cache{size: size, keep: keep, now: now, byKey: map[string]cached{}}
}

func (c *cache) get(prefix string) (ranges, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[prefix]
	if !ok || !c.now().Before(e.until) {
		return nil, false
	}
	return e.rows, true
}

func (c *cache) put(prefix string, rows ranges) {
	if c.size == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[prefix]; !ok {
		if len(c.oldest) == c.size {
			delete(c.byKey, c.oldest[0])
			c.oldest = append(c.oldest[:0], c.oldest[1:]...)
		}
		c.oldest = append(c.oldest, prefix)
	}
	c.byKey[prefix] = cached{rows: rows, until: c.now().Add(c.keep)}
}

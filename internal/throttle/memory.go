package throttle

import (
	"context"
	"sync"
	"time"
)

// MemoryStore is a [Store] for tests and single processes.
type MemoryStore struct {
	mu      sync.Mutex
	buckets map[bucketKey]*bucket
	sweepAt int
	most    int // 0: no bound
}

var _ Store = (*MemoryStore)(nil)

type bucketKey struct{ account, name string }

type bucket struct {
	n            int
	last, closed time.Time // last counted attempt; closed until
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{buckets: map[bucketKey]*bucket{}, sweepAt: 1024}
}

// NewBoundedMemoryStore returns an empty store that never holds more than most
// buckets: when it is full, some are forgotten, those that are open first. It
// suits limits that spare a processor, not those that guard a secret, since a
// flood of names resets counts.
func NewBoundedMemoryStore(most int) *MemoryStore {
	m := NewMemoryStore()
	m.most, m.sweepAt = most, min(m.sweepAt, most)
	return m
}

// CountAttempt implements [Store].
func (m *MemoryStore) CountAttempt(ctx context.Context, account, name string, free int, base, max time.Duration, now time.Time) (int, time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := bucketKey{account, name}
	b := m.buckets[key]
	if b == nil || now.Sub(b.last) >= Memory {
		m.sweep(now)
		b = &bucket{}
		m.buckets[key] = b
	}
	if b.closed.After(now) {
		return b.n, b.closed.Sub(now), nil
	}
	b.n++
	b.last = now
	b.closed = now.Add(wait(b.n, free, base, max))
	return b.n, 0, nil
}

// sweep bounds the map under a flood of names; amortised O(1) an attempt.
func (m *MemoryStore) sweep(now time.Time) {
	if len(m.buckets) < m.sweepAt {
		return
	}
	m.purge(now)
	if m.most > 0 && len(m.buckets) >= m.most {
		m.drop(now, m.most/4)
	}
	m.sweepAt = max(1024, 2*len(m.buckets))
	if m.most > 0 {
		m.sweepAt = min(m.sweepAt, m.most)
	}
}

// drop forgets n buckets, open ones before closed ones.
func (m *MemoryStore) drop(now time.Time, n int) {
	for _, closed := range []bool{false, true} {
		for k, b := range m.buckets {
			if n <= 0 {
				return
			}
			if b.closed.After(now) == closed {
				delete(m.buckets, k)
				n--
			}
		}
	}
}

// Len is how many buckets there are.
func (m *MemoryStore) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.buckets)
}

func (m *MemoryStore) purge(now time.Time) (n int64) {
	for k, b := range m.buckets {
		if now.Sub(b.last) >= Memory {
			delete(m.buckets, k)
			n++
		}
	}
	return n
}

// RefundAttempt implements [Store].
func (m *MemoryStore) RefundAttempt(ctx context.Context, account, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.buckets[bucketKey{account, name}]; b != nil {
		b.n = max(0, b.n-1)
		b.closed = time.Time{}
	}
	return ctx.Err()
}

// ForgetAttempts implements [Store].
func (m *MemoryStore) ForgetAttempts(ctx context.Context, account, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.buckets, bucketKey{account, name})
	return ctx.Err()
}

// PurgeAttempts implements [Store].
func (m *MemoryStore) PurgeAttempts(ctx context.Context, now time.Time) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.purge(now), ctx.Err()
}

// DeleteAttempts deletes every bucket of the account.
func (m *MemoryStore) DeleteAttempts(_ context.Context, account string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.buckets {
		if k.account == account {
			delete(m.buckets, k)
		}
	}
	return nil
}

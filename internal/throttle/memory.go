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
	m.sweepAt = max(1024, 2*len(m.buckets))
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

package sms

import (
	"context"
	"sync"
	"time"
)

// MemoryStore is a [Store] for tests and single processes. What it counted is
// gone with the process.
type MemoryStore struct {
	mu      sync.Mutex
	quotas  map[string]*memoryQuota
	sweepAt int
}

type memoryQuota struct {
	account  string
	n, limit int64
	until    time.Time
}

var _ Store = (*MemoryStore)(nil)

const sweepFrom = 1024

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{quotas: map[string]*memoryQuota{}, sweepAt: sweepFrom}
}

// Spend implements [Store].
func (m *MemoryStore) Spend(ctx context.Context, quotas []Quota, now time.Time) (Refusal, error) {
	if err := ctx.Err(); err != nil {
		return Refusal{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	refused := never(quotas)
	for _, q := range quotas {
		if old := m.open(q.Name, now); old != nil && old.n+q.Cost > q.Limit && old.until.Sub(now) > refused.RetryAfter {
			refused = Refusal{Name: q.Name, RetryAfter: old.until.Sub(now)}
		}
	}
	if refused == (Refusal{}) {
		m.take(quotas, now)
	}
	return refused, nil
}

// open gives a quota whose window has not ended.
func (m *MemoryStore) open(name string, now time.Time) *memoryQuota {
	if q := m.quotas[name]; q != nil && now.Before(q.until) {
		return q
	}
	return nil
}

func (m *MemoryStore) take(quotas []Quota, now time.Time) {
	m.sweep(now)
	for _, q := range quotas {
		old := m.open(q.Name, now)
		if old == nil {
			old = &memoryQuota{until: now.Add(q.Window)}
			m.quotas[q.Name] = old
		}
		old.n, old.limit, old.account = old.n+q.Cost, q.Limit, q.Account
	}
}

// sweep bounds the map under a flood of names; amortised O(1) a call.
func (m *MemoryStore) sweep(now time.Time) {
	if len(m.quotas) < m.sweepAt {
		return
	}
	m.purge(now)
	m.sweepAt = max(sweepFrom, 2*len(m.quotas))
}

func (m *MemoryStore) purge(now time.Time) (n int64) {
	for name, q := range m.quotas {
		if !now.Before(q.until) {
			delete(m.quotas, name)
			n++
		}
	}
	return n
}

// Return implements [Store].
func (m *MemoryStore) Return(ctx context.Context, once Quota, back []Quota, now time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if old := m.open(once.Name, now); once.Cost > once.Limit || old != nil && old.n+once.Cost > once.Limit {
		return false, nil
	}
	m.take([]Quota{once}, now)
	for _, q := range back {
		if old := m.open(q.Name, now); old != nil {
			old.n = max(0, old.n-q.Cost)
		}
	}
	return true, nil
}

// Levels implements [Store].
func (m *MemoryStore) Levels(ctx context.Context, names []string, now time.Time) ([]Level, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var levels []Level
	for _, name := range names {
		if q := m.open(name, now); q != nil {
			levels = append(levels, Level{Name: name, Used: q.n, Limit: q.limit, Until: q.until.UTC()})
		}
	}
	return levels, ctx.Err()
}

// Reset implements [Store].
func (m *MemoryStore) Reset(ctx context.Context, names []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range names {
		delete(m.quotas, name)
	}
	return ctx.Err()
}

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, q := range m.quotas {
		if q.account == account && account != "" {
			delete(m.quotas, name)
		}
	}
	return ctx.Err()
}

// Purge implements [Store].
func (m *MemoryStore) Purge(ctx context.Context, now time.Time) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.purge(now), ctx.Err()
}

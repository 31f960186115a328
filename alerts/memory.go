package alerts

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// MemoryStore is a [Store] for tests and programs that may forget. It has no
// transactions.
type MemoryStore struct {
	mu          sync.Mutex
	profiles    map[string]memoryProfile
	failures    map[string]memoryFailures
	preferences map[string][]byte
	phrases     map[string][]byte
	answers     map[[2]string]time.Time // by account and key: when they expire
	rules       map[string]memoryRules
	rates       map[rateKey]Rate
	topics      map[rateKey]memoryTopic
	codes       map[string]Code // by hash
	population  memoryProfile
	outbox      map[string]*Delivery  // by id
	unique      map[dedupeKey]string  // id
	contacts    map[[2]string]Contact // by account and id
}

type memoryProfile struct {
	data    []byte
	version int64
}

type memoryRules struct {
	data   []byte
	paused time.Time
}

type memoryFailures struct {
	n     int
	since time.Time
}

type dedupeKey struct{ account, channel, dedupe string }

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{
		profiles: map[string]memoryProfile{}, failures: map[string]memoryFailures{},
		preferences: map[string][]byte{}, phrases: map[string][]byte{}, answers: map[[2]string]time.Time{}, rules: map[string]memoryRules{}, rates: map[rateKey]Rate{}, topics: map[rateKey]memoryTopic{},
		codes: map[string]Code{}, outbox: map[string]*Delivery{}, unique: map[dedupeKey]string{},
		contacts: map[[2]string]Contact{},
	}
}

// lock takes the store unless ctx has ended.
func (m *MemoryStore) lock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	return m.mu.Unlock, nil
}

// InTx implements [Store] by calling fn.
func (m *MemoryStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(ctx)
}

// Profile implements [Store].
func (m *MemoryStore) Profile(ctx context.Context, account string) ([]byte, int64, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	p := m.profiles[account]
	return slices.Clone(p.data), p.version, nil
}

// PutProfile implements [Store].
func (m *MemoryStore) PutProfile(ctx context.Context, account string, data []byte, version int64, _ time.Time) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if m.profiles[account].version != version {
		return false, nil
	}
	m.profiles[account] = memoryProfile{append([]byte{}, data...), version + 1}
	return true, nil
}

// CountFailure implements [Store].
func (m *MemoryStore) CountFailure(ctx context.Context, account string, window time.Duration, now time.Time) (int, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	f, ok := m.failures[account]
	if !ok || !f.since.After(now.Add(-window)) {
		f = memoryFailures{since: now}
	}
	f.n++
	m.failures[account] = f
	return f.n, nil
}

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	delete(m.profiles, account)
	delete(m.failures, account)
	delete(m.preferences, account)
	delete(m.phrases, account)
	maps.DeleteFunc(m.answers, func(k [2]string, _ time.Time) bool { return k[0] == account })
	delete(m.rules, account)
	maps.DeleteFunc(m.rates, func(k rateKey, _ Rate) bool { return k.account == account })
	maps.DeleteFunc(m.topics, func(k rateKey, _ memoryTopic) bool { return k.account == account })
	maps.DeleteFunc(m.codes, func(_ string, c Code) bool { return c.Account == account })
	for _, d := range m.outbox {
		if d.Account == account {
			m.drop(d)
		}
	}
	maps.DeleteFunc(m.contacts, func(k [2]string, _ Contact) bool { return k[0] == account })
	return nil
}

// Purge implements [Store].
func (m *MemoryStore) Purge(ctx context.Context, before Horizon, max int) (int64, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	var ended int
	for _, d := range m.sorted() {
		if ended < max && !d.DoneAt.IsZero() && d.DoneAt.Before(before.Done) {
			m.drop(d)
			ended++
		}
	}
	n := ended
	n += purge(m.failures, max, func(f memoryFailures) bool { return f.since.Before(before.Failures) })
	n += purge(m.rates, max, func(r Rate) bool { return r.Since.Before(before.Rates) })
	n += purge(m.topics, max, func(t memoryTopic) bool { return t.quiet.Before(before.Topics) })
	n += purge(m.codes, max, func(c Code) bool { return c.ExpiresAt.Before(before.Codes) })
	n += purge(m.answers, max, func(expires time.Time) bool { return expires.Before(before.Answers) })
	return int64(n), nil
}

// purge deletes at most max old entries.
func purge[K comparable, V any](from map[K]V, max int, old func(V) bool) (n int) {
	for k, v := range from {
		if n < max && old(v) {
			delete(from, k)
			n++
		}
	}
	return n
}

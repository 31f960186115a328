package activity

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// MemoryStore is a [Store] for tests and programs that may forget. It has no
// transactions: what was appended stays when an observer fails.
type MemoryStore struct {
	mu     sync.RWMutex
	events map[string][]Event // by account, oldest first
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{events: map[string][]Event{}} }

func compareEvents(a, b Event) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
}

// Append implements [Store].
func (m *MemoryStore) Append(ctx context.Context, e Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.events[e.Account]
	i, found := slices.BinarySearchFunc(list, e, compareEvents)
	if !found {
		m.events[e.Account] = slices.Insert(list, i, e.clone())
	}
	return nil
}

// List implements [Store].
func (m *MemoryStore) List(ctx context.Context, account string, q Query) ([]Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	list := m.events[account]
	end := len(list)
	if !q.BeforeAt.IsZero() {
		end, _ = slices.BinarySearchFunc(list, Event{At: q.BeforeAt, ID: q.BeforeID}, compareEvents)
	}
	var out []Event
	for i := end - 1; i >= 0 && len(out) < q.Limit; i-- {
		if q.matches(list[i]) {
			out = append(out, list[i].clone())
		}
	}
	return out, nil
}

// matches tells whether the filter of q selects e, leaving position and limit
// aside.
func (q Query) matches(e Event) bool {
	addr := AddrKey(e.Client.IP)
	return (q.From.IsZero() || !e.At.Before(q.From)) &&
		(q.To.IsZero() || e.At.Before(q.To)) &&
		oneOf(q.Types, e.Type) && oneOf(q.Outcomes, e.Outcome) && oneOf(q.Countries, e.Location.Country) &&
		(q.AddrTo == "" || q.AddrFrom <= addr && addr <= q.AddrTo) &&
		(q.Device == "" || q.Device == e.Device.Name || q.Device == e.Client.DeviceID)
}

func oneOf[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// Get implements [Store].
func (m *MemoryStore) Get(ctx context.Context, account, id string) (Event, error) {
	if err := ctx.Err(); err != nil {
		return Event{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, e := range m.events[account] {
		if e.ID == id {
			return e.clone(), nil
		}
	}
	return Event{}, ErrNotFound
}

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.events, account)
	return nil
}

// Purge implements [Store].
func (m *MemoryStore) Purge(ctx context.Context, before time.Time, max int) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	left := max
	for account, list := range m.events {
		n := 0
		for n < len(list) && n < left && list[n].At.Before(before) {
			n++
		}
		if left -= n; n == len(list) {
			delete(m.events, account)
		} else {
			m.events[account] = slices.Delete(list, 0, n)
		}
	}
	return int64(max - left), nil
}

// InTx implements [Store] by calling fn.
func (m *MemoryStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(ctx)
}

package webpush

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// MemoryStore is a [Store] for tests and single processes. What it holds is
// gone with the process.
type MemoryStore struct {
	mu   sync.Mutex
	rows map[string]Row
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{rows: map[string]Row{}} }

// Put implements [Store].
func (m *MemoryStore) Put(ctx context.Context, r Row, max int) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.rows[r.ID]
	added := !ok || old.Account != r.Account
	if !added {
		r.CreatedAt = old.CreatedAt
		m.rows[r.ID] = kept(r)
		return false, nil
	}
	m.rows[r.ID] = kept(r)
	others := slices.DeleteFunc(m.of(r.Account), func(o Row) bool { return o.ID == r.ID })
	for _, o := range others[min(len(others), max-1):] {
		delete(m.rows, o.ID)
	}
	return added, nil
}

// of gives the account's rows, the last used first.
func (m *MemoryStore) of(account string) (out []Row) {
	for _, r := range m.rows {
		if r.Account == account {
			out = append(out, kept(r))
		}
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(b.UsedAt.Compare(a.UsedAt), strings.Compare(b.ID, a.ID))
	})
	return out
}

// kept is r as a database would keep it, with memory of its own.
func kept(r Row) Row {
	r.Sealed = bytes.Clone(r.Sealed)
	r.CreatedAt, r.UsedAt, r.SealedAt = micros(r.CreatedAt), micros(r.UsedAt), micros(r.SealedAt)
	return r
}

func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// List implements [Store].
func (m *MemoryStore) List(ctx context.Context, account string) ([]Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(account), ctx.Err()
}

// Used implements [Store].
func (m *MemoryStore) Used(ctx context.Context, account string, ids []string, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if r, ok := m.rows[id]; ok && r.Account == account && r.UsedAt.Before(now) {
			r.UsedAt = micros(now)
			m.rows[id] = r
		}
	}
	return ctx.Err()
}

// Remove implements [Store].
func (m *MemoryStore) Remove(ctx context.Context, account, id string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rows[id]
	if !ok || r.Account != account {
		return false, nil
	}
	delete(m.rows, id)
	return true, nil
}

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.rows {
		if r.Account == account {
			delete(m.rows, id)
		}
	}
	return ctx.Err()
}

// SealedBefore implements [Store].
func (m *MemoryStore) SealedBefore(ctx context.Context, before time.Time, after Row, limit int) ([]Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	order := func(a, b Row) int { return cmp.Or(a.SealedAt.Compare(b.SealedAt), strings.Compare(a.ID, b.ID)) }
	var out []Row
	for _, r := range m.rows {
		if r.SealedAt.Before(before) && order(r, kept(after)) > 0 {
			out = append(out, kept(r))
		}
	}
	slices.SortFunc(out, order)
	return out[:min(len(out), limit)], ctx.Err()
}

// Swap implements [Store].
func (m *MemoryStore) Swap(ctx context.Context, r Row, sealed []byte, now time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.rows[r.ID]
	if !ok || old.Account != r.Account || !bytes.Equal(old.Sealed, r.Sealed) {
		return false, ctx.Err()
	}
	old.Sealed, old.SealedAt = bytes.Clone(sealed), micros(now)
	m.rows[r.ID] = old
	return true, ctx.Err()
}

// InTx calls fn: there are no transactions here.
func (m *MemoryStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return fn(ctx)
}

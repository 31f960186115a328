package password

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"example.com/accountsec/internal/throttle"
)

// MemoryStore is a [Store] for tests and programs that may forget. It has no
// transactions.
type MemoryStore struct {
	*throttle.MemoryStore
	mu       sync.RWMutex
	accounts map[string]*memoryAccount
}

type memoryAccount struct {
	Record
	former []StoredHash // newest first
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{MemoryStore: throttle.NewMemoryStore(), accounts: map[string]*memoryAccount{}}
}

// Get implements [Store].
func (m *MemoryStore) Get(ctx context.Context, account string) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	a := m.accounts[account]
	if a == nil {
		return Record{}, ErrNoPassword
	}
	return a.Record, nil
}

// SetHash implements [Store].
func (m *MemoryStore) SetHash(ctx context.Context, account, hash string, expect int64, keep int, now time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.accounts[account]
	if a == nil {
		if expect != 0 {
			return false, nil
		}
		a = &memoryAccount{}
		m.accounts[account] = a
	} else {
		if a.Version != expect {
			return false, nil
		}
		a.former = slices.Insert(a.former, 0, StoredHash{account, a.Version, a.Hash})
	}
	a.former = a.former[:min(len(a.former), max(keep, 0))]
	a.Record = Record{Hash: hash, Version: expect + 1, SetAt: now.UTC().Truncate(time.Microsecond)}
	return true, nil
}

// Revoke implements [Store].
func (m *MemoryStore) Revoke(ctx context.Context, account string, now time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.accounts[account]
	if a == nil || !a.RevokedAt.IsZero() {
		return false, nil
	}
	a.RevokedAt = now.UTC().Truncate(time.Microsecond)
	return true, nil
}

// Hold implements [Store]; without transactions there is nothing to hold.
func (m *MemoryStore) Hold(ctx context.Context, account string, version int64, revoked bool) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	a := m.accounts[account]
	return a != nil && a.Version == version && (revoked || a.RevokedAt.IsZero()), nil
}

// UpgradeHash implements [Store].
func (m *MemoryStore) UpgradeHash(ctx context.Context, account, old, upgraded string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.accounts[account]
	if a == nil || a.Hash != old {
		return false, nil
	}
	a.Hash = upgraded
	return true, nil
}

// History implements [Store].
func (m *MemoryStore) History(ctx context.Context, account string, n int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	a := m.accounts[account]
	if a == nil {
		return nil, nil
	}
	var out []string
	for _, f := range a.former[:min(len(a.former), max(n, 0))] {
		out = append(out, f.Hash)
	}
	return out, nil
}

// HashesAfter implements [Store].
func (m *MemoryStore) HashesAfter(ctx context.Context, account string, version int64, limit int) ([]StoredHash, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	order := func(a, b StoredHash) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Version, b.Version))
	}
	var out []StoredHash
	for id, a := range m.accounts {
		for _, h := range append([]StoredHash{{id, a.Version, a.Hash}}, a.former...) {
			if order(h, StoredHash{Account: account, Version: version}) > 0 {
				out = append(out, h)
			}
		}
	}
	slices.SortFunc(out, order)
	return out[:min(len(out), max(limit, 0))], nil
}

// ReplaceHash implements [Store].
func (m *MemoryStore) ReplaceHash(ctx context.Context, account string, version int64, old, hash string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.accounts[account]
	if a == nil {
		return false, nil
	}
	if a.Version == version && a.Hash == old {
		a.Hash = hash
		return true, nil
	}
	i := slices.Index(a.former, StoredHash{account, version, old})
	if i < 0 {
		return false, nil
	}
	a.former[i].Hash = hash
	return true, nil
}

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	delete(m.accounts, account)
	m.mu.Unlock()
	return m.DeleteAttempts(ctx, account)
}

// InTx implements [Store] by calling fn.
func (m *MemoryStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(ctx)
}

package mfa

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"
)

// FactorsSealedBefore implements [Store].
func (m *MemoryStore) FactorsSealedBefore(ctx context.Context, before time.Time, after FactorRow, limit int) ([]FactorRow, error) {
	if err := m.lock(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	order := func(a, b FactorRow) int {
		return cmp.Or(a.SealedAt.Compare(b.SealedAt), cmp.Compare(a.Account, b.Account), cmp.Compare(a.ID, b.ID))
	}
	var out []FactorRow
	for _, list := range m.factors {
		for _, f := range list {
			if f.SealedAt.Before(stamp(before)) && (after.ID == "" || order(f.FactorRow, after) > 0) {
				out = append(out, f.clone())
			}
		}
	}
	slices.SortFunc(out, order)
	return out[:min(limit, len(out))], nil
}

// ReplaceSealed implements [Store].
func (m *MemoryStore) ReplaceSealed(ctx context.Context, account, id string, old, sealed []byte, now time.Time) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	f := m.find(account, id)
	if f == nil || !bytes.Equal(f.Sealed, old) {
		return false, nil
	}
	f.Sealed, f.SealedAt = slices.Clone(sealed), stamp(now)
	return true, nil
}

package mfa

import (
	"context"
	"slices"
	"time"
)

// open gives a challenge that is there and not expired, or nil.
func (m *MemoryStore) open(id string, now time.Time) *ChallengeRow {
	c := m.challenges[id]
	if c == nil || !now.Before(c.ExpiresAt) {
		return nil
	}
	return c
}

func (c ChallengeRow) clone() *ChallengeRow {
	c.Prepared = slices.Clone(c.Prepared)
	c.CreatedAt, c.ExpiresAt = stamp(c.CreatedAt), stamp(c.ExpiresAt)
	return &c
}

// PutChallenge implements [Store].
func (m *MemoryStore) PutChallenge(ctx context.Context, c ChallengeRow) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for id, old := range m.challenges {
		if old.Account == c.Account && old.Purpose == c.Purpose && old.Slot == c.Slot {
			delete(m.challenges, id)
		}
	}
	c.Attempts, c.PreparedFor, c.Prepared = 0, "", nil
	m.challenges[c.ID] = c.clone()
	return nil
}

// Challenge implements [Store].
func (m *MemoryStore) Challenge(ctx context.Context, id string, now time.Time) (ChallengeRow, []FactorRow, error) {
	if err := m.lock(ctx); err != nil {
		return ChallengeRow{}, nil, err
	}
	defer m.mu.Unlock()
	c := m.open(id, now)
	if c == nil {
		return ChallengeRow{}, nil, ErrNoChallenge
	}
	row := *c.clone()
	row.Failed = m.failed(c.Account)
	return row, m.active(c.Account), nil
}

// PrepareChallenge implements [Store].
func (m *MemoryStore) PrepareChallenge(ctx context.Context, id, factor string, sealed []byte, now time.Time) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	c := m.open(id, now)
	if c == nil {
		return false, nil
	}
	c.PreparedFor, c.Prepared = factor, slices.Clone(sealed)
	return true, nil
}

// FinishChallenge implements [Store].
func (m *MemoryStore) FinishChallenge(ctx context.Context, id string, now time.Time) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	if m.open(id, now) == nil {
		return false, nil
	}
	delete(m.challenges, id)
	return true, nil
}

// ReplaceRecoveryCodes implements [Store].
func (m *MemoryStore) ReplaceRecoveryCodes(ctx context.Context, account string, hashes []string, _ time.Time) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	codes := make(map[string]bool, len(hashes))
	for _, h := range hashes {
		codes[h] = false
	}
	m.codes[account] = codes
	return nil
}

// UseRecoveryCode implements [Store].
func (m *MemoryStore) UseRecoveryCode(ctx context.Context, account, hash string, _ time.Time) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	used, ok := m.codes[account][hash]
	if !ok || used {
		return false, nil
	}
	m.codes[account][hash] = true
	return true, nil
}

// RecoveryCodesLeft implements [Store].
func (m *MemoryStore) RecoveryCodesLeft(ctx context.Context, account string) (n int, err error) {
	if err := m.lock(ctx); err != nil {
		return 0, err
	}
	defer m.mu.Unlock()
	for _, used := range m.codes[account] {
		if !used {
			n++
		}
	}
	return n, nil
}

// MarkEnabled implements [Store].
func (m *MemoryStore) MarkEnabled(ctx context.Context, account, method string, _ time.Time) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	key := [2]string{account, method}
	if m.enabled[key] {
		return false, nil
	}
	m.enabled[key] = true
	return true, nil
}

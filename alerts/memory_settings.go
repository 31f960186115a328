package alerts

import (
	"bytes"
	"context"
	"slices"
	"time"
)

// Preferences implements [Store].
func (m *MemoryStore) Preferences(ctx context.Context, account string) (data, phrase []byte, err error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	return bytes.Clone(m.preferences[account]), bytes.Clone(m.phrases[account]), nil
}

// PutPreferences implements [Store].
func (m *MemoryStore) PutPreferences(ctx context.Context, account string, data []byte, _ time.Time) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	put(m.preferences, account, data)
	return nil
}

// SwapPreferences implements [Store].
func (m *MemoryStore) SwapPreferences(ctx context.Context, account string, old, data []byte, _ time.Time) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if !bytes.Equal(m.preferences[account], old) {
		return false, nil
	}
	put(m.preferences, account, data)
	return true, nil
}

// put keeps a copy; nothing is no entry.
func put(in map[string][]byte, account string, data []byte) {
	if len(data) == 0 {
		delete(in, account)
		return
	}
	in[account] = bytes.Clone(data)
}

// PutPhrase implements [Store].
func (m *MemoryStore) PutPhrase(ctx context.Context, account string, sealed []byte, _ time.Time) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	put(m.phrases, account, sealed)
	return nil
}

// NextPhrase implements [Store].
func (m *MemoryStore) NextPhrase(ctx context.Context, after string) (account string, sealed []byte, found bool, err error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return "", nil, false, err
	}
	defer unlock()
	for a := range m.phrases {
		if a > after && (!found || a < account) {
			account, found = a, true
		}
	}
	return account, bytes.Clone(m.phrases[account]), found, nil
}

// SwapPhrase implements [Store].
func (m *MemoryStore) SwapPhrase(ctx context.Context, account string, old, sealed []byte) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if now, ok := m.phrases[account]; !ok || !bytes.Equal(now, old) {
		return false, nil
	}
	put(m.phrases, account, sealed)
	return true, nil
}

// SpendAnswer implements [Store].
func (m *MemoryStore) SpendAnswer(ctx context.Context, account, key string, expires, now time.Time) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if _, spent := m.answers[[2]string{account, key}]; spent || !expires.After(now) {
		return false, nil
	}
	m.answers[[2]string{account, key}] = micro(expires)
	return true, nil
}

// Rules implements [Store].
func (m *MemoryStore) Rules(ctx context.Context, account string) ([]byte, time.Time, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer unlock()
	r := m.rules[account]
	return slices.Clone(r.data), r.paused, nil
}

// PutRules implements [Store].
func (m *MemoryStore) PutRules(ctx context.Context, account string, data []byte, _ time.Time) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	m.rules[account] = memoryRules{data: append([]byte{}, data...)}
	return nil
}

// PauseRules implements [Store].
func (m *MemoryStore) PauseRules(ctx context.Context, account string, until time.Time) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if r, ok := m.rules[account]; ok {
		r.paused = micro(until)
		m.rules[account] = r
	}
	return nil
}

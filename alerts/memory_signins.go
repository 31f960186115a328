package alerts

import (
	"context"
	"slices"
	"time"
)

type rateKey struct{ account, name string }

type memoryTopic struct {
	classes       int64
	told, repeats int
	at, quiet     time.Time
}

// Standing implements [Store].
func (m *MemoryStore) Standing(ctx context.Context, account string, failuresSince time.Time, want []Rate) (Standing, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return Standing{}, err
	}
	defer unlock()
	p := m.profiles[account]
	s := Standing{Profile: slices.Clone(p.data), Version: p.version, Rates: slices.Clone(want)}
	s.Rules, s.Paused = slices.Clone(m.rules[account].data), m.rules[account].paused
	if f, ok := m.failures[account]; ok && f.since.After(failuresSince) {
		s.Failures = f.n
	}
	for i, w := range want {
		if r, ok := m.rates[rateKey{w.Account, w.Name}]; ok && r.Since.After(w.Since) {
			s.Rates[i] = r
		}
	}
	return s, nil
}

// CountRate implements [Store].
func (m *MemoryStore) CountRate(ctx context.Context, r Rate, window time.Duration, now time.Time) (Rate, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return Rate{}, err
	}
	defer unlock()
	key := rateKey{r.Account, r.Name}
	r.Since = micro(now)
	if old, ok := m.rates[key]; ok && old.Since.After(now.Add(-window)) {
		r.N, r.Unknown, r.Leaked = r.N+old.N, r.Unknown+old.Unknown, r.Leaked+old.Leaked
		r.Failed, r.Passed, r.Since = r.Failed.union(old.Failed), r.Passed.union(old.Passed), old.Since
	}
	m.rates[key] = r
	return r, nil
}

// Tell implements [Store].
func (m *MemoryStore) Tell(ctx context.Context, t Topic, now time.Time) (Told, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return Told{}, err
	}
	defer unlock()
	key, now := rateKey{t.Account, t.Name}, micro(now)
	old, ok := m.topics[key]
	over := !ok || !old.quiet.After(now)
	if !over && t.Classes&^old.classes == 0 {
		old.repeats++
		m.topics[key] = old
		return Told{Times: old.told}, nil
	}
	next := memoryTopic{classes: t.Classes, told: old.told + 1, at: now, quiet: micro(now.Add(t.Cooldown))}
	switch {
	case !over:
		next.classes |= old.classes
	case ok:
		next.quiet = micro(now.Add(t.Cooldown << min(old.told, 3)))
	}
	m.topics[key] = next
	return Told{Send: true, Times: next.told, Repeats: old.repeats, Since: old.at}, nil
}

// Hush implements [Store].
func (m *MemoryStore) Hush(ctx context.Context, t Topic, until, _ time.Time) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	key := rateKey{t.Account, t.Name}
	old := m.topics[key]
	old.classes |= t.Classes
	if until.After(old.quiet) {
		old.quiet = micro(until)
	}
	old.repeats = 0
	m.topics[key] = old
	return nil
}

// PutCode implements [Store].
func (m *MemoryStore) PutCode(ctx context.Context, c Code) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	c.Sealed, c.Tries, c.ExpiresAt = slices.Clone(c.Sealed), 0, micro(c.ExpiresAt)
	m.codes[c.Hash] = c
	return nil
}

// Code implements [Store].
func (m *MemoryStore) Code(ctx context.Context, hash string, now time.Time) (Code, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return Code{}, err
	}
	defer unlock()
	return m.code(hash, now)
}

func (m *MemoryStore) code(hash string, now time.Time) (Code, error) {
	c, ok := m.codes[hash]
	if !ok || !c.ExpiresAt.After(now) {
		return Code{}, ErrNoCode
	}
	c.Sealed = slices.Clone(c.Sealed)
	return c, nil
}

// TakeCode implements [Store].
func (m *MemoryStore) TakeCode(ctx context.Context, hash string, max int, now time.Time) (Code, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return Code{}, err
	}
	defer unlock()
	c, err := m.code(hash, now)
	if err != nil || c.Tries >= max {
		return Code{}, ErrNoCode
	}
	c.Tries++
	kept := m.codes[hash]
	kept.Tries = c.Tries
	m.codes[hash] = kept
	return c, nil
}

// FinishCode implements [Store].
func (m *MemoryStore) FinishCode(ctx context.Context, hash string, now time.Time) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if _, err := m.code(hash, now); err != nil {
		return false, nil //nolint:nilerr // lost, not failed
	}
	delete(m.codes, hash)
	return true, nil
}

// DropCodes implements [Store].
func (m *MemoryStore) DropCodes(ctx context.Context, account string) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for hash, c := range m.codes {
		if c.Account == account {
			delete(m.codes, hash)
		}
	}
	return nil
}

// Population implements [Store].
func (m *MemoryStore) Population(ctx context.Context) ([]byte, int64, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return slices.Clone(m.population.data), m.population.version, nil
}

// PutPopulation implements [Store].
func (m *MemoryStore) PutPopulation(ctx context.Context, data []byte, version int64, _ time.Time) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if m.population.version != version {
		return false, nil
	}
	m.population = memoryProfile{append([]byte{}, data...), version + 1}
	return true, nil
}

package mfa

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"
)

type memoryLane struct {
	failures     int
	last, closed time.Time // last attempt; closed until
	lasting      bool
}

func (l *memoryLane) forgotten(now time.Time) bool {
	return !l.lasting && now.Sub(l.last) >= laneMemory
}

// TakeAttempt implements [Store].
func (m *MemoryStore) TakeAttempt(ctx context.Context, challenge string, max int, l Lane, now time.Time) (time.Duration, error) {
	if err := m.lock(ctx); err != nil {
		return 0, err
	}
	defer m.mu.Unlock()
	c := m.open(challenge, now)
	if c == nil || c.Attempts >= max {
		return 0, ErrNoChallenge
	}
	key := [2]string{l.Account, l.Name}
	at := m.lanes[key]
	if at == nil || at.forgotten(now) {
		at = &memoryLane{lasting: l.Max > 0}
		m.lanes[key] = at
	}
	if wait, err := at.check(l, now); err != nil || wait > 0 {
		return wait, err
	}
	c.Attempts++
	at.failures++
	at.last, at.closed = now, now.Add(l.Wait(at.failures))
	return 0, nil
}

func (at *memoryLane) check(l Lane, now time.Time) (time.Duration, error) {
	if l.Max > 0 && at.failures >= l.Max {
		return 0, ErrStopped
	}
	return max(0, at.closed.Sub(now)), nil
}

// CheckLane implements [Store].
func (m *MemoryStore) CheckLane(ctx context.Context, l Lane, now time.Time) (time.Duration, error) {
	if err := m.lock(ctx); err != nil {
		return 0, err
	}
	defer m.mu.Unlock()
	at := m.lanes[[2]string{l.Account, l.Name}]
	if at == nil || at.forgotten(now) {
		return 0, nil
	}
	return at.check(l, now)
}

// Settle implements [Store].
func (m *MemoryStore) Settle(ctx context.Context, s Settlement, now time.Time) (Settled, error) {
	if err := m.lock(ctx); err != nil {
		return SettledUsed, err
	}
	defer m.mu.Unlock()
	f := m.find(s.Account, s.Factor)
	if !f.advances(s.Step) || s.State != nil && !bytes.Equal(f.Sealed, s.Old) {
		return SettledUsed, nil
	}
	f.advance(s.Step, now)
	if s.State != nil {
		f.Sealed, f.SealedAt = slices.Clone(s.State), stamp(now)
	}
	delete(m.lanes, [2]string{s.Account, s.Lane})
	if !m.end(s, now) {
		return SettledOver, nil
	}
	return SettledWon, nil
}

// SettleAtOnce implements [Store].
func (m *MemoryStore) SettleAtOnce(ctx context.Context, s Settlement, max int, now time.Time) (Settled, error) {
	if err := m.lock(ctx); err != nil {
		return SettledUsed, err
	}
	defer m.mu.Unlock()
	c, f := m.open(s.Challenge, now), m.find(s.Account, s.Factor)
	if c == nil || c.Account != s.Account || c.Attempts >= max || m.failed(s.Account) || !f.advances(s.Step) {
		return SettledUsed, nil
	}
	f.advance(s.Step, now)
	delete(m.challenges, s.Challenge)
	return SettledWon, nil
}

// failed tells whether a lane of the account holds failures.
func (m *MemoryStore) failed(account string) bool {
	for key := range m.lanes {
		if key[0] == account {
			return true
		}
	}
	return false
}

// end ends the challenge or uses the token; it tells whether it was there to be.
func (m *MemoryStore) end(s Settlement, now time.Time) bool {
	if s.Challenge != "" {
		there := m.open(s.Challenge, now) != nil
		if there {
			delete(m.challenges, s.Challenge)
		}
		return there
	}
	_, used := m.spent[s.Token]
	if !used {
		m.spent[s.Token] = s.TokenUntil
	}
	return !used
}

// ResetLane implements [Store].
func (m *MemoryStore) ResetLane(ctx context.Context, account, lane string) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	delete(m.lanes, [2]string{account, lane})
	return nil
}

// ResetLanes implements [Store].
func (m *MemoryStore) ResetLanes(ctx context.Context, account, keep string) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	maps.DeleteFunc(m.lanes, func(key [2]string, _ *memoryLane) bool { return key[0] == account && key[1] != keep })
	return nil
}

package recovery

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// PutWait implements [Store].
func (m *MemoryStore) PutWait(ctx context.Context, w Wait) error {
	return m.do(ctx, func() {
		w.StartedAt, w.ReadyAt, w.ExpiresAt = micro(w.StartedAt), micro(w.ReadyAt), micro(w.ExpiresAt)
		m.waits[w.Account] = w
	})
}

// GetWait implements [Store].
func (m *MemoryStore) GetWait(ctx context.Context, hash string, now time.Time) (w Wait, err error) {
	found := false
	err = m.do(ctx, func() {
		w, found = m.find(func(w Wait) bool { return (w.Hash == hash || w.Cancel == hash) && w.ExpiresAt.After(now) })
	})
	if err == nil && !found {
		err = ErrBadTicket
	}
	return w, err
}

func (m *MemoryStore) find(is func(Wait) bool) (Wait, bool) {
	for _, w := range m.waits {
		if is(w) {
			return w, true
		}
	}
	return Wait{}, false
}

// FinishWait implements [Store].
func (m *MemoryStore) FinishWait(ctx context.Context, hash string, now time.Time) (bool, error) {
	return m.endWait(ctx, func(w Wait) bool { return w.Hash == hash && !w.ReadyAt.After(now) && w.ExpiresAt.After(now) })
}

// CancelWait implements [Store].
func (m *MemoryStore) CancelWait(ctx context.Context, cancel string, now time.Time) (bool, error) {
	return m.endWait(ctx, func(w Wait) bool { return w.Cancel == cancel && w.ExpiresAt.After(now) })
}

func (m *MemoryStore) endWait(ctx context.Context, is func(Wait) bool) (bool, error) {
	return m.guard(ctx, func() bool {
		w, ok := m.find(is)
		delete(m.waits, w.Account)
		return ok
	})
}

// TakeFailure implements [Store].
func (m *MemoryStore) TakeFailure(ctx context.Context, account, slot string, max int) (bool, error) {
	return m.guard(ctx, func() bool {
		key := [2]string{account, slot}
		if m.failures[key] >= max {
			return false
		}
		m.failures[key]++
		return true
	})
}

// RefundFailure implements [Store].
func (m *MemoryStore) RefundFailure(ctx context.Context, account, slot string) error {
	return m.do(ctx, func() {
		if key := [2]string{account, slot}; m.failures[key] > 0 {
			m.failures[key]--
		}
	})
}

// ResetFailures implements [Store].
func (m *MemoryStore) ResetFailures(ctx context.Context, account, slot string, all bool) error {
	return m.do(ctx, func() {
		delete(m.failures, [2]string{account, slot})
		if all {
			m.dropFailures(account)
		}
	})
}

func (m *MemoryStore) dropFailures(account string) {
	maps.DeleteFunc(m.failures, func(k [2]string, _ int) bool { return k[0] == account })
}

// GetState implements [Store].
func (m *MemoryStore) GetState(ctx context.Context, account string) (s State, err error) {
	err = m.do(ctx, func() { s = m.states[account] })
	return s, err
}

// SetBlocked implements [Store].
func (m *MemoryStore) SetBlocked(ctx context.Context, account string, until time.Time) error {
	return m.do(ctx, func() {
		s := m.states[account]
		s.BlockedUntil = micro(until)
		m.states[account] = s
	})
}

// SetRecovered implements [Store].
func (m *MemoryStore) SetRecovered(ctx context.Context, account string, at time.Time) error {
	return m.do(ctx, func() {
		s := m.states[account]
		s.RecoveredAt = micro(at)
		m.states[account] = s
	})
}

// CountOutcome implements [Store].
func (m *MemoryStore) CountOutcome(ctx context.Context, day int64, o Outcome) error {
	return m.do(ctx, func() { m.outcomes[outcomeKey{day, o}]++ })
}

// Outcomes implements [Store].
func (m *MemoryStore) Outcomes(ctx context.Context, first, last int64) (out []Count, err error) {
	err = m.do(ctx, func() {
		for k, n := range m.outcomes {
			if k.day >= first && k.day <= last {
				out = append(out, Count{midnight(k.day), k.outcome, n})
			}
		}
	})
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Outcome, b.Outcome)) })
	return out, err
}

// midnight is the inverse of day.
func midnight(day int64) time.Time { return sqldb.Time(day * 24 * 60 * 60 * 1e6) }

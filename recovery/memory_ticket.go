package recovery

import (
	"bytes"
	"context"
	"maps"
	"time"
)

// PutTicket implements [Store].
func (m *MemoryStore) PutTicket(ctx context.Context, t Ticket) error {
	return m.do(ctx, func() {
		t.SealedCode, t.ExpiresAt = bytes.Clone(t.SealedCode), micro(t.ExpiresAt)
		m.tickets[[2]string{t.Account, t.Slot}] = &t
	})
}

func (m *MemoryStore) ticket(hash string, now time.Time) *Ticket {
	for _, t := range m.tickets {
		if t.Hash == hash && t.ExpiresAt.After(now) {
			return t
		}
	}
	return nil
}

// GetTicket implements [Store].
func (m *MemoryStore) GetTicket(ctx context.Context, hash string, now time.Time) (t Ticket, err error) {
	found, err := m.guard(ctx, func() bool {
		stored := m.ticket(hash, now)
		if stored != nil {
			t = *stored
			t.SealedCode = bytes.Clone(t.SealedCode)
		}
		return stored != nil
	})
	if err == nil && !found {
		err = ErrBadTicket
	}
	return t, err
}

// change is the shape of every guard on a ticket.
func (m *MemoryStore) change(ctx context.Context, hash string, now time.Time, fn func(t *Ticket) bool) (bool, error) {
	return m.guard(ctx, func() bool {
		t := m.ticket(hash, now)
		return t != nil && fn(t)
	})
}

// TakeCodeTry implements [Store].
func (m *MemoryStore) TakeCodeTry(ctx context.Context, hash string, max int, now time.Time) (bool, error) {
	return m.change(ctx, hash, now, func(t *Ticket) bool {
		if t.CodeTries >= max {
			return false
		}
		t.CodeTries++
		return true
	})
}

// TakeAnswerTry implements [Store].
func (m *MemoryStore) TakeAnswerTry(ctx context.Context, hash string, max int, now time.Time) (bool, error) {
	return m.change(ctx, hash, now, func(t *Ticket) bool {
		if t.AnswerTries >= max {
			return false
		}
		t.AnswerTries++
		return true
	})
}

// Advance implements [Store].
func (m *MemoryStore) Advance(ctx context.Context, hash, from, to string, expires, now time.Time) (bool, error) {
	return m.change(ctx, hash, now, func(t *Ticket) bool {
		if t.Step != from {
			return false
		}
		t.Step, t.ExpiresAt = to, micro(expires)
		return true
	})
}

// Complete implements [Store].
func (m *MemoryStore) Complete(ctx context.Context, hash, grant string, proof Proof, expires, now time.Time) (bool, error) {
	return m.change(ctx, hash, now, func(t *Ticket) bool {
		if t.Step != stepAnswered {
			return false
		}
		t.Hash, t.Step, t.Proof, t.SealedCode, t.ExpiresAt = grant, stepCompleted, proof, nil, micro(expires)
		return true
	})
}

// Spend implements [Store].
func (m *MemoryStore) Spend(ctx context.Context, hash, client, step string, now time.Time) (bool, error) {
	return m.change(ctx, hash, now, func(t *Ticket) bool {
		if t.Step != step || t.Client != client {
			return false
		}
		delete(m.tickets, [2]string{t.Account, t.Slot})
		return true
	})
}

// DeletePending implements [Store].
func (m *MemoryStore) DeletePending(ctx context.Context, account string) (waits int64, err error) {
	err = m.do(ctx, func() { waits = m.dropPending(account) })
	return waits, err
}

func (m *MemoryStore) dropPending(account string) (waits int64) {
	maps.DeleteFunc(m.tickets, func(k [2]string, _ *Ticket) bool { return k[0] == account })
	if _, ok := m.waits[account]; ok {
		waits = 1
	}
	delete(m.waits, account)
	return waits
}

// PurgePending implements [Store].
func (m *MemoryStore) PurgePending(ctx context.Context, day int64, now time.Time) (n int64, err error) {
	err = m.do(ctx, func() {
		before := len(m.tickets) + len(m.waits) + len(m.outcomes)
		maps.DeleteFunc(m.tickets, func(_ [2]string, t *Ticket) bool { return !t.ExpiresAt.After(now) })
		maps.DeleteFunc(m.waits, func(_ string, w Wait) bool { return !w.ExpiresAt.After(now) })
		maps.DeleteFunc(m.outcomes, func(k outcomeKey, _ int64) bool { return k.day < day })
		n = int64(before - len(m.tickets) - len(m.waits) - len(m.outcomes))
	})
	return n, err
}

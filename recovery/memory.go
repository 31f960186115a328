package recovery

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/throttle"
)

// MemoryStore is a [Store] for tests and first steps. It has no transactions.
type MemoryStore struct {
	*throttle.MemoryStore
	mu      sync.Mutex
	answers map[string]Answers
	tickets map[[2]string]*Ticket // by account and slot
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{MemoryStore: throttle.NewMemoryStore(), answers: map[string]Answers{}, tickets: map[[2]string]*Ticket{}}
}

// guard runs fn alone, unless ctx has ended.
func (m *MemoryStore) guard(ctx context.Context, fn func() bool) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn(), nil
}

// do is guard for what always succeeds.
func (m *MemoryStore) do(ctx context.Context, fn func()) error {
	_, err := m.guard(ctx, func() bool { fn(); return true })
	return err
}

func (a Answers) clone() Answers {
	a.SetAt = a.SetAt.UTC().Truncate(time.Microsecond)
	a.List = slices.Clone(a.List)
	for i, s := range a.List {
		a.List[i].SealedText, a.List[i].SealedHash = bytes.Clone(s.SealedText), bytes.Clone(s.SealedHash)
	}
	return a
}

// SetAnswers implements [Store].
func (m *MemoryStore) SetAnswers(ctx context.Context, account string, a Answers) (bool, error) {
	return m.guard(ctx, func() bool {
		if m.answers[account].Version != a.Version-1 {
			return false
		}
		m.answers[account] = a.clone()
		return true
	})
}

// GetAnswers implements [Store].
func (m *MemoryStore) GetAnswers(ctx context.Context, account string) (a Answers, err error) {
	err = m.do(ctx, func() { a = m.answers[account].clone() })
	return a, err
}

// DeleteAnswers implements [Store].
func (m *MemoryStore) DeleteAnswers(ctx context.Context, account string) error {
	return m.do(ctx, func() { delete(m.answers, account) })
}

// NextAccount implements [Store].
func (m *MemoryStore) NextAccount(ctx context.Context, after string) (next string, err error) {
	err = m.do(ctx, func() {
		for account := range m.answers {
			if account > after && (next == "" || account < next) {
				next = account
			}
		}
	})
	return next, err
}

// SwapAnswer implements [Store].
func (m *MemoryStore) SwapAnswer(ctx context.Context, account string, place int, old, sealed StoredAnswer) (bool, error) {
	return m.guard(ctx, func() bool {
		list := m.answers[account].List
		if place < 0 || place >= len(list) || !bytes.Equal(list[place].SealedHash, old.SealedHash) {
			return false
		}
		list[place].SealedText, list[place].SealedHash = bytes.Clone(sealed.SealedText), bytes.Clone(sealed.SealedHash)
		return true
	})
}

// PutTicket implements [Store].
func (m *MemoryStore) PutTicket(ctx context.Context, t Ticket) error {
	return m.do(ctx, func() {
		t.SealedCode, t.ExpiresAt = bytes.Clone(t.SealedCode), t.ExpiresAt.UTC().Truncate(time.Microsecond)
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
		t.Step, t.ExpiresAt = to, expires.UTC().Truncate(time.Microsecond)
		return true
	})
}

// Complete implements [Store].
func (m *MemoryStore) Complete(ctx context.Context, hash, grant string, expires, now time.Time) (bool, error) {
	return m.change(ctx, hash, now, func(t *Ticket) bool {
		if t.Step != stepAnswered {
			return false
		}
		t.Hash, t.Step, t.SealedCode, t.ExpiresAt = grant, stepCompleted, nil, expires.UTC().Truncate(time.Microsecond)
		return true
	})
}

// Spend implements [Store].
func (m *MemoryStore) Spend(ctx context.Context, grant, client string, now time.Time) (bool, error) {
	return m.change(ctx, grant, now, func(t *Ticket) bool {
		if t.Step != stepCompleted || t.Client != client {
			return false
		}
		delete(m.tickets, [2]string{t.Account, t.Slot})
		return true
	})
}

// DeleteTickets implements [Store].
func (m *MemoryStore) DeleteTickets(ctx context.Context, account string) error {
	return m.do(ctx, func() { m.dropTickets(account) })
}

func (m *MemoryStore) dropTickets(account string) {
	maps.DeleteFunc(m.tickets, func(k [2]string, _ *Ticket) bool { return k[0] == account })
}

// PurgeTickets implements [Store].
func (m *MemoryStore) PurgeTickets(ctx context.Context, now time.Time) (n int64, err error) {
	err = m.do(ctx, func() {
		for key, t := range m.tickets {
			if !t.ExpiresAt.After(now) {
				delete(m.tickets, key)
				n++
			}
		}
	})
	return n, err
}

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	err := m.do(ctx, func() {
		delete(m.answers, account)
		m.dropTickets(account)
	})
	if err != nil {
		return err
	}
	return m.DeleteAttempts(ctx, canon.Key(account))
}

// InTx implements [Store].
func (m *MemoryStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return fn(ctx)
}

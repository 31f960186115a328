package recovery

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/throttle"
)

// MemoryStore is a [Store] for tests and first steps. It has no transactions.
type MemoryStore struct {
	*throttle.MemoryStore
	mu      sync.Mutex
	answers map[string]Answers
	tickets map[[2]string]*Ticket // by account and slot

	waits    map[string]Wait   // by account
	failures map[[2]string]int // by account and slot
	states   map[string]State
	outcomes map[outcomeKey]int64
}

type outcomeKey struct {
	day     int64
	outcome Outcome
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{
		MemoryStore: throttle.NewMemoryStore(), answers: map[string]Answers{}, tickets: map[[2]string]*Ticket{},
		waits: map[string]Wait{}, failures: map[[2]string]int{}, states: map[string]State{}, outcomes: map[outcomeKey]int64{},
	}
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
	a.SetAt, a.UsedAt, a.ProvedAt = micro(a.SetAt), micro(a.UsedAt), micro(a.ProvedAt)
	a.List = slices.Clone(a.List)
	for i, s := range a.List {
		a.List[i].SealedText, a.List[i].SealedHash = bytes.Clone(s.SealedText), bytes.Clone(s.SealedHash)
	}
	return a
}

// SetAnswers implements [Store].
func (m *MemoryStore) SetAnswers(ctx context.Context, account string, a Answers) (bool, error) {
	return m.guard(ctx, func() bool {
		old := m.answers[account]
		if old.Version != a.Version-1 {
			return false
		}
		a.UsedAt, a.ProvedAt = old.UsedAt, time.Time{}
		m.answers[account] = a.clone()
		return true
	})
}

// GetAnswers implements [Store].
func (m *MemoryStore) GetAnswers(ctx context.Context, account string) (a Answers, err error) {
	err = m.do(ctx, func() { a = m.answers[account].clone() })
	return a, err
}

// TouchAnswers implements [Store].
func (m *MemoryStore) TouchAnswers(ctx context.Context, account string, drill bool, now time.Time) error {
	return m.do(ctx, func() {
		a, ok := m.answers[account]
		switch {
		case !ok:
			return
		case drill:
			a.ProvedAt = micro(now)
		default:
			a.UsedAt = micro(now)
		}
		m.answers[account] = a
	})
}

// NextAccount implements [Store].
func (m *MemoryStore) NextAccount(ctx context.Context, after string) (next string, err error) {
	err = m.do(ctx, func() {
		for account, a := range m.answers {
			if len(a.List) > 0 && account > after && (next == "" || account < next) {
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

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	err := m.do(ctx, func() {
		delete(m.answers, account)
		delete(m.states, account)
		m.dropPending(account)
		m.dropFailures(account)
	})
	if err != nil {
		return err
	}
	return m.DeleteAttempts(ctx, account)
}

// InTx implements [Store].
func (m *MemoryStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return fn(ctx)
}

// micro is a time as every store keeps it.
func micro(t time.Time) time.Time { return sqldb.Time(sqldb.Micros(t)) }

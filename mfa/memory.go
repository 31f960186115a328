package mfa

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"example.com/accountsec/internal/throttle"
)

// MemoryStore is a [Store] for tests and programs that may forget. It has no
// transactions: what was done stays when a later step fails.
type MemoryStore struct {
	*throttle.MemoryStore
	mu         sync.Mutex
	factors    map[string][]memoryFactor // by account, oldest first
	challenges map[string]*ChallengeRow  // by id
	lanes      map[[2]string]*memoryLane // by account and name
	spent      map[string]time.Time
	devices    map[string][]DeviceRow     // by account
	codes      map[string]map[string]bool // by account and hash: used
	enabled    map[[2]string]bool         // by account and method
}

type memoryFactor struct {
	FactorRow
	attempts int
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{
		MemoryStore: throttle.NewMemoryStore(),
		factors:     map[string][]memoryFactor{},
		challenges:  map[string]*ChallengeRow{},
		lanes:       map[[2]string]*memoryLane{},
		spent:       map[string]time.Time{},
		devices:     map[string][]DeviceRow{},
		codes:       map[string]map[string]bool{},
		enabled:     map[[2]string]bool{},
	}
}

// lock takes the store's lock unless ctx is over.
func (m *MemoryStore) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	return nil
}

func (f FactorRow) clone() FactorRow {
	f.Sealed = slices.Clone(f.Sealed)
	f.CreatedAt, f.ExpiresAt = stamp(f.CreatedAt), stamp(f.ExpiresAt)
	f.UsedAt, f.SealedAt = stamp(f.UsedAt), stamp(f.SealedAt)
	return f
}

// stamp is a time as stores keep it.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

func (m *MemoryStore) find(account, id string) *memoryFactor {
	for i := range m.factors[account] {
		if f := &m.factors[account][i]; f.ID == id {
			return f
		}
	}
	return nil
}

// others tells how many active factors besides id the account has, and whether
// one of them has the name.
func (m *MemoryStore) others(account, id, name string) (n int, taken bool) {
	for _, f := range m.factors[account] {
		if f.Active && f.ID != id {
			n++
			taken = taken || NameKey(f.Name) == NameKey(name)
		}
	}
	return n, taken
}

// AddFactor implements [Store].
func (m *MemoryStore) AddFactor(ctx context.Context, f FactorRow, max int) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	n, taken := m.others(f.Account, f.ID, f.Name)
	if err := mayAdd(n, taken, f.Proved, max); err != nil {
		return err
	}
	list := slices.DeleteFunc(m.factors[f.Account], func(old memoryFactor) bool { return !old.Active })
	f.Active, f.Lookup = false, ""
	m.factors[f.Account] = append(list, memoryFactor{FactorRow: f.clone()})
	return nil
}

// mayAdd judges a new factor beside n active ones.
func mayAdd(n int, taken, proved bool, max int) error {
	switch {
	case n > 0 && !proved:
		return ErrProofNeeded
	case n >= max:
		return ErrTooManyFactors
	case taken:
		return ErrNameTaken
	}
	return nil
}

// Factor implements [Store].
func (m *MemoryStore) Factor(ctx context.Context, account, id string) (FactorRow, error) {
	if err := m.lock(ctx); err != nil {
		return FactorRow{}, err
	}
	defer m.mu.Unlock()
	f := m.find(account, id)
	if f == nil {
		return FactorRow{}, ErrNoFactor
	}
	return f.clone(), nil
}

// Factors implements [Store].
func (m *MemoryStore) Factors(ctx context.Context, account string) ([]FactorRow, error) {
	if err := m.lock(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	return m.active(account), nil
}

func (m *MemoryStore) active(account string) (out []FactorRow) {
	for _, f := range m.factors[account] {
		if f.Active {
			out = append(out, f.clone())
		}
	}
	slices.SortFunc(out, older)
	return out
}

// older orders factors by their enrolment.
func older(a, b FactorRow) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

func (f *memoryFactor) pending(now time.Time) bool {
	return f != nil && !f.Active && now.Before(f.ExpiresAt)
}

// TakeEnrollAttempt implements [Store].
func (m *MemoryStore) TakeEnrollAttempt(ctx context.Context, account, id string, max int, now time.Time) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	f := m.find(account, id)
	if !f.pending(now) || f.attempts >= max {
		return false, nil
	}
	f.attempts++
	return true, nil
}

// ActivateFactor implements [Store].
func (m *MemoryStore) ActivateFactor(ctx context.Context, with FactorRow, now time.Time) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	f := m.find(with.Account, with.ID)
	if !f.pending(now) {
		return false, ErrNoEnrollment
	}
	n, taken := m.others(with.Account, with.ID, f.Name)
	if err := mayAdd(n, taken, f.Proved, n+1); err != nil {
		return false, err
	}
	if m.byLookup(f.Method, with.Lookup) != nil {
		return false, ErrTaken
	}
	f.Active, f.ExpiresAt, f.Step, f.Lookup = true, time.Time{}, with.Step, with.Lookup
	f.UsedAt = stamp(now)
	if with.Sealed != nil {
		f.Sealed, f.SealedAt = slices.Clone(with.Sealed), stamp(now)
	}
	return n == 0, nil
}

func (m *MemoryStore) byLookup(method, lookup string) *memoryFactor {
	for account := range m.factors {
		for i := range m.factors[account] {
			if f := &m.factors[account][i]; lookup != "" && f.Method == method && f.Lookup == lookup {
				return f
			}
		}
	}
	return nil
}

// FactorByLookup implements [Store].
func (m *MemoryStore) FactorByLookup(ctx context.Context, method, lookup string) (FactorRow, error) {
	if err := m.lock(ctx); err != nil {
		return FactorRow{}, err
	}
	defer m.mu.Unlock()
	f := m.byLookup(method, lookup)
	if f == nil {
		return FactorRow{}, ErrNoFactor
	}
	return f.clone(), nil
}

func (f *memoryFactor) advances(step int64) bool {
	return f != nil && f.Active && (step == 0 || step > f.Step)
}

func (f *memoryFactor) advance(step int64, now time.Time) {
	if step != 0 {
		f.Step = step
	}
	f.UsedAt = stamp(now)
}

// RenameFactor implements [Store].
func (m *MemoryStore) RenameFactor(ctx context.Context, account, id, name string) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	f := m.find(account, id)
	if f == nil || !f.Active {
		return ErrNoFactor
	}
	if _, taken := m.others(account, id, name); taken {
		return ErrNameTaken
	}
	f.Name = name
	return nil
}

// RemoveFactor implements [Store].
func (m *MemoryStore) RemoveFactor(ctx context.Context, account, id string) (int, error) {
	if err := m.lock(ctx); err != nil {
		return 0, err
	}
	defer m.mu.Unlock()
	if f := m.find(account, id); f == nil || !f.Active {
		return 0, ErrNoFactor
	}
	left, _ := m.others(account, id, "")
	if left == 0 {
		delete(m.factors, account)
		delete(m.codes, account)
		delete(m.devices, account)
		return 0, nil
	}
	m.factors[account] = slices.DeleteFunc(m.factors[account], func(f memoryFactor) bool { return f.ID == id })
	return left, nil
}

// CountMethods implements [Store].
func (m *MemoryStore) CountMethods(ctx context.Context) (map[string]int, int, error) {
	if err := m.lock(ctx); err != nil {
		return nil, 0, err
	}
	defer m.mu.Unlock()
	methods, accounts := map[string]int{}, 0
	for account := range m.factors {
		has := map[string]bool{}
		for _, f := range m.active(account) {
			has[f.Method] = true
		}
		for method := range has {
			methods[method]++
		}
		if len(has) > 0 {
			accounts++
		}
	}
	return methods, accounts, nil
}

// DeletePending implements [Store].
func (m *MemoryStore) DeletePending(ctx context.Context, account string) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	m.factors[account] = slices.DeleteFunc(m.factors[account], func(f memoryFactor) bool { return !f.Active })
	m.deleteChallenges(account)
	return nil
}

func (m *MemoryStore) deleteChallenges(account string) {
	maps.DeleteFunc(m.challenges, func(_ string, c *ChallengeRow) bool { return c.Account == account })
}

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	delete(m.factors, account)
	maps.DeleteFunc(m.lanes, func(key [2]string, _ *memoryLane) bool { return key[0] == account })
	delete(m.codes, account)
	delete(m.devices, account)
	m.deleteChallenges(account)
	for key := range m.enabled {
		if key[0] == account {
			delete(m.enabled, key)
		}
	}
	return m.DeleteAttempts(ctx, account)
}

// Purge implements [Store].
func (m *MemoryStore) Purge(ctx context.Context, now time.Time) (int64, error) {
	n, err := m.PurgeAttempts(ctx, now)
	if err != nil {
		return n, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, c := range m.challenges {
		if !now.Before(c.ExpiresAt) {
			delete(m.challenges, id)
			n++
		}
	}
	for id, until := range m.spent {
		if !now.Before(until) {
			delete(m.spent, id)
			n++
		}
	}
	n += m.purgeDevices(now)
	for key, l := range m.lanes {
		if l.forgotten(now) {
			delete(m.lanes, key)
			n++
		}
	}
	for account, list := range m.factors {
		before := len(list)
		list = slices.DeleteFunc(list, func(f memoryFactor) bool { return !f.Active && !now.Before(f.ExpiresAt) })
		n += int64(before - len(list))
		if m.factors[account] = list; len(list) == 0 {
			delete(m.factors, account)
		}
	}
	return n, nil
}

// InTx implements [Store] by calling fn.
func (m *MemoryStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(ctx)
}

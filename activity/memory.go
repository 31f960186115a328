package activity

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// MemoryStore is a [Store] for tests and programs that may forget. It has no
// transactions: what was appended stays when an observer fails.
type MemoryStore struct {
	mu       sync.RWMutex
	accounts map[string]*memoryAccount
}

type memoryAccount struct {
	events []Event // oldest first
	links  []Link
	salt   []byte
	cut    Cut
	due    time.Time
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{accounts: map[string]*memoryAccount{}} }

func compareEvents(a, b Event) int { return comparePositions(a.position(), b.position()) }

func comparePositions(a, b Position) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
}

// read and write give the account, an empty one if there is none, under the lock.
func (m *MemoryStore) read(ctx context.Context, account string, fn func(a *memoryAccount)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	a := m.accounts[account]
	if a == nil {
		a = &memoryAccount{}
	}
	fn(a)
	return nil
}

func (m *MemoryStore) write(ctx context.Context, account string, fn func(a *memoryAccount)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.accounts[account]
	if a == nil {
		a = &memoryAccount{}
		m.accounts[account] = a
	}
	fn(a)
	return nil
}

// find gives the index of an event by its id.
func (a *memoryAccount) find(id string) (int, bool) {
	at, err := IDTime(id)
	if err != nil {
		return 0, false
	}
	return slices.BinarySearchFunc(a.events, Event{ID: id, At: at}, compareEvents)
}

// erase takes the personal part off.
func (e Event) erase() Event {
	return Event{ID: e.ID, Account: e.Account, Type: e.Type, Outcome: e.Outcome, At: e.At, Erased: true}
}

// Append implements [Store].
func (m *MemoryStore) Append(ctx context.Context, events ...Event) error {
	for _, e := range events {
		err := m.write(ctx, e.Account, func(a *memoryAccount) {
			i, found := slices.BinarySearchFunc(a.events, e, compareEvents)
			if !found {
				a.events = slices.Insert(a.events, i, e.clone())
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// List implements [Store].
func (m *MemoryStore) List(ctx context.Context, account string, q Query) (events []Event, cut Position, err error) {
	err = m.read(ctx, account, func(a *memoryAccount) {
		looked := 0
		for _, e := range q.walk(a.events) {
			if len(events) == q.Limit {
				return
			}
			if q.matches(e) {
				events = append(events, e.clone())
			}
			if looked++; looked == q.Scan && len(events) < q.Limit && q.selective() {
				cut = e.position()
			}
			if looked == q.Scan {
				return
			}
		}
	})
	return events, cut, err
}

// walk gives the events beyond q.Start and between From and To, in q's
// direction.
func (q Query) walk(events []Event) func(yield func(int, Event) bool) {
	first, end := 0, len(events)
	if !q.From.IsZero() {
		first, _ = slices.BinarySearchFunc(events, Event{At: q.From}, compareEvents)
	}
	if !q.To.IsZero() {
		end, _ = slices.BinarySearchFunc(events, Event{At: q.To}, compareEvents)
	}
	if q.Start != (Position{}) {
		i, found := slices.BinarySearchFunc(events, Event{At: q.Start.At, ID: q.Start.ID}, compareEvents)
		switch {
		case !q.Upwards:
			end = min(end, i)
		case found:
			first = max(first, i+1)
		default:
			first = max(first, i)
		}
	}
	if first >= end {
		return func(func(int, Event) bool) {}
	}
	if q.Upwards {
		return slices.All(events[first:end])
	}
	return slices.Backward(events[first:end])
}

// matches tells whether the filter of q selects e, leaving position, span and
// limit aside.
func (q Query) matches(e Event) bool {
	if q.personal() && e.Erased {
		return false
	}
	addr := AddrKey(e.Client.IP)
	return oneOf(q.Types, e.Type) && oneOf(q.Outcomes, e.Outcome) && oneOf(q.Countries, e.Location.Country) &&
		(q.AddrTo == "" || q.AddrFrom <= addr && addr <= q.AddrTo) &&
		(q.Device == "" || q.Device == e.Device.Name || q.Device == e.Client.DeviceID)
}

func oneOf[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// Get implements [Store].
func (m *MemoryStore) Get(ctx context.Context, account, id string) (e Event, err error) {
	found := false
	err = m.read(ctx, account, func(a *memoryAccount) {
		var i int
		if i, found = a.find(id); found {
			e = a.events[i].clone()
		}
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	return e, err
}

// Count implements [Store].
func (m *MemoryStore) Count(ctx context.Context, account string, from, to time.Time, shifts []Shift) (out []DayCount, err error) {
	err = m.read(ctx, account, func(a *memoryAccount) {
		counts := map[DayCount]int{}
		for _, e := range (Query{From: from, To: to, Upwards: true}).walk(a.events) {
			ahead := shifts[0].Ahead
			for _, s := range shifts[1:] {
				if !e.At.Before(s.From) {
					ahead = s.Ahead
				}
			}
			counts[DayCount{Day: int(e.At.Add(ahead).Unix() / 86400), Type: e.Type, Outcome: e.Outcome}]++
		}
		for c, n := range counts {
			c.Events = n
			out = append(out, c)
		}
	})
	return out, err
}

// Disown implements [Store].
func (m *MemoryStore) Disown(ctx context.Context, account, id string, at time.Time) (won bool, err error) {
	found := false
	err = m.write(ctx, account, func(a *memoryAccount) {
		i, ok := a.find(id)
		if found = ok && !a.events[i].Erased; !found {
			return
		}
		if won = a.events[i].Disowned.IsZero(); won {
			a.events[i].Disowned = at
		}
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	return won, err
}

// Erase implements [Store].
func (m *MemoryStore) Erase(ctx context.Context, account string) error {
	return m.write(ctx, account, func(a *memoryAccount) {
		a.salt = nil
		for i, e := range a.events {
			a.events[i] = e.erase()
		}
	})
}

// DeleteAccount implements [Store].
func (m *MemoryStore) DeleteAccount(ctx context.Context, account string) error {
	return m.write(ctx, account, func(*memoryAccount) { delete(m.accounts, account) })
}

// Purge implements [Store].
func (m *MemoryStore) Purge(ctx context.Context, p Purge) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	left := p.Max
	for name, a := range m.accounts {
		a.events = slices.DeleteFunc(a.events, func(e Event) bool {
			return !p.Personal && left > 0 && p.takes(e) && take(&left)
		})
		for i, e := range a.events {
			if p.Personal && !e.Erased && left > 0 && p.takes(e) && take(&left) {
				a.events[i] = e.erase()
			}
		}
		if len(a.events)+len(a.links) == 0 {
			delete(m.accounts, name)
		}
	}
	return int64(p.Max - left), nil
}

func take(left *int) bool { *left--; return true }

func (p Purge) takes(e Event) bool { return e.At.Before(p.Before) && oneOf(p.Types, e.Type) }

// Link implements [Store].
func (m *MemoryStore) Link(ctx context.Context, account, id string, salt []byte, next func(Chain) Link) error {
	return m.write(ctx, account, func(a *memoryAccount) {
		if len(a.salt) == 0 {
			a.salt = bytes.Clone(salt)
		}
		if !slices.ContainsFunc(a.links, func(l Link) bool { return l.ID == id }) {
			l := next(a.end())
			l.ID = id
			a.links = append(a.links, l.clone())
		}
	})
}

func (l Link) clone() Link {
	l.Personal, l.Digest = bytes.Clone(l.Personal), bytes.Clone(l.Digest)
	return l
}

func (a *memoryAccount) end() Chain {
	end := Chain{Salt: bytes.Clone(a.salt), Cut: a.cut.clone(), Due: a.due}
	if n := len(a.links); n > 0 {
		last := a.links[n-1].clone()
		end.Number, end.Digest = last.Number, last.Digest
	}
	return end
}

func (c Cut) clone() Cut {
	c.Digest, c.Proof = bytes.Clone(c.Digest), bytes.Clone(c.Proof)
	return c
}

// Chain implements [Store].
func (m *MemoryStore) Chain(ctx context.Context, account string) (end Chain, err error) {
	err = m.read(ctx, account, func(a *memoryAccount) { end = a.end() })
	return end, err
}

// Links implements [Store].
func (m *MemoryStore) Links(ctx context.Context, account string, after int64, max int) (out []Link, err error) {
	err = m.read(ctx, account, func(a *memoryAccount) {
		for _, l := range a.links {
			if l.Number > after && len(out) < max {
				out = append(out, l.clone())
			}
		}
	})
	return out, err
}

// DueChains implements [Store].
func (m *MemoryStore) DueChains(ctx context.Context, now time.Time, max int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []string
	for name, a := range m.accounts {
		if len(a.links) > 0 && !a.due.After(now) {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, func(x, y string) int { return m.accounts[x].due.Compare(m.accounts[y].due) })
	return out[:min(max, len(out))], nil
}

// Prune implements [Store].
func (m *MemoryStore) Prune(ctx context.Context, account string, cut Cut, due time.Time) error {
	return m.write(ctx, account, func(a *memoryAccount) {
		there := func(l Link) bool { return l.Number == cut.Number && bytes.Equal(l.Digest, cut.Digest) }
		if len(a.links) == 0 || cut.Number != a.cut.Number && !slices.ContainsFunc(a.links, there) {
			return
		}
		a.cut, a.due = cut.clone(), due
		a.links = slices.DeleteFunc(a.links, func(l Link) bool { return l.Number <= cut.Number })
		if len(a.links) == 0 {
			a.links, a.salt, a.cut, a.due = nil, nil, Cut{}, time.Time{}
		}
		if len(a.events)+len(a.links) == 0 {
			delete(m.accounts, account)
		}
	})
}

// InTx implements [Store] by calling fn.
func (m *MemoryStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(ctx)
}

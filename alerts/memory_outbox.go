package alerts

import (
	"cmp"
	"context"
	"slices"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// Enqueue implements [Store].
func (m *MemoryStore) Enqueue(ctx context.Context, rows []Delivery) (n int, err error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	for _, d := range rows {
		key := dedupeKey{d.Account, d.Channel, d.Dedupe}
		if m.unique[key] != "" || m.outbox[d.ID] != nil {
			continue
		}
		d.Payload = append([]byte{}, d.Payload...)
		d.CreatedAt, d.DueAt, d.ExpiresAt = micro(d.CreatedAt), micro(d.DueAt), micro(d.ExpiresAt)
		d.State, d.Attempts, d.DoneAt, d.Token, d.LastError = Pending, 0, time.Time{}, "", ""
		m.outbox[d.ID], m.unique[key] = &d, d.ID
		n++
	}
	return n, nil
}

// Lease implements [Store].
func (m *MemoryStore) Lease(ctx context.Context, token string, until, now time.Time, max int) ([]Delivery, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var due []*Delivery
	for _, d := range m.outbox {
		if d.DoneAt.IsZero() && !d.DueAt.After(now) {
			due = append(due, d)
		}
	}
	slices.SortFunc(due, func(a, b *Delivery) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	due = due[:min(max, len(due))]
	out := make([]Delivery, len(due))
	for i, d := range due {
		d.State, d.Token, d.DueAt = Leased, token, micro(until)
		d.Attempts++
		out[i] = *d
		out[i].Payload = slices.Clone(d.Payload)
	}
	slices.SortFunc(out, func(a, b Delivery) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// leased gives the delivery if it is leased under the token.
func (m *MemoryStore) leased(id, token string) *Delivery {
	d := m.outbox[id]
	if d == nil || d.State != Leased || d.Token != token {
		return nil
	}
	return d
}

// Finish implements [Store].
func (m *MemoryStore) Finish(ctx context.Context, id, token string, state State, lastError string, now time.Time) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	d := m.leased(id, token)
	if d == nil {
		return false, nil
	}
	d.State, d.DoneAt, d.Payload, d.Token, d.LastError = state, micro(now), nil, "", lastError
	return true, nil
}

// Retry implements [Store].
func (m *MemoryStore) Retry(ctx context.Context, id, token string, due time.Time, lastError string) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	d := m.leased(id, token)
	if d == nil {
		return false, nil
	}
	d.State, d.DueAt, d.Token, d.LastError = Pending, micro(due), "", lastError
	return true, nil
}

// Deliveries implements [Store].
func (m *MemoryStore) Deliveries(ctx context.Context, account string, max int) ([]Delivery, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var out []Delivery
	for _, d := range m.sorted() {
		if d.Account == account && len(out) < max {
			row := *d
			row.Payload, row.Token = nil, ""
			out = append(out, row)
		}
	}
	return out, nil
}

// sorted lists all deliveries, newest first.
func (m *MemoryStore) sorted() []*Delivery {
	all := make([]*Delivery, 0, len(m.outbox))
	for _, d := range m.outbox {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *Delivery) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return all
}

func (m *MemoryStore) drop(d *Delivery) {
	delete(m.outbox, d.ID)
	delete(m.unique, dedupeKey{d.Account, d.Channel, d.Dedupe})
}

// micro is a time as every store keeps it.
func micro(t time.Time) time.Time { return sqldb.Time(sqldb.Micros(t)) }

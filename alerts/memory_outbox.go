package alerts

import (
	"bytes"
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
		d = d.asQueued()
		m.outbox[d.ID], m.unique[key] = &d, d.ID
		n++
	}
	return n, nil
}

// Lease implements [Store].
func (m *MemoryStore) Lease(ctx context.Context, channel, token string, until, now time.Time, max int) ([]Delivery, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var due []*Delivery
	for _, d := range m.outbox {
		if d.DoneAt.IsZero() && !d.DueAt.After(now) && (channel == "" || d.Channel == channel) {
			due = append(due, d)
		}
	}
	slices.SortFunc(due, func(a, b *Delivery) int {
		urgent := rank(*a) - rank(*b)
		if channel == "" {
			urgent = 0
		}
		return cmp.Or(urgent, a.DueAt.Compare(b.DueAt), leaseOrder(*a, *b))
	})
	due = due[:min(max, len(due))]
	out := make([]Delivery, len(due))
	for i, d := range due {
		d.State, d.Token, d.DueAt = Leased, token, micro(until)
		d.Attempts++
		out[i] = *d
		out[i].Payload, out[i].Log = slices.Clone(d.Payload), slices.Clone(d.Log)
	}
	slices.SortFunc(out, leaseOrder)
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

// Settle implements [Store].
func (m *MemoryStore) Settle(ctx context.Context, to Delivery) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	d := m.leased(to.ID, to.Token)
	if d == nil {
		return false, nil
	}
	d.State, d.Attempts, d.DueAt, d.DoneAt, d.LastError, d.Token = to.State, to.Attempts, micro(to.DueAt), micro(to.DoneAt), to.LastError, ""
	d.Log = decodeLog(encodeLog(to.Log))
	if !to.keepsPayload() {
		d.Payload = nil
	}
	return true, nil
}

// StandDown implements [Store].
func (m *MemoryStore) StandDown(ctx context.Context, to Delivery, now time.Time) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	d := m.leased(to.ID, to.Token)
	if d == nil || !m.groupHas(to.Group, Done) {
		return false, nil
	}
	d.State, d.DoneAt, d.Payload, d.Token, d.Log = Skipped, micro(now), nil, "", decodeLog(encodeLog(to.Log))
	return true, nil
}

// groupHas tells whether a delivery of the group is in one of the states.
func (m *MemoryStore) groupHas(group string, states ...State) bool {
	for _, d := range m.outbox {
		if group != "" && d.Group == group && slices.Contains(states, d.State) {
			return true
		}
	}
	return false
}

// StepIn implements [Store].
func (m *MemoryStore) StepIn(ctx context.Context, group string, now time.Time) (n int, err error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if group == "" || m.groupHas(group, Pending, Leased, Sent, Done) {
		return 0, nil
	}
	for _, d := range m.outbox {
		if d.Group == group && d.State == Standby && d.DueAt.After(now) {
			d.DueAt = micro(now)
			n++
		}
	}
	return n, nil
}

// Receipt implements [Store].
func (m *MemoryStore) Receipt(ctx context.Context, id string, delivered bool, now time.Time) (group string, won bool, err error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return "", false, err
	}
	defer unlock()
	d := m.outbox[id]
	if d == nil || d.State != Sent {
		return "", false, nil
	}
	a := receiptOf(delivered, micro(now))
	d.State, d.ReceiptAt, d.Log = a.State, a.At, d.logged(a).Log
	return d.Group, true, nil
}

// Revive implements [Store].
func (m *MemoryStore) Revive(ctx context.Context, id string, now time.Time) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	d := m.outbox[id]
	if d == nil || d.State != Dead || d.Kind.carriesCode() || len(d.Payload) == 0 {
		return false, nil
	}
	d.State, d.Attempts, d.DueAt, d.DoneAt = Pending, 0, micro(now), time.Time{}
	d.Log = d.logged(Tried{micro(now), Pending, CauseRevived}).Log
	return true, nil
}

// Dead implements [Store].
func (m *MemoryStore) Dead(ctx context.Context, after Delivery, max int) ([]Delivery, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var out []Delivery
	for _, d := range m.outbox {
		if d.State == Dead && (after.DoneAt.IsZero() || byEnd(after, *d) < 0) {
			out = append(out, d.listed())
		}
	}
	slices.SortFunc(out, byEnd)
	return out[:min(max, len(out))], nil
}

// byEnd has what ended last first.
func byEnd(a, b Delivery) int { return cmp.Or(b.DoneAt.Compare(a.DoneAt), cmp.Compare(b.ID, a.ID)) }

// listed is what others see of it.
func (d Delivery) listed() Delivery {
	d.Payload, d.Token, d.Log = nil, "", slices.Clone(d.Log)
	return d
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
			out = append(out, d.listed())
		}
	}
	return out, nil
}

// Undelivered implements [Store].
func (m *MemoryStore) Undelivered(ctx context.Context, after string, max int) ([]Delivery, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var out []Delivery
	for _, d := range m.outbox {
		if len(d.Payload) > 0 && d.ID > after {
			out = append(out, Delivery{ID: d.ID, Account: d.Account, Channel: d.Channel, Kind: d.Kind, State: d.State, Payload: slices.Clone(d.Payload)})
		}
	}
	slices.SortFunc(out, func(a, b Delivery) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(max, len(out))], nil
}

// SwapPayload implements [Store].
func (m *MemoryStore) SwapPayload(ctx context.Context, was Delivery, payload []byte) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	d := m.outbox[was.ID]
	if d == nil || !bytes.Equal(d.Payload, was.Payload) {
		return false, nil
	}
	d.Payload = slices.Clone(payload)
	return true, nil
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

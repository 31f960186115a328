package alerts

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// PutContact implements [Store].
func (m *MemoryStore) PutContact(ctx context.Context, c Contact) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	c.Sealed, c.ReplacedAt = bytes.Clone(c.Sealed), micro(c.ReplacedAt)
	m.contacts[[2]string{c.Account, c.ID}] = c
	return nil
}

// Contacts implements [Store].
func (m *MemoryStore) Contacts(ctx context.Context, account string, since time.Time, max int) ([]Contact, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var all, out []Contact
	count, seen := map[string]int{}, map[string]int{} // by channel
	for _, c := range m.contacts {
		if c.Account == account && !c.ReplacedAt.Before(since) {
			c.Sealed = bytes.Clone(c.Sealed)
			all = append(all, c)
			count[c.Channel]++
		}
	}
	slices.SortFunc(all, func(a, b Contact) int { return cmp.Or(b.ReplacedAt.Compare(a.ReplacedAt), cmp.Compare(b.ID, a.ID)) })
	for _, c := range all {
		n := seen[c.Channel]
		if seen[c.Channel]++; n < max || n >= count[c.Channel]-max {
			out = append(out, c)
		}
	}
	return out, nil
}

// NextContact implements [Store].
func (m *MemoryStore) NextContact(ctx context.Context, after Contact) (next Contact, found bool, err error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return Contact{}, false, err
	}
	defer unlock()
	order := func(a, b Contact) int { return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.ID, b.ID)) }
	for _, c := range m.contacts {
		if order(c, after) > 0 && (!found || order(c, next) < 0) {
			next, found = c, true
		}
	}
	next.Sealed = bytes.Clone(next.Sealed)
	return next, found, nil
}

// SwapContact implements [Store].
func (m *MemoryStore) SwapContact(ctx context.Context, c Contact, sealed []byte) (bool, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	key := [2]string{c.Account, c.ID}
	stored, ok := m.contacts[key]
	if !ok || !bytes.Equal(stored.Sealed, c.Sealed) {
		return false, nil
	}
	stored.Sealed = bytes.Clone(sealed)
	m.contacts[key] = stored
	return true, nil
}

// PurgeContacts implements [Store].
func (m *MemoryStore) PurgeContacts(ctx context.Context, before time.Time) (int64, error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	n := len(m.contacts)
	maps.DeleteFunc(m.contacts, func(_ [2]string, c Contact) bool { return c.ReplacedAt.Before(before) })
	return int64(n - len(m.contacts)), nil
}

package mfa

import (
	"cmp"
	"context"
	"slices"
	"time"
)

func (d DeviceRow) stamped() DeviceRow {
	d.CreatedAt, d.UsedAt = stamp(d.CreatedAt), stamp(d.UsedAt)
	d.ExpiresAt, d.RotatedAt = stamp(d.ExpiresAt), stamp(d.RotatedAt)
	return d
}

// lastUsed orders devices, the last used first.
func lastUsed(a, b DeviceRow) int {
	return cmp.Or(b.UsedAt.Compare(a.UsedAt), cmp.Compare(a.ID, b.ID))
}

// AddDevice implements [Store].
func (m *MemoryStore) AddDevice(ctx context.Context, d DeviceRow, max int) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	list := append(m.devices[d.Account], d.stamped())
	slices.SortFunc(list, lastUsed)
	m.devices[d.Account] = list[:min(max, len(list))]
	return nil
}

func (m *MemoryStore) device(account, id string) *DeviceRow {
	for i := range m.devices[account] {
		if d := &m.devices[account][i]; d.ID == id {
			return d
		}
	}
	return nil
}

// Device implements [Store].
func (m *MemoryStore) Device(ctx context.Context, account, id string) (DeviceRow, error) {
	if err := m.lock(ctx); err != nil {
		return DeviceRow{}, err
	}
	defer m.mu.Unlock()
	d := m.device(account, id)
	if d == nil {
		return DeviceRow{}, ErrNoDevice
	}
	return *d, nil
}

// Devices implements [Store].
func (m *MemoryStore) Devices(ctx context.Context, account string, now time.Time) ([]DeviceRow, error) {
	if err := m.lock(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var out []DeviceRow
	for _, d := range m.devices[account] {
		if now.Before(d.ExpiresAt) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, lastUsed)
	return out, nil
}

// RotateDevice implements [Store].
func (m *MemoryStore) RotateDevice(ctx context.Context, account, id, hash, next string, now time.Time) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	d := m.device(account, id)
	if d == nil || d.Hash != hash || !now.Before(d.ExpiresAt) {
		return false, nil
	}
	d.Previous, d.Hash = d.Hash, next
	d.UsedAt, d.RotatedAt = stamp(now), stamp(now)
	return true, nil
}

// DropDevice implements [Store].
func (m *MemoryStore) DropDevice(ctx context.Context, account, id string) (bool, error) {
	if err := m.lock(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	before := len(m.devices[account])
	m.devices[account] = slices.DeleteFunc(m.devices[account], func(d DeviceRow) bool { return d.ID == id })
	return len(m.devices[account]) < before, nil
}

// DropDevices implements [Store].
func (m *MemoryStore) DropDevices(ctx context.Context, account string) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	delete(m.devices, account)
	return nil
}

// purgeDevices deletes the expired ones. The lock is held.
func (m *MemoryStore) purgeDevices(now time.Time) (n int64) {
	for account, list := range m.devices {
		before := len(list)
		list = slices.DeleteFunc(list, func(d DeviceRow) bool { return !now.Before(d.ExpiresAt) })
		n += int64(before - len(list))
		if m.devices[account] = list; len(list) == 0 {
			delete(m.devices, account)
		}
	}
	return n
}

package mfa

import (
	"context"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// AddDevice implements [Store].
func (s *SQLStore) AddDevice(ctx context.Context, d DeviceRow, max int) error {
	return s.locked(ctx, d.Account, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `INSERT INTO mfa_devices (account, id, name, hash, previous, created_at, used_at, expires_at, rotated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.Account, d.ID, d.Name, d.Hash, d.Previous,
			sqldb.Micros(d.CreatedAt), sqldb.Micros(d.UsedAt), sqldb.Micros(d.ExpiresAt), sqldb.Micros(d.RotatedAt)); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, `DELETE FROM mfa_devices WHERE account = ? AND id NOT IN
			(SELECT id FROM mfa_devices WHERE account = ? ORDER BY used_at DESC, id LIMIT ?)`, d.Account, d.Account, max)
		return err
	})
}

func (s *SQLStore) devices(ctx context.Context, where string, args ...any) (out []DeviceRow, err error) {
	err = s.db.Query(ctx, `SELECT account, id, name, hash, previous, created_at, used_at, expires_at, rotated_at
		FROM mfa_devices WHERE `+where, args, func(row func(...any) error) error {
		var d DeviceRow
		var created, used, expires, rotated int64
		err := row(&d.Account, &d.ID, &d.Name, &d.Hash, &d.Previous, &created, &used, &expires, &rotated)
		d.CreatedAt, d.UsedAt = sqldb.Time(created), sqldb.Time(used)
		d.ExpiresAt, d.RotatedAt = sqldb.Time(expires), sqldb.Time(rotated)
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Device implements [Store].
func (s *SQLStore) Device(ctx context.Context, account, id string) (DeviceRow, error) {
	found, err := s.devices(ctx, `account = ? AND id = ?`, account, id)
	if err != nil {
		return DeviceRow{}, err
	}
	if len(found) == 0 {
		return DeviceRow{}, ErrNoDevice
	}
	return found[0], nil
}

// Devices implements [Store].
func (s *SQLStore) Devices(ctx context.Context, account string, now time.Time) ([]DeviceRow, error) {
	return s.devices(ctx, `account = ? AND expires_at > ? ORDER BY used_at DESC, id`, account, sqldb.Micros(now))
}

// RotateDevice implements [Store].
func (s *SQLStore) RotateDevice(ctx context.Context, account, id, hash, next string, now time.Time) (bool, error) {
	at := sqldb.Micros(now)
	return s.one(ctx, `UPDATE mfa_devices SET previous = hash, hash = ?, used_at = ?, rotated_at = ?
		WHERE account = ? AND id = ? AND hash = ? AND expires_at > ?`, next, at, at, account, id, hash, at)
}

// DropDevice implements [Store].
func (s *SQLStore) DropDevice(ctx context.Context, account, id string) (bool, error) {
	return s.one(ctx, `DELETE FROM mfa_devices WHERE account = ? AND id = ?`, account, id)
}

// DropDevices implements [Store].
func (s *SQLStore) DropDevices(ctx context.Context, account string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM mfa_devices WHERE account = ?`, account)
	return err
}

package mfa

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// PutChallenge implements [Store]: account and purpose are the key, so the
// newer row replaces the older one with its attempts.
func (s *SQLStore) PutChallenge(ctx context.Context, c ChallengeRow) error {
	_, err := s.db.Exec(ctx, `INSERT INTO mfa_challenges (account, purpose, id, binding, attempts, prepared_for, prepared, created_at, expires_at)
		VALUES (?, ?, ?, ?, 0, '', NULL, ?, ?)
		ON CONFLICT (account, purpose) DO UPDATE SET id = excluded.id, binding = excluded.binding, attempts = 0,
			prepared_for = '', prepared = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at`,
		c.Account, c.Purpose, c.ID, c.Binding, sqldb.Micros(c.CreatedAt), sqldb.Micros(c.ExpiresAt))
	return err
}

// Challenge implements [Store].
func (s *SQLStore) Challenge(ctx context.Context, id string, now time.Time) (c ChallengeRow, err error) {
	var created, expires int64
	err = s.db.QueryRow(ctx, `SELECT c.id, c.account, c.purpose, c.binding, c.attempts, c.prepared_for, c.prepared, c.created_at, c.expires_at,
			COALESCE((SELECT n FROM mfa_failures f WHERE f.account = c.account), 0)
		FROM mfa_challenges c WHERE c.id = ? AND c.expires_at > ?`, []any{id, sqldb.Micros(now)},
		&c.ID, &c.Account, &c.Purpose, &c.Binding, &c.Attempts, &c.PreparedFor, &c.Prepared, &created, &expires, &c.Failures)
	if errors.Is(err, sqldb.ErrNoRows) {
		return ChallengeRow{}, ErrNoChallenge
	}
	c.CreatedAt, c.ExpiresAt = sqldb.Time(created), sqldb.Time(expires)
	return c, err
}

// PrepareChallenge implements [Store].
func (s *SQLStore) PrepareChallenge(ctx context.Context, id, factor string, sealed []byte, now time.Time) (bool, error) {
	return s.one(ctx, `UPDATE mfa_challenges SET prepared_for = ?, prepared = ? WHERE id = ? AND expires_at > ?`,
		factor, sealed, id, sqldb.Micros(now))
}

// TakeAttempt implements [Store].
func (s *SQLStore) TakeAttempt(ctx context.Context, id string, max int, now time.Time) (bool, error) {
	return s.oneDetached(ctx, `UPDATE mfa_challenges SET attempts = attempts + 1 WHERE id = ? AND expires_at > ? AND attempts < ?`,
		id, sqldb.Micros(now), max)
}

// FinishChallenge implements [Store].
func (s *SQLStore) FinishChallenge(ctx context.Context, id string, now time.Time) (bool, error) {
	return s.one(ctx, `DELETE FROM mfa_challenges WHERE id = ? AND expires_at > ?`, id, sqldb.Micros(now))
}

// TakeFailure implements [Store].
func (s *SQLStore) TakeFailure(ctx context.Context, account string, max int) (bool, error) {
	if max < 1 {
		return false, nil
	}
	return s.oneDetached(ctx, `INSERT INTO mfa_failures AS t (account, n) VALUES (?, 1)
		ON CONFLICT (account) DO UPDATE SET n = t.n + 1 WHERE t.n < ?`, account, max)
}

// ResetFailures implements [Store].
func (s *SQLStore) ResetFailures(ctx context.Context, account string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM mfa_failures WHERE account = ?`, account)
	return err
}

// ReplaceRecoveryCodes implements [Store].
func (s *SQLStore) ReplaceRecoveryCodes(ctx context.Context, account string, hashes []string, now time.Time) error {
	return s.locked(ctx, account, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `DELETE FROM mfa_codes WHERE account = ?`, account); err != nil {
			return err
		}
		for _, hash := range hashes {
			if _, err := s.db.Exec(ctx, `INSERT INTO mfa_codes (account, hash, made_at, used_at) VALUES (?, ?, ?, 0)`,
				account, hash, sqldb.Micros(now)); err != nil {
				return err
			}
		}
		return nil
	})
}

// UseRecoveryCode implements [Store].
func (s *SQLStore) UseRecoveryCode(ctx context.Context, account, hash string, now time.Time) (bool, error) {
	return s.one(ctx, `UPDATE mfa_codes SET used_at = ? WHERE account = ? AND hash = ? AND used_at = 0`,
		sqldb.Micros(now), account, hash)
}

// RecoveryCodesLeft implements [Store].
func (s *SQLStore) RecoveryCodesLeft(ctx context.Context, account string) (n int, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM mfa_codes WHERE account = ? AND used_at = 0`, []any{account}, &n)
	return n, err
}

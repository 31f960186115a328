package mfa

import (
	"context"
	"slices"
	"time"

	"example.com/accountsec/internal/sqldb"
)

const (
	putChallenge = `INSERT INTO mfa_challenges (id, account, purpose, slot, binding, device, attempts, prepared_for, prepared, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, 0, '', NULL, ?, ?)
		ON CONFLICT (account, purpose, slot) DO UPDATE SET id = excluded.id, binding = excluded.binding, device = excluded.device, attempts = 0,
			prepared_for = '', prepared = NULL, answered_at = 0, created_at = excluded.created_at, expires_at = excluded.expires_at`
	readChallenge = `SELECT c.id, c.account, c.purpose, c.slot, c.binding, c.device, c.attempts, c.prepared_for, c.prepared, c.created_at, c.expires_at,
			COALESCE(f.id, ''), COALESCE(f.method, ''), COALESCE(f.name, ''), f.sealed, COALESCE(f.proved, 0), COALESCE(f.step, 0),
			COALESCE(f.created_at, 0), COALESCE(f.used_at, 0), COALESCE(f.sealed_at, 0), COALESCE(f.lookup, ''),
			EXISTS (SELECT 1 FROM mfa_lanes l WHERE l.account = c.account)
		FROM mfa_challenges c LEFT JOIN mfa_factors f ON f.account = c.account AND f.active = 1
		WHERE c.id = ? AND c.expires_at > ? AND c.answered_at = 0`
	finishChallenge  = `DELETE FROM mfa_challenges WHERE ` + waiting
	prepareChallenge = `UPDATE mfa_challenges SET prepared_for = ?, prepared = ? WHERE ` + waiting
	waiting          = `id = ? AND expires_at > ? AND answered_at = 0`
)

// prepare has the statements of every challenge and verification compiled, the
// first time. It is called where a flow begins; inside a transaction they work
// all the same.
func (s *SQLStore) prepare(ctx context.Context) error {
	if s.prepared.Load() || sqldb.CarriesTx(ctx) {
		return nil
	}
	err := s.db.Prepare(ctx, putChallenge, readChallenge, readFactors, takeAttempt, takeFailure, answer, spendResponse, resetLane, finishChallenge)
	if err == nil {
		err = s.findTrigger(ctx)
	}
	s.prepared.Store(err == nil)
	return err
}

// PutChallenge implements [Store]: account, purpose and slot are a key, so the
// newer row replaces the older one with its attempts.
func (s *SQLStore) PutChallenge(ctx context.Context, c ChallengeRow) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, putChallenge,
		c.ID, c.Account, c.Purpose, c.Slot, c.Binding, c.Device, sqldb.Micros(c.CreatedAt), sqldb.Micros(c.ExpiresAt))
	return err
}

// Challenge implements [Store] by one statement, a row a factor.
func (s *SQLStore) Challenge(ctx context.Context, id string, now time.Time) (c ChallengeRow, factors []FactorRow, err error) {
	if err := s.prepare(ctx); err != nil {
		return ChallengeRow{}, nil, err
	}
	found := false
	err = s.db.Query(ctx, readChallenge, []any{id, sqldb.Micros(now)}, func(row func(...any) error) error {
		var f FactorRow
		var created, expires, proved, enrolled, used, sealed int64
		c, found = ChallengeRow{}, true
		err := row(&c.ID, &c.Account, &c.Purpose, &c.Slot, &c.Binding, &c.Device, &c.Attempts, &c.PreparedFor, &c.Prepared, &created, &expires,
			&f.ID, &f.Method, &f.Name, &f.Sealed, &proved, &f.Step, &enrolled, &used, &sealed, &f.Lookup, &c.Failed)
		c.CreatedAt, c.ExpiresAt = sqldb.Time(created), sqldb.Time(expires)
		if f.ID != "" {
			f.Account, f.Active, f.Proved = c.Account, true, proved == 1
			f.CreatedAt, f.UsedAt, f.SealedAt = sqldb.Time(enrolled), sqldb.Time(used), sqldb.Time(sealed)
			factors = append(factors, f)
		}
		return err
	})
	if err == nil && !found {
		err = ErrNoChallenge
	}
	if err != nil {
		return ChallengeRow{}, nil, err
	}
	slices.SortFunc(factors, older)
	return c, factors, nil
}

// PrepareChallenge implements [Store].
func (s *SQLStore) PrepareChallenge(ctx context.Context, id, whose string, sealed []byte, now time.Time) (bool, error) {
	return s.one(ctx, prepareChallenge, whose, sealed, id, sqldb.Micros(now))
}

// FinishChallenge implements [Store].
func (s *SQLStore) FinishChallenge(ctx context.Context, id string, now time.Time) (bool, error) {
	return s.one(ctx, finishChallenge, id, sqldb.Micros(now))
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

package mfa

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.com/accountsec/internal/sqldb"
)

const factorColumns = `account, id, method, name, sealed, active, proved, step, created_at, expires_at, used_at, sealed_at, lookup`

const (
	selectFactors = `SELECT ` + factorColumns + ` FROM mfa_factors WHERE `
	readFactors   = selectFactors + `account = ? AND active = 1`
)

func scanFactor(row func(...any) error) (f FactorRow, err error) {
	var active, proved, created, expires, used, sealed int64
	err = row(&f.Account, &f.ID, &f.Method, &f.Name, &f.Sealed, &active, &proved, &f.Step, &created, &expires, &used, &sealed, &f.Lookup)
	f.Active, f.Proved = active == 1, proved == 1
	f.CreatedAt, f.ExpiresAt = sqldb.Time(created), sqldb.Time(expires)
	f.UsedAt, f.SealedAt = sqldb.Time(used), sqldb.Time(sealed)
	return f, err
}

func (s *SQLStore) factors(ctx context.Context, query string, args ...any) (out []FactorRow, err error) {
	err = s.db.Query(ctx, query, args, func(row func(...any) error) error {
		f, err := scanFactor(row)
		out = append(out, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// others tells how many active factors besides id the account has, and whether
// one of them has the name. The account must be locked.
func (s *SQLStore) others(ctx context.Context, account, id, name string) (n int, taken bool, err error) {
	var same int
	err = s.db.QueryRow(ctx, `SELECT count(*), COALESCE(sum(CASE WHEN name_key = ? THEN 1 ELSE 0 END), 0)
		FROM mfa_factors WHERE account = ? AND active = 1 AND id <> ?`, []any{NameKey(name), account, id}, &n, &same)
	return n, same > 0, err
}

// AddFactor implements [Store].
func (s *SQLStore) AddFactor(ctx context.Context, f FactorRow, max int) error {
	proved := 0
	if f.Proved {
		proved = 1
	}
	return s.locked(ctx, f.Account, func(ctx context.Context) error {
		n, taken, err := s.others(ctx, f.Account, f.ID, f.Name)
		if err != nil {
			return err
		}
		if err := mayAdd(n, taken, f.Proved, max); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM mfa_factors WHERE account = ? AND active = 0`, f.Account); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, `INSERT INTO mfa_factors (`+factorColumns+`, name_key, attempts)
			VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, '', ?, 0)`,
			f.Account, f.ID, f.Method, f.Name, f.Sealed, proved, f.Step,
			sqldb.Micros(f.CreatedAt), sqldb.Micros(f.ExpiresAt), sqldb.Micros(f.UsedAt), sqldb.Micros(f.SealedAt), NameKey(f.Name))
		return err
	})
}

// Factor implements [Store].
func (s *SQLStore) Factor(ctx context.Context, account, id string) (FactorRow, error) {
	found, err := s.factors(ctx, selectFactors+`account = ? AND id = ?`, account, id)
	if err != nil {
		return FactorRow{}, err
	}
	if len(found) == 0 {
		return FactorRow{}, ErrNoFactor
	}
	return found[0], nil
}

// Factors implements [Store].
func (s *SQLStore) Factors(ctx context.Context, account string) ([]FactorRow, error) {
	found, err := s.factors(ctx, readFactors, account)
	slices.SortFunc(found, older)
	return found, err
}

// TakeEnrollAttempt implements [Store].
func (s *SQLStore) TakeEnrollAttempt(ctx context.Context, account, id string, max int, now time.Time) (bool, error) {
	return s.oneDetached(ctx, `UPDATE mfa_factors SET attempts = attempts + 1
		WHERE account = ? AND id = ? AND active = 0 AND expires_at > ? AND attempts < ?`,
		account, id, sqldb.Micros(now), max)
}

// ActivateFactor implements [Store].
func (s *SQLStore) ActivateFactor(ctx context.Context, with FactorRow, now time.Time) (first bool, err error) {
	account, id, at, replace := with.Account, with.ID, sqldb.Micros(now), 0
	if with.Sealed != nil {
		replace = 1
	}
	err = s.locked(ctx, account, func(ctx context.Context) error {
		f, err := s.Factor(ctx, account, id)
		if errors.Is(err, ErrNoFactor) {
			return ErrNoEnrollment
		}
		if err != nil {
			return err
		}
		n, taken, err := s.others(ctx, account, id, f.Name)
		if err != nil {
			return err
		}
		if f.Active {
			return ErrNoEnrollment
		}
		if err := mayAdd(n, taken, f.Proved, n+1); err != nil {
			return err
		}
		first = n == 0
		ok, err := s.one(ctx, `UPDATE mfa_factors SET active = 1, expires_at = 0, step = ?, lookup = ?, used_at = ?,
				sealed = COALESCE(?, sealed), sealed_at = CASE WHEN CAST(? AS BIGINT) = 0 THEN sealed_at ELSE ? END
			WHERE account = ? AND id = ? AND active = 0 AND expires_at > ?`,
			with.Step, with.Lookup, at, with.Sealed, replace, at, account, id, at)
		switch {
		case errors.Is(err, sqldb.ErrConflict): // the name was free under the lock
			return ErrTaken
		case err == nil && !ok:
			return ErrNoEnrollment
		}
		return err
	})
	return first && err == nil, err
}

// FactorByLookup implements [Store].
func (s *SQLStore) FactorByLookup(ctx context.Context, method, lookup string) (FactorRow, error) {
	found, err := s.factors(ctx, selectFactors+`method = ? AND lookup = ? AND lookup <> ''`, method, lookup)
	if err != nil {
		return FactorRow{}, err
	}
	if len(found) == 0 {
		return FactorRow{}, ErrNoFactor
	}
	return found[0], nil
}

// RenameFactor implements [Store].
func (s *SQLStore) RenameFactor(ctx context.Context, account, id, name string) error {
	return s.locked(ctx, account, func(ctx context.Context) error {
		_, taken, err := s.others(ctx, account, id, name)
		if err != nil {
			return err
		}
		f, err := s.Factor(ctx, account, id)
		switch {
		case err != nil:
			return err
		case !f.Active:
			return ErrNoFactor
		case taken:
			return ErrNameTaken
		}
		_, err = s.db.Exec(ctx, `UPDATE mfa_factors SET name = ?, name_key = ? WHERE account = ? AND id = ? AND active = 1`,
			name, NameKey(name), account, id)
		return err
	})
}

// RemoveFactor implements [Store].
func (s *SQLStore) RemoveFactor(ctx context.Context, account, id string) (left int, err error) {
	err = s.locked(ctx, account, func(ctx context.Context) error {
		ok, err := s.one(ctx, `DELETE FROM mfa_factors WHERE account = ? AND id = ? AND active = 1`, account, id)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoFactor
		}
		if left, _, err = s.others(ctx, account, id, ""); err != nil || left > 0 {
			return err
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM mfa_factors WHERE account = ?`, account); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM mfa_codes WHERE account = ?`, account); err != nil {
			return err
		}
		return s.DropDevices(ctx, account)
	})
	return left, err
}

// FactorsSealedBefore implements [Store].
func (s *SQLStore) FactorsSealedBefore(ctx context.Context, before time.Time, after FactorRow, limit int) ([]FactorRow, error) {
	return s.factors(ctx, selectFactors+`sealed_at < ? AND (sealed_at, account, id) > (?, ?, ?) ORDER BY sealed_at, account, id LIMIT ?`,
		sqldb.Micros(before), sqldb.Micros(after.SealedAt), after.Account, after.ID, limit)
}

// ReplaceSealed implements [Store].
func (s *SQLStore) ReplaceSealed(ctx context.Context, account, id string, old, sealed []byte, now time.Time) (bool, error) {
	return s.one(ctx, `UPDATE mfa_factors SET sealed = ?, sealed_at = ? WHERE account = ? AND id = ? AND sealed = ?`,
		sealed, sqldb.Micros(now), account, id, old)
}

package mfa

import (
	"context"
	"database/sql"
	"embed"
	"sync/atomic"
	"time"

	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/throttle"
)

//go:embed migrations
var migrationFiles embed.FS

// SQLStore is a [Store] in the tables mfa_*. Changes that look at several of
// an account's rows lock the account's row in mfa_accounts first.
type SQLStore struct {
	*throttle.SQLStore
	db       *sqldb.DB
	prepared atomic.Bool // the statements of every verification
	raises   atomic.Bool // SQLite's trigger for them is there
}

var _ Store = (*SQLStore)(nil)

// NewSQLStore keeps everything in db; dialect is "sqlite" or "postgres". The
// tables are made by [SQLStore.Migrate].
func NewSQLStore(db *sql.DB, dialect string) (*SQLStore, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	return &SQLStore{SQLStore: throttle.NewSQLStore(d, "mfa_attempts"), db: d}, nil
}

// Migrate makes or updates the tables. Any number of instances may call it at once.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrationFiles, "mfa")
}

// InTx implements [Store].
func (s *SQLStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, fn)
}

// locked runs fn in a transaction that holds the account's row. The row is gone
// when that ends, so that nothing done after an erasure leaves it behind; until
// then whoever adds the same waits, since it is not known yet that it is gone.
func (s *SQLStore) locked(ctx context.Context, account string, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `INSERT INTO mfa_accounts (account) VALUES (?)
			ON CONFLICT (account) DO UPDATE SET account = excluded.account`, account); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM mfa_accounts WHERE account = ?`, account); err != nil {
			return err
		}
		return fn(ctx)
	})
}

// one runs a conditional statement and tells whether it touched a row.
func (s *SQLStore) one(ctx context.Context, query string, args ...any) (bool, error) {
	n, err := s.db.Exec(ctx, query, args...)
	return n > 0, err
}

// oneDetached is one for a count, which commits on its own.
func (s *SQLStore) oneDetached(ctx context.Context, query string, args ...any) (bool, error) {
	ctx, err := s.db.Detached(ctx)
	if err != nil {
		return false, err
	}
	return s.one(ctx, query, args...)
}

// MarkEnabled implements [Store].
func (s *SQLStore) MarkEnabled(ctx context.Context, account, method string, now time.Time) (bool, error) {
	return s.one(ctx, `INSERT INTO mfa_enabled (account, method, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		account, method, sqldb.Micros(now))
}

// CountMethods implements [Store], by an index alone.
func (s *SQLStore) CountMethods(ctx context.Context) (map[string]int, int, error) {
	methods, accounts := map[string]int{}, 0
	err := s.db.Query(ctx, `SELECT method, count(DISTINCT account) FROM mfa_factors WHERE active = 1 GROUP BY method
		UNION ALL SELECT '', count(DISTINCT account) FROM mfa_factors WHERE active = 1`, nil, func(row func(...any) error) error {
		var method string
		var n int
		err := row(&method, &n)
		if methods[method] = n; method == "" {
			delete(methods, method)
			accounts = n
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return methods, accounts, nil
}

// DeletePending implements [Store].
func (s *SQLStore) DeletePending(ctx context.Context, account string) error {
	return s.locked(ctx, account, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `DELETE FROM mfa_challenges WHERE account = ?`, account); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, `DELETE FROM mfa_factors WHERE account = ? AND active = 0`, account)
		return err
	})
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	return s.locked(ctx, account, func(ctx context.Context) error {
		for _, table := range []string{"mfa_factors", "mfa_codes", "mfa_challenges", "mfa_lanes", "mfa_devices", "mfa_enabled"} {
			if _, err := s.db.Exec(ctx, `DELETE FROM `+table+` WHERE account = ?`, account); err != nil {
				return err
			}
		}
		return s.DeleteAttempts(ctx, account)
	})
}

// Purge implements [Store].
func (s *SQLStore) Purge(ctx context.Context, now time.Time) (int64, error) {
	total, err := s.PurgeAttempts(ctx, now)
	if err != nil {
		return total, err
	}
	for _, p := range []struct {
		table, key, order, condition string
		before                       time.Time
	}{
		{"mfa_challenges", "id", "expires_at", "expires_at <= ?", now},
		{"mfa_devices", "account, id", "expires_at", "expires_at <= ?", now},
		{"mfa_spent", "id", "expires_at", "expires_at <= ?", now},
		{"mfa_factors", "account, id", "expires_at", "active = 0 AND expires_at <= ?", now},
		{"mfa_lanes", "account, lane", "last_at", "lasting = 0 AND last_at <= ?", now.Add(-laneMemory)},
	} {
		n, err := s.db.Purge(ctx, p.table, p.key, p.order, p.condition, sqldb.Micros(p.before))
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

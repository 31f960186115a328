package alerts

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

//go:embed migrations
var migrationFiles embed.FS

// SQLStore is a [Store] in tables whose names begin with "alerts_".
type SQLStore struct{ db *sqldb.DB }

var _ Store = (*SQLStore)(nil)

// NewSQLStore keeps everything in db; dialect is "sqlite" or "postgres". The
// tables are made by [SQLStore.Migrate].
func NewSQLStore(db *sql.DB, dialect string) (*SQLStore, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	return &SQLStore{d}, nil
}

// Migrate makes or updates the tables. Any number of instances may call it at once.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrationFiles, "alerts")
}

// InTx implements [Store].
func (s *SQLStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, fn)
}

// Profile implements [Store].
func (s *SQLStore) Profile(ctx context.Context, account string) (data []byte, version int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT data, version FROM alerts_profiles WHERE account = ?`, []any{account}, &data, &version)
	if errors.Is(err, sqldb.ErrNoRows) {
		return nil, 0, nil
	}
	return data, version, err
}

// PutProfile implements [Store].
func (s *SQLStore) PutProfile(ctx context.Context, account string, data []byte, version int64, now time.Time) (bool, error) {
	data = notNil(data)
	if version == 0 {
		n, err := s.db.Exec(ctx, `INSERT INTO alerts_profiles (account, data, version, updated_at) VALUES (?, ?, 1, ?)
			ON CONFLICT DO NOTHING`, account, data, sqldb.Micros(now))
		return n == 1, err
	}
	n, err := s.db.Exec(ctx, `UPDATE alerts_profiles SET data = ?, version = version + 1, updated_at = ?
		WHERE account = ? AND version = ?`, data, sqldb.Micros(now), account, version)
	return n == 1, err
}

// CountFailure implements [Store] by one upsert.
func (s *SQLStore) CountFailure(ctx context.Context, account string, window time.Duration, now time.Time) (n int, err error) {
	old := sqldb.Micros(now.Add(-window))
	err = s.db.QueryRow(ctx, `INSERT INTO alerts_failures AS f (account, n, since) VALUES (?, 1, ?)
		ON CONFLICT (account) DO UPDATE SET
			n = CASE WHEN f.since <= ? THEN 1 ELSE f.n + 1 END,
			since = CASE WHEN f.since <= ? THEN excluded.since ELSE f.since END
		RETURNING n`, []any{account, sqldb.Micros(now), old, old}, &n)
	return n, err
}

// accountTables hold rows of accounts.
var accountTables = []string{
	"alerts_profiles", "alerts_failures", "alerts_preferences", "alerts_rules", "alerts_rates", "alerts_topics", "alerts_codes", "alerts_outbox", "alerts_contacts", "alerts_answers",
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, table := range accountTables {
			if _, err := s.db.Exec(ctx, `DELETE FROM `+table+` WHERE account = ?`, account); err != nil {
				return err
			}
		}
		return nil
	})
}

// Purge implements [Store].
func (s *SQLStore) Purge(ctx context.Context, before Horizon, max int) (total int64, err error) {
	total, err = s.db.Exec(ctx, `DELETE FROM alerts_outbox WHERE done_at > 0 AND id IN (
		SELECT id FROM alerts_outbox WHERE done_at > 0 AND done_at < ? ORDER BY done_at LIMIT ?)`, sqldb.Micros(before.Done), max)
	if err != nil {
		return total, err
	}
	for _, t := range []struct {
		table, column, key string
		before             time.Time
	}{
		{"alerts_failures", "since", "account", before.Failures}, {"alerts_rates", "since", "account, name", before.Rates},
		{"alerts_topics", "quiet_until", "account, name", before.Topics}, {"alerts_codes", "expires_at", "hash", before.Codes},
		{"alerts_answers", "expires_at", "account, name", before.Answers},
	} {
		// The condition twice: a row may have begun anew meanwhile.
		n, err := s.db.Exec(ctx, `DELETE FROM `+t.table+` WHERE `+t.column+` < ? AND (`+t.key+`) IN (
			SELECT `+t.key+` FROM `+t.table+` WHERE `+t.column+` < ? ORDER BY `+t.column+` LIMIT ?)`,
			sqldb.Micros(t.before), sqldb.Micros(t.before), max)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

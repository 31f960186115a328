package throttle

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// SQLStore is a [Store] in one table of a domain's own, made by its migration:
//
//	CREATE TABLE <domain>_attempts (
//		account TEXT NOT NULL, bucket TEXT NOT NULL, n BIGINT NOT NULL,
//		last_at BIGINT NOT NULL, closed_until BIGINT NOT NULL,
//		PRIMARY KEY (account, bucket));
//	CREATE INDEX <domain>_attempts_last ON <domain>_attempts (last_at);
type SQLStore struct {
	db    *sqldb.DB
	table string // a constant of ours, never input
}

var _ Store = (*SQLStore)(nil)

// NewSQLStore counts in table.
func NewSQLStore(db *sqldb.DB, table string) *SQLStore { return &SQLStore{db, table} }

// CountAttempt implements [Store] by one upsert whose update is conditional:
// of the callers that race for the last open attempt, one gets a row back.
func (s *SQLStore) CountAttempt(ctx context.Context, account, name string, free int, base, max time.Duration, now time.Time) (int, time.Duration, error) {
	ctx, err := s.db.Detached(ctx)
	if err != nil {
		return 0, 0, err
	}
	at := sqldb.Micros(now)
	forgotten := sqldb.Micros(now.Add(-Memory))
	first := at + wait(1, free, base, max).Microseconds()
	// The new count, then the wait it earns: base doubled n-free times.
	const n = `(CASE WHEN t.last_at <= ? THEN 1 ELSE t.n + 1 END)`
	query := `INSERT INTO ` + s.table + ` AS t (account, bucket, n, last_at, closed_until) VALUES (?, ?, 1, ?, ?)
		ON CONFLICT (account, bucket) DO UPDATE SET n = ` + n + `, last_at = excluded.last_at,
			closed_until = excluded.last_at + CASE
				WHEN ` + n + ` < ? THEN 0
				WHEN ` + n + ` - ? > 20 THEN CAST(? AS BIGINT)
				WHEN CAST(? AS BIGINT) * (1 << CAST(` + n + ` - ? AS INTEGER)) > ? THEN CAST(? AS BIGINT)
				ELSE CAST(? AS BIGINT) * (1 << CAST(` + n + ` - ? AS INTEGER)) END
		WHERE t.closed_until <= excluded.last_at OR t.last_at <= ?
		RETURNING n`
	b, m := base.Microseconds(), max.Microseconds()
	args := []any{account, name, at, first, forgotten,
		forgotten, free,
		forgotten, free, m,
		b, forgotten, free, m, m,
		b, forgotten, free,
		forgotten}
	var count int
	err = s.db.QueryRow(ctx, query, args, &count)
	if err == nil {
		return count, 0, nil
	}
	if !errors.Is(err, sqldb.ErrNoRows) {
		return 0, 0, err
	}
	return s.closed(ctx, account, name, now)
}

// closed reads the wait of a bucket that refused the attempt. If it opened or
// vanished in between, the answer is still "refused", with the shortest wait.
func (s *SQLStore) closed(ctx context.Context, account, name string, now time.Time) (int, time.Duration, error) {
	var n int
	var until int64
	err := s.db.QueryRow(ctx, `SELECT n, closed_until FROM `+s.table+` WHERE account = ? AND bucket = ?`,
		[]any{account, name}, &n, &until)
	if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
		return 0, 0, err
	}
	return n, max(sqldb.Time(until).Sub(now), time.Millisecond), nil
}

// RefundAttempt implements [Store].
func (s *SQLStore) RefundAttempt(ctx context.Context, account, name string) error {
	_, err := s.db.Exec(ctx, `UPDATE `+s.table+` SET n = n - 1, closed_until = 0 WHERE account = ? AND bucket = ? AND n > 0`, account, name)
	return err
}

// ForgetAttempts implements [Store].
func (s *SQLStore) ForgetAttempts(ctx context.Context, account, name string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM `+s.table+` WHERE account = ? AND bucket = ?`, account, name)
	return err
}

// PurgeAttempts implements [Store].
func (s *SQLStore) PurgeAttempts(ctx context.Context, now time.Time) (int64, error) {
	return s.db.Purge(ctx, s.table, "account, bucket", "last_at", "last_at <= ?", sqldb.Micros(now.Add(-Memory)))
}

// DeleteAttempts deletes every bucket of the account.
func (s *SQLStore) DeleteAttempts(ctx context.Context, account string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM `+s.table+` WHERE account = ?`, account)
	return err
}

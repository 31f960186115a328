package webpush

import (
	"context"
	"database/sql"
	"embed"
	"time"

	"example.com/accountsec/internal/sqldb"
)

//go:embed migrations
var migrationFiles embed.FS

// SQLStore is a [Store] in tables whose names begin with alerts_webpush.
type SQLStore struct{ db *sqldb.DB }

var _ Store = (*SQLStore)(nil)

// NewSQLStore keeps subscriptions in db; dialect is "sqlite" or "postgres".
// The tables are made by [SQLStore.Migrate].
func NewSQLStore(db *sql.DB, dialect string) (*SQLStore, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	return &SQLStore{d}, nil
}

// Migrate makes or updates the tables. Any number of instances may call it at once.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrationFiles, "alerts_webpush")
}

// InTx implements [Store].
func (s *SQLStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, fn)
}

// locked runs fn in a transaction that holds the account's row: otherwise two
// that add at once would each see one less than there are.
func (s *SQLStore) locked(ctx context.Context, account string, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `INSERT INTO alerts_webpush_accounts (account) VALUES (?)
			ON CONFLICT (account) DO UPDATE SET account = excluded.account`, account); err != nil {
			return err
		}
		return fn(ctx)
	})
}

// Put implements [Store].
func (s *SQLStore) Put(ctx context.Context, r Row, max int) (added bool, err error) {
	err = s.locked(ctx, r.Account, func(ctx context.Context) error {
		n, err := s.db.Exec(ctx, `UPDATE alerts_webpush_subscriptions SET label = ?, sealed = ?, used_at = ?, sealed_at = ?
			WHERE id = ? AND account = ?`, r.Label, r.Sealed, sqldb.Micros(r.UsedAt), sqldb.Micros(r.SealedAt), r.ID, r.Account)
		if added = err == nil && n == 0; !added {
			return err
		}
		if _, err := s.db.Exec(ctx, `INSERT INTO alerts_webpush_subscriptions (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET account = excluded.account, label = excluded.label, sealed = excluded.sealed,
			created_at = excluded.created_at, used_at = excluded.used_at, sealed_at = excluded.sealed_at`,
			r.ID, r.Account, r.Label, r.Sealed, sqldb.Micros(r.CreatedAt), sqldb.Micros(r.UsedAt), sqldb.Micros(r.SealedAt)); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, `DELETE FROM alerts_webpush_subscriptions WHERE account = ? AND id <> ? AND id NOT IN
			(SELECT id FROM alerts_webpush_subscriptions WHERE account = ? AND id <> ? ORDER BY used_at DESC, id DESC LIMIT ?)`,
			r.Account, r.ID, r.Account, r.ID, max-1)
		return err
	})
	return added && err == nil, err
}

const columns = `id, account, label, sealed, created_at, used_at, sealed_at`

func (s *SQLStore) query(ctx context.Context, where string, args ...any) (out []Row, err error) {
	err = s.db.Query(ctx, `SELECT `+columns+` FROM alerts_webpush_subscriptions WHERE `+where, args, func(row func(...any) error) error {
		var r Row
		var created, used, sealed int64
		err := row(&r.ID, &r.Account, &r.Label, &r.Sealed, &created, &used, &sealed)
		r.CreatedAt, r.UsedAt, r.SealedAt = sqldb.Time(created), sqldb.Time(used), sqldb.Time(sealed)
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// List implements [Store].
func (s *SQLStore) List(ctx context.Context, account string) ([]Row, error) {
	return s.query(ctx, `account = ? ORDER BY used_at DESC, id DESC`, account)
}

// Used implements [Store].
func (s *SQLStore) Used(ctx context.Context, account string, ids []string, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	at := sqldb.Micros(now)
	args := []any{at, account, at}
	for _, id := range ids {
		args = append(args, id)
	}
	_, err := s.db.Exec(ctx, `UPDATE alerts_webpush_subscriptions SET used_at = ?
		WHERE account = ? AND used_at < ? AND id IN (`+sqldb.Placeholders(len(ids))+`)`, args...)
	return err
}

// Remove implements [Store].
func (s *SQLStore) Remove(ctx context.Context, account, id string) (bool, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM alerts_webpush_subscriptions WHERE id = ? AND account = ?`, id, account)
	return n > 0, err
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, table := range []string{"alerts_webpush_accounts", "alerts_webpush_subscriptions"} { // the lock first, as in Put
			if _, err := s.db.Exec(ctx, `DELETE FROM `+table+` WHERE account = ?`, account); err != nil {
				return err
			}
		}
		return nil
	})
}

// SealedBefore implements [Store].
func (s *SQLStore) SealedBefore(ctx context.Context, before time.Time, after Row, limit int) ([]Row, error) {
	at := sqldb.Micros(after.SealedAt)
	return s.query(ctx, `sealed_at < ? AND (sealed_at > ? OR sealed_at = ? AND id > ?) ORDER BY sealed_at, id LIMIT ?`,
		sqldb.Micros(before), at, at, after.ID, limit)
}

// Swap implements [Store].
func (s *SQLStore) Swap(ctx context.Context, r Row, sealed []byte, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_webpush_subscriptions SET sealed = ?, sealed_at = ? WHERE id = ? AND account = ? AND sealed = ?`,
		sealed, sqldb.Micros(now), r.ID, r.Account, r.Sealed)
	return n > 0, err
}

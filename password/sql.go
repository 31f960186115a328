package password

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/throttle"
)

//go:embed migrations
var migrationFiles embed.FS

// SQLStore is a [Store] in the tables password_hashes, password_history and
// password_attempts. Attempts are counted outside of a carried transaction; on
// SQLite, which has one writer, a password cannot be verified inside one.
type SQLStore struct {
	*throttle.SQLStore
	db *sqldb.DB
}

var _ Store = (*SQLStore)(nil)

// NewSQLStore keeps passwords in db; dialect is "sqlite" or "postgres". The
// tables are made by [SQLStore.Migrate].
func NewSQLStore(db *sql.DB, dialect string) (*SQLStore, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	return &SQLStore{throttle.NewSQLStore(d, "password_attempts"), d}, nil
}

// Migrate makes or updates the tables. Any number of instances may call it at once.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrationFiles, "password")
}

// Get implements [Store].
func (s *SQLStore) Get(ctx context.Context, account string) (Record, error) {
	var r Record
	var at, revoked int64
	err := s.db.QueryRow(ctx, `SELECT hash, version, set_at, revoked_at FROM password_hashes WHERE account = ?`,
		[]any{account}, &r.Hash, &r.Version, &at, &revoked)
	if errors.Is(err, sqldb.ErrNoRows) {
		return Record{}, ErrNoPassword
	}
	if err != nil {
		return Record{}, err
	}
	r.SetAt, r.RevokedAt = sqldb.Time(at), sqldb.Time(revoked)
	return r, nil
}

// SetHash implements [Store]. The guard is the conditional statement on
// password_hashes, which comes first and changes nothing yet: it holds the row,
// so that what goes to the history is what was current at the end, in its last
// form, and those who lose the race wait there.
func (s *SQLStore) SetHash(ctx context.Context, account, hash string, expect int64, keep int, now time.Time) (bool, error) {
	won := false
	err := s.db.InTx(ctx, func(ctx context.Context) (err error) {
		if won, err = s.set(ctx, account, hash, expect, keep, sqldb.Micros(now)); err == nil && !won {
			return errLost
		}
		return err
	})
	if errors.Is(err, errLost) {
		return false, nil
	}
	return won, err
}

// errLost rolls back what a caller who lost has written.
var errLost = errors.New("password: lost the race")

func (s *SQLStore) set(ctx context.Context, account, hash string, expect int64, keep int, at int64) (bool, error) {
	if expect == 0 {
		n, err := s.db.Exec(ctx, `INSERT INTO password_hashes (account, hash, version, set_at) VALUES (?, ?, 1, ?)
			ON CONFLICT DO NOTHING`, account, hash, at)
		return n == 1, err
	}
	if held, err := s.Hold(ctx, account, expect, true); err != nil || !held {
		return false, err
	}
	if keep > 0 {
		if _, err := s.db.Exec(ctx, `INSERT INTO password_history (account, version, hash, set_at)
			SELECT account, version, hash, set_at FROM password_hashes WHERE account = ? AND version = ?
			ON CONFLICT DO NOTHING`, account, expect); err != nil {
			return false, err
		}
	}
	n, err := s.db.Exec(ctx, `UPDATE password_hashes SET hash = ?, version = version + 1, set_at = ?, revoked_at = 0
		WHERE account = ? AND version = ?`, hash, at, account, expect)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = s.db.Exec(ctx, `DELETE FROM password_history WHERE account = ? AND version <= ?`, account, expect-int64(max(keep, 0)))
	return err == nil, err
}

// Revoke implements [Store].
func (s *SQLStore) Revoke(ctx context.Context, account string, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE password_hashes SET revoked_at = ? WHERE account = ? AND revoked_at = 0`, sqldb.Micros(now), account)
	return n == 1, err
}

// Hold implements [Store] by a statement that changes nothing and holds the row.
func (s *SQLStore) Hold(ctx context.Context, account string, version int64, revoked bool) (bool, error) {
	query := `UPDATE password_hashes SET version = version WHERE account = ? AND version = ?`
	if !revoked {
		query += ` AND revoked_at = 0`
	}
	n, err := s.db.Exec(ctx, query, account, version)
	return n == 1, err
}

// UpgradeHash implements [Store].
func (s *SQLStore) UpgradeHash(ctx context.Context, account, old, upgraded string) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE password_hashes SET hash = ? WHERE account = ? AND hash = ?`, upgraded, account, old)
	return n == 1, err
}

// History implements [Store].
func (s *SQLStore) History(ctx context.Context, account string, n int) ([]string, error) {
	var out []string
	err := s.db.Query(ctx, `SELECT hash FROM password_history WHERE account = ? ORDER BY version DESC LIMIT ?`,
		[]any{account, max(n, 0)}, func(row func(...any) error) error {
			var hash string
			err := row(&hash)
			out = append(out, hash)
			return err
		})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// hashesAfter limits each table by itself, so that PostgreSQL follows the
// indexes and reads no more than the limit of either.
const hashesAfter = `SELECT account, version, hash FROM (
	SELECT * FROM (SELECT account, version, hash FROM password_hashes
		WHERE account >= ? AND (account > ? OR version > ?) ORDER BY account, version LIMIT ?) now
	UNION ALL
	SELECT * FROM (SELECT account, version, hash FROM password_history
		WHERE account >= ? AND (account > ? OR version > ?) ORDER BY account, version LIMIT ?) former
	) every ORDER BY account, version LIMIT ?`

// HashesAfter implements [Store].
func (s *SQLStore) HashesAfter(ctx context.Context, account string, version int64, limit int) ([]StoredHash, error) {
	var out []StoredHash
	limit = max(limit, 0)
	err := s.db.Query(ctx, hashesAfter,
		[]any{account, account, version, limit, account, account, version, limit, limit}, func(row func(...any) error) error {
			var h StoredHash
			err := row(&h.Account, &h.Version, &h.Hash)
			out = append(out, h)
			return err
		})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ReplaceHash implements [Store]. A hash that becomes a former one meanwhile is
// found there: the first statement waits for whoever holds its row.
func (s *SQLStore) ReplaceHash(ctx context.Context, account string, version int64, old, hash string) (won bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		for _, table := range []string{"password_hashes", "password_history"} {
			n, err := s.db.Exec(ctx, `UPDATE `+table+` SET hash = ? WHERE account = ? AND version = ? AND hash = ?`, hash, account, version, old)
			if won = n == 1; won || err != nil {
				return err
			}
		}
		return nil
	})
	return won, err
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, table := range []string{"password_hashes", "password_history"} {
			if _, err := s.db.Exec(ctx, `DELETE FROM `+table+` WHERE account = ?`, account); err != nil {
				return err
			}
		}
		return s.DeleteAttempts(ctx, account)
	})
}

// InTx implements [Store].
func (s *SQLStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, fn)
}

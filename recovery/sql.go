package recovery

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

// SQLStore is a [Store] on SQLite or PostgreSQL.
type SQLStore struct {
	*throttle.SQLStore
	db *sqldb.DB
}

var _ Store = (*SQLStore)(nil)

// NewSQLStore keeps answers and tickets in db; dialect is "sqlite" or
// "postgres". The tables are made by [SQLStore.Migrate].
func NewSQLStore(db *sql.DB, dialect string) (*SQLStore, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	return &SQLStore{throttle.NewSQLStore(d, "recovery_attempts"), d}, nil
}

// Migrate makes or updates the tables. Any number of instances may call it at once.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrationFiles, "recovery")
}

// won runs a guard: it won if it touched exactly one row.
func (s *SQLStore) won(ctx context.Context, query string, args ...any) (bool, error) {
	n, err := s.db.Exec(ctx, query, args...)
	return n == 1, err
}

// counted runs a guard that counts an attempt, in a transaction of its own.
func (s *SQLStore) counted(ctx context.Context, query string, args ...any) (bool, error) {
	ctx, err := s.db.Detached(ctx)
	if err != nil {
		return false, err
	}
	return s.won(ctx, query, args...)
}

// SetAnswers implements [Store]. The versioned row decides who wins.
func (s *SQLStore) SetAnswers(ctx context.Context, account string, a Answers) (won bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if a.Version == 1 {
			won, err = s.won(ctx, `INSERT INTO recovery_sets (account, version, set_at) VALUES (?, 1, ?) ON CONFLICT DO NOTHING`, account, sqldb.Micros(a.SetAt))
		} else {
			won, err = s.won(ctx, `UPDATE recovery_sets SET version = ?, set_at = ?, proved_at = 0 WHERE account = ? AND version = ?`,
				a.Version, sqldb.Micros(a.SetAt), account, a.Version-1)
		}
		if err != nil || !won {
			return err
		}
		return s.putAnswers(ctx, account, a.List)
	})
	return won, err
}

func (s *SQLStore) putAnswers(ctx context.Context, account string, list []StoredAnswer) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM recovery_answers WHERE account = ?`, account); err != nil {
		return err
	}
	for i, a := range list {
		if _, err := s.db.Exec(ctx, `INSERT INTO recovery_answers (account, place, question, sealed_text, sealed_hash) VALUES (?, ?, ?, ?, ?)`,
			account, i, a.Question, a.SealedText, a.SealedHash); err != nil {
			return err
		}
	}
	return nil
}

// GetAnswers implements [Store], in one statement and so in one state.
func (s *SQLStore) GetAnswers(ctx context.Context, account string) (a Answers, err error) {
	err = s.db.Query(ctx, `SELECT s.version, s.set_at, s.used_at, s.proved_at, COALESCE(a.question, ''), a.sealed_text, a.sealed_hash
		FROM recovery_sets s LEFT JOIN recovery_answers a ON a.account = s.account WHERE s.account = ? ORDER BY a.place`, []any{account},
		func(row func(...any) error) error {
			var set, used, proved int64
			var one StoredAnswer
			if err := row(&a.Version, &set, &used, &proved, &one.Question, &one.SealedText, &one.SealedHash); err != nil {
				return err
			}
			a.SetAt, a.UsedAt, a.ProvedAt = sqldb.Time(set), sqldb.Time(used), sqldb.Time(proved)
			if one.Question != "" {
				a.List = append(a.List, one)
			}
			return nil
		})
	return a, err
}

// TouchAnswers implements [Store].
func (s *SQLStore) TouchAnswers(ctx context.Context, account string, drill bool, now time.Time) error {
	column := "used_at"
	if drill {
		column = "proved_at"
	}
	_, err := s.db.Exec(ctx, `UPDATE recovery_sets SET `+column+` = ? WHERE account = ?`, sqldb.Micros(now), account)
	return err
}

// NextAccount implements [Store].
func (s *SQLStore) NextAccount(ctx context.Context, after string) (account string, err error) {
	err = s.db.QueryRow(ctx, `SELECT account FROM recovery_answers WHERE account > ? ORDER BY account LIMIT 1`, []any{after}, &account)
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", nil
	}
	return account, err
}

// SwapAnswer implements [Store].
func (s *SQLStore) SwapAnswer(ctx context.Context, account string, place int, old, sealed StoredAnswer) (bool, error) {
	return s.won(ctx, `UPDATE recovery_answers SET sealed_text = ?, sealed_hash = ? WHERE account = ? AND place = ? AND sealed_hash = ?`,
		sealed.SealedText, sealed.SealedHash, account, place, old.SealedHash)
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, table := range []string{"recovery_tickets", "recovery_waits", "recovery_answers", "recovery_sets", "recovery_failures", "recovery_states"} {
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

package recovery

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"example.com/accountsec/internal/canon"
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
			won, err = s.won(ctx, `UPDATE recovery_sets SET version = ?, set_at = ? WHERE account = ? AND version = ?`,
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
	err = s.db.Query(ctx, `SELECT s.version, s.set_at, a.question, a.sealed_text, a.sealed_hash
		FROM recovery_sets s JOIN recovery_answers a ON a.account = s.account WHERE s.account = ? ORDER BY a.place`, []any{account},
		func(row func(...any) error) error {
			var at int64
			var one StoredAnswer
			if err := row(&a.Version, &at, &one.Question, &one.SealedText, &one.SealedHash); err != nil {
				return err
			}
			a.SetAt = sqldb.Time(at)
			a.List = append(a.List, one)
			return nil
		})
	return a, err
}

// DeleteAnswers implements [Store].
func (s *SQLStore) DeleteAnswers(ctx context.Context, account string) error {
	return s.delete(ctx, account, "recovery_answers", "recovery_sets")
}

func (s *SQLStore) delete(ctx context.Context, account string, tables ...string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, table := range tables {
			if _, err := s.db.Exec(ctx, `DELETE FROM `+table+` WHERE account = ?`, account); err != nil {
				return err
			}
		}
		return nil
	})
}

// NextAccount implements [Store].
func (s *SQLStore) NextAccount(ctx context.Context, after string) (account string, err error) {
	err = s.db.QueryRow(ctx, `SELECT account FROM recovery_sets WHERE account > ? ORDER BY account LIMIT 1`, []any{after}, &account)
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

// PutTicket implements [Store].
func (s *SQLStore) PutTicket(ctx context.Context, t Ticket) error {
	_, err := s.db.Exec(ctx, `INSERT INTO recovery_tickets (account, slot, hash, client, step, sealed_code, code_tries, answer_tries, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?) ON CONFLICT (account, slot) DO UPDATE SET hash = excluded.hash, client = excluded.client, step = excluded.step,
			sealed_code = excluded.sealed_code, code_tries = 0, answer_tries = 0, expires_at = excluded.expires_at`,
		t.Account, t.Slot, t.Hash, t.Client, t.Step, t.SealedCode, sqldb.Micros(t.ExpiresAt))
	return err
}

// GetTicket implements [Store].
func (s *SQLStore) GetTicket(ctx context.Context, hash string, now time.Time) (Ticket, error) {
	t := Ticket{Hash: hash}
	var expires int64
	err := s.db.QueryRow(ctx, `SELECT account, slot, client, step, sealed_code, code_tries, answer_tries, expires_at FROM recovery_tickets
		WHERE hash = ? AND expires_at > ?`, []any{hash, sqldb.Micros(now)},
		&t.Account, &t.Slot, &t.Client, &t.Step, &t.SealedCode, &t.CodeTries, &t.AnswerTries, &expires)
	if errors.Is(err, sqldb.ErrNoRows) {
		return Ticket{}, ErrBadTicket
	}
	t.ExpiresAt = sqldb.Time(expires)
	return t, err
}

// TakeCodeTry implements [Store].
func (s *SQLStore) TakeCodeTry(ctx context.Context, hash string, max int, now time.Time) (bool, error) {
	return s.counted(ctx, `UPDATE recovery_tickets SET code_tries = code_tries + 1 WHERE hash = ? AND code_tries < ? AND expires_at > ?`, hash, max, sqldb.Micros(now))
}

// TakeAnswerTry implements [Store].
func (s *SQLStore) TakeAnswerTry(ctx context.Context, hash string, max int, now time.Time) (bool, error) {
	return s.counted(ctx, `UPDATE recovery_tickets SET answer_tries = answer_tries + 1 WHERE hash = ? AND answer_tries < ? AND expires_at > ?`, hash, max, sqldb.Micros(now))
}

// Advance implements [Store].
func (s *SQLStore) Advance(ctx context.Context, hash, from, to string, expires, now time.Time) (bool, error) {
	return s.won(ctx, `UPDATE recovery_tickets SET step = ?, expires_at = ? WHERE hash = ? AND step = ? AND expires_at > ?`,
		to, sqldb.Micros(expires), hash, from, sqldb.Micros(now))
}

// Complete implements [Store].
func (s *SQLStore) Complete(ctx context.Context, hash, grant string, expires, now time.Time) (bool, error) {
	return s.won(ctx, `UPDATE recovery_tickets SET hash = ?, step = ?, sealed_code = NULL, expires_at = ? WHERE hash = ? AND step = ? AND expires_at > ?`,
		grant, stepCompleted, sqldb.Micros(expires), hash, stepAnswered, sqldb.Micros(now))
}

// Spend implements [Store].
func (s *SQLStore) Spend(ctx context.Context, grant, client string, now time.Time) (bool, error) {
	return s.won(ctx, `DELETE FROM recovery_tickets WHERE hash = ? AND client = ? AND step = ? AND expires_at > ?`, grant, client, stepCompleted, sqldb.Micros(now))
}

// DeleteTickets implements [Store].
func (s *SQLStore) DeleteTickets(ctx context.Context, account string) error {
	return s.delete(ctx, account, "recovery_tickets")
}

// PurgeTickets implements [Store].
func (s *SQLStore) PurgeTickets(ctx context.Context, now time.Time) (int64, error) {
	return s.db.Exec(ctx, `DELETE FROM recovery_tickets WHERE expires_at <= ?`, sqldb.Micros(now))
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.delete(ctx, account, "recovery_tickets", "recovery_answers", "recovery_sets"); err != nil {
			return err
		}
		return s.DeleteAttempts(ctx, canon.Key(account))
	})
}

// InTx implements [Store].
func (s *SQLStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, fn)
}

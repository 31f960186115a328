package sms

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"strings"
	"time"

	"example.com/accountsec/internal/sqldb"
)

//go:embed migrations
var migrationFiles embed.FS

// SQLStore is a [Store] in the table mfa_sms_quotas.
type SQLStore struct{ db *sqldb.DB }

var _ Store = (*SQLStore)(nil)

// NewSQLStore counts in db; dialect is "sqlite" or "postgres". The table is
// made by [SQLStore.Migrate].
func NewSQLStore(db *sql.DB, dialect string) (*SQLStore, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	return &SQLStore{d}, nil
}

// Migrate makes or updates the table. Any number of instances may call it at once.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrationFiles, "mfa_sms")
}

var errRefused = errors.New("refused")

// Spend implements [Store]: one upsert of all quotas, each under its own
// condition. The database locks and judges the rows in the order given; if it
// changed fewer than all, the transaction is rolled back and nothing is taken.
func (s *SQLStore) Spend(ctx context.Context, quotas []Quota, now time.Time) (Refusal, error) {
	ctx, err := s.db.Detached(ctx)
	if err != nil {
		return Refusal{}, err
	}
	if refused := never(quotas); len(quotas) == 0 || refused != (Refusal{}) {
		return refused, nil
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error { return s.take(ctx, quotas, now) })
	if errors.Is(err, errRefused) {
		return s.refusal(ctx, quotas, now)
	}
	return Refusal{}, err
}

func (s *SQLStore) take(ctx context.Context, quotas []Quota, now time.Time) error {
	at := sqldb.Micros(now)
	args := make([]any, 0, 5*len(quotas)+3)
	for _, q := range quotas {
		args = append(args, q.Name, q.Account, q.Cost, q.Limit, sqldb.Micros(now.Add(q.Window)))
	}
	n, err := s.db.Exec(ctx, insert(len(quotas))+` ON CONFLICT (name) DO UPDATE SET account = excluded.account, max_n = excluded.max_n,
		n = CASE WHEN t.until <= ? THEN excluded.n ELSE t.n + excluded.n END,
		until = CASE WHEN t.until <= ? THEN excluded.until ELSE t.until END
		WHERE t.until <= ? OR t.n + excluded.n <= excluded.max_n`, append(args, at, at, at)...)
	if err == nil && n < int64(len(quotas)) {
		err = errRefused
	}
	return err
}

func insert(rows int) string {
	return `INSERT INTO mfa_sms_quotas AS t (name, account, n, max_n, until) VALUES ` +
		strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?),", rows), ",")
}

// refusal reads what stood in the way. If that is gone meanwhile, the answer is
// still "refused", with the shortest wait.
func (s *SQLStore) refusal(ctx context.Context, quotas []Quota, now time.Time) (Refusal, error) {
	names, byName := make([]string, len(quotas)), make(map[string]Quota, len(quotas))
	for i, q := range quotas {
		names[i], byName[q.Name] = q.Name, q
	}
	levels, err := s.Levels(ctx, names, now)
	if err != nil {
		return Refusal{}, err
	}
	refused := Refusal{Name: quotas[0].Name, RetryAfter: time.Microsecond}
	for _, l := range levels {
		q := byName[l.Name]
		if wait := l.Until.Sub(now); l.Used+q.Cost > q.Limit && wait >= refused.RetryAfter {
			refused = Refusal{Name: l.Name, RetryAfter: wait}
		}
	}
	return refused, nil
}

// Return implements [Store]. What is given back is upserted like what is
// taken, so that both lock the rows in the order given and never wait for each
// other; a row that is not there is made one whose window has ended.
func (s *SQLStore) Return(ctx context.Context, once Quota, back []Quota, now time.Time) (bool, error) {
	ctx, err := s.db.Detached(ctx)
	if err != nil || once.Cost > once.Limit {
		return false, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.take(ctx, []Quota{once}, now); err != nil || len(back) == 0 {
			return err
		}
		args := make([]any, 0, 5*len(back))
		for _, q := range back {
			args = append(args, q.Name, q.Account, q.Cost, q.Limit, int64(0))
		}
		_, err := s.db.Exec(ctx, insert(len(back))+` ON CONFLICT (name) DO UPDATE
			SET n = CASE WHEN t.n > excluded.n THEN t.n - excluded.n ELSE 0 END`, args...)
		return err
	})
	if errors.Is(err, errRefused) {
		return false, nil
	}
	return err == nil, err
}

// Levels implements [Store].
func (s *SQLStore) Levels(ctx context.Context, names []string, now time.Time) ([]Level, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var levels []Level
	err := s.db.Query(ctx, `SELECT name, n, max_n, until FROM mfa_sms_quotas WHERE until > ? AND name IN (`+sqldb.Placeholders(len(names))+`)`,
		append([]any{sqldb.Micros(now)}, anys(names)...), func(row func(...any) error) error {
			var l Level
			var until int64
			if err := row(&l.Name, &l.Used, &l.Limit, &until); err != nil {
				return err
			}
			l.Until = sqldb.Time(until)
			levels = append(levels, l)
			return nil
		})
	return levels, err
}

func anys(names []string) []any {
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = name
	}
	return out
}

// Reset implements [Store].
func (s *SQLStore) Reset(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	_, err := s.db.Exec(ctx, `DELETE FROM mfa_sms_quotas WHERE name IN (`+sqldb.Placeholders(len(names))+`)`, anys(names)...)
	return err
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	if account == "" {
		return nil
	}
	_, err := s.db.Exec(ctx, `DELETE FROM mfa_sms_quotas WHERE account = ?`, account)
	return err
}

// Purge implements [Store].
func (s *SQLStore) Purge(ctx context.Context, now time.Time) (int64, error) {
	return s.db.Purge(ctx, "mfa_sms_quotas", "name", "until", "until <= ?", sqldb.Micros(now))
}

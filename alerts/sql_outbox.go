package alerts

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/sqldb"
)

const outboxColumns = `id, account, channel, kind, dedupe, payload, state, attempts, created_at, due_at, expires_at, done_at, token, last_error`

// Enqueue implements [Store] by one statement.
func (s *SQLStore) Enqueue(ctx context.Context, rows []Delivery) (int, error) {
	if len(rows) == 0 {
		return 0, ctx.Err()
	}
	args := make([]any, 0, 14*len(rows))
	for _, d := range rows {
		args = append(args, d.ID, d.Account, d.Channel, string(d.Kind), d.Dedupe, notNil(d.Payload), string(Pending), 0,
			sqldb.Micros(d.CreatedAt), sqldb.Micros(d.DueAt), sqldb.Micros(d.ExpiresAt), int64(0), "", "")
	}
	values := strings.TrimSuffix(strings.Repeat("("+sqldb.Placeholders(14)+"),", len(rows)), ",")
	n, err := s.db.Exec(ctx, `INSERT INTO alerts_outbox (`+outboxColumns+`) VALUES `+values+` ON CONFLICT DO NOTHING`, args...)
	return int(n), err
}

// Lease implements [Store]. PostgreSQL skips the rows that another dispatcher
// is leasing; SQLite has one writer at a time.
func (s *SQLStore) Lease(ctx context.Context, token string, until, now time.Time, max int) ([]Delivery, error) {
	lock := ""
	if s.db.Dialect() == sqldb.Postgres {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	// Materialized, so that the limit is applied once, whatever the plan.
	query := `WITH picked AS MATERIALIZED (
			SELECT id FROM alerts_outbox WHERE done_at = 0 AND due_at <= ? ORDER BY due_at, created_at, id LIMIT ?` + lock + `)
		UPDATE alerts_outbox SET state = 'leased', token = ?, due_at = ?, attempts = attempts + 1
		WHERE done_at = 0 AND id IN (SELECT id FROM picked)
		RETURNING ` + outboxColumns
	var out []Delivery
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		out = nil
		return s.db.Query(ctx, query, []any{sqldb.Micros(now), max, token, sqldb.Micros(until)}, func(row func(...any) error) error {
			d, err := scanDelivery(row)
			out = append(out, d)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Delivery) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

func scanDelivery(row func(...any) error) (d Delivery, err error) {
	var kind, state string
	var created, due, expires, done int64
	err = row(&d.ID, &d.Account, &d.Channel, &kind, &d.Dedupe, &d.Payload, &state, &d.Attempts,
		&created, &due, &expires, &done, &d.Token, &d.LastError)
	d.Kind, d.State = Kind(kind), State(state)
	d.CreatedAt, d.DueAt, d.ExpiresAt, d.DoneAt = sqldb.Time(created), sqldb.Time(due), sqldb.Time(expires), sqldb.Time(done)
	return d, err
}

// Finish implements [Store].
func (s *SQLStore) Finish(ctx context.Context, id, token string, state State, lastError string, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_outbox SET state = ?, done_at = ?, payload = ?, token = '', last_error = ?
		WHERE id = ? AND token = ? AND state = 'leased'`, string(state), sqldb.Micros(now), []byte{}, lastError, id, token)
	return n == 1, err
}

// Retry implements [Store].
func (s *SQLStore) Retry(ctx context.Context, id, token string, due time.Time, lastError string) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_outbox SET state = 'pending', due_at = ?, token = '', last_error = ?
		WHERE id = ? AND token = ? AND state = 'leased'`, sqldb.Micros(due), lastError, id, token)
	return n == 1, err
}

// Deliveries implements [Store].
func (s *SQLStore) Deliveries(ctx context.Context, account string, max int) ([]Delivery, error) {
	var out []Delivery
	err := s.db.Query(ctx, `SELECT `+outboxColumns+` FROM alerts_outbox WHERE account = ?
		ORDER BY created_at DESC, id DESC LIMIT ?`, []any{account, max}, func(row func(...any) error) error {
		d, err := scanDelivery(row)
		d.Payload, d.Token = nil, ""
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

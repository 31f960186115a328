package alerts

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/sqldb"
)

const outboxColumns = `id, account, channel, kind, dedupe, payload, state, attempts, created_at, due_at, expires_at, done_at, token, last_error,
	alert, rank, spare, log, receipt_at`

// Enqueue implements [Store] by one statement.
func (s *SQLStore) Enqueue(ctx context.Context, rows []Delivery) (int, error) {
	if len(rows) == 0 {
		return 0, ctx.Err()
	}
	args := make([]any, 0, 15*len(rows))
	for _, d := range rows {
		d = d.asQueued()
		args = append(args, d.ID, d.Account, d.Channel, string(d.Kind), d.Dedupe, notNil(d.Payload), string(d.State),
			sqldb.Micros(d.CreatedAt), sqldb.Micros(d.DueAt), sqldb.Micros(d.ExpiresAt), d.Group, rank(d), number(d.Spare))
	}
	values := strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, '', '', ?, ?, ?, '', 0),", len(rows)), ",")
	n, err := s.db.Exec(ctx, `INSERT INTO alerts_outbox (`+outboxColumns+`) VALUES `+values+` ON CONFLICT DO NOTHING`, args...)
	return int(n), err
}

func rank(d Delivery) int { return 1 - number(d.Urgent) }

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// leaseQuery picks and marks in one statement. What is picked is materialized,
// so that the limit is applied once, whatever the plan. PostgreSQL skips the rows
// that another dispatcher is leasing; SQLite has one writer at a time.
func (s *SQLStore) leaseQuery(channel string) string {
	lock := ""
	if s.db.Dialect() == sqldb.Postgres {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	pick := func(where, limit string) string {
		return ` AS MATERIALIZED (SELECT id FROM alerts_outbox WHERE done_at = 0 AND ` + where + `due_at <= ? ORDER BY due_at LIMIT ` + limit + lock + `)`
	}
	with := `WITH picked` + pick("attempts >= 0 AND ", "?") // as its index has it
	if channel != "" {
		with = `WITH urgent` + pick("channel = ? AND rank = 0 AND ", "?") +
			`, others` + pick("channel = ? AND rank = 1 AND ", "(? - (SELECT COUNT(*) FROM urgent))") +
			`, picked AS (SELECT id FROM urgent UNION ALL SELECT id FROM others)`
	}
	return with + ` UPDATE alerts_outbox SET state = 'leased', token = ?, due_at = ?, attempts = attempts + 1
		WHERE done_at = 0 AND id IN (SELECT id FROM picked) RETURNING ` + outboxColumns
}

// Lease implements [Store].
func (s *SQLStore) Lease(ctx context.Context, channel, token string, until, now time.Time, max int) ([]Delivery, error) {
	args := []any{sqldb.Micros(now), max}
	if channel != "" {
		args = []any{channel, sqldb.Micros(now), max, channel, sqldb.Micros(now), max}
	}
	args = append(args, token, sqldb.Micros(until))
	var out []Delivery
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		out = nil
		return s.db.Query(ctx, s.leaseQuery(channel), args, func(row func(...any) error) error {
			d, err := scanDelivery(row)
			out = append(out, d)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, leaseOrder)
	return out, nil
}

func leaseOrder(a, b Delivery) int {
	return cmp.Or(rank(a)-rank(b), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

func scanDelivery(row func(...any) error) (d Delivery, err error) {
	var kind, state, log string
	var created, due, expires, done, receipt int64
	var rank, spare int
	err = row(&d.ID, &d.Account, &d.Channel, &kind, &d.Dedupe, &d.Payload, &state, &d.Attempts,
		&created, &due, &expires, &done, &d.Token, &d.LastError, &d.Group, &rank, &spare, &log, &receipt)
	d.Kind, d.State, d.Urgent, d.Spare, d.Log = Kind(kind), State(state), rank == 0, spare == 1, decodeLog(log)
	d.CreatedAt, d.DueAt, d.ExpiresAt, d.DoneAt = sqldb.Time(created), sqldb.Time(due), sqldb.Time(expires), sqldb.Time(done)
	d.ReceiptAt = sqldb.Time(receipt)
	return d, err
}

// Settle implements [Store].
func (s *SQLStore) Settle(ctx context.Context, d Delivery) (bool, error) {
	wipe := ", payload = ?"
	args := []any{string(d.State), d.Attempts, sqldb.Micros(d.DueAt), sqldb.Micros(d.DoneAt), d.LastError, encodeLog(d.Log), []byte{}, d.ID, d.Token}
	if d.keepsPayload() {
		wipe, args = "", slices.Delete(args, 6, 7)
	}
	n, err := s.db.Exec(ctx, `UPDATE alerts_outbox SET state = ?, attempts = ?, due_at = ?, done_at = ?, last_error = ?, log = ?, token = ''`+wipe+`
		WHERE id = ? AND token = ? AND state = 'leased'`, args...)
	return n == 1, err
}

// StandDown implements [Store].
func (s *SQLStore) StandDown(ctx context.Context, d Delivery, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_outbox SET state = 'skipped', done_at = ?, payload = ?, token = '', log = ?
		WHERE id = ? AND token = ? AND state = 'leased' AND EXISTS (
			SELECT 1 FROM alerts_outbox other WHERE other.alert = ? AND other.alert <> '' AND other.state = 'done')`,
		sqldb.Micros(now), []byte{}, encodeLog(d.Log), d.ID, d.Token, d.Group)
	return n == 1, err
}

// StepIn implements [Store].
func (s *SQLStore) StepIn(ctx context.Context, group string, now time.Time) (int, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_outbox SET due_at = ? WHERE alert = ? AND alert <> '' AND state = 'standby' AND due_at > ?
		AND NOT EXISTS (SELECT 1 FROM alerts_outbox other WHERE other.alert = ? AND other.alert <> ''
			AND other.state IN ('pending', 'leased', 'sent', 'done'))`, sqldb.Micros(now), group, sqldb.Micros(now), group)
	return int(n), err
}

// Receipt implements [Store].
func (s *SQLStore) Receipt(ctx context.Context, id string, delivered bool, now time.Time) (group string, won bool, err error) {
	a := receiptOf(delivered, now)
	err = s.db.QueryRow(ctx, `UPDATE alerts_outbox SET state = ?, receipt_at = ?, log = log || ? WHERE id = ? AND state = 'sent' RETURNING alert`,
		[]any{string(a.State), sqldb.Micros(now), encodeLog([]Tried{a}), id}, &group)
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", false, nil
	}
	return group, err == nil, err
}

// Revive implements [Store].
func (s *SQLStore) Revive(ctx context.Context, id string, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_outbox SET state = 'pending', attempts = 0, due_at = ?, done_at = 0, log = log || ?
		WHERE id = ? AND state = 'dead' AND kind NOT IN (?, ?) AND LENGTH(payload) > 0`,
		sqldb.Micros(now), encodeLog([]Tried{{now, Pending, CauseRevived}}), id, string(RecoveryCode), string(SignInCode))
	return n == 1, err
}

// Dead implements [Store].
func (s *SQLStore) Dead(ctx context.Context, after Delivery, max int) ([]Delivery, error) {
	if after.DoneAt.IsZero() {
		return s.listed(ctx, `state = 'dead' ORDER BY done_at DESC, id DESC LIMIT ?`, max)
	}
	return s.listed(ctx, `state = 'dead' AND (done_at, id) < (?, ?) ORDER BY done_at DESC, id DESC LIMIT ?`,
		sqldb.Micros(after.DoneAt), after.ID, max)
}

// Deliveries implements [Store].
func (s *SQLStore) Deliveries(ctx context.Context, account string, max int) ([]Delivery, error) {
	return s.listed(ctx, `account = ? ORDER BY created_at DESC, id DESC LIMIT ?`, account, max)
}

func (s *SQLStore) listed(ctx context.Context, where string, args ...any) (out []Delivery, err error) {
	err = s.db.Query(ctx, `SELECT `+outboxColumns+` FROM alerts_outbox WHERE `+where, args, func(row func(...any) error) error {
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

// Undelivered implements [Store].
func (s *SQLStore) Undelivered(ctx context.Context, after string, max int) (out []Delivery, err error) {
	err = s.db.Query(ctx, `SELECT id, account, channel, kind, state, payload FROM alerts_outbox WHERE LENGTH(payload) > 0 AND id > ? ORDER BY id LIMIT ?`,
		[]any{after, max}, func(row func(...any) error) error {
			var d Delivery
			var kind, state string
			err := row(&d.ID, &d.Account, &d.Channel, &kind, &state, &d.Payload)
			d.Kind, d.State = Kind(kind), State(state)
			out = append(out, d)
			return err
		})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SwapPayload implements [Store].
func (s *SQLStore) SwapPayload(ctx context.Context, d Delivery, payload []byte) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_outbox SET payload = ? WHERE id = ? AND payload = ?`, payload, d.ID, d.Payload)
	return n == 1, err
}

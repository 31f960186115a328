package recovery

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// PutWait implements [Store].
func (s *SQLStore) PutWait(ctx context.Context, w Wait) error {
	_, err := s.db.Exec(ctx, `INSERT INTO recovery_waits (account, hash, cancel, slot, device, version, started_at, ready_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, cancel = excluded.cancel,
			slot = excluded.slot, device = excluded.device, version = excluded.version,
			started_at = excluded.started_at, ready_at = excluded.ready_at, expires_at = excluded.expires_at`,
		w.Account, w.Hash, w.Cancel, w.Slot, w.Device, w.Version, sqldb.Micros(w.StartedAt), sqldb.Micros(w.ReadyAt), sqldb.Micros(w.ExpiresAt))
	return err
}

// GetWait implements [Store].
func (s *SQLStore) GetWait(ctx context.Context, hash string, now time.Time) (w Wait, err error) {
	var started, ready, expires int64
	err = s.db.QueryRow(ctx, `SELECT account, hash, cancel, slot, device, version, started_at, ready_at, expires_at
		FROM recovery_waits WHERE (hash = ? OR cancel = ?) AND expires_at > ?`, []any{hash, hash, sqldb.Micros(now)},
		&w.Account, &w.Hash, &w.Cancel, &w.Slot, &w.Device, &w.Version, &started, &ready, &expires)
	if errors.Is(err, sqldb.ErrNoRows) {
		return Wait{}, ErrBadTicket
	}
	w.StartedAt, w.ReadyAt, w.ExpiresAt = sqldb.Time(started), sqldb.Time(ready), sqldb.Time(expires)
	return w, err
}

// FinishWait implements [Store].
func (s *SQLStore) FinishWait(ctx context.Context, hash string, now time.Time) (bool, error) {
	return s.won(ctx, `DELETE FROM recovery_waits WHERE hash = ? AND ready_at <= ? AND expires_at > ?`, hash, sqldb.Micros(now), sqldb.Micros(now))
}

// CancelWait implements [Store].
func (s *SQLStore) CancelWait(ctx context.Context, cancel string, now time.Time) (bool, error) {
	return s.won(ctx, `DELETE FROM recovery_waits WHERE cancel = ? AND expires_at > ?`, cancel, sqldb.Micros(now))
}

// TakeFailure implements [Store].
func (s *SQLStore) TakeFailure(ctx context.Context, account, slot string, max int) (bool, error) {
	return s.counted(ctx, `INSERT INTO recovery_failures AS f (account, slot, n) VALUES (?, ?, 1)
		ON CONFLICT (account, slot) DO UPDATE SET n = f.n + 1 WHERE f.n < ?`, account, slot, max)
}

// RefundFailure implements [Store].
func (s *SQLStore) RefundFailure(ctx context.Context, account, slot string) error {
	_, err := s.db.Exec(ctx, `UPDATE recovery_failures SET n = n - 1 WHERE account = ? AND slot = ? AND n > 0`, account, slot)
	return err
}

// ResetFailures implements [Store].
func (s *SQLStore) ResetFailures(ctx context.Context, account, slot string, all bool) error {
	query, args := `DELETE FROM recovery_failures WHERE account = ? AND slot = ?`, []any{account, slot}
	if all {
		query, args = `DELETE FROM recovery_failures WHERE account = ?`, []any{account}
	}
	_, err := s.db.Exec(ctx, query, args...)
	return err
}

// GetState implements [Store].
func (s *SQLStore) GetState(ctx context.Context, account string) (State, error) {
	var blocked, recovered int64
	err := s.db.QueryRow(ctx, `SELECT blocked_until, recovered_at FROM recovery_states WHERE account = ?`, []any{account}, &blocked, &recovered)
	if errors.Is(err, sqldb.ErrNoRows) {
		return State{}, nil
	}
	return State{BlockedUntil: sqldb.Time(blocked), RecoveredAt: sqldb.Time(recovered)}, err
}

// SetBlocked implements [Store].
func (s *SQLStore) SetBlocked(ctx context.Context, account string, until time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO recovery_states (account, blocked_until, recovered_at) VALUES (?, ?, 0)
		ON CONFLICT (account) DO UPDATE SET blocked_until = excluded.blocked_until`, account, sqldb.Micros(until))
	return err
}

// SetRecovered implements [Store].
func (s *SQLStore) SetRecovered(ctx context.Context, account string, at time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO recovery_states (account, blocked_until, recovered_at) VALUES (?, 0, ?)
		ON CONFLICT (account) DO UPDATE SET recovered_at = excluded.recovered_at`, account, sqldb.Micros(at))
	return err
}

// CountOutcome implements [Store] by one upsert.
func (s *SQLStore) CountOutcome(ctx context.Context, day int64, o Outcome) error {
	_, err := s.db.Exec(ctx, `INSERT INTO recovery_outcomes AS t (day, outcome, n) VALUES (?, ?, 1)
		ON CONFLICT (day, outcome) DO UPDATE SET n = t.n + 1`, day, string(o))
	return err
}

// Outcomes implements [Store].
func (s *SQLStore) Outcomes(ctx context.Context, first, last int64) ([]Count, error) {
	var out []Count
	err := s.db.Query(ctx, `SELECT day, outcome, n FROM recovery_outcomes WHERE day >= ? AND day <= ? ORDER BY day, outcome`, []any{first, last},
		func(row func(...any) error) error {
			var day int64
			var outcome string
			var c Count
			if err := row(&day, &outcome, &c.N); err != nil {
				return err
			}
			c.Day, c.Outcome = midnight(day), Outcome(outcome)
			out = append(out, c)
			return nil
		})
	return out, err
}

package mfa

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// TakeAttempt implements [Store]: two conditional statements in a transaction
// of their own, which is rolled back if either refuses. The challenge's row is
// locked first, by every caller.
func (s *SQLStore) TakeAttempt(ctx context.Context, challenge string, max int, l Lane, now time.Time) (wait time.Duration, err error) {
	if ctx, err = s.db.Detached(ctx); err != nil {
		return 0, err
	}
	closed := errors.New("closed")
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		ok, err := s.one(ctx, `UPDATE mfa_challenges SET attempts = attempts + 1 WHERE id = ? AND expires_at > ? AND attempts < ?`,
			challenge, sqldb.Micros(now), max)
		if err == nil && !ok {
			err = ErrNoChallenge
		}
		if err != nil {
			return err
		}
		if ok, err = s.countFailure(ctx, l, now); err != nil || ok {
			return err
		}
		if wait, err = s.closedFor(ctx, l, now); err == nil {
			err = closed
		}
		return err
	})
	if errors.Is(err, closed) {
		return wait, nil
	}
	return 0, err
}

// countFailure counts one failure in the lane, if it is open.
func (s *SQLStore) countFailure(ctx context.Context, l Lane, now time.Time) (bool, error) {
	at, lasting := sqldb.Micros(now), 0
	if l.Max > 0 {
		lasting = 1
	}
	forgotten := int64(-1) // a lasting lane never is
	if lasting == 0 {
		forgotten = sqldb.Micros(now.Add(-laneMemory))
	}
	// The new count, then the wait it earns: Base doubled n-Free times.
	const n = `(CASE WHEN t.last_at <= ? THEN 1 ELSE t.failures + 1 END)`
	base, longest := l.Base.Microseconds(), l.Longest.Microseconds()
	return s.one(ctx, `INSERT INTO mfa_lanes AS t (account, lane, failures, last_at, closed_until, lasting) VALUES (?, ?, 1, ?, ?, ?)
		ON CONFLICT (account, lane) DO UPDATE SET failures = `+n+`, last_at = excluded.last_at,
			closed_until = excluded.last_at + CASE
				WHEN `+n+` < ? THEN 0
				WHEN `+n+` - ? > 20 THEN CAST(? AS BIGINT)
				WHEN CAST(? AS BIGINT) * (1 << CAST(`+n+` - ? AS INTEGER)) > ? THEN CAST(? AS BIGINT)
				ELSE CAST(? AS BIGINT) * (1 << CAST(`+n+` - ? AS INTEGER)) END
		WHERE (t.closed_until <= excluded.last_at OR t.last_at <= ?) AND (t.failures < ? OR t.lasting = 0)`,
		l.Account, l.Name, at, at+l.Wait(1).Microseconds(), lasting,
		forgotten, forgotten, l.Free,
		forgotten, l.Free, longest,
		base, forgotten, l.Free, longest, longest,
		base, forgotten, l.Free,
		forgotten, l.Max)
}

// closedFor tells why a lane refused. If it opened meanwhile, the answer is
// still "refused", with the shortest wait.
func (s *SQLStore) closedFor(ctx context.Context, l Lane, now time.Time) (time.Duration, error) {
	var failures int
	var until int64
	err := s.db.QueryRow(ctx, `SELECT failures, closed_until FROM mfa_lanes WHERE account = ? AND lane = ?`,
		[]any{l.Account, l.Name}, &failures, &until)
	if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
		return 0, err
	}
	if l.Max > 0 && failures >= l.Max {
		return 0, ErrStopped
	}
	return max(sqldb.Time(until).Sub(now), time.Millisecond), nil
}

// ResetLane implements [Store].
func (s *SQLStore) ResetLane(ctx context.Context, account, lane string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM mfa_lanes WHERE account = ? AND lane = ?`, account, lane)
	return err
}

// ResetLanes implements [Store].
func (s *SQLStore) ResetLanes(ctx context.Context, account, keep string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM mfa_lanes WHERE account = ? AND lane <> ?`, account, keep)
	return err
}

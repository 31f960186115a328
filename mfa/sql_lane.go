package mfa

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// The new count of a lane's failures.
const newCount = `(CASE WHEN t.last_at <= CAST(? AS BIGINT) THEN 1 ELSE t.failures + 1 END)`

// An open lane counts: the new count, then the wait it earns, which is Base
// doubled n-Free times.
const countOpen = ` ON CONFLICT (account, lane) DO UPDATE SET failures = ` + newCount + `, last_at = excluded.last_at,
		closed_until = excluded.last_at + CASE
			WHEN ` + newCount + ` < CAST(? AS BIGINT) THEN 0
			WHEN ` + newCount + ` - CAST(? AS BIGINT) > 20 THEN CAST(? AS BIGINT)
			WHEN CAST(? AS BIGINT) * (1 << CAST(` + newCount + ` - CAST(? AS BIGINT) AS INTEGER)) > CAST(? AS BIGINT) THEN CAST(? AS BIGINT)
			ELSE CAST(? AS BIGINT) * (1 << CAST(` + newCount + ` - CAST(? AS BIGINT) AS INTEGER)) END
	WHERE (t.closed_until <= excluded.last_at OR t.last_at <= CAST(? AS BIGINT)) AND (t.failures < CAST(? AS BIGINT) OR t.lasting = 0)`

// The statements of every verification. PostgreSQL counts an attempt in one
// round trip: in the lane, if the challenge is open, and then in the
// challenge. SQLite has no such statement, and no round trips.
const (
	openChallenge = waiting + ` AND attempts < ?`
	takeAttempt   = `UPDATE mfa_challenges SET attempts = attempts + 1 WHERE ` + openChallenge
	laneColumns   = ` INTO mfa_lanes AS t (account, lane, failures, last_at, closed_until, lasting) `
	takeFailure   = `INSERT` + laneColumns + `VALUES (?, ?, 1, ?, ?, ?)` + countOpen
	takeBoth      = `WITH o AS (SELECT id FROM mfa_challenges WHERE ` + openChallenge + `),
		l AS (INSERT` + laneColumns + `SELECT CAST(? AS TEXT), CAST(? AS TEXT), 1, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT) FROM o` + countOpen + ` RETURNING 1),
		c AS (` + takeAttempt + ` AND EXISTS (SELECT 1 FROM l) RETURNING 1)
		SELECT (SELECT count(*) FROM o), (SELECT count(*) FROM l), (SELECT count(*) FROM c)`
	resetLane = `DELETE FROM mfa_lanes WHERE account = ? AND lane = ?`
)

// TakeAttempt implements [Store].
func (s *SQLStore) TakeAttempt(ctx context.Context, challenge string, max int, l Lane, now time.Time) (wait time.Duration, err error) {
	if ctx, err = s.db.Detached(ctx); err != nil {
		return 0, err
	}
	take := s.takeAttempt
	if s.db.Dialect() == sqldb.Postgres {
		take = s.takeBoth
	}
	ok, err := take(ctx, []any{challenge, sqldb.Micros(now), max}, l, now)
	if err != nil || ok {
		return 0, err
	}
	// If it opened meanwhile, the answer is still "refused", with the shortest wait.
	if wait, err = s.CheckLane(ctx, l, now); err == nil && wait < time.Millisecond {
		wait = time.Millisecond
	}
	return wait, err
}

// takeBoth counts in one statement. Where callers race for the last attempt of
// a challenge, the lane has counted those who lose.
func (s *SQLStore) takeBoth(ctx context.Context, challenge []any, l Lane, now time.Time) (bool, error) {
	args := append(append(slices.Clone(challenge), laneArgs(l, now)...), challenge...)
	var open, failures, attempts int
	err := s.db.QueryRow(ctx, takeBoth, args, &open, &failures, &attempts)
	if err == nil && (open == 0 || failures == 1 && attempts == 0) {
		err = ErrNoChallenge
	}
	return attempts == 1, err
}

var errClosed = errors.New("closed")

// takeAttempt counts in two statements of a transaction, which is rolled back
// if either refuses.
func (s *SQLStore) takeAttempt(ctx context.Context, challenge []any, l Lane, now time.Time) (bool, error) {
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if ok, err := s.one(ctx, takeAttempt, challenge...); err != nil || !ok {
			return orElse(err, ErrNoChallenge)
		}
		ok, err := s.one(ctx, takeFailure, laneArgs(l, now)...)
		if err == nil && !ok {
			err = errClosed
		}
		return err
	})
	if errors.Is(err, errClosed) {
		return false, nil
	}
	return err == nil, err
}

// laneArgs are the values of a new lane, and then those of countOpen.
func laneArgs(l Lane, now time.Time) []any {
	at, lasting := sqldb.Micros(now), 0
	forgotten := sqldb.Micros(now.Add(-laneMemory))
	if l.Max > 0 {
		lasting, forgotten = 1, -1 // it never is
	}
	base, longest := l.Base.Microseconds(), l.Longest.Microseconds()
	return []any{
		l.Account, l.Name, at, at + l.Wait(1).Microseconds(), lasting,
		forgotten,
		forgotten, l.Free,
		forgotten, l.Free, longest,
		base, forgotten, l.Free, longest, longest,
		base, forgotten, l.Free,
		forgotten, l.Max,
	}
}

// CheckLane implements [Store].
func (s *SQLStore) CheckLane(ctx context.Context, l Lane, now time.Time) (time.Duration, error) {
	var failures int
	var last, until int64
	err := s.db.QueryRow(ctx, `SELECT failures, last_at, closed_until FROM mfa_lanes WHERE account = ? AND lane = ?`,
		[]any{l.Account, l.Name}, &failures, &last, &until)
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, err
	case l.Max > 0 && failures >= l.Max:
		return 0, ErrStopped
	case l.Max == 0 && last <= sqldb.Micros(now.Add(-laneMemory)):
		return 0, nil
	}
	return max(0, sqldb.Time(until).Sub(now)), nil
}

// ResetLane implements [Store].
func (s *SQLStore) ResetLane(ctx context.Context, account, lane string) error {
	_, err := s.db.Exec(ctx, resetLane, account, lane)
	return err
}

// ResetLanes implements [Store].
func (s *SQLStore) ResetLanes(ctx context.Context, account, keep string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM mfa_lanes WHERE account = ? AND lane <> ?`, account, keep)
	return err
}

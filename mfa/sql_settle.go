package mfa

import (
	"context"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// What ends with a good response; on PostgreSQL in one round trip. The lane
// comes before the challenge, in the order in which an attempt is counted, so
// that the two wait for one another and do not lock each other up.
const (
	spendResponse = `UPDATE mfa_factors SET step = CASE WHEN CAST(? AS BIGINT) = 0 THEN step ELSE ? END, used_at = ?,
			sealed = COALESCE(?, sealed), sealed_at = CASE WHEN CAST(? AS BIGINT) = 0 THEN sealed_at ELSE ? END
		WHERE account = ? AND id = ? AND active = 1 AND (step < ? OR CAST(? AS BIGINT) = 0) AND (sealed = ? OR CAST(? AS BIGINT) = 0)`
	useToken  = `INSERT INTO mfa_spent (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING`
	settleAll = `WITH f AS (` + spendResponse + ` RETURNING 1),
		l AS (` + resetLane + ` AND EXISTS (SELECT 1 FROM f) RETURNING 1),`
	settleCount = `SELECT (SELECT count(*) FROM f), (SELECT count(*) FROM c)`
	// Challenge and token, each after f and l.
	settleChallenge = settleAll + ` c AS (` + finishChallenge + ` AND EXISTS (SELECT 1 FROM f) AND (SELECT count(*) FROM l) >= 0 RETURNING 1) ` + settleCount
	settleToken     = settleAll + ` c AS (INSERT INTO mfa_spent (id, expires_at) SELECT CAST(? AS TEXT), CAST(? AS BIGINT) FROM f ON CONFLICT DO NOTHING RETURNING 1) ` + settleCount
)

// What ends at once with a good response. On SQLite a trigger raises the step of
// the factor that answered; on PostgreSQL the statement does, and comes before
// the challenge, so that of two responses to one factor the second sees the first.
const (
	clean    = ` AND NOT EXISTS (SELECT 1 FROM mfa_lanes WHERE account = ?)`
	advances = `account = ? AND id = ? AND active = 1 AND step < ?`
	answer   = `UPDATE mfa_challenges SET answered_by = ?1, answered_step = ?2, answered_at = ?3, prepared = NULL
		WHERE id = ?4 AND expires_at > ?3 AND answered_at = 0 AND attempts < ?5 AND account = ?6
			AND EXISTS (SELECT 1 FROM mfa_factors WHERE account = ?6 AND id = ?1 AND active = 1 AND step < ?2)
			AND NOT EXISTS (SELECT 1 FROM mfa_lanes WHERE account = ?6)`
	answerBoth = `WITH f AS (UPDATE mfa_factors SET step = ?, used_at = ? WHERE ` + advances + clean + `
			AND EXISTS (SELECT 1 FROM mfa_challenges WHERE ` + openChallenge + ` AND account = ?) RETURNING 1),
		c AS (UPDATE mfa_challenges SET answered_by = ?, answered_step = ?, answered_at = ?, prepared = NULL
			WHERE ` + openChallenge + ` AND EXISTS (SELECT 1 FROM f) RETURNING 1) ` + settleCount
)

// SettleAtOnce implements [Store].
func (s *SQLStore) SettleAtOnce(ctx context.Context, v Settlement, max int, now time.Time) (Settled, error) {
	ctx, err := s.db.Detached(ctx)
	if err != nil {
		return SettledUsed, err
	}
	if err := s.prepare(ctx); err != nil {
		return SettledUsed, err
	}
	at := sqldb.Micros(now)
	if s.db.Dialect() == sqldb.Postgres {
		var spent, ended int
		err := s.db.QueryRow(ctx, answerBoth, []any{v.Step, at, v.Account, v.Factor, v.Step, v.Account,
			v.Challenge, at, max, v.Account, v.Factor, v.Step, at, v.Challenge, at, max}, &spent, &ended)
		return settled(spent == 1, ended == 1), err
	}
	if !s.raises.Load() {
		return SettledUsed, nil
	}
	won, err := s.one(ctx, answer, v.Factor, v.Step, at, v.Challenge, max, v.Account)
	return settled(won, won), err
}

// findTrigger looks for the trigger that raises steps. A copy of the tables that
// left it behind would take a code twice; there, nothing is settled at once.
func (s *SQLStore) findTrigger(ctx context.Context) error {
	if s.db.Dialect() == sqldb.Postgres {
		return nil
	}
	var n int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name = 'mfa_challenges_answered'`, nil, &n)
	s.raises.Store(n == 1)
	return err
}

// Settle implements [Store].
func (s *SQLStore) Settle(ctx context.Context, v Settlement, now time.Time) (Settled, error) {
	at, replace := sqldb.Micros(now), 0
	if v.State != nil {
		replace = 1
	}
	spend := []any{v.Step, v.Step, at, v.State, replace, at, v.Account, v.Factor, v.Step, v.Step, v.Old, replace}
	lane, end := []any{v.Account, v.Lane}, []any{v.Challenge, at}
	all, one := settleChallenge, finishChallenge
	if v.Challenge == "" {
		all, one, end = settleToken, useToken, []any{v.Token, sqldb.Micros(v.TokenUntil)}
	}
	if s.db.Dialect() == sqldb.Postgres {
		var spent, ended int
		err := s.db.QueryRow(ctx, all, append(append(spend, lane...), end...), &spent, &ended)
		return settled(spent == 1, ended == 1), err
	}
	var spent, ended bool
	err := s.db.InTx(ctx, func(ctx context.Context) (err error) {
		ended = false
		if spent, err = s.one(ctx, spendResponse, spend...); err != nil || !spent {
			return err
		}
		if _, err := s.db.Exec(ctx, resetLane, lane...); err != nil {
			return err
		}
		ended, err = s.one(ctx, one, end...)
		return err
	})
	return settled(spent, ended), err
}

func settled(spent, ended bool) Settled {
	switch {
	case !spent:
		return SettledUsed
	case !ended:
		return SettledOver
	}
	return SettledWon
}

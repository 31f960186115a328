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

package alerts

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// Standing implements [Store] by one statement.
func (s *SQLStore) Standing(ctx context.Context, account string, failuresSince time.Time, want []Rate) (Standing, error) {
	var query strings.Builder
	query.WriteString(`SELECT -1, data, version, 0, 0, 0, 0, 0, 0, 0 FROM alerts_profiles WHERE account = ?
		UNION ALL SELECT -2, data, paused, 0, 0, 0, 0, 0, 0, 0 FROM alerts_rules WHERE account = ?
		UNION ALL SELECT -3, NULL, n, 0, 0, 0, 0, 0, 0, 0 FROM alerts_failures WHERE account = ? AND since > ?`)
	args := append(make([]any, 0, 4+4*len(want)), account, account, account, sqldb.Micros(failuresSince))
	for i, w := range want {
		// A literal: what a parameter's type is would be for PostgreSQL to guess.
		query.WriteString(` UNION ALL SELECT ` + string('0'+rune(i)) + `, NULL, n, unknown, leaked, failed, failed_part, passed, passed_part, since FROM alerts_rates
			WHERE account = ? AND name = ? AND since > ?`)
		args = append(args, w.Account, w.Name, sqldb.Micros(w.Since))
	}
	out := Standing{Rates: slices.Clone(want)}
	err := s.db.Query(ctx, query.String(), args, func(row func(...any) error) error {
		var which, n, unknown, leaked, since int64
		var bits [4]int64
		var data []byte
		if err := row(&which, &data, &n, &unknown, &leaked, &bits[0], &bits[1], &bits[2], &bits[3], &since); err != nil {
			return err
		}
		switch which {
		case -1:
			out.Profile, out.Version = data, n
		case -2:
			out.Rules, out.Paused = data, sqldb.Time(n)
		case -3:
			out.Failures = int(n)
		default:
			r := &out.Rates[which]
			r.N, r.Unknown, r.Leaked = int(n), int(unknown), int(leaked)
			r.sketches(bits, since)
		}
		return nil
	})
	if err != nil {
		return Standing{}, err
	}
	return out, nil
}

// sketches fills in what is stored as numbers.
func (r *Rate) sketches(bits [4]int64, since int64) {
	r.Failed, r.Passed = Sketch{uint64(bits[0]), uint64(bits[1])}, Sketch{uint64(bits[2]), uint64(bits[3])}
	r.Since = sqldb.Time(since)
}

// CountRate implements [Store] by one upsert.
func (s *SQLStore) CountRate(ctx context.Context, r Rate, window time.Duration, now time.Time) (Rate, error) {
	old := sqldb.Micros(now.Add(-window))
	var bits [4]int64
	var since int64
	err := s.db.QueryRow(ctx, `INSERT INTO alerts_rates AS r (account, name, n, unknown, leaked, failed, failed_part, passed, passed_part, since)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (account, name) DO UPDATE SET
			n = excluded.n + CASE WHEN r.since <= ? THEN 0 ELSE r.n END,
			unknown = excluded.unknown + CASE WHEN r.since <= ? THEN 0 ELSE r.unknown END,
			leaked = excluded.leaked + CASE WHEN r.since <= ? THEN 0 ELSE r.leaked END,
			failed = excluded.failed | CASE WHEN r.since <= ? THEN 0 ELSE r.failed END,
			failed_part = excluded.failed_part | CASE WHEN r.since <= ? THEN 0 ELSE r.failed_part END,
			passed = excluded.passed | CASE WHEN r.since <= ? THEN 0 ELSE r.passed END,
			passed_part = excluded.passed_part | CASE WHEN r.since <= ? THEN 0 ELSE r.passed_part END,
			since = CASE WHEN r.since <= ? THEN excluded.since ELSE r.since END
		RETURNING n, unknown, leaked, failed, failed_part, passed, passed_part, since`,
		[]any{r.Account, r.Name, r.N, r.Unknown, r.Leaked, int64(r.Failed[0]), int64(r.Failed[1]), int64(r.Passed[0]), int64(r.Passed[1]),
			sqldb.Micros(now), old, old, old, old, old, old, old, old},
		&r.N, &r.Unknown, &r.Leaked, &bits[0], &bits[1], &bits[2], &bits[3], &since)
	r.sketches(bits, since)
	return r, err
}

// Tell implements [Store] by one upsert: repeats is 0 in the row that is told.
func (s *SQLStore) Tell(ctx context.Context, t Topic, now time.Time) (out Told, err error) {
	at, cool := sqldb.Micros(now), t.Cooldown.Microseconds()
	const (
		over  = `t.quiet_until <= excluded.told_at`
		fresh = `(excluded.classes & ~t.classes) <> 0`
		due   = over + ` OR ` + fresh
	)
	var repeats, digest, before int64
	err = s.db.QueryRow(ctx, `INSERT INTO alerts_topics AS t (account, name, classes, told, told_at, repeats, digest, before_at, quiet_until)
		VALUES (?, ?, ?, 1, ?, 0, 0, 0, ?)
		ON CONFLICT (account, name) DO UPDATE SET
			classes = CASE WHEN `+over+` THEN excluded.classes WHEN `+fresh+` THEN excluded.classes | t.classes ELSE t.classes END,
			told = CASE WHEN `+due+` THEN t.told + 1 ELSE t.told END,
			told_at = CASE WHEN `+due+` THEN excluded.told_at ELSE t.told_at END,
			repeats = CASE WHEN `+due+` THEN 0 ELSE t.repeats + 1 END,
			digest = CASE WHEN `+due+` THEN t.repeats ELSE 0 END,
			before_at = CASE WHEN `+due+` THEN t.told_at ELSE t.before_at END,
			quiet_until = CASE
				WHEN `+over+` THEN excluded.told_at + CAST(? AS BIGINT) * CASE WHEN t.told >= 3 THEN 8 WHEN t.told = 2 THEN 4 WHEN t.told = 1 THEN 2 ELSE 1 END
				WHEN `+fresh+` THEN excluded.quiet_until
				ELSE t.quiet_until END
		RETURNING told, repeats, digest, before_at`,
		[]any{t.Account, t.Name, t.Classes, at, at + cool, cool}, &out.Times, &repeats, &digest, &before)
	if err != nil {
		return Told{}, err
	}
	if out.Send = repeats == 0; out.Send {
		out.Repeats, out.Since = int(digest), sqldb.Time(before)
	}
	return out, nil
}

// Hush implements [Store].
func (s *SQLStore) Hush(ctx context.Context, t Topic, until, _ time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO alerts_topics AS t (account, name, classes, told, told_at, repeats, digest, before_at, quiet_until)
		VALUES (?, ?, ?, 0, 0, 0, 0, 0, ?)
		ON CONFLICT (account, name) DO UPDATE SET classes = excluded.classes | t.classes, repeats = 0,
			quiet_until = CASE WHEN excluded.quiet_until > t.quiet_until THEN excluded.quiet_until ELSE t.quiet_until END`,
		t.Account, t.Name, t.Classes, sqldb.Micros(until))
	return err
}

const codeColumns = `hash, account, binding, sealed, tries, expires_at`

// PutCode implements [Store].
func (s *SQLStore) PutCode(ctx context.Context, c Code) error {
	_, err := s.db.Exec(ctx, `INSERT INTO alerts_codes (`+codeColumns+`) VALUES (?, ?, ?, ?, 0, ?)`,
		c.Hash, c.Account, c.Binding, notNil(c.Sealed), sqldb.Micros(c.ExpiresAt))
	return err
}

// Code implements [Store].
func (s *SQLStore) Code(ctx context.Context, hash string, now time.Time) (Code, error) {
	return s.scanCode(ctx, `SELECT `+codeColumns+` FROM alerts_codes WHERE hash = ? AND expires_at > ?`, hash, sqldb.Micros(now))
}

// TakeCode implements [Store].
func (s *SQLStore) TakeCode(ctx context.Context, hash string, max int, now time.Time) (Code, error) {
	ctx, err := s.db.Detached(ctx)
	if err != nil {
		return Code{}, err
	}
	return s.scanCode(ctx, `UPDATE alerts_codes SET tries = tries + 1 WHERE hash = ? AND expires_at > ? AND tries < ? RETURNING `+codeColumns,
		hash, sqldb.Micros(now), max)
}

func (s *SQLStore) scanCode(ctx context.Context, query string, args ...any) (c Code, err error) {
	var expires int64
	err = s.db.QueryRow(ctx, query, args, &c.Hash, &c.Account, &c.Binding, &c.Sealed, &c.Tries, &expires)
	c.ExpiresAt = sqldb.Time(expires)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = ErrNoCode
	}
	return c, err
}

// FinishCode implements [Store].
func (s *SQLStore) FinishCode(ctx context.Context, hash string, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM alerts_codes WHERE hash = ? AND expires_at > ?`, hash, sqldb.Micros(now))
	return n == 1, err
}

// DropCodes implements [Store].
func (s *SQLStore) DropCodes(ctx context.Context, account string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM alerts_codes WHERE account = ?`, account)
	return err
}

// populationRow is the id of the only row.
const populationRow = 1

// Population implements [Store].
func (s *SQLStore) Population(ctx context.Context) (data []byte, version int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT data, version FROM alerts_population WHERE id = ?`, []any{populationRow}, &data, &version)
	if errors.Is(err, sqldb.ErrNoRows) {
		return nil, 0, nil
	}
	return data, version, err
}

// PutPopulation implements [Store].
func (s *SQLStore) PutPopulation(ctx context.Context, data []byte, version int64, now time.Time) (bool, error) {
	if version == 0 {
		n, err := s.db.Exec(ctx, `INSERT INTO alerts_population (id, data, version, updated_at) VALUES (?, ?, 1, ?)
			ON CONFLICT DO NOTHING`, populationRow, notNil(data), sqldb.Micros(now))
		return n == 1, err
	}
	n, err := s.db.Exec(ctx, `UPDATE alerts_population SET data = ?, version = version + 1, updated_at = ? WHERE id = ? AND version = ?`,
		notNil(data), sqldb.Micros(now), populationRow, version)
	return n == 1, err
}

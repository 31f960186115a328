package activity

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// Link implements [Store]. The row of activity_chains is the account's lock.
func (s *SQLStore) Link(ctx context.Context, account, id string, salt []byte, next func(Chain) Link) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		end, err := s.lockChain(ctx, account, salt)
		if err != nil {
			return err
		}
		l := next(end)
		n, err := s.db.Exec(ctx, `INSERT INTO activity_links (account, number, id, type, outcome, personal, digest)
			VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account, id) DO NOTHING`, account, l.Number, id, string(l.Type), string(l.Outcome), l.Personal, l.Digest)
		if err != nil || n == 0 {
			return err
		}
		_, err = s.db.Exec(ctx, `UPDATE activity_chains SET number = ?, digest = ? WHERE account = ?`, l.Number, l.Digest, account)
		return err
	})
}

// lockChain gives the chain's end and keeps others from it until the
// transaction ends. A missing salt is set.
func (s *SQLStore) lockChain(ctx context.Context, account string, salt []byte) (end Chain, err error) {
	err = s.db.QueryRow(ctx, `INSERT INTO activity_chains (account, number, digest, salt) VALUES (?, 0, ?, ?)
		ON CONFLICT (account) DO UPDATE SET salt = CASE WHEN activity_chains.salt = ? THEN excluded.salt ELSE activity_chains.salt END
		RETURNING number, digest, salt`, []any{account, []byte{}, salt, []byte{}}, &end.Number, &end.Digest, &end.Salt)
	return end, err
}

// Chain implements [Store].
func (s *SQLStore) Chain(ctx context.Context, account string) (end Chain, err error) {
	var due int64
	err = s.db.QueryRow(ctx, `SELECT number, digest, salt, cut_number, cut_digest, cut_proof, due FROM activity_chains WHERE account = ?`,
		[]any{account}, &end.Number, &end.Digest, &end.Salt, &end.Cut.Number, &end.Cut.Digest, &end.Cut.Proof, &due)
	if errors.Is(err, sqldb.ErrNoRows) {
		return Chain{}, nil
	}
	end.Due = sqldb.Time(due)
	return end, err
}

// DueChains implements [Store].
func (s *SQLStore) DueChains(ctx context.Context, now time.Time, max int) (out []string, err error) {
	err = s.db.Query(ctx, `SELECT account FROM activity_chains WHERE due <= ? ORDER BY due LIMIT ?`, []any{sqldb.Micros(now), max},
		func(row func(...any) error) error {
			var account string
			err := row(&account)
			out = append(out, account)
			return err
		})
	return out, err
}

// Prune implements [Store]. The first statement takes the account's lock.
func (s *SQLStore) Prune(ctx context.Context, account string, cut Cut, due time.Time) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		// Whoever waited for another cut has seen the links that this one took away,
		// but sees its number: a cut never goes back.
		n, err := s.db.Exec(ctx, `UPDATE activity_chains SET cut_number = ?, cut_digest = ?, cut_proof = ?, due = ?
			WHERE account = ? AND cut_number <= ? AND (cut_number = ? OR EXISTS (SELECT 1 FROM activity_links WHERE account = ? AND number = ? AND digest = ?))`,
			cut.Number, notNull(cut.Digest), notNull(cut.Proof), sqldb.Micros(due), account, cut.Number, cut.Number, account, cut.Number, notNull(cut.Digest))
		if err != nil || n == 0 {
			return err
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM activity_links WHERE account = ? AND number <= ?`, account, cut.Number); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, `DELETE FROM activity_chains WHERE account = ? AND number <= ?`, account, cut.Number)
		return err
	})
}

func notNull(b []byte) []byte { return append([]byte{}, b...) }

// Links implements [Store].
func (s *SQLStore) Links(ctx context.Context, account string, after int64, max int) (out []Link, err error) {
	err = s.db.Query(ctx, `SELECT number, id, type, outcome, personal, digest FROM activity_links WHERE account = ? AND number > ?
		ORDER BY number LIMIT ?`, []any{account, after, max}, func(row func(...any) error) error {
		var l Link
		var typ, outcome string
		err := row(&l.Number, &l.ID, &typ, &outcome, &l.Personal, &l.Digest)
		l.Type, l.Outcome = Type(typ), Outcome(outcome)
		out = append(out, l)
		return err
	})
	return out, err
}

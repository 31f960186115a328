package alerts

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// Preferences implements [Store] by one statement.
func (s *SQLStore) Preferences(ctx context.Context, account string) (data, phrase []byte, err error) {
	err = s.db.QueryRow(ctx, `SELECT data, phrase FROM alerts_preferences WHERE account = ?`, []any{account}, &data, &phrase)
	if errors.Is(err, sqldb.ErrNoRows) {
		return nil, nil, nil
	}
	return orNil(data), orNil(phrase), err
}

// orNil makes what is empty absent.
func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// PutPreferences implements [Store].
func (s *SQLStore) PutPreferences(ctx context.Context, account string, data []byte, now time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO alerts_preferences (account, data, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (account) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at`,
		account, notNil(data), sqldb.Micros(now))
	return err
}

// SwapPreferences implements [Store] by one statement. A row may be there for a
// phrase alone.
func (s *SQLStore) SwapPreferences(ctx context.Context, account string, old, data []byte, now time.Time) (bool, error) {
	if len(old) == 0 {
		n, err := s.db.Exec(ctx, `INSERT INTO alerts_preferences AS p (account, data, updated_at) VALUES (?, ?, ?)
			ON CONFLICT (account) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at WHERE p.data = ?`,
			account, notNil(data), sqldb.Micros(now), []byte{})
		return n == 1, err
	}
	n, err := s.db.Exec(ctx, `UPDATE alerts_preferences SET data = ?, updated_at = ? WHERE account = ? AND data = ?`,
		notNil(data), sqldb.Micros(now), account, old)
	return n == 1, err
}

// PutPhrase implements [Store].
func (s *SQLStore) PutPhrase(ctx context.Context, account string, sealed []byte, now time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO alerts_preferences (account, data, phrase, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (account) DO UPDATE SET phrase = excluded.phrase, updated_at = excluded.updated_at`,
		account, []byte{}, notNil(sealed), sqldb.Micros(now))
	return err
}

// NextPhrase implements [Store].
func (s *SQLStore) NextPhrase(ctx context.Context, after string) (account string, sealed []byte, found bool, err error) {
	err = s.db.QueryRow(ctx, `SELECT account, phrase FROM alerts_preferences WHERE account > ? AND phrase <> ?
		ORDER BY account LIMIT 1`, []any{after, []byte{}}, &account, &sealed)
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", nil, false, nil
	}
	return account, sealed, err == nil, err
}

// SwapPhrase implements [Store].
func (s *SQLStore) SwapPhrase(ctx context.Context, account string, old, sealed []byte) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_preferences SET phrase = ? WHERE account = ? AND phrase = ?`, notNil(sealed), account, old)
	return n == 1, err
}

// SpendAnswer implements [Store] by one statement.
func (s *SQLStore) SpendAnswer(ctx context.Context, account, key string, expires, now time.Time) (bool, error) {
	if !expires.After(now) {
		return false, ctx.Err()
	}
	n, err := s.db.Exec(ctx, `INSERT INTO alerts_answers (account, name, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		account, key, sqldb.Micros(expires))
	return n == 1, err
}

// Rules implements [Store].
func (s *SQLStore) Rules(ctx context.Context, account string) (data []byte, paused time.Time, err error) {
	var until int64
	err = s.db.QueryRow(ctx, `SELECT data, paused FROM alerts_rules WHERE account = ?`, []any{account}, &data, &until)
	if errors.Is(err, sqldb.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	return data, sqldb.Time(until), err
}

// PutRules implements [Store].
func (s *SQLStore) PutRules(ctx context.Context, account string, data []byte, now time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO alerts_rules (account, data, paused, updated_at) VALUES (?, ?, 0, ?)
		ON CONFLICT (account) DO UPDATE SET data = excluded.data, paused = 0, updated_at = excluded.updated_at`,
		account, notNil(data), sqldb.Micros(now))
	return err
}

// PauseRules implements [Store].
func (s *SQLStore) PauseRules(ctx context.Context, account string, until time.Time) error {
	_, err := s.db.Exec(ctx, `UPDATE alerts_rules SET paused = ? WHERE account = ?`, sqldb.Micros(until), account)
	return err
}

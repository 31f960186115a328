package recovery

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// PutTicket implements [Store].
func (s *SQLStore) PutTicket(ctx context.Context, t Ticket) error {
	_, err := s.db.Exec(ctx, `INSERT INTO recovery_tickets (account, slot, hash, client, channel, version, step, proof, sealed_code, code_tries, answer_tries, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?) ON CONFLICT (account, slot) DO UPDATE SET hash = excluded.hash, client = excluded.client,
			channel = excluded.channel, version = excluded.version, step = excluded.step, proof = excluded.proof,
			sealed_code = excluded.sealed_code, code_tries = 0, answer_tries = 0, expires_at = excluded.expires_at`,
		t.Account, t.Slot, t.Hash, t.Client, t.Channel, t.Version, t.Step, string(t.Proof), t.SealedCode, sqldb.Micros(t.ExpiresAt))
	return err
}

// GetTicket implements [Store].
func (s *SQLStore) GetTicket(ctx context.Context, hash string, now time.Time) (Ticket, error) {
	t := Ticket{Hash: hash}
	var proof string
	var expires int64
	err := s.db.QueryRow(ctx, `SELECT account, slot, client, channel, version, step, proof, sealed_code, code_tries, answer_tries, expires_at
		FROM recovery_tickets WHERE hash = ? AND expires_at > ?`, []any{hash, sqldb.Micros(now)},
		&t.Account, &t.Slot, &t.Client, &t.Channel, &t.Version, &t.Step, &proof, &t.SealedCode, &t.CodeTries, &t.AnswerTries, &expires)
	if errors.Is(err, sqldb.ErrNoRows) {
		return Ticket{}, ErrBadTicket
	}
	t.Proof, t.ExpiresAt = Proof(proof), sqldb.Time(expires)
	return t, err
}

// TakeCodeTry implements [Store].
func (s *SQLStore) TakeCodeTry(ctx context.Context, hash string, max int, now time.Time) (bool, error) {
	return s.counted(ctx, `UPDATE recovery_tickets SET code_tries = code_tries + 1 WHERE hash = ? AND code_tries < ? AND expires_at > ?`, hash, max, sqldb.Micros(now))
}

// TakeAnswerTry implements [Store].
func (s *SQLStore) TakeAnswerTry(ctx context.Context, hash string, max int, now time.Time) (bool, error) {
	return s.counted(ctx, `UPDATE recovery_tickets SET answer_tries = answer_tries + 1 WHERE hash = ? AND answer_tries < ? AND expires_at > ?`, hash, max, sqldb.Micros(now))
}

// Advance implements [Store].
func (s *SQLStore) Advance(ctx context.Context, hash, from, to string, expires, now time.Time) (bool, error) {
	return s.won(ctx, `UPDATE recovery_tickets SET step = ?, expires_at = ? WHERE hash = ? AND step = ? AND expires_at > ?`,
		to, sqldb.Micros(expires), hash, from, sqldb.Micros(now))
}

// Complete implements [Store].
func (s *SQLStore) Complete(ctx context.Context, hash, grant string, proof Proof, expires, now time.Time) (bool, error) {
	return s.won(ctx, `UPDATE recovery_tickets SET hash = ?, step = ?, proof = ?, sealed_code = NULL, expires_at = ? WHERE hash = ? AND step = ? AND expires_at > ?`,
		grant, stepCompleted, string(proof), sqldb.Micros(expires), hash, stepAnswered, sqldb.Micros(now))
}

// Spend implements [Store].
func (s *SQLStore) Spend(ctx context.Context, hash, client, step string, now time.Time) (bool, error) {
	return s.won(ctx, `DELETE FROM recovery_tickets WHERE hash = ? AND client = ? AND step = ? AND expires_at > ?`, hash, client, step, sqldb.Micros(now))
}

// DeletePending implements [Store]. Each statement waits for who is just trading
// a ticket for a wait, or a wait for a grant, and does not see what they trade it
// for; the next one does.
func (s *SQLStore) DeletePending(ctx context.Context, account string) (waits int64, err error) {
	const tickets = `DELETE FROM recovery_tickets WHERE account = ?`
	err = s.db.InTx(ctx, func(ctx context.Context) (err error) {
		if _, err := s.db.Exec(ctx, tickets, account); err != nil {
			return err
		}
		if waits, err = s.db.Exec(ctx, `DELETE FROM recovery_waits WHERE account = ?`, account); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, tickets, account)
		return err
	})
	return waits, err
}

// PurgePending implements [Store].
func (s *SQLStore) PurgePending(ctx context.Context, day int64, now time.Time) (total int64, err error) {
	for _, p := range []struct {
		table, key, order, condition string
		arg                          int64
	}{
		{"recovery_tickets", "account, slot", "expires_at", "expires_at <= ?", sqldb.Micros(now)},
		{"recovery_waits", "account", "expires_at", "expires_at <= ?", sqldb.Micros(now)},
		{"recovery_outcomes", "day, outcome", "day", "day < ?", day},
	} {
		n, err := s.db.Purge(ctx, p.table, p.key, p.order, p.condition, p.arg)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

package alerts

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// PutContact implements [Store].
func (s *SQLStore) PutContact(ctx context.Context, c Contact) error {
	_, err := s.db.Exec(ctx, `INSERT INTO alerts_contacts (account, id, channel, sealed, replaced_at) VALUES (?, ?, ?, ?, ?)`,
		c.Account, c.ID, c.Channel, notNil(c.Sealed), sqldb.Micros(c.ReplacedAt))
	return err
}

const contactColumns = `account, id, channel, sealed, replaced_at`

// Contacts implements [Store] by one statement.
func (s *SQLStore) Contacts(ctx context.Context, account string, since time.Time, max int) ([]Contact, error) {
	var out []Contact
	err := s.db.Query(ctx, `SELECT `+contactColumns+` FROM (SELECT `+contactColumns+`,
			ROW_NUMBER() OVER (PARTITION BY channel ORDER BY replaced_at DESC, id DESC) AS newest,
			ROW_NUMBER() OVER (PARTITION BY channel ORDER BY replaced_at, id) AS oldest
		FROM alerts_contacts WHERE account = ? AND replaced_at >= ?) AS c
		WHERE newest <= ? OR oldest <= ? ORDER BY replaced_at DESC, id DESC`, []any{account, sqldb.Micros(since), max, max}, func(row func(...any) error) error {
		c, err := scanContact(row)
		out = append(out, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func scanContact(row func(...any) error) (c Contact, err error) {
	var replaced int64
	err = row(&c.Account, &c.ID, &c.Channel, &c.Sealed, &replaced)
	c.ReplacedAt = sqldb.Time(replaced)
	return c, err
}

// NextContact implements [Store].
func (s *SQLStore) NextContact(ctx context.Context, after Contact) (Contact, bool, error) {
	c, err := scanContact(func(dest ...any) error {
		return s.db.QueryRow(ctx, `SELECT `+contactColumns+` FROM alerts_contacts
			WHERE account > ? OR account = ? AND id > ? ORDER BY account, id LIMIT 1`, []any{after.Account, after.Account, after.ID}, dest...)
	})
	if errors.Is(err, sqldb.ErrNoRows) {
		return Contact{}, false, nil
	}
	return c, err == nil, err
}

// SwapContact implements [Store].
func (s *SQLStore) SwapContact(ctx context.Context, c Contact, sealed []byte) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE alerts_contacts SET sealed = ? WHERE account = ? AND id = ? AND sealed = ?`, sealed, c.Account, c.ID, c.Sealed)
	return n == 1, err
}

// PurgeContacts implements [Store].
func (s *SQLStore) PurgeContacts(ctx context.Context, before time.Time) (int64, error) {
	return s.db.Purge(ctx, "alerts_contacts", "account, id", "replaced_at", "replaced_at < ?", sqldb.Micros(before))
}

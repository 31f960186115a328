package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/internal/canon"
)

// customer is a row of the shop's own table.
type customer struct {
	ID, Email, Name, Phone, Lang, Zone string
	Birth                              time.Time // zero if not told
}

// account is the customer as accountsec sees it.
func (c customer) account() accountsec.Account {
	return accountsec.Account{
		ID: c.ID, Name: c.Name, Email: c.Email, Phone: c.Phone, BirthDate: c.Birth, Lang: c.Lang, TimeZone: c.Zone,
	}
}

// customers is the shop's table of customers and accountsec's view of it.
type customers struct{ db *sql.DB }

var _ accountsec.Accounts = customers{}

var (
	errNoCustomer = errors.New("shop: no such customer")
	errEmailTaken = errors.New("shop: this e-mail address has an account")
)

// Find implements [accountsec.Accounts]: customers sign in with their e-mail
// address, in any case.
func (c customers) Find(ctx context.Context, identifier string) (accountsec.Account, error) {
	return c.asAccount(c.one(ctx, "email_key", canon.Key(identifier)))
}

// Account implements [accountsec.Accounts].
func (c customers) Account(ctx context.Context, id string) (accountsec.Account, error) {
	return c.asAccount(c.one(ctx, "id", id))
}

func (customers) asAccount(found customer, err error) (accountsec.Account, error) {
	if errors.Is(err, errNoCustomer) {
		return accountsec.Account{}, accountsec.ErrUnknownAccount
	}
	return found.account(), err
}

// one reads a customer by one of the table's unique columns.
func (c customers) one(ctx context.Context, column, value string) (customer, error) {
	var found customer
	var birth string
	err := c.db.QueryRowContext(ctx,
		"SELECT id, email, name, phone, birth, lang, zone FROM customers WHERE "+column+" = ?", value).
		Scan(&found.ID, &found.Email, &found.Name, &found.Phone, &birth, &found.Lang, &found.Zone)
	if errors.Is(err, sql.ErrNoRows) {
		return customer{}, errNoCustomer
	}
	if err != nil {
		return customer{}, fmt.Errorf("shop: read customer: %w", err)
	}
	if birth != "" {
		if found.Birth, err = time.Parse(time.DateOnly, birth); err != nil {
			return customer{}, fmt.Errorf("shop: read customer: %w", err)
		}
	}
	return found, nil
}

// insert adds a customer, or answers errEmailTaken.
func (customers) insert(ctx context.Context, tx *sql.Tx, c customer, now time.Time) error {
	birth := ""
	if !c.Birth.IsZero() {
		birth = c.Birth.Format(time.DateOnly)
	}
	res, err := tx.ExecContext(ctx,
		`INSERT INTO customers (id, email, email_key, name, phone, birth, lang, zone, created)
		 VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (email_key) DO NOTHING`,
		c.ID, c.Email, canon.Key(c.Email), c.Name, c.Phone, birth, c.Lang, c.Zone, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("shop: add customer: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errEmailTaken)
	}
	return nil
}

// update stores what a customer may change.
func (customers) update(ctx context.Context, tx *sql.Tx, c customer) error {
	_, err := tx.ExecContext(ctx, "UPDATE customers SET name = ?, phone = ?, zone = ? WHERE id = ?", c.Name, c.Phone, c.Zone, c.ID)
	return err
}

func (c customers) setLang(ctx context.Context, id, lang string) error {
	_, err := c.db.ExecContext(ctx, "UPDATE customers SET lang = ? WHERE id = ?", lang, id)
	return err
}

func newCustomerID() string { return "c-" + strings.ToLower(rand.Text()) }

const (
	maxName  = 120
	maxEmail = 254 // RFC 5321 §4.5.3.1.3, less the angle brackets
	maxPhone = 32
)

// cleanEmail accepts one plain address.
func cleanEmail(s string) (string, bool) {
	s = canon.Line(s, maxEmail+1)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || len(s) > maxEmail {
		return "", false
	}
	_, domain, _ := strings.Cut(s, "@")
	return s, strings.Contains(domain, ".")
}

// zones are what the forms offer; a customer's alerts show times in theirs.
var zones = []string{"Asia/Seoul", "Asia/Tokyo", "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Australia/Sydney", "UTC"}

func zoneOf(c customer) *time.Location {
	if loc, err := time.LoadLocation(c.Zone); err == nil {
		return loc
	}
	return time.UTC
}

package accountsec

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/password"
)

// Account is what the Guard needs to know of a customer. It is read from the
// shop when it is needed and never stored.
type Account struct {
	// ID names the account for good. At most 255 bytes, without control
	// characters, not starting with "~". Required.
	ID string
	// Name, Email and Phone address messages and keep personal information
	// out of passwords and answers.
	Name, Email, Phone string
	// BirthDate keeps the day of birth out of passwords. Zero if not known.
	BirthDate time.Time
	// Lang is the BCP 47 tag of the language of messages. Defaults to English.
	Lang string
	// TimeZone is the IANA name of the zone that messages show times in.
	// Defaults to UTC.
	TimeZone string
}

// LogValue keeps personal data out of logs.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.ID) }

// Accounts reads the shop's own customers. Implementations are safe for
// concurrent use; lookups should take the same time whether or not they find.
type Accounts interface {
	// Find returns the account that a typed identifier (an e-mail address, a
	// login name) names, or [ErrUnknownAccount]. The identifier comes from a
	// visitor as it is: any length, any bytes.
	Find(ctx context.Context, identifier string) (Account, error)
	// Account returns the account with this id, or [ErrUnknownAccount].
	Account(ctx context.Context, id string) (Account, error)
}

// shadowPrefix begins the ids of shadow accounts.
const shadowPrefix = "~"

// resolve gives the account that identifier names, or its shadow.
func (g *Guard) resolve(ctx context.Context, identifier string) (Account, error) {
	if len(identifier) > maxIdentifier {
		return g.shadow(identifier), nil // no shop has a customer of that name
	}
	a, err := g.cfg.Accounts.Find(ctx, identifier)
	if errors.Is(err, ErrUnknownAccount) {
		return g.shadow(identifier), nil
	}
	if err != nil {
		return Account{}, fmt.Errorf("accountsec: find account: %w", err)
	}
	return a, checkID(a.ID)
}

// maxIdentifier bounds what is passed on to the shop's lookup, in bytes.
const maxIdentifier = 1024

// shadow makes the stand-in for an unknown identifier: stable, so that
// throttles and decoys behave as an account's would; keyed, so that it cannot
// be recognised or guessed; and one-way, because people type passwords into
// the name field. The identifier itself is stored nowhere.
func (g *Guard) shadow(identifier string) Account {
	mac := hmac.New(sha256.New, g.shadowKey)
	mac.Write([]byte(canon.Key(identifier)))
	return Account{ID: shadowPrefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])}
}

func checkID(id string) error {
	if err := canon.CheckID(id); err != nil {
		return err
	}
	if strings.HasPrefix(id, shadowPrefix) {
		return fmt.Errorf("%w: an account's id may not start with %q", canon.ErrBadID, shadowPrefix)
	}
	return nil
}

// person is what must not be part of the account's password.
func (g *Guard) person(a Account) password.Person {
	return password.Person{
		Name: a.Name, Email: a.Email, Phone: a.Phone, ID: a.ID, BirthDate: a.BirthDate,
		Shop: g.cfg.Sender.Brand, Domain: g.cfg.Sender.Domain,
	}
}

// directory tells the alerts where an account's messages go. Shadow accounts
// and accounts that are gone have no recipient: their messages are dropped.
type directory struct{ accounts Accounts }

var _ alerts.Directory = directory{}

// Recipient implements [alerts.Directory].
func (d directory) Recipient(ctx context.Context, id string) (alerts.Recipient, error) {
	if strings.HasPrefix(id, shadowPrefix) {
		return alerts.Recipient{}, alerts.ErrNoRecipient
	}
	a, err := d.accounts.Account(ctx, id)
	if errors.Is(err, ErrUnknownAccount) {
		return alerts.Recipient{}, alerts.ErrNoRecipient
	}
	if err != nil {
		return alerts.Recipient{}, err
	}
	return alerts.Recipient{Name: a.Name, Email: a.Email, Phone: a.Phone, Lang: a.Lang, TimeZone: a.TimeZone}, nil
}

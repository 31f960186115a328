package webpush

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Store keeps subscriptions. Implementations must be safe for concurrent use
// by any number of processes, keep times to the microsecond in UTC, honour a
// cancelled context, give away no memory of theirs, read no clock, and join a
// transaction that the context carries.
// [example.com/accountsec/alerts/webpush/webpushtest] checks an implementation.
type Store interface {
	// Put keeps a subscription, as one step. The row of the same ID, whoever's
	// it is, is replaced: it is the same browser. If it was the account's already
	// its CreatedAt stays, and that is all. Else it is added: the account's rows
	// above max go, those with the oldest UsedAt first (the lower ID of two),
	// never r itself. max is at least 1.
	Put(ctx context.Context, r Row, max int) (added bool, err error)
	// List gives the account's rows, the last used first (the higher ID of two).
	List(ctx context.Context, account string) ([]Row, error)
	// Used sets UsedAt of those of the account's rows that are named and were
	// used before now.
	Used(ctx context.Context, account string, ids []string, now time.Time) error
	// Remove deletes the row if it is the account's; it tells whether it was.
	Remove(ctx context.Context, account, id string) (bool, error)
	// DeleteAccount deletes all that the store holds on the account.
	DeleteAccount(ctx context.Context, account string) error

	Sealed
	// InTx runs fn in a transaction that ctx then carries; in the carried one
	// if there is one. fn may be called again if the database asks for it. A
	// store without transactions just calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Sealed walks all rows for re-encryption.
type Sealed interface {
	// SealedBefore gives at most limit rows whose SealedAt is before the given
	// time, ordered by SealedAt and ID, after the row after (zero: from the
	// start).
	SealedBefore(ctx context.Context, before time.Time, after Row, limit int) ([]Row, error)
	// Swap replaces what is sealed, and sets SealedAt = now, if the row is still
	// r.Account's and still holds r.Sealed; it tells whether it did.
	Swap(ctx context.Context, r Row, sealed []byte, now time.Time) (bool, error)
}

// Row is one browser of an account.
type Row struct {
	// ID is [ID] of the endpoint: one browser is one row.
	ID, Account string
	// Label names the browser: "Chrome on Windows".
	Label string
	// Sealed is the subscription, sealed for ID and Account.
	Sealed []byte
	// CreatedAt is when it was added, UsedAt when it was last of use (added,
	// added again, or a message was taken for it), SealedAt when it was sealed.
	CreatedAt, UsedAt, SealedAt time.Time
}

// String hides all but the id.
func (r Row) String() string { return "[subscription " + r.ID + "]" }

// Format keeps every verb redacted.
func (r Row) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) } //nolint:errcheck

// LogValue is String.
func (r Row) LogValue() slog.Value { return slog.StringValue(r.String()) }

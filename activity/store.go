package activity

import (
	"context"
	"time"
)

// Store keeps events. Implementations must be safe for concurrent use, keep
// times to the microsecond in UTC, honour a cancelled context, give away no
// memory of theirs (an event that was handed in or out may be changed by the
// caller), and join a transaction that the context carries if they can.
// [example.com/accountsec/activity/activitytest] checks an implementation.
//
// Events arrive checked by [Log]: ids by [NewID] whose time is the event's,
// fields bounded and free of NUL.
type Store interface {
	// Append adds an event. If the account already has one with this ID,
	// nothing changes and the error is nil: one of any number of concurrent
	// callers adds it, and nothing is ever overwritten.
	Append(ctx context.Context, e Event) error
	// List gives the account's events that match q, newest first: by time, then
	// by ID, both descending. It must not read more than the account's own rows
	// from the position in q on.
	List(ctx context.Context, account string, q Query) ([]Event, error)
	// Get gives one event of the account; [ErrNotFound] if the account has
	// none of this id, whoever else may have one.
	Get(ctx context.Context, account, id string) (Event, error)
	// DeleteAccount deletes all that the store holds on the account.
	DeleteAccount(ctx context.Context, account string) error
	// Purge deletes at most max events that happened before the given time, of
	// any account, and says how many.
	Purge(ctx context.Context, before time.Time, max int) (int64, error)
	// InTx runs fn in a transaction that ctx then carries; in the carried one
	// if there is one. fn may be called again if the database asks for it. A
	// store without transactions just calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

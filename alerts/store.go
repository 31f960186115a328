package alerts

import (
	"context"
	"time"
)

// Store keeps profiles, preferences, failure counts and the outbox.
// Implementations must be safe for concurrent use by any number of processes,
// keep times to the microsecond in UTC, honour a cancelled context, give away
// no memory of theirs, and join a transaction that the context carries if they
// can. [example.com/accountsec/alerts/alertstest] checks an implementation.
type Store interface {
	Profiles
	Settings
	Outbox
	Contacts

	// DeleteAccount deletes all that the store holds on the account.
	DeleteAccount(ctx context.Context, account string) error
	// Purge deletes at most max deliveries that ended before done and at most
	// max counts of failures whose window began before failures; it says how many.
	Purge(ctx context.Context, done, failures time.Time, max int) (int64, error)
	// InTx runs fn in a transaction that ctx then carries; in the carried one
	// if there is one. fn may be called again if the database asks for it. A
	// store without transactions just calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Profiles keeps what is known of accounts' habits.
type Profiles interface {
	// Profile gives the account's profile and its version: nil and 0 if there
	// is none.
	Profile(ctx context.Context, account string) (data []byte, version int64, err error)
	// PutProfile replaces the profile if its version is still the one that was
	// read (0: if there is none), and raises the version by one. Of any number
	// of concurrent callers with one version, one wins.
	PutProfile(ctx context.Context, account string, data []byte, version int64, now time.Time) (bool, error)
	// CountFailure counts one failed attempt and returns how many there were
	// in the window, this one included. A window begins with its first failure.
	CountFailure(ctx context.Context, account string, window time.Duration, now time.Time) (int, error)
	// Failures returns the count without adding to it.
	Failures(ctx context.Context, account string, window time.Duration, now time.Time) (int, error)
}

// Settings keeps owners' preferences.
type Settings interface {
	// Preferences gives what was put; nil if nothing was.
	Preferences(ctx context.Context, account string) ([]byte, error)
	// PutPreferences replaces it.
	PutPreferences(ctx context.Context, account string, data []byte, now time.Time) error
}

// Contacts keeps addresses that accounts had before.
type Contacts interface {
	// PutContact adds a contact.
	PutContact(ctx context.Context, c Contact) error
	// Contacts gives the account's contacts that were replaced at or after
	// since, the newest first, at most max.
	Contacts(ctx context.Context, account string, since time.Time, max int) ([]Contact, error)
	// NextContact gives the first contact after this one in the order of
	// accounts and IDs; false if there is none.
	NextContact(ctx context.Context, after Contact) (Contact, bool, error)
	// SwapContact replaces what is sealed of a contact, if it still is c.Sealed.
	SwapContact(ctx context.Context, c Contact, sealed []byte) (bool, error)
	// PurgeContacts deletes the contacts that were replaced before the given
	// time; it says how many.
	PurgeContacts(ctx context.Context, before time.Time) (int64, error)
}

// Outbox keeps messages until they are delivered.
type Outbox interface {
	// Enqueue adds deliveries in one statement and returns how many were new:
	// one whose (Account, Channel, Dedupe) is there already, ended or not, is
	// left out.
	Enqueue(ctx context.Context, rows []Delivery) (int, error)
	// Lease hands out at most max deliveries that are due, the longest due
	// first: pending ones whose DueAt has come, and leased ones whose lease has
	// run out. It marks them leased under the token until the given time and
	// counts the attempt, as one atomic step: no two callers get the same one.
	// They come in the order in which they were created.
	Lease(ctx context.Context, token string, until, now time.Time, max int) ([]Delivery, error)
	// Finish ends a delivery as done or dead and wipes its payload, if it is
	// leased under the token; it reports whether it was.
	Finish(ctx context.Context, id, token string, state State, lastError string, now time.Time) (bool, error)
	// Retry gives a leased delivery back, to be tried again at due, if it is
	// leased under the token; it reports whether it was.
	Retry(ctx context.Context, id, token string, due time.Time, lastError string) (bool, error)
	// Deliveries lists the account's deliveries, newest first, at most max,
	// without payloads and tokens.
	Deliveries(ctx context.Context, account string, max int) ([]Delivery, error)
}

package password

import (
	"context"
	"log/slog"
	"time"
)

// Record is what is stored of an account's current password.
type Record struct {
	// Hash is the hasher's, sealed if there is a pepper.
	Hash string
	// Version grows by one each time a password is set; the first is 1.
	Version int64
	// SetAt is when it was set. An upgraded hash does not change it.
	SetAt time.Time
	// RevokedAt is when it was revoked, see [Manager.Revoke]; zero: never.
	RevokedAt time.Time
}

// String keeps the hash out of logs.
func (r Record) String() string { return "password.Record(redacted)" }

// GoString keeps the hash out of logs.
func (r Record) GoString() string { return r.String() }

// LogValue keeps the hash out of logs.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Store keeps hashes and counts attempts. Implementations must be safe for
// concurrent use by any number of processes, keep times to the microsecond in
// UTC, tell accounts apart by every byte of their ids (a database that takes
// "Kim" for "kim" would let one guess at the other uncounted), honour a
// cancelled context, and join a transaction that the context
// carries unless a method says otherwise.
// [example.com/accountsec/password/passwordtest] checks an implementation.
//
// Every method is one atomic step: of several callers who race for a change
// that is to happen once, exactly one is told that it won.
type Store interface {
	// Get gives the account's current password; [ErrNoPassword] if it has none.
	Get(ctx context.Context, account string) (Record, error)
	// SetHash sets a new password if the account's version is still expect (0:
	// it has none), and makes the version expect+1. The hash that it replaces
	// goes to the history, of which the newest keep stay. False, and nothing is
	// changed, if the version is another.
	SetHash(ctx context.Context, account, hash string, expect int64, keep int, now time.Time) (bool, error)
	// Revoke sets RevokedAt if the account has a password that is not revoked
	// yet; it tells whether it did. SetHash begins anew without it.
	Revoke(ctx context.Context, account string, now time.Time) (bool, error)
	// Hold tells whether the account's password still is the one of this version
	// and, unless revoked is true, not revoked. It changes nothing. In a
	// transaction it stays so until the end: who would set, revoke or delete the
	// password waits, and Hold waits for who is about to and sees what they did.
	Hold(ctx context.Context, account string, version int64, revoked bool) (bool, error)
	// UpgradeHash puts another hash of the same password in place of the current
	// one if that is still old; the version stays. False if it is another.
	UpgradeHash(ctx context.Context, account, old, upgraded string) (bool, error)
	// History gives the hashes of at most n former passwords, the newest first,
	// the current one not among them.
	History(ctx context.Context, account string, n int) ([]string, error)
	// DeleteAccount deletes all that the store holds on the account, its
	// attempts included.
	DeleteAccount(ctx context.Context, account string) error
	// InTx runs fn in a transaction that ctx then carries; in the carried one
	// if there is one. fn may be called again if the database asks for it. A
	// store without transactions just calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	Hashes
	Attempts
}

// StoredHash is a hash, current or former, with its place.
type StoredHash struct {
	Account string
	// Version is the version that the password had.
	Version int64
	// Hash is the hasher's, sealed if there is a pepper.
	Hash string
}

// String keeps the hash out of logs.
func (StoredHash) String() string { return "password.StoredHash(redacted)" }

// GoString keeps the hash out of logs.
func (h StoredHash) GoString() string { return h.String() }

// LogValue keeps the hash out of logs.
func (h StoredHash) LogValue() slog.Value { return slog.StringValue(h.String()) }

// Hashes walks all hashes, for re-encryption.
type Hashes interface {
	// HashesAfter gives at most limit hashes, current and former ones, ordered
	// by account and version, from the one behind the given place on. Its cost
	// must not grow with the number of hashes that are stored.
	HashesAfter(ctx context.Context, account string, version int64, limit int) ([]StoredHash, error)
	// ReplaceHash puts another form of the same hash in place of the one of that
	// version, current or former, if that is still old; nothing else changes.
	// False if it is another.
	ReplaceHash(ctx context.Context, account string, version int64, old, hash string) (bool, error)
}

// Attempts counts guesses. A bucket is named by the account that it belongs to
// ("" for one that no account owns, such as a network's) and a name.
type Attempts interface {
	// CountAttempt counts one attempt and returns how many the bucket has
	// seen, this one included. If the bucket is closed at now it counts nothing
	// and returns the time until it opens, greater than zero. The n-th attempt
	// closes the bucket for min(base·2^(n-free), max) when n >= free. A bucket
	// whose last attempt is 24 hours ago starts anew. It must not join a
	// carried transaction: a count that is rolled back is a free guess.
	CountAttempt(ctx context.Context, account, bucket string, free int, base, max time.Duration, now time.Time) (n int, retryAfter time.Duration, err error)
	// RefundAttempt takes one counted attempt back and opens the bucket.
	RefundAttempt(ctx context.Context, account, bucket string) error
	// ForgetAttempts empties the bucket.
	ForgetAttempts(ctx context.Context, account, bucket string) error
	// PurgeAttempts deletes the buckets forgotten at now; it returns how many.
	PurgeAttempts(ctx context.Context, now time.Time) (int64, error)
}

package sms

import (
	"context"
	"time"
)

// Store counts what was sent. Implementations must be safe for concurrent use
// by any number of processes, keep times to the microsecond, honour a
// cancelled context and read no clock.
// [example.com/accountsec/mfa/sms/smstest] checks an implementation.
//
// Spend and Return must not join a transaction that the context carries: a
// message is not unsent by the rollback of its count.
type Store interface {
	// Spend takes every quota's cost, or nothing at all if one of them has less
	// than that left; of callers that race for the last unit, one gets it. It
	// tells which quota refused and how long it will: the one with the longest
	// wait if there are several. The zero Refusal means that all was taken.
	//
	// A quota's window begins with the first cost taken and ends Window later;
	// at that instant the quota is whole again. A cost above the limit is
	// refused always. No two quotas of a call have the same name. Quotas that
	// are shared come last and, in all calls, in the same order, so that no two
	// calls wait for each other.
	Spend(ctx context.Context, quotas []Quota, now time.Time) (Refusal, error)
	// Return takes once, as Spend does, and if it got it gives the costs of back
	// back, each down to an empty quota and not further; what is not there is
	// left alone. It tells whether it got once.
	Return(ctx context.Context, once Quota, back []Quota, now time.Time) (bool, error)
	// Levels tells how full the named quotas are, those whose window is open.
	Levels(ctx context.Context, names []string, now time.Time) ([]Level, error)
	// Reset makes the named quotas whole again.
	Reset(ctx context.Context, names []string) error
	// DeleteAccount deletes the account's quotas.
	DeleteAccount(ctx context.Context, account string) error
	// Purge deletes the quotas whose window has ended at now; it says how many.
	Purge(ctx context.Context, now time.Time) (int64, error)
}

// Quota is a number of units for a window of time.
type Quota struct {
	// Name is the quota's key, at most 128 bytes of ASCII.
	Name string
	// Account owns the quota, not hashed as it is in names: it is deleted with the
	// account. Empty for what is shared.
	Account string
	// Cost is what to take or to give back, Limit what a window holds. Both are
	// at least 1.
	Cost, Limit int64
	// Window is how long it holds.
	Window time.Duration
}

// Refusal says what stood in the way. The zero value: nothing.
type Refusal struct {
	// Name is the quota's.
	Name string
	// RetryAfter is the time until its window ends, greater than zero.
	RetryAfter time.Duration
}

// Level is how full a quota is.
type Level struct {
	Name        string
	Used, Limit int64
	// Until is the end of the window.
	Until time.Time
}

// never is the refusal of a cost above the limit, which no waiting changes.
func never(quotas []Quota) Refusal {
	for _, q := range quotas {
		if q.Cost > q.Limit {
			return Refusal{Name: q.Name, RetryAfter: q.Window}
		}
	}
	return Refusal{}
}

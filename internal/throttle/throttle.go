// Package throttle slows guessing down. An attempt is counted before it is
// judged, in the store that all instances share, by one conditional statement.
//
// After its free attempts a bucket closes for Base, then twice that, and so on
// up to Max; it always opens again by itself, so nobody can lock an owner out
// for good, and attempts made while it is closed are refused without being
// counted, so hammering does not prolong the wait.
package throttle

import (
	"context"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// Memory is how long after its last counted attempt a bucket is forgotten.
const Memory = 24 * time.Hour

// Store counts attempts. The three domain stores that throttle embed it.
//
// A bucket is named by the account it belongs to ("" for one that no account
// owns, such as a network's) and a name. Implementations are safe for
// concurrent use by any number of processes.
type Store interface {
	// CountAttempt counts one attempt and returns how many the bucket has
	// seen, this one included. If the bucket is closed at now it counts
	// nothing and returns the time until it opens, which is greater than
	// zero. Check and count are one atomic step. The n-th attempt closes the
	// bucket for min(base·2^(n-free), max) when n >= free. A bucket whose last
	// attempt is [Memory] ago starts anew.
	//
	// It must not join a transaction carried in ctx: a count that is rolled
	// back is a free guess.
	CountAttempt(ctx context.Context, account, bucket string, free int, base, max time.Duration, now time.Time) (n int, retryAfter time.Duration, err error)
	// RefundAttempt takes one counted attempt back and opens the bucket: for
	// an attempt that proved good, in a bucket shared with others.
	RefundAttempt(ctx context.Context, account, bucket string) error
	// ForgetAttempts empties the bucket: for one that only its owner's good
	// attempt may reset.
	ForgetAttempts(ctx context.Context, account, bucket string) error
	// PurgeAttempts deletes the buckets forgotten at now; it returns how many.
	PurgeAttempts(ctx context.Context, now time.Time) (int64, error)
}

// Bucket is a counter and its rule.
type Bucket struct {
	Account, Name string
	Free          int           // attempts before the bucket first closes
	Base, Max     time.Duration // first and longest wait
	Shared        bool          // counts several owners: a success refunds, never resets
}

// Take counts one attempt in every bucket, in order. If one is closed, the
// attempt is refused: the buckets already counted are refunded and the wait is
// returned. Put the attacker's own buckets (network) before the account's, so
// that whoever is refused there cannot use up the account's.
func Take(ctx context.Context, s Store, now time.Time, buckets ...Bucket) (time.Duration, error) {
	for i, b := range buckets {
		_, wait, err := s.CountAttempt(ctx, b.Account, b.Name, b.Free, b.Base, b.Max, now)
		if err != nil {
			return 0, err
		}
		if wait > 0 {
			ctx := sqldb.Detach(ctx) // as the counts were
			for _, taken := range buckets[:i] {
				if err := s.RefundAttempt(ctx, taken.Account, taken.Name); err != nil {
					return 0, err
				}
			}
			return wait, nil
		}
	}
	return 0, nil
}

// Succeed settles an attempt that proved good: it resets the buckets that only
// the owner can reach and takes its own attempt back from the shared ones. An
// attacker's success in an account of his own therefore resets nothing that
// protects others. It joins a transaction carried in ctx, whose rows then wait
// for its end: detach the context (package sqldb) unless that is at hand.
func Succeed(ctx context.Context, s Store, buckets ...Bucket) error {
	for _, b := range buckets {
		settle := s.ForgetAttempts
		if b.Shared {
			settle = s.RefundAttempt
		}
		if err := settle(ctx, b.Account, b.Name); err != nil {
			return err
		}
	}
	return nil
}

// maxShift keeps base<<shift inside int64 for any base up to an hour.
const maxShift = 20

// wait is the time that a bucket stays closed after its n-th attempt.
func wait(n, free int, base, max time.Duration) time.Duration {
	if n < free {
		return 0
	}
	return min(base<<min(n-free, maxShift), max)
}

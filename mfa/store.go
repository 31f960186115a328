package mfa

import (
	"context"
	"time"
)

// Store keeps factors, challenges, recovery codes and counts. Implementations
// must be safe for concurrent use by any number of processes, keep times to
// the microsecond in UTC, honour a cancelled context, give away no memory of
// theirs, and join a transaction that the context carries unless a method says
// otherwise. [example.com/accountsec/mfa/mfatest] checks an implementation.
//
// Every method is one atomic step: where several callers race for a change
// that is to happen once, exactly one of them is told that it won.
type Store interface {
	FactorStore
	SealedStore
	ChallengeStore
	CodeStore
	Attempts
	// MarkEnabled notes that the account has had a factor of the method; it
	// tells whether this is the first time.
	MarkEnabled(ctx context.Context, account, method string, now time.Time) (bool, error)
	// DeletePending deletes the account's challenges and pending factors.
	DeletePending(ctx context.Context, account string) error
	// DeleteAccount deletes all that the store holds on the account.
	DeleteAccount(ctx context.Context, account string) error
	// Purge deletes the challenges and pending factors that are expired at now,
	// and the forgotten attempts; it says how many rows.
	Purge(ctx context.Context, now time.Time) (int64, error)
	// InTx runs fn in a transaction that ctx then carries; in the carried one
	// if there is one. fn may be called again if the database asks for it. A
	// store without transactions just calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// FactorRow is a stored factor: pending (Active false, until ExpiresAt) or
// active (ExpiresAt zero). An expired pending factor counts as absent.
type FactorRow struct {
	Account, ID, Method, Name string
	Sealed                    []byte // the method's state
	Active                    bool
	Proved                    bool  // enrolment began with a proof
	Step                      int64 // the last accepted
	CreatedAt, ExpiresAt      time.Time
	UsedAt                    time.Time // last accepted response; zero: never
	SealedAt                  time.Time
}

// FactorStore keeps factors. Names are compared by [NameKey].
type FactorStore interface {
	// AddFactor adds a pending factor in place of the account's pending one, if
	// any. [ErrTooManyFactors] if the account has max active ones,
	// [ErrNameTaken] if one of these has the name, [ErrProofNeeded] if it has
	// an active one and f is not Proved.
	AddFactor(ctx context.Context, f FactorRow, max int) error
	// Factor gives a factor, active or pending, of the account. [ErrNoFactor]
	// if it has none of this id, whoever else may have one.
	Factor(ctx context.Context, account, id string) (FactorRow, error)
	// Factors gives the account's active factors in the order of their
	// enrolment: by CreatedAt, then by ID.
	Factors(ctx context.Context, account string) ([]FactorRow, error)
	// TakeEnrollAttempt counts one attempt to confirm a pending factor; false
	// if it is not there, expired at now, or has had max attempts. It must not
	// join a carried transaction.
	TakeEnrollAttempt(ctx context.Context, account, id string, max int, now time.Time) (bool, error)
	// ActivateFactor makes a pending factor active, with its step, its state
	// and UsedAt = now, and tells whether it is the account's only active one.
	// [ErrNoEnrollment] if it is not there, expired at now or active already;
	// [ErrProofNeeded] and [ErrNameTaken] as in AddFactor.
	ActivateFactor(ctx context.Context, account, id string, step int64, sealed []byte, now time.Time) (first bool, err error)
	// AdvanceStep raises an active factor's step and sets UsedAt = now, if step
	// is strictly greater than the stored one; it tells whether it was. Step 0
	// leaves the stored one alone and is true if the factor is active.
	AdvanceStep(ctx context.Context, account, id string, step int64, now time.Time) (bool, error)
	// RenameFactor renames an active factor. [ErrNoFactor], [ErrNameTaken].
	RenameFactor(ctx context.Context, account, id, name string) error
	// RemoveFactor deletes an active factor and tells how many active ones are
	// left. With the last one, the account's recovery codes and pending factor
	// go too. [ErrNoFactor].
	RemoveFactor(ctx context.Context, account, id string) (left int, err error)
}

// SealedStore walks all factors for re-encryption.
type SealedStore interface {
	// FactorsSealedBefore gives at most limit factors, active and pending,
	// whose SealedAt is before the given time, ordered by SealedAt, Account and
	// ID, after the position of the factor after (zero: from the start).
	FactorsSealedBefore(ctx context.Context, before time.Time, after FactorRow, limit int) ([]FactorRow, error)
	// ReplaceSealed replaces a factor's state, and sets SealedAt = now, if its
	// state is still old; it tells whether it was.
	ReplaceSealed(ctx context.Context, account, id string, old, sealed []byte, now time.Time) (bool, error)
}

// ChallengeRow is a stored challenge. ID is the SHA-256 of its token, in hex.
type ChallengeRow struct {
	ID, Account, Purpose, Binding string
	Attempts                      int
	PreparedFor                   string // the factor that Prepared belongs to
	Prepared                      []byte // the method's state, sealed
	CreatedAt, ExpiresAt          time.Time
	// Failures is the account's count of failures in a row. It is read with
	// the challenge and ignored when one is put.
	Failures int
}

// ChallengeStore keeps challenges, one for each account and purpose, and the
// failures in a row. A challenge expired at now (now >= ExpiresAt) counts as
// absent.
type ChallengeStore interface {
	// PutChallenge adds a challenge in place of the account's older one of the
	// same purpose.
	PutChallenge(ctx context.Context, c ChallengeRow) error
	// Challenge gives a challenge, or [ErrNoChallenge].
	Challenge(ctx context.Context, id string, now time.Time) (ChallengeRow, error)
	// PrepareChallenge sets PreparedFor and Prepared; false if it is absent.
	PrepareChallenge(ctx context.Context, id, factor string, sealed []byte, now time.Time) (bool, error)
	// TakeAttempt counts one attempt; false if the challenge is absent or has
	// had max. It must not join a carried transaction.
	TakeAttempt(ctx context.Context, id string, max int, now time.Time) (bool, error)
	// FinishChallenge ends a challenge; it tells whether it was there.
	FinishChallenge(ctx context.Context, id string, now time.Time) (bool, error)
	// TakeFailure counts one failure in a row; false, and nothing is counted,
	// if the account has max already. It must not join a carried transaction.
	TakeFailure(ctx context.Context, account string, max int) (bool, error)
	// ResetFailures sets the count to zero.
	ResetFailures(ctx context.Context, account string) error
}

// CodeStore keeps the hashes of recovery codes.
type CodeStore interface {
	// ReplaceRecoveryCodes puts the given codes in place of all older ones.
	ReplaceRecoveryCodes(ctx context.Context, account string, hashes []string, now time.Time) error
	// UseRecoveryCode spends a code; it tells whether it was there unused.
	UseRecoveryCode(ctx context.Context, account, hash string, now time.Time) (bool, error)
	// RecoveryCodesLeft counts the unused codes.
	RecoveryCodesLeft(ctx context.Context, account string) (int, error)
}

// Attempts slows guessing down. A bucket is named by its account's canonical
// key and a name; every wait ends by itself.
type Attempts interface {
	// CountAttempt counts one attempt and returns how many the bucket has
	// seen, this one included. If the bucket is closed at now it counts nothing
	// and returns the time until it opens, which is greater than zero. The n-th
	// attempt closes the bucket for min(base·2^(n-free), max) when n >= free. A
	// bucket whose last attempt is 24 hours ago starts anew. It must not join a
	// carried transaction.
	CountAttempt(ctx context.Context, account, bucket string, free int, base, max time.Duration, now time.Time) (n int, retryAfter time.Duration, err error)
	// RefundAttempt takes one counted attempt back and opens the bucket.
	RefundAttempt(ctx context.Context, account, bucket string) error
	// ForgetAttempts empties the bucket.
	ForgetAttempts(ctx context.Context, account, bucket string) error
	// PurgeAttempts deletes the buckets forgotten at now; it returns how many.
	PurgeAttempts(ctx context.Context, now time.Time) (int64, error)
	// DeleteAttempts deletes every bucket of the account.
	DeleteAttempts(ctx context.Context, account string) error
}

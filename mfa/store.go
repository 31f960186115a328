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
	LaneStore
	CodeStore
	DeviceStore
	Attempts
	// MarkEnabled notes that the account has had a factor of the method; it
	// tells whether this is the first time.
	MarkEnabled(ctx context.Context, account, method string, now time.Time) (bool, error)
	// CountMethods tells how many accounts have an active factor, by method and
	// in all.
	CountMethods(ctx context.Context) (methods map[string]int, accounts int, err error)
	// DeletePending deletes the account's challenges and pending factors.
	DeletePending(ctx context.Context, account string) error
	// DeleteAccount deletes all that the store holds on the account.
	DeleteAccount(ctx context.Context, account string) error
	// Purge deletes the challenges, spent tokens, devices and pending factors that
	// are expired at now, and the forgotten attempts and lanes; it says how many rows.
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
	Proved                    bool   // enrolment began with a proof
	Step                      int64  // the last accepted
	Lookup                    string // of an active factor of a [Resolver]; "" otherwise
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
	// ActivateFactor makes the pending factor of f.Account and f.ID active, with
	// f's Step and Lookup and UsedAt = now, and tells whether it is the account's
	// only active one. Its state stays, or if f.Sealed is not nil is replaced by
	// that, with SealedAt = now. [ErrNoEnrollment] if it is not there, expired
	// at now or active already; [ErrProofNeeded] and [ErrNameTaken] as in
	// AddFactor; [ErrTaken] if a factor of the same method, of whatever account,
	// has the same Lookup, unless that is "".
	ActivateFactor(ctx context.Context, f FactorRow, now time.Time) (first bool, err error)
	// FactorByLookup gives the active factor of the method with the lookup, of
	// whatever account. [ErrNoFactor] if there is none, and for "".
	FactorByLookup(ctx context.Context, method, lookup string) (FactorRow, error)
	// RenameFactor renames an active factor. [ErrNoFactor], [ErrNameTaken].
	RenameFactor(ctx context.Context, account, id, name string) error
	// RemoveFactor deletes an active factor and tells how many active ones are
	// left. With the last one, the account's recovery codes, trusted devices
	// and pending factor go too. [ErrNoFactor].
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
	Slot                          string // its place among the account's of this purpose
	Device                        string // the known device that it began on; "" for none
	Attempts                      int
	PreparedFor                   string // whose responses Prepared is for
	Prepared                      []byte // the method's state, sealed
	CreatedAt, ExpiresAt          time.Time
	// Failed tells that some lane of the account holds failures, or did and is not
	// purged yet. [ChallengeStore].Challenge tells it; nothing else uses it.
	Failed bool
}

// Settlement is what ends with a good response.
type Settlement struct {
	Account, Factor, Lane string
	Step                  int64  // 0: no steps
	Old, State            []byte // sealed; State nil: it stays
	Challenge             string // the challenge's id, or "" and:
	Token                 string // a single-use token's id
	TokenUntil            time.Time
}

// Settled tells how a [Settlement] went.
type Settled int

// How it went.
const (
	SettledUsed Settled = iota // not after the last step, or another state meanwhile
	SettledOver                // the challenge was not there any more, the token used
	SettledWon
)

// ChallengeStore keeps challenges, one for each account, purpose and slot, and
// used tokens. A challenge expired at now (now >= ExpiresAt) counts as absent.
type ChallengeStore interface {
	// PutChallenge adds a challenge in place of the account's older one of the
	// same purpose and slot. Attempts and what was prepared begin anew.
	PutChallenge(ctx context.Context, c ChallengeRow) error
	// Challenge gives a challenge, or [ErrNoChallenge], and its account's active
	// factors in the order of [FactorStore].Factors.
	Challenge(ctx context.Context, id string, now time.Time) (ChallengeRow, []FactorRow, error)
	// PrepareChallenge sets PreparedFor and Prepared; false if it is absent.
	PrepareChallenge(ctx context.Context, id, whose string, sealed []byte, now time.Time) (bool, error)
	// FinishChallenge ends a challenge; it tells whether it was there.
	FinishChallenge(ctx context.Context, id string, now time.Time) (bool, error)
	// Settle spends a good response in one step. It raises the factor's step to
	// v.Step if that is strictly greater than the stored one (0 leaves it alone),
	// replaces its state by v.State, unless that is nil, if it is still v.Old, and
	// sets UsedAt = now; or does none of it and nothing else ([SettledUsed]), also
	// if the factor is not active. If it did, it resets the lane and ends the
	// challenge, or uses the token. If the challenge is not there any more, or the
	// token is used, the response is spent all the same ([SettledOver]).
	Settle(ctx context.Context, v Settlement, now time.Time) (Settled, error)
	// SettleAtOnce does what [LaneStore].TakeAttempt and Settle do one after the
	// other, in one step, where the first would only count what the second resets:
	// if no lane of the account holds a failure, and the challenge is the account's
	// and has had fewer than max attempts. If so, it raises the factor's step to
	// v.Step, which is greater than zero, sets UsedAt = now and ends the challenge,
	// as Settle tells; of v it uses Account, Factor, Step and Challenge. Otherwise, or
	// if it cannot do it in one step, it changes nothing and tells [SettledUsed].
	//
	// It must not join a carried transaction.
	SettleAtOnce(ctx context.Context, v Settlement, max int, now time.Time) (Settled, error)
}

// LaneStore counts failures in a row. Every attempt is one until it proves good.
type LaneStore interface {
	// TakeAttempt counts one attempt, of the challenge and of the lane together,
	// or none; who loses the race for a challenge's last attempt may be counted in
	// the lane. [ErrNoChallenge] if the challenge is absent or has had max;
	// [ErrStopped] if the lane has had l.Max (unless that is 0). If the lane is
	// closed at now, the time until it opens, which is greater than zero. The
	// n-th failure closes the lane for l.Wait(n). A lane without Max starts anew
	// 24 hours after its last attempt.
	//
	// It must not join a carried transaction: a count that is rolled back is a
	// free guess.
	TakeAttempt(ctx context.Context, challenge string, max int, l Lane, now time.Time) (wait time.Duration, err error)
	// CheckLane tells what TakeAttempt would say of the lane, and counts nothing:
	// [ErrStopped], or the time until it opens, 0 if it is open.
	CheckLane(ctx context.Context, l Lane, now time.Time) (wait time.Duration, err error)
	// ResetLane forgets the failures of a lane.
	ResetLane(ctx context.Context, account, lane string) error
	// ResetLanes forgets the failures of all the account's lanes but keep.
	ResetLanes(ctx context.Context, account, keep string) error
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

// DeviceRow is a stored trusted device. An expired one (now >= ExpiresAt) may be
// there until it is purged.
type DeviceRow struct {
	Account, ID, Name            string
	Hash, Previous               string // SHA-256 of the token, and of the one before; "" for none
	CreatedAt, UsedAt, ExpiresAt time.Time
	RotatedAt                    time.Time // when Hash took Previous's place; zero: never
}

// DeviceStore keeps trusted devices.
type DeviceStore interface {
	// AddDevice adds a device. If the account then has more than max, those
	// used longest ago are deleted.
	AddDevice(ctx context.Context, d DeviceRow, max int) error
	// Device gives a device of the account, or [ErrNoDevice].
	Device(ctx context.Context, account, id string) (DeviceRow, error)
	// Devices gives the account's devices that are not expired at now, the
	// last used first.
	Devices(ctx context.Context, account string, now time.Time) ([]DeviceRow, error)
	// RotateDevice puts next in the place of hash, which becomes Previous, and
	// sets UsedAt and RotatedAt to now, if hash is the device's and it is not
	// expired at now; it tells whether it was.
	RotateDevice(ctx context.Context, account, id, hash, next string, now time.Time) (bool, error)
	// DropDevice deletes a device; it tells whether it was there.
	DropDevice(ctx context.Context, account, id string) (bool, error)
	// DropDevices deletes the account's devices.
	DropDevices(ctx context.Context, account string) error
}

// Attempts slows guessing down. A bucket is named by its account ("" for one
// that no account owns) and a name; every wait ends by itself.
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

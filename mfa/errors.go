package mfa

import (
	"errors"
	"fmt"
	"time"

	"example.com/accountsec/internal/message"
)

var (
	// ErrWrongCode reports a response that is wrong, outdated or used before,
	// or that names a factor which the account does not have. Which of these is
	// not told.
	ErrWrongCode = errors.New("mfa: the code is wrong")
	// ErrNoChallenge reports a challenge that is unknown, expired, finished,
	// replaced by a newer one, used up, or made for another purpose.
	ErrNoChallenge = errors.New("mfa: no such challenge")
	// ErrNoEnrollment reports an enrolment that is unknown, expired, finished,
	// replaced by a newer one, or used up.
	ErrNoEnrollment = errors.New("mfa: no such enrolment")
	// ErrStopped reports that the account saw too many failures in a row with
	// this method. It stays closed until another channel opens it: a recovery
	// code, or a proof of another method for [PurposeManage]. Other methods, and
	// the owner's known devices, are not closed by it.
	ErrStopped = errors.New("mfa: too many failures in a row; use a recovery code or another method")
	// ErrNoFactor reports that the account has no such active factor, or none
	// at all where one is needed.
	ErrNoFactor = errors.New("mfa: no such factor")
	// ErrNoMethod reports a method that is not in [Config].Methods.
	ErrNoMethod = errors.New("mfa: no such method")
	// ErrProofNeeded reports a change of factors without a [Proof] for
	// [PurposeManage] of the same account that is at most [ProofLifetime] old.
	ErrProofNeeded = errors.New("mfa: a fresh proof is needed")
	// ErrNameTaken reports that another active factor of the account has this
	// name.
	ErrNameTaken = errors.New("mfa: another factor has this name")
	// ErrBadName reports a factor's name that is empty once cleaned, or longer
	// than [MaxName] characters.
	ErrBadName = errors.New("mfa: a factor needs a name of at most 64 characters")
	// ErrTooManyFactors reports that the account has [MaxFactors] already.
	ErrTooManyFactors = errors.New("mfa: the account has the most factors allowed")
	// ErrNoDevice reports a device that the account does not trust.
	ErrNoDevice = errors.New("mfa: no such trusted device")
	// ErrTaken reports that the authenticator is enrolled already, in this account
	// or in another.
	ErrTaken = errors.New("mfa: this authenticator is enrolled already")
	// ErrSealed reports that stored state does not open: another key, or a
	// value that was changed or moved here from another row.
	ErrSealed = errors.New("mfa: sealed state does not open under this key and row")
)

// ThrottledError reports that the account's codes are guessed too fast. The
// attempt was not judged and was not counted.
type ThrottledError struct {
	// RetryAfter is the time until the next attempt is accepted, greater than
	// zero.
	RetryAfter time.Duration
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("mfa: too many attempts; try again in %v", e.RetryAfter.Round(time.Second))
}

// DriftError is an [ErrWrongCode] at enrolment whose code would have been right
// at another time: the customer's clock is off.
type DriftError struct {
	// Drift is how far it is ahead; less than zero if it is behind.
	Drift time.Duration
}

func (e *DriftError) Error() string {
	return fmt.Sprintf("mfa: the code is wrong; the customer's clock is off by %v", e.Drift)
}

// Unwrap is [ErrWrongCode].
func (*DriftError) Unwrap() error { return ErrWrongCode }

// Text tells the customer what to do, in a language (BCP 47).
func (e *DriftError) Text(lang string) string {
	key, off := "drift.ahead", e.Drift
	if off < 0 {
		key, off = "drift.behind", -off
	}
	minutes := max(1, int(off.Round(time.Minute)/time.Minute))
	return catalogue().Text(lang, key, message.Args{"n": itoa(minutes)})
}

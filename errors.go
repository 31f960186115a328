package accountsec

import (
	"errors"
	"fmt"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

var (
	// ErrUnknownAccount is what the shop's [Accounts] return for an identifier
	// or id that names nobody. The Guard never passes it on to a visitor.
	ErrUnknownAccount = errors.New("accountsec: unknown account")
	// ErrSignIn reports a wrong password or an unknown account, alike.
	ErrSignIn = errors.New("accountsec: the account or the password is wrong")
	// ErrPasswordRevoked reports the right password of an account whose owner
	// disowned something since it was set, from a device that is not known and
	// without a second factor. The way in is a recovery. Of who is in already it
	// tells that nothing is proved until [Guard.ChangePassword] sets another.
	ErrPasswordRevoked = errors.New("accountsec: the password was revoked; recover the account")
	// ErrWrongCode reports a wrong, used or outdated code.
	ErrWrongCode = errors.New("accountsec: the code is wrong")
	// ErrPending reports a pending sign-in that is unknown, spent, expired or
	// overtaken by a newer one or by a new password. Start again.
	ErrPending = errors.New("accountsec: this sign-in is no longer pending")
	// ErrRecovery reports a recovery ticket or grant that is unknown, spent,
	// expired, overtaken or of another client. Start again.
	ErrRecovery = errors.New("accountsec: this recovery is no longer open")
	// ErrWrongAnswers reports that too few answers were right. Which ones is
	// not told.
	ErrWrongAnswers = errors.New("accountsec: the answers do not match")
	// ErrRecoveryBlocked reports an account whose recovery the shop's staff has
	// blocked. Only who has proved the channel sees it.
	ErrRecoveryBlocked = errors.New("accountsec: recovery of this account is blocked")
	// ErrRecoveryStopped reports that the answers were wrong too often in a row.
	// Another try needs a device that the owner has used before, new answers, or
	// [Guard.UnblockRecovery]. Only who has proved the channel sees it.
	ErrRecoveryStopped = errors.New("accountsec: too many wrong answers; recovery is stopped")
	// ErrNoDelay reports that no delay may stand in for the second factor.
	ErrNoDelay = errors.New("accountsec: no delay stands in for the second factor")
	// ErrConflict reports that the account's password or answers were changed
	// elsewhere in the same moment. Nothing was changed by this call.
	ErrConflict = errors.New("accountsec: the account was changed elsewhere at the same time")
	// ErrInTx reports a guess inside the caller's transaction on SQLite, which
	// has one writer: its count could neither commit on its own nor be left to
	// be rolled back. Call the check before the transaction.
	ErrInTx = errors.New("accountsec: a guess cannot be checked inside a transaction on SQLite")
	// ErrFactorsStopped reports that a method's codes are no longer accepted
	// after too many wrong ones in a row. A recovery code opens the way again, as
	// does another method; known devices have a count of their own.
	ErrFactorsStopped = errors.New("accountsec: too many wrong codes; use a recovery code or another method")
	// ErrStepUp reports that the customer has to prove more, or again, before a
	// sensitive action: see [Guard.StartStepUp].
	ErrStepUp = errors.New("accountsec: a fresh proof is needed")
	// ErrConfirm reports a "this was me" that proves nothing: said on the device
	// that it is about, on one that is not known, or of what was disowned.
	ErrConfirm = errors.New("accountsec: confirm this from another device of yours")
	// ErrAnswer reports a link of a message that answers nothing: forged, cut
	// off, expired, spent, or of something that is gone. Which, is not told.
	ErrAnswer = errors.New("accountsec: this link does not work any more")
)

// ThrottledError reports that too many attempts were made. It is the same for
// known and unknown accounts.
type ThrottledError struct {
	// RetryAfter is the time until the next attempt is accepted, greater than
	// zero; fit for the HTTP header of that name.
	RetryAfter time.Duration
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("accountsec: too many attempts; try again in %v", e.RetryAfter.Round(time.Second))
}

// translate turns the domains' errors into this package's, so that a shop
// branches on one set. What has no counterpart here passes as it is.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var (
		byPassword *password.ThrottledError
		byFactor   *mfa.ThrottledError
		byRecovery *recovery.ThrottledError
	)
	switch {
	case errors.As(err, &byPassword):
		return &ThrottledError{byPassword.RetryAfter}
	case errors.As(err, &byFactor):
		return &ThrottledError{byFactor.RetryAfter}
	case errors.As(err, &byRecovery):
		return &ThrottledError{byRecovery.RetryAfter}
	}
	for _, pair := range [][2]error{
		{sqldb.ErrInTx, ErrInTx}, {password.ErrMismatch, ErrSignIn}, {password.ErrChanged, ErrConflict},
		{mfa.ErrWrongCode, ErrWrongCode}, {mfa.ErrNoFactor, ErrWrongCode}, {mfa.ErrNoChallenge, ErrPending}, {mfa.ErrStopped, ErrFactorsStopped},
		{recovery.ErrBadTicket, ErrRecovery}, {recovery.ErrWrongCode, ErrWrongCode}, {recovery.ErrWrongAnswers, ErrWrongAnswers},
		{recovery.ErrBlocked, ErrRecoveryBlocked}, {recovery.ErrStopped, ErrRecoveryStopped}, {recovery.ErrNoDelay, ErrNoDelay}, {recovery.ErrChanged, ErrConflict},
		{alerts.ErrAnswer, ErrAnswer},
	} {
		if errors.Is(err, pair[0]) {
			return pair[1]
		}
	}
	return err
}

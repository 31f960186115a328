package alerts

import "errors"

var (
	// ErrMandatory reports preferences that would mute a kind which must reach the
	// owner on every channel, or on every one that leads to an address which the
	// shop knows (is not [Codeless]).
	ErrMandatory = errors.New("alerts: this kind of alert cannot be switched off on every channel")
	// ErrPreferences reports preferences with an unknown kind, channel, language
	// or zone, or with quiet hours that no clock shows.
	ErrPreferences = errors.New("alerts: malformed preferences")
	// ErrPhrase reports a phrase that is too short or long, that is not one plain
	// line, or that is no secret.
	ErrPhrase = errors.New("alerts: unfit phrase")
	// ErrAnswer reports a link that answers nothing: forged, cut off, expired,
	// of another purpose, or spent. Which, is not told.
	ErrAnswer = errors.New("alerts: this link does not work any more")
	// ErrNoRecipient is what a [Directory] answers for an account that does not
	// exist. Its messages are dropped without a word.
	ErrNoRecipient = errors.New("alerts: no such recipient")
	// ErrNoChannel reports a code that nobody can deliver: there is no notifier.
	ErrNoChannel = errors.New("alerts: no channel to send a code over")
	// ErrAttempt reports an attempt or code that cannot be meant: a malformed
	// account, a missing time, a code that is empty, too long or has expired.
	ErrAttempt = errors.New("alerts: malformed attempt")
	// ErrNoCode reports a code of a sign-in that is not there, has expired or was
	// tried too often.
	ErrNoCode = errors.New("alerts: no such code")
	// ErrRules reports rules for sign-ins that make no sense.
	ErrRules = errors.New("alerts: malformed rules")
	// ErrLockout reports rules that would refuse whoever sets them.
	ErrLockout = errors.New("alerts: these rules would lock you out from here")
	// ErrConflict reports a profile that others kept changing meanwhile.
	ErrConflict = errors.New("alerts: the profile kept changing")
	// ErrSender reports a [Sender] that recipients could not trust.
	ErrSender = errors.New("alerts: untrustworthy sender")
	// ErrNoDelivery reports a delivery that is not there, or not in the state for
	// what is asked.
	ErrNoDelivery = errors.New("alerts: no such delivery")
	// ErrInTx reports a delivery that was started inside a transaction: what is
	// sent cannot be rolled back.
	ErrInTx = errors.New("alerts: deliver outside of transactions")
)

// PermanentError is how a [Notifier] says that trying again is pointless: the
// address does not exist, the content was refused. Its text must not hold the
// address. Every other error is temporary.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

package alerts

import (
	"errors"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
)

// Cause is why an attempt to deliver ended as it did, for the owner: it names
// no address and no server.
type Cause string

// The causes.
const (
	// CauseRefused: the channel refused the message or the address for good.
	CauseRefused Cause = "refused"
	// CauseUnreachable: the channel could not be reached, or asked for patience.
	CauseUnreachable Cause = "unreachable"
	// CauseTimeout: the channel did not answer in time.
	CauseTimeout Cause = "timeout"
	// CauseNoAddress: the owner has no address on the channel.
	CauseNoAddress Cause = "no_address"
	// CauseRate: there were too many messages on the channel.
	CauseRate Cause = "rate"
	// CauseExpired: the code expired before it could be sent.
	CauseExpired Cause = "expired"
	// CauseGivenUp: the last of all attempts failed.
	CauseGivenUp Cause = "given_up"
	// CauseUndelivered: the channel said later that it was not delivered.
	CauseUndelivered Cause = "undelivered"
	// CauseNotNeeded: another channel had reached the owner.
	CauseNotNeeded Cause = "not_needed"
	// CauseFault: the shop's own fault, such as a key or a notifier that is
	// missing.
	CauseFault Cause = "fault"
	// CauseRevived: an operator had it tried again.
	CauseRevived Cause = "revived"
)

// Causes lists the causes.
func Causes() []Cause {
	return []Cause{
		CauseRefused, CauseUnreachable, CauseTimeout, CauseNoAddress, CauseRate, CauseExpired, CauseGivenUp, CauseUndelivered,
		CauseNotNeeded, CauseFault, CauseRevived,
	}
}

// RetryError is how a [Notifier] says when to try again: a provider's
// Retry-After. At most a day is honoured, and less than the usual wait is not.
type RetryError struct {
	Err   error
	After time.Duration
}

func (e *RetryError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *RetryError) Unwrap() error { return e.Err }

// Receipted is a [Notifier] whose channel confirms later what it took over, as
// carriers do with text messages. Its deliveries are [Sent] until
// [Dispatcher.Receipt]; if none comes, a standby steps in, not before
// ReceiptWithin.
type Receipted interface {
	Notifier
	// ReceiptWithin is how long a receipt takes at most; up to an hour counts. It
	// is asked once.
	ReceiptWithin() time.Duration
}

// verdict is what one attempt came to: "" is delivered. text is clean.
type verdict struct {
	cause Cause
	text  string
	final bool
	after time.Duration
	// nobody: there is no such account.
	nobody bool
}

// verdictOn judges a notifier's error. It runs where a panic is caught: errors
// are the notifier's own code, and a nil pointer may be among them.
func verdictOn(err error, m *Message) verdict {
	if err == nil {
		return verdict{}
	}
	text := strike(err.Error(), m)
	var permanent *PermanentError
	var retry *RetryError
	switch {
	case errors.Is(err, ErrNoRecipient):
		return verdict{cause: CauseNoAddress, final: true}
	case errors.As(err, &permanent):
		return verdict{cause: CauseRefused, text: text, final: true}
	case errors.As(err, &retry):
		return verdict{cause: CauseUnreachable, text: text, after: min(retry.After, maxPutOff)}
	}
	return verdict{cause: CauseUnreachable, text: text}
}

// strike takes out what must not be stored should a notifier let it slip.
func strike(text string, m *Message) string {
	for _, s := range []string{
		m.Code, string(m.Alert.Link), string(m.Links.Mine), string(m.Links.NotMine), string(m.Links.Mute), string(m.Phrase),
		m.Recipient.Email, m.Recipient.Phone, m.Recipient.Name,
	} {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[…]")
		}
	}
	return canon.Line(text, maxError)
}

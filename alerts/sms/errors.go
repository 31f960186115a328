package sms

import (
	"fmt"
	"strings"
	"time"

	"example.com/accountsec/alerts"
)

// SendError is why a provider did not take a message, or cannot be known to have
// taken it. It holds no number, no text and no credential.
type SendError struct {
	// Provider is "twilio", "solapi" or "sens".
	Provider string
	// Status is the HTTP status; 0 if there was no answer.
	Status int
	// Code is the provider's own code; empty if it gave none.
	Code string
	// After is how long the provider asks to wait; 0 if it does not. The error is
	// then inside an [*alerts.RetryError].
	After time.Duration

	reason string
	unsent bool
	cause  error // context.DeadlineExceeded, context.Canceled or nil
}

func (e *SendError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "sms: %s: %s", e.Provider, e.reason)
	if e.Status != 0 {
		fmt.Fprintf(&b, ", status %d", e.Status)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, ", code %s", e.Code)
	}
	if e.unsent {
		b.WriteString("; not sent")
	} else {
		b.WriteString("; may have been sent")
	}
	return b.String()
}

// Unsent tells whether the message certainly is not on its way and costs
// nothing. If not, it may be.
func (e *SendError) Unsent() bool { return e.unsent }

// Unwrap gives context.DeadlineExceeded or context.Canceled if that ended it.
func (e *SendError) Unwrap() error { return e.cause }

// hopeless marks an error as not worth another try.
func hopeless(err error) error { return &alerts.PermanentError{Err: err} }

// unsendable is a message that is refused before anybody is asked.
func unsendable(provider string, why error) error {
	return hopeless(&SendError{Provider: provider, reason: strings.TrimPrefix(why.Error(), "sms: "), unsent: true})
}

// plainCode keeps a provider's code if it is one: it may not hold what looks
// like a number to call or a code to type.
func plainCode(s string) string {
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_', r == '.', r == '-':
		default:
			return ""
		}
	}
	if digits > 5 || len(s) > 48 {
		return ""
	}
	return s
}

package webpush

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrSubscription reports a subscription that no browser would make.
	ErrSubscription = errors.New("webpush: malformed subscription")
	// ErrService reports an endpoint outside of the allowed push services.
	ErrService = errors.New("webpush: the endpoint is not of an allowed push service")
	// ErrNoDevice reports a browser that the account does not have.
	ErrNoDevice = errors.New("webpush: no such browser")
	// ErrKeys reports VAPID keys that are malformed or do not belong together.
	ErrKeys = errors.New("webpush: malformed VAPID keys")
	// ErrAddress reports that a push service's name leads to an address that
	// is not on the public internet. Nothing was sent.
	ErrAddress = errors.New("webpush: the push service's address is not public")
)

// StatusError is a push service's refusal. It does not say of which browser:
// an endpoint is a secret.
type StatusError struct {
	// Status is the answer's (RFC 8030 §5): 429 is too many messages, 400, 401,
	// 403 and 413 are the sender's fault, such as keys that the browser was not
	// subscribed with.
	Status int
	// RetryAfter is how long the service asks to wait, at most an hour. 0 if it
	// does not say.
	RetryAfter time.Duration
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("webpush: the push service answered %d", e.Status)
}

// Temporary tells whether the message may be tried again.
func (e *StatusError) Temporary() bool {
	return e.Status == 408 || e.Status == 429 || e.Status >= 500
}

// gone tells that the subscription has ended for good (RFC 8030 §7.3).
func (e *StatusError) gone() bool { return e.Status == 404 || e.Status == 410 }

package sms

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrNumber reports what is no phone number of any country's numbering plan.
	ErrNumber = errors.New("sms: not a valid phone number")
	// ErrCountry reports a number of a country that is not in
	// [Config].Countries, or of none.
	ErrCountry = errors.New("sms: numbers of this country are not served")
	// ErrNumberType reports a number that is known not to be a mobile one.
	ErrNumberType = errors.New("sms: not a mobile number")
	// ErrEnrolled reports a number that is a factor of the account already.
	ErrEnrolled = errors.New("sms: the number is enrolled already")
	// ErrBusy reports that too many messages are on their way, or that the
	// method is closed. Nothing was sent or counted.
	ErrBusy = errors.New("sms: too many messages are on their way")
)

// LimitError reports that no message was sent because a limit is reached.
// Which one is not told: the number's would tell of other accounts.
type LimitError struct {
	// RetryAfter is the time until the next message may be asked for, greater
	// than zero.
	RetryAfter time.Duration
	// Paused says that messages are paused for more than this customer: a
	// breaker is open. Another factor is the way in meanwhile.
	Paused bool
}

func (e *LimitError) Error() string {
	if e.Paused {
		return fmt.Sprintf("sms: messages are paused; try again in %v", e.RetryAfter.Round(time.Second))
	}
	return fmt.Sprintf("sms: too many messages; try again in %v", e.RetryAfter.Round(time.Second))
}

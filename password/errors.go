package password

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrMismatch reports a wrong password or an account without one, alike.
	ErrMismatch = errors.New("password: the account or the password is wrong")
	// ErrChanged reports that the account's password was set or revoked elsewhere in the
	// same moment. Nothing was changed by this call.
	ErrChanged = errors.New("password: the password was changed elsewhere at the same time")
	// ErrBusy reports that the hashing budget stayed exhausted for the longest
	// wait. Nothing was judged; try again later.
	ErrBusy = errors.New("password: too many hashes are being computed; try again later")
	// ErrMalformedHash reports a stored hash that is of no kind that the hasher
	// reads, not in its one canonical form, or whose parameters are beyond the
	// bounds. The hash itself is not in the text.
	ErrMalformedHash = errors.New("password: the stored hash is malformed")
	// ErrSealed reports a stored hash that does not open under [Config].Pepper
	// in its account's row: another key, or it was changed or moved.
	ErrSealed = errors.New("password: a sealed hash does not open under this key and row")
	// ErrTooLong reports a text to hash beyond [MaxHashInput].
	ErrTooLong = errors.New("password: the text to hash is too long")
	// ErrNoPassword is what a [Store] answers for an account without one.
	ErrNoPassword = errors.New("password: the account has none")
)

// ThrottledError reports that too many attempts were made. The attempt was not
// judged and was not counted. It is the same for known and unknown accounts.
type ThrottledError struct {
	// RetryAfter is the time until the next attempt is accepted, greater than
	// zero.
	RetryAfter time.Duration
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("password: too many attempts; try again in %v", e.RetryAfter.Round(time.Second))
}

// PolicyError reports a new password that the policy refuses.
type PolicyError struct {
	// Report tells rule by rule what is wrong.
	Report Report
}

func (e *PolicyError) Error() string {
	var rules []string
	for _, v := range e.Report.Violations {
		rules = append(rules, string(v.Rule))
	}
	return "password: refused by the policy: " + strings.Join(rules, ", ")
}

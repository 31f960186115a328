package mfaweb

import (
	"errors"
	"net/http"
	"time"

	"example.com/accountsec/mfa"
)

// Code says what went wrong, to the page's script. Codes never change.
type Code string

// The codes that a [Ceremony] leads to.
const (
	CodeWrong     Code = "wrong"      // the response was not accepted
	CodeExpired   Code = "expired"    // begin again
	CodeTaken     Code = "taken"      // the authenticator is enrolled already
	CodeName      Code = "name"       // the factor needs a name
	CodeNameTaken Code = "name_taken" // another factor has it
	CodeFull      Code = "full"       // no more factors
	CodeProof     Code = "proof"      // a fresh proof is needed
	CodeNone      Code = "none"       // no such factor
	CodeStopped   Code = "stopped"    // use another method or a recovery code
	CodeThrottled Code = "throttled"  // wait
	CodeSignedOut Code = "signed_out" // sign in first
	CodeDenied    Code = "denied"     // the sign-in is refused
	CodeHeld      Code = "held"       // not so soon after a recovery
	CodeFault     Code = "fault"      // not the visitor's doing
)

// The codes of requests that no widget makes.
const (
	CodeForbidden Code = "forbidden" // not from a page of this site
	CodeMalformed Code = "malformed"
)

// ErrSignedOut reports a visitor without the session that a ceremony needs.
var ErrSignedOut = errors.New("mfaweb: nobody is signed in")

// Error lets a [Ceremony] name the code of an error that this package does not
// know, such as the Guard's.
type Error struct {
	Code Code
	// RetryAfter goes with [CodeThrottled].
	RetryAfter time.Duration
	// Err is the cause. It is not told.
	Err error
}

func (e *Error) Error() string { return "mfaweb: " + string(e.Code) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

var known = []struct {
	err  error
	code Code
}{
	{mfa.ErrWrongCode, CodeWrong}, {mfa.ErrNoChallenge, CodeExpired}, {mfa.ErrNoEnrollment, CodeExpired}, {mfa.ErrTaken, CodeTaken},
	{mfa.ErrBadName, CodeName}, {mfa.ErrNameTaken, CodeNameTaken}, {mfa.ErrTooManyFactors, CodeFull}, {mfa.ErrProofNeeded, CodeProof},
	{mfa.ErrNoFactor, CodeNone}, {mfa.ErrNoMethod, CodeNone}, {mfa.ErrStopped, CodeStopped}, {ErrSignedOut, CodeSignedOut},
}

var statuses = map[Code]int{
	CodeWrong: http.StatusUnprocessableEntity, CodeExpired: http.StatusGone, CodeTaken: http.StatusConflict,
	CodeName: http.StatusUnprocessableEntity, CodeNameTaken: http.StatusConflict, CodeFull: http.StatusConflict, CodeProof: http.StatusForbidden,
	CodeNone: http.StatusNotFound, CodeStopped: http.StatusForbidden, CodeThrottled: http.StatusTooManyRequests,
	CodeSignedOut: http.StatusUnauthorized, CodeDenied: http.StatusForbidden, CodeHeld: http.StatusForbidden, CodeFault: http.StatusInternalServerError,
	CodeForbidden: http.StatusForbidden, CodeMalformed: http.StatusBadRequest,
}

// told is what the page is told of an error.
func told(err error) *Error {
	var own *Error
	if errors.As(err, &own) && statuses[own.Code] != 0 {
		return own
	}
	var throttled *mfa.ThrottledError
	if errors.As(err, &throttled) {
		return &Error{Code: CodeThrottled, RetryAfter: throttled.RetryAfter, Err: err}
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return &Error{Code: k.code, Err: err}
		}
	}
	return &Error{Code: CodeFault, Err: err}
}

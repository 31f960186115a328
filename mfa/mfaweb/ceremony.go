package mfaweb

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Ceremony is what the shop does in a ceremony, with its session and its Guard.
// Implementations are safe for concurrent use. Errors: those of package mfa,
// [ErrSignedOut], an *[Error] for what has another code; anything else is a
// fault, which is logged and not told.
type Ceremony interface {
	// Start begins it: for [Enroll] mfa.Manager.StartEnroll, for the others the
	// options of a prepared or discoverable challenge, whose token goes into the
	// session.
	Start(w http.ResponseWriter, r *http.Request, in Input) (Started, error)
	// Finish judges the browser's response, and does what was asked for: enrols,
	// starts the session. It is called for every response, good or bad; only the
	// Guard or the Manager knows.
	Finish(w http.ResponseWriter, r *http.Request, in Input) (Done, error)
}

// Input is what the page sent. All of it is the visitor's word.
type Input struct {
	// Lang is the page's language.
	Lang string
	// Factor is the factor's id: the widget's in Start, and in Finish what Start
	// gave, if it gave one.
	Factor string
	// Fields are the named inputs inside the widget, such as "name" for what the
	// owner calls a new factor.
	Fields map[string]string
	// Response is the browser's, in its own JSON, for Manager.Verify and its like:
	// in Finish, and in Start if ProvedBy is set.
	Response string
	// ProvedBy, in Start of [Enroll], is the factor that Response proves: a code
	// that was typed into the widget, or the passkey that the page was asked for by
	// [Prove]'s Start, having been told mfa.ErrProofNeeded. Verify it for
	// mfa.PurposeManage, and begin with the proof.
	ProvedBy string
}

// Started is what the browser is to be asked.
type Started struct {
	// Options are the method's to show, a webauthn.Options.
	Options any
	// Factor comes back in Finish: for [Enroll] the enrolment's FactorID. Defaults
	// to the page's own.
	Factor string
	// ExpiresAt ends it; a page that offers passkeys by autofill then asks anew.
	// Defaults to five minutes.
	ExpiresAt time.Time
}

// Done is what a good response led to.
type Done struct {
	// Next is where the page goes on to: a path of this site. Defaults to staying.
	Next string
	// RecoveryCodes, if there are any, are shown before that, this once.
	RecoveryCodes []string
	// RecoverySheet is what the page lets the customer print and download of them:
	// [mfa.RecoverySheet]. Defaults to the codes, one a line.
	RecoverySheet string
}

// check refuses a Next that leads elsewhere. A browser takes "\" for "/", and
// drops tabs and line breaks.
func (d Done) check() error {
	if d.Next == "" {
		return nil
	}
	if !strings.HasPrefix(d.Next, "/") || strings.HasPrefix(d.Next, "//") || strings.ContainsAny(d.Next, "\\\t\r\n\x00") {
		return errors.New("mfaweb: Done.Next must be a path of this site")
	}
	return nil
}

// String is redacted, as is every verb and the log.
func (Input) String() string { return "[passkey input]" }

// Format is String.
func (in Input) Format(f fmt.State, _ rune) { fmt.Fprint(f, in.String()) } //nolint:errcheck

// LogValue is String.
func (in Input) LogValue() slog.Value { return slog.StringValue(in.String()) }

// String keeps the recovery codes out of logs.
func (Done) String() string { return "[passkey done]" }

// Format is String.
func (d Done) Format(f fmt.State, _ rune) { fmt.Fprint(f, d.String()) } //nolint:errcheck

// LogValue is String.
func (d Done) LogValue() slog.Value { return slog.StringValue(d.String()) }

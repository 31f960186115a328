package mfa

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"example.com/accountsec/activity"
)

// Method is one kind of second factor. It computes and, where its kind needs
// it, sends; it stores nothing and counts nothing: the [Manager] seals its
// states, limits its attempts and keeps its steps.
//
// Implementations are safe for concurrent use. An error means that the method
// could not judge; a wrong response is a [Verdict] that is not OK. Errors must
// not hold a secret or the response.
type Method interface {
	// Info tells the method's name and nature; always the same.
	Info() Info
	// Guide explains the method to customers in a language (BCP 47).
	Guide(lang string) Guide
	// Enroll begins an enrolment. Begun.State (a seed, a phone number and the
	// code sent to it, a ceremony's challenge) becomes the pending factor's,
	// and Begun.Show goes to the page. Subject.State is empty.
	Enroll(ctx context.Context, s Subject) (Begun, error)
	// Confirm judges the response that ends an enrolment. Answer.State is what
	// Enroll made; Verdict.State, if not nil, replaces it.
	Confirm(ctx context.Context, a Answer) (Verdict, error)
	// Challenge prepares the factor to be asked: sends a code, makes the JSON of
	// a ceremony. Begun.State comes back in Answer.Challenge. A method that has
	// nothing to prepare returns the zero Begun.
	Challenge(ctx context.Context, s Subject) (Begun, error)
	// Verify judges a response to a challenge.
	Verify(ctx context.Context, a Answer) (Verdict, error)
}

// Info names a method.
type Info struct {
	// Name is stored with every factor and never changes: 1 to 32 of a–z, 0–9
	// and "-". "recovery" is taken.
	Name string
	// Guessable says that a response is short enough to be guessed, as codes
	// are. Only these are slowed down for the whole account, and stop after
	// [MaxFailures] failures in a row.
	Guessable bool
	// PhishingResistant says that a response is worth nothing on another page
	// than the shop's, as with WebAuthn (NIST SP 800-63B-4 §3.2.5).
	PhishingResistant bool
	// Restricted says that others than the customer may receive the code, as
	// with text messages (NIST SP 800-63B-4 §3.2.9). [Manager.Health] then
	// advises a second method.
	Restricted bool
	// Instant says that Verify only computes: it waits for nothing, changes
	// nothing, and takes the same few microseconds whatever the response. A good
	// response of an account without a failure is then counted and settled in one
	// step of the store, if its verdict has a Step, no State and no Warning.
	Instant bool
}

// Subject is a factor that a method works on.
type Subject struct {
	Account  string
	FactorID string
	// Label is what the customer is called in an authenticator: an e-mail
	// address, a login name. Set for Enroll only.
	Label string
	// State is the factor's own state, opened.
	State []byte
	// Others are the account's other active factors of the same method, so that
	// a method can refuse what is enrolled already, or ask for any of them.
	Others []Other
	// Client is who asks.
	Client activity.Client
	// Now is the time to judge by.
	Now time.Time
}

// Other is a factor beside the one that a method works on.
type Other struct {
	FactorID string
	State    []byte // opened
}

// Answer is a response to judge.
type Answer struct {
	Subject
	// Challenge is the state of the last Challenge, opened; nil if there was none.
	Challenge []byte
	// Response is what came from the visitor, as it is: any bytes, at most
	// [MaxResponse] of them.
	Response string
}

// Begun is what an enrolment or a challenge begins with.
type Begun struct {
	// State is kept, sealed.
	State []byte
	// Show is for the customer's eyes, and is not kept.
	Show any
}

// Verdict is a method's judgement. The zero Verdict says no.
type Verdict struct {
	OK bool
	// Step orders responses: a time step, a counter. If it is not zero, it must
	// be greater than every step that this factor was accepted with, or the
	// response counts as wrong. Zero: the method has no steps.
	Step int64
	// State, if not nil, replaces the factor's state.
	State []byte
	// Lookup is given by the Confirm of a [Resolver]: what its later responses
	// name the factor by, at most 64 bytes, unique among all accounts. A second
	// factor with the same one is refused.
	Lookup string
	// Drift is how far the customer's clock is ahead, as far as the response
	// tells; 0 if it does not. Of a wrong response it is told only where an
	// enrolment is confirmed, by whoever holds the secret anyway: elsewhere it would
	// say that a guess will be right later.
	Drift time.Duration
	// Warning, if not empty, is recorded with the event although the response is
	// good, and told by [Proof.Warning]: "clone" for an authenticator whose
	// counter did not grow. At most 32 bytes. Step and State are ignored then:
	// what is doubted moves nothing, so a stored counter stays where it was.
	Warning string
}

// Resolver is a [Method] whose responses name their factor, as a passkey's do.
// A challenge prepared for one of the account's factors of the method may be
// answered by any of them.
type Resolver interface {
	Method
	// Lookup reads from a response, of at most [MaxResponse] bytes, which factor
	// it claims to be of, in the form of [Verdict].Lookup; "" if it names none.
	// It proves nothing, and must not panic on any input.
	Lookup(response string) string
}

// Discoverable is a [Resolver] that can be asked before it is known whose
// account it is: sign-in without a user name.
type Discoverable interface {
	Resolver
	// Discover prepares a challenge for whoever answers. Subject holds the
	// client and the time only.
	Discover(ctx context.Context, s Subject) (Begun, error)
}

// Keeper is a [Method] that keeps something of its own, such as counts of
// messages. The Manager's methods of the same names call it.
type Keeper interface {
	Method
	// DeleteAccount erases all that is kept on the account; it joins a transaction
	// that ctx carries. An account without rows is no error.
	DeleteAccount(ctx context.Context, account string) error
	// Purge deletes what is forgotten, and says how many rows.
	Purge(ctx context.Context) (int64, error)
}

// String is redacted, as is every verb and the log.
func (Subject) String() string { return "[mfa subject]" }

// Format is String.
func (s Subject) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) } //nolint:errcheck

// LogValue is String.
func (s Subject) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String is redacted, as is every verb and the log.
func (Other) String() string { return "[mfa other]" }

// Format is String.
func (o Other) Format(f fmt.State, _ rune) { fmt.Fprint(f, o.String()) } //nolint:errcheck

// LogValue is String.
func (o Other) LogValue() slog.Value { return slog.StringValue(o.String()) }

// String is redacted, as is every verb and the log.
func (Answer) String() string { return "[mfa answer]" }

// Format is String.
func (a Answer) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.String()) } //nolint:errcheck

// LogValue is String.
func (a Answer) LogValue() slog.Value { return slog.StringValue(a.String()) }

// String is redacted, as is every verb and the log.
func (Begun) String() string { return "[mfa begun]" }

// Format is String.
func (b Begun) Format(f fmt.State, _ rune) { fmt.Fprint(f, b.String()) } //nolint:errcheck

// LogValue is String.
func (b Begun) LogValue() slog.Value { return slog.StringValue(b.String()) }

// String tells the judgement only.
func (v Verdict) String() string {
	if v.OK {
		return "[mfa verdict: ok]"
	}
	return "[mfa verdict: no]"
}

// Format is String.
func (v Verdict) Format(f fmt.State, _ rune) { fmt.Fprint(f, v.String()) } //nolint:errcheck

// LogValue is String.
func (v Verdict) LogValue() slog.Value { return slog.StringValue(v.String()) }

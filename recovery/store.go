package recovery

import (
	"context"
	"time"
)

// StoredAnswer is an answer's row.
type StoredAnswer struct {
	// Question is a catalogue id, or "own:" and an id for the owner's own.
	Question string
	// SealedText is the owner's own question, sealed; nil for the catalogue's.
	SealedText []byte
	// SealedHash is the hash of the answer, sealed.
	SealedHash []byte
}

// Answers are an account's answers, which are set and replaced together.
type Answers struct {
	// Version counts the times they were set, from 1; 0 means none.
	Version int64
	// SetAt is when. Microseconds, UTC.
	SetAt time.Time
	// List holds them in the order given.
	List []StoredAnswer
}

// The steps of a ticket.
const (
	stepBegun     = "begun"
	stepProved    = "proved"
	stepAnswered  = "answered"
	stepCompleted = "completed"
)

// Ticket is a ticket's row. An account has one at most in each slot.
type Ticket struct {
	// Hash is the SHA-256 of the token; once completed, of the grant.
	Hash, Account string
	// Slot keeps a device that the owner is known to use apart from everybody
	// else, whose slot is "": strangers end only one another's tickets.
	Slot string
	// Client is what the ticket is bound to.
	Client string
	// Step is how far it came.
	Step string
	// SealedCode is the one-time code, sealed.
	SealedCode []byte
	// CodeTries and AnswerTries count attempts.
	CodeTries, AnswerTries int
	// ExpiresAt ends it. Microseconds, UTC.
	ExpiresAt time.Time
}

// Store keeps answers and tickets. Implementations are safe for concurrent use
// by any number of processes. Every method that reports a bool is a guard:
// condition and change are one atomic step. Methods join a transaction carried
// in ctx, except those that count attempts (TakeCodeTry, TakeAnswerTry,
// CountAttempt). recoverytest.TestStore checks an implementation.
type Store interface {
	// SetAnswers replaces all answers if the stored version still is
	// a.Version-1.
	SetAnswers(ctx context.Context, account string, a Answers) (bool, error)
	// GetAnswers returns the answers; the zero Answers if there are none.
	GetAnswers(ctx context.Context, account string) (Answers, error)
	// DeleteAnswers deletes them.
	DeleteAnswers(ctx context.Context, account string) error
	// NextAccount returns the first account with answers after the given one,
	// in the order of ids; "" if there is none.
	NextAccount(ctx context.Context, after string) (string, error)
	// SwapAnswer replaces what is sealed of the answer at a place, from 0, if
	// its sealed hash still is old's.
	SwapAnswer(ctx context.Context, account string, place int, old, sealed StoredAnswer) (bool, error)

	// PutTicket adds a ticket in place of the account's other one in the slot.
	PutTicket(ctx context.Context, t Ticket) error
	// GetTicket returns an open ticket; [ErrBadTicket] if there is none.
	GetTicket(ctx context.Context, hash string, now time.Time) (Ticket, error)
	// TakeCodeTry counts a try at the code, up to max, of an open ticket.
	TakeCodeTry(ctx context.Context, hash string, max int, now time.Time) (bool, error)
	// TakeAnswerTry counts a try at the answers likewise.
	TakeAnswerTry(ctx context.Context, hash string, max int, now time.Time) (bool, error)
	// Advance moves an open ticket from one step to the next, with a new end.
	Advance(ctx context.Context, hash, from, to string, expires, now time.Time) (bool, error)
	// Complete turns an answered ticket into a grant with a hash and an end of
	// its own.
	Complete(ctx context.Context, hash, grant string, expires, now time.Time) (bool, error)
	// Spend deletes an open grant of the client.
	Spend(ctx context.Context, grant, client string, now time.Time) (bool, error)
	// DeleteTickets deletes the account's tickets and grants.
	DeleteTickets(ctx context.Context, account string) error
	// PurgeTickets deletes the expired ones.
	PurgeTickets(ctx context.Context, now time.Time) (int64, error)

	// DeleteAccount deletes all that is stored on the account.
	DeleteAccount(ctx context.Context, account string) error
	// InTx runs fn in a transaction, the carried one if there is one. A store
	// without transactions calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	Attempts
}

// Attempts is the part of a [Store] that counts guesses over all tickets.
type Attempts interface {
	// CountAttempt counts one attempt and returns how many the bucket has
	// seen, this one included. If the bucket is closed at now it counts
	// nothing and returns the time until it opens, greater than zero. The n-th
	// attempt closes the bucket for min(base·2^(n-free), max) when n >= free.
	// 24 hours after its last counted attempt a bucket starts anew.
	CountAttempt(ctx context.Context, account, bucket string, free int, base, max time.Duration, now time.Time) (n int, retryAfter time.Duration, err error)
	// RefundAttempt takes one counted attempt back and opens the bucket.
	RefundAttempt(ctx context.Context, account, bucket string) error
	// ForgetAttempts empties the bucket.
	ForgetAttempts(ctx context.Context, account, bucket string) error
	// PurgeAttempts deletes the buckets that are forgotten at now.
	PurgeAttempts(ctx context.Context, now time.Time) (int64, error)
}

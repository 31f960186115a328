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
	// SetAt is when, UsedAt when a recovery by them was last completed, and
	// ProvedAt when they were last answered in a drill; zero: never.
	// Microseconds, UTC.
	SetAt, UsedAt, ProvedAt time.Time
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
	// Channel is what the code went by.
	Channel string
	// Version is of the answers when it was begun.
	Version int64
	// Step is how far it came; Proof, once completed, by what besides the
	// answers.
	Step  string
	Proof Proof
	// SealedCode is the one-time code, sealed.
	SealedCode []byte
	// CodeTries and AnswerTries count attempts.
	CodeTries, AnswerTries int
	// ExpiresAt ends it. Microseconds, UTC.
	ExpiresAt time.Time
}

// Wait is a recovery that waits in place of a second factor. An account has one
// at most. Microseconds, UTC.
type Wait struct {
	// Hash is the SHA-256 of the token that goes on, Cancel of the one that
	// calls it off.
	Hash, Cancel, Account string
	// Slot, Device and Version are as of the ticket. Device is empty where the
	// client had no device cookie: the token is its binding then.
	Slot, Device string
	Version      int64
	// StartedAt, ReadyAt and ExpiresAt bound it.
	StartedAt, ReadyAt, ExpiresAt time.Time
}

// State is what an account's recoveries left behind. Microseconds, UTC; zero:
// never.
type State struct {
	BlockedUntil, RecoveredAt time.Time
}

// Store keeps answers and recoveries. Implementations are safe for concurrent
// use by any number of processes. Every method that reports a bool is a guard:
// condition and change are one atomic step. Methods join a transaction carried
// in ctx, except those that count attempts (TakeCodeTry, TakeAnswerTry,
// TakeFailure, CountAttempt). recoverytest.TestStore checks an implementation.
type Store interface {
	AnswerStore
	TicketStore
	WaitStore
	StateStore
	Attempts
	// DeleteAccount deletes all that is stored on the account.
	DeleteAccount(ctx context.Context, account string) error
	// InTx runs fn in a transaction, the carried one if there is one. A store
	// without transactions calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// AnswerStore is the part of a [Store] that keeps answers.
type AnswerStore interface {
	// SetAnswers replaces all answers if the stored version still is
	// a.Version-1; UsedAt stays, ProvedAt is forgotten. An empty list removes
	// them: the version counts on.
	SetAnswers(ctx context.Context, account string, a Answers) (bool, error)
	// GetAnswers returns the answers. Where there are none the list is empty;
	// where there never were, it is the zero Answers.
	GetAnswers(ctx context.Context, account string) (Answers, error)
	// TouchAnswers sets UsedAt, or with drill ProvedAt, to now.
	TouchAnswers(ctx context.Context, account string, drill bool, now time.Time) error
	// NextAccount returns the first account with answers after the given one,
	// in the order of ids; "" if there is none.
	NextAccount(ctx context.Context, after string) (string, error)
	// SwapAnswer replaces what is sealed of the answer at a place, from 0, if
	// its sealed hash still is old's.
	SwapAnswer(ctx context.Context, account string, place int, old, sealed StoredAnswer) (bool, error)
}

// TicketStore is the part of a [Store] that keeps tickets.
type TicketStore interface {
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
	// Complete turns an answered ticket into a grant with a hash, an end and a
	// proof of its own.
	Complete(ctx context.Context, hash, grant string, proof Proof, expires, now time.Time) (bool, error)
	// Spend deletes an open ticket of the client that is at the step.
	Spend(ctx context.Context, hash, client, step string, now time.Time) (bool, error)
	// DeletePending deletes the account's tickets, grants and wait, and tells
	// how many waits it deleted. It also deletes what a transaction that is under
	// way has traded them for.
	DeletePending(ctx context.Context, account string) (waits int64, err error)
	// PurgePending deletes what is expired at now, and outcomes of days before
	// the given one.
	PurgePending(ctx context.Context, day int64, now time.Time) (int64, error)
}

// WaitStore is the part of a [Store] that keeps waits.
type WaitStore interface {
	// PutWait adds a wait in place of the account's other one.
	PutWait(ctx context.Context, w Wait) error
	// GetWait returns the wait, not expired, whose Hash or Cancel this is;
	// [ErrBadTicket] if there is none.
	GetWait(ctx context.Context, hash string, now time.Time) (Wait, error)
	// FinishWait deletes a wait by its Hash once it is ready and not expired.
	FinishWait(ctx context.Context, hash string, now time.Time) (bool, error)
	// CancelWait deletes a wait that is not expired by its Cancel.
	CancelWait(ctx context.Context, cancel string, now time.Time) (bool, error)
}

// StateStore is the part of a [Store] that keeps what outlives a recovery.
type StateStore interface {
	// TakeFailure counts a failure in a row of the account's slot, up to max.
	TakeFailure(ctx context.Context, account, slot string, max int) (bool, error)
	// RefundFailure takes one counted failure back.
	RefundFailure(ctx context.Context, account, slot string) error
	// ResetFailures forgets the failures of the slot; with all, of every slot.
	ResetFailures(ctx context.Context, account, slot string, all bool) error
	// GetState returns the account's state.
	GetState(ctx context.Context, account string) (State, error)
	// SetBlocked sets BlockedUntil; the zero time opens the account again.
	SetBlocked(ctx context.Context, account string, until time.Time) error
	// SetRecovered sets RecoveredAt.
	SetRecovered(ctx context.Context, account string, at time.Time) error
	// CountOutcome counts an outcome on a day, counted from 1970 in UTC.
	CountOutcome(ctx context.Context, day int64, o Outcome) error
	// Outcomes returns the counts of the days from the first to the last,
	// ordered by day and outcome.
	Outcomes(ctx context.Context, first, last int64) ([]Count, error)
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

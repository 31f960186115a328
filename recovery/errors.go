package recovery

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrBadTicket reports a ticket, wait, grant or cancel link that is unknown,
	// expired, spent, overtaken by a newer one or by newer answers, of another
	// client, or at another step.
	ErrBadTicket = errors.New("recovery: no such ticket")
	// ErrWrongCode reports a wrong code.
	ErrWrongCode = errors.New("recovery: wrong code")
	// ErrWrongAnswers reports that too few answers were right. Which is not told.
	ErrWrongAnswers = errors.New("recovery: wrong answers")
	// ErrTooFew reports fewer answers than Config.MinSet; the text says how many.
	ErrTooFew = errors.New("recovery: too few answers")
	// ErrTooMany reports more than 10 answers; the text says how many.
	ErrTooMany = errors.New("recovery: too many answers")
	// ErrChanged reports that the answers were set elsewhere at the same time.
	ErrChanged = errors.New("recovery: the answers were changed elsewhere")
	// ErrNoAnswers reports an account that has no answers to practise.
	ErrNoAnswers = errors.New("recovery: no answers are set")
	// ErrBlocked reports an account whose recovery an operator has blocked. Only
	// who has proved the channel is told.
	ErrBlocked = errors.New("recovery: blocked by an operator")
	// ErrStopped reports that the answers were wrong [MaxFailures] times in a
	// row. A known device of the owner's has a count of its own; new answers, or
	// an operator's [Manager.Unblock], open the way again. Only who has proved
	// the channel is told.
	ErrStopped = errors.New("recovery: too many wrong answers in a row")
	// ErrNoChannel reports a channel that codes cannot go by.
	ErrNoChannel = errors.New("recovery: no such channel")
	// ErrNoDelay reports that no delay can stand in for a second factor.
	ErrNoDelay = errors.New("recovery: there is no delay")
)

// ThrottledError reports too many attempts.
type ThrottledError struct {
	// RetryAfter is the time until the next attempt, greater than zero.
	RetryAfter time.Duration
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("recovery: too many attempts; try again in %v", e.RetryAfter.Round(time.Second))
}

// WaitingError reports a wait that is not over.
type WaitingError struct {
	// Until is when it is.
	Until time.Time
}

func (e *WaitingError) Error() string {
	return "recovery: waiting until " + e.Until.UTC().Format(time.RFC3339)
}

// Reason is why an answer or a question is refused.
type Reason string

// The reasons.
const (
	ReasonQuestion       Reason = "question"        // not in the catalogue, or neither id nor text, or both
	ReasonOwnQuestion    Reason = "own_question"    // too short or too long to be a question
	ReasonNotAQuestion   Reason = "not_a_question"  // looks like a password or an answer
	ReasonSecretQuestion Reason = "secret_question" // asks for a password or a card
	ReasonYesNo          Reason = "yes_no"          // is answered by yes or no
	ReasonFewAnswers     Reason = "few_answers"     // has few likely answers: a colour, a number
	ReasonPublic         Reason = "public"          // asks for what others can look up
	ReasonTwice          Reason = "twice"           // the same question again
	ReasonWeak           Reason = "weak"            // a second weak question
	ReasonEmpty          Reason = "empty"           // nothing left after normalisation
	ReasonShort          Reason = "short"           // too short to be hard to guess
	ReasonLong           Reason = "long"            // more than 1024 bytes, or 512 in normal form
	ReasonCharacters     Reason = "characters"      // not text
	ReasonCommon         Reason = "common"          // among the answers that people give most
	ReasonSame           Reason = "same"            // equal to another answer
	ReasonInQuestion     Reason = "in_question"     // contained in a question
	ReasonAboutYou       Reason = "about_you"       // contained in the profile
	ReasonPassword       Reason = "password"        // the account's password

	reasonMessageStart = "reason."
)

// AnswerError reports an answer that is refused. It does not hold the answer.
type AnswerError struct {
	// Index is the answer's place, from 0.
	Index int
	// Reason is why.
	Reason Reason
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("recovery: answer %d refused: %s", e.Index+1, e.Reason)
}

// AboutQuestion tells whether it is the question that is refused.
func (e *AnswerError) AboutQuestion() bool {
	switch e.Reason {
	case ReasonQuestion, ReasonOwnQuestion, ReasonNotAQuestion, ReasonSecretQuestion, ReasonYesNo, ReasonFewAnswers,
		ReasonPublic, ReasonTwice, ReasonWeak:
		return true
	}
	return false
}

// Text says why in a language.
func (e *AnswerError) Text(lang string) string {
	return texts().Text(lang, reasonMessageStart+string(e.Reason), nil)
}

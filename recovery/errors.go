package recovery

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrBadTicket reports a ticket or grant that is unknown, expired, spent,
	// overtaken by a newer one, of another client, or at another step.
	ErrBadTicket = errors.New("recovery: no such ticket")
	// ErrWrongCode reports a wrong code.
	ErrWrongCode = errors.New("recovery: wrong code")
	// ErrWrongAnswers reports that too few answers were right. Which is not told.
	ErrWrongAnswers = errors.New("recovery: wrong answers")
	// ErrTooFew reports fewer answers than Config.MinSet.
	ErrTooFew = errors.New("recovery: too few answers")
	// ErrTooMany reports more than 10 answers.
	ErrTooMany = errors.New("recovery: too many answers")
)

// ThrottledError reports too many attempts.
type ThrottledError struct {
	// RetryAfter is the time until the next attempt, greater than zero.
	RetryAfter time.Duration
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("recovery: too many attempts; try again in %v", e.RetryAfter.Round(time.Second))
}

// Reason is why an answer or a question is refused.
type Reason string

// The reasons.
const (
	ReasonQuestion     Reason = "question"     // not in the catalogue, or neither id nor text, or both
	ReasonOwnQuestion  Reason = "own_question" // too short or too long to be a question
	ReasonTwice        Reason = "twice"        // the same question again
	ReasonEmpty        Reason = "empty"        // nothing left after normalisation
	ReasonShort        Reason = "short"        // too short to be hard to guess
	ReasonLong         Reason = "long"         // more than 256 bytes
	ReasonCharacters   Reason = "characters"   // not text
	ReasonCommon       Reason = "common"       // among the answers that people give most
	ReasonSame         Reason = "same"         // equal to another answer
	ReasonInQuestion   Reason = "in_question"  // contained in the question
	ReasonAboutYou     Reason = "about_you"    // contained in the profile
	reasonMessageStart        = "reason."
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

// Text says why in a language.
func (e *AnswerError) Text(lang string) string {
	return texts().Text(lang, reasonMessageStart+string(e.Reason), nil)
}

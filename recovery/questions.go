package recovery

import (
	"embed"
	"strings"
	"sync"

	"example.com/accountsec/internal/message"
)

//go:embed messages
var messageFiles embed.FS

var texts = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// Level grades one property of a question.
type Level int

// The levels.
const (
	Low Level = iota + 1
	Medium
	High
)

// Grade is how good a question is in all: its worst property decides.
type Grade int

// The grades. Of an account's questions one may be [Weak], and it is asked only
// if there are too few others.
const (
	Weak Grade = iota + 1
	Fair
	Good
)

// Kind tells what a question asks for.
type Kind string

// The kinds.
const (
	Memory Kind = "memory" // an event that few people know of
	Fact   Kind = "fact"   // something that others may find out
	Own    Kind = "own"    // the owner's own question
)

// Label names the kind in a language (BCP 47), as a heading of a list.
func (k Kind) Label(lang string) string { return texts().Text(lang, "kind."+string(k), nil) }

// Question is a question to choose or to answer.
type Question struct {
	// ID names it in the catalogue; "" for the owner's own.
	ID string
	// Own is the owner's own question in words; "" for the catalogue's.
	Own string
	// Kind is its group.
	Kind Kind
	// Guessable is how far the most common answers reach, Memorable how well
	// owners recall theirs, Findable how much of it is public. 0 for the
	// owner's own, which nobody has graded.
	Guessable, Memorable, Findable Level
	// Grade sums them up.
	Grade Grade
	// Why says, to developers and in English, what the grades rest on.
	Why string

	topic topic
}

// Text is the question in words, in a language; the owner's own is as it was
// written.
func (q Question) Text(lang string) string {
	if q.ID == "" {
		return q.Own
	}
	return texts().Text(lang, "question."+q.ID, nil)
}

// Advice says in a language how to choose questions and answers.
func Advice(lang string) []string {
	return strings.Split(texts().Text(lang, "advice", nil), "\n")
}

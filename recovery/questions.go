package recovery

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"example.com/accountsec/internal/message"
)

//go:embed messages
var messageFiles embed.FS

var texts = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// Grade tells how good a question is, from what is published about answers: a
// fact can be looked up and has few likely answers (a "favourite food" was
// guessed in one try for 19.7 % of English speakers, Bonneau et al., WWW 2015);
// a memory that was never told or posted has neither weakness.
type Grade int

// The grades.
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

// Question is a question to choose or to answer.
type Question struct {
	// ID names it in the catalogue; "" for the owner's own.
	ID string
	// Own is the owner's own question in words; "" for the catalogue's.
	Own string
	// Kind and Grade describe it.
	Kind  Kind
	Grade Grade
}

// Text is the question in words, in a language; the owner's own is as it was
// written.
func (q Question) Text(lang string) string {
	if q.ID == "" {
		return q.Own
	}
	return texts().Text(lang, "question."+q.ID, nil)
}

// catalogue lists the questions, best first. None asks for what profiles on
// the net show: mother's maiden name, place of birth, first school, a pet.
var catalogue = []Question{
	{ID: "childhood_hideout", Kind: Memory, Grade: Good}, {ID: "lost_object", Kind: Memory, Grade: Good}, {ID: "made_up_word", Kind: Memory, Grade: Good},
	{ID: "broken_thing", Kind: Memory, Grade: Good}, {ID: "secret_snack", Kind: Memory, Grade: Good}, {ID: "first_lie", Kind: Memory, Grade: Good},
	{ID: "dream_job_reason", Kind: Memory, Grade: Good}, {ID: "stuffed_toy", Kind: Memory, Grade: Good}, {ID: "wrong_bus", Kind: Memory, Grade: Good},
	{ID: "gift_never_used", Kind: Memory, Grade: Good}, {ID: "first_bought", Kind: Memory, Grade: Fair}, {ID: "teacher_habit", Kind: Memory, Grade: Fair},
	{ID: "neighbour_nickname", Kind: Memory, Grade: Fair}, {ID: "first_concert_friend", Kind: Memory, Grade: Fair},
	{ID: "grandparent_saying", Kind: Fact, Grade: Fair}, {ID: "first_phone_model", Kind: Fact, Grade: Fair}, {ID: "first_album", Kind: Fact, Grade: Weak}, {ID: "childhood_street", Kind: Fact, Grade: Weak},
}

// Questions lists the catalogue, best first.
func Questions() []Question { return slices.Clone(catalogue) }

func lookup(id string) (Question, bool) {
	i := slices.IndexFunc(catalogue, func(q Question) bool { return q.ID == id })
	if i < 0 || id == "" {
		return Question{}, false
	}
	return catalogue[i], true
}

// Advice says in a language how to choose questions and answers.
func Advice(lang string) []string {
	return strings.Split(texts().Text(lang, "advice", nil), "\n")
}

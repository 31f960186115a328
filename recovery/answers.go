package recovery

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// Answer is an answer to set.
type Answer struct {
	// Question is the id of a question of the catalogue; or
	Question string
	// Own is the text of the owner's own question, 10 to 200 characters.
	Own string
	// Answer is the answer, at most 1024 bytes.
	Answer string
}

// String keeps the answer out of logs.
func (Answer) String() string { return "[answer]" }

// GoString keeps the answer out of logs.
func (Answer) GoString() string { return "[answer]" }

// Owner is what an answer must not repeat. It is compared and forgotten.
type Owner struct {
	// Facts are the texts of the profile: names, addresses, dates, ids.
	Facts []string
	// Password is the current password, which the owner has just given to
	// prove that it is them; "" if there is none. Having it costs no hash, and
	// finds it in any spelling.
	Password string
}

// String keeps the password and the profile out of logs.
func (Owner) String() string { return "[owner]" }

// GoString keeps the password and the profile out of logs.
func (Owner) GoString() string { return "[owner]" }

const (
	minLatin   = 3 // characters of a normalised answer
	minHangul  = 2
	maxAnswers = 10
)

// candidate is an answer under judgement.
type candidate struct {
	Answer
	question Question
	text     string // the normal form of the question in every language
	normal   string // of the answer
}

// check judges answers before they are set, and gives their normal forms.
func check(answers []Answer, owner Owner) ([]string, error) {
	list := make([]candidate, len(answers))
	seen := map[string]bool{}
	weak := false
	for i, a := range answers {
		c, reason := a.candidate()
		switch {
		case reason != "":
		case seen[c.text]:
			reason = ReasonTwice
		case c.question.Grade == Weak && weak:
			reason = ReasonWeak
		}
		if reason != "" {
			return nil, &AnswerError{i, reason}
		}
		seen[c.text], weak = true, weak || c.question.Grade == Weak
		list[i] = c
	}
	normal := make([]string, len(list))
	for i := range list {
		if reason := list[i].judge(list, normal[:i], owner); reason != "" {
			return nil, &AnswerError{i, reason}
		}
		normal[i] = list[i].normal
	}
	return normal, nil
}

// candidate finds or screens the question.
func (a Answer) candidate() (c candidate, reason Reason) {
	c.Answer = a
	if (a.Question == "") == (a.Own == "") {
		return c, ReasonQuestion
	}
	if a.Own != "" {
		c.question, c.text = Question{Own: a.Own, Kind: Own}, letters(a.Own)
		return c, screen(a.Own)
	}
	var known bool
	if c.question, known = lookup(a.Question); !known {
		return c, ReasonQuestion
	}
	for _, lang := range message.Languages() {
		c.text += letters(c.question.Text(lang)) + "|"
	}
	return c, ""
}

// judge normalises the answer and holds it against everything that it must not
// be.
func (c *candidate) judge(all []candidate, others []string, owner Owner) Reason {
	switch {
	case len(c.Answer.Answer) > maxTyped:
		return ReasonLong
	case !utf8.ValidString(c.Answer.Answer) || strings.ContainsFunc(c.Answer.Answer, unicode.IsControl):
		return ReasonCharacters
	}
	whole := normal(c.Answer.Answer)
	n := normalize(c.Answer.Answer)
	c.normal = n
	switch {
	case whole == "":
		return ReasonEmpty
	case n == "":
		return ReasonLong
	case tooShort(n):
		return ReasonShort
	case owner.Password != "" && n == normalize(owner.Password):
		return ReasonPassword
	case common(c.question.topic, n):
		return ReasonCommon
	case slices.Contains(others, n):
		return ReasonSame
	case slices.ContainsFunc(all, func(o candidate) bool { return strings.Contains(o.text, n) }):
		return ReasonInQuestion
	case owner.contains(n):
		return ReasonAboutYou
	}
	return ""
}

func tooShort(n string) bool {
	length := utf8.RuneCountInString(n)
	return length < minLatin && !(length >= minHangul && hangulTail(n) >= minHangul)
}

// contains tells whether a fact contains the answer, or the answer consists of
// a fact for the most part.
func (o Owner) contains(answer string) bool {
	for _, fact := range o.Facts {
		fact = canon.Line(fact, maxTyped)
		parts := append(strings.FieldsFunc(fact, func(r rune) bool { return strings.ContainsRune(" @.-_/", r) }), fact)
		for _, part := range parts {
			n := letters(part)
			if tooShort(n) {
				continue
			}
			if strings.Contains(n, answer) || strings.Contains(answer, n) && 2*len(n) >= len(answer) {
				return true
			}
		}
	}
	return false
}

// letters is the normal form of a text that is no answer, whole.
func letters(s string) string { return normal(strings.ToValidUTF8(s, "")) }

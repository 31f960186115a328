package strength

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

const (
	// MaxRunes is how many characters of a password the model looks at. A longer
	// password counts no more than the weakest of its beginnings from about half
	// that length on, so that what is added to a password cannot hide what is
	// weak in it.
	MaxRunes = 100
	// MaxUserInputs bounds the number of words that belong to the user; more are
	// ignored. Of each, the first MaxRunes characters count.
	MaxUserInputs = 64

	// shortestCut is where the beginnings start that stand for a longer
	// password. A match that the end of the view cuts in two is a word (at most
	// 23 characters), a date or a repeat: it begins after this place, or a whole
	// unit of it ends there. Sequences and walks can be cut anywhere.
	shortestCut = 48

	// maxBytes bounds what is read of a password or a word. However NFC joins
	// them, so many bytes are more than MaxRunes characters.
	maxBytes = 4 * 1024
)

// end is the length of the beginning that the text is worth: all of it, or if
// there is more of it than is in view, the weakest.
func (s *search) end() int {
	n := len(s.runes)
	if !s.part {
		return n
	}
	best := n
	_, least := s.best(n)
	for k := n - 1; k >= shortestCut; k-- {
		if _, g := s.best(k); g < least {
			best, least = k, g
		}
	}
	return best
}

// view gives the characters of a password that the model looks at, and whether
// there are more. Bytes that are not UTF-8 become U+FFFD each, all the same
// character, which is the least that they can be worth.
func view(password string, nfc bool) (runes []rune, more bool) {
	if len(password) > maxBytes {
		password, more = password[:maxBytes], true
	}
	if nfc {
		password = norm.NFC.String(strings.ToValidUTF8(password, "\uFFFD"))
	}
	runes = make([]rune, 0, min(len(password), MaxRunes))
	for _, c := range password {
		if len(runes) == MaxRunes {
			return runes, true
		}
		runes = append(runes, c)
	}
	return runes, more
}

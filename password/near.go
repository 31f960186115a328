package password

import (
	"slices"
	"strings"
	"unicode"
)

// Bounds of the search for spellings that are nearly the owner's. Sellers' table
// has a cell for each pair of a character of the spelling and one of the
// password: at most maxNear·maxNearLength·[MaxLengthLimit]·2 cells. Whatever is
// longer than the policy accepts is refused by its length and not searched.
const (
	maxNear       = 32 // spellings
	maxNearLength = 32 // characters of one
	minNear       = 7  // below, one changed letter makes another word
	minNear2      = 10 // from here on two changes are still the same
)

// near gives the kind of the first long spelling that the password holds with
// a letter changed, left out, added, or written as a look-alike digit or sign
// ("aure1ia", "aurelja"), forwards or backwards; "" if it holds none.
func (f fragments) near(password string) string {
	text := skeleton(password)
	if len(text) < minNear-1 {
		return ""
	}
	views := [][]rune{text, slices.Clone(text)}
	slices.Reverse(views[1])
	tried := 0
	for _, one := range f {
		part := skeleton(one.text)
		if len(part) < minNear || len(part) > maxNearLength {
			continue
		}
		if tried++; tried > maxNear {
			return ""
		}
		slack := 1
		if len(part) >= minNear2 {
			slack = 2
		}
		for _, view := range views {
			if distance(view, part, slack) <= slack {
				return one.kind
			}
		}
	}
	return ""
}

// lookAlikes are digits and signs that stand for letters. A spelling and a
// password are read alike, so that numbers still match numbers.
var lookAlikes = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "|", "i", "l", "i", "0", "o", "$", "s", "5", "s", "7", "t", "+", "t")

// skeleton is what is left of a text without separators and disguise.
func skeleton(text string) []rune {
	return []rune(strings.Map(func(r rune) rune {
		if separates(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, lookAlikes.Replace(strings.ToLower(text))))
}

// distance is the least number of characters to change, add or leave out that
// makes the part a piece of the text (Sellers 1980); it stops once it is no
// more than enough.
func distance(text, part []rune, enough int) int {
	var column [maxNearLength + 1]int
	for i := range len(part) + 1 {
		column[i] = i
	}
	best := len(part)
	for _, r := range text {
		diagonal := 0 // a piece may begin anywhere
		for i, p := range part {
			cost := diagonal
			if p != r {
				cost++
			}
			diagonal = column[i+1]
			column[i+1] = min(cost, column[i]+1, diagonal+1)
		}
		if best = min(best, column[len(part)]); best <= enough {
			return best
		}
	}
	return best
}

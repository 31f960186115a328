package password

import (
	"slices"
	"strings"
	"unicode"
)

// Bounds of the search for spellings that are nearly the owner's: at most
// 2·maxNear·[MaxLengthLimit] steps of a few instructions each. Whatever is longer
// than the policy accepts is refused by its length and not searched.
const (
	maxNear       = 48 // spellings
	maxNearLength = 32 // characters of one; at most the bits of a word
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
	search := newNearSearch(text)
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
		if search.distance(part, slack) <= slack {
			return one.kind
		}
		slices.Reverse(part)
		if search.distance(part, slack) <= slack {
			return one.kind
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

// nearSearch finds pieces of a text that are nearly something.
type nearSearch struct {
	text    []int        // the characters, numbered
	number  map[rune]int // of each that the text holds
	matches []uint64     // by that number, the places in the part that hold it
}

func newNearSearch(text []rune) *nearSearch {
	s := &nearSearch{text: make([]int, len(text)), number: map[rune]int{}}
	for i, r := range text {
		n, ok := s.number[r]
		if !ok {
			n = len(s.number)
			s.number[r] = n
		}
		s.text[i] = n
	}
	s.matches = make([]uint64, len(s.number))
	return s
}

// distance is the least number of characters to change, add or leave out that
// makes the part a piece of the text; it stops once it is no more than enough.
// A column of Sellers' table is kept as the signs of its steps, one bit each
// (Myers, "A fast bit-vector algorithm for approximate string matching", 1999).
func (s *nearSearch) distance(part []rune, enough int) int {
	clear(s.matches)
	for i, r := range part {
		if n, ok := s.number[r]; ok {
			s.matches[n] |= 1 << i
		}
	}
	up, down, last := ^uint64(0), uint64(0), uint64(1)<<(len(part)-1)
	score := len(part)
	best := score
	for _, n := range s.text {
		eq := s.matches[n]
		vertical := eq | down
		horizontal := (((eq & up) + up) ^ up) | eq
		more, less := down|^(horizontal|up), up&horizontal
		switch {
		case more&last != 0:
			score++
		case less&last != 0:
			score--
		}
		if best = min(best, score); best <= enough {
			return best
		}
		more, less = more<<1, less<<1 // a piece may begin anywhere: row 0 stays 0
		up, down = less|^(vertical|more), more&vertical
	}
	return best
}

package strength

import (
	"unicode"

	"example.com/accountsec/internal/korean"
)

// commonKorean is the number of guesses up to which a Korean word counts as one
// that attackers try first.
const commonKorean = 1e4

// Common tells whether the password is one word that attackers try first:
// as it is, in other letter case, reversed, with l33t symbols, typed in the
// wrong keyboard mode, or with up to four digits or signs added. extra are
// further words. Words from English and from names count only as passwords do:
// when they stand in the list of passwords. A password of more than [MaxRunes]
// characters is none.
func Common(password string, extra ...string) bool {
	runes, more := view(password, true)
	if more || len(runes) == 0 {
		return false
	}
	low := lowered(runes)
	word := trimTail(low)
	c := config{reference: true}
	for _, w := range extra {
		if own, _ := view(w, true); len(own) == len(low) || len(own) == len(word) {
			c.own = append(c.own, ownWord{lowered(own), 1})
		}
	}
	if isCommon(c, low) || len(word) < len(low) && isCommon(c, word) {
		return true
	}
	for _, m := range korean.Matches(runes) {
		if m.I == 0 && m.J+1 >= len(word) && m.Guesses <= commonKorean && isWord(m.Kind) {
			return true
		}
	}
	return false
}

// isCommon tells whether a word covers all of the text.
func isCommon(c config, low []rune) bool {
	f := newFinder(c, low, false)
	f.words()
	f.backwards()
	f.l33tWords()
	for _, m := range f.found {
		if m.len() == len(low) && (m.list == listPasswords || m.list == listOwn) {
			return true
		}
	}
	return false
}

func isWord(kind string) bool {
	return kind == korean.HangulWord || kind == korean.QwertyHangul || kind == korean.Romanized || kind == korean.KoreanLayoutLatin
}

// trimTail takes up to four digits and signs off the end, if at least four
// letters stay, or two of another script.
func trimTail(r []rune) []rune {
	n := len(r)
	for n > 0 && len(r)-n < 4 && !unicode.IsLetter(r[n-1]) {
		n--
	}
	if n < 2 || n < 4 && r[0] < 128 {
		return r
	}
	return r[:n]
}

// Patterned is the share, 0 to 1, of the password's characters that belong to
// repeats of one character, sequences or straight keyboard rows, each at least
// three long, or to walks of five keys or more; 1 if the whole is a unit again
// and again. Of a password longer than [MaxRunes] the first characters are
// judged.
func Patterned(password string) float64 {
	r, _ := view(password, true)
	if len(r) == 0 {
		return 0
	}
	f := newFinder(config{reference: true}, lowered(r), false)
	if p := period(f.runes); 2*p <= len(r) {
		return 1
	}
	f.sequences()
	f.walks(qwerty)
	f.walks(keypad)
	for _, row := range recited {
		f.recite(row)
	}
	f.sameCharacters()
	in, n := make([]bool, len(r)), 0
	for _, m := range f.found {
		if m.len() < 3 || m.pattern == spatial && m.turns > 1 && m.len() < 5 {
			continue
		}
		for i := m.i; i < m.j; i++ {
			n += count(!in[i])
			in[i] = true
		}
	}
	return float64(n) / float64(len(r))
}

// sameCharacters finds runs of one character.
func (f *finder) sameCharacters() {
	for i := 0; i < len(f.low); {
		j := i
		for j < len(f.low) && f.low[j] == f.low[i] {
			j++
		}
		f.add(match{i: int32(i), j: int32(j), pattern: repeat, base: 1})
		i = j
	}
}

// period is the shortest p with r[i] == r[i-p] for all i >= p, by the prefix
// function of Knuth, Morris and Pratt.
func period(r []rune) int {
	fail := make([]int, len(r))
	k := 0
	for i := 1; i < len(r); i++ {
		for k > 0 && r[i] != r[k] {
			k = fail[k-1]
		}
		if r[i] == r[k] {
			k++
		}
		fail[i] = k
	}
	return len(r) - k
}

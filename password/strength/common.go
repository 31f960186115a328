package strength

import (
	"unicode"
	"unicode/utf8"
)

// Common tells whether the password is one word that attackers try first:
// as it is, in other letter case, reversed, with l33t symbols, typed in the
// wrong keyboard mode, or with up to four digits or signs added. extra are
// further words. Words from English and from names count only as passwords do:
// when they stand in the password lists.
func Common(password string, extra ...string) bool {
	runes := bounded(password)
	if len(runes) > MaxRunes {
		return false
	}
	own := map[string]bool{}
	for _, w := range extra {
		own[string(lower(bounded(w)))] = true
	}
	low := lower(runes)
	forms := [][]rune{low, reversed(low), trimTail(low)}
	forms = append(forms, unl33t(low)...)
	forms = append(forms, unl33t(trimTail(low))...)
	if text, n, covered := Compose(runes); n > 1 && covered == len(runes) {
		forms = append(forms, []rune(text))
	}
	for _, f := range forms {
		s := string(f)
		if e, ok := words()[s]; own[s] || ok && (e.list == listPasswords || e.list == listKorean) {
			return true
		}
	}
	return false
}

// trimTail takes up to four digits and signs off the end, if at least four
// letters stay.
func trimTail(r []rune) []rune {
	n := len(r)
	for n > 0 && len(r)-n < 4 && !unicode.IsLetter(r[n-1]) {
		n--
	}
	if n < 2 || n < 4 && utf8.RuneLen(r[0]) == 1 {
		return r
	}
	return r[:n]
}

// Patterned is the share, 0 to 1, of the password's characters that belong to
// repeats of one character, sequences or straight keyboard rows, each at least
// three long, or to a repeated unit. Of a password longer than [MaxRunes] the
// first characters are judged.
func Patterned(password string) float64 {
	r := bounded(password)
	r = r[:min(len(r), MaxRunes)]
	if len(r) == 0 {
		return 0
	}
	in := make([]bool, len(r))
	mark := func(i, j int) {
		for ; i < j; i++ {
			in[i] = true
		}
	}
	low := lower(r)
	for _, t := range append(sequenceTokens(low), keyboardTokens(low)...) {
		if t.j-t.i >= 3 && (t.kind != kindKeyboard || t.turns == 1 || t.j-t.i >= 5) {
			mark(t.i, t.j)
		}
	}
	if p := period(low); 2*p <= len(low) {
		mark(0, len(low))
	}
	for i := 0; i < len(low); {
		j := i
		for j < len(low) && low[j] == low[i] {
			j++
		}
		if j-i >= 3 {
			mark(i, j)
		}
		i = j
	}
	n := 0
	for _, b := range in {
		if b {
			n++
		}
	}
	return float64(n) / float64(len(r))
}

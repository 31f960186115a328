package strength

import (
	"slices"
	"strings"
)

// The two-set keyboard (KS X 5002). Jamo are given by their place in the
// syllable block: 19 initials, 21 medials, 28 finals of which the first is none.
var (
	initials = []string{"r", "R", "s", "e", "E", "f", "a", "q", "Q", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g"}
	medials  = []string{"k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b", "m", "ml", "l"}
	finals   = []string{"", "r", "R", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "qt", "t", "T", "d", "w", "c", "z", "x", "v", "g"}
	// lone are U+3131 to U+3163, as typed alone.
	lone = []string{"r", "R", "rt", "s", "sw", "sg", "e", "E", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "Q", "qt", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g",
		"k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b", "m", "ml", "l"}
)

const (
	firstSyllable, lastSyllable = '가', '힣'
	firstJamo, lastJamo         = 'ㄱ', 'ㅣ'
)

func isSyllable(c rune) bool { return c >= firstSyllable && c <= lastSyllable }

// Keys gives the keys that type Hangul text on a two-set keyboard: "안녕" is
// "dkssud". Other characters stay. Syllables must be composed (NFC).
func Keys(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case isSyllable(c):
			s := int(c - firstSyllable)
			b.WriteString(initials[s/588] + medials[s%588/28] + finals[s%28])
		case c >= firstJamo && c <= lastJamo:
			b.WriteString(lone[c-firstJamo])
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// Compose reads keys as a two-set keyboard would: "dkssud" is "안녕". Keys that
// make no complete syllable stay as they are; syllables says how many were
// made and covered how many keys went into them. Capitals count as shifted
// where shift matters and as plain letters elsewhere.
func Compose(keys []rune) (text string, syllables, covered int) {
	var b strings.Builder
	for i := 0; i < len(keys); {
		c, n := syllableAt(keys[i:])
		if n == 0 {
			b.WriteRune(keys[i])
			i++
			continue
		}
		b.WriteRune(c)
		syllables++
		covered += n
		i += n
	}
	return b.String(), syllables, covered
}

// syllableAt reads one syllable: an initial, the longest medial, and the
// longest final that leaves no medial without an initial after it.
func syllableAt(keys []rune) (rune, int) {
	if len(keys) < 2 {
		return 0, 0
	}
	ini := slices.Index(initials, key(keys[0]))
	if ini < 0 {
		return 0, 0
	}
	med, n := longest(medials, keys[1:])
	if n == 0 {
		return 0, 0
	}
	n++
	fin := 0
	for take := 2; take >= 1; take-- {
		if n+take > len(keys) {
			continue
		}
		f := slices.Index(finals, joined(keys[n:n+take]))
		if f > 0 && (n+take == len(keys) || slices.Index(medials, key(keys[n+take])) < 0) {
			fin = f
			n += take
			break
		}
	}
	return firstSyllable + rune(ini*588+med*28+fin), n
}

func longest(table []string, keys []rune) (index, n int) {
	for n := min(2, len(keys)); n > 0; n-- {
		if i := slices.Index(table, joined(keys[:n])); i >= 0 {
			return i, n
		}
	}
	return 0, 0
}

func joined(keys []rune) string {
	s := ""
	for _, k := range keys {
		s += key(k)
	}
	return s
}

// key folds the case of letters that shift leaves unchanged.
func key(c rune) string {
	if c >= 'A' && c <= 'Z' && !strings.ContainsRune("QWERTOP", c) {
		c += 'a' - 'A'
	}
	return string(c)
}

// typedTokens finds Korean typed in English mode: stretches of letters that
// compose to complete syllables almost wholly. Random letters rarely do (1.4 %
// of those eight long), so little is lost by the letters that do by chance.
func typedTokens(r, low []rune) []token {
	var tokens []token
	for i := 0; i < len(r); {
		j := i
		for j < len(r) && isLetter(r[j]) {
			j++
		}
		if j-i >= 4 {
			tokens = append(tokens, typedToken(r[i:j], low[i:j], i)...)
		}
		i = j + 1
	}
	return tokens
}

func typedToken(r, low []rune, at int) []token {
	for _, keys := range [][]rune{r, low} {
		text, syllables, covered := Compose(keys)
		if syllables < 2 || covered*5 < len(keys)*4 {
			continue
		}
		hangul := []rune(text)
		_, guesses := cheapest(hangul, append(wordTokens(hangul, hangul, nil), sequenceTokens(hangul)...))
		return []token{{i: at, j: at + len(keys), kind: kindTyped, guesses: 2 * guesses}}
	}
	return nil
}

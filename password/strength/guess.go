package strength

import "math"

// kind names what a token was recognised as.
type kind int

const (
	kindChars kind = iota // no pattern: arbitrary characters
	kindWord
	kindKeyboard
	kindRepeat
	kindSequence
	kindDate
	kindYear
	kindTyped    // Korean typed in English mode
	kindKorean   // a Korean word or phrase
	kindPhone    // a Korean mobile number
	kindResident // a Korean resident registration number
)

// token is a stretch r[i:j] that an attacker tries as a whole.
type token struct {
	i, j    int
	kind    kind
	guesses float64

	list       list // of a word
	rank       int
	reversed   bool
	l33t       bool
	turns      int // of a keyboard walk
	baseLength int // of a repeat
}

// analysis is the cheapest way to put a password together.
type analysis struct {
	runes   []rune
	tokens  []token
	guesses float64
}

// analyse finds the tokens and the cheapest sequence of them.
func analyse(r []rune, own map[string]int) analysis {
	if len(r) == 0 {
		return analysis{guesses: 1}
	}
	tokens := basicTokens(r, own)
	tokens = append(tokens, repeatTokens(r, own)...)
	seq, guesses := cheapest(r, tokens)
	return analysis{runes: r, tokens: seq, guesses: guesses}
}

// basicTokens finds everything but repeats, whose guesses need an analysis of
// the repeated unit.
func basicTokens(r []rune, own map[string]int) []token {
	low := lower(r)
	tokens := wordTokens(r, low, own)
	tokens = append(tokens, keyboardTokens(r)...)
	tokens = append(tokens, sequenceTokens(r)...)
	tokens = append(tokens, dateTokens(r)...)
	tokens = append(tokens, koreanTokens(r)...)
	return append(tokens, typedTokens(r, low)...)
}

// perToken is the least cost of putting one more token into the pattern that
// an attacker tries; it keeps many short tokens from looking cheaper than they
// are to find.
const perToken = 10000

// step is the best way found so far to end a sequence of l tokens at one place.
type step struct {
	pi, g float64 // product of the tokens' guesses; guesses of the sequence
	last  token
	ok    bool
}

// cheapest minimises l!·Π guesses + perToken^(l-1) over all sequences of l
// tokens that cover r (Wheeler 2016, §4). Gaps are filled with arbitrary
// characters, never two stretches of them in a row.
func cheapest(r []rune, tokens []token) ([]token, float64) {
	n := len(r)
	ending := make([][]token, n+1)
	for _, t := range tokens {
		ending[t.j] = append(ending[t.j], t)
	}
	cost := charCosts(r)
	// best[k][l]: sequences of l tokens that cover r[:k].
	best := make([][]step, n+1)
	for k := range best {
		best[k] = make([]step, k+1)
	}
	best[0][0] = step{pi: 1, ok: true}
	for k := 1; k <= n; k++ {
		for _, t := range ending[k] {
			extend(best, t, false)
		}
		for i := range k {
			g := max(cost(i, k), 11)
			extend(best, token{i: i, j: k, kind: kindChars, guesses: g}, true)
		}
	}
	l, found := 0, false
	for c := range best[n] {
		if best[n][c].ok && (!found || best[n][c].g < best[n][l].g) {
			l, found = c, true
		}
	}
	return unwind(best, n, l), best[n][l].g
}

func extend(best [][]step, t token, chars bool) {
	for l, from := range best[t.i] {
		if !from.ok || chars && l > 0 && from.last.kind == kindChars {
			continue
		}
		s := step{pi: from.pi * t.guesses, last: t, ok: true}
		s.g = factorials[l+1]*s.pi + powers[l]
		to := &best[t.j][l+1]
		if !to.ok || s.g < to.g {
			*to = s
		}
	}
}

func unwind(best [][]step, k, l int) []token {
	seq := make([]token, l)
	for ; l > 0; l-- {
		seq[l-1] = best[k][l].last
		k = seq[l-1].i
	}
	return seq
}

// charCosts gives the guesses for r[i:k] without any pattern: ten a character,
// as zxcvbn has it, more where the alphabet is large even to someone who knows
// how it is used.
func charCosts(r []rune) func(i, k int) float64 {
	logs := make([]float64, len(r)+1)
	for i, c := range r {
		logs[i+1] = logs[i] + charLog10(c)
	}
	return func(i, k int) float64 { return math.Pow(10, logs[k]-logs[i]) }
}

func charLog10(c rune) float64 {
	switch {
	case isSyllable(c):
		return syllableLog10(c)
	case c >= 0x2E80: // ideographs, kana, emoji
		return 1.5
	}
	return 1
}

// syllableLog10 is what a syllable of running Korean is worth: 1.4, or 25
// guesses, since syllables taken from words are far from equally likely; ten
// times that for those whose final is rare. Letters typed at random compose to
// many of the latter.
func syllableLog10(c rune) float64 {
	switch (c - firstSyllable) % 28 { // finals: none, ㄱ ㄴ ㄹ ㅁ ㅂ ㅅ ㅆ ㅇ
	case 0, 1, 4, 8, 16, 17, 19, 20, 21:
		return 1.4
	}
	return 2.4
}

// factorials[l] is l!, powers[l] is perToken^l. Both stay far inside float64.
var factorials, powers = func() (f, p [MaxRunes + 2]float64) {
	f[0], p[0] = 1, 1
	for i := 1; i < len(f); i++ {
		f[i], p[i] = f[i-1]*float64(i), p[i-1]*perToken
	}
	return f, p
}()

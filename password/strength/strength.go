package strength

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// MaxRunes bounds what the model looks at. A longer password is judged by
	// its first and its last MaxRunes characters, and the better part counts:
	// no password is weaker than a part of it.
	MaxRunes = 64
	// MaxUserInputs bounds the number of words that belong to the user.
	MaxUserInputs = 64

	maxInputBytes = 8 * 1024 // of the password; what lies beyond it is not read
)

// Result is an estimate.
type Result struct {
	// Score is 0 (fewer than 10^3 guesses) to 4 (at least 10^10), by zxcvbn's
	// thresholds 10^3, 10^6, 10^8 and 10^10.
	Score int
	// GuessesLog10 is the decimal logarithm of the number of guesses, >= 0.
	GuessesLog10 float64
	// Warning is the key of what is wrong, one of [Warnings]; "" if nothing is.
	Warning string
	// Suggestions are keys of what would help, of [Suggestions]; empty from
	// score 3 on.
	Suggestions []string
}

// Estimator is the model. The zero value is ready; safe for concurrent use.
type Estimator struct{}

// Estimate judges a password. userInputs are words that an attacker would try
// first against this user (name, address, shop); at most [MaxUserInputs] are
// used. Passwords should be NFC or NFKC; others are brought to NFC.
func (Estimator) Estimate(password string, userInputs ...string) Result {
	return Estimate(password, userInputs...)
}

// Estimate is [Estimator.Estimate].
func Estimate(password string, userInputs ...string) Result {
	own := ownWords(userInputs)
	var best analysis
	for i, part := range parts(password) {
		if a := analyse(part, own); i == 0 || a.guesses > best.guesses {
			best = a
		}
	}
	r := Result{GuessesLog10: max(0, math.Log10(max(1, best.guesses)))}
	r.Score = score(best.guesses)
	r.Warning, r.Suggestions = feedback(best, r.Score)
	return r
}

// score puts zxcvbn's thresholds; the 5 keeps numbers that are meant to be
// just a power of ten below it.
func score(guesses float64) int {
	const delta = 5
	for s, limit := range []float64{1e3, 1e6, 1e8, 1e10} {
		if guesses < limit+delta {
			return s
		}
	}
	return 4
}

// parts gives the stretches of the password that are judged, each at most
// MaxRunes long. Where the whole is a repeat of a unit too long for two of them
// to be seen at once, the unit is judged: nobody is safer for pasting it twice.
func parts(password string) [][]rune {
	runes := bounded(password)
	if p := period(runes); p > MaxRunes/2 && 2*p <= len(runes) {
		runes = runes[:p]
	}
	if len(runes) <= MaxRunes {
		return [][]rune{runes}
	}
	return [][]rune{runes[:MaxRunes], runes[len(runes)-MaxRunes:]}
}

// bounded gives the runes of the first maxInputBytes. Bytes that are not UTF-8
// become U+FFFD each, which an attacker finds no harder than any character.
func bounded(s string) []rune {
	if len(s) > maxInputBytes {
		s = s[:maxInputBytes]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	return []rune(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")))
}

// period is the shortest p with r[i] == r[i-p] for all i >= p, by the prefix
// function of Knuth, Morris and Pratt.
func period(r []rune) int {
	if len(r) == 0 {
		return 0
	}
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

// ownWords ranks the user's words in the order given, and their parts.
func ownWords(inputs []string) map[string]int {
	if len(inputs) == 0 {
		return nil
	}
	own := map[string]int{}
	add := func(w string) {
		if n := utf8.RuneCountInString(w); n < 2 || n > MaxRunes {
			return
		}
		if _, ok := own[w]; !ok {
			own[w] = len(own) + 1
		}
	}
	for _, in := range inputs[:min(len(inputs), MaxUserInputs)] {
		runes := bounded(in)
		whole := strings.ToLower(string(runes[:min(len(runes), MaxRunes)]))
		add(whole)
		add(Keys(whole))
		for _, part := range strings.FieldsFunc(whole, notAlnum) {
			if utf8.RuneCountInString(part) >= 3 {
				add(part)
				add(Keys(part))
			}
		}
	}
	return own
}

func notAlnum(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// lower folds case rune by rune, so that positions stay. The rare letters
// whose lower case is several runes stay as they are.
func lower(r []rune) []rune {
	out := slices.Clone(r)
	for i, c := range out {
		out[i] = unicode.ToLower(c)
	}
	return out
}

package strength

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"example.com/accountsec/internal/korean"
)

// DefaultReferenceYear is the present as far as the model is concerned, unless
// [Config].ReferenceYear says otherwise.
const DefaultReferenceYear = 2026

// Config chooses the model. The zero value is the recommended one.
type Config struct {
	// Reference makes the model answer as zxcvbn 4.4.2 does, for comparison and
	// for those who move from it: nothing Korean is recognised, no year after
	// 2019 is recent, and passwords may score 2 or less without a warning.
	// Defaults to false.
	Reference bool
	// ReferenceYear is the year that attackers start at when they try dates. The
	// model reads no clock, so that an estimate is the same today and in ten
	// years; a service that runs that long sets it, and a year or two make no
	// difference. Defaults to [DefaultReferenceYear].
	ReferenceYear int
}

// Estimator is the model. The zero value is ready to use, an Estimator may be
// copied, and all methods may be called concurrently.
type Estimator struct{ cfg Config }

// New gives the model of a configuration.
func New(cfg Config) Estimator { return Estimator{cfg} }

// Result is an estimate. It prints without the password, but what Sequence
// holds narrows the password down: keep it out of logs and of answers to
// anybody but the person who typed it.
type Result struct {
	// Score is 0 (up to 10^3 guesses), 1 (10^6), 2 (10^8), 3 (10^10) or 4 (more).
	Score int
	// GuessesLog10 is the decimal logarithm of the number of guesses that the
	// password withstands, at least 0.
	GuessesLog10 float64
	// Warning is the key of what is wrong, one of [Warnings]; "" from score 3 on
	// and for an empty password.
	Warning string
	// Suggestions are keys of what would help, of [Suggestions]; none from score
	// 3 on.
	Suggestions []string
	// Sequence is how the password is cheapest to guess, part by part; of a long
	// password the beginning that was judged.
	Sequence []Match `json:"-"`
}

// Estimate judges a password by the recommended model. userInputs are words
// that an attacker would try first against this user (name, address, shop), the
// most telling first; at most [MaxUserInputs] are used.
func Estimate(password string, userInputs ...string) Result {
	return Estimator{}.Estimate(password, userInputs...)
}

// Estimate is like the function [Estimate]. Any input is answered in bounded
// time and memory; bytes that are not UTF-8 are the weakest of characters.
// Passwords should be in NFKC; the recommended model brings them to NFC.
func (e Estimator) Estimate(password string, userInputs ...string) Result {
	c := e.config(userInputs)
	runes, more := view(password, !c.reference)
	a := analyse(c, runes, more)
	if !c.reference {
		a.refuseNumber()
	}
	r := Result{Score: score(a.guesses), GuessesLog10: math.Log10(a.guesses)}
	r.Warning, r.Suggestions = a.feedback(r.Score, c.reference)
	for i := range a.matches {
		r.Sequence = append(r.Sequence, a.matches[i].public())
	}
	return r
}

// score puts zxcvbn's thresholds; the 5 keeps numbers that are meant to be
// just a power of ten below it.
func score(guesses float64) int {
	const delta = 5
	for s, limit := range [...]float64{1e3, 1e6, 1e8, 1e10} {
		if guesses < limit+delta {
			return s
		}
	}
	return 4
}

func (e Estimator) config(userInputs []string) config {
	c := config{reference: e.cfg.Reference, year: e.cfg.ReferenceYear}
	if c.year == 0 {
		c.year = DefaultReferenceYear
	}
	for i, in := range userInputs[:min(len(userInputs), MaxUserInputs)] {
		runes, _ := view(in, !c.reference)
		if !c.reference {
			c.learn(runes, i+1)
			continue
		}
		// As in zxcvbn a word that comes twice has its last rank.
		c.own = slices.DeleteFunc(c.own, func(w ownWord) bool { return slices.Equal(w.low, lowered(runes)) })
		c.rank(runes, i+1)
	}
	return c
}

// maxParts bounds the words that are taken out of one of the user's inputs.
const maxParts = 8

// learn ranks what belongs to the user: as it is, each of its first words, and
// both as Hangul is typed with the keyboard in English.
func (c *config) learn(runes []rune, rank int) {
	text := string(runes)
	parts := strings.FieldsFunc(text, notAlnum)
	for _, w := range append([]string{text}, parts[:min(len(parts), maxParts)]...) {
		c.rank([]rune(w), rank)
		c.rank([]rune(korean.Keys(w)), rank)
	}
}

// rank gives a word its rank, unless it has one.
func (c *config) rank(runes []rune, rank int) {
	low := lowered(runes)
	if len(low) > 0 && !slices.ContainsFunc(c.own, func(w ownWord) bool { return slices.Equal(w.low, low) }) {
		c.own = append(c.own, ownWord{low, rank})
	}
}

func notAlnum(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

package zxcvbngo

import (
	"math"
	"strings"

	"example.com/accountsec/password"
	"example.com/accountsec/password/strength"
	zxcvbn "github.com/nbutton23/zxcvbn-go"
)

const (
	// MaxRunes is how many characters of a password are judged: the first. The
	// peer's time grows with the number of symbols and the square of the length.
	MaxRunes = 24
	// MaxUserInputs bounds the number of the user's words; more are ignored. Of
	// each, the first MaxRunes characters count.
	MaxUserInputs = 64
)

// Estimator judges by zxcvbn-go. The zero value is ready to use, and may be
// used concurrently.
type Estimator struct{}

var _ password.Estimator = Estimator{}

// Estimate judges the first [MaxRunes] characters of a password. The result has
// no Sequence; its Warning is "" and its Suggestions are "anotherWord" for a
// score of 2 or less, since the peer explains nothing. Bytes that are not UTF-8
// become U+FFFD.
func (Estimator) Estimate(password string, userInputs ...string) strength.Result {
	var own []string
	for _, in := range userInputs[:min(len(userInputs), MaxUserInputs)] {
		own = append(own, strings.ToLower(first(in)))
	}
	found := zxcvbn.PasswordStrength(first(password), own)
	r := strength.Result{Score: min(max(found.Score, 0), 4), GuessesLog10: max(found.Entropy, 0) * math.Log10(2)}
	if r.Score <= 2 {
		r.Suggestions = []string{"anotherWord"}
	}
	return r
}

// first gives the characters that are judged.
func first(s string) string {
	n := 0
	var b strings.Builder
	for _, c := range s {
		if n++; n > MaxRunes {
			break
		}
		b.WriteRune(c)
	}
	return b.String()
}

package strength_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/password/strength"
)

// A common word behind a password is worth no more than its own guesses: with l
// parts found in the password, one more part multiplies the estimate by at most
// (l+1) times the word's guesses, and adds at most 10,000 times the password's
// (l!·Πg + 10,000^(l-1), Wheeler 2016). A part counts for at least 50.
func TestCommonWordAddsNoMoreThanItself(t *testing.T) {
	racing.SkipAlone(t)
	random := rand.New(rand.NewPCG(4, 9))
	bases := []string{"", "a", "correcthorse", "tR9#mK2$vL5@", "violet otter mends a kite", "900101-1234567", "ㅋㅋㅋ", "p@ssw0rd", "aaaa", "abcabcabc", "19900314", "\xff\xfe"}
	for _, passwords := range heldOut(t) {
		bases = append(bases, passwords[:20]...)
	}
	for _, letters := range []string{"abcdefghijklmnopqrstuvwxyz", "aeiou1234", "4@8({[<369!1|0$5+7%2", "qwertyasdf", "가나다김이박사랑", "aB3$ㅋ가"} {
		for range 60 {
			b := make([]rune, random.IntN(70))
			for i := range b {
				b[i] = []rune(letters)[random.IntN(len([]rune(letters)))]
			}
			bases = append(bases, string(b))
		}
	}
	for _, word := range []string{"password", "monkey", "dragon", "love", "123456", "qwerty", "P@ssw0rd", "Iloveyou", "smith", "2024", "사랑해", "tkfkdgo", "김민준", "kimchi"} {
		own := strength.Estimate(word)
		for _, base := range bases {
			before, after := strength.Estimate(base), strength.Estimate(base+word)
			parts := float64(len(before.Sequence) + 1)
			most := before.GuessesLog10 + math.Log10(parts*max(math.Pow(10, own.GuessesLog10), 50)+10_000)
			if after.GuessesLog10 > most+1e-9 {
				t.Errorf("%q makes 10^%.2f of %q with 10^%.2f; at most 10^%.2f", word, after.GuessesLog10, base, before.GuessesLog10, most)
			}
			if steps := []float64{3, 6, 8, 10}; after.Score > before.Score && after.GuessesLog10 < steps[after.Score-1] {
				t.Errorf("%q makes score %d of %q with 10^%.2f", word, after.Score, base, after.GuessesLog10)
			}
		}
	}
}

package recovery

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const maxAnswer = 256 // bytes, before normalisation

// particles are the Korean case particles that people add to an answer one
// time and leave out the next. Only those of one clear reading; longer first.
var particles = []string{"에서는", "이에요", "입니다", "에서", "예요", "은", "는", "을", "를", "에"}

// normalize makes one form of the many in which people give the same answer:
// NFKC (full width, composed Hangul), folded case, letters and digits only,
// and without a trailing particle after at least two more Hangul syllables.
// What is longer than 256 bytes, or not UTF-8, gives "".
func normalize(answer string) string {
	if len(answer) > maxAnswer || !utf8.ValidString(answer) {
		return ""
	}
	s := norm.NFKC.String(fold(norm.NFKC.String(answer)))
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, s)
	s = norm.NFC.String(s)
	for {
		cut := trimParticle(s)
		if cut == s {
			return s
		}
		s = cut
	}
}

// fold takes letter case away by way of the upper case, which final sigma and
// long s share with their plain forms.
func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }

func trimParticle(s string) string {
	for _, p := range particles {
		if rest, ok := strings.CutSuffix(s, p); ok && hangulTail(rest) >= 2 {
			return rest
		}
	}
	return s
}

// hangulTail counts the Hangul syllables that s ends in, up to two.
func hangulTail(s string) (n int) {
	for n < 2 {
		r, size := utf8.DecodeLastRuneInString(s)
		if size == 0 || !unicode.Is(unicode.Hangul, r) {
			return n
		}
		s, n = s[:len(s)-size], n+1
	}
	return n
}

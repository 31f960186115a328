package recovery

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxTyped  = 1024 // bytes of an answer as it is typed; decomposed Hangul takes three times the room
	maxNormal = 512  // bytes of its normal form, which is what is hashed
)

// particles are the Korean case particles that people add to an answer one
// time and leave out the next. Only those of one clear reading; longer first.
// A change here would make answers that are stored unanswerable.
var particles = []string{"에서는", "이에요", "입니다", "에서", "예요", "은", "는", "을", "를", "에"}

// normalize makes one form of the many in which people give the same answer:
// NFKC (full width, composed Hangul), folded case, letters and digits only,
// jamo typed one by one put together, and without a trailing particle after at
// least two more Hangul syllables. What is too long, or not UTF-8, gives "".
func normalize(answer string) string {
	if len(answer) > maxTyped {
		return ""
	}
	s := normal(answer)
	if len(s) > maxNormal {
		return ""
	}
	return s
}

// normal is normalize for a text of any length.
func normal(s string) string {
	if !utf8.ValidString(s) {
		return ""
	}
	s = norm.NFKC.String(fold(norm.NFKC.String(joinJamo(s))))
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

// The jamo that stand alone (U+3131 to U+3163) in the order of the places that
// they take in a syllable (Unicode 16, §3.12); '_' where there is none.
const (
	initials = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
	medials  = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
	finals   = "_ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
)

// joinJamo puts an initial and a medial that stand alone side by side into one
// syllable, and a final with them unless a medial follows it. NFKC would take
// every consonant for an initial.
func joinJamo(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 'ㄱ' && r <= 'ㅣ' }) {
		return s
	}
	in := []rune(s)
	out := make([]rune, 0, len(in))
	for i := 0; i < len(in); i++ {
		ini, med := jamoAt(initials, in, i), jamoAt(medials, in, i+1)
		if ini < 0 || med < 0 {
			out = append(out, in[i])
			continue
		}
		i++
		fin := 0
		if jamoAt(medials, in, i+2) < 0 {
			if f := jamoAt(finals, in, i+1); f > 0 {
				fin = f
				i++
			}
		}
		out = append(out, rune('가'+(ini*21+med)*28+fin))
	}
	return string(out)
}

// jamoAt is where the i-th of the runes stands in a row of jamo; -1 if nowhere.
func jamoAt(row string, in []rune, i int) int {
	if i >= len(in) || in[i] == '_' {
		return -1
	}
	at := strings.IndexRune(row, in[i])
	if at < 0 {
		return -1
	}
	return utf8.RuneCountInString(row[:at])
}

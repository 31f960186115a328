package korean

import "strings"

// The two-set keyboard (KS X 5002). Jamo are given by their place in the
// syllable block: 19 initials, 21 medials, 28 finals of which the first is none.
var (
	initials = [19]string{"r", "R", "s", "e", "E", "f", "a", "q", "Q", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g"}
	medials  = [21]string{"k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b", "m", "ml", "l"}
	finals   = [28]string{"", "r", "R", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "qt", "t", "T", "d", "w", "c", "z", "x", "v", "g"}
	// lone are U+3131 to U+3163, the jamo that appear when typed alone.
	lone = [51]string{"r", "R", "rt", "s", "sw", "sg", "e", "E", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "Q", "qt", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g",
		"k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b", "m", "ml", "l"}
)

const (
	firstSyllable, lastSyllable = '가', '힣'
	firstJamo, lastJamo         = 'ㄱ', 'ㅣ'
	// Conjoining jamo: what NFD makes of a syllable.
	firstInitial, firstMedial, firstFinal = 'ᄀ', 'ᅡ', 'ᆨ'
)

func isSyllable(c rune) bool { return c >= firstSyllable && c <= lastSyllable }

func isJamo(c rune) bool { return c >= firstJamo && c <= lastJamo }

// isHangul tells whether the two-set keyboard types the character, be it a
// syllable, a jamo alone or a part of a syllable taken to pieces by NFD.
func isHangul(c rune) bool { return isSyllable(c) || jamoKeys(c) != "" }

// jamoKeys gives the keys of a jamo, "" if c is none.
func jamoKeys(c rune) string {
	switch {
	case isJamo(c):
		return lone[c-firstJamo]
	case c >= firstInitial && c < firstInitial+19:
		return initials[c-firstInitial]
	case c >= firstMedial && c < firstMedial+21:
		return medials[c-firstMedial]
	case c >= firstFinal && c < firstFinal+27:
		return finals[c-firstFinal+1]
	}
	return ""
}

// parts takes a syllable to the places of its jamo.
func parts(c rune) (ini, med, fin int) {
	s := int(c - firstSyllable)
	return s / 588, s % 588 / 28, s % 28
}

// syllable puts jamo together.
func syllable(ini, med, fin int) rune {
	return firstSyllable + rune(ini*588+med*28+fin)
}

// appendKeys adds the keys of one character; others than Hangul stay.
func appendKeys(b []byte, c rune) []byte {
	if isSyllable(c) {
		ini, med, fin := parts(c)
		b = append(b, initials[ini]...)
		b = append(b, medials[med]...)
		return append(b, finals[fin]...)
	}
	if k := jamoKeys(c); k != "" {
		return append(b, k...)
	}
	return append(b, string(c)...)
}

// Keys gives the keys that type Hangul text on a two-set keyboard (KS X 5002)
// with the QWERTY legends: "안녕" is "dkssud". Capitals stand for keys typed
// with shift. Other characters stay as they are. Syllables may be composed or
// in pieces (NFC, NFD, compatibility jamo); all give the same keys.
func Keys(text string) string {
	b := make([]byte, 0, len(text)+8)
	for _, c := range text {
		b = appendKeys(b, c)
	}
	return string(b)
}

// LatinKeys gives the Latin text that was meant when Hangul came out, because
// the keyboard was still in Korean: "ㅗ디ㅣㅐ" is "hello". It is the inverse of
// [Typed] up to the case of letters that shift does not change in Korean,
// which come back in lower case, and "" for a text that holds no Hangul, for
// then nothing was mistyped.
func LatinKeys(text string) string {
	if strings.IndexFunc(text, isHangul) < 0 {
		return ""
	}
	return Keys(text)
}

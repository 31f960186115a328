package sms

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/unicode/norm"

	"example.com/accountsec/internal/gsm"
)

// Characters of what comes from outside.
const (
	maxCity   = 32
	maxDevice = 40
	maxDigits = 3 // "iPhone 17", never a number to call nor a code
)

// value makes one harmless phrase of text from outside: letters, a few digits,
// spaces, hyphens and apostrophes. What phones make a link or a number to call
// of, and the "@shop.example #code" that offers a code to a page, needs
// characters that are none of these.
func (w writer) value(s string, max int) string {
	if len(s) > 16*max {
		s = s[:16*max]
	}
	s = norm.NFC.String(strings.ToValidUTF8(s, " "))
	digits := 0
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			digits++
			return r
		case r == '’':
			return '\''
		case unicode.IsLetter(r), unicode.IsMark(r), r == '-', r == '\'':
			return r
		}
		return ' '
	}, s)
	if digits > maxDigits {
		s = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, s)
	}
	return trim(w.fold(strings.Join(strings.Fields(s), " ")), max)
}

// trim cuts at a character, and never leaves what a mark belongs to without it.
func trim(s string, max int) string {
	runes := []rune(s)
	if len(runes) <= max {
		return s
	}
	for max > 0 && unicode.IsMark(runes[max]) {
		max--
	}
	return strings.TrimSpace(string(runes[:max]))
}

// fold writes a value in the characters that the message is sent in. To Korea,
// what EUC-KR lacks is dropped; elsewhere it stays, and the message is sent as
// UTF-16.
func (w writer) fold(s string) string {
	can := w.can()
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r == '\uFFFD' || w.korean && !can(r) {
			return -1
		}
		return r
	}, foldMarks(s, can))), " ")
}

// foldMarks writes letters without their marks where that brings them into the
// alphabet: "Kraków" is "Krakow" in GSM 7-bit, "Zürich" is "Zurich" in EUC-KR.
// What no mark keeps out stays as it is.
func foldMarks(s string, can func(rune) bool) string {
	var b strings.Builder
	for _, r := range s {
		if can(r) {
			b.WriteRune(r)
			continue
		}
		bare := strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFKD.String(string(r)))
		if bare == "" || strings.ContainsFunc(bare, func(r rune) bool { return !can(r) }) {
			bare = string(r)
		}
		b.WriteString(bare)
	}
	return b.String()
}

// inGSM tells the 7-bit alphabet of text messages.
func inGSM(r rune) bool {
	_, ok := gsm.Segments(string(r))
	return ok
}

// inEUCKR tells what Korean carriers can carry: KS X 1001 with the rest of the
// Hangul syllables (Windows code page 949), which is what goes by the name of
// EUC-KR.
func inEUCKR(r rune) bool {
	if r < 0x80 {
		return true
	}
	_, err := korean.EUCKR.NewEncoder().String(string(r))
	return err == nil
}

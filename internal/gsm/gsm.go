// Package gsm counts the segments of text messages, which is what they are
// billed by.
package gsm

import (
	"strings"
	"unicode/utf16"
)

// The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038
// §6.2.1 and §6.2.1.1). Characters of the extension take an escape before them.
const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extension = "\f^{}\\[~]|€"
)

// A message of one segment has 160 septets or 70 UTF-16 units; in a longer one
// each segment gives 7 septets or 3 units to the header that joins them (3GPP
// TS 23.040 §9.2.3.24.1).
const (
	septets, joinedSeptets = 160, 153
	units, joinedUnits     = 70, 67
)

// Segments tells how many segments text takes, and whether the 7-bit alphabet
// holds all of it; if not it is sent as UTF-16, as UCS-2 is in practice. An
// escaped character and a surrogate pair are never cut in two. The empty text
// takes one segment.
func Segments(text string) (n int, sevenBit bool) {
	if sizes, ok := septetsOf(text); ok {
		return pack(sizes, septets, joinedSeptets), true
	}
	sizes := make([]int, 0, len(text))
	for _, r := range text {
		sizes = append(sizes, utf16.RuneLen(r))
	}
	return pack(sizes, units, joinedUnits), false
}

// septetsOf gives each character's size in septets; false if one is in neither
// table.
func septetsOf(text string) ([]int, bool) {
	sizes := make([]int, 0, len(text))
	for _, r := range text {
		switch {
		case strings.ContainsRune(basic, r):
			sizes = append(sizes, 1)
		case strings.ContainsRune(extension, r):
			sizes = append(sizes, 2)
		default:
			return nil, false
		}
	}
	return sizes, true
}

// pack fills segments in order.
func pack(sizes []int, single, joined int) int {
	total := 0
	for _, size := range sizes {
		total += size
	}
	if total <= single {
		return 1
	}
	n, used := 1, 0
	for _, size := range sizes {
		if used += size; used > joined {
			n, used = n+1, size
		}
	}
	return n
}

// KoreanBytes is the length of text as Korean carriers count it: one byte for
// ASCII, two for everything else (EUC-KR). What is longer than 90 bytes is
// billed as a long message, and the carrier puts "[Web발신]" and a line break, 10
// bytes, before whatever a program sends.
func KoreanBytes(text string) int {
	n := 0
	for _, r := range text {
		if n++; r >= 0x80 {
			n++
		}
	}
	return n
}

// MaxKorean is how many [KoreanBytes] a short message leaves to its sender.
const MaxKorean = 90 - 10

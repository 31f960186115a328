package sms

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"example.com/accountsec/internal/phone"
)

// number is a phone number that may be sent to. It prints itself redacted.
type number struct {
	e164    string // "+821012345678"
	country string // ISO 3166-1 alpha-2
	masked  string
}

func (number) String() string { return "[phone number]" }

// maxNumber bounds what is parsed, in bytes: 15 digits and what people put
// between them.
const maxNumber = 40

// parseNumber reads a number as people write it, in the international form or
// in the default region's own, and checks that it may be sent to. Beside the
// digits 0–9, only the ASCII characters of "+82 (10) 1234-5678/9." are
// taken; the port of libphonenumber would also read letters, digits of other
// scripts, extensions and tel: URIs.
func (m *Method) parseNumber(typed string) (number, error) {
	typed = strings.Trim(typed, " ")
	if len(typed) > maxNumber || strings.LastIndexByte(typed, '+') > 0 || strings.ContainsFunc(typed, foreign) {
		return number{}, ErrNumber
	}
	parsed, err := phonenumbers.Parse(typed, m.cfg.Region)
	if errors.Is(err, phonenumbers.ErrInvalidCountryCode) {
		return number{}, ErrCountry
	}
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return number{}, ErrNumber
	}
	n := number{e164: phonenumbers.Format(parsed, phonenumbers.E164), country: phonenumbers.GetRegionCodeForNumber(parsed)}
	if !m.countries[n.country] {
		return number{}, ErrCountry
	}
	if !m.takes(phonenumbers.GetNumberType(parsed)) {
		return number{}, ErrNumberType
	}
	n.masked = mask(parsed, n.country == m.cfg.Region)
	return n, nil
}

func foreign(r rune) bool { return !strings.ContainsRune("+0123456789 ()-./", r) }

// takes tells whether a type of number is sent to.
func (m *Method) takes(t phonenumbers.PhoneNumberType) bool {
	switch phone.KindOf(t) {
	case phone.Mobile:
		return true
	case phone.FixedLine:
		return m.cfg.AllowFixedLine
	case phone.VoIP:
		return m.cfg.AllowVoIP
	}
	return false
}

// mask hides a number from whoever only has the password: "010-****-5678" at
// home, "+1 ***-***-0123" abroad. The last four digits are shown, and the
// first group of a number at home if at least four digits stay hidden:
// fewer could be found out from what other sites show.
func mask(n *phonenumbers.PhoneNumber, home bool) string {
	format := phonenumbers.INTERNATIONAL
	if home {
		format = phonenumbers.NATIONAL
	}
	text := []byte(phonenumbers.Format(n, format))
	first := firstGroup(text)
	total := digits(text)
	if home && total-digits(text[:first])-4 < 4 {
		first = 0
	}
	hide := total - digits(text[:first]) - 4
	for i := first; i < len(text) && hide > 0; i++ {
		if isDigit(text[i]) {
			text[i] = '*'
			hide--
		}
	}
	return string(text)
}

// firstGroup is the length of what stands before the first separator.
func firstGroup(text []byte) int {
	for i, c := range text {
		if !isDigit(c) && c != '+' {
			return i
		}
	}
	return 0
}

func digits(text []byte) (n int) {
	for _, c := range text {
		if isDigit(c) {
			n++
		}
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

package sms

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"example.com/accountsec/internal/phone"
)

var (
	errNumber  = errors.New("sms: not a phone number in E.164 form")
	errCountry = errors.New("sms: numbers of this country are not served")
	errType    = errors.New("sms: not a mobile number")
	errText    = errors.New("sms: the text is empty, too long or not UTF-8")
)

// e164 is a plus sign and at most 15 digits (ITU-T E.164 §6.2.1).
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// isE164 refuses also "+82010…", in which the 0 that is dialled at home stayed.
func isE164(s string) bool { return e164.MatchString(s) && !strings.HasPrefix(s, "+820") }

// country tells whose number it is, and refuses those that are not sent to:
// package mfa/sms has the same rules.
func (cfg *Config) country(to string) (string, error) {
	if !isE164(to) {
		return "", errNumber
	}
	country, kind, ok := phone.Lookup(to)
	switch {
	case !ok:
		return "", errNumber
	case !slices.Contains(cfg.Countries, country):
		return "", errCountry
	case kind == phone.Mobile, kind == phone.FixedLine && cfg.AllowFixedLine, kind == phone.VoIP && cfg.AllowVoIP:
		return country, nil
	}
	return "", errType
}

// koreanSender is a sender's number as it is registered: with its area code,
// "02-930-2266", or one of the eight-digit numbers of businesses, "1588-0000".
// A mobile number is possible, too.
var koreanSender = regexp.MustCompile(`^(0[1-9][0-9]{7,9}|1[4-9][0-9]{6})$`)

// registered gives the digits of a sender's number.
func registered(from string) (string, bool) {
	digits := strings.ReplaceAll(from, "-", "")
	return digits, koreanSender.MatchString(digits)
}

// twoDigit are the country codes of two digits (ITU-T E.164 Annex, list of
// assigned codes); 1 and 7 have one, all others three.
const twoDigit = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// split divides an E.164 number into the country code and what is dialled
// inside the country: Korean numbers with their leading 0, others as they are.
func split(e164 string) (country, national string) {
	digits := e164[1:]
	n := 3
	switch {
	case digits[0] == '1' || digits[0] == '7':
		n = 1
	case strings.Contains(twoDigit, " "+digits[:2]+" "):
		n = 2
	}
	country, national = digits[:n], digits[n:]
	if country == "82" {
		national = "0" + national
	}
	return country, national
}

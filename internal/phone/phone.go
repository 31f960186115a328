// Package phone tells what numbering plans say of phone numbers: whose country's
// they are, and whether a person reads text messages there.
package phone

import "github.com/nyaruka/phonenumbers"

// Kind is what a numbering plan has a number for.
type Kind int

const (
	// Never are numbers that are not texted: premium rate, shared cost, toll-free,
	// personal and universal access numbers, pagers and voicemail. Nobody reads
	// there, or somebody earns.
	Never Kind = iota
	// Mobile is a mobile number, or one of a plan that does not tell mobile
	// numbers from others (North America).
	Mobile
	// FixedLine is a landline's.
	FixedLine
	// VoIP is an Internet telephone's.
	VoIP
)

// KindOf sorts the library's types.
func KindOf(t phonenumbers.PhoneNumberType) Kind {
	switch t {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE, phonenumbers.UNKNOWN:
		return Mobile
	case phonenumbers.FIXED_LINE:
		return FixedLine
	case phonenumbers.VOIP:
		return VoIP
	}
	return Never
}

// Lookup gives the country (ISO 3166-1 alpha-2) of a number, and its kind; false
// if it is in no country's numbering plan. That it is in E.164 form is the
// caller's to check: the library reads more.
func Lookup(e164 string) (country string, k Kind, ok bool) {
	n, err := phonenumbers.Parse(e164, "")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", Never, false
	}
	return phonenumbers.GetRegionCodeForNumber(n), KindOf(phonenumbers.GetNumberType(n)), true
}

// HasCountry tells whether there is a numbering plan for a country, "KR".
func HasCountry(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

package activity

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// CountryName names an ISO 3166-1 alpha-2 country in a language (a BCP 47 tag
// or an Accept-Language header), after Unicode's CLDR; an unknown code names
// itself.
func CountryName(lang, code string) string {
	region, err := language.ParseRegion(code)
	if !isCountry(code) || err != nil || !region.IsCountry() {
		return canon.Line(code, maxName)
	}
	namer := display.English.Regions()
	if message.Lang(lang) == "ko" {
		namer = display.Korean.Regions()
	}
	if name := namer.Name(region); name != "" {
		return name
	}
	return code
}

// vagueRadiusKM is the accuracy radius from which on a city is not named,
// whoever located it: that is how databases say "somewhere in this country".
const vagueRadiusKM = 500

// PlaceLabel names a place in a language: "near Seoul, South Korea", or the
// country alone where nothing finer is known. Places are estimates, and said to
// be. An unknown place is "".
func PlaceLabel(lang string, l Location) string {
	if !isCountry(l.Country) {
		return ""
	}
	country := CountryName(lang, l.Country)
	city := canon.Line(l.City, maxText)
	if city == "" || l.RadiusKM >= vagueRadiusKM {
		return country
	}
	return texts().Text(lang, "place.near", message.Args{"city": city, "country": country})
}

package risk

import (
	"embed"
	"strconv"
	"sync"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

//go:embed messages
var messageFiles embed.FS

var texts = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

const maxValue = 128 // bytes of a value that is shown

// Text renders the reason as a sentence in a language (a BCP 47 tag or an
// Accept-Language header). It is one line without control characters; escaping
// is the medium's work.
func (r Reason) Text(lang string) string {
	key := r.Key
	value := r.value(lang)
	switch {
	case key == ReasonNewDevice && value == "":
		key += ".unknown"
	case r.Seen == 0 && texts().Has(key+".never"):
		key += ".never"
	}
	if !texts().Has(key) {
		return canon.Line(r.Key, maxValue)
	}
	if value == "" {
		value = texts().Text(lang, "value.unknown", nil)
	}
	return texts().Text(lang, key, message.Args{
		"value": value, "seen": strconv.Itoa(r.Seen), "of": strconv.Itoa(r.Of), "km": strconv.Itoa(r.KM), "time": r.time(lang),
	})
}

// Args are the reason's evidence as text, for storing: "value", "number",
// "seen", "of", "km", "minutes", each only if there is one, and "weight" to two
// places. [ReasonOf] is the inverse.
func (r Reason) Args() map[string]string {
	out := map[string]string{"weight": strconv.FormatFloat(r.Weight, 'f', 2, 64)}
	if v := canon.Line(r.Value, maxValue); v != "" {
		out["value"] = v
	}
	for name, n := range map[string]int{"number": r.Number, "seen": r.Seen, "of": r.Of, "km": r.KM, "minutes": r.Minutes} {
		if n != 0 {
			out[name] = strconv.Itoa(n)
		}
	}
	return out
}

// ReasonOf makes a reason of its key and its arguments again. What cannot be
// read is zero.
func ReasonOf(key string, args map[string]string) Reason {
	number := func(name string) int {
		n, err := strconv.Atoi(args[name])
		if err != nil {
			return 0
		}
		return max(n, 0)
	}
	weight, err := strconv.ParseFloat(args["weight"], 64)
	if err != nil {
		weight = 0
	}
	return Reason{
		Key: key, Value: args["value"], Number: number("number"), Seen: number("seen"), Of: number("of"),
		KM: number("km"), Minutes: number("minutes"), Weight: finite(weight),
	}
}

// value is what was seen, in words.
func (r Reason) value(lang string) string {
	switch r.Key {
	case ReasonNewCountry, ReasonTravel:
		return activity.CountryName(lang, r.Value)
	case ReasonNewDevice, ReasonNewClient:
		return activity.DeviceLabel(lang, r.Value)
	case ReasonAnonymous:
		return texts().Text(lang, "network."+canon.Line(r.Value, maxValue), nil)
	case ReasonRTT:
		return strconv.Itoa(r.Number) + " ms"
	case ReasonAttacks:
		if r.Number == 0 {
			return activity.CountryName(lang, r.Value)
		}
	}
	if r.Value == "" && r.Number > 0 {
		return "AS" + strconv.Itoa(r.Number)
	}
	return canon.Line(r.Value, maxValue)
}

// time is a journey's time in words.
func (r Reason) time(lang string) string {
	if r.Minutes < 120 {
		return texts().Text(lang, "time.minutes", message.Args{"n": strconv.Itoa(r.Minutes)})
	}
	return texts().Text(lang, "time.hours", message.Args{"n": strconv.Itoa((r.Minutes + 30) / 60)})
}

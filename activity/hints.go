package activity

import (
	"net/http"
	"strings"

	"github.com/dunglas/httpsfv"

	"example.com/accountsec/internal/canon"
)

// AcceptCH is the value of the response header Accept-CH by which a shop asks
// for the client hints that [ClientFromRequest] reads beyond those that come
// unasked (the hardware's model, the version of the system). Only browsers of
// the Chromium family send any.
const AcceptCH = "Sec-CH-UA-Model, Sec-CH-UA-Platform-Version"

// Hints are what a browser says of itself in client hints (W3C User-Agent
// Client Hints), where a user agent string is frozen: what is Windows 11, and
// which phone. Like the user agent they are chosen by the client, name it and
// prove nothing. They are not stored; [Log.Enrich] makes the Device of them.
type Hints struct {
	// Browser is the brand ("Whale", "Google Chrome"), Platform the system
	// ("Windows"), PlatformVersion its version, Model the hardware ("Pixel 8").
	Browser, Platform, PlatformVersion, Model string `json:",omitzero"`
	// Mobile tells that the browser prefers pages for phones.
	Mobile bool `json:",omitzero"`
}

const maxHint = 512 // bytes of a hint's header

// hintsOf reads the hints; what is malformed or too long is absent.
func hintsOf(h http.Header) Hints {
	mobile, _ := item(h, "Sec-CH-UA-Mobile").(bool)
	return Hints{
		Browser: brand(h), Platform: text(h, "Sec-CH-UA-Platform"), PlatformVersion: text(h, "Sec-CH-UA-Platform-Version"),
		Model: text(h, "Sec-CH-UA-Model"), Mobile: mobile,
	}
}

// item reads a structured field (RFC 9651) of one value; nil if there is none.
func item(h http.Header, name string) any {
	values := h.Values(name)
	if len(values) != 1 || len(values[0]) > maxHint {
		return nil
	}
	it, err := httpsfv.UnmarshalItem(values)
	if err != nil {
		return nil
	}
	return it.Value
}

func text(h http.Header, name string) string {
	s, _ := item(h, name).(string)
	return canon.Line(s, maxName)
}

// brand chooses the most telling of the brands: not the made-up one that keeps
// sites from relying on the list, and Chromium only if there is nothing else.
func brand(h http.Header) (best string) {
	values := h.Values("Sec-CH-UA")
	if len(values) != 1 || len(values[0]) > maxHint {
		return ""
	}
	list, err := httpsfv.UnmarshalList(values)
	if err != nil {
		return ""
	}
	for _, member := range list {
		it, ok := member.(httpsfv.Item)
		if !ok {
			continue
		}
		name, _ := it.Value.(string)
		name = canon.Line(name, maxName)
		grease := strings.Contains(name, "Brand") && strings.HasPrefix(strings.TrimLeft(name, " ;()"), "Not")
		switch {
		case name == "" || grease:
		case best == "" || best == "Chromium" || best == "Google Chrome" && name != "Chromium":
			best = name
		}
	}
	return best
}

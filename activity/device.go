package activity

import (
	"github.com/mileusna/useragent"

	"example.com/accountsec/internal/canon"
)

// ParseDevice names the device that a user agent claims to be. Only the first
// 512 bytes are looked at; what cannot be told stays empty. Names are bounded
// and harmless to print, whatever the input.
func ParseDevice(userAgent string) Device {
	userAgent = canon.Line(userAgent, maxUserAgent)
	if userAgent == "" {
		return Device{}
	}
	ua := useragent.Parse(userAgent)
	d := Device{Browser: canon.Line(ua.Name, maxName), OS: canon.Line(ua.OS, maxName), Class: deviceClass(ua)}
	d.Name = deviceName(d)
	return d
}

const maxName = 64 // bytes of a browser's, an OS's or a device's name

func deviceClass(ua useragent.UserAgent) string {
	switch {
	case ua.Bot:
		return "bot"
	case ua.Tablet:
		return "tablet"
	case ua.Mobile:
		return "mobile"
	case ua.Desktop:
		return "desktop"
	}
	return ""
}

func deviceName(d Device) string {
	switch {
	case d.Browser == "":
		return d.OS
	case d.OS == "":
		return d.Browser
	}
	return d.Browser + " on " + d.OS
}

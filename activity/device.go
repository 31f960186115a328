package activity

import (
	"strconv"
	"strings"

	"github.com/mileusna/useragent"

	"example.com/accountsec/internal/canon"
)

// ParseDevice names the device that a user agent claims to be. Only the first
// 512 bytes are looked at; what cannot be told stays empty. Names are bounded
// and harmless to print, whatever the input.
func ParseDevice(userAgent string) Device {
	return DeviceOf(Client{UserAgent: userAgent})
}

// DeviceOf is [ParseDevice] with the client's hints, which know better where
// there are any.
func DeviceOf(c Client) Device {
	agent := canon.Line(c.UserAgent, maxUserAgent)
	if agent == "" {
		return Device{}
	}
	ua := useragent.Parse(agent)
	d := Device{Browser: canon.Line(ua.Name, maxName), OS: canon.Line(ua.OS, maxName), Class: deviceClass(ua)}
	for _, b := range agents { // of those that the library takes for another
		if strings.Contains(agent, b.token) {
			d.Browser = b.name
			break
		}
	}
	d.hint(c.Hints)
	d.Name = deviceName(d)
	return d
}

const maxName = 64 // bytes of a browser's, an OS's or a device's name

// agents are browsers that are common in Korea and hide behind another's name,
// by the token that tells them. Those inside of apps come first.
var agents = []struct{ token, name string }{
	{"KAKAOTALK", "KakaoTalk"}, {"NAVER(inapp", "NAVER"}, {"Instagram", "Instagram"}, {"FBAN/", "Facebook"}, {"FBAV/", "Facebook"},
	{"Whale/", "Whale"}, {"SamsungBrowser/", "Samsung Internet"},
}

// brands are the names by which browsers go, where their hint says another.
var brands = map[string]string{"Google Chrome": "Chrome", "Microsoft Edge": "Edge", "Samsung Internet": "Samsung Internet", "Opera": "Opera",
	"Brave": "Brave", "Vivaldi": "Vivaldi", "Whale": "Whale", "NAVER Whale": "Whale", "YaBrowser": "Yandex Browser"}

// hint puts what client hints know in place of what the user agent says. A hint
// that names nothing known changes nothing.
func (d *Device) hint(h Hints) {
	if name, ok := brands[h.Browser]; ok && (d.Browser == "" || d.Browser == "Chrome") { // an app's own name says more
		d.Browser = name
	}
	switch major := majorVersion(h.PlatformVersion); {
	case h.Platform == "Windows" && d.OS == "Windows" && major >= 13: // the table of the specification
		d.OS = "Windows 11"
	case h.Platform == "Windows" && d.OS == "Windows" && major > 0:
		d.OS = "Windows 10"
	case h.Platform == "Chrome OS" || h.Platform == "Chromium OS":
		d.OS = "ChromeOS"
	}
	if h.Model != "" && (d.Class == "mobile" || d.Class == "tablet" || h.Mobile) {
		d.Model = canon.Line(h.Model, maxName)
	}
}

func majorVersion(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return 0
	}
	return n
}

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

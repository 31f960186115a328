package activity_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/activity"
)

const (
	chromeWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	chromeAndroid = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
	safariIPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.7 Mobile/15E148 Safari/604.1"
)

func hinted(agent string, headers ...string) activity.Client {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", agent)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return activity.ClientFromRequest(r, nil)
}

func TestDeviceWithHints(t *testing.T) {
	const brands = `"Not;A=Brand";v="99", "Chromium";v="156", "Google Chrome";v="156"`
	for name, c := range map[string]struct {
		client activity.Client
		want   activity.Device
	}{
		"no hints":              {hinted(chromeWindows), activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"}},
		"Windows 11":            {hinted(chromeWindows, "Sec-CH-UA", brands, "Sec-CH-UA-Platform", `"Windows"`, "Sec-CH-UA-Platform-Version", `"15.0.0"`), activity.Device{Browser: "Chrome", OS: "Windows 11", Class: "desktop", Name: "Chrome on Windows 11"}},
		"Windows 10":            {hinted(chromeWindows, "Sec-CH-UA", brands, "Sec-CH-UA-Platform", `"Windows"`, "Sec-CH-UA-Platform-Version", `"10.0.0"`), activity.Device{Browser: "Chrome", OS: "Windows 10", Class: "desktop", Name: "Chrome on Windows 10"}},
		"Windows 7":             {hinted(chromeWindows, "Sec-CH-UA-Platform", `"Windows"`, "Sec-CH-UA-Platform-Version", `"0.1.0"`), activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"}},
		"Windows 11, the first": {hinted(chromeWindows, "Sec-CH-UA-Platform", `"Windows"`, "Sec-CH-UA-Platform-Version", `"13.0.0"`), activity.Device{Browser: "Chrome", OS: "Windows 11", Class: "desktop", Name: "Chrome on Windows 11"}},
		"Windows 10, the last":  {hinted(chromeWindows, "Sec-CH-UA-Platform", `"Windows"`, "Sec-CH-UA-Platform-Version", `"12.9.9"`), activity.Device{Browser: "Chrome", OS: "Windows 10", Class: "desktop", Name: "Chrome on Windows 10"}},
		"a desktop's model":     {hinted(chromeWindows, "Sec-CH-UA-Model", `"Tower"`), activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"}},
		"Whale, by brand": {hinted(chromeWindows, "Sec-CH-UA", `"Chromium";v="150", "Whale";v="5", "Not)A;Brand";v="8"`),
			activity.Device{Browser: "Whale", OS: "Windows", Class: "desktop", Name: "Whale on Windows"}},
		"Whale, by agent": {hinted(chromeWindows + " Whale/4.30.291.11"), activity.Device{Browser: "Whale", OS: "Windows", Class: "desktop", Name: "Whale on Windows"}},
		"a phone": {hinted(chromeAndroid, "Sec-CH-UA", brands, "Sec-CH-UA-Platform", `"Android"`, "Sec-CH-UA-Mobile", "?1", "Sec-CH-UA-Model", `"Pixel 8"`),
			activity.Device{Browser: "Chrome", OS: "Android", Class: "mobile", Name: "Chrome on Android", Model: "Pixel 8"}},
		"KakaoTalk":             {hinted(chromeAndroid + " KAKAOTALK/25.2.1 (INAPP)"), activity.Device{Browser: "KakaoTalk", OS: "Android", Class: "mobile", Name: "KakaoTalk on Android"}},
		"NAVER, with the brand": {hinted(chromeAndroid+" NAVER(inapp; search; 2000; 12.9.0)", "Sec-CH-UA", brands), activity.Device{Browser: "NAVER", OS: "Android", Class: "mobile", Name: "NAVER on Android"}},
		"Safari, forged":        {hinted(safariIPhone, "Sec-CH-UA", brands, "Sec-CH-UA-Platform", `"Windows"`, "Sec-CH-UA-Platform-Version", `"15"`), activity.Device{Browser: "Safari", OS: "iOS", Class: "mobile", Name: "Safari on iOS"}},
		"hints alone":           {hinted("", "Sec-CH-UA", brands), activity.Device{}},
		"malformed": {hinted(chromeWindows, "Sec-CH-UA", `"Whale`, "Sec-CH-UA-Platform", `Windows`, "Sec-CH-UA-Platform-Version", `15`),
			activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"}},
		"twice": {hinted(chromeWindows, "Sec-CH-UA", `"Whale";v="1"`, "Sec-CH-UA", `"Whale";v="1"`),
			activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"}},
		"too long": {hinted(chromeWindows, "Sec-CH-UA", `"Whale";v="1"`+strings.Repeat(" ", 600)),
			activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"}},
	} {
		if got := activity.DeviceOf(c.client); got != c.want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestMadeUpBrandsAreSkipped(t *testing.T) {
	for list, want := range map[string]string{
		`"Not;A=Brand";v="99", "Chromium";v="156", "Google Chrome";v="156"`: "Google Chrome",
		`" Not A;Brand";v="99", "Whale";v="5", "Chromium";v="156"`:          "Whale",
		`"(Not(A:Brand";v="99", "Chromium";v="156"`:                         "Chromium",
		`"Not_A Brand";v="99"`: "",
	} {
		if got := hinted(chromeWindows, "Sec-CH-UA", list).Hints.Browser; got != want {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}

// Hints name the device and are not kept beside it.
func TestHintsAreNotStored(t *testing.T) {
	l := newLog(t, nil)
	e := event("kim")
	e.Client = hinted(chromeAndroid, "Sec-CH-UA-Model", `"Pixel 8"`)
	record(t, l, e)
	got := all(t, l, "kim")[0]
	if got.Client.Hints != (activity.Hints{}) || got.Device.Model != "Pixel 8" {
		t.Errorf("%+v", got)
	}
}

func FuzzHints(f *testing.F) {
	f.Add(chromeWindows, `"Whale";v="1"`, `"Windows"`, `"15.0.0"`, `"Pixel"`, "?1")
	f.Add("", "", "", "", "", "")
	f.Add("KAKAOTALK", `"a\"b`, `"\u202e"`, `"9999999999999999999"`, `"x`+strings.Repeat("y", 600), "?2")
	f.Fuzz(func(t *testing.T, agent, brands, platform, version, model, mobile string) {
		c := hinted(agent, "Sec-CH-UA", brands, "Sec-CH-UA-Platform", platform, "Sec-CH-UA-Platform-Version", version, "Sec-CH-UA-Model", model, "Sec-CH-UA-Mobile", mobile)
		d := activity.DeviceOf(c)
		for _, s := range []string{d.Browser, d.OS, d.Class, d.Name, d.Model, c.Hints.Browser, c.Hints.Platform} {
			if len(s) > 2*64+4 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
				t.Fatalf("%q", s)
			}
		}
	})
}

func BenchmarkDeviceOf(b *testing.B) {
	c := hinted(chromeWindows, "Sec-CH-UA", `"Chromium";v="156", "Google Chrome";v="156"`, "Sec-CH-UA-Platform", `"Windows"`, "Sec-CH-UA-Platform-Version", `"15.0.0"`)
	for b.Loop() {
		activity.DeviceOf(c)
	}
}

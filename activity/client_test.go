package activity_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/accountsec/activity"
)

var proxies = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::ffff:172.16.0.0/108"), netip.MustParsePrefix("fd00::/8"),
}

func request(peer string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = peer
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// Pitfall 7: one visitor has one address, whatever he writes into the headers.
func TestPitfall07ClientAddress(t *testing.T) {
	const xff, fwd = "X-Forwarded-For", "Forwarded"
	for _, c := range []struct {
		name, peer string
		header     []string
		want       string
	}{
		{"direct", "192.0.2.1:1234", nil, "192.0.2.1"},
		{"direct, IPv6", "[2001:db8::1]:1234", nil, "2001:db8::1"},
		{"direct, mapped", "[::ffff:192.0.2.1]:1234", nil, "192.0.2.1"},
		{"direct, zone", "[fe80::1%eth0]:1234", nil, "fe80::1"},
		{"no port", "192.0.2.1", nil, "192.0.2.1"},
		{"Unix socket", "@", []string{xff, "192.0.2.9"}, ""},
		{"empty peer", "", []string{xff, "192.0.2.9"}, ""},
		{"nonsense peer", "kim:80", []string{xff, "192.0.2.9"}, ""},
		{"untrusted peer may claim nothing", "192.0.2.1:1", []string{xff, "203.0.113.1", fwd, "for=203.0.113.2"}, "192.0.2.1"},

		{"one proxy", "10.0.0.1:1", []string{xff, "192.0.2.1"}, "192.0.2.1"},
		{"proxy by its mapped address", "[::ffff:10.0.0.1]:1", []string{xff, "192.0.2.1"}, "192.0.2.1"},
		{"mapped trusted prefix", "172.16.0.1:1", []string{xff, "192.0.2.1"}, "192.0.2.1"},
		{"spoofed on the left", "10.0.0.1:1", []string{xff, "203.0.113.66, 192.0.2.1"}, "192.0.2.1"},
		{"spoofed with a trusted address", "10.0.0.1:1", []string{xff, "10.9.9.9, 192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"spoofed in a line of its own", "10.0.0.1:1", []string{xff, "203.0.113.66", xff, "192.0.2.1"}, "192.0.2.1"},
		{"two proxies", "10.0.0.1:1", []string{xff, "192.0.2.1, fd00::7"}, "192.0.2.1"},
		{"chain over two lines", "10.0.0.1:1", []string{xff, "192.0.2.1, 10.0.0.3", xff, "10.0.0.2"}, "192.0.2.1"},
		{"all trusted", "10.0.0.1:1", []string{xff, "10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"no header", "10.0.0.1:1", nil, "10.0.0.1"},
		{"empty header", "10.0.0.1:1", []string{xff, ""}, "10.0.0.1"},
		{"empty elements", "10.0.0.1:1", []string{xff, ", 192.0.2.1 ,, ,"}, "192.0.2.1"},
		{"junk ends the walk", "10.0.0.1:1", []string{xff, "192.0.2.1, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"junk at once", "10.0.0.1:1", []string{xff, "192.0.2.1, <script>"}, "10.0.0.1"},
		{"unspecified is junk", "10.0.0.1:1", []string{xff, "192.0.2.1, 0.0.0.0"}, "10.0.0.1"},
		{"leading zeros are junk", "10.0.0.1:1", []string{xff, "192.0.2.010"}, "10.0.0.1"},
		{"port", "10.0.0.1:1", []string{xff, "192.0.2.1:55555"}, "192.0.2.1"},
		{"bad port", "10.0.0.1:1", []string{xff, "192.0.2.1:99999"}, "10.0.0.1"},
		{"IPv6", "10.0.0.1:1", []string{xff, "2001:db8::1"}, "2001:db8::1"},
		{"IPv6 in brackets", "10.0.0.1:1", []string{xff, "[2001:db8::1]"}, "2001:db8::1"},
		{"IPv6 with port", "10.0.0.1:1", []string{xff, "[2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv6 with zone", "10.0.0.1:1", []string{xff, "[2001:db8::1%25eth0]:443"}, "2001:db8::1"},
		{"IPv4 in brackets is junk", "10.0.0.1:1", []string{xff, "[192.0.2.1]"}, "10.0.0.1"},
		{"mapped", "10.0.0.1:1", []string{xff, "::ffff:192.0.2.1"}, "192.0.2.1"},
		{"mapped trusted hop", "10.0.0.1:1", []string{xff, "192.0.2.1, ::ffff:10.0.0.2"}, "192.0.2.1"},
		{"X-Forwarded-For comes first", "10.0.0.1:1", []string{xff, "192.0.2.1", fwd, "for=203.0.113.66"}, "192.0.2.1"},
		{"31 hops", "10.0.0.1:1", []string{xff, "192.0.2.1" + strings.Repeat(",10.0.0.2", 31)}, "192.0.2.1"},
		{"too many hops", "10.0.0.1:1", []string{xff, "192.0.2.1" + strings.Repeat(",10.0.0.2", 32)}, "10.0.0.2"},
		{"too long", "10.0.0.1:1", []string{xff, "192.0.2.1," + strings.Repeat(" ", 5000) + "10.0.0.2"}, "10.0.0.1"},
		{"cut through an address", "10.0.0.1:1", []string{xff, "1" + "92.0.2.1" + strings.Repeat(" ", 4085) + ",10.0.0.2"}, "10.0.0.2"},

		{"Forwarded", "10.0.0.1:1", []string{fwd, "for=192.0.2.1;proto=https;by=10.0.0.1"}, "192.0.2.1"},
		{"Forwarded, any case and space", "10.0.0.1:1", []string{fwd, "proto=http; FOR = 192.0.2.1"}, "192.0.2.1"},
		{"Forwarded, quoted IPv6", "10.0.0.1:1", []string{fwd, `for="[2001:db8::1]:4711"`}, "2001:db8::1"},
		{"Forwarded, chain", "10.0.0.1:1", []string{fwd, `for=203.0.113.66, for=192.0.2.1, for="10.0.0.2:99"`}, "192.0.2.1"},
		{"Forwarded, lines", "10.0.0.1:1", []string{fwd, "for=192.0.2.1", fwd, "for=10.0.0.2"}, "192.0.2.1"},
		{"Forwarded, hidden", "10.0.0.1:1", []string{fwd, "for=192.0.2.1, for=_secret, for=10.0.0.2"}, "10.0.0.2"},
		{"Forwarded, unknown", "10.0.0.1:1", []string{fwd, "for=unknown"}, "10.0.0.1"},
		{"Forwarded, without for", "10.0.0.1:1", []string{fwd, "for=192.0.2.1, proto=https"}, "10.0.0.1"},
		{"Forwarded, for twice", "10.0.0.1:1", []string{fwd, "for=192.0.2.1;for=192.0.2.2"}, "10.0.0.1"},
		{"Forwarded, comma in quotes", "10.0.0.1:1", []string{fwd, `for=192.0.2.1;host="a,for=203.0.113.66"`}, "192.0.2.1"},
		{"Forwarded, open quote from the client", "10.0.0.1:1", []string{fwd, `for="203.0.113.66, for=192.0.2.1`}, "192.0.2.1"},
	} {
		got := activity.ClientFromRequest(request(c.peer, c.header...), proxies).IP
		if want, _ := netip.ParseAddr(c.want); got != want {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
	if got := activity.ClientFromRequest(nil, proxies); got != (activity.Client{}) {
		t.Errorf("no request: %+v", got)
	}
	if got := activity.ClientFromRequest(&http.Request{RemoteAddr: "10.0.0.1:1"}, append(proxies, netip.Prefix{})).IP; got.String() != "10.0.0.1" {
		t.Errorf("a request without headers: %v", got)
	}
}

func TestClientLeavesTheRequestAlone(t *testing.T) {
	r := request("10.0.0.1:1", "X-Forwarded-For", "192.0.2.1, 10.0.0.3", "X-Forwarded-For", "10.0.0.2, 10.0.0.4")
	before := strings.Join(r.Header.Values("X-Forwarded-For"), "|")
	activity.ClientFromRequest(r, proxies)
	if after := strings.Join(r.Header.Values("X-Forwarded-For"), "|"); after != before {
		t.Errorf("the header became %q", after)
	}
}

func TestUserAgentIsBounded(t *testing.T) {
	r := request("192.0.2.1:1", "User-Agent", strings.Repeat("한", 1<<20))
	got := activity.ClientFromRequest(r, nil).UserAgent
	if len(got) > 512 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

func TestParseDevice(t *testing.T) {
	for ua, want := range map[string]activity.Device{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36":                            {Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1":    {Browser: "Safari", OS: "iOS", Class: "mobile", Name: "Safari on iOS"},
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36":                            {Browser: "Chrome", OS: "Android", Class: "mobile", Name: "Chrome on Android"},
		"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0":                                                                     {Browser: "Firefox", OS: "Linux", Class: "desktop", Name: "Firefox on Linux"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0":              {Browser: "Edge", OS: "Windows", Class: "desktop", Name: "Edge on Windows"},
		"Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": {Browser: "Samsung Internet", OS: "Android", Class: "mobile", Name: "Samsung Internet on Android"},
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                                   {Browser: "Googlebot", Class: "bot", Name: "Googlebot"},
		"": {},
	} {
		if got := activity.ParseDevice(ua); got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", ua, got, want)
		}
	}
}

func FuzzClientFromRequest(f *testing.F) {
	f.Add("10.0.0.1:1", "192.0.2.1, 10.0.0.2", `for="[2001:db8::1]:4711";proto=http`, "Mozilla/5.0")
	f.Add("[::ffff:10.0.0.1%x]:1", ",,\"", `for="203.0.113.66, for=192.0.2.1`, "\xff\x00\u202e")
	f.Fuzz(func(t *testing.T, peer, xff, forwarded, ua string) {
		for _, withXFF := range []bool{true, false} {
			r := &http.Request{RemoteAddr: peer, Header: http.Header{"Forwarded": {forwarded}, "User-Agent": {ua}}}
			if withXFF {
				r.Header["X-Forwarded-For"] = []string{xff, "10.0.0.9"}
			}
			c := activity.ClientFromRequest(r, proxies)
			if c.IP.Is4In6() || c.IP.Zone() != "" || len(c.UserAgent) > 512 || !utf8.ValidString(c.UserAgent) {
				t.Fatalf("%+v", c)
			}
			direct := activity.ClientFromRequest(r, nil)
			trusted := false
			for _, p := range []string{"10.0.0.0/8", "172.16.0.0/12", "fd00::/8"} {
				trusted = trusted || netip.MustParsePrefix(p).Contains(direct.IP)
			}
			if !trusted && c.IP != direct.IP {
				t.Fatalf("an untrusted peer %v became %v", direct.IP, c.IP)
			}
			d := activity.ParseDevice(c.UserAgent)
			if len(d.Name) > 132 || strings.ContainsAny(d.Name, "\r\n\x00") {
				t.Fatalf("%+v", d)
			}
		}
	})
}

package activity_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

type locator struct {
	loc   activity.Location
	err   error
	calls int
}

func (l *locator) Locate(netip.Addr) (activity.Location, error) {
	l.calls++
	return l.loc, l.err
}

func TestRecordFillsIn(t *testing.T) {
	places := &locator{loc: activity.Location{Country: "KR", City: "Seoul", RadiusKM: 20, Latitude: 37.57, Longitude: 126.98}}
	l := newLog(t, func(c *activity.Config) { c.Locator = places })
	e := event("kim")
	e.Client = activity.Client{
		IP:        netip.MustParseAddr("::ffff:192.0.2.1"),
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
	}
	record(t, l, e, event("lee"))
	got := all(t, l, "kim")[0]
	if want := t0.Truncate(time.Microsecond); !got.At.Equal(want) {
		t.Errorf("at %v, want %v", got.At, want)
	}
	if at, err := activity.IDTime(got.ID); err != nil || !at.Equal(got.At) {
		t.Errorf("the id says %v, %v", at, err)
	}
	want := places.loc
	want.Network = netip.MustParsePrefix("192.0.2.0/24")
	if got.Location != want || got.Device.Name != "Firefox on Linux" || got.Client.IP.String() != "192.0.2.1" {
		t.Errorf("%+v", got)
	}
	if places.calls != 1 {
		t.Errorf("located %d times; an event without an address has no place", places.calls)
	}
	e.Location, e.Device = activity.Location{Country: "us"}, activity.Device{Name: "Shop app"}
	record(t, l, e)
	if got := all(t, l, "kim"); got[0].Location.Country == got[1].Location.Country || places.calls != 1 {
		t.Error("what the caller knew was looked up again")
	}
}

func TestLocatorFailureCostsThePlaceOnly(t *testing.T) {
	var logged bytes.Buffer
	l := newLog(t, func(c *activity.Config) {
		c.Locator = &locator{err: errors.New("database damaged")}
		c.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	})
	e := event("kim")
	e.Client.IP = netip.MustParseAddr("192.0.2.1")
	record(t, l, e)
	if got := all(t, l, "kim"); len(got) != 1 || got[0].Location.Known() {
		t.Errorf("%+v", got)
	}
	if s := logged.String(); !strings.Contains(s, "database damaged") || strings.Contains(s, "192.0.2.1") || strings.Contains(s, "kim") {
		t.Errorf("logged: %s", s)
	}
}

func TestRecordRefuses(t *testing.T) {
	l := newLog(t, nil)
	for name, change := range map[string]func(*activity.Event){
		"no type":          func(e *activity.Event) { e.Type = "" },
		"unknown type":     func(e *activity.Event) { e.Type = "signin.succeded" },
		"huge type":        func(e *activity.Event) { e.Type = activity.Type(strings.Repeat("x", 1<<20)) },
		"no outcome":       func(e *activity.Event) { e.Outcome = "" },
		"unknown outcome":  func(e *activity.Event) { e.Outcome = "ok\x00" },
		"future":           func(e *activity.Event) { e.At = t0.Add(5*time.Minute + time.Second) },
		"far future":       func(e *activity.Event) { e.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) },
		"before 1970":      func(e *activity.Event) { e.At = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC) },
		"malformed id":     func(e *activity.Event) { e.ID = "1" },
		"huge id":          func(e *activity.Event) { e.ID = strings.Repeat("0", 1<<20) },
		"id of the future": func(e *activity.Event) { e.ID = activity.NewID(t0.Add(time.Hour)) },
		"id and time":      func(e *activity.Event) { e.ID, e.At = activity.NewID(t0), t0.Add(-time.Second) },
		"1 MiB detail":     func(e *activity.Event) { e.Detail = map[string]string{"note": strings.Repeat("private ", 1<<17)} },
		"1 MiB key":        func(e *activity.Event) { e.Detail = map[string]string{strings.Repeat("k", 1<<20): ""} },
		"empty key":        func(e *activity.Event) { e.Detail = map[string]string{"": "x"} },
		"NUL in a key":     func(e *activity.Event) { e.Detail = map[string]string{"a\x00": "x"} },
		"invalid key":      func(e *activity.Event) { e.Detail = map[string]string{"\xff": "x"} },
		"65-byte key":      func(e *activity.Event) { e.Detail = map[string]string{strings.Repeat("k", 65): "x"} },
		"17 details": func(e *activity.Event) {
			e.Detail = map[string]string{}
			for i := range 17 {
				e.Detail[fmt.Sprint("k", i)] = "x"
			}
		},
	} {
		e := event("kim")
		change(&e)
		err := l.Record(t.Context(), e)
		if !errors.Is(err, activity.ErrBadEvent) || len(err.Error()) > 300 || strings.Contains(err.Error(), "\x00") || strings.Contains(err.Error(), "\xff") || strings.Contains(err.Error(), "private") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := all(t, l, "kim"); len(got) != 0 {
		t.Errorf("refused, yet stored: %v", got)
	}
}

func TestRecordAtTheBounds(t *testing.T) {
	l := newLog(t, nil)
	e := event("kim")
	e.At = t0.Add(5 * time.Minute)
	e.Detail = map[string]string{strings.Repeat("k", 64): strings.Repeat("한", 1365)} // 4,095 bytes
	for i := range 15 {
		e.Detail[fmt.Sprint("k", i)] = "x"
	}
	record(t, l, e)
	if v := all(t, l, "kim")[0].Detail[strings.Repeat("k", 64)]; len(v) != 510 || strings.Trim(v, "한") != "" {
		t.Errorf("the value was cut to %d bytes: %q", len(v), v)
	}
}

// Pitfall 12: whatever a client or a locator sends, what is stored is one line.
func TestPitfall12HostileText(t *testing.T) {
	const evil = "a\r\nBcc: victim@example.com\x00\u202etxt.exe\u2066\u200b\ue000\xff\x1b[2J"
	l := newLog(t, func(c *activity.Config) {
		c.Locator = &locator{loc: activity.Location{
			Country: "K\nR", City: evil, ASOrg: strings.Repeat(evil, 1000), TimeZone: evil,
			Latitude: math.NaN(), Longitude: math.Inf(1), RadiusKM: -5, ASN: math.MaxUint64,
		}}
	})
	e := event("kim")
	e.Client = activity.Client{IP: netip.MustParseAddr("192.0.2.1"), UserAgent: evil + strings.Repeat("x", 1<<20), DeviceID: evil, SessionID: strings.Repeat(evil, 1000)}
	e.Detail = map[string]string{"note": evil}
	record(t, l, e)
	got := all(t, l, "kim")[0]
	fields := fmt.Sprintf("%v", []string{got.Client.UserAgent, got.Client.DeviceID, got.Client.SessionID, got.Device.Browser, got.Device.OS,
		got.Device.Name, got.Location.City, got.Location.ASOrg, got.Location.TimeZone, got.Detail["note"]})
	if strings.ContainsAny(fields, "\r\n\x00\u202e\u2066\u200b\ue000\x1b\ufffd") || len(fields) > 3000 {
		t.Errorf("stored: %q", fields)
	}
	loc := got.Location
	if loc.Country != "" || loc.Latitude != 0 || loc.Longitude != 0 || loc.RadiusKM != 0 || loc.ASN != 0 {
		t.Errorf("impossible values were kept: %+v", loc)
	}
}

// Pitfall 15: two events never overwrite one another, and none is lost: not at
// the same instant, not under one id.
func TestPitfall15EventsDoNotOverwrite(t *testing.T) {
	l := newLog(t, nil)
	seen := map[string]bool{}
	for range 500 {
		record(t, l, event("kim")) // the clock stands still
	}
	page := activity.Page{Limit: 100}
	for {
		got, err := l.List(t.Context(), "kim", "kim", activity.Filter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range got.Events {
			seen[e.ID] = true
		}
		if page.After = got.Next; page.After == "" {
			break
		}
	}
	if len(seen) != 500 {
		t.Errorf("%d of 500 events are there", len(seen))
	}
	first, second := event("lee"), event("lee")
	first.ID = activity.NewID(t0)
	second.ID, second.Type = first.ID, activity.PasswordChanged
	record(t, l, first, second, first)
	if got := all(t, l, "lee"); len(got) != 1 || got[0].Type != first.Type {
		t.Errorf("one id, several events: %+v", got)
	}
}

// The network is kept whether the place is known or not.
func TestNetworkIsRecorded(t *testing.T) {
	for _, l := range []*activity.Log{newLog(t, nil), newLog(t, func(c *activity.Config) { c.Locator = &locator{err: errors.New("the file is gone")} })} {
		for ip, want := range map[string]string{"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2:3::4": "2001:db8:1:2::/64"} {
			e := event("kim")
			e.Client.IP = netip.MustParseAddr(ip)
			if got := l.Enrich(t.Context(), e).Location; got != (activity.Location{Network: netip.MustParsePrefix(want)}) {
				t.Errorf("%s: %+v", ip, got)
			}
		}
		if got := l.Enrich(t.Context(), event("kim")).Location; got != (activity.Location{}) {
			t.Errorf("no address: %+v", got)
		}
	}
	l := newLog(t, nil)
	e := event("kim")
	e.Location = activity.Location{Country: "KR", DataDate: "yesterday\x00"}
	record(t, l, e)
	if got := all(t, l, "kim")[0].Location; got.DataDate != "" || got.Country != "KR" {
		t.Errorf("%+v", got)
	}
}

// A locator may be anyone's: what it says of the network and the date is
// brought into the form that is kept.
func TestLocatorsPlaceIsBounded(t *testing.T) {
	prefix := func(ip string, bits int) netip.Prefix { return netip.PrefixFrom(netip.MustParseAddr(ip), bits) }
	for _, c := range []struct {
		network  netip.Prefix
		date     string
		want     string
		wantDate string
	}{
		{prefix("192.0.2.77", 32), "2026-09-18", "192.0.2.0/24", "2026-09-18"},
		{prefix("192.0.2.77", 24), "2026-09-18\x00", "192.0.2.0/24", "2026-09-18"},
		{prefix("::ffff:192.0.2.77", 120), "\u202e2026-09-18\n", "192.0.2.0/24", "2026-09-18"},
		{prefix("2001:db8::77", 128), "2026-02-30", "2001:db8::/64", ""},
		{prefix("10.0.0.0", 8), "", "10.0.0.0/8", ""},
		{prefix("192.0.2.77", 99), "", "192.0.2.0/24", ""}, // invalid: taken from the address
	} {
		l := newLog(t, func(cfg *activity.Config) {
			cfg.Locator = &locator{loc: activity.Location{Country: "KR", Network: c.network, DataDate: c.date}}
		})
		e := event("kim")
		e.Client.IP = netip.MustParseAddr("192.0.2.77")
		if got := l.Enrich(t.Context(), e).Location; got.Network.String() != c.want || got.DataDate != c.wantDate {
			t.Errorf("%v, %q: %v, %q", c.network, c.date, got.Network, got.DataDate)
		}
	}
}

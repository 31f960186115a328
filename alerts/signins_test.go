package alerts_test

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

func (w *world) assess(a alerts.Attempt) alerts.Assessment {
	w.Helper()
	got, err := w.monitor.Assess(w.Context(), a)
	w.ok(err)
	return got
}

// Pitfall 16: travel, relays, satellites and carriers.
func TestPitfall16PlacesThatSayNothing(t *testing.T) {
	at := func(w *world, device, ip string, l activity.Location) alerts.Attempt {
		a := w.attempt(device, "KR")
		a.Client.IP, a.Location = netip.MustParseAddr(ip), l
		return a
	}
	seoul := activity.Location{Country: "KR", City: "Seoul", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20, ASN: 64496}
	lives := func() *world {
		w := newWorld(t)
		for range 6 {
			w.now = w.now.Add(24 * time.Hour)
			w.signIn(at(w, "home", "192.0.2.7", seoul))
		}
		w.mailed()
		w.now = w.now.Add(30 * time.Minute)
		return w
	}
	for name, l := range map[string]activity.Location{
		"a VPN's exit":            {Country: "US", Latitude: 40.7, Longitude: -74, RadiusKM: 20, ASN: 9009},
		"a private relay":         {Country: "US", Latitude: 40.7, Longitude: -74, RadiusKM: 20, ASN: 36183},
		"a satellite":             {Country: "US", Latitude: 40.7, Longitude: -74, RadiusKM: 20, ASN: 14593},
		"a data centre":           {Country: "DE", Latitude: 52.5, Longitude: 13.4, RadiusKM: 20, ASN: 24940},
		"a country's middle":      {Country: "KR", Latitude: 33.5, Longitude: 126.5, RadiusKM: 1000, ASN: 64496},
		"no position":             {Country: "KR", ASN: 64496},
		"positions that are none": {Country: "KR", Latitude: math.NaN(), Longitude: math.Inf(1), RadiusKM: -5, ASN: 64496},
		"a carrier's other end":   {Country: "KR", City: "Busan", Latitude: 35.18, Longitude: 129.07, RadiusKM: 20, ASN: 9644},
	} {
		w := lives()
		if got := w.signIn(at(w, "home", "198.51.100.7", l)); got.Action != alerts.ActionAllow {
			t.Errorf("%s on the owner's device: %v %q", name, got.Action, keys(got))
		}
		got := w.assess(at(w, "new", "198.51.100.7", l))
		if strings.Contains(keys(got), "travel") {
			t.Errorf("%s is impossible to reach: %q", name, keys(got))
		}
		if hides := l.ASN != 64496 && l.ASN != 9644; hides {
			if strings.Contains(keys(got), "country") || !strings.Contains(keys(w.assess(at(w, "new", "203.0.113.7", activity.Location{Country: l.Country, ASN: 64500}))), "new_country") {
				t.Errorf("%s is a place, or was learned as home: %q", name, keys(got))
			}
		}
		equal(t, name, w.mailed(), nil)
	}
	// And a place that does say something.
	w := lives()
	got := w.signIn(at(w, "new", "198.51.100.7", activity.Location{Country: "US", City: "New York", Latitude: 40.7, Longitude: -74, RadiusKM: 20, ASN: 64498}))
	if !strings.Contains(keys(got), "impossible_travel") || got.Action != alerts.ActionChallenge {
		t.Errorf("New York within the hour: %v %q", got.Action, keys(got))
	}
	equal(t, "mailed", w.mailed(), []alerts.Kind{alerts.ImpossibleTravel})
}

// Long asleep, then awake on a new device; and one new device after another.
func TestSleepersAndBursts(t *testing.T) {
	w := newWorld(t)
	w.home(8)
	w.now = w.now.Add(89 * 24 * time.Hour)
	if got := w.assess(w.attempt("new", "KR")); strings.Contains(keys(got), "absence") {
		t.Errorf("after 89 days: %q", keys(got))
	}
	w.now = w.now.Add(24 * time.Hour)
	if got := w.assess(w.attempt("new", "KR")); !strings.Contains(keys(got), "long_absence") {
		t.Errorf("after 90 days: %q", keys(got))
	}
	if got := w.assess(w.attempt("home", "KR")); keys(got) != "" {
		t.Errorf("after 90 days on the known device: %q", keys(got))
	}
	for i := range 3 {
		got := w.signIn(w.attempt(fmt.Sprint("device ", i), "KR"))
		if burst := strings.Contains(keys(got), "device_burst"); burst != (i == 2) {
			t.Errorf("new device %d: %q", i+1, keys(got))
		}
	}
	w.now = w.now.Add(24 * time.Hour)
	if got := w.assess(w.attempt("the day after", "KR")); strings.Contains(keys(got), "device_burst") {
		t.Errorf("the day after: %q", keys(got))
	}
}

func TestAfterANewDevice(t *testing.T) {
	w := newWorld(t)
	w.home(3)
	touch := func(device string, typ activity.Type, detail map[string]string) []alerts.Kind {
		t.Helper()
		w.observe(activity.Event{Type: typ, Client: activity.Client{DeviceID: device}, Detail: detail})
		return w.mailed()
	}
	address := map[string]string{activity.DetailFields: "name, address"}
	equal(t, "a payment at home", touch("home", activity.PaymentMade, nil), nil)
	equal(t, "an address at home", touch("home", activity.ProfileChanged, address), []alerts.Kind{alerts.ProfileChanged})
	w.now = w.now.Add(time.Hour)
	w.signIn(w.attempt("phone", "KR"))
	w.mailed()
	for typ, want := range map[activity.Type]alerts.Kind{
		activity.PaymentMade: alerts.PaymentAfterNewDevice, activity.AddressBookChanged: alerts.PaymentAfterNewDevice, activity.PayoutChanged: alerts.PaymentAfterNewDevice,
	} {
		equal(t, string(typ), touch("phone", typ, nil), []alerts.Kind{want})
	}
	equal(t, "an address", touch("phone", activity.ProfileChanged, address), []alerts.Kind{alerts.PaymentAfterNewDevice})
	equal(t, "the next payment", touch("phone", activity.PaymentMade, nil), nil)
	equal(t, "a name", touch("phone", activity.ProfileChanged, map[string]string{activity.DetailFields: "name"}), []alerts.Kind{alerts.ProfileChanged})
	equal(t, "no device", touch("", activity.PayoutChanged, nil), nil)
	w.observe(activity.Event{Type: activity.PaymentMade, Outcome: activity.OutcomeFailure, Client: activity.Client{DeviceID: "phone"}})
	equal(t, "a failed payment", w.mailed(), nil)
	w.now = w.now.Add(72 * time.Hour)
	equal(t, "after three days", touch("phone", activity.PayoutChanged, nil), nil)
}

func TestContactChangesHaveTheirKinds(t *testing.T) {
	for fields, want := range map[string]alerts.Kind{
		"email": alerts.EmailChanged, "name,phone": alerts.PhoneChanged, "phone, email": alerts.EmailChanged, "emails": alerts.ProfileChanged, "": alerts.ProfileChanged,
	} {
		w := newWorld(t)
		w.observe(activity.Event{Type: activity.ProfileChanged, Detail: map[string]string{activity.DetailFields: fields}})
		equal(t, fields, w.mailed(), []alerts.Kind{want})
	}
}

// Wrong proofs for a change are told when they add up, once.
func TestChangeAttempted(t *testing.T) {
	w := newWorld(t)
	for i := range 10 {
		w.observe(activity.Event{Type: []activity.Type{activity.PasswordFailed, activity.FactorFailed}[i%2], Outcome: activity.OutcomeFailure})
		if i == 1 {
			equal(t, "two", w.mailed(), nil)
		}
	}
	equal(t, "ten", w.mailed(), []alerts.Kind{alerts.ChangeAttempted})
}

// Bad input to the engine: everything is judged, nothing panics, nothing is
// trusted for it.
func TestBadInputIsJudged(t *testing.T) {
	huge := strings.Repeat("Mozilla/5.0 (é\x00\xff", 1<<16)
	for name, bend := range map[string]func(a *alerts.Attempt){
		"no address":        func(a *alerts.Attempt) { a.Client.IP = netip.Addr{} },
		"private":           func(a *alerts.Attempt) { a.Client.IP = netip.MustParseAddr("10.0.0.1") },
		"loopback":          func(a *alerts.Attempt) { a.Client.IP = netip.MustParseAddr("::1") },
		"zoned":             func(a *alerts.Attempt) { a.Client.IP = netip.MustParseAddr("fe80::1%eth0") },
		"mapped":            func(a *alerts.Attempt) { a.Client.IP = netip.MustParseAddr("::ffff:192.0.2.7") },
		"a huge agent":      func(a *alerts.Attempt) { a.Client.UserAgent = huge },
		"a huge device":     func(a *alerts.Attempt) { a.Client.DeviceID = huge },
		"a huge name":       func(a *alerts.Attempt) { a.Device.Name, a.Location.ASOrg, a.Location.City = huge, huge, huge },
		"NaN":               func(a *alerts.Attempt) { a.Location.Latitude, a.Location.Longitude = math.NaN(), math.NaN() },
		"infinity":          func(a *alerts.Attempt) { a.Location.Latitude, a.Location.Longitude = math.Inf(-1), math.Inf(1) },
		"beyond the poles":  func(a *alerts.Attempt) { a.Location.Latitude, a.Location.Longitude = 1e300, -1e300 },
		"the year 1":        func(a *alerts.Attempt) { a.At = time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC) },
		"the year 9999":     func(a *alerts.Attempt) { a.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) },
		"no time to answer": func(a *alerts.Attempt) { a.RTT = math.MinInt64 },
		"a network of none": func(a *alerts.Attempt) { a.Network = 255 },
	} {
		w := newWorld(t)
		w.home(6)
		a := w.attempt("new", "US")
		bend(&a)
		got := w.assess(a)
		if got.Level < alerts.LevelNotice || got.KnownDevice || math.IsNaN(got.Score) || math.IsInf(got.Score, 0) {
			t.Errorf("%s: %v %v, known %v", name, got.Level, got.Score, got.KnownDevice)
		}
		for _, r := range got.Reasons {
			for _, lang := range []string{"en", "ko"} {
				if text := r.Text(lang); len(text) > 1000 || strings.ContainsAny(text, "\x00\n{}") || !utf8.ValidString(text) {
					t.Errorf("%s: %.100q", name, text)
				}
			}
		}
		w.ok(w.monitor.Learn(t.Context(), a))
		w.ok(w.monitor.CountTry(t.Context(), alerts.Try{Attempt: a}))
		w.signIn(a)
		w.mailed()
		if home := w.assess(w.attempt("home", "KR")); home.Level != alerts.LevelLow {
			t.Errorf("%s: then the owner is %v %q", name, home.Level, keys(home))
		}
	}
}

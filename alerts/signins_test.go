package alerts_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/risk"
)

func (w *world) assess(a alerts.Attempt) alerts.Assessment {
	w.Helper()
	got, err := w.monitor.Assess(w.Context(), a)
	w.ok(err)
	return got
}

// rebuilt is the monitor with another configuration over the same store.
func (w *world) rebuilt(change func(cfg *alerts.Config)) {
	w.Helper()
	cfg := alerts.Config{Queue: w.dispatcher, Recorder: w.events, Now: w.clock}
	change(&cfg)
	var err error
	w.monitor, err = alerts.New(w.store, cfg)
	w.ok(err)
	w.events.to = w.monitor
}

// tryFrom counts an attempt at an account from an address.
func (w *world) tryFrom(account, ip string, asn uint, passed, unknown bool) {
	w.Helper()
	w.ok(w.monitor.CountTry(w.Context(), alerts.Try{
		Attempt: alerts.Attempt{Account: account, Client: activity.Client{IP: netip.MustParseAddr(ip)}, Location: activity.Location{ASN: asn}, At: w.now},
		Passed:  passed, Unknown: unknown,
	}))
}

// Pitfall 7: the keys that attempts are counted under are canonical: neither
// letter case, nor the form of the address, nor its host part, nor its absence
// opens a fresh count.
func TestPitfall07SourcesAreCanonical(t *testing.T) {
	for name, forms := range map[string][]string{
		"IPv4 and mapped":         {"203.0.113.9", "::ffff:203.0.113.9", "::ffff:cb00:7109"},
		"the hosts of a /24":      {"203.0.113.1", "203.0.113.77", "203.0.113.254"},
		"the networks of a /56":   {"2001:db8:1:200::1", "2001:db8:1:2ff:ffff::9", "2001:db8:1:201::"},
		"zones":                   {"fe80::1%eth0", "fe80::1%eth1", "fe80::2"},
		"nobody's addresses, too": {"0.0.0.0", "0.0.0.9", "0.0.0.255"},
	} {
		w := newWorld(t)
		w.home(5)
		for i := range 30 {
			w.tryFrom(fmt.Sprintf("victim-%d", i), forms[i%len(forms)], 0, false, false)
		}
		a := w.attempt("new", "")
		a.Client.IP = netip.MustParseAddr(forms[0])
		if got := w.assess(a); !strings.Contains(keys(got), "stuffing") || got.Action != alerts.ActionChallenge {
			t.Errorf("%s: %v %q", name, got.Action, keys(got))
		}
	}
	w := newWorld(t)
	w.home(5)
	for i := range 64 { // one account in many spellings is one account
		name := []byte("victim")
		for bit := range name {
			if i>>bit&1 == 1 {
				name[bit] -= 'a' - 'A'
			}
		}
		w.tryFrom(string(name), "203.0.113.9", 0, false, false)
		w.tryFrom("ｖｉｃｔｉｍ", "203.0.113.9", 0, false, false)
	}
	for i := range 30 { // without an address
		w.ok(w.monitor.CountTry(t.Context(), alerts.Try{Attempt: alerts.Attempt{Account: fmt.Sprint(i), At: w.now}}))
	}
	a := w.attempt("new", "")
	a.Client.IP = netip.MustParseAddr("203.0.113.9")
	if got := w.assess(a); strings.Contains(keys(got), "stuffing") {
		t.Errorf("one account is many: %q", keys(got))
	}
	if a.Client.IP = (netip.Addr{}); !strings.Contains(keys(w.assess(a)), "stuffing") {
		t.Error("hiding the address hides the wave")
	}
}

// Pitfall 8: an attacker's own success, however often, dilutes no count and
// resets nothing; people behind one address are no attack.
func TestPitfall08OwnSuccessHidesNothing(t *testing.T) {
	a := func(w *world) alerts.Attempt { return w.attempt("new", "KR") }
	w := newWorld(t)
	w.home(5)
	for i := range 30 {
		w.tryFrom(fmt.Sprintf("victim-%d", i), "192.0.2.99", 64496, false, false)
		for range 20 {
			w.tryFrom("his own", "192.0.2.99", 64496, true, false)
		}
	}
	if got := w.assess(a(w)); !strings.Contains(keys(got), "stuffing") {
		t.Errorf("hidden by his own successes: %q", keys(got))
	}
	if got := w.assess(w.attempt("home", "KR")); got.Action != alerts.ActionAllow {
		t.Errorf("the owner on a known device: %v %q", got.Action, keys(got))
	}
	w.now = w.now.Add(time.Hour)
	if got := w.assess(a(w)); strings.Contains(keys(got), "stuffing") {
		t.Error("suspect for ever")
	}

	office := newWorld(t)
	office.home(5)
	for i := range 60 {
		who := fmt.Sprintf("colleague-%d", i)
		office.tryFrom(who, "192.0.2.99", 64496, false, false) // mistyped
		for range 5 {
			office.tryFrom(who, "192.0.2.99", 64496, true, false)
		}
	}
	if got := office.assess(a(office)); strings.Contains(keys(got), "stuffing") {
		t.Errorf("an office is an attack: %q", keys(got))
	}

	// Whoever looks for accounts is seen by the accounts that do not exist,
	// whether by signing in or by recovering.
	w = newWorld(t)
	w.home(5)
	for i := range 15 {
		w.ok(w.monitor.CountTry(t.Context(), alerts.Try{
			Attempt:  alerts.Attempt{Account: fmt.Sprintf("~shadow-%d", i), Client: activity.Client{IP: netip.MustParseAddr("192.0.2.99")}, At: w.now},
			Recovery: i%2 == 0, Unknown: true,
		}))
	}
	if got := w.assess(a(w)); !strings.Contains(keys(got), "enumeration") {
		t.Errorf("got %q", keys(got))
	}
}

// Pitfall 8: the number of accounts is estimated well enough, whatever it is.
func TestSketch(t *testing.T) {
	for _, n := range []int{1, 5, 20, 60, 120, 400, 1000, 2500} {
		var worst float64
		for round := range 5 {
			w := newWorld(t)
			for i := range n {
				w.tryFrom(fmt.Sprintf("account %d of round %d", i, round), "203.0.113.9", 0, false, false)
			}
			s, err := w.store.MemoryStore.Standing(t.Context(), "kim", w.now, []alerts.Rate{{Name: "net|203.0.113.0/24", Since: w.now.Add(-time.Hour)}})
			w.ok(err)
			worst = max(worst, math.Abs(float64(s.Rates[0].Failed.Count())/float64(n)-1))
		}
		if worst > 0.5 {
			t.Errorf("of %d accounts: off by %.0f %%", n, 100*worst)
		}
	}
	if n := (alerts.Sketch{}).Count(); n != 0 {
		t.Errorf("nobody is %d", n)
	}
	if n := (alerts.Sketch{math.MaxUint64, math.MaxUint64}).Count(); n < 5000 {
		t.Errorf("everybody is %d", n)
	}
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

// Pitfall 16: repeats are counted, not sent; the next message says how many; a
// new class of evidence is told at once; what the owner confirmed is not.
func TestPitfall16TheBudget(t *testing.T) {
	w := newWorld(t)
	w.home(60)
	sign := func(after time.Duration) {
		t.Helper()
		w.now = w.now.Add(after)
		w.signIn(w.attempt("dropped "+w.now.String(), "KR"))
	}
	sign(time.Hour)
	for range 9 {
		sign(time.Hour)
	}
	equal(t, "the first day", w.mailed(), []alerts.Kind{alerts.NewDevice})
	sign(24 * time.Hour)
	w.deliver()
	if len(w.mail.got) != 1 || w.mail.got[0].Alert.Repeats != 9 || w.mail.got[0].Alert.Since.IsZero() {
		t.Fatalf("the second day: %+v", w.mail.got)
	}
	m := w.mail.got[0]
	facts := fmt.Sprint(alerts.Compose(sender, m).Facts)
	m.Recipient.Lang = "ko"
	if !strings.Contains(facts, "9 more like it") || !strings.Contains(fmt.Sprint(alerts.Compose(sender, m).Facts), "9건") {
		t.Errorf("the message says %s", facts)
	}
	w.mail.take()
	sign(24 * time.Hour)
	equal(t, "the third day: the silence grows", w.mailed(), nil)
	w.fail(5)
	equal(t, "guesses", w.mailed(), []alerts.Kind{alerts.FailedBurst})
	sign(time.Minute)
	equal(t, "a new class of evidence", w.mailed(), []alerts.Kind{alerts.GuessedIn})
	sign(time.Minute)
	equal(t, "is told once", w.mailed(), nil)
}

func TestConfirmSilences(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	a := w.attempt("laptop", "US")
	got := w.assess(a)
	e := activity.Event{ID: "e1", Account: "kim", Type: activity.SignInSucceeded, At: w.now, Client: a.Client, Location: a.Location, Device: a.Device,
		Detail: alerts.SignInDetail(got, "")}
	for i, want := range []bool{true, false} {
		first, err := w.monitor.Confirm(t.Context(), e)
		if first != want || err != nil {
			t.Errorf("said %d times: %v, %v", i+1, first, err)
		}
	}
	w.now = w.now.Add(20 * 24 * time.Hour)
	w.signIn(w.attempt("another", "US"))
	equal(t, "confirmed", w.mailed(), nil)
	other := w.attempt("another yet", "US")
	other.Client.IP = netip.MustParseAddr("203.0.113.5")
	w.signIn(other)
	if n := len(w.mailed()); n != 1 {
		t.Errorf("another network: %d messages", n)
	}
	w.now = w.now.Add(11 * 24 * time.Hour)
	w.signIn(w.attempt("yet another", "US"))
	if n := len(w.mailed()); n != 1 {
		t.Errorf("after 30 days: %d messages", n)
	}
	e.ID, e.Type = "e2", activity.OrderPlaced
	if first, err := w.monitor.Confirm(t.Context(), e); first || err != nil {
		t.Errorf("an order was confirmed: %v, %v", first, err)
	}
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

// Two instances merge what they learned, lose little, and score alike without
// a word to one another in between.
func TestPopulationIsMerged(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	other, err := alerts.New(w.store, alerts.Config{Queue: w.dispatcher, Now: w.clock})
	w.ok(err)
	for i := range 50 {
		for j, m := range []*alerts.Monitor{w.monitor, other} {
			a := w.attempt(fmt.Sprint(i), []string{"KR", "JP"}[j])
			a.Account = fmt.Sprint("customer ", i, j)
			w.ok(m.Learn(ctx, a))
		}
	}
	if data, _, err := w.store.MemoryStore.Population(ctx); err != nil || data != nil {
		t.Errorf("merged with every sign-in: %d bytes, %v", len(data), err)
	}
	for range 3 {
		w.now = w.now.Add(time.Hour)
		for _, m := range []*alerts.Monitor{w.monitor, other} {
			_, err := m.Assess(ctx, w.attempt("d", "KR"))
			w.ok(err)
		}
	}
	data, version, err := w.store.MemoryStore.Population(ctx)
	w.ok(err)
	if version != 2 || len(data) == 0 || len(data) > 64<<10 {
		t.Errorf("%d bytes at version %d", len(data), version)
	}
	w.home(6)
	score := func(m *alerts.Monitor) float64 {
		a, err := m.Assess(ctx, w.attempt("home", "JP"))
		w.ok(err)
		return a.Score
	}
	if a, b := score(w.monitor), score(other); a != b {
		t.Errorf("the two disagree: %v and %v", a, b)
	}
	// A population that nobody wrote is no knowledge.
	won, err := w.store.PutPopulation(ctx, []byte("\xb1 nonsense"), version, w.now)
	w.ok(err)
	w.now = w.now.Add(time.Hour)
	if s := score(other); !won || math.IsNaN(s) {
		t.Errorf("score %v", s)
	}
}

// lossy loses or fails the first merges.
type lossy struct {
	*alerts.MemoryStore
	lose, fail int
}

func (s *lossy) PutPopulation(ctx context.Context, data []byte, version int64, now time.Time) (bool, error) {
	if s.fail > 0 {
		s.fail--
		return false, errors.New("the database is away")
	}
	if s.lose > 0 {
		s.lose--
		return false, nil
	}
	return s.MemoryStore.PutPopulation(ctx, data, version, now)
}

// A merge that is lost to another instance, or fails, is made up for by the
// next, and fails no sign-in.
func TestPopulationMergeLost(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	store := &lossy{MemoryStore: alerts.NewMemoryStore(), lose: 1, fail: 1}
	m, err := alerts.New(store, alerts.Config{Queue: w.dispatcher, Now: w.clock})
	w.ok(err)
	learned := 0
	for range 4 {
		for range 10 {
			w.ok(m.Learn(ctx, w.attempt(fmt.Sprint(learned), "KR")))
			learned++
		}
		w.now = w.now.Add(time.Hour)
		_, err := m.Assess(ctx, w.attempt("d", "KR"))
		w.ok(err)
	}
	data, _, err := store.Population(ctx)
	w.ok(err)
	if n := risk.DecodePopulation(data).SignIns(); n != learned {
		t.Errorf("%d of %d sign-ins are in the population", n, learned)
	}
	store.fail = 1
	w.ok(m.Learn(ctx, w.attempt("d", "KR")))
	if _, err := m.Purge(ctx); err == nil {
		t.Error("Purge does not say that the merge failed")
	}
}

// Merging while others learn, assess and merge loses nothing for good.
func TestPopulationRace(t *testing.T) {
	w := newWorld(t)
	m, err := alerts.New(w.store.MemoryStore, alerts.Config{Queue: w.dispatcher, Now: w.clock})
	w.ok(err)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 50 {
				a := w.attempt(fmt.Sprint(j), "KR")
				a.Account = fmt.Sprint("customer ", i)
				if err := m.Learn(t.Context(), a); err != nil {
					t.Error(err)
				}
				if _, err := m.Purge(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// A rule of the owner's is checked also where the place cannot be.
func TestRulesAndHiddenPlaces(t *testing.T) {
	w := newWorld(t)
	w.rebuilt(func(cfg *alerts.Config) { cfg.Policy.Home = []string{"KR"} })
	w.home(6)
	w.ok(w.monitor.SetRules(t.Context(), w.attempt("home", "KR"), alerts.Rules{BlockOverseas: true}))
	vpn := func(device string) alerts.Attempt {
		a := w.attempt(device, "KR")
		a.Location.ASN = 9009
		return a
	}
	for name, c := range map[string]struct {
		a      alerts.Attempt
		want   alerts.Action
		reason string
	}{
		"home":                  {w.attempt("home", "KR"), alerts.ActionAllow, ""},
		"new at home":           {w.attempt("new", "KR"), alerts.ActionNotify, "new_device"},
		"known abroad":          {w.attempt("home", "US"), alerts.ActionDeny, alerts.ReasonOverseas},
		"new abroad":            {w.attempt("new", "US"), alerts.ActionDeny, alerts.ReasonOverseas},
		"nowhere":               {w.attempt("new", ""), alerts.ActionChallenge, alerts.ReasonNowhere},
		"nowhere, known device": {w.attempt("home", ""), alerts.ActionAllow, ""},
		"a VPN at home":         {vpn("new"), alerts.ActionChallenge, alerts.ReasonNowhere},
	} {
		got := w.assess(c.a)
		if got.Action != c.want || c.reason != "" && (len(got.Reasons) == 0 || got.Reasons[0].Key != c.reason) {
			t.Errorf("%s: %v %q", name, got.Action, keys(got))
		}
	}
	// A damaged row locks nobody out.
	for _, junk := range []string{"\x00", `{"block_overseas":"yes"}`, strings.Repeat(" ", 5000), `[]`} {
		w.ok(w.store.PutRules(t.Context(), "kim", []byte(junk), w.now))
		if got := w.assess(w.attempt("home", "US")); got.Action == alerts.ActionDeny {
			t.Errorf("%.20q refuses", junk)
		}
	}
}

// Every reason that a rule gives has a sentence in both languages.
func TestRuleReasonsHaveTexts(t *testing.T) {
	var seen []string
	for _, key := range []string{alerts.ReasonOverseas, alerts.ReasonCountries, alerts.ReasonDevices, alerts.ReasonNetwork, alerts.ReasonNowhere} {
		for _, lang := range []string{"en", "ko"} {
			text := alerts.Reason{Key: key, Args: map[string]string{"value": "US"}}.Text(lang)
			if text == key || strings.ContainsAny(text, "{}") || slices.Contains(seen, text) {
				t.Errorf("%s in %s: %q", key, lang, text)
			}
			seen = append(seen, text)
		}
	}
}

// The one sign-in that there was, taken back, leaves nothing known.
func TestUnlearnTheOnlySignIn(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	thief := w.attempt("thief's", "US")
	w.ok(w.monitor.Learn(ctx, thief))
	e := activity.Event{Account: "kim", Type: activity.SignInSucceeded, At: thief.At, Client: thief.Client, Location: thief.Location, Device: thief.Device}
	other := e
	other.Account = "lee"
	w.ok(w.monitor.Unlearn(ctx, "kim", "mine", []activity.Event{other, {Account: "kim", Type: activity.OrderPlaced}}))
	w.ok(w.monitor.Learn(ctx, thief))
	w.ok(w.monitor.Unlearn(ctx, "kim", "mine", []activity.Event{e, e}))
	if known, err := w.monitor.KnownDevice(ctx, "kim", "thief's"); err != nil || known {
		t.Errorf("the thief's device is known: %v, %v", known, err)
	}
	// Said on the only device there is, that device stays.
	w.ok(w.monitor.Learn(ctx, w.attempt("mine", "KR")))
	e.Client.DeviceID = "mine"
	w.ok(w.monitor.Unlearn(ctx, "kim", "mine", []activity.Event{e}))
	if known, err := w.monitor.KnownDevice(ctx, "kim", "mine"); err != nil || !known {
		t.Errorf("the owner's device is known: %v, %v", known, err)
	}
}

// What is refused from a hundred networks is one message a day; what the owner
// has confirmed of it is none, and what comes from elsewhere still is.
func TestRefusalsAreToldOnce(t *testing.T) {
	w := newWorld(t)
	refused := func(ip string) activity.Event {
		a := w.attempt("", "US")
		a.Client.IP = netip.MustParseAddr(ip)
		e := activity.Event{ID: activity.NewID(w.now), Account: "kim", Type: activity.SignInDenied, Outcome: activity.OutcomeDenied, At: w.now,
			Client: a.Client, Location: a.Location, Device: a.Device,
			Detail: alerts.SignInDetail(alerts.Assessment{Reasons: []alerts.Reason{{Key: alerts.ReasonOverseas, Args: map[string]string{"value": "US"}}}, Level: alerts.LevelNotice}, "")}
		w.observe(e)
		return e
	}
	var last activity.Event
	for i := range 100 {
		last = refused(fmt.Sprintf("203.0.%d.7", i))
	}
	equal(t, "a hundred networks", w.mailed(), []alerts.Kind{alerts.OverseasAttempt})
	_, err := w.monitor.Confirm(t.Context(), last)
	w.ok(err)
	w.now = w.now.Add(10 * 24 * time.Hour)
	refused("203.0.99.8")
	equal(t, "confirmed", w.mailed(), nil)
	refused("198.51.100.8")
	equal(t, "elsewhere", w.mailed(), []alerts.Kind{alerts.OverseasAttempt})
}

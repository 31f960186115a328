package alerts_test

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

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

// After the wave its network is still known for it, to whomever it comes; but
// that alone asks nobody for more.
func TestAttacksAreRemembered(t *testing.T) {
	w := newWorld(t)
	for i := range 300 { // so that everybody's habits are known
		a := w.attempt(fmt.Sprint(i), "KR")
		a.Account = fmt.Sprint("customer ", i)
		w.ok(w.monitor.Learn(t.Context(), a))
	}
	w.home(6)
	for i := range 200 {
		w.tryFrom(fmt.Sprintf("victim-%d", i), "198.51.100.99", 64498, false, false)
	}
	w.now = w.now.Add(2 * time.Hour)
	w.assess(w.attempt("home", "KR")) // merges
	if got := w.assess(w.attempt("new", "US")); !strings.Contains(keys(got), "attacked_from") || strings.Contains(keys(got), "stuffing") {
		t.Errorf("got %q", keys(got))
	}
	for _, a := range []alerts.Attempt{w.attempt("new", "KR"), w.attempt("home", "KR")} {
		if got := w.assess(a); strings.Contains(keys(got), "attacked_from") || got.Action > alerts.ActionNotify {
			t.Errorf("from elsewhere: %v %q", got.Action, keys(got))
		}
	}
}

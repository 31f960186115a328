package accountsec_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/risk"
)

// atlas places the documentation's networks.
type atlas struct{}

func (atlas) Locate(ip netip.Addr) (activity.Location, error) {
	switch {
	case netip.MustParsePrefix("192.0.2.0/24").Contains(ip):
		return activity.Location{Country: "KR", City: "Seoul", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20, ASN: 64496, ASOrg: "Demo Telecom"}, nil
	case netip.MustParsePrefix("198.51.100.0/24").Contains(ip):
		return activity.Location{Country: "US", City: "New York", Latitude: 40.71, Longitude: -74, RadiusKM: 20, ASN: 64498, ASOrg: "Demo Cable"}, nil
	case netip.MustParsePrefix("203.0.113.0/24").Contains(ip):
		return activity.Location{Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.4, RadiusKM: 20, ASN: 64500, ASOrg: "Demo Netz"}, nil
	}
	return activity.Location{}, nil
}

// newPlacedWorld is a world with an atlas and whatever else change does.
func newPlacedWorld(t *testing.T, change func(cfg *accountsec.Config)) *world {
	t.Helper()
	w := newWorld(t)
	w.config.Locator = atlas{}
	if change != nil {
		change(&w.config)
	}
	var err error
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	return w
}

// settle signs the owner in n times at home and gives the device.
func (w *world) settle(account string, n int) activity.Client {
	w.Helper()
	c := w.knownDevice(account, home)
	for range n - 1 {
		w.clock.Add(24 * time.Hour)
		if res := w.signIn(account, c); res.Grant == nil {
			w.Fatalf("the owner is asked for more: %+v", res)
		}
	}
	w.clock.Add(24 * time.Hour)
	return c
}

func (w *world) try(account, pw string, c activity.Client) (accountsec.SignInResult, error) {
	return w.guard.SignIn(w.Context(), w.people.byID[account].Email, pw, c)
}

// count is how many messages of a kind were mailed; codes by "signin.code".
func (w *world) count(kind alerts.Kind) (n int) {
	w.Helper()
	w.deliver()
	w.mail.mu.Lock()
	defer w.mail.mu.Unlock()
	for _, m := range w.mail.got {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

// Pitfall 16: one who has the password alone makes nothing familiar, however
// often he tries, and wears no alarm out.
func TestPitfall16ThePasswordAloneTeachesNothing(t *testing.T) {
	w := newPlacedWorld(t, nil)
	w.settle("kim", 6)
	for range 8 {
		res, err := w.try("kim", goodPassword, abroad)
		var throttled *accountsec.ThrottledError
		if !errors.As(err, &throttled) && (err != nil || res.Pending == nil) {
			t.Fatalf("got %+v, %v", res, err)
		}
		w.clock.Add(30 * time.Minute)
	}
	w.clock.Add(24 * time.Hour)
	if res := w.signIn("kim", abroad); res.Pending == nil {
		t.Error("the thief became familiar")
	}
}

// A wave of stuffing is seen by its networks; whom it hits is asked for more,
// at home too, and the owner on a known device is not.
func TestPitfall08StuffingIsSeen(t *testing.T) {
	w := newPlacedWorld(t, nil)
	ctx := t.Context()
	mine := w.settle("kim", 6)
	w.settle("lee", 2)
	thief := func(i int) activity.Client {
		return activity.Client{IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(i%200 + 20)}), UserAgent: "curl"}
	}
	for i := range 60 {
		if i%10 == 5 { // an account of his own, to look like people
			w.clock.Add(time.Second)
			if _, err := w.try("lee", goodPassword, thief(i)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.guard.SignIn(ctx, fmt.Sprintf("customer-%d@customer.example", i), "password1", thief(i))
		w.want(err, accountsec.ErrSignIn)
	}
	res, err := w.try("kim", goodPassword, thief(61))
	w.ok(err)
	if res.Pending == nil {
		t.Fatalf("the hit is let in: %+v", res.Grant.Assessment)
	}
	if res := w.signIn("kim", mine); res.Grant == nil {
		t.Error("the owner on the same network is asked for more")
	}
	_, err = w.guard.FinishSignIn(ctx, res.Pending.Token, accountsec.SentCode, w.code(), thief(61))
	w.ok(err)
	if w.count(alerts.StuffingHit) != 1 {
		t.Error("the hit is not told as what it is")
	}
	w.clock.Add(2 * time.Hour)
	if res := w.signIn("kim", home); res.Grant == nil {
		t.Error("the network is suspect for ever")
	}
}

// What the shop knows of a network goes before what the table knows.
func TestNetworkOf(t *testing.T) {
	for kind, want := range map[risk.Network]string{risk.NetworkUnknown: "new_country", risk.NetworkVPN: "anonymous_network"} {
		w := newPlacedWorld(t, func(cfg *accountsec.Config) {
			cfg.NetworkOf = func(ip netip.Addr) risk.Network {
				if ip == abroad.IP {
					return kind
				}
				return risk.NetworkUnknown
			}
			cfg.SignIns.Decisions = alerts.Decisions{High: 1, Severe: 1}
		})
		w.settle("kim", 6)
		var keys []string
		for _, r := range w.signIn("kim", abroad).Grant.Assessment.Reasons {
			keys = append(keys, r.Key)
		}
		if !slices.Contains(keys, want) || len(keys) > 3 || slices.Contains(keys, "new_country") != (kind == risk.NetworkUnknown) {
			t.Errorf("%v: %v", kind, keys)
		}
	}
}

package activitytest

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

// filters checks each filter alone, in pairs, and with paging, through the
// Log, so that the resolved form of [activity.Query] is the one in use.
func filters(t *testing.T, s activity.Store) {
	var events []activity.Event
	row := func(n int, typ activity.Type, o activity.Outcome, country, ip, device, deviceID string) {
		e := Event("kim", n)
		e.Type, e.Outcome, e.Location.Country, e.Device.Name, e.Client.DeviceID = typ, o, country, device, deviceID
		e.Client.IP = netip.Addr{}
		if ip != "" {
			e.Client.IP = netip.MustParseAddr(ip)
		}
		events = append(events, e)
		add(t, s, e)
	}
	row(0, activity.SignInSucceeded, activity.OutcomeSuccess, "KR", "192.0.2.7", "Chrome on Windows", "d-1")
	row(1, activity.SignInFailed, activity.OutcomeFailure, "US", "198.51.100.1", "Firefox on Linux", "")
	row(2, activity.SignInDenied, activity.OutcomeDenied, "US", "198.51.100.255", "Firefox on Linux", "")
	row(3, activity.PasswordChanged, activity.OutcomeSuccess, "KR", "2001:db8:1::1", "Safari on iOS", "d-2")
	row(4, activity.OrderPlaced, activity.OutcomePending, "", "", "", "")
	row(5, activity.PaymentMade, activity.OutcomeSuccess, "JP", "2001:db8:2::1", "Chrome on Windows", "d-3")
	at := func(n int) time.Time { return T0.Add(time.Duration(n) * time.Minute) }
	net := netip.MustParsePrefix
	l := logOver(t, s)
	for _, c := range []struct {
		name string
		f    activity.Filter
		want []int
	}{
		{"none", activity.Filter{}, []int{5, 4, 3, 2, 1, 0}},
		{"from, inclusive", activity.Filter{From: at(4)}, []int{5, 4}},
		{"from, one microsecond later", activity.Filter{From: at(4).Add(time.Microsecond)}, []int{5}},
		{"to, exclusive", activity.Filter{To: at(1)}, []int{0}},
		{"to, one microsecond later", activity.Filter{To: at(1).Add(time.Microsecond)}, []int{1, 0}},
		{"from and to", activity.Filter{From: at(1), To: at(3)}, []int{2, 1}},
		{"an empty span", activity.Filter{From: at(1), To: at(1)}, nil},
		{"long ago", activity.Filter{To: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)}, nil},
		{"for ever", activity.Filter{From: time.Unix(-1<<40, 0), To: time.Unix(1<<40, 0)}, []int{5, 4, 3, 2, 1, 0}},
		{"another time zone", activity.Filter{From: at(5).In(time.FixedZone("KST", 9*3600))}, []int{5}},
		{"type", activity.Filter{Types: []activity.Type{activity.OrderPlaced}}, []int{4}},
		{"types", activity.Filter{Types: []activity.Type{activity.OrderPlaced, activity.SignInFailed}}, []int{4, 1}},
		{"category", activity.Filter{Categories: []string{activity.CategorySignIn}}, []int{2, 1, 0}},
		{"type and category", activity.Filter{Types: []activity.Type{activity.SignInFailed, activity.OrderPlaced}, Categories: []string{activity.CategorySignIn}}, []int{1}},
		{"type outside its category", activity.Filter{Types: []activity.Type{activity.OrderPlaced}, Categories: []string{activity.CategorySignIn}}, nil},
		{"outcome", activity.Filter{Outcomes: []activity.Outcome{activity.OutcomeDenied, activity.OutcomePending}}, []int{4, 2}},
		{"country", activity.Filter{Countries: []string{"us", "JP"}}, []int{5, 2, 1}},
		{"address", activity.Filter{IP: net("192.0.2.7/32")}, []int{0}},
		{"network", activity.Filter{IP: net("198.51.100.0/24")}, []int{2, 1}},
		{"half a network", activity.Filter{IP: net("198.51.100.77/25")}, []int{1}},
		{"odd prefix", activity.Filter{IP: net("198.51.100.254/31")}, []int{2}},
		{"IPv4-mapped network", activity.Filter{IP: net("::ffff:198.51.100.0/120")}, []int{2, 1}},
		{"all of IPv4", activity.Filter{IP: net("0.0.0.0/0")}, []int{2, 1, 0}},
		{"IPv6 /64", activity.Filter{IP: net("2001:db8:1::/64")}, []int{3}},
		{"IPv6 /32", activity.Filter{IP: net("2001:db8::/32")}, []int{5, 3}},
		{"any address", activity.Filter{IP: net("::/0")}, []int{5, 3, 2, 1, 0}},
		{"device by name", activity.Filter{Device: "Chrome on Windows"}, []int{5, 0}},
		{"device by id", activity.Filter{Device: "d-3"}, []int{5}},
		{"two", activity.Filter{Countries: []string{"KR"}, Outcomes: []activity.Outcome{activity.OutcomeSuccess}, From: at(1)}, []int{3}},
		{"nothing", activity.Filter{Countries: []string{"DE"}}, nil},
		{"no wildcard", activity.Filter{Device: "%"}, nil},
	} {
		var want []string
		for _, n := range c.want {
			want = append(want, events[n].ID)
		}
		for _, limit := range []int{1, 2, 6} {
			if got := pages(t, l, c.f, limit); !slices.Equal(got, want) {
				t.Errorf("%s, pages of %d: got %v, want %v", c.name, limit, got, want)
			}
		}
	}
}

func pages(t *testing.T, l *activity.Log, f activity.Filter, limit int) (got []string) {
	t.Helper()
	page := activity.Page{Limit: limit}
	for range 100 {
		listing, err := l.List(t.Context(), "kim", "kim", f, page)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ids(listing.Events)...)
		if page.After = listing.Next; page.After == "" {
			return got
		}
	}
	t.Fatal(fmt.Sprint("a listing without end: ", got))
	return nil
}

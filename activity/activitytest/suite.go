// Package activitytest is the definition of an [activity.Store]: every store,
// this SDK's and a user's own, must pass [TestStore], and [TestTransactions]
// if it has transactions.
package activitytest

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

// T0 is the time that the suite's events happen at: not on a whole second.
var T0 = time.Date(2026, 11, 1, 9, 0, 0, 123456000, time.UTC)

// TestStore checks a store; open gives a fresh, empty one.
func TestStore(t *testing.T, open func(t *testing.T) activity.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s activity.Store)
	}{
		{"round trip", roundTrip},
		{"no aliasing", noAliasing},
		{"paging", paging},
		{"paging within one instant", pagingOneInstant},
		{"paging while events arrive", pagingWhileWriting},
		{"filters", filters},
		{"owner only", ownerOnly},
		{"absent", absent},
		{"upwards", upwards},
		{"scan", scan},
		{"count", countDays},
		{"batch", batch},
		{"batch race", batchRace},
		{"disown", disown},
		{"erase", erase},
		{"chain", chain},
		{"append once", appendOnce},
		{"append race", appendRace},
		{"NUL", nul},
		{"purge", purge},
		{"purge race", purgeRace},
		{"purge parts", purgeParts},
		{"delete account", deleteAccount},
		{"cancelled", cancelled},
		{"both ways", bothWays},
		{"groups", groups},
		{"timeline", timeline},
		{"summary", summary},
		{"sessions", openSessions},
		{"disowning", disowning},
		{"support", support},
		{"retention", retention},
		{"verifying", verifying},
		{"cutting", cutting},
		{"pruning", pruning},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// Event gives an event of the account with every field filled, n minutes
// after [T0]. Text holds four-byte UTF-8.
func Event(account string, n int) activity.Event {
	at := T0.Add(time.Duration(n) * time.Minute)
	return activity.Event{
		ID: activity.NewID(at), Account: account, Type: activity.SignInSucceeded, Outcome: activity.OutcomeSuccess, At: at,
		Client: activity.Client{
			IP: netip.MustParseAddr("192.0.2.7"), UserAgent: "Mozilla/5.0 𝔘𝔫𝔦 😀 한글", DeviceID: "d-1", SessionID: "s-1",
		},
		Location: activity.Location{
			Country: "KR", City: "Seoul 서울 🏯", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20,
			ASN: 4294967295, ASOrg: "Example Telecom 𠮷", TimeZone: "Asia/Seoul",
			Network: netip.MustParsePrefix("192.0.2.0/24"), DataDate: "2026-09-18",
		},
		Device: activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows", Model: "Pixel 😀"},
		Detail: map[string]string{"order": "A-1 😀", "quote": `"\'%_;--`, "empty": ""},
	}
}

func add(t *testing.T, s activity.Store, events ...activity.Event) {
	t.Helper()
	for _, e := range events {
		if err := s.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func list(t *testing.T, s activity.Store, account string, q activity.Query) []activity.Event {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 1000
	}
	q.Scan = max(q.Scan, q.Limit)
	got, _, err := s.List(t.Context(), account, q)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func ids(events []activity.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.ID
	}
	return out
}

func roundTrip(t *testing.T, s activity.Store) {
	full, bare := Event("kim", 1), activity.Event{Account: "kim", Type: activity.SignedOut, Outcome: activity.OutcomeSuccess, At: T0}
	bare.ID = activity.NewID(bare.At)
	v6 := Event("kim", 2)
	v6.Client.IP = netip.MustParseAddr("2001:db8::1")
	v6.Location.Latitude, v6.Location.Longitude = -33.87, -151.21
	v6.At = T0.Add(2*time.Minute + time.Microsecond)
	v6.ID = activity.NewID(v6.At)
	add(t, s, full, bare, v6)
	for _, want := range []activity.Event{full, bare, v6} {
		got, err := s.Get(t.Context(), "kim", want.ID)
		if err != nil {
			t.Fatal(err)
		}
		Check(t, got, want)
	}
	got := list(t, s, "kim", activity.Query{})
	if !slices.Equal(ids(got), []string{v6.ID, full.ID, bare.ID}) {
		t.Fatalf("order: %v", ids(got))
	}
	Check(t, got[1], full)
}

// Check compares an event with what was recorded.
func Check(t *testing.T, got, want activity.Event) {
	t.Helper()
	if !got.At.Equal(want.At) || got.At.Location() != time.UTC {
		t.Errorf("at %v, want %v in UTC", got.At, want.At)
	}
	got.At = want.At
	if len(got.Detail) == 0 && len(want.Detail) == 0 {
		got.Detail, want.Detail = nil, nil
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func noAliasing(t *testing.T, s activity.Store) {
	e := Event("kim", 1)
	add(t, s, e)
	e.Detail["order"] = "changed by the writer"
	got := list(t, s, "kim", activity.Query{})
	got[0].Detail["order"] = "changed by a reader"
	got[0].Account = "lee"
	one, err := s.Get(t.Context(), "kim", e.ID)
	if err != nil {
		t.Fatal(err)
	}
	one.Detail["order"] = "changed by another reader"
	if v := list(t, s, "kim", activity.Query{})[0].Detail["order"]; v != "A-1 😀" {
		t.Errorf("the stored detail became %q", v)
	}
}

// walk reads page after page and gives what it saw.
func walk(t *testing.T, s activity.Store, account string, q activity.Query, between func()) (seen []string) {
	t.Helper()
	for {
		page := list(t, s, account, q)
		seen = append(seen, ids(page)...)
		if len(page) > q.Limit {
			t.Fatalf("%d events on a page of %d", len(page), q.Limit)
		}
		if len(seen) > 1000 {
			t.Fatal("a listing without end")
		}
		if len(page) < q.Limit {
			return seen
		}
		last := page[len(page)-1]
		q.Start = activity.Position{At: last.At, ID: last.ID}
		between()
	}
}

func paging(t *testing.T, s activity.Store) {
	var want []string
	for _, n := range []int{3, 1, 6, 2, 5, 4, 0} { // not in order
		add(t, s, Event("kim", n), Event("lee", n))
	}
	all := list(t, s, "kim", activity.Query{})
	if !slices.IsSortedFunc(all, func(a, b activity.Event) int { return b.At.Compare(a.At) }) || len(all) != 7 {
		t.Fatalf("not newest first: %v", all)
	}
	want = ids(all)
	for _, limit := range []int{1, 2, 3, 7, 8} {
		if got := walk(t, s, "kim", activity.Query{Limit: limit}, func() {}); !slices.Equal(got, want) {
			t.Errorf("pages of %d gave %v, want %v", limit, got, want)
		}
	}
}

func pagingOneInstant(t *testing.T, s activity.Store) {
	var want []string
	for range 20 {
		e := Event("kim", 1) // the same time, another random part
		want = append(want, e.ID)
		add(t, s, e)
	}
	slices.Sort(want)
	slices.Reverse(want)
	if got := walk(t, s, "kim", activity.Query{Limit: 3}, func() {}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func pagingWhileWriting(t *testing.T, s activity.Store) {
	for n := range 9 {
		add(t, s, Event("kim", n))
	}
	want, next := ids(list(t, s, "kim", activity.Query{})), 100
	got := walk(t, s, "kim", activity.Query{Limit: 2}, func() {
		add(t, s, Event("kim", next))
		next++
	})
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want the nine that were there: %v", got, want)
	}
}

func ownerOnly(t *testing.T, s activity.Store) {
	e := Event("kim", 1)
	add(t, s, e, Event("Kim", 2), Event("kim ", 3), Event("ki", 4), Event("kim%", 5), Event("김", 6))
	for _, account := range []string{"kim", "Kim", "kim ", "ki", "kim%", "김"} {
		got := list(t, s, account, activity.Query{})
		if len(got) != 1 || got[0].Account != account {
			t.Errorf("%q sees %v", account, got)
		}
	}
	if _, err := s.Get(t.Context(), "Kim", e.ID); !isNotFound(err) {
		t.Errorf("another account's event: %v, want ErrNotFound", err)
	}
}

func absent(t *testing.T, s activity.Store) {
	ctx := t.Context()
	add(t, s, Event("lee", 1))
	for _, id := range []string{activity.NewID(T0), "", "x", "'", fmt.Sprintf("%026d", 0)} {
		if e, err := s.Get(ctx, "lee", id); !isNotFound(err) || !reflect.DeepEqual(e, activity.Event{}) {
			t.Errorf("Get %q: %v, %v", id, e, err)
		}
	}
	if got := list(t, s, "nobody", activity.Query{}); len(got) != 0 {
		t.Errorf("an absent account has %v", got)
	}
	if err := s.DeleteAccount(ctx, "nobody"); err != nil {
		t.Error(err)
	}
	if n, err := s.Purge(ctx, activity.Purge{Before: T0, Max: 10}); n != 0 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
}

func cancelled(t *testing.T, s activity.Store) {
	add(t, s, Event("kim", 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := Event("kim", 2)
	_, _, errList := s.List(ctx, "kim", activity.Query{Limit: 10, Scan: 10})
	_, errGet := s.Get(ctx, "kim", e.ID)
	_, errPurge := s.Purge(ctx, activity.Purge{Before: T0.Add(time.Hour), Max: 10})
	_, errCount := s.Count(ctx, "kim", T0, T0.Add(time.Hour), []activity.Shift{{}})
	_, errDisown := s.Disown(ctx, "kim", e.ID, T0)
	_, errChain := s.Chain(ctx, "kim")
	_, errDue := s.DueChains(ctx, T0, 10)
	_, errLinks := s.Links(ctx, "kim", 0, 10)
	for name, err := range map[string]error{
		"Append": s.Append(ctx, e), "List": errList, "Get": errGet, "Purge": errPurge,
		"DeleteAccount": s.DeleteAccount(ctx, "kim"), "Count": errCount, "Disown": errDisown, "Erase": s.Erase(ctx, "kim"),
		"DueChains": errDue, "Prune": s.Prune(ctx, "kim", activity.Cut{}, T0),
		"Chain": errChain, "Links": errLinks, "Link": s.Link(ctx, "kim", e.ID, nil, func(activity.Chain) activity.Link { return activity.Link{} }),
		"InTx": s.InTx(ctx, func(ctx context.Context) error { return s.Append(ctx, e) }),
	} {
		if err == nil || isNotFound(err) {
			t.Errorf("%s ignored the cancelled context: %v", name, err)
		}
	}
	if got := list(t, s, "kim", activity.Query{}); len(got) != 1 {
		t.Errorf("cancelled calls left %d events, want 1", len(got))
	}
}

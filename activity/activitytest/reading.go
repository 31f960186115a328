package activitytest

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

// These go through the Log, to show that the store carries it.

// there and back gives the same pages, and the ends are known as such.
func bothWays(t *testing.T, s activity.Store) {
	var want []string
	for n := range 10 {
		e := Event("kim", n)
		if n%2 == 0 {
			e.Type, e.Outcome = activity.SignInFailed, activity.OutcomeFailure
		}
		add(t, s, e)
		want = append([]string{e.ID}, want...)
	}
	l := logOver(t, s)
	for name, f := range map[string]activity.Filter{
		"all": {}, "by device": {Device: "d-1"}, "by country": {Countries: []string{"KR"}},
	} {
		var down, up [][]string
		page := activity.Page{Limit: 3}
		prev := ""
		for {
			got, err := l.List(t.Context(), "kim", "kim", f, page)
			if err != nil {
				t.Fatal(err)
			}
			if (got.Prev == "") != (len(down) == 0) || !got.Until.IsZero() {
				t.Errorf("%s: page %d has prev %q, until %v", name, len(down), got.Prev, got.Until)
			}
			down, prev = append(down, ids(got.Events)), got.Prev
			if page.After = got.Next; page.After == "" {
				break
			}
		}
		if !slices.Equal(slices.Concat(down...), want) {
			t.Errorf("%s, down: %v", name, down)
		}
		for prev != "" {
			got, err := l.List(t.Context(), "kim", "kim", f, activity.Page{Before: prev, Limit: 3})
			if err != nil || got.Next == "" {
				t.Fatalf("%s: next %q, %v", name, got.Next, err)
			}
			up = append([][]string{ids(got.Events)}, up...)
			prev = got.Prev
		}
		if fmt.Sprint(up) != fmt.Sprint(down[:len(down)-1]) {
			t.Errorf("%s: up %v, down %v", name, up, down)
		}
	}
	first, err := l.List(t.Context(), "kim", "kim", activity.Filter{}, activity.Page{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.List(t.Context(), "kim", "kim", activity.Filter{}, activity.Page{Limit: 3, After: first.Next})
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, Event("kim", 20)) // arrives while the reader is on the second page
	back, err := l.List(t.Context(), "kim", "kim", activity.Filter{}, activity.Page{Limit: 3, Before: second.Prev})
	if err != nil || !slices.Equal(ids(back.Events), ids(first.Events)) || back.Prev == "" {
		t.Errorf("back to the first page: %v, prev %q, %v", ids(back.Events), back.Prev, err)
	}
	both := activity.Page{After: first.Next, Before: second.Prev}
	if _, err := l.List(t.Context(), "kim", "kim", activity.Filter{}, both); !errors.Is(err, activity.ErrBadPage) {
		t.Errorf("both cursors: %v", err)
	}
	if _, err := l.List(t.Context(), "lee", "lee", activity.Filter{}, activity.Page{Before: second.Prev}); !errors.Is(err, activity.ErrBadCursor) {
		t.Errorf("another account's prev: %v", err)
	}
}

// seventeen failed sign-ins from three addresses are one row.
func groups(t *testing.T, s activity.Store) {
	fail := func(n int, ip string) activity.Event {
		e := Event("kim", n)
		e.Type, e.Outcome, e.Client.IP = activity.SignInFailed, activity.OutcomeFailure, netip.MustParseAddr(ip)
		return e
	}
	add(t, s, Event("kim", 0), Event("kim", 1))
	for n := range 17 {
		add(t, s, fail(10+n, []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"}[n%3]))
	}
	add(t, s, Event("kim", 27), fail(28, "192.0.2.1"), fail(28+61, "192.0.2.1"), fail(28+61+60, "192.0.2.1"))
	l := logOver(t, s)
	want := []string{"2/1", "1/1", "1/1", "17/3", "1/1", "1/1"}
	for _, limit := range []int{1, 2, 3, 6, 7} {
		var down, up []string
		page, prev := activity.Page{Limit: limit}, ""
		for {
			got, err := l.Groups(t.Context(), "kim", "kim", activity.Filter{}, page)
			if err != nil || len(got.Groups) > limit {
				t.Fatalf("%d groups, %v", len(got.Groups), err)
			}
			down, prev = append(down, groupTexts(got)...), got.Prev
			if page.After = got.Next; page.After == "" {
				break
			}
		}
		if !slices.Equal(down, want) {
			t.Errorf("pages of %d: %v, want %v", limit, down, want)
		}
		if (limit < 6) != (prev != "") {
			t.Errorf("pages of %d end with prev %q", limit, prev)
		}
		for prev != "" {
			got, err := l.Groups(t.Context(), "kim", "kim", activity.Filter{}, activity.Page{Limit: limit, Before: prev})
			if err != nil {
				t.Fatal(err)
			}
			up, prev = append(groupTexts(got), up...), got.Prev
		}
		if len(up) > 0 && !slices.Equal(up, want[:len(up)]) {
			t.Errorf("pages of %d, upwards: %v", limit, up)
		}
	}
	for n := range 620 { // a run is cut, and a page reads only so much
		e := fail(0, "192.0.2.1")
		e.Account, e.At = "lee", T0.Add(time.Duration(n)*time.Second)
		e.ID = activity.NewID(e.At)
		add(t, s, e)
	}
	got, err := l.Groups(t.Context(), "lee", "lee", activity.Filter{}, activity.Page{Limit: 100})
	if err != nil || len(got.Groups) != 5 || len(got.Groups[0].Events) != 100 || got.Next == "" {
		t.Errorf("%v, next %q, %v", groupTexts(got), got.Next, err)
	}
	rest, err := l.Groups(t.Context(), "lee", "lee", activity.Filter{}, activity.Page{Limit: 100, After: got.Next})
	if err != nil || len(rest.Groups) != 2 || rest.Next != "" || len(rest.Groups[1].Events) != 20 {
		t.Errorf("%v, next %q, %v", groupTexts(rest), rest.Next, err)
	}
	if _, err := l.Groups(t.Context(), "lee", "kim", activity.Filter{}, activity.Page{}); !errors.Is(err, activity.ErrNotOwner) {
		t.Errorf("not the owner: %v", err)
	}
}

func groupTexts(g activity.Grouping) (out []string) {
	for _, g := range g.Groups {
		for i := range g.Events[1:] {
			if !g.Events[i].At.After(g.Events[i+1].At) {
				return []string{"not newest first"}
			}
		}
		out = append(out, fmt.Sprintf("%d/%d", len(g.Events), g.Addresses))
	}
	return out
}

func timeline(t *testing.T, s activity.Store) {
	zone, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []int{0, 5, 6, 30} { // T0 is 18:00 in Seoul
		e := Event("kim", h*60)
		if h == 5 {
			e.Type, e.Outcome = activity.PaymentFailed, activity.OutcomeFailure
		}
		add(t, s, e)
	}
	l := logOver(t, s)
	days, err := l.Timeline(t.Context(), "kim", "kim", T0.Add(-24*time.Hour), T0.Add(48*time.Hour), zone)
	if err != nil || len(days) != 4 {
		t.Fatalf("%d days, %v", len(days), err)
	}
	for i, want := range []struct{ signin, payment, failed int }{{0, 0, 0}, {1, 1, 1}, {1, 0, 0}, {1, 0, 0}} {
		d := days[i]
		if d.Date != time.Date(2026, 10, 31+i, 0, 0, 0, 0, zone) || d.Counts[activity.CategorySignIn] != want.signin ||
			d.Counts[activity.CategoryPayment] != want.payment || d.Failed != want.failed {
			t.Errorf("day %d: %+v, want %+v", i, d, want)
		}
	}
	for name, span := range map[string][2]time.Time{
		"reversed": {T0.Add(48 * time.Hour), T0}, "too long": {T0.Add(-366 * 24 * time.Hour), T0},
	} {
		if _, err := l.Timeline(t.Context(), "kim", "kim", span[0], span[1], zone); !errors.Is(err, activity.ErrBadFilter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := l.Timeline(t.Context(), "lee", "kim", T0, T0, zone); !errors.Is(err, activity.ErrNotOwner) {
		t.Errorf("not the owner: %v", err)
	}
}

func summary(t *testing.T, s activity.Store) {
	for n, country := range []string{"KR", "KR", "US", "", "KR"} {
		e := Event("kim", n)
		e.Location.Country = country
		if country == "US" {
			e.Type, e.Outcome, e.Device.Name = activity.SignInDenied, activity.OutcomeDenied, "Firefox on Linux"
		}
		add(t, s, e)
	}
	l := logOver(t, s)
	got, err := l.Summary(t.Context(), "kim", "kim", activity.Filter{})
	at := func(n int) time.Time { return T0.Add(time.Duration(n) * time.Minute) }
	if err != nil || got.Events != 5 || got.Failed != 1 || !got.Complete || !got.Since.Equal(T0) {
		t.Errorf("%+v, %v", got, err)
	}
	tally := func(list []activity.Tally) (out string) {
		for _, t := range list {
			out += fmt.Sprintf("%s %d %d %v; ", t.Name, t.Events, t.Failed, t.Last.Sub(T0))
		}
		return out
	}
	if a, b := tally(got.Countries), tally(got.Devices); a != "KR 3 0 4m0s; US 1 1 2m0s; " || b != "Chrome on Windows 4 0 4m0s; Firefox on Linux 1 1 2m0s; " {
		t.Errorf("%s\n%s", a, b)
	}
	got, err = l.Summary(t.Context(), "kim", "kim", activity.Filter{From: at(2), Countries: []string{"KR"}})
	if err != nil || got.Events != 1 || !got.Complete {
		t.Errorf("filtered: %+v, %v", got, err)
	}
	if _, err := l.Summary(t.Context(), "lee", "kim", activity.Filter{}); !errors.Is(err, activity.ErrNotOwner) {
		t.Errorf("not the owner: %v", err)
	}
}

func openSessions(t *testing.T, s activity.Store) {
	l := logOver(t, s)
	do := func(n int, typ activity.Type, session, ended string) {
		e := Event("kim", n)
		e.Type, e.Client.SessionID, e.Detail = typ, session, nil
		if ended != "" {
			e.Detail = map[string]string{activity.DetailSession: ended}
		}
		add(t, s, e)
	}
	want := func(texts ...string) {
		t.Helper()
		got, err := l.Sessions(t.Context(), "kim", "kim", "s-1")
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, o := range got {
			have = append(have, fmt.Sprintf("%s %v %v %v", o.ID, o.Started.Sub(T0), o.LastSeen.Sub(T0), o.Current))
		}
		if !slices.Equal(have, texts) {
			t.Errorf("have %q, want %q", have, texts)
		}
	}
	want()
	do(0, activity.SignInSucceeded, "s-0", "")
	do(1, activity.SignInSucceeded, "s-1", "")
	do(2, activity.SignInSucceeded, "s-2", "")
	do(3, activity.SignInSucceeded, "s-3", "")
	do(4, activity.OrderPlaced, "s-2", "")
	do(5, activity.OrderPlaced, "s-unknown", "")
	want("s-1 1m0s 1m0s true", "s-2 2m0s 4m0s false", "s-3 3m0s 3m0s false", "s-0 0s 0s false")
	do(6, activity.SignedOut, "s-3", "")
	do(7, activity.SessionEnded, "s-1", "s-0")
	want("s-1 1m0s 7m0s true", "s-2 2m0s 4m0s false")
	do(8, activity.PasswordChanged, "s-1", "") // ends all others
	want("s-1 1m0s 8m0s true")
	do(9, activity.SignInSucceeded, "s-9", "")
	want("s-1 1m0s 8m0s true", "s-9 9m0s 9m0s false")
	do(10, activity.SessionEnded, "s-9", "")
	want("s-9 9m0s 10m0s false")
	if _, err := l.Sessions(t.Context(), "lee", "kim", ""); !errors.Is(err, activity.ErrNotOwner) {
		t.Errorf("not the owner: %v", err)
	}
}

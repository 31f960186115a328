package activitytest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
)

// cutting takes links away from a chain's beginning, never puts them back, and
// takes the chain with the last one.
func cutting(t *testing.T, s activity.Store) {
	ctx := t.Context()
	link := func(account string) {
		id := activity.NewID(T0)
		if err := s.Link(ctx, account, id, []byte("salt"), func(end activity.Chain) activity.Link {
			return activity.Link{Number: end.Number + 1, Type: activity.SignedOut, Outcome: activity.OutcomeSuccess, Personal: []byte{1}, Digest: []byte(id)}
		}); err != nil {
			t.Error(err)
		}
	}
	state := func() string {
		end, err := s.Chain(ctx, "kim")
		links, err2 := s.Links(ctx, "kim", 0, 100)
		first := int64(0)
		if len(links) > 0 {
			first = links[0].Number
		}
		if err := errors.Join(err, err2); err != nil {
			t.Error(err)
		}
		return fmt.Sprintf("%d to %d, cut %d %s, due %v", first, end.Number, end.Cut.Number, end.Cut.Proof, !end.Due.IsZero())
	}
	var all []activity.Link
	cut := func(n int64, due time.Time, want string) {
		t.Helper()
		c := activity.Cut{Number: n, Digest: []byte("another"), Proof: []byte(fmt.Sprint("p", n))}
		if n <= int64(len(all)) {
			c.Digest = all[n-1].Digest
		}
		err := s.Prune(ctx, "kim", c, due)
		if got := state(); err != nil || got != want {
			t.Errorf("cut %d: %s, %v, want %s", n, got, err, want)
		}
	}
	due := func(now time.Time, max int, want ...string) {
		t.Helper()
		if got, err := s.DueChains(ctx, now, max); err != nil || !slices.Equal(got, want) {
			t.Errorf("due at %v: %v, %v, want %v", now.Sub(T0), got, err, want)
		}
	}
	cut(3, T0, "0 to 0, cut 0 , due false") // no chain
	due(T0, 10)
	for range 6 {
		link("kim")
	}
	due(T0, 10, "kim") // a new chain is due at once
	if err := s.Prune(ctx, "kim", activity.Cut{}, T0.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	link("lee")
	due(T0.Add(time.Hour-time.Microsecond), 10, "lee")
	due(T0.Add(time.Hour), 10, "lee", "kim")
	due(T0.Add(2*time.Hour), 1, "lee")
	cut(3, T0.Add(time.Hour), "1 to 6, cut 0 , due true") // no link of this digest
	var err error
	if all, err = s.Links(ctx, "kim", 0, 10); err != nil {
		t.Fatal(err)
	}
	cut(3, T0.Add(time.Hour), "4 to 6, cut 3 p3, due true")
	due(T0.Add(time.Hour), 10, "lee", "kim")
	cut(2, T0.Add(2*time.Hour), "4 to 6, cut 3 p3, due true") // overtaken
	due(T0.Add(time.Hour), 10, "lee", "kim")
	cut(3, T0.Add(2*time.Hour), "4 to 6, cut 3 p3, due true")
	due(T0.Add(time.Hour), 10, "lee")
	link("kim")
	if got := state(); got != "4 to 7, cut 3 p3, due true" {
		t.Errorf("after a link: %s", got)
	}
	if all, err = s.Links(ctx, "kim", 0, 10); err != nil {
		t.Fatal(err)
	}
	last := activity.Cut{Number: 7, Digest: all[3].Digest, Proof: []byte("p")}
	for range 2 { // the second time there is another chain, which stays
		if err := s.Prune(ctx, "kim", last, T0); err != nil {
			t.Error(err)
		}
		if got := state(); got != "0 to 0, cut 0 , due false" {
			t.Errorf("without links: %s", got)
		}
		for range 8 {
			link("kim")
		}
		if err := s.Prune(ctx, "kim", last, T0); err != nil {
			t.Error(err)
		}
		if got := state(); got != "1 to 8, cut 0 , due false" {
			t.Errorf("begun anew: %s", got)
		}
		if all, err = s.Links(ctx, "kim", 0, 10); err != nil {
			t.Fatal(err)
		}
		last = activity.Cut{Number: 8, Digest: all[7].Digest, Proof: []byte("p")}
	}
	if got, err := s.Links(ctx, "lee", 0, 10); err != nil || len(got) != 1 {
		t.Errorf("lee has %v, %v", got, err)
	}
	racing.Go(func(i int) { // whoever links finds the chain whole, or begins it
		if i%2 == 0 {
			link("kim")
			return
		}
		if end, err := s.Chain(ctx, "kim"); err != nil || s.Prune(ctx, "kim", activity.Cut{Number: end.Number, Digest: end.Digest, Proof: []byte("p")}, T0) != nil {
			t.Error("prune failed", err)
		}
	})
	end, err := s.Chain(ctx, "kim")
	links, err2 := s.Links(ctx, "kim", 0, 100)
	if err != nil || err2 != nil || int64(len(links)) != end.Number-end.Cut.Number {
		t.Errorf("after the race: %d links, %+v, %v, %v", len(links), end, err, err2)
	}
	for i, l := range links {
		if l.Number != end.Cut.Number+int64(i)+1 {
			t.Errorf("after the race: link %d has number %d, cut at %d", i, l.Number, end.Cut.Number)
		}
	}
}

// pruning: links go with the events whose time is over, and the rest of the
// chain stays whole; what was taken away too early keeps its links.
func pruning(t *testing.T, s activity.Store) {
	const day = 24 * time.Hour
	now := T0
	l, err := activity.New(s, activity.Config{
		CursorKey: make([]byte, 32), ChainKey: []byte(strings.Repeat("k", 32)), Now: func() time.Time { return now },
		Retention: activity.Retention{Events: 30 * day, Categories: map[string]time.Duration{activity.CategoryOrder: 200 * day}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	record := func(account string, typ activity.Type, days int) {
		t.Helper()
		now = T0.Add(time.Duration(days) * day)
		e := Event(account, 0)
		e.At, e.Type = now, typ
		e.ID = activity.NewID(e.At)
		if err := l.Record(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	at := func(days int, account string, want activity.Verified) {
		t.Helper()
		now = T0.Add(time.Duration(days) * day)
		if _, err := l.Purge(ctx); err != nil {
			t.Fatal(err)
		}
		got, err := l.VerifyChain(ctx, account)
		got.Digest = nil
		if want.Links = want.Whole + want.Purged; err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s after %d days: %+v, %v, want %+v", account, days, got, err, want)
		}
		kept, err := s.Links(ctx, account, 0, 100)
		if err != nil || int64(len(kept)) != want.Links {
			t.Errorf("%s after %d days: %d links, %v", account, days, len(kept), err)
		}
	}
	record("~made up", activity.SignInFailed, 0)
	record("~made up", activity.SignInFailed, 1)
	for i, typ := range []activity.Type{activity.SignInFailed, activity.SignInSucceeded, activity.OrderPlaced, activity.SignedOut, activity.SignInSucceeded} {
		record("kim", typ, 10*i)
	}
	at(30, "kim", activity.Verified{Whole: 5, Number: 5})
	at(31, "kim", activity.Verified{Whole: 4, Number: 5})
	at(41, "kim", activity.Verified{Whole: 3, Number: 5})
	at(62, "kim", activity.Verified{Whole: 2, Purged: 1, Number: 5}) // behind an order that is kept
	at(62, "~made up", activity.Verified{})
	if end, err := s.Chain(ctx, "~made up"); err != nil || end.Number != 0 || len(end.Salt) != 0 {
		t.Errorf("nothing is left of a made-up name but %+v, %v", end, err)
	}
	record("kim", activity.SignInSucceeded, 200)
	now = T0.Add(221 * day) // the order's time ended on day 220, but a store of months may have it still
	if _, err := s.Purge(ctx, activity.Purge{Before: T0.Add(199 * day), Max: 100}); err != nil {
		t.Fatal(err)
	}
	at(252, "kim", activity.Verified{})
	record("kim", activity.SignedOut, 253)
	at(254, "kim", activity.Verified{Whole: 1, Number: 1})

	// Whoever can write to the database takes an event away, and waits.
	for days := 255; days < 258; days++ {
		record("lee", activity.ProfileChanged, days)
	}
	early := activity.Purge{Before: T0.Add(255*day + time.Minute), Types: []activity.Type{activity.ProfileChanged}, Max: 10}
	if n, err := s.Purge(ctx, early); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	now = T0.Add(258 * day)
	if _, err := l.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	if kept, err := s.Links(ctx, "lee", 0, 100); err != nil || len(kept) != 3 {
		t.Errorf("%d links, %v", len(kept), err)
	}
	if _, err := l.VerifyChain(ctx, "lee"); !errors.Is(err, activity.ErrChain) {
		t.Errorf("an event taken away: %v", err)
	}
}

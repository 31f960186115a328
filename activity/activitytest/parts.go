package activitytest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
)

// batch: many at once, all of them or those that are new.
func batch(t *testing.T, s activity.Store) {
	var events []activity.Event
	for n := range 130 {
		events = append(events, Event("kim", n), Event(fmt.Sprint("acct-", n), n))
	}
	old := events[4]
	old.Detail = map[string]string{"order": "first"}
	add(t, s, old)
	if err := s.Append(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, "kim", activity.Query{}); len(got) != 130 {
		t.Fatalf("%d events, want 130", len(got))
	}
	for _, e := range events {
		want := e
		if e.ID == old.ID {
			want = old
		}
		got, err := s.Get(t.Context(), e.Account, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		Check(t, got, want)
	}
	if err := s.Append(t.Context()); err != nil {
		t.Errorf("an empty batch: %v", err)
	}
}

// batchRace: 64 batches that share their events leave each once and whole.
func batchRace(t *testing.T, s activity.Store) {
	var events []activity.Event
	for n := range 30 {
		events = append(events, Event("kim", n))
	}
	racing.Go(func(i int) {
		mine := slices.Clone(events)
		if i%2 == 1 { // in the other order: whoever waits must not wait in a circle
			slices.Reverse(mine)
		}
		if err := s.Append(t.Context(), mine...); err != nil {
			t.Error(err)
		}
	})
	got := list(t, s, "kim", activity.Query{})
	if len(got) != len(events) {
		t.Fatalf("%d events, want %d", len(got), len(events))
	}
	for i, e := range got {
		Check(t, e, events[len(events)-1-i])
	}
}

func upwards(t *testing.T, s activity.Store) {
	for _, n := range []int{3, 1, 6, 2, 5, 4, 0} {
		add(t, s, Event("kim", n), Event("lee", n))
	}
	want := ids(list(t, s, "kim", activity.Query{}))
	slices.Reverse(want)
	for _, limit := range []int{1, 2, 3, 7, 8} {
		if got := walk(t, s, "kim", activity.Query{Limit: limit, Upwards: true}, func() {}); !slices.Equal(got, want) {
			t.Errorf("upwards, pages of %d: %v, want %v", limit, got, want)
		}
	}
	at := func(n int) time.Time { return T0.Add(time.Duration(n) * time.Minute) }
	got := list(t, s, "kim", activity.Query{Upwards: true, From: at(1), To: at(4)})
	if !slices.Equal(ids(got), want[1:4]) {
		t.Errorf("upwards within a span: %v", ids(got))
	}
}

// scan: a search looks at q.Scan rows and says how far it came; wherever the
// one match lies, it is found.
func scan(t *testing.T, s activity.Store) {
	for match := range 10 {
		account := fmt.Sprint("acct-", match)
		for n := range 10 {
			e := Event(account, n)
			if n == match {
				e.Location.Country, e.Type = "DE", activity.OrderPlaced
			}
			add(t, s, e)
		}
		for _, up := range []bool{false, true} {
			for name, q := range map[string]activity.Query{
				"by type":    {Types: []activity.Type{activity.OrderPlaced}},
				"by country": {Countries: []string{"DE"}},
			} {
				q.Limit, q.Scan, q.Upwards = 2, 4, up
				if found, steps := search(t, s, account, q); found != 1 || steps != 2 {
					t.Errorf("event %d %s, upwards %v: %d found in %d more steps, want 1 in 2", match, name, up, found, steps)
				}
			}
		}
	}
	q := activity.Query{Types: []activity.Type{activity.SignInSucceeded}, Limit: 3, Scan: 4}
	if events, cut, err := s.List(t.Context(), "acct-0", q); err != nil || len(events) != 3 || cut != (activity.Position{}) {
		t.Errorf("a full page: %d events, cut %v, %v", len(events), cut, err)
	}
}

func search(t *testing.T, s activity.Store, account string, q activity.Query) (found, steps int) {
	t.Helper()
	for ; steps < 20; steps++ {
		events, cut, err := s.List(t.Context(), account, q)
		if err != nil {
			t.Fatal(err)
		}
		found += len(events)
		if cut == (activity.Position{}) {
			break
		}
		q.Start = cut
	}
	return found, steps
}

func countDays(t *testing.T, s activity.Store) {
	day := time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC)
	for i, at := range []time.Time{day, day.Add(time.Hour - time.Microsecond), day.Add(time.Hour), day.Add(2 * time.Hour), day.Add(24 * time.Hour)} {
		e := Event("kim", 0)
		e.At, e.ID = at, activity.NewID(at)
		if i == 1 {
			e.Outcome = activity.OutcomeFailure
		}
		other := e
		other.Account = "lee"
		add(t, s, e, other)
	}
	// An hour ahead until 01:00 on the 29th, then two: as in Berlin.
	shifts := []activity.Shift{{Ahead: time.Hour}, {From: time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), Ahead: 2 * time.Hour}}
	got, err := s.Count(t.Context(), "kim", day, day.Add(24*time.Hour), shifts)
	if err != nil {
		t.Fatal(err)
	}
	n := int(time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	want := map[activity.DayCount]bool{
		{Day: n, Type: activity.SignInSucceeded, Outcome: activity.OutcomeSuccess, Events: 3}: true,
		{Day: n, Type: activity.SignInSucceeded, Outcome: activity.OutcomeFailure, Events: 1}: true,
	}
	for _, c := range got {
		if !want[c] {
			t.Errorf("counted %+v", c)
		}
		delete(want, c)
	}
	if len(want) != 0 {
		t.Errorf("not counted: %v", want)
	}
	if got, err := s.Count(t.Context(), "nobody", day, day.Add(time.Hour), shifts); err != nil || len(got) != 0 {
		t.Errorf("nobody: %v, %v", got, err)
	}
}

// disown: one of 64 wins, and the event says when.
func disown(t *testing.T, s activity.Store) {
	e, other := Event("kim", 1), Event("kim", 2)
	add(t, s, e, other)
	if n := racing.Wins(t, func(i int) (bool, error) {
		return s.Disown(t.Context(), "kim", e.ID, T0.Add(time.Duration(i+1)*time.Second))
	}); n != 1 {
		t.Errorf("%d won, want 1", n)
	}
	got, err := s.Get(t.Context(), "kim", e.ID)
	if err != nil || got.Disowned.IsZero() || got.Disowned.Location() != time.UTC {
		t.Fatalf("disowned %v, %v", got.Disowned, err)
	}
	want := e
	want.Disowned = got.Disowned
	Check(t, got, want)
	if got, err := s.Get(t.Context(), "kim", other.ID); err != nil || !got.Disowned.IsZero() {
		t.Errorf("the other one: %v, %v", got.Disowned, err)
	}
	for _, c := range [][2]string{{"lee", e.ID}, {"kim", activity.NewID(T0)}, {"kim", "x"}} {
		if ok, err := s.Disown(t.Context(), c[0], c[1], T0); ok || !isNotFound(err) {
			t.Errorf("%v: %v, %v", c, ok, err)
		}
	}
}

// erase takes the personal part of one account and nothing else, and what is
// gone does not come back.
func erase(t *testing.T, s activity.Store) {
	e, lee := Event("kim", 1), Event("lee", 1)
	add(t, s, e, lee)
	for range 2 {
		if err := s.Erase(t.Context(), "kim"); err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, e)                                          // a late repetition of the Record
	if err := s.Append(t.Context(), e, lee); err != nil { // and of a batch
		t.Fatal(err)
	}
	want := activity.Event{ID: e.ID, Account: "kim", Type: e.Type, Outcome: e.Outcome, At: e.At, Erased: true}
	for _, q := range []activity.Query{{}, {Types: []activity.Type{e.Type}}} {
		got := list(t, s, "kim", q)
		if len(got) != 1 {
			t.Fatalf("%d events are left", len(got))
		}
		Check(t, got[0], want)
	}
	for _, q := range []activity.Query{{Countries: []string{"KR"}}, {Device: "d-1"}, {AddrFrom: "", AddrTo: "g"}} {
		if got := list(t, s, "kim", q); len(got) != 0 {
			t.Errorf("%+v finds an erased event", q)
		}
	}
	if _, err := s.Disown(t.Context(), "kim", e.ID, T0); !isNotFound(err) {
		t.Errorf("an erased event was disowned: %v", err)
	}
	counts, err := s.Count(t.Context(), "kim", T0, T0.Add(time.Hour), []activity.Shift{{}})
	if err != nil || len(counts) != 1 || counts[0].Events != 1 {
		t.Errorf("it does not count any more: %v, %v", counts, err)
	}
	Check(t, list(t, s, "lee", activity.Query{})[0], lee)
}

// purgeParts: by type, and the personal part alone.
func purgeParts(t *testing.T, s activity.Store) {
	order := Event("kim", 0)
	order.Type = activity.OrderPlaced
	add(t, s, order, Event("kim", 1), Event("lee", 2), Event("kim", 50))
	edge := T0.Add(10 * time.Minute)
	p := func(p activity.Purge, want int64) {
		t.Helper()
		p.Before, p.Max = edge, 100
		if n, err := s.Purge(t.Context(), p); err != nil || n != want {
			t.Errorf("%+v: %d, %v, want %d", p, n, err, want)
		}
	}
	p(activity.Purge{Personal: true, Types: []activity.Type{activity.OrderPlaced}}, 1)
	p(activity.Purge{Personal: true, Types: []activity.Type{activity.OrderPlaced}}, 0)
	if e, err := s.Get(t.Context(), "kim", order.ID); err != nil || !e.Erased {
		t.Errorf("the order: %+v, %v", e, err)
	}
	p(activity.Purge{Types: []activity.Type{activity.OrderPlaced}}, 1)
	p(activity.Purge{Types: []activity.Type{activity.SignedOut}}, 0)
	p(activity.Purge{Personal: true}, 2)
	kim := list(t, s, "kim", activity.Query{})
	if len(kim) != 2 || kim[0].Erased || !kim[1].Erased {
		t.Errorf("kim has %+v", kim)
	}
	p(activity.Purge{}, 2)
	if got := list(t, s, "kim", activity.Query{}); len(got) != 1 {
		t.Errorf("kim keeps %v", ids(got))
	}
}

// chain: links follow one another, whoever comes first; an event has one.
func chain(t *testing.T, s activity.Store) {
	ctx := t.Context()
	if end, err := s.Chain(ctx, "kim"); err != nil || end.Number != 0 || len(end.Digest)+len(end.Salt) != 0 {
		t.Errorf("no chain: %+v, %v", end, err)
	}
	racing.Go(func(i int) {
		id := activity.NewID(T0.Add(time.Duration(i/2) * time.Second))
		for range 2 { // the second time changes nothing
			err := s.Link(ctx, "kim", id, []byte(fmt.Sprint("salt ", i)), func(end activity.Chain) activity.Link {
				return activity.Link{
					Number: end.Number + 1, ID: id, Type: activity.SignedOut, Outcome: activity.OutcomeSuccess,
					Personal: end.Salt, Digest: append(bytes.Clone(end.Digest), byte(end.Number)),
				}
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	end, err := s.Chain(ctx, "kim")
	if err != nil || end.Number != racing.Racers || len(end.Digest) != racing.Racers || len(end.Salt) == 0 {
		t.Fatalf("the end: %+v, %v", end, err)
	}
	var all []activity.Link
	for after := int64(0); after < racing.Racers; after = all[len(all)-1].Number {
		some, err := s.Links(ctx, "kim", after, 7)
		if err != nil || len(some) == 0 || len(some) > 7 {
			t.Fatalf("after %d: %d links, %v", after, len(some), err)
		}
		all = append(all, some...)
	}
	seen := map[string]bool{}
	for i, l := range all {
		if l.Number != int64(i+1) || len(l.Digest) != i+1 || !bytes.Equal(l.Personal, end.Salt) || seen[l.ID] ||
			l.Type != activity.SignedOut || l.Outcome != activity.OutcomeSuccess {
			t.Fatalf("link %d: %+v", i+1, l)
		}
		seen[l.ID] = true
	}
	if other, err := s.Links(ctx, "lee", 0, 10); err != nil || len(other) != 0 {
		t.Errorf("another account has %v, %v", other, err)
	}
	if err := errors.Join(s.Erase(ctx, "kim"), s.Link(ctx, "kim", activity.NewID(T0), []byte("new"), func(end activity.Chain) activity.Link {
		if string(end.Salt) != "new" || end.Number != racing.Racers {
			t.Errorf("after an erasure: %+v", end)
		}
		return activity.Link{Number: end.Number + 1, Personal: []byte{1}, Digest: []byte{1}}
	}), s.DeleteAccount(ctx, "kim")); err != nil {
		t.Fatal(err)
	}
	left, err := s.Links(ctx, "kim", 0, 10)
	if end, err2 := s.Chain(ctx, "kim"); err != nil || err2 != nil || len(left) != 0 || end.Number != 0 {
		t.Errorf("left behind: %v, %+v, %v, %v", left, end, err, err2)
	}
}

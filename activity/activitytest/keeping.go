package activitytest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

type heard struct{ types []activity.Type }

func (h *heard) Observe(_ context.Context, e activity.Event) error {
	h.types = append(h.types, e.Type)
	return nil
}

// disowning records one event and tells the observers once.
func disowning(t *testing.T, s activity.Store) {
	h := &heard{}
	l := logOver(t, s, h)
	ctx := t.Context()
	e := Event("kim", 1)
	add(t, s, e)
	c := activity.Client{SessionID: "s-9"}
	for _, viewer := range []string{"", "lee", "Kim"} {
		if _, err := l.Disown(ctx, viewer, "kim", e.ID, c); !errors.Is(err, activity.ErrNotOwner) {
			t.Errorf("viewer %q: %v", viewer, err)
		}
	}
	for _, id := range []string{"", "x", activity.NewID(T0)} {
		if _, err := l.Disown(ctx, "kim", "kim", id, c); !errors.Is(err, activity.ErrNotFound) {
			t.Errorf("id %q: %v", id, err)
		}
	}
	for range 2 {
		got, err := l.Disown(ctx, "kim", "kim", e.ID, c)
		if err != nil || got.ID != e.ID || got.Disowned.IsZero() || got.Client.DeviceID != "d-1" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	all := list(t, s, "kim", activity.Query{})
	if len(all) != 2 || all[0].Type != activity.EventDisowned || all[0].Detail[activity.DetailEvent] != e.ID || all[0].Client.SessionID != "s-9" {
		t.Errorf("%+v", all)
	}
	if len(h.types) != 1 || h.types[0] != activity.EventDisowned {
		t.Errorf("observed %v", h.types)
	}
}

// support: only with a running grant, redacted, and itself recorded.
func support(t *testing.T, s activity.Store) {
	now := T0.Add(time.Hour)
	l, err := activity.New(s, activity.Config{CursorKey: make([]byte, 32), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	add(t, s, Event("kim", 1), Event("lee", 1))
	refused := func(name, agent, account, grant string) {
		t.Helper()
		before := len(list(t, s, account, activity.Query{}))
		got, err := l.Support(ctx, agent, account, grant, activity.Filter{}, activity.Page{})
		if !errors.Is(err, activity.ErrNoGrant) || len(got.Events) != 0 {
			t.Errorf("%s: %d events, %v", name, len(got.Events), err)
		}
		if after := len(list(t, s, account, activity.Query{})); after != before {
			t.Errorf("%s: recorded", name)
		}
	}
	if _, err := l.GrantSupport(ctx, "lee", "kim", "agent-1", time.Hour, activity.Client{}); !errors.Is(err, activity.ErrNotOwner) {
		t.Errorf("granted by another: %v", err)
	}
	for _, d := range []time.Duration{0, -time.Hour, time.Second, activity.MaxSupport + 1} {
		if _, err := l.GrantSupport(ctx, "kim", "kim", "agent-1", d, activity.Client{}); err == nil {
			t.Errorf("granted for %v", d)
		}
	}
	grant, err := l.GrantSupport(ctx, "kim", "kim", "agent-1", time.Hour, activity.Client{})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Microsecond)
	refused("another agent", "agent-2", "kim", grant)
	refused("no agent", "", "kim", grant)
	refused("another account", "agent-1", "lee", grant)
	refused("no grant", "agent-1", "kim", "")
	refused("another event", "agent-1", "kim", list(t, s, "kim", activity.Query{Types: []activity.Type{activity.SignInSucceeded}})[0].ID)
	alike := Event("kim", 2) // says what a grant says, and is none
	alike.Detail = map[string]string{activity.DetailAgent: "agent-1", activity.DetailUntil: "9000000000000000"}
	add(t, s, alike)
	refused("no grant, though alike", "agent-1", "kim", alike.ID)
	got, err := l.Support(ctx, "agent-1", "kim", grant, activity.Filter{To: alike.At}, activity.Page{})
	if err != nil || len(got.Events) != 1 {
		t.Fatalf("%+v, %v", got.Events, err)
	}
	got, err = l.Support(ctx, "agent-1", "kim", grant, activity.Filter{Types: []activity.Type{activity.SignInSucceeded, activity.SupportViewed}}, activity.Page{})
	if err != nil || len(got.Events) != 4 || got.Events[0].Type != activity.SupportViewed {
		t.Fatalf("%+v, %v", got.Events, err)
	}
	for _, e := range got.Events {
		if e.Client != (activity.Client{}) || e.Detail != nil || e.Location != (activity.Location{Country: e.Location.Country}) ||
			e.Device != (activity.Device{Class: e.Device.Class}) {
			t.Errorf("support sees %+v", e)
		}
	}
	if last := got.Events[3]; last.Location.Country != "KR" || last.Device.Class != "desktop" {
		t.Errorf("support sees too little: %+v", last)
	}
	for name, f := range map[string]activity.Filter{
		"country": {Countries: []string{"KR"}}, "device": {Device: "d-1"},
	} {
		if _, err := l.Support(ctx, "agent-1", "kim", grant, f, activity.Page{}); !errors.Is(err, activity.ErrBadFilter) {
			t.Errorf("support searches by %s: %v", name, err)
		}
	}
	now = now.Add(time.Hour - 2*time.Microsecond)
	if _, err := l.Support(ctx, "agent-1", "kim", grant, activity.Filter{}, activity.Page{}); err != nil {
		t.Errorf("just before the end: %v", err)
	}
	now = now.Add(time.Second)
	refused("after the end", "agent-1", "kim", grant)
	second, err := l.GrantSupport(ctx, "kim", "kim", "agent-1", time.Hour, activity.Client{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.RevokeSupport(ctx, "lee", "kim", second); !errors.Is(err, activity.ErrNotOwner) {
		t.Errorf("revoked by another: %v", err)
	}
	for range 2 {
		if err := l.RevokeSupport(ctx, "kim", "kim", second); err != nil {
			t.Fatal(err)
		}
	}
	refused("revoked", "agent-1", "kim", second)
}

// retention: by category, the personal part earlier.
func retention(t *testing.T, s activity.Store) {
	now := T0
	day := 24 * time.Hour
	l, err := activity.New(s, activity.Config{CursorKey: make([]byte, 32), Now: func() time.Time { return now }, Retention: activity.Retention{
		Events: 90 * day, Personal: 30 * day, Categories: map[string]time.Duration{activity.CategoryOrder: 365 * day, activity.CategorySignIn: 10 * day},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []activity.Type{activity.SignInSucceeded, activity.ProfileChanged, activity.OrderPlaced} {
		e := Event("kim", 0)
		e.ID, e.Type = activity.NewID(T0), typ
		add(t, s, e)
	}
	for _, c := range []struct {
		days, events, erased int
		exact                bool // a store of months may keep more
	}{{10, 3, 0, true}, {11, 2, 0, true}, {30, 2, 0, true}, {31, 2, 2, false}, {63, 2, 2, true}, {90, 2, 2, true}, {91, 1, 1, true}, {365, 1, 1, true}, {398, 0, 0, true}} {
		now = T0.Add(time.Duration(c.days) * day)
		if _, err := l.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		erased := 0
		got := list(t, s, "kim", activity.Query{})
		for _, e := range got {
			if e.Erased {
				erased++
			}
		}
		if len(got) != c.events || c.exact && erased != c.erased {
			t.Errorf("after %d days: %d events, %d erased, want %d, %d", c.days, len(got), erased, c.events, c.erased)
		}
	}
}

// verifying finds what was changed or taken away, and nothing else.
func verifying(t *testing.T, s activity.Store) {
	now := T0.Add(time.Hour)
	l, err := activity.New(s, activity.Config{CursorKey: make([]byte, 32), ChainKey: []byte(strings.Repeat("k", 32)), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	verify := func(name string, want activity.Verified) {
		t.Helper()
		got, err := l.VerifyChain(ctx, "kim")
		got.Digest = nil
		if err != nil || got.Links != want.Links || got.Whole != want.Whole || got.Erased != want.Erased || got.Purged != want.Purged || got.Unlinked != want.Unlinked {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	verify("nothing", activity.Verified{})
	var events []activity.Event
	for n := range 5 {
		events = append(events, Event("kim", 5-n)) // not in the order of time
	}
	events[3].Type = activity.OrderPlaced
	if err := errors.Join(l.Record(ctx, events[0]), l.RecordBatch(ctx, append(events, Event("lee", 1))), l.Record(ctx, events[2])); err != nil {
		t.Fatal(err)
	}
	verify("as recorded", activity.Verified{Links: 5, Whole: 5})
	if _, err := l.Disown(ctx, "kim", "kim", events[1].ID, activity.Client{}); err != nil {
		t.Fatal(err)
	}
	verify("disowned", activity.Verified{Links: 6, Whole: 6})
	add(t, s, Event("kim", 30))
	verify("one past the log", activity.Verified{Links: 6, Whole: 6, Unlinked: 1})
	if err := s.Erase(ctx, "kim"); err != nil {
		t.Fatal(err)
	}
	verify("erased", activity.Verified{Links: 6, Erased: 6, Unlinked: 1})
	if err := l.Record(ctx, eventOnly(Event("kim", 40))); err != nil {
		t.Fatal(err)
	}
	verify("after the erasure", activity.Verified{Links: 7, Whole: 1, Erased: 6, Unlinked: 1})
	gone := activity.Purge{Before: T0.Add(24 * time.Hour), Types: []activity.Type{activity.OrderPlaced}, Max: 10}
	if n, err := s.Purge(ctx, gone); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if _, err := l.VerifyChain(ctx, "kim"); !errors.Is(err, activity.ErrChain) {
		t.Errorf("an event taken away: %v", err)
	}
	now = now.Add(activity.DefaultRetention)
	verify("had its time", activity.Verified{Links: 7, Whole: 1, Erased: 5, Purged: 1, Unlinked: 1})
	other, err := activity.New(s, activity.Config{CursorKey: make([]byte, 32), ChainKey: []byte(strings.Repeat("x", 32))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.VerifyChain(ctx, "kim"); !errors.Is(err, activity.ErrChain) {
		t.Errorf("another key: %v", err)
	}
}

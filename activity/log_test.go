package activity_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

var (
	t0  = time.Date(2026, 11, 1, 9, 0, 0, 123456789, time.UTC)
	key = bytes.Repeat([]byte{1}, 32)
)

// newLog is a log over a fresh memory store whose clock stands at t0.
func newLog(t testing.TB, change func(*activity.Config)) *activity.Log {
	t.Helper()
	cfg := activity.Config{CursorKey: key, Now: func() time.Time { return t0 }}
	if change != nil {
		change(&cfg)
	}
	l, err := activity.New(activity.NewMemoryStore(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func event(account string) activity.Event {
	return activity.Event{Account: account, Type: activity.SignInSucceeded, Outcome: activity.OutcomeSuccess}
}

func record(t testing.TB, l *activity.Log, events ...activity.Event) {
	t.Helper()
	for _, e := range events {
		if err := l.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func all(t testing.TB, l *activity.Log, account string) []activity.Event {
	t.Helper()
	got, err := l.List(t.Context(), account, account, activity.Filter{}, activity.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return got.Events
}

func TestNewRefusesABadConfig(t *testing.T) {
	type cfg = activity.Config
	en := map[string]string{"en": "Gift sent"}
	for name, c := range map[string]cfg{
		"no key":              {},
		"short key":           {CursorKey: key[:31]},
		"nil observer":        {CursorKey: key, Observers: []activity.Observer{nil}},
		"own type: built in":  {CursorKey: key, Types: []activity.TypeInfo{{Type: activity.SignedOut, Category: "signin", Labels: en}}},
		"own type: twice":     {CursorKey: key, Types: []activity.TypeInfo{{Type: "gift.sent", Category: "order", Labels: en}, {Type: "gift.sent", Category: "order", Labels: en}}},
		"own type: name":      {CursorKey: key, Types: []activity.TypeInfo{{Type: "Gift sent", Category: "order", Labels: en}}},
		"own type: long name": {CursorKey: key, Types: []activity.TypeInfo{{Type: activity.Type(strings.Repeat("a", 65)), Category: "order", Labels: en}}},
		"own type: category":  {CursorKey: key, Types: []activity.TypeInfo{{Type: "gift.sent", Category: "gift", Labels: en}}},
		"own type: severity":  {CursorKey: key, Types: []activity.TypeInfo{{Type: "gift.sent", Category: "order", Severity: 9, Labels: en}}},
		"own type: no label":  {CursorKey: key, Types: []activity.TypeInfo{{Type: "gift.sent", Category: "order", Labels: map[string]string{"ko": "선물"}}}},
		"own category: taken": {CursorKey: key, Categories: []activity.CategoryInfo{{Category: "order", Labels: en}}},
		"own category: name":  {CursorKey: key, Categories: []activity.CategoryInfo{{Category: "a b", Labels: en}}},
		"own category: label": {CursorKey: key, Categories: []activity.CategoryInfo{{Category: "gift"}}},
		"short chain key":     {CursorKey: key, ChainKey: key[:31]},
		"session life":        {CursorKey: key, SessionLife: -1},
		"retention: an hour":  {CursorKey: key, Retention: activity.Retention{Events: time.Hour}},
		"retention: personal": {CursorKey: key, Retention: activity.Retention{Personal: -1}},
		"retention: category": {CursorKey: key, Retention: activity.Retention{Categories: map[string]time.Duration{"order": 0}}},
		"retention: unknown":  {CursorKey: key, Retention: activity.Retention{Categories: map[string]time.Duration{"gift": 48 * time.Hour}}},
	} {
		if l, err := activity.New(activity.NewMemoryStore(), c); err == nil || l != nil || !strings.HasPrefix(err.Error(), "activity: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := activity.New(nil, cfg{CursorKey: key}); err == nil {
		t.Error("no store: no error")
	}
}

// Pitfall 4: every way to read takes the viewer, and none reads another's log.
func TestPitfall04OnlyTheOwnerReads(t *testing.T) {
	l := newLog(t, nil)
	record(t, l, event("kim"), event("lee"))
	kims := all(t, l, "kim")[0].ID
	ctx := t.Context()
	for _, viewer := range []string{"lee", "Kim", "kim ", "", "\x00", strings.Repeat("k", 1<<20)} {
		if got, err := l.List(ctx, viewer, "kim", activity.Filter{}, activity.Page{}); !errors.Is(err, activity.ErrNotOwner) || len(got.Events) != 0 {
			t.Errorf("List as %.10q: %v, %v", viewer, got, err)
		}
		if got, err := l.Get(ctx, viewer, "kim", kims); !errors.Is(err, activity.ErrNotOwner) || got.ID != "" {
			t.Errorf("Get as %.10q: %v, %v", viewer, got, err)
		}
		groups, errGroups := l.Groups(ctx, viewer, "kim", activity.Filter{}, activity.Page{})
		summary, errSummary := l.Summary(ctx, viewer, "kim", activity.Filter{})
		days, errDays := l.Timeline(ctx, viewer, "kim", t0, t0, nil)
		sessions, errSessions := l.Sessions(ctx, viewer, "kim", "")
		disowned, errDisown := l.Disown(ctx, viewer, "kim", kims, activity.Client{})
		grant, errGrant := l.GrantSupport(ctx, viewer, "kim", "agent", time.Hour, activity.Client{})
		errRevoke := l.RevokeSupport(ctx, viewer, "kim", kims)
		for name, err := range map[string]error{"Groups": errGroups, "Summary": errSummary, "Timeline": errDays,
			"Sessions": errSessions, "Disown": errDisown, "GrantSupport": errGrant, "RevokeSupport": errRevoke} {
			if !errors.Is(err, activity.ErrNotOwner) {
				t.Errorf("%s as %.10q: %v", name, viewer, err)
			}
		}
		if len(groups.Groups)+summary.Events+len(days)+len(sessions)+len(disowned.ID)+len(grant) != 0 {
			t.Errorf("%.10q was told something", viewer)
		}
	}
	if _, err := l.Get(ctx, "lee", "lee", kims); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("another account's id: %v, want ErrNotFound", err)
	}
	for _, id := range []string{"", "x", "\x00", "../" + kims, kims + "0", strings.ToUpper(kims), kims[:25] + "1", strings.Repeat("0", 1<<20)} {
		if _, err := l.Get(ctx, "kim", "kim", id); !errors.Is(err, activity.ErrNotFound) {
			t.Errorf("id %.10q: %v, want ErrNotFound", id, err)
		}
	}
	if _, err := l.List(ctx, "", "", activity.Filter{}, activity.Page{}); err == nil {
		t.Error("an empty viewer read the empty account")
	}
	if got, err := l.Get(ctx, "kim", "kim", kims); err != nil || got.ID != kims {
		t.Errorf("the owner: %v, %v", got, err)
	}
}

func TestBadAccounts(t *testing.T) {
	l, ctx := newLog(t, nil), t.Context()
	for _, account := range []string{"", "a\x00b", "a\nb", "\xff", "a\u202eb", strings.Repeat("a", 256), strings.Repeat("a", 1<<20)} {
		_, errList := l.List(ctx, account, account, activity.Filter{}, activity.Page{})
		_, errGet := l.Get(ctx, account, account, activity.NewID(t0))
		for name, err := range map[string]error{
			"Record": l.Record(ctx, event(account)), "DeleteAccount": l.DeleteAccount(ctx, account), "List": errList, "Get": errGet,
		} {
			if err == nil || len(err.Error()) > 300 {
				t.Errorf("%s of account %.10q: %v", name, account, err)
			}
		}
	}
}

func TestFilterAndPageErrors(t *testing.T) {
	l := newLog(t, nil)
	for name, c := range map[string]struct {
		f    activity.Filter
		p    activity.Page
		want error
	}{
		"reversed dates":     {f: activity.Filter{From: t0, To: t0.Add(-1)}, want: activity.ErrBadFilter},
		"unknown type":       {f: activity.Filter{Types: []activity.Type{"no.such"}}, want: activity.ErrBadFilter},
		"unknown category":   {f: activity.Filter{Categories: []string{"no"}}, want: activity.ErrBadFilter},
		"unknown outcome":    {f: activity.Filter{Outcomes: []activity.Outcome{"no"}}, want: activity.ErrBadFilter},
		"not a country":      {f: activity.Filter{Countries: []string{"Korea"}}, want: activity.ErrBadFilter},
		"huge country":       {f: activity.Filter{Countries: []string{strings.Repeat("K", 1<<20)}}, want: activity.ErrBadFilter},
		"too many countries": {f: activity.Filter{Countries: make([]string, 65)}, want: activity.ErrBadFilter},
		"too many types":     {f: activity.Filter{Types: make([]activity.Type, 1<<20)}, want: activity.ErrBadFilter},
		"huge device":        {f: activity.Filter{Device: strings.Repeat("d", 1<<20)}, want: activity.ErrBadFilter},
		"NUL in device":      {f: activity.Filter{Device: "a\x00"}, want: activity.ErrBadFilter},
		"invalid device":     {f: activity.Filter{Device: "\xff"}, want: activity.ErrBadFilter},
		"negative limit":     {p: activity.Page{Limit: -1}, want: activity.ErrBadPage},
		"not a network":      {f: activity.Filter{IP: netip.PrefixFrom(netip.MustParseAddr("192.0.2.1"), 99)}, want: activity.ErrBadFilter},
		"two cursors":        {p: activity.Page{After: "a", Before: "b"}, want: activity.ErrBadPage},
		"a forged Before":    {p: activity.Page{Before: "b"}, want: activity.ErrBadCursor},
	} {
		got, err := l.List(t.Context(), "kim", "kim", c.f, c.p)
		if !errors.Is(err, c.want) || len(got.Events) != 0 || len(err.Error()) > 300 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFilterIsNotChanged(t *testing.T) {
	l := newLog(t, nil)
	f := activity.Filter{Countries: []string{"us", "kr"}, Types: []activity.Type{activity.SignedOut, activity.AccountCreated}}
	if _, err := l.List(t.Context(), "kim", "kim", f, activity.Page{}); err != nil {
		t.Fatal(err)
	}
	if f.Countries[0] != "us" || f.Types[0] != activity.SignedOut {
		t.Errorf("the caller's filter became %v", f)
	}
}

func TestPageSizes(t *testing.T) {
	l := newLog(t, nil)
	for range 120 {
		record(t, l, event("kim"))
	}
	for limit, want := range map[int]int{0: 25, 1: 1, 100: 100, 101: 100, 1 << 40: 100} {
		got, err := l.List(t.Context(), "kim", "kim", activity.Filter{}, activity.Page{Limit: limit})
		if err != nil || len(got.Events) != want || got.Next == "" {
			t.Errorf("limit %d: %d events, next %q, %v", limit, len(got.Events), got.Next, err)
		}
	}
}

type observer struct {
	seen []activity.Event
	err  error
}

func (o *observer) Observe(_ context.Context, e activity.Event) error {
	o.seen = append(o.seen, e)
	if e.Detail != nil {
		e.Detail["order"] = "changed by an observer"
	}
	return o.err
}

func TestObserversSeeTheFilledEvent(t *testing.T) {
	a, b := &observer{}, &observer{}
	l := newLog(t, func(c *activity.Config) { c.Observers = []activity.Observer{a, b} })
	e := event("kim")
	e.Detail = map[string]string{"order": "A-1"}
	record(t, l, e)
	stored := all(t, l, "kim")[0]
	if len(a.seen) != 1 || len(b.seen) != 1 || a.seen[0].ID != stored.ID || !a.seen[0].At.Equal(stored.At) {
		t.Errorf("%v, %v; stored %v", a.seen, b.seen, stored)
	}
	if stored.Detail["order"] != "A-1" || e.Detail["order"] != "A-1" {
		t.Error("an observer changed the event")
	}
	b.err = errors.New("queue is full")
	if err := l.Record(t.Context(), event("kim")); !errors.Is(err, b.err) {
		t.Errorf("the observer's error became %v", err)
	}
}

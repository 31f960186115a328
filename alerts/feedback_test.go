package alerts_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

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

// rates notes the names that are counted, in order.
type rates struct {
	*countingStore
	names []string
}

func (s *rates) CountRate(ctx context.Context, r alerts.Rate, window time.Duration, now time.Time) (alerts.Rate, error) {
	s.names = append(s.names, r.Name)
	return s.countingStore.CountRate(ctx, r, window, now)
}

// A new device's rows are counted, and so locked, in one order: two sign-ins of
// one device at a time would else be a deadlock where each holds one row.
func TestNewDeviceLocksInOneOrder(t *testing.T) {
	w := newWorld(t)
	s := &rates{countingStore: w.store}
	m, err := alerts.New(s, alerts.Config{Queue: w.dispatcher, AEAD: secrettest.AEAD(), Directory: directory{}, Now: w.clock})
	w.ok(err)
	w.ok(m.Learn(t.Context(), w.attempt("first", "KR")))
	for i := range 32 {
		s.names = nil
		w.ok(m.Learn(t.Context(), w.attempt(fmt.Sprint("new", i), "KR")))
		if len(s.names) != 2 || s.names[0] != "devices" {
			t.Fatalf("device %d: counted %q", i, s.names)
		}
	}
}

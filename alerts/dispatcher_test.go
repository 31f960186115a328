package alerts_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// queued puts one message for mail into the outbox.
func queued(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.observe(activity.Event{Type: activity.PasswordChanged})
	return w
}

func (w *world) row(channel string) alerts.Delivery {
	w.Helper()
	rows, err := w.dispatcher.Deliveries(w.Context(), "kim")
	w.ok(err)
	for _, row := range rows {
		if row.Channel == channel {
			return row
		}
	}
	w.Fatalf("no delivery on %s", channel)
	return alerts.Delivery{}
}

func TestDelivered(t *testing.T) {
	w := queued(t)
	if n := w.deliver(); n != 2 {
		t.Errorf("handled %d", n)
	}
	if n := w.deliver(); n != 0 {
		t.Errorf("handled %d again", n)
	}
	mail, sms := w.mail.got[0], w.sms.got[0]
	if mail.ID == sms.ID || mail.Alert.ID != sms.Alert.ID || mail.Recipient.Email != "kim@customer.example" || mail.Attempt != 1 || mail.ID != w.row("email").ID {
		t.Errorf("mail %+v, text %+v", mail.Alert, sms.Alert)
	}
	if row := w.row("email"); row.State != alerts.Done || row.Attempts != 1 || !row.DoneAt.Equal(w.now) {
		t.Errorf("%+v", row)
	}
}

// A failure is tried again at growing distance, with the same id, and given up
// after eight attempts.
func TestRetries(t *testing.T) {
	w := queued(t)
	ids := map[string]bool{}
	w.mail.fail = func(m alerts.Message) error { ids[m.ID] = true; return errTry }
	last := time.Duration(0)
	for i := 1; i <= 8; i++ {
		w.deliver()
		row := w.row("email")
		if w.mail.seen != i || row.Attempts != i {
			t.Fatalf("after %d rounds: %d attempts, row %+v", i, w.mail.seen, row)
		}
		if i == 8 {
			break
		}
		wait := row.DueAt.Sub(w.now)
		base := 30 * time.Second << (i - 1)
		if row.State != alerts.Pending || wait < base*4/5 || wait > base*6/5 || wait <= last*6/5 && i > 1 && base < last {
			t.Errorf("attempt %d: %v until the next, base %v", i, wait, base)
		}
		last = wait
		w.now = row.DueAt.Add(-time.Microsecond)
		if w.deliver() != 0 {
			t.Error("tried before it was due")
		}
		w.now = row.DueAt
	}
	row := w.row("email")
	if row.State != alerts.Dead || row.LastError != "try again" || row.DoneAt.IsZero() {
		t.Errorf("in the end %+v", row)
	}
	if len(ids) != 1 {
		t.Errorf("the ids were %v", ids)
	}
	if w.row("sms").State != alerts.Done {
		t.Error("the other channel was held back")
	}
}

func TestPermanentFailure(t *testing.T) {
	w := queued(t)
	w.mail.fail = func(alerts.Message) error {
		return fmt.Errorf("mail: %w", &alerts.PermanentError{Err: errors.New("550 no such address kim@customer.example")})
	}
	w.deliver()
	if row := w.row("email"); row.State != alerts.Dead || row.Attempts != 1 || row.LastError != "mail: 550 no such address […]" {
		t.Errorf("%+v", row)
	}
}

// A code is tried often and dies with its expiry, not after it.
func TestCodeExpires(t *testing.T) {
	w := newWorld(t)
	w.mail.fail = func(alerts.Message) error { return errTry }
	expires := w.now.Add(10 * time.Minute)
	w.ok(w.dispatcher.SendCode(t.Context(), code("kim", "123456", expires)))
	for {
		w.deliver()
		row := w.row("email")
		if row.State == alerts.Dead {
			break
		}
		if wait := row.DueAt.Sub(w.now); wait > 72*time.Second {
			t.Fatalf("%v until the next attempt", wait)
		}
		w.now = row.DueAt
		if w.mail.seen > 50 {
			t.Fatal("it never dies")
		}
	}
	if w.mail.seen < 9 || w.now.Before(expires) {
		t.Errorf("%d attempts, dead %v before it expired", w.mail.seen, expires.Sub(w.now))
	}
	// At the very moment of expiry it is not sent any more.
	for _, c := range []struct {
		at   time.Duration
		sent int
	}{{-time.Microsecond, 1}, {0, 0}, {time.Microsecond, 0}} {
		w := newWorld(t)
		w.ok(w.dispatcher.SendCode(t.Context(), code("kim", "123456", w.now.Add(time.Minute))))
		w.now = w.now.Add(time.Minute + c.at)
		w.deliver()
		if len(w.mail.got) != c.sent {
			t.Errorf("at expiry%+v: %d sent", c.at, len(w.mail.got))
		}
	}
}

// A notifier that panics is a failed attempt; the panic's value is not kept.
func TestPanicStopsNothing(t *testing.T) {
	w := queued(t)
	w.mail.fail = func(m alerts.Message) error { panic("secret " + m.Recipient.Email) }
	if n := w.deliver(); n != 2 || len(w.sms.got) != 1 {
		t.Errorf("handled %d, texted %d", n, len(w.sms.got))
	}
	if row := w.row("email"); row.State != alerts.Pending || strings.Contains(row.LastError, "secret") || row.LastError == "" {
		t.Errorf("%+v", row)
	}
	if strings.Contains(w.logs.String(), "secret") {
		t.Error("the panic's value was logged")
	}
}

func TestNoRecipient(t *testing.T) {
	w := newWorld(t)
	w.observe(activity.Event{Type: activity.PasswordChanged, Account: "~shadow"})
	if n := w.deliver(); n != 2 || w.mail.seen != 0 {
		t.Errorf("handled %d, notified %d", n, w.mail.seen)
	}
	// A recipient without an address on one channel.
	w = queued(t)
	w.sms.fail = func(alerts.Message) error { return alerts.ErrNoRecipient }
	w.deliver()
	if row := w.row("sms"); row.State != alerts.Skipped || row.Log[0].Reason != alerts.CauseNoAddress {
		t.Errorf("%+v", row)
	}
}

// A dispatcher that dies leaves its lease to run out; a message that kills
// dispatchers is given up.
func TestDeadDispatcher(t *testing.T) {
	w := queued(t)
	for i := range 8 {
		rows, err := w.store.Lease(t.Context(), "", fmt.Sprint("died", i), w.now.Add(time.Minute), w.now, 10)
		w.ok(err)
		if len(rows) != 2 {
			t.Fatalf("round %d: %d rows", i, len(rows))
		}
		if w.deliver() != 0 {
			t.Error("leased to two")
		}
		w.now = w.now.Add(time.Minute)
	}
	w.deliver()
	if row := w.row("email"); row.State != alerts.Dead || w.mail.seen != 0 {
		t.Errorf("%+v after %d notifications", row, w.mail.seen)
	}
}

// The outcome of a delivery is stored although ctx ended during it.
func TestOutcomeOutlivesContext(t *testing.T) {
	w := queued(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.mail.fail = func(alerts.Message) error { cancel(); return nil }
	w.sms.fail = w.mail.fail
	_, err := w.dispatcher.DeliverDue(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if w.row("email").State == alerts.Leased && w.row("sms").State == alerts.Leased {
		t.Error("the outcome was lost")
	}
}

// Run delivers what is queued while it runs, and ends with its context.
func TestRun(t *testing.T) {
	store, got := alerts.NewMemoryStore(), make(chan alerts.Message, 10)
	n := &channel{name: "email", fail: func(m alerts.Message) error { got <- m; return nil }}
	c, err := alerts.NewCourier(alerts.CourierConfig{Notifiers: []alerts.Notifier{n}, Directory: directory{}, AEAD: secrettest.AEAD()})
	if err != nil {
		t.Fatal(err)
	}
	d, err := alerts.NewDispatcher(store, c, alerts.DispatcherConfig{Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := d.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
	for range 3 { // the hour's poll is far away: only the wake-up can deliver it
		if err := d.SendCode(ctx, code("kim", "123456", time.Now().Add(time.Minute))); err != nil {
			t.Fatal(err)
		}
		if m := <-got; m.Code != "123456" {
			t.Errorf("got %v", m)
		}
	}
	cancel()
	wg.Wait()
}

func TestNewCourierRefuses(t *testing.T) {
	good := alerts.CourierConfig{Directory: directory{}, AEAD: secrettest.AEAD()}
	for name, spoil := range map[string]func(c *alerts.CourierConfig){
		"no directory": func(c *alerts.CourierConfig) { c.Directory = nil },
		"no AEAD":      func(c *alerts.CourierConfig) { c.AEAD = nil },
		"nil notifier": func(c *alerts.CourierConfig) { c.Notifiers = []alerts.Notifier{nil} },
		"same channel": func(c *alerts.CourierConfig) {
			c.Notifiers = []alerts.Notifier{&channel{name: "a"}, &channel{name: "a"}}
		},
		"channel's name": func(c *alerts.CourierConfig) { c.Notifiers = []alerts.Notifier{&channel{name: "E mail"}} },
		"code channel":   func(c *alerts.CourierConfig) { c.CodeChannels = []string{"email"} },
		"timeout":        func(c *alerts.CourierConfig) { c.Timeout = time.Hour },
	} {
		c := good
		spoil(&c)
		if _, err := alerts.NewCourier(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	d, err := newDispatcher(alerts.NewMemoryStore(), good)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SendCode(t.Context(), code("kim", "123456", time.Now().Add(time.Minute))); !errors.Is(err, alerts.ErrNoChannel) {
		t.Errorf("a code without a channel: %v", err)
	}
	courier, err := alerts.NewCourier(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]alerts.DispatcherConfig{"workers": {Workers: 1000}, "no workers": {Workers: -1}, "poll": {Poll: -1}} {
		if _, err := alerts.NewDispatcher(alerts.NewMemoryStore(), courier, cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := alerts.NewDispatcher(alerts.NewMemoryStore(), nil, alerts.DispatcherConfig{}); err == nil {
		t.Error("no courier: accepted")
	}
}

// Pitfall 13: a process with another key leaves the code to one that has it.
func TestPitfall13WrongKey(t *testing.T) {
	w := newWorld(t)
	other, err := newDispatcher(w.store, alerts.CourierConfig{
		Notifiers: []alerts.Notifier{w.mail}, Directory: directory{}, AEAD: secrettest.AEAD(), Now: w.clock,
	})
	w.ok(err)
	w.ok(w.dispatcher.SendCode(t.Context(), code("kim", "123456", w.now.Add(10*time.Minute))))
	_, err = other.DeliverDue(t.Context())
	w.ok(err)
	if w.mail.seen != 0 {
		t.Fatal("a code was opened under another key")
	}
	w.now = w.now.Add(10 * time.Second)
	w.deliver()
	if len(w.mail.got) != 1 || w.mail.got[0].Code != "123456" {
		t.Errorf("got %v", w.mail.got)
	}
}

var errTry = errors.New("try again")

// A message that kills its process takes along none that was leased beside it
// and not begun.
func TestDeathsCountForWhatWasBegun(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	for i := range 5 {
		w.now = w.now.Add(time.Second) // the deadly one is the first
		w.ok(w.dispatcher.Enqueue(ctx, alerts.Alert{ID: fmt.Sprint("alert ", i), Account: "kim", Kind: alerts.NewDevice, At: w.now}, []string{"email"}, fmt.Sprint(i)))
	}
	died := errors.New("the process is dead")
	w.mail.fail = func(m alerts.Message) error {
		if m.Alert.ID == "alert 0" {
			w.store.lost = died // nothing is stored any more
			return died
		}
		return nil
	}
	deaths := 0
	for round := range 12 {
		if round == 4 && len(w.mail.got) != 4 { // those that were leased less go first
			t.Errorf("by then %d of 4 were sent", len(w.mail.got))
		}
		if _, err := w.dispatcher.DeliverDue(ctx); errors.Is(err, died) {
			deaths++
		} else {
			w.ok(err)
		}
		w.store.lost = nil
		w.now = w.now.Add(time.Hour) // the lease runs out
	}
	rows, err := w.dispatcher.Deliveries(ctx, "kim")
	w.ok(err)
	for i, row := range slices.Backward(rows) { // the newest is listed first
		want := alerts.Done
		if i == len(rows)-1 {
			want = alerts.Dead
		}
		if row.State != want {
			t.Errorf("%d is %s after %d attempts: %v", len(rows)-1-i, row.State, row.Attempts, row.Log)
		}
	}
	if deaths != 8 {
		t.Errorf("%d deaths", deaths)
	}
}

package alerts_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// newDeliveryWorld is a world with three channels and counts; the courier may be
// changed before it is made.
func newDeliveryWorld(t *testing.T, change func(c *alerts.CourierConfig)) *world {
	t.Helper()
	w := newWorld(t)
	w.push = &channel{name: "webpush"}
	c := alerts.CourierConfig{
		Notifiers: []alerts.Notifier{w.mail, w.sms, w.push}, Directory: directory{}, AEAD: secrettest.AEAD(), Counts: w.store, Now: w.clock,
	}
	if change != nil {
		change(&c)
	}
	var err error
	w.dispatcher, err = newDispatcher(w.store, c)
	w.ok(err)
	return w
}

// grave is a Critical alert, mild is none.
func (w *world) grave(kind alerts.Kind) alerts.Alert {
	return alerts.Alert{Account: "kim", Kind: kind, Severity: activity.Critical, At: w.now}
}

func (w *world) mild() alerts.Alert {
	return alerts.Alert{Account: "kim", Kind: alerts.NewDevice, Severity: activity.Warning, At: w.now}
}

func (w *world) send(a alerts.Alert, channels ...string) {
	w.Helper()
	w.sent++
	w.ok(w.dispatcher.Enqueue(w.Context(), a, channels, fmt.Sprint("send ", w.sent)))
}

// listen notes in which order channels are called.
func (w *world) listen(channels ...*channel) *[]string {
	var order []string
	for _, c := range channels {
		c.fail = func(m alerts.Message) error {
			order = append(order, c.name+" "+string(m.Kind))
			return nil
		}
	}
	return &order
}

// Push goes before text messages before mail, and on a channel what is urgent
// before what is not.
func TestOrder(t *testing.T) {
	for name, c := range map[string]struct {
		order []string
		want  []string
	}{
		"usual":  {nil, []string{"webpush", "sms", "email"}},
		"chosen": {[]string{"email"}, []string{"email", "sms", "webpush"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newDeliveryWorld(t, func(cfg *alerts.CourierConfig) { cfg.Order = c.order })
			got := w.listen(w.mail, w.sms, w.push)
			w.send(w.mild(), "email", "sms", "webpush")
			w.now = w.now.Add(time.Second)
			w.send(w.grave(alerts.GuessedIn), "email", "sms", "webpush")
			w.deliver()
			var want []string
			for _, channel := range c.want {
				want = append(want, channel+" guessed_in", channel+" new_device")
			}
			equal(t, "order", *got, want)
		})
	}
}

// A standby is made with the others, steps in after a while if nobody else has
// reached the owner, and else stands down.
func TestStandby(t *testing.T) {
	w := newDeliveryWorld(t, nil)
	w.store.take()
	w.send(w.grave(alerts.GuessedIn), "email")
	equal(t, "statements", w.store.take(), []string{"Enqueue 3"})
	if row := w.row("sms"); row.State != alerts.Standby || !row.DueAt.Equal(w.now.Add(5*time.Minute)) || row.Group == "" || row.Group != w.row("email").Group {
		t.Errorf("the standby is %+v", row)
	}
	w.deliver()
	w.now = w.now.Add(5*time.Minute - time.Microsecond)
	if n := w.deliver(); n != 0 {
		t.Errorf("%d before it is due", n)
	}
	w.now = w.now.Add(time.Microsecond)
	w.deliver()
	if row := w.row("sms"); row.State != alerts.Skipped || len(row.Log) != 1 || row.Log[0].Reason != alerts.CauseNotNeeded || w.sms.seen+w.push.seen != 0 {
		t.Errorf("%+v, %d texts", row, w.sms.seen)
	}
	if len(w.mail.got) != 1 {
		t.Errorf("mailed %v", w.mail.got)
	}

	w = newDeliveryWorld(t, nil)
	w.mail.fail = func(alerts.Message) error { return errTry }
	w.send(w.grave(alerts.GuessedIn), "email")
	w.deliver()
	w.now = w.now.Add(5 * time.Minute)
	w.deliver()
	if len(w.sms.got)+len(w.push.got) == 0 {
		t.Error("nobody stepped in for a mail that is being retried")
	}
	w.mail.fail = nil
	w.now = w.row("email").DueAt
	w.deliver()
	if len(w.mail.got) != 1 { // it was chosen, so it goes all the same
		t.Errorf("mailed %v", w.mail.got)
	}
}

// When the last one fails for good, a standby steps in at once.
func TestStandbyAtOnce(t *testing.T) {
	for name, fail := range map[string]error{
		"refused": &alerts.PermanentError{Err: errors.New("550")}, "no address": fmt.Errorf("mail: %w", alerts.ErrNoRecipient),
	} {
		t.Run(name, func(t *testing.T) {
			w := newDeliveryWorld(t, nil)
			w.mail.fail = func(alerts.Message) error { return fail }
			w.send(w.grave(alerts.GuessedIn), "email")
			w.deliver()
			if len(w.push.got) != 1 || len(w.sms.got) != 0 || w.row("sms").State != alerts.Skipped { // one is enough
				t.Errorf("pushed %v, texted %v", w.push.got, w.sms.got)
			}
		})
	}
	w := newDeliveryWorld(t, nil) // but not while another may reach the owner
	w.mail.fail = func(alerts.Message) error { return &alerts.PermanentError{Err: errors.New("550")} }
	w.push.fail = func(alerts.Message) error { return errTry }
	w.send(w.grave(alerts.GuessedIn), "email", "webpush")
	w.deliver()
	if len(w.sms.got) != 0 {
		t.Error("stepped in though a push is being retried")
	}
	w = newDeliveryWorld(t, nil) // and given up is failed
	w.mail.fail = func(alerts.Message) error { return errTry }
	w.sms.fail, w.push.fail = w.mail.fail, w.mail.fail
	w.send(w.grave(alerts.GuessedIn), "email", "sms")
	for range 10 {
		w.deliver()
		w.now = w.now.Add(time.Hour * 7)
	}
	for _, channel := range []string{"email", "sms", "webpush"} {
		if row := w.row(channel); row.State != alerts.Dead || row.Log[len(row.Log)-1].Reason != alerts.CauseGivenUp {
			t.Errorf("%s: %+v", channel, row)
		}
	}
}

// A mandatory kind reaches an owner who chose a channel that does not lead to
// them any more, however grave it is.
func TestStandbyOfMandatoryKinds(t *testing.T) {
	for _, info := range alerts.Kinds() {
		w := newDeliveryWorld(t, nil)
		w.push.fail = func(alerts.Message) error { return alerts.ErrNoRecipient } // no browser
		a := w.mild()
		a.Kind, a.Severity = info.Kind, activity.Notice
		w.send(a, "webpush")
		w.deliver()
		if told := len(w.mail.got)+len(w.sms.got) == 1; told != info.Mandatory {
			t.Errorf("%s, mandatory %v: mailed %d, texted %d", info.Kind, info.Mandatory, len(w.mail.got), len(w.sms.got))
		}
	}
}

// Only what must reach its owner has standbys, only where something was chosen, and
// nothing that the shop has switched off.
func TestNoStandby(t *testing.T) {
	w := newDeliveryWorld(t, nil)
	w.store.take()
	w.send(w.mild(), "email")
	w.send(w.grave(alerts.GuessedIn))
	w.send(w.grave(alerts.GuessedIn), "email", "sms", "webpush")
	equal(t, "statements", w.store.take(), []string{"Enqueue 1", "Enqueue 0", "Enqueue 3"})
	w = newDeliveryWorld(t, func(c *alerts.CourierConfig) { c.FallbackAfter = -1 })
	w.send(w.grave(alerts.GuessedIn), "email")
	equal(t, "statements", w.store.take(), []string{"Enqueue 1"})
	w.want(w.dispatcher.Enqueue(t.Context(), w.grave(alerts.GuessedIn), []string{"pigeon"}, "x"), alerts.ErrNoChannel)
}

// An account that does not exist takes the same way through the store as one
// that does.
func TestPitfall09Standby(t *testing.T) {
	run := func(account string) ([]string, []alerts.State) {
		w := newDeliveryWorld(t, nil)
		a := w.grave(alerts.GuessedIn)
		a.Account = account
		w.send(a, "email")
		w.deliver()
		w.now = w.now.Add(5 * time.Minute)
		w.deliver()
		var states []alerts.State
		rows, err := w.dispatcher.Deliveries(t.Context(), account)
		w.ok(err)
		for _, row := range rows {
			states = append(states, row.State)
		}
		slices.Sort(states)
		return w.store.take(), states
	}
	calls, states := run("kim")
	shadowCalls, shadowStates := run("~shadow")
	equal(t, "calls", shadowCalls, calls)
	equal(t, "states", shadowStates, states)
	if !slices.Contains(calls, "StandDown") || !slices.Contains(calls, "CountRate sent") {
		t.Errorf("the calls are not what is meant to be compared: %v", calls)
	}
}

// confirmed is a channel that confirms.
type confirmed struct {
	*channel
	within time.Duration
}

func (c confirmed) ReceiptWithin() time.Duration { return c.within }

// A channel that confirms has reached the owner when it says so; else the
// standby steps in.
func TestReceipt(t *testing.T) {
	for name, c := range map[string]struct {
		within, at time.Duration
		receipts   []bool
		texted     int
		mailed     time.Duration // 0: not
	}{
		"in time":        {time.Minute, time.Minute, []bool{true}, 1, 0},
		"none":           {time.Minute, time.Minute, nil, 1, 5 * time.Minute},
		"late":           {10 * time.Minute, 11 * time.Minute, []bool{true}, 1, 10 * time.Minute},
		"slow but there": {10 * time.Minute, 9 * time.Minute, []bool{true}, 1, 0},
		"undelivered":    {10 * time.Minute, time.Minute, []bool{false}, 1, time.Minute},
		"contradicted":   {time.Minute, time.Minute, []bool{true, false}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newDeliveryWorld(t, func(cfg *alerts.CourierConfig) {
				w := cfg.Notifiers[1].(*channel)
				cfg.Notifiers = []alerts.Notifier{cfg.Notifiers[0], confirmed{w, c.within}}
			})
			start := w.now
			var mailed time.Duration
			w.mail.fail = func(alerts.Message) error { mailed = w.now.Sub(start); return nil }
			w.send(w.grave(alerts.GuessedIn), "sms")
			for minute := range 30 {
				w.now = start.Add(time.Duration(minute) * time.Minute)
				w.deliver()
				if w.now.Sub(start) == c.at {
					for i, delivered := range c.receipts {
						err := w.dispatcher.Receipt(t.Context(), w.row("sms").ID, delivered)
						if (err == nil) != (i == 0) || i > 0 && !errors.Is(err, alerts.ErrNoDelivery) {
							t.Errorf("receipt %d: %v", i, err)
						}
					}
					w.deliver()
				}
			}
			if len(w.sms.got) != c.texted || mailed != c.mailed || (w.row("email").State == alerts.Done) != (c.mailed > 0) {
				t.Errorf("texted %d, mailed after %v, %v", len(w.sms.got), mailed, w.row("email"))
			}
			if want := len(c.receipts) > 0; w.row("sms").ReceiptAt.IsZero() == want {
				t.Errorf("%+v", w.row("sms"))
			}
		})
	}
	w := newDeliveryWorld(t, nil)
	w.want(w.dispatcher.Receipt(t.Context(), "none", true), alerts.ErrNoDelivery)
	w.want(w.dispatcher.Receipt(t.Context(), strings.Repeat("x", 1<<20), true), alerts.ErrNoDelivery)
}

// Dead alerts are listed with their reason and can be given another round; a
// code cannot, and leaves nothing behind.
func TestDeadLetters(t *testing.T) {
	w := newDeliveryWorld(t, nil)
	ctx := t.Context()
	w.mail.fail = func(alerts.Message) error { return &alerts.PermanentError{Err: errors.New("550 no")} }
	w.send(w.mild(), "email")
	w.deliver()
	w.now = w.now.Add(time.Second)
	w.ok(w.dispatcher.SendCode(ctx, code("kim", "83019274", w.now.Add(time.Minute), "email")))
	w.deliver()
	first, err := w.dispatcher.Dead(ctx, alerts.Delivery{}, 1)
	w.ok(err)
	rest, err := w.dispatcher.Dead(ctx, first[0], 1000)
	w.ok(err)
	if len(first) != 1 || len(rest) != 1 || first[0].Kind != alerts.RecoveryCode || rest[0].LastError != "550 no" || rest[0].Log[0].Reason != alerts.CauseRefused {
		t.Fatalf("listed %v, %v", first, rest)
	}
	w.want(w.dispatcher.Revive(ctx, first[0].ID), alerts.ErrNoDelivery)
	w.want(w.dispatcher.Revive(ctx, "\x00"), alerts.ErrNoDelivery)
	w.mail.fail = nil
	w.ok(w.dispatcher.Revive(ctx, rest[0].ID))
	w.want(w.dispatcher.Revive(ctx, rest[0].ID), alerts.ErrNoDelivery)
	w.deliver()
	if len(w.mail.got) != 1 || w.mail.got[0].ID != rest[0].ID || w.mail.got[0].Alert.Kind != alerts.NewDevice {
		t.Errorf("mailed %v", w.mail.got)
	}
}

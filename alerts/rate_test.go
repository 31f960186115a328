package alerts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// paced is a world whose text messages are few.
func paced(t *testing.T) *world {
	return newDeliveryWorld(t, func(c *alerts.CourierConfig) {
		c.Rates = map[string]alerts.Pace{"sms": {Window: time.Hour, Alerts: 2, Grave: 3, Codes: 1}}
		c.FallbackAfter = -1
	})
}

// Over the rate nothing is lost: it goes when the window is over, each attempt
// still to come.
func TestRate(t *testing.T) {
	w := paced(t)
	for range 5 {
		w.send(w.mild(), "sms")
	}
	w.deliver()
	if len(w.sms.got) != 2 {
		t.Fatalf("%d texts", len(w.sms.got))
	}
	waiting := 0
	rows, err := w.dispatcher.Deliveries(t.Context(), "kim")
	w.ok(err)
	for _, row := range rows {
		if row.State == alerts.Pending && row.Attempts == 0 && row.DueAt.Equal(t0.Add(time.Hour)) && row.Log[0].Reason == alerts.CauseRate {
			waiting++
		}
	}
	if waiting != 3 {
		t.Errorf("%d wait: %v", waiting, rows)
	}
	for hour, want := range []int{2, 4, 5, 5} {
		w.now = t0.Add(time.Duration(hour) * time.Hour)
		w.deliver()
		if len(w.sms.got) != want {
			t.Errorf("after %d hours %d texts, want %d", hour, len(w.sms.got), want)
		}
	}
}

// A repetition of a failed attempt is not counted again.
func TestRateCountsMessages(t *testing.T) {
	w := paced(t)
	w.sms.fail = func(alerts.Message) error { return errTry }
	w.send(w.mild(), "sms")
	w.send(w.mild(), "sms")
	for range 3 {
		w.deliver()
		w.now = w.now.Add(3 * time.Minute)
	}
	w.sms.fail = nil
	w.deliver()
	if len(w.sms.got) != 2 {
		t.Errorf("%d texts", len(w.sms.got))
	}
}

// What would wait longer than a day is given up, with its reason; by then the
// standbys have stepped in.
func TestRateGivesUp(t *testing.T) {
	w := newDeliveryWorld(t, func(c *alerts.CourierConfig) {
		c.Rates = map[string]alerts.Pace{"sms": {Window: 24 * time.Hour, Grave: 1}}
	})
	for range 3 {
		w.send(w.grave(alerts.GuessedIn), "sms")
	}
	w.deliver()
	w.now = t0.Add(5 * time.Minute)
	w.deliver()
	if len(w.sms.got) != 1 || len(w.push.got) != 2 {
		t.Fatalf("%d texts, %d pushed", len(w.sms.got), len(w.push.got))
	}
	w.now = t0.Add(24 * time.Hour)
	w.deliver()
	dead, err := w.dispatcher.Dead(t.Context(), alerts.Delivery{}, 10)
	w.ok(err)
	if len(w.sms.got) != 2 || len(dead) != 1 || dead[0].Log[len(dead[0].Log)-1].Reason != alerts.CauseRate {
		t.Errorf("%d texts, dead: %v", len(w.sms.got), dead)
	}
}

// Whoever sets off alerts by the hundred keeps the owner from no grave one, and
// from no code; nor does one grave kind use up another's.
func TestRatesApart(t *testing.T) {
	w := paced(t)
	for range 10 {
		w.send(w.mild(), "sms")
		w.send(w.grave(alerts.RecoveryStarted), "sms")
	}
	w.deliver()
	w.sms.got = nil
	w.send(w.grave(alerts.PasswordChanged), "sms")
	attempted := w.mild() // mandatory, though no more than a warning
	attempted.Kind = alerts.ChangeAttempted
	w.send(attempted, "sms")
	w.now = w.now.Add(time.Second)
	w.ok(w.dispatcher.SendCode(t.Context(), code("kim", "123456", w.now.Add(time.Minute), "sms")))
	other := w.mild()
	other.Account = "lee"
	w.send(other, "sms")
	w.deliver()
	equal(t, "texts", w.sms.take(), []alerts.Kind{alerts.PasswordChanged, alerts.RecoveryCode, alerts.ChangeAttempted, alerts.NewDevice})
	w.now = w.now.Add(time.Second)
	w.ok(w.dispatcher.SendCode(t.Context(), code("kim", "654321", w.now.Add(time.Minute), "sms")))
	w.deliver()
	if row := w.row("sms"); row.State != alerts.Dead || row.Kind != alerts.RecoveryCode || row.Log[0].Reason != alerts.CauseRate || len(w.sms.got) != 0 {
		t.Errorf("the second code is %+v", row)
	}
}

type brokenCounts struct{}

func (brokenCounts) CountRate(context.Context, alerts.Rate, time.Duration, time.Time) (alerts.Rate, error) {
	return alerts.Rate{}, errors.New("no")
}

// A count that fails holds nothing up; a channel without a rate costs no count.
func TestRateFails(t *testing.T) {
	w := newDeliveryWorld(t, func(c *alerts.CourierConfig) { c.Counts = brokenCounts{} })
	w.send(w.mild(), "email")
	w.deliver()
	if len(w.mail.got) != 1 {
		t.Error("held up")
	}
	w = newDeliveryWorld(t, func(c *alerts.CourierConfig) {
		c.Notifiers = []alerts.Notifier{&channel{name: "pigeon"}}
	})
	w.send(w.mild(), "pigeon")
	w.store.take()
	w.deliver()
	equal(t, "statements", w.store.take(), []string{"Settle"})
}

func TestRatesRefused(t *testing.T) {
	n := []alerts.Notifier{&channel{name: "sms"}}
	for name, cfg := range map[string]alerts.CourierConfig{
		"no counts": {Notifiers: n, Rates: map[string]alerts.Pace{"sms": {}}},
		"unknown":   {Notifiers: n, Rates: map[string]alerts.Pace{"smx": {}}, Counts: alerts.NewMemoryStore()},
		"negative":  {Notifiers: n, Rates: map[string]alerts.Pace{"sms": {Grave: -1}}, Counts: alerts.NewMemoryStore()},
		"window":    {Notifiers: n, Rates: map[string]alerts.Pace{"sms": {Window: 25 * time.Hour}}, Counts: alerts.NewMemoryStore()},
		"order":     {Notifiers: n, Order: []string{"smx"}},
		"twice":     {Notifiers: n, Order: []string{"sms", "sms"}},
		"fall-back": {Notifiers: n, FallbackAfter: 2 * time.Hour},
	} {
		cfg.Directory, cfg.AEAD = directory{}, secrettest.AEAD()
		if _, err := alerts.NewCourier(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

package alerts_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

func newCourier(t *testing.T, cfg alerts.CourierConfig) *alerts.Courier {
	t.Helper()
	if cfg.Directory == nil {
		cfg.Directory = directory{}
	}
	cfg.AEAD = secrettest.AEAD()
	c, err := alerts.NewCourier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// planned is one delivery of an alert by mail, at its first attempt.
func planned(t *testing.T, c *alerts.Courier) alerts.Delivery {
	t.Helper()
	rows, err := c.Plan(alerts.Alert{Account: "kim", Kind: alerts.NewDevice}, []string{"email"}, "d")
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	rows[0].Attempts = 1
	return rows[0]
}

// does is a mail channel that does as it is told.
type does func(ctx context.Context, m alerts.Message) error

func (does) Channel() string { return "email" }

func (f does) Notify(ctx context.Context, m alerts.Message) error { return f(ctx, m) }

// oddError panics when it is looked at.
type oddError struct{ cause error }

func (e *oddError) Error() string { return e.cause.Error() }
func (e *oddError) Unwrap() error { return e.cause }

// Whatever a notifier does, the courier comes back in time with an outcome that
// says so.
func TestOddNotifiers(t *testing.T) {
	var never chan struct{}
	var permanent *alerts.PermanentError
	var odd *oddError
	for name, c := range map[string]struct {
		notify does
		state  alerts.State
		cause  alerts.Cause
	}{
		"fine":                   {func(context.Context, alerts.Message) error { return nil }, alerts.Done, ""},
		"panics":                 {func(context.Context, alerts.Message) error { panic("kim@customer.example") }, alerts.Pending, alerts.CauseFault},
		"hangs":                  {func(context.Context, alerts.Message) error { <-never; return nil }, alerts.Pending, alerts.CauseTimeout},
		"exits":                  {func(ctx context.Context, _ alerts.Message) error { <-ctx.Done(); return ctx.Err() }, alerts.Pending, alerts.CauseTimeout},
		"refuses":                {func(context.Context, alerts.Message) error { return &alerts.PermanentError{Err: errTry} }, alerts.Dead, alerts.CauseRefused},
		"nobody":                 {func(context.Context, alerts.Message) error { return alerts.ErrNoRecipient }, alerts.Skipped, alerts.CauseNoAddress},
		"fails":                  {func(context.Context, alerts.Message) error { return errTry }, alerts.Pending, alerts.CauseUnreachable},
		"nil but typed":          {func(context.Context, alerts.Message) error { return permanent }, alerts.Pending, alerts.CauseFault},
		"nil of its own":         {func(context.Context, alerts.Message) error { return odd }, alerts.Pending, alerts.CauseFault},
		"panics when looked at":  {func(context.Context, alerts.Message) error { return &oddError{} }, alerts.Pending, alerts.CauseFault},
		"done though it is late": {func(ctx context.Context, _ alerts.Message) error { <-ctx.Done(); return nil }, alerts.Done, ""},
	} {
		t.Run(name, func(t *testing.T) {
			courier := newCourier(t, alerts.CourierConfig{Notifiers: []alerts.Notifier{c.notify}, Timeout: 20 * time.Millisecond})
			o := courier.Try(t.Context(), planned(t, courier))
			if o.State != c.state || o.Cause != c.cause || (o.Reason == "") != (c.cause == "" || c.cause == alerts.CauseNoAddress) || o.Uncounted {
				t.Errorf("%+v", o)
			}
			if strings.Contains(o.Reason, "customer.example") || (o.State == alerts.Pending) == o.Due.IsZero() {
				t.Errorf("%+v", o)
			}
		})
	}
}

// An alert of nobody, or that cannot be stored, is refused with a word.
func TestPlanRefuses(t *testing.T) {
	c, err := alerts.NewCourier(alerts.CourierConfig{Notifiers: []alerts.Notifier{idle("email")}, Directory: directory{}, AEAD: secrettest.AEAD()})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []alerts.Alert{{}, {Account: "a\x00b"}, {Account: strings.Repeat("a", 256)}, {Account: "kim", ID: "a\x00b"}, {Account: "kim", ID: "\xff"}} {
		if rows, err := c.Plan(bad, []string{"email"}, "once"); !errors.Is(err, alerts.ErrAttempt) || rows != nil {
			t.Errorf("%q, %q: %v, %v", bad.Account, bad.ID, rows, err)
		}
	}
}

// A channel whose calls never return is not called for ever more.
func TestStuckNotifier(t *testing.T) {
	release := make(chan struct{})
	var calls atomic.Int64
	courier := newCourier(t, alerts.CourierConfig{Timeout: time.Millisecond, Notifiers: []alerts.Notifier{does(func(context.Context, alerts.Message) error {
		calls.Add(1)
		<-release
		return nil
	})}})
	d := planned(t, courier)
	for range 40 {
		if o := courier.Try(t.Context(), d); o.State != alerts.Pending || o.Cause != alerts.CauseTimeout {
			t.Fatalf("%+v", o)
		}
	}
	if calls.Load() != 32 {
		t.Errorf("%d calls are stuck", calls.Load())
	}
	o := courier.Try(t.Context(), d)
	if !o.Uncounted {
		t.Errorf("%+v", o)
	}
	d.CreatedAt = d.CreatedAt.Add(-24 * time.Hour)
	if o := courier.Try(t.Context(), d); o.State != alerts.Dead {
		t.Errorf("after a day: %+v", o)
	}
	close(release)
}

// Once ctx has ended nothing is sent, and no attempt is used up.
func TestTryAfterTheEnd(t *testing.T) {
	courier := newCourier(t, alerts.CourierConfig{Notifiers: []alerts.Notifier{does(func(context.Context, alerts.Message) error {
		t.Error("called")
		return nil
	})}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if o := courier.Try(ctx, planned(t, courier)); o.State != alerts.Pending || !o.Uncounted {
		t.Errorf("%+v", o)
	}
}

// A provider that says when to come back is obeyed, a day at most; sooner than
// the usual wait is not.
func TestRetryAfter(t *testing.T) {
	now := t0
	for _, c := range []struct{ after, from, to time.Duration }{
		{time.Hour, time.Hour, 66 * time.Minute}, {time.Second, 24 * time.Second, 37 * time.Second},
		{1000 * time.Hour, 24 * time.Hour, 27 * time.Hour}, {-time.Hour, 24 * time.Second, 36 * time.Second},
	} {
		courier := newCourier(t, alerts.CourierConfig{Now: func() time.Time { return now }, Notifiers: []alerts.Notifier{does(func(context.Context, alerts.Message) error {
			return fmt.Errorf("429: %w", &alerts.RetryError{Err: errors.New("slow down"), After: c.after})
		})}})
		d := planned(t, courier)
		o := courier.Try(t.Context(), d)
		if wait := o.Due.Sub(now); o.State != alerts.Pending || wait < c.from || wait > c.to || o.Reason != "429: slow down" {
			t.Errorf("after %v: %+v, in %v", c.after, o, wait)
		}
		d.Attempts = 8
		if o := courier.Try(t.Context(), d); o.State != alerts.Dead || o.Cause != alerts.CauseGivenUp {
			t.Errorf("at the eighth attempt: %+v", o)
		}
	}
	// A code does not wait longer than it lives.
	courier := newCourier(t, alerts.CourierConfig{Now: func() time.Time { return now }, Notifiers: []alerts.Notifier{does(func(context.Context, alerts.Message) error {
		return &alerts.RetryError{Err: errTry, After: time.Hour}
	})}})
	rows, err := courier.PlanCode(code("kim", "123456", now.Add(time.Minute)))
	if err != nil {
		t.Fatal(err)
	}
	rows[0].Attempts = 1
	if o := courier.Try(t.Context(), rows[0]); !o.Due.Equal(now.Add(time.Minute)) {
		t.Errorf("%+v", o)
	}
}

// linker makes links that name the delivery.
type linker struct{ err error }

func (l linker) Links(d alerts.Delivery, a alerts.Alert) (alerts.Links, error) {
	return alerts.Links{NotMine: alerts.Private("https://shop.example/not-mine/" + d.ID + string(a.Kind))}, l.err
}

// Pitfall 13: phrase, link, code and earlier address are sealed, each to its row:
// moved to another they do not open; and what a notifier lets slip is struck out.
func TestPitfall13SealedToTheRow(t *testing.T) {
	var got alerts.Message
	courier := newCourier(t, alerts.CourierConfig{Linker: linker{}, Notifiers: []alerts.Notifier{does(func(_ context.Context, m alerts.Message) error {
		got = m
		return fmt.Errorf("no %s %s %s %s", m.Alert.Link, string(m.Links.NotMine), string(m.Phrase), m.Recipient.Email)
	})}})
	a := alerts.Alert{
		Account: "kim", Kind: alerts.RecoveryStarted, Link: "https://shop.example/undo?t=secret-link", Phrase: "purple walrus", Lang: "ko",
		Earlier: []alerts.EarlierAddress{{ID: "c1", Address: "old@customer.example"}},
	}
	rows, err := courier.Plan(a, []string{"email"}, "d")
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	secrets := []string{"secret-link", "purple walrus", "old@customer.example", "kim@customer.example", "not-mine"}
	for i, d := range rows {
		d.Attempts = 1
		o := courier.Try(t.Context(), d)
		want := []string{"kim@customer.example", "old@customer.example"}[i]
		phrase := []alerts.Private{"purple walrus", ""}[i] // an earlier address has none
		if got.Phrase != phrase || got.Alert.Link != a.Link || got.Recipient.Lang != "ko" || got.Recipient.Email != want ||
			string(got.Links.NotMine) != "https://shop.example/not-mine/"+d.ID+"recovery_started" {
			t.Errorf("delivered to %q in %q", got.Recipient.Email, got.Recipient.Lang)
		}
		for _, s := range secrets {
			if strings.Contains(string(d.Payload), s) || strings.Contains(o.Reason, s) {
				t.Errorf("%q is in the row or in %q", s, o.Reason)
			}
		}
		if d.Group == "" != (i == 1) {
			t.Errorf("row %d is of group %q", i, d.Group)
		}
	}
	for name, only := range map[string]alerts.Alert{
		"link": {Link: a.Link}, "phrase": {Phrase: a.Phrase}, "earlier address": {Earlier: a.Earlier},
	} {
		only.Account, only.Kind = "kim", a.Kind
		rows, err := courier.Plan(only, []string{"email"}, "d")
		if err != nil {
			t.Fatal(err)
		}
		d := rows[len(rows)-1]
		d.ID, d.Attempts, got = "another", 1, alerts.Message{}
		if o := courier.Try(t.Context(), d); o.State != alerts.Pending || o.Cause != alerts.CauseFault || got.ID != "" {
			t.Errorf("a moved %s opened: %+v", name, o)
		}
	}
	codes, err := courier.PlanCode(alerts.CodeMessage{
		Kind: alerts.SignInCode, Account: "kim", Code: "83019274", Expires: time.Now().Add(time.Minute), Phrase: "purple walrus", Lang: "ko"})
	if err != nil {
		t.Fatal(err)
	}
	codes[0].Attempts = 1
	courier.Try(t.Context(), codes[0])
	if got.Code != "83019274" || got.Phrase != "purple walrus" || got.Recipient.Lang != "ko" || got.Links != (alerts.Links{}) {
		t.Errorf("a code's message is %+v", got.Recipient.Lang)
	}
}

// A message without its links is better than none.
func TestLinkerFails(t *testing.T) {
	var got alerts.Message
	courier := newCourier(t, alerts.CourierConfig{Linker: linker{errTry}, Notifiers: []alerts.Notifier{does(func(_ context.Context, m alerts.Message) error {
		got = m
		return nil
	})}})
	if o := courier.Try(t.Context(), planned(t, courier)); o.State != alerts.Done || got.ID == "" || got.Links != (alerts.Links{}) {
		t.Errorf("%+v", o)
	}
}

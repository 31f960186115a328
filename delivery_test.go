package accountsec_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// shopQueue is a queue of the shop's own.
type shopQueue struct {
	*alerts.Dispatcher
	courier *alerts.Courier
	codes   []alerts.Kind
	ran     bool
}

func (q *shopQueue) SendCode(ctx context.Context, m alerts.CodeMessage) error {
	q.codes = append(q.codes, m.Kind)
	return q.Dispatcher.SendCode(ctx, m)
}

func (q *shopQueue) Run(context.Context) error { q.ran = true; return nil }

// Everything that is sent goes through the queue that the shop made.
func TestQueueOfTheShop(t *testing.T) {
	w := newWorld(t)
	var q *shopQueue
	w.config.Queue = func(c *alerts.Courier) (alerts.Queue, error) {
		d, err := alerts.NewDispatcher(w.config.Stores.Alerts, c, alerts.DispatcherConfig{})
		q = &shopQueue{Dispatcher: d, courier: c}
		return q, err
	}
	var err error
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	_, err = w.guard.StartRecovery(t.Context(), w.people.byID["kim"].Email, home)
	w.ok(err)
	if len(q.codes) != 1 || q.codes[0] != alerts.RecoveryCode || w.guard.Queue() != alerts.Queue(q) {
		t.Errorf("the queue was given %v", q.codes)
	}
	if rows, err := w.guard.Queue().Deliveries(t.Context(), "kim"); err != nil || len(rows) < 2 {
		t.Errorf("listed %v, %v", rows, err)
	}
	if _, err := w.guard.Deliver(t.Context()); err == nil {
		t.Error("Deliver by a queue that cannot")
	}
	w.ok(w.guard.Run(t.Context()))
	if !q.ran {
		t.Error("the queue does not run")
	}
	for name, make := range map[string]func(*alerts.Courier) (alerts.Queue, error){
		"an error": func(*alerts.Courier) (alerts.Queue, error) { return nil, errors.New("no") },
		"nothing":  func(*alerts.Courier) (alerts.Queue, error) { return nil, nil },
	} {
		w.config.Queue = make
		if _, err := accountsec.New(w.config); err == nil {
			t.Errorf("a queue that is %s: accepted", name)
		}
	}
}

// unruly does what a notifier must not.
type unruly struct {
	calls  atomic.Int64
	called chan struct{}
}

func (*unruly) Channel() string { return "email" }

func (h *unruly) Notify(ctx context.Context, _ alerts.Message) error {
	defer func() { h.called <- struct{}{} }()
	switch h.calls.Add(1) % 3 {
	case 0:
		panic("no")
	case 1:
		var none *alerts.PermanentError
		return none
	}
	<-ctx.Done()
	return ctx.Err()
}

// Whatever a notifier does, nobody is kept from signing in or changing a
// password, and what was to be told waits.
func TestNotifierNeverStopsASignIn(t *testing.T) {
	w := newWorld(t)
	h := &unruly{called: make(chan struct{}, 100)}
	w.config.Notifiers, w.config.Delivery.Timeout = []alerts.Notifier{h}, 5*time.Millisecond
	var err error
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.guard.Run(ctx) }()
	for range 5 {
		w.signIn("kim", home)
		w.ok(w.guard.Log().Record(ctx, activity.Event{Account: "kim", Type: activity.PasswordChanged, Outcome: activity.OutcomeSuccess, Client: home}))
	}
	rows, err := w.guard.Queue().Deliveries(ctx, "kim")
	w.ok(err)
	for range rows {
		<-h.called
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	rows, err = w.guard.Queue().Deliveries(t.Context(), "kim")
	w.ok(err)
	tried := 0
	for _, row := range rows {
		if row.State != alerts.Pending || len(row.Log) > 1 {
			t.Errorf("%v after %v", row, row.Log)
		}
		tried += len(row.Log)
	}
	if tried < 5 {
		t.Errorf("%d attempts are in the log", tried)
	}
}

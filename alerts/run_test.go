package alerts_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// by is a channel that does as it is told.
type by struct {
	name string
	do   func(ctx context.Context, m alerts.Message) error
}

func (b by) Channel() string { return b.name }

func (b by) Notify(ctx context.Context, m alerts.Message) error { return b.do(ctx, m) }

// running runs a dispatcher of two workers a channel until it is cancelled.
func running(t *testing.T, store alerts.Outbox, cfg alerts.CourierConfig) (d *alerts.Dispatcher, cancel, wait func()) {
	t.Helper()
	cfg.Directory, cfg.AEAD = directory{}, secrettest.AEAD()
	c, err := alerts.NewCourier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if d, err = alerts.NewDispatcher(store, c, alerts.DispatcherConfig{Workers: 2, Poll: time.Hour}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	return d, cancel, func() {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	}
}

func tell(t *testing.T, d *alerts.Dispatcher, dedupe string, channels ...string) {
	t.Helper()
	a := alerts.Alert{Account: "kim", Kind: alerts.GuessedIn, Severity: activity.Critical}
	if err := d.Enqueue(t.Context(), a, channels, dedupe); err != nil {
		t.Fatal(err)
	}
}

// A mail server that never answers holds up no push, neither of the same alerts
// nor of others, and no alert from being queued.
func TestHangingChannelHoldsUpNoOther(t *testing.T) {
	hang, pushed, hung := make(chan struct{}), make(chan string, 100), make(chan struct{}, 100)
	d, cancel, wait := running(t, alerts.NewMemoryStore(), alerts.CourierConfig{Notifiers: []alerts.Notifier{
		by{"email", func(context.Context, alerts.Message) error { hung <- struct{}{}; <-hang; return nil }},
		by{"webpush", func(_ context.Context, m alerts.Message) error { pushed <- m.ID; return nil }},
	}})
	for i := range 20 {
		tell(t, d, string(rune('a'+i)), "email", "webpush")
	}
	<-hung // the mail hangs, and will
	for range 20 {
		<-pushed
	}
	tell(t, d, "later", "email", "webpush")
	<-pushed
	close(hang)
	cancel()
	wait()
}

// When ctx ends the attempts under way are completed and stored, what was leased
// and not begun is given back, and nothing more is leased.
func TestGracefulStop(t *testing.T) {
	store := alerts.NewMemoryStore()
	begun, goOn := make(chan struct{}, 100), make(chan struct{})
	var cut atomic.Bool
	d, cancel, wait := running(t, store, alerts.CourierConfig{Notifiers: []alerts.Notifier{
		by{"email", func(ctx context.Context, _ alerts.Message) error {
			begun <- struct{}{}
			<-goOn
			if ctx.Err() != nil {
				cut.Store(true)
			}
			return ctx.Err()
		}},
	}})
	for i := range 20 {
		tell(t, d, string(rune('a'+i)), "email")
	}
	<-begun
	cancel()
	close(goOn)
	wait()
	rows, err := d.Deliveries(t.Context(), "kim")
	if err != nil {
		t.Fatal(err)
	}
	states := map[alerts.State]int{}
	for _, row := range rows {
		states[row.State]++
		if row.State == alerts.Pending && (row.Attempts != 0 || row.LastError != "") {
			t.Errorf("given back as %+v", row)
		}
	}
	if cut.Load() || states[alerts.Leased] != 0 || states[alerts.Done] == 0 || states[alerts.Done] > 2 || states[alerts.Done]+states[alerts.Pending] != 20 {
		t.Errorf("an attempt was cut off: %v; left %v", cut.Load(), states)
	}
}

// A process takes what no other has taken for an hour, and gives it up if it
// cannot deliver it: an expired code does not stay.
func TestStrays(t *testing.T) {
	w := newDeliveryWorld(t, nil)
	w.ok(w.dispatcher.SendCode(t.Context(), code("kim", "83019274", w.now.Add(time.Minute), "sms")))
	w.send(w.mild(), "sms")
	var err error
	w.dispatcher, err = newDispatcher(w.store, alerts.CourierConfig{
		Notifiers: []alerts.Notifier{w.mail}, Directory: directory{}, AEAD: secrettest.AEAD(), Now: w.clock})
	w.ok(err)
	w.now = t0.Add(time.Hour - time.Microsecond)
	if n := w.deliver(); n != 0 {
		t.Errorf("%d of another's were taken", n)
	}
	for range 12 {
		w.now = w.now.Add(8 * time.Hour)
		w.deliver()
	}
	rows, err := w.dispatcher.Deliveries(t.Context(), "kim")
	w.ok(err)
	for _, row := range rows {
		if row.State != alerts.Dead {
			t.Errorf("%+v", row)
		}
	}
}

// A crash after a message was sent and before that was stored has it sent again,
// under the same ID.
func TestSameIDAfterACrash(t *testing.T) {
	w := newDeliveryWorld(t, nil)
	w.send(w.mild(), "email")
	w.store.lost = errors.New("the database is gone")
	if _, err := w.dispatcher.DeliverDue(t.Context()); !errors.Is(err, w.store.lost) {
		t.Fatal(err)
	}
	w.store.lost = nil
	w.now = w.now.Add(time.Hour) // the lease is over
	w.deliver()
	if got := w.mail.got; len(got) != 2 || got[0].ID != got[1].ID || got[0].ID != w.row("email").ID || got[1].Attempt != 2 {
		t.Errorf("mailed %v", got)
	}
}

package accountsec

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/alerts"
)

// DeliveryConfig says how messages are delivered; its fields are those of
// [alerts.CourierConfig]. Its zero value is safe.
type DeliveryConfig struct {
	// CodeChannels are the channels that codes go to. Defaults to the first
	// notifier's that takes codes.
	CodeChannels []string
	// Order is which channels go first. Defaults to webpush, sms, email.
	Order []string
	// FallbackAfter is when channels that the owner did not choose step in for an
	// alert that is Critical or of a mandatory kind; a negative one has none step
	// in. Defaults to 5 minutes, or at once when all that were chosen have failed.
	FallbackAfter time.Duration
	// Rates bound the messages of one account, by channel. Default to 20 alerts,
	// 20 of each kind that is Critical or mandatory and 20 codes an hour by webpush
	// and email; to 5, 5 and 10 by sms; to no bound on other channels.
	Rates map[string]alerts.Pace
	// Timeout bounds one attempt. Defaults to 30 seconds.
	Timeout time.Duration
}

func (g *Guard) newQueue(people alerts.Directory, linker alerts.Linker) (alerts.Queue, error) {
	d := g.cfg.Delivery
	courier, err := alerts.NewCourier(alerts.CourierConfig{
		Notifiers: g.cfg.Notifiers, Directory: people, AEAD: g.cfg.AEAD, Linker: linker, Counts: g.cfg.Stores.Alerts,
		CodeChannels: d.CodeChannels, Order: d.Order, FallbackAfter: d.FallbackAfter, Rates: d.Rates, Timeout: d.Timeout,
		Now: g.cfg.Now, Logger: g.cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	if g.cfg.Queue == nil {
		return alerts.NewDispatcher(g.cfg.Stores.Alerts, courier, alerts.DispatcherConfig{})
	}
	q, err := g.cfg.Queue(courier)
	if err == nil && q == nil {
		err = errors.New("accountsec: Config.Queue made none")
	}
	return q, err
}

// Queue is where messages wait. It lists what was sent to an owner
// ([alerts.Queue].Deliveries). Unless [Config].Queue made another, it is an
// [*alerts.Dispatcher]: for receipts, and for an operator's dead letters.
func (g *Guard) Queue() alerts.Queue { return g.queue }

// Run delivers messages until ctx ends, completes what is under way then, and
// returns ctx's error. Any number of instances may run it; each message is taken
// by one.
func (g *Guard) Run(ctx context.Context) error { return g.queue.Run(ctx) }

// Deliver delivers what is due now and returns how many messages it handled. It
// is for tests and for programs without a [Guard.Run], and needs the default
// [Config].Queue.
func (g *Guard) Deliver(ctx context.Context) (int, error) {
	d, ok := g.queue.(*alerts.Dispatcher)
	if !ok {
		return 0, errors.New("accountsec: Config.Queue delivers by Guard.Run only")
	}
	return d.DeliverDue(ctx)
}

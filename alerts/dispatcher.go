package alerts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/accountsec/internal/canon"
)

const maxList = 200

// DispatcherConfig configures a [Dispatcher]. It is not changed after
// NewDispatcher.
type DispatcherConfig struct {
	// Workers is how many messages [Dispatcher.Run] delivers at once, at most
	// 64. Defaults to 4.
	Workers int
	// Poll is how often Run looks for messages that other processes queued.
	// Defaults to 5 seconds.
	Poll time.Duration
}

// Dispatcher delivers the outbox. Any number of dispatchers, in any number of
// processes, may work on one store: a message is leased by one at a time. A
// process that dies in the middle of a delivery leaves its lease to run out,
// and the message is delivered again; so delivery is at least once, and every
// repetition carries the same [Message].ID. Safe for concurrent use.
type Dispatcher struct {
	store   Outbox
	courier *Courier
	cfg     DispatcherConfig
	wake    chan struct{}
}

var _ Queue = (*Dispatcher)(nil)

// NewDispatcher makes a dispatcher over an outbox, usually the monitor's store.
func NewDispatcher(store Outbox, courier *Courier, cfg DispatcherConfig) (*Dispatcher, error) {
	if store == nil || courier == nil {
		return nil, errors.New("alerts: NewDispatcher needs a store and a courier")
	}
	if cfg.Workers == 0 {
		cfg.Workers = 4
	}
	if cfg.Poll == 0 {
		cfg.Poll = 5 * time.Second
	}
	if cfg.Workers < 0 || cfg.Workers > 64 || cfg.Poll < 0 {
		return nil, errors.New("alerts: DispatcherConfig: Workers or Poll is out of range")
	}
	return &Dispatcher{store, courier, cfg, make(chan struct{}, 1)}, nil
}

// Channels implements [Queue].
func (d *Dispatcher) Channels() []string { return d.courier.Channels() }

// Enqueue implements [Queue].
func (d *Dispatcher) Enqueue(ctx context.Context, a Alert, channels []string, dedupe string) error {
	rows, err := d.courier.Plan(a, channels, dedupe)
	if err != nil {
		return err
	}
	return d.enqueue(ctx, rows)
}

func (d *Dispatcher) enqueue(ctx context.Context, rows []Delivery) error {
	n, err := d.store.Enqueue(ctx, rows)
	if err == nil && n > 0 {
		d.Wake()
	}
	return err
}

// Deliveries implements [Queue]; it lists at most 200.
func (d *Dispatcher) Deliveries(ctx context.Context, account string) ([]Delivery, error) {
	if err := canon.CheckID(account); err != nil {
		return nil, fmt.Errorf("alerts: account: %w", err)
	}
	list, err := d.store.Deliveries(ctx, account, maxList)
	if err != nil {
		return nil, fmt.Errorf("alerts: deliveries: %w", err)
	}
	return list, nil
}

// Wake makes a running [Dispatcher.Run] look at the outbox now.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// afterWake are the looks that follow a wake-up: the transaction that queued
// the message may commit only after it woke us.
var afterWake = []time.Duration{0, 50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// Run delivers until ctx ends, and returns its error. A failing notifier or
// store does not end it. It may run in several places at once.
func (d *Dispatcher) Run(ctx context.Context) error {
	looks := afterWake
	for {
		pause := d.cfg.Poll
		if len(looks) > 0 {
			pause, looks = min(looks[0], pause), looks[1:]
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-d.wake:
			looks = afterWake
		case <-timer.C:
			d.work(ctx)
		}
		timer.Stop()
	}
}

// work empties the outbox of what is due, by several workers.
func (d *Dispatcher) work(ctx context.Context) {
	var wg sync.WaitGroup
	for range d.cfg.Workers {
		wg.Go(func() {
			if _, err := d.DeliverDue(ctx); err != nil && ctx.Err() == nil {
				d.courier.cfg.Logger.ErrorContext(ctx, "alerts: the outbox cannot be worked on", "error", err)
			}
		})
	}
	wg.Wait()
}

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
	// Workers is how many messages of one channel [Dispatcher.Run] delivers at
	// once, at most 64. Defaults to 4.
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
	wake    map[string]chan struct{} // by channel
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
	d := &Dispatcher{store, courier, cfg, map[string]chan struct{}{}}
	for _, channel := range courier.channels {
		d.wake[channel] = make(chan struct{}, 1)
	}
	return d, nil
}

// Channels implements [Queue].
func (d *Dispatcher) Channels() []string { return d.courier.Channels() }

// CodeChannels implements [Queue].
func (d *Dispatcher) CodeChannels() []string { return d.courier.CodeChannels() }

// CarriesCodes implements [Queue].
func (d *Dispatcher) CarriesCodes(channel string) bool { return d.courier.CarriesCodes(channel) }

// Enqueue implements [Queue]. It is one statement.
func (d *Dispatcher) Enqueue(ctx context.Context, a Alert, channels []string, dedupe string) error {
	rows, err := d.courier.Plan(a, channels, dedupe)
	if err != nil {
		return err
	}
	return d.enqueue(ctx, rows)
}

// SendCode implements [Queue], in the transaction that ctx carries. The code
// waits sealed, is tried often, and is wiped when it is delivered or expires. An
// account that does not exist costs the same.
func (d *Dispatcher) SendCode(ctx context.Context, m CodeMessage) error {
	rows, err := d.courier.PlanCode(m)
	if err != nil {
		return err
	}
	if err := d.enqueue(ctx, rows); err != nil {
		return fmt.Errorf("alerts: send code: %w", err)
	}
	return nil
}

func (d *Dispatcher) enqueue(ctx context.Context, rows []Delivery) error {
	n, err := d.store.Enqueue(ctx, rows)
	if err == nil && n > 0 {
		for _, row := range rows {
			d.rouse(row.Channel)
		}
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
	for channel := range d.wake {
		d.rouse(channel)
	}
}

func (d *Dispatcher) rouse(channel string) {
	select {
	case d.wake[channel] <- struct{}{}:
	default:
	}
}

// afterWake are the looks that follow a wake-up: the transaction that queued
// the message may commit only after it woke us.
var afterWake = []time.Duration{0, 50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// Run delivers until ctx ends, and returns its error. Each channel is worked on
// by itself, so that one that hangs holds up no other. A failing notifier or
// store does not end it. When ctx ends nothing more is leased; the attempts under
// way get the time that they have (at most [Courier.Longest]), and what became of
// them is stored. It may run in several places at once.
func (d *Dispatcher) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, channel := range append(d.courier.Channels(), "") {
		wg.Go(func() { d.loop(ctx, channel) })
	}
	wg.Wait()
	return ctx.Err()
}

// loop works on one channel until ctx ends; on strays for the channel "".
func (d *Dispatcher) loop(ctx context.Context, channel string) {
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
			return
		case <-d.wake[channel]: // nil for strays, which nobody calls
			looks = afterWake
		case <-timer.C:
			d.crowd(ctx, channel)
		}
		timer.Stop()
	}
}

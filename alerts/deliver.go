package alerts

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/sqldb"
)

const (
	leaseBatch = 4
	// bookkeeping is how long the outcome of a delivery may take to be stored,
	// also after Run was told to stop.
	bookkeeping = 10 * time.Second
	// stray is how long a delivery is overdue before processes that have no
	// notifier for its channel take it: nobody has.
	stray = time.Hour
)

// DeliverDue delivers what is due now, channel after channel in their order,
// and returns how many messages it handled, those that failed included. When ctx
// ends, the attempt under way is completed, and the rest given back. The error
// is the store's, [ErrInTx], or ctx's.
func (d *Dispatcher) DeliverDue(ctx context.Context) (int, error) {
	if sqldb.CarriesTx(ctx) {
		return 0, ErrInTx
	}
	total := 0
	for { // a failure makes standbys of other channels due
		round := 0
		for _, channel := range append(slices.Clone(d.courier.order), "") {
			n, err := d.empty(ctx, channel)
			if round += n; err != nil {
				return total + round, err
			}
		}
		if total += round; round == 0 {
			return total, nil
		}
	}
}

// empty delivers what is due on a channel; "" are strays of all channels.
func (d *Dispatcher) empty(ctx context.Context, channel string) (n int, err error) {
	for {
		rows, err := d.batch(ctx, channel)
		if err == nil {
			err = d.deliverAll(ctx, rows)
		}
		if n += len(rows); err != nil || len(rows) < leaseBatch {
			return n, err
		}
	}
}

// crowd is empty by several workers: one looks, and calls the others if there is
// more than it can carry.
func (d *Dispatcher) crowd(ctx context.Context, channel string) {
	rows, err := d.batch(ctx, channel)
	var wg sync.WaitGroup
	var fault atomic.Pointer[error]
	work := func() {
		if _, err := d.empty(ctx, channel); err != nil {
			fault.Store(&err)
		}
	}
	if len(rows) == leaseBatch {
		for range d.cfg.Workers - 1 {
			wg.Go(work)
		}
	}
	if err == nil {
		err = d.deliverAll(ctx, rows)
	}
	if err == nil && len(rows) == leaseBatch {
		work()
	}
	wg.Wait()
	if p := fault.Load(); err == nil && p != nil {
		err = *p
	}
	if err != nil && ctx.Err() == nil {
		d.courier.cfg.Logger.ErrorContext(ctx, "alerts: the outbox cannot be worked on", "channel", channel, "error", err)
	}
}

// batch leases a few. They are delivered one by one, so the lease outlives all
// of them.
func (d *Dispatcher) batch(ctx context.Context, channel string) ([]Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	now := d.courier.cfg.Now()
	due := now
	if channel == "" {
		due = now.Add(-stray)
	}
	rows, err := d.store.Lease(ctx, channel, secret.NewID(), now.Add((leaseBatch+1)*d.courier.Longest()+bookkeeping), due, leaseBatch)
	if err != nil {
		return nil, fmt.Errorf("alerts: lease: %w", err)
	}
	return rows, nil
}

// deliverAll delivers what is leased. What it does not come to, because ctx has
// ended or the store fails, is given back.
func (d *Dispatcher) deliverAll(ctx context.Context, rows []Delivery) error {
	rows = d.oneSuspect(ctx, rows)
	for len(rows) > 0 {
		err := ctx.Err()
		if err == nil {
			err, rows = d.deliver(ctx, rows[0]), rows[1:]
		}
		if err != nil {
			d.giveBack(ctx, rows)
			return err
		}
	}
	return nil
}

// oneSuspect keeps, of those whose process died, the one that was leased least,
// as the last, and gives the others back. A lease counts an attempt for all of a
// batch, so that eight deaths by one of them would give up those that were never
// begun.
func (d *Dispatcher) oneSuspect(ctx context.Context, rows []Delivery) []Delivery {
	var sound, suspects []Delivery
	for _, row := range rows {
		if row.cutOff() {
			suspects = append(suspects, row)
		} else {
			sound = append(sound, row)
		}
	}
	if len(suspects) == 0 {
		return rows
	}
	slices.SortStableFunc(suspects, func(a, b Delivery) int { return a.Attempts - b.Attempts })
	d.giveBack(ctx, suspects[1:])
	return append(sound, suspects[0])
}

// cutOff tells whether an attempt never came to its end, which would have left an
// entry in the log. A code is not given up for its attempts.
func (d *Delivery) cutOff() bool {
	ended := 0
	for _, a := range d.Log {
		if ended++; a.Reason == CauseRevived { // the attempts began anew
			ended = 0
		}
	}
	return d.ExpiresAt.IsZero() && d.Attempts-1 > ended
}

// giveBack undoes leases. What it cannot give back waits for its lease to run
// out.
func (d *Dispatcher) giveBack(ctx context.Context, rows []Delivery) {
	for _, row := range rows {
		row.State, row.DueAt, row.Attempts = Pending, d.courier.cfg.Now(), row.Attempts-1
		if _, err := d.settle(ctx, row); err != nil {
			return
		}
	}
}

// deliver handles one leased row and stores the outcome. Neither is cut off when
// ctx ends meanwhile; the attempt has its own bound. If the lease was lost the
// outcome is another dispatcher's.
func (d *Dispatcher) deliver(ctx context.Context, row Delivery) error {
	if down, err := d.standDown(ctx, row); err != nil || down {
		return err
	}
	o := d.courier.Try(context.WithoutCancel(ctx), row)
	now := d.courier.cfg.Now()
	row = row.logged(o.Tried(now))
	row.State, row.LastError = o.State, o.Reason
	switch {
	case o.State != Pending:
		row.DoneAt = now
	case o.Uncounted:
		row.Attempts--
		row.DueAt = o.Due
	default:
		row.DueAt = o.Due
	}
	won, err := d.settle(ctx, row)
	if err != nil {
		return fmt.Errorf("alerts: store the outcome of a delivery: %w", err)
	}
	if won && (o.State == Dead || o.State == Skipped) {
		return d.stepIn(ctx, row)
	}
	return nil
}

func (d *Dispatcher) settle(ctx context.Context, row Delivery) (bool, error) {
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookkeeping)
	defer cancel()
	return d.store.Settle(keep, row)
}

// standDown ends a standby that is not needed.
func (d *Dispatcher) standDown(ctx context.Context, row Delivery) (bool, error) {
	if !row.Spare {
		return false, nil
	}
	now := d.courier.cfg.Now()
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookkeeping)
	defer cancel()
	down, err := d.store.StandDown(keep, row.logged(Tried{now, Skipped, CauseNotNeeded}), now)
	if err != nil {
		return false, fmt.Errorf("alerts: stand down: %w", err)
	}
	return down, nil
}

// stepIn has the standbys step in for a delivery that failed, if it was the last
// that could reach the owner. Should it not come to it, they are due later anyway.
func (d *Dispatcher) stepIn(ctx context.Context, row Delivery) error {
	if !row.mustReach() || row.Group == "" {
		return nil
	}
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookkeeping)
	defer cancel()
	n, err := d.store.StepIn(keep, row.Group, d.courier.cfg.Now())
	if err != nil {
		return fmt.Errorf("alerts: step in: %w", err)
	}
	if n > 0 {
		d.Wake()
	}
	return nil
}

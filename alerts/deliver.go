package alerts

import (
	"context"
	"fmt"
	"time"

	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/sqldb"
)

const (
	leaseBatch = 4
	// bookkeeping is how long the outcome of a delivery may take to be stored,
	// also after Run was told to stop.
	bookkeeping = 10 * time.Second
)

// DeliverDue delivers what is due now and returns how many messages it
// handled, those that failed included. The error is the store's, [ErrInTx], or
// ctx's.
func (d *Dispatcher) DeliverDue(ctx context.Context) (int, error) {
	if sqldb.CarriesTx(ctx) {
		return 0, ErrInTx
	}
	n := 0
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		// The batch is delivered one by one, so the lease outlives all of it.
		now := d.courier.cfg.Now()
		token := secret.NewID()
		rows, err := d.store.Lease(ctx, token, now.Add((leaseBatch+1)*d.courier.Timeout()+bookkeeping), now, leaseBatch)
		if err != nil {
			return n, fmt.Errorf("alerts: lease: %w", err)
		}
		for _, row := range rows {
			if err := d.deliver(ctx, row, token); err != nil {
				return n, err
			}
			n++
		}
		if len(rows) < leaseBatch {
			return n, nil
		}
	}
}

// deliver handles one leased row and stores the outcome, also when ctx ends
// meanwhile. If the lease was lost the outcome is another dispatcher's.
func (d *Dispatcher) deliver(ctx context.Context, row Delivery, token string) (err error) {
	o := d.courier.Try(ctx, row)
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookkeeping)
	defer cancel()
	if o.State == Pending {
		_, err = d.store.Retry(keep, row.ID, token, o.Due, o.Reason)
	} else {
		_, err = d.store.Finish(keep, row.ID, token, o.State, o.Reason, d.courier.cfg.Now())
	}
	if err != nil {
		return fmt.Errorf("alerts: store the outcome of a delivery: %w", err)
	}
	return nil
}

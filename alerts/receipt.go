package alerts

import (
	"context"
	"fmt"

	"example.com/accountsec/internal/canon"
)

// Receipt tells what became of a message that a [Receipted] channel took over:
// id is its [Message].ID. If it was not delivered, standbys step in, unless
// another delivery of the alert reached the owner or still may. A receipt that
// comes after they stepped in is kept all the same. The caller checks that the
// provider sent it. [ErrNoDelivery] if no receipt is waited for: the second of
// two, one of a message that is not sent, or of one whose sending is just being
// stored: ask again for some seconds, or have the provider say it again.
func (d *Dispatcher) Receipt(ctx context.Context, id string, delivered bool) error {
	if err := canon.CheckID(id); err != nil {
		return fmt.Errorf("%w: %w", ErrNoDelivery, err)
	}
	now := d.courier.cfg.Now()
	group, won, err := d.store.Receipt(ctx, id, delivered, now)
	if err != nil {
		return fmt.Errorf("alerts: receipt: %w", err)
	}
	if !won {
		return ErrNoDelivery
	}
	if delivered {
		return nil
	}
	return d.stepIn(ctx, Delivery{Group: group, Urgent: true})
}

// Dead lists the messages that were given up, of all accounts, the newest first,
// at most limit (1 to 200, any other is the nearer of them): the dead letters, for
// operators. after is the last of the page before, zero for the first.
func (d *Dispatcher) Dead(ctx context.Context, after Delivery, limit int) ([]Delivery, error) {
	list, err := d.store.Dead(ctx, after, max(1, min(maxList, limit)))
	if err != nil {
		return nil, fmt.Errorf("alerts: dead letters: %w", err)
	}
	return list, nil
}

// Revive gives a dead alert another eight attempts, beginning now. A code is
// never revived: it has expired. [ErrNoDelivery] if there is no such alert, or
// its time is over ([Config].Keep).
func (d *Dispatcher) Revive(ctx context.Context, id string) error {
	if err := canon.CheckID(id); err != nil {
		return fmt.Errorf("%w: %w", ErrNoDelivery, err)
	}
	won, err := d.store.Revive(ctx, id, d.courier.cfg.Now())
	if err != nil {
		return fmt.Errorf("alerts: revive: %w", err)
	}
	if !won {
		return ErrNoDelivery
	}
	d.Wake()
	return nil
}

package accountsec

import (
	"context"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/recovery"
)

// CancelRecovery ends every recovery of an account that is under way. operator
// says that a member of the shop's staff does it, and c is theirs; otherwise it
// is the owner, signed in.
func (g *Guard) CancelRecovery(ctx context.Context, account string, operator bool, c activity.Client) error {
	if err := checkID(account); err != nil {
		return err
	}
	return g.recovery.Cancel(ctx, account, operator, c)
}

// BlockRecovery ends every recovery of an account and lets none succeed until
// the given time. A stranger cannot tell: only who proves the channel is told
// ([ErrRecoveryBlocked]). c is the operator's client.
func (g *Guard) BlockRecovery(ctx context.Context, account string, until time.Time, c activity.Client) error {
	if err := checkID(account); err != nil {
		return err
	}
	return g.recovery.Block(ctx, account, until, c)
}

// UnblockRecovery takes a block away, and lets an account whose answers were
// wrong too often ([ErrRecoveryStopped]) try again.
func (g *Guard) UnblockRecovery(ctx context.Context, account string, c activity.Client) error {
	if err := checkID(account); err != nil {
		return err
	}
	return g.recovery.Unblock(ctx, account, c)
}

// RecoveryReport counts recoveries by outcome on the days from first to last;
// it names nobody. Who may see it is the caller's to check.
func (g *Guard) RecoveryReport(ctx context.Context, first, last time.Time) ([]recovery.Count, error) {
	return g.recovery.Report(ctx, first, last)
}

// ContactChanged is for the shop to call when a customer's e-mail address or
// telephone number was replaced, best in the same transaction ([WithTx]) and
// before the change is recorded, so that the old one is told of the change as
// well. The old one is told of all that must reach the owner for 7 more days, of
// recoveries for 30; and recoveries that are under way end, and sign-ins that
// wait for a sent code: one that went to the old address is worth nothing.
func (g *Guard) ContactChanged(ctx context.Context, account, old, next string, c activity.Client) error {
	if err := checkID(account); err != nil {
		return err
	}
	if old == next {
		return nil
	}
	return g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		if err := g.monitor.ContactChanged(ctx, account, old); err != nil {
			return err
		}
		if err := g.cfg.Stores.Alerts.DropCodes(ctx, account); err != nil {
			return err
		}
		return g.recovery.End(ctx, account, c)
	})
}

package accountsec

import (
	"context"
	"fmt"
)

// DeleteAccount erases everything that is kept on an account, the log
// included, all or nothing. The customer's own row is the shop's to delete,
// best in the same transaction ([WithTx]). An account without rows is no error.
func (g *Guard) DeleteAccount(ctx context.Context, account string) error {
	if err := checkID(account); err != nil {
		return err
	}
	return g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		for _, erase := range []func(context.Context, string) error{
			g.passwords.DeleteAccount, g.factors.DeleteAccount, g.recovery.DeleteAccount,
			g.monitor.DeleteAccount, g.eraseElsewhere, g.log.DeleteAccount,
		} {
			if err := erase(ctx, account); err != nil {
				return fmt.Errorf("accountsec: delete account: %w", err)
			}
		}
		return nil
	})
}

// eraseElsewhere erases what a queue or a notifier keeps outside of the stores:
// those that have a DeleteAccount, as riverqueue's and webpush's do.
func (g *Guard) eraseElsewhere(ctx context.Context, account string) error {
	for _, k := range g.keepers() {
		k, ok := k.(interface {
			DeleteAccount(ctx context.Context, account string) error
		})
		if !ok {
			continue
		}
		if err := k.DeleteAccount(ctx, account); err != nil {
			return err
		}
	}
	return nil
}

// keepers are what may keep something outside of the stores, beside the methods
// of the second factor, which mfa knows.
func (g *Guard) keepers() []any {
	out := []any{g.queue}
	for _, n := range g.cfg.Notifiers {
		out = append(out, n)
	}
	return out
}

// Purge deletes what has had its time: events by [Config].Retention, forgotten
// attempts, expired tickets and challenges, delivered messages. Call it once a
// day or so; it works in batches and may be cut off. On PostgreSQL it also
// makes the log's tables of the months to come.
func (g *Guard) Purge(ctx context.Context) error {
	if _, err := g.log.Purge(ctx); err != nil {
		return err
	}
	for _, purge := range []func(context.Context) (int64, error){
		g.passwords.Purge, g.factors.Purge, g.recovery.Purge, g.monitor.Purge,
	} {
		if _, err := purge(ctx); err != nil {
			return fmt.Errorf("accountsec: purge: %w", err)
		}
	}
	return nil
}

// Reseal encrypts everything that is sealed anew under the AEAD's primary key,
// after a rotation and before the old key is taken away. It works in batches,
// runs beside everything else, and may be cut off and started again. Codes
// that wait for minutes only are left alone.
func (g *Guard) Reseal(ctx context.Context) error {
	if _, err := g.factors.Reseal(ctx); err != nil {
		return fmt.Errorf("accountsec: reseal: %w", err)
	}
	if err := g.recovery.Reseal(ctx); err != nil {
		return fmt.Errorf("accountsec: reseal: %w", err)
	}
	if g.cfg.PepperPasswords {
		if _, _, err := g.passwords.Reseal(ctx, ""); err != nil {
			return fmt.Errorf("accountsec: reseal: %w", err)
		}
	}
	for _, k := range g.keepers() {
		k, ok := k.(interface {
			Reseal(ctx context.Context) (int64, error)
		})
		if !ok {
			continue
		}
		if _, err := k.Reseal(ctx); err != nil {
			return fmt.Errorf("accountsec: reseal: %w", err)
		}
	}
	for _, reseal := range []func(context.Context) error{g.monitor.ResealContacts, g.monitor.ResealPhrases} {
		if err := reseal(ctx); err != nil {
			return fmt.Errorf("accountsec: reseal: %w", err)
		}
	}
	return nil
}

package accountsec

import (
	"context"
	"errors"
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

// Reseal encrypts everything that is sealed in the stores, the queue and what
// notifiers keep anew under the AEAD's primary key: factors, answers, peppered
// passwords, phrases, earlier addresses, messages that wait or were given up.
// Call it after a rotation, when every instance has the new key for its primary
// one, and before the old key is taken away. It works in batches, runs beside
// everything else, and may be cut off and started again. What does not open is
// left as it is and holds nothing up; the error, joined of those of all parts,
// tells how many of what.
//
// Sealed and in nobody's store are the links of messages that were sent (7 days),
// [Grant].Evidence, and ceremonies and codes that wait for minutes: they die with
// the old key. Keep it for 7 days after the rotation, and only evidence does:
// [Guard.Require] asks its session for a new proof.
func (g *Guard) Reseal(ctx context.Context) error {
	parts := []func(context.Context) error{
		uncounted(g.factors.Reseal), g.recovery.Reseal, g.resealPasswords, g.monitor.ResealContacts, g.monitor.ResealPhrases,
	}
	for _, k := range g.keepers() {
		if k, ok := k.(interface {
			Reseal(ctx context.Context) (int64, error)
		}); ok {
			parts = append(parts, uncounted(k.Reseal))
		}
	}
	var errs []error
	for _, reseal := range parts {
		if err := reseal(ctx); err != nil {
			errs = append(errs, fmt.Errorf("accountsec: reseal: %w", err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

func (g *Guard) resealPasswords(ctx context.Context) error {
	if !g.cfg.PepperPasswords {
		return nil
	}
	_, _, err := g.passwords.Reseal(ctx, "")
	return err
}

func uncounted(reseal func(context.Context) (int64, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := reseal(ctx)
		return err
	}
}

package webpush

import (
	"context"
	"errors"
	"fmt"

	"example.com/accountsec/internal/secret"
)

// Migrate makes or updates the tables of a store that has some. The facade calls
// it with the rest.
func (n *Notifier) Migrate(ctx context.Context) error {
	if s, ok := n.store.(interface{ Migrate(context.Context) error }); ok {
		return s.Migrate(ctx)
	}
	return nil
}

// DeleteAccount deletes all that is kept on the account. It joins the
// transaction that ctx carries. The facade calls it with the rest.
func (n *Notifier) DeleteAccount(ctx context.Context, account string) error {
	return n.store.DeleteAccount(ctx, account)
}

const resealBatch = 100

// Reseal encrypts every subscription anew under the AEAD's primary key, those
// sealed longest ago first. It may be cut off and started again, and runs
// beside everything else. What does not open is left as it is; the rest is
// done, and then the error says how many. It returns how many were sealed anew.
func (n *Notifier) Reseal(ctx context.Context) (done int64, err error) {
	failed, before, after := 0, n.cfg.Now(), Row{}
	for {
		rows, err := n.store.SealedBefore(ctx, before, after, resealBatch)
		if err != nil {
			return done, fmt.Errorf("webpush: reseal: %w", err)
		}
		for _, r := range rows {
			switch won, err := n.reseal(ctx, r); {
			case errors.Is(err, secret.ErrSealed):
				failed++
			case err != nil:
				return done, fmt.Errorf("webpush: reseal: %w", err)
			case won: // lost: it was added anew meanwhile
				done++
			}
		}
		if len(rows) < resealBatch {
			break
		}
		after = rows[len(rows)-1]
	}
	if failed > 0 {
		return done, fmt.Errorf("%w: %d subscriptions were left as they are", secret.ErrSealed, failed)
	}
	return done, nil
}

func (n *Notifier) reseal(ctx context.Context, r Row) (bool, error) {
	s, err := open(n.cfg.AEAD, r)
	if err != nil {
		return false, err
	}
	sealed, err := s.seal(n.cfg.AEAD, r.Account)
	if err != nil {
		return false, err
	}
	return n.store.Swap(ctx, r, sealed, n.cfg.Now())
}

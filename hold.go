package accountsec

import (
	"context"
	"fmt"
	"time"

	"example.com/accountsec/recovery"
)

// HeldError reports an action that is held because the account was recovered
// lately.
type HeldError struct {
	// Action is what is held.
	Action recovery.Action
	// Until is when it is free again.
	Until time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("accountsec: %s is held until %s after a recovery", e.Action, e.Until.UTC().Format(time.RFC3339))
}

// Held reports, as *[HeldError], an action that is held after a recovery: ask
// before a refund, a new address, or whatever of the shop's own carries value
// away. The Guard itself asks before a second factor is removed and before the
// log is exported. nil means that the action is free.
func (g *Guard) Held(ctx context.Context, account string, a recovery.Action) error {
	until, held, err := g.recovery.Held(ctx, account, a)
	if err != nil {
		return err
	}
	if held {
		return &HeldError{Action: a, Until: until}
	}
	return nil
}

// free makes the question of an action.
func (g *Guard) free(a recovery.Action) func(ctx context.Context, account string) error {
	return func(ctx context.Context, account string) error { return g.Held(ctx, account, a) }
}

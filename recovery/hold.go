package recovery

import (
	"context"
	"time"

	"example.com/accountsec/internal/canon"
)

// Action is something that stays held for a while after a recovery, so that
// whoever recovered somebody else's account cannot make off with anything
// before the owner has read the alert. A shop adds its own.
type Action string

// The actions that are the same in every shop.
const (
	ActionRefund       Action = "refund"
	ActionNewAddress   Action = "new_address"
	ActionExport       Action = "export"
	ActionRemoveFactor Action = "remove_factor"
)

// Held tells whether an action of the account is held, and until when. An
// action that [Config] does not name is held for Config.Hold.
func (m *Manager) Held(ctx context.Context, account string, a Action) (until time.Time, held bool, err error) {
	if err := canon.CheckID(account); err != nil {
		return time.Time{}, false, err
	}
	state, err := m.store.GetState(ctx, account)
	if err != nil || state.RecoveredAt.IsZero() {
		return time.Time{}, false, err
	}
	hold, ok := m.cfg.Holds[a]
	if !ok {
		hold = m.cfg.Hold
	}
	until = state.RecoveredAt.Add(hold)
	if !until.After(m.cfg.Now()) {
		return time.Time{}, false, nil
	}
	return until, true, nil
}

package password

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// Breach tells how often a password was seen in leaked data. Implementations
// must be safe for concurrent use, honour the context, and never log or store
// the password. A password that was not seen gives 0; an error says that this
// could not be found out, and its text must hold nothing of the password.
type Breach interface {
	Breached(ctx context.Context, password string) (count int, err error)
}

// BreachMode says what becomes of a new password when [Config].Breach cannot
// be asked. In every mode the failure is logged.
type BreachMode int

// The modes.
const (
	// BreachWarn accepts the password and says that it was not looked up:
	// [Prepared.BreachUnchecked].
	BreachWarn BreachMode = iota
	// BreachOpen accepts the password.
	BreachOpen
	// BreachClosed refuses with [ErrBreachUnknown].
	BreachClosed
)

// DefaultBreachTimeout bounds one look-up.
const DefaultBreachTimeout = 2 * time.Second

// ErrBreachUnknown reports that it could not be found out whether a new
// password has leaked, under [BreachClosed]. Nothing was changed; try again.
var ErrBreachUnknown = errors.New("password: it could not be found out whether the password has leaked; try again later")

// breached looks a new password up. unchecked tells that it was not possible
// and is to be told.
func (m *Manager) breached(ctx context.Context, clean string) (count int, unchecked bool, err error) {
	if m.cfg.Breach == nil {
		return 0, false, nil
	}
	count, err = m.lookUp(ctx, clean)
	switch {
	case err == nil:
		return max(count, 0), false, nil
	case ctx.Err() != nil: // the caller has left: no decision of ours
		return 0, false, ctx.Err()
	case m.cfg.BreachMode == BreachClosed:
		return 0, false, ErrBreachUnknown
	}
	return 0, m.cfg.BreachMode == BreachWarn, nil
}

// lookUp asks with a deadline; a failure is logged.
func (m *Manager) lookUp(ctx context.Context, clean string) (int, error) {
	asked, cancel := context.WithTimeout(ctx, m.cfg.BreachTimeout)
	defer cancel()
	count, err := m.cfg.Breach.Breached(asked, clean)
	if err != nil {
		m.cfg.Logger.WarnContext(ctx, "password: the breach check failed", "err", err)
	}
	return count, err
}

// leaked is the advice at sign-in: how often the password was seen; 0 also if
// it was not looked up.
func (m *Manager) leaked(ctx context.Context, clean string) int {
	if m.cfg.Breach == nil || !m.cfg.BreachAtSignIn {
		return 0
	}
	count, err := m.lookUp(ctx, clean)
	if err != nil {
		return 0
	}
	return max(count, 0)
}

func breachedRule(count int) RuleResult {
	return RuleResult{Rule: RuleBreached, Args: map[string]string{"count": strconv.Itoa(count)}}
}

package recovery

import (
	"context"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret"
)

// Proof is what was proved besides the channel and the answers.
type Proof string

// The proofs.
const (
	// ProofNone: the account had no second factor.
	ProofNone Proof = ""
	// ProofFactor: a second factor, or a recovery code.
	ProofFactor Proof = "factor"
	// ProofDelay: nobody called off a wait that was announced everywhere.
	ProofDelay Proof = "delay"
)

// Info tells whose ticket or grant it is.
type Info struct {
	Account string
	// Channel is what the code went by; the same channel proves nothing more.
	Channel string
	// Proof is, of a grant, what else was proved.
	Proof Proof
}

func (t Ticket) info() Info { return Info{t.Account, t.Channel, t.Proof} }

// Answered looks at a ticket of the client whose questions are answered.
// Errors: [ErrBadTicket].
func (m *Manager) Answered(ctx context.Context, token string, c activity.Client) (Info, error) {
	t, err := m.ticket(ctx, token, stepAnswered, c)
	return t.info(), err
}

// Complete turns an answered ticket into a grant. Where the account has a
// second factor, the caller has proved it first, and says so. Errors:
// [ErrBadTicket].
func (m *Manager) Complete(ctx context.Context, token string, proof Proof, c activity.Client) (grant string, err error) {
	if proof == ProofDelay {
		return "", ErrBadTicket // a wait alone makes one
	}
	t, err := m.ticket(ctx, token, stepAnswered, c)
	if err != nil {
		return "", err
	}
	now, next := m.cfg.Now(), secret.NewToken()
	if err := counted(m.store.Complete(ctx, t.Hash, secret.HashToken(string(next)), proof, now.Add(grantFor), now)); err != nil {
		return "", err
	}
	return string(next), nil
}

// Grant looks at a grant without spending it. Errors: [ErrBadTicket].
func (m *Manager) Grant(ctx context.Context, grant string, c activity.Client) (Info, error) {
	t, err := m.ticket(ctx, grant, stepCompleted, c)
	return t.info(), err
}

// Redeem spends a grant, in the transaction that ctx carries: it ends every
// other recovery of the account, begins the hold ([Manager.Held]) and records
// the recovery. Errors: [ErrBadTicket], [ErrBlocked].
func (m *Manager) Redeem(ctx context.Context, grant string, c activity.Client) (Info, error) {
	t, err := m.ticket(ctx, grant, stepCompleted, c)
	if err != nil {
		return Info{}, err
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		// The grant first: from here on it is dead, whatever fails.
		if err := counted(m.store.Spend(ctx, t.Hash, t.Client, stepCompleted, m.cfg.Now())); err != nil {
			return err
		}
		state, err := m.store.GetState(ctx, t.Account)
		if err != nil {
			return err
		}
		if state.BlockedUntil.After(m.cfg.Now()) {
			return ErrBlocked
		}
		set, err := m.store.GetAnswers(ctx, t.Account)
		if err != nil {
			return err
		}
		if set.Version != t.Version {
			return ErrBadTicket
		}
		if _, err := m.store.DeletePending(ctx, t.Account); err != nil {
			return err
		}
		now := m.cfg.Now()
		if err := m.store.SetRecovered(ctx, t.Account, now); err != nil {
			return err
		}
		if err := m.store.TouchAnswers(ctx, t.Account, false, now); err != nil {
			return err
		}
		return m.record(ctx, Completed, m.event(t.Account, activity.RecoveryCompleted, activity.OutcomeSuccess, c))
	})
	if err != nil {
		return Info{}, err
	}
	return t.info(), nil
}

package mfa

import (
	"context"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

// Factor is an enrolled factor, as its owner may see it. It holds no secret.
type Factor struct {
	// ID names the factor within its account.
	ID string
	// Method is the name of its method.
	Method string
	// Name is what the owner calls it.
	Name string
	// EnrolledAt is when its enrolment began.
	EnrolledAt time.Time
	// UsedAt is when it was last proved, at enrolment or later.
	UsedAt time.Time
}

func (f FactorRow) factor() Factor {
	return Factor{ID: f.ID, Method: f.Method, Name: f.Name, EnrolledAt: f.CreatedAt, UsedAt: f.UsedAt}
}

// Enrolled lists the account's factors in the order of their enrolment; none
// is no error.
func (m *Manager) Enrolled(ctx context.Context, account string) ([]Factor, error) {
	if err := checkAccount(account); err != nil {
		return nil, err
	}
	rows, err := m.store.Factors(ctx, account)
	if err != nil {
		return nil, err
	}
	factors := make([]Factor, len(rows))
	for i, row := range rows {
		factors[i] = row.factor()
	}
	return factors, nil
}

// Enabled tells whether the account has a factor, and so must be asked for it.
func (m *Manager) Enabled(ctx context.Context, account string) (bool, error) {
	factors, err := m.Enrolled(ctx, account)
	return len(factors) > 0, err
}

// Rename gives a factor of the proof's account another name. Errors:
// [ErrProofNeeded], [ErrNoFactor], [ErrBadName], [ErrNameTaken].
func (m *Manager) Rename(ctx context.Context, proof Proof, factorID, name string, c activity.Client) error {
	if !proof.allows(proof.account, m.cfg.Now()) {
		return ErrProofNeeded
	}
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	f, err := m.active(ctx, proof.account, factorID)
	if err != nil {
		return err
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.RenameFactor(ctx, proof.account, factorID, name); err != nil {
			return err
		}
		return m.record(ctx, proof.account, activity.FactorRenamed, activity.OutcomeSuccess, c,
			map[string]string{"method": f.Method, "factor": f.Name, "name": name})
	})
}

// Remove deletes a factor of the proof's account. With the last one go the
// recovery codes, and the account is asked for its password only. Errors:
// [ErrProofNeeded], [ErrNoFactor], what [Config].MayRemove says.
func (m *Manager) Remove(ctx context.Context, proof Proof, factorID string, c activity.Client) error {
	if !proof.allows(proof.account, m.cfg.Now()) {
		return ErrProofNeeded
	}
	f, err := m.active(ctx, proof.account, factorID)
	if err != nil {
		return err
	}
	if m.cfg.MayRemove != nil {
		if err := m.cfg.MayRemove(ctx, proof.account); err != nil {
			return err
		}
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		left, err := m.store.RemoveFactor(ctx, proof.account, factorID)
		if err != nil {
			return err
		}
		return m.record(ctx, proof.account, activity.FactorRemoved, activity.OutcomeSuccess, c,
			map[string]string{"method": f.Method, "factor": f.Name, "left": itoa(left)})
	})
}

// active gives an active factor of the account, or [ErrNoFactor].
func (m *Manager) active(ctx context.Context, account, id string) (FactorRow, error) {
	if canon.CheckID(id) != nil {
		return FactorRow{}, ErrNoFactor
	}
	f, err := m.store.Factor(ctx, account, id)
	if err == nil && !f.Active {
		err = ErrNoFactor
	}
	return f, err
}

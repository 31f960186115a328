package mfa

import (
	"context"

	"example.com/accountsec/activity"
)

// subject opens what a method is told of the factor f. all are the account's
// active factors.
func (m *Manager) subject(ctx context.Context, f FactorRow, all []FactorRow, c activity.Client) (Subject, error) {
	s := Subject{Account: f.Account, FactorID: f.ID, Client: c, Now: m.cfg.Now()}
	var err error
	if s.State, err = m.open(factorRow(f.Method, f.Account, f.ID), f.Sealed); err != nil {
		return Subject{}, err
	}
	s.Others = m.others(ctx, f, all)
	return s, nil
}

// others opens the account's other factors of the method. One that does not
// open is left out, and logged: its fault must not keep the good ones from
// working.
func (m *Manager) others(ctx context.Context, f FactorRow, all []FactorRow) []Other {
	var others []Other
	for _, o := range all {
		if o.Method != f.Method || o.ID == f.ID {
			continue
		}
		state, err := m.open(factorRow(o.Method, o.Account, o.ID), o.Sealed)
		if err != nil {
			m.cfg.Logger.ErrorContext(ctx, "mfa: a factor does not open", "factor", o.ID, "err", err)
			continue
		}
		others = append(others, Other{FactorID: o.ID, State: state})
	}
	return others
}

// find gives the factor with the id, or [ErrNoFactor].
func find(all []FactorRow, id string) (FactorRow, error) {
	for _, f := range all {
		if f.ID == id {
			return f, nil
		}
	}
	return FactorRow{}, ErrNoFactor
}

package mfa

import (
	"context"

	"example.com/accountsec/activity"
)

// RemoveLost deletes all factors of an account whose owner has lost them, and
// with them the recovery codes, trust and whatever was under way. The caller
// has proved the owner by other means: it is how a recovery that waited in
// place of the second factor ends. It joins the transaction that ctx carries.
// An account without factors is no error.
func (m *Manager) RemoveLost(ctx context.Context, account string, c activity.Client) error {
	if err := checkAccount(account); err != nil {
		return err
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		rows, err := m.store.Factors(ctx, account)
		if err != nil {
			return err
		}
		for _, f := range rows {
			left, err := m.store.RemoveFactor(ctx, account, f.ID)
			if err != nil {
				return err
			}
			err = m.record(ctx, account, activity.FactorRemoved, activity.OutcomeSuccess, c,
				map[string]string{"method": f.Method, "factor": f.Name, "left": itoa(left), "reason": "lost"})
			if err != nil {
				return err
			}
		}
		return m.store.DeletePending(ctx, account)
	})
}

package mfa

import (
	"context"
	"slices"

	"example.com/accountsec/activity"
)

// Why a factor was removed without a proof, in the event's detail.
const (
	reasonLost     = "lost"
	reasonDisowned = "disowned"
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
		all := func(FactorRow) bool { return true }
		if err := m.removeThose(ctx, account, all, reasonLost, c); err != nil {
			return err
		}
		return m.store.DeletePending(ctx, account)
	})
}

// RemoveDisowned deletes those factors of an account that an intruder enrolled,
// and with codes the recovery codes, which the intruder made. With the last factor
// go the recovery codes and trust as well. The caller has the owner's word: it is
// how "this wasn't me" ends what was left behind. It joins the transaction that
// ctx carries; call [Manager.CancelPending] in it first, so that no enrolment can
// end meanwhile. A factor that is not there is no error.
func (m *Manager) RemoveDisowned(ctx context.Context, account string, factors []string, codes bool, c activity.Client) error {
	if err := checkAccount(account); err != nil {
		return err
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		theirs := func(f FactorRow) bool { return slices.Contains(factors, f.ID) }
		if err := m.removeThose(ctx, account, theirs, reasonDisowned, c); err != nil || !codes {
			return err
		}
		left, err := m.store.RecoveryCodesLeft(ctx, account)
		if err != nil || left == 0 {
			return err
		}
		if err := m.store.ReplaceRecoveryCodes(ctx, account, nil, m.cfg.Now()); err != nil {
			return err
		}
		return m.record(ctx, account, activity.FactorRemoved, activity.OutcomeSuccess, c,
			map[string]string{"method": RecoveryCode, "reason": reasonDisowned})
	})
}

func (m *Manager) removeThose(ctx context.Context, account string, those func(FactorRow) bool, reason string, c activity.Client) error {
	rows, err := m.store.Factors(ctx, account)
	if err != nil {
		return err
	}
	for _, f := range rows {
		if !those(f) {
			continue
		}
		left, err := m.store.RemoveFactor(ctx, account, f.ID)
		if err != nil {
			return err
		}
		err = m.record(ctx, account, activity.FactorRemoved, activity.OutcomeSuccess, c,
			map[string]string{"method": f.Method, "factor": f.Name, "left": itoa(left), "reason": reason})
		if err != nil {
			return err
		}
	}
	return nil
}

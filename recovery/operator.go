package recovery

import (
	"context"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

// Why recoveries were ended, in the event's detail under [DetailReason].
const (
	// DetailReason is the key.
	DetailReason = "reason"

	reasonLink     = "link"     // the link of the announcement
	reasonOwner    = "owner"    // the owner, signed in
	reasonOperator = "operator" // an operator
	reasonAnswers  = "answers"  // the answers were set anew
	reasonAccount  = "account"  // the password or an address was changed, or something disowned
)

// Outcome is what became of a recovery, or of a step of it.
type Outcome string

// The outcomes. A recovery counts under every step that it reached.
const (
	Started      Outcome = "started"
	WrongCode    Outcome = "wrong_code"
	Proved       Outcome = "proved"
	WrongAnswers Outcome = "wrong_answers"
	Answered     Outcome = "answered"
	Delayed      Outcome = "delayed"
	Completed    Outcome = "completed"
	Cancelled    Outcome = "cancelled"
	Refused      Outcome = "refused" // blocked, or too many failures in a row
)

// Count is how often an outcome was seen on a day.
type Count struct {
	// Day is its midnight in UTC.
	Day     time.Time
	Outcome Outcome
	N       int64
}

// day counts days from 1970 in UTC.
func day(t time.Time) int64 { return t.UTC().Unix() / (24 * 60 * 60) }

// Report counts the outcomes of the days from the first to the last, both
// included, ordered by day. It names nobody. Starts for names that no account
// has are in it: a rise of those is an attack.
func (m *Manager) Report(ctx context.Context, first, last time.Time) ([]Count, error) {
	return m.store.Outcomes(ctx, day(first), day(last))
}

// End ends what recovery is under way because the account itself changed: a
// new password, a new address, something disowned. It records a wait that was
// ended by it. It joins the transaction that ctx carries.
func (m *Manager) End(ctx context.Context, account string, c activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	return m.store.InTx(ctx, func(ctx context.Context) error { return m.end(ctx, account, reasonAccount, c) })
}

func (m *Manager) end(ctx context.Context, account, reason string, c activity.Client) error {
	waits, err := m.store.DeletePending(ctx, account)
	if err != nil || waits == 0 {
		return err
	}
	return m.cancelled(ctx, account, reason, c)
}

func (m *Manager) cancelled(ctx context.Context, account, reason string, c activity.Client) error {
	e := m.event(account, activity.RecoveryCancelled, activity.OutcomeSuccess, c)
	e.Detail = map[string]string{DetailReason: reason}
	return m.record(ctx, Cancelled, e)
}

// Cancel ends every recovery of the account that is under way, and records it
// in any case: as the owner's wish, who is signed in, or as an operator's.
func (m *Manager) Cancel(ctx context.Context, account string, operator bool, c activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	reason := reasonOwner
	if operator {
		reason = reasonOperator
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		if _, err := m.store.DeletePending(ctx, account); err != nil {
			return err
		}
		return m.cancelled(ctx, account, reason, c)
	})
}

// Block ends every recovery of the account and lets none succeed until the
// given time. To a stranger nothing shows: only who proves the channel is told.
// c is the operator's client.
func (m *Manager) Block(ctx context.Context, account string, until time.Time, c activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.SetBlocked(ctx, account, until); err != nil {
			return err
		}
		if err := m.end(ctx, account, reasonOperator, c); err != nil {
			return err
		}
		return m.record(ctx, "", m.event(account, activity.RecoveryBlocked, activity.OutcomeSuccess, c))
	})
}

// Unblock takes a block away, and forgets the failures that stopped the
// account ([ErrStopped]).
func (m *Manager) Unblock(ctx context.Context, account string, c activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.SetBlocked(ctx, account, time.Time{}); err != nil {
			return err
		}
		if err := m.store.ResetFailures(ctx, account, "", true); err != nil {
			return err
		}
		return m.record(ctx, "", m.event(account, activity.RecoveryUnblocked, activity.OutcomeSuccess, c))
	})
}

package mfa

import (
	"context"
	"errors"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

const maxWarning = 32 // bytes

// settle spends a good verdict's response, ends what it answers and clears the
// counts, in one step of the store. Whoever loses a race has proved nothing.
func (a *attempt) settle(ctx context.Context, verdict Verdict, end Settlement) (Proof, error) {
	if !verdict.OK {
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonWrong, ErrWrongCode)
	}
	if verdict.Warning != "" { // what a method doubts moves nothing
		verdict.Warning = canon.Line(verdict.Warning, maxWarning)
		a.detail[activity.DetailWarning] = verdict.Warning
		verdict.Step, verdict.State = 0, nil
	}
	end.Account, end.Factor, end.Lane, end.Step = a.factor.Account, a.factor.ID, a.lane.Name, verdict.Step
	if verdict.State != nil {
		var err error
		end.Old = a.factor.Sealed
		if end.State, err = a.seal(factorRow(a.factor.Method, a.factor.Account, a.factor.ID), verdict.State); err != nil {
			return Proof{}, err
		}
	}
	how, err := a.settled(ctx, end)
	if err != nil {
		return Proof{}, err
	}
	return a.conclude(ctx, how, verdict)
}

// conclude records how a good verdict's response was settled, and proves it if
// it won.
func (a *attempt) conclude(ctx context.Context, how Settled, verdict Verdict) (Proof, error) {
	switch how {
	case SettledUsed:
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonUsed, ErrWrongCode)
	case SettledOver:
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonOver, ErrNoChallenge)
	}
	p := a.proof()
	p.drift, p.warning = verdict.Drift, verdict.Warning
	a.note(ctx, a.row.Account, activity.FactorVerified, activity.OutcomeSuccess, a.client, a.detail)
	return p, nil
}

// settled forgets the failures of the response's own lane, since only the owner
// of the factor can reach this. A success among known devices leaves the
// strangers' count alone; otherwise the owner's daily sign-in would refill the
// guesses of whoever knows the password. A proof that the owner gives to
// manage the factors is another channel for all other methods, and opens them.
func (a *attempt) settled(ctx context.Context, end Settlement) (how Settled, err error) {
	if a.row.Purpose != PurposeManage {
		return a.store.Settle(ctx, end, a.cfg.Now())
	}
	keep := ""
	if a.lane.Name != a.factor.Method {
		keep = a.factor.Method
	}
	err = a.store.InTx(ctx, func(ctx context.Context) error {
		if how, err = a.store.Settle(ctx, end, a.cfg.Now()); err != nil || how != SettledWon {
			return err
		}
		return a.store.ResetLanes(ctx, a.row.Account, keep)
	})
	return how, err
}

var (
	errUsed = errors.New("used")
	errOver = errors.New("over")
)

// spendCode spends a recovery code, ends the challenge and opens every lane,
// all or nothing. The use is recorded with it, or it is not used.
func (a *attempt) spendCode(ctx context.Context, response string) (Proof, error) {
	account, hash, now := a.row.Account, hashCode(a.row.Account, response), a.cfg.Now()
	if hash == "" {
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonWrong, ErrWrongCode)
	}
	p := a.proof()
	err := a.store.InTx(ctx, func(ctx context.Context) error {
		if ok, err := a.store.UseRecoveryCode(ctx, account, hash, now); err != nil || !ok {
			return orElse(err, errUsed)
		}
		if ok, err := a.store.FinishChallenge(ctx, a.row.ID, now); err != nil || !ok {
			return orElse(err, errOver)
		}
		if err := a.store.ResetLanes(ctx, account, ""); err != nil {
			return err
		}
		left, err := a.store.RecoveryCodesLeft(ctx, account)
		if err != nil {
			return err
		}
		p.codesLeft = left
		a.detail["left"] = itoa(left)
		return a.record(ctx, account, activity.RecoveryCodeUsed, activity.OutcomeSuccess, a.client, a.detail)
	})
	switch {
	case errors.Is(err, errUsed):
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonWrong, ErrWrongCode)
	case errors.Is(err, errOver):
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonOver, ErrNoChallenge)
	case err != nil:
		return Proof{}, err
	}
	return p, nil
}

func (a *attempt) proof() Proof {
	p := Proof{
		account: a.row.Account, purpose: a.row.Purpose, binding: a.row.Binding,
		factor: a.factor.ID, method: a.factor.Method, at: a.cfg.Now(),
	}
	if a.recovery {
		p.factor, p.method = RecoveryCode, RecoveryCode
	}
	p.level = a.levelOf(p.method)
	return p
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

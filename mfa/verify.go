package mfa

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/throttle"
)

// Why an attempt failed, in the event's detail.
const (
	reasonWrong     = "wrong"     // the response, or the factor it names
	reasonUsed      = "used"      // right, but not after the last one
	reasonOver      = "over"      // right, but the challenge was won by another
	reasonThrottled = "throttled" // not judged
	reasonStopped   = "stopped"   // not judged
)

// The account's buckets: recovery codes have their own, so that whoever
// guesses codes does not keep the owner from the way out.
func (m *Manager) bucket(account string, recovery bool) throttle.Bucket {
	b := throttle.Bucket{Account: canon.Key(account), Name: "mfa", Free: 5, Base: 30 * time.Second, Max: 15 * time.Minute}
	if recovery {
		b.Name = "mfa.recovery"
	}
	return b
}

// Verify judges the response to a challenge. factorID is one of the
// challenge's factors, or [RecoveryCode]. A good response ends the challenge
// and is spent; a wrong one leaves it open for up to five in all. Errors:
// [ErrWrongCode], [ErrNoChallenge], [ErrStopped], [ErrNoMethod],
// *[ThrottledError].
//
// Call it outside a transaction: what it counts and spends must stay when
// yours is rolled back. On PostgreSQL it works beside a carried transaction;
// on SQLite it refuses to run inside one.
func (m *Manager) Verify(ctx context.Context, token, purpose, factorID, response string, c activity.Client) (Proof, error) {
	row, err := m.challenge(ctx, token, purpose)
	if err != nil {
		return Proof{}, err
	}
	a := &attempt{Manager: m, row: row, client: c, detail: map[string]string{"purpose": row.Purpose}}
	if err := a.load(ctx, factorID); err != nil {
		return Proof{}, err
	}
	if err := a.take(ctx); err != nil {
		return Proof{}, err
	}
	ctx = sqldb.Detach(ctx)
	now := m.cfg.Now()
	spend, err := a.judge(ctx, response, now)
	if err != nil {
		return Proof{}, err
	}
	if spend == nil {
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonWrong, ErrWrongCode)
	}
	return a.settle(ctx, spend, now)
}

// attempt is one call of Verify.
type attempt struct {
	*Manager
	row      ChallengeRow
	factor   FactorRow // zero: a recovery code, or a factor that is not there
	method   Method    // nil: likewise
	recovery bool
	client   activity.Client
	detail   map[string]string
}

// load finds the factor. One that is not there goes on, to be counted and
// refused like a wrong code.
func (a *attempt) load(ctx context.Context, factorID string) error {
	if a.recovery = factorID == RecoveryCode; a.recovery {
		a.detail["method"] = RecoveryCode
		return nil
	}
	f, err := a.active(ctx, a.row.Account, factorID)
	if errors.Is(err, ErrNoFactor) {
		return nil
	}
	if err != nil {
		return err
	}
	method, ok := a.methods[f.Method]
	if !ok {
		return ErrNoMethod
	}
	a.factor, a.method = f, method
	a.detail["method"], a.detail["factor"] = f.Method, f.Name
	return nil
}

func (a *attempt) guessable() bool {
	return !a.recovery && (a.method == nil || a.method.Info().Guessable)
}

// take counts the attempt everywhere, before anything is compared: the delay,
// the failures in a row (each attempt is one until it proves good), and the
// challenge's five.
func (a *attempt) take(ctx context.Context) error {
	now := a.cfg.Now()
	if a.guessable() && a.row.Failures >= MaxFailures {
		return a.fail(ctx, activity.OutcomeDenied, reasonStopped, ErrStopped)
	}
	wait, err := throttle.Take(ctx, a.store, now, a.bucket(a.row.Account, a.recovery))
	if err != nil {
		return err
	}
	if wait > 0 {
		return a.fail(ctx, activity.OutcomeDenied, reasonThrottled, &ThrottledError{RetryAfter: wait})
	}
	if a.guessable() {
		ok, err := a.store.TakeFailure(ctx, a.row.Account, MaxFailures)
		if err != nil {
			return err
		}
		if !ok {
			return a.fail(ctx, activity.OutcomeDenied, reasonStopped, ErrStopped)
		}
	}
	ok, err := a.store.TakeAttempt(ctx, a.row.ID, MaxAttempts, now)
	if err != nil {
		return err
	}
	if !ok {
		return ErrNoChallenge
	}
	return nil
}

// judge compares. A right response gives what spends it; a wrong one nil.
func (a *attempt) judge(ctx context.Context, response string, now time.Time) (spend func(context.Context) (bool, error), err error) {
	account := a.row.Account
	if a.recovery {
		hash := hashCode(account, response)
		if hash == "" {
			return nil, nil
		}
		return func(ctx context.Context) (bool, error) {
			return a.store.UseRecoveryCode(ctx, account, hash, now)
		}, nil
	}
	if a.method == nil || len(response) > MaxResponse {
		return nil, nil
	}
	verdict, err := a.verdict(ctx, response, now)
	if err != nil || !verdict.OK {
		return nil, err
	}
	return func(ctx context.Context) (bool, error) {
		ok, err := a.store.AdvanceStep(ctx, account, a.factor.ID, verdict.Step, now)
		if err != nil || !ok || verdict.State == nil {
			return ok, err
		}
		sealed, err := a.seal(factorRow(a.factor.Method, account, a.factor.ID), verdict.State)
		if err != nil {
			return false, err
		}
		return a.store.ReplaceSealed(ctx, account, a.factor.ID, a.factor.Sealed, sealed, now)
	}, nil
}

func (a *attempt) verdict(ctx context.Context, response string, now time.Time) (Verdict, error) {
	answer := Answer{Subject: Subject{Account: a.row.Account, FactorID: a.factor.ID, Now: now}, Response: response}
	var err error
	if answer.State, err = a.open(factorRow(a.factor.Method, a.row.Account, a.factor.ID), a.factor.Sealed); err != nil {
		return Verdict{}, err
	}
	if a.row.PreparedFor == a.factor.ID {
		at := challengeRow(a.row.Account, a.row.Purpose, a.row.ID, a.factor.ID)
		if answer.Challenge, err = a.open(at, a.row.Prepared); err != nil {
			return Verdict{}, err
		}
	}
	verdict, err := a.method.Verify(ctx, answer)
	if err != nil {
		return Verdict{}, fmt.Errorf("mfa: verify %s: %w", a.factor.Method, err)
	}
	return verdict, nil
}

var (
	errUsed = errors.New("used")
	errOver = errors.New("over")
)

// settle spends the response, ends the challenge and clears the counts, all or
// nothing. Whoever loses either race has proved nothing. The use of a recovery
// code is recorded with it, or it is not used.
func (a *attempt) settle(ctx context.Context, spend func(context.Context) (bool, error), now time.Time) (Proof, error) {
	p := Proof{
		account: a.row.Account, purpose: a.row.Purpose, binding: a.row.Binding,
		factor: a.factor.ID, method: a.factor.Method, at: now,
	}
	if a.recovery {
		p.factor, p.method = RecoveryCode, RecoveryCode
	}
	err := a.store.InTx(ctx, func(ctx context.Context) error {
		if ok, err := spend(ctx); err != nil || !ok {
			return cmpErr(err, errUsed)
		}
		if ok, err := a.store.FinishChallenge(ctx, a.row.ID, now); err != nil || !ok {
			return cmpErr(err, errOver)
		}
		if err := a.clear(ctx); err != nil || !a.recovery {
			return err
		}
		left, err := a.store.RecoveryCodesLeft(ctx, a.row.Account)
		if err != nil {
			return err
		}
		p.codesLeft = left
		a.detail["left"] = itoa(left)
		return a.record(ctx, a.row.Account, activity.RecoveryCodeUsed, activity.OutcomeSuccess, a.client, a.detail)
	})
	switch {
	case errors.Is(err, errUsed) && a.recovery:
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonWrong, ErrWrongCode)
	case errors.Is(err, errUsed):
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonUsed, ErrWrongCode)
	case errors.Is(err, errOver):
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonOver, ErrNoChallenge)
	case err != nil:
		return Proof{}, err
	}
	if !a.recovery {
		a.note(ctx, a.row.Account, activity.FactorVerified, activity.OutcomeSuccess, a.client, a.detail)
	}
	return p, nil
}

// clear forgets the failures after a success. Only the owner of a factor can
// reach it, so nothing that protects another account is reset. A recovery code
// also opens what guessing had closed.
func (a *attempt) clear(ctx context.Context) error {
	if err := a.store.ResetFailures(ctx, a.row.Account); err != nil {
		return err
	}
	buckets := []throttle.Bucket{a.bucket(a.row.Account, false)}
	if a.recovery {
		buckets = append(buckets, a.bucket(a.row.Account, true))
	}
	return throttle.Succeed(ctx, a.store, buckets...)
}

// fail records a failed attempt and returns err. The event commits on its own,
// as the counts do.
func (a *attempt) fail(ctx context.Context, o activity.Outcome, reason string, err error) error {
	a.detail["reason"] = reason
	a.note(sqldb.Detach(ctx), a.row.Account, activity.FactorFailed, o, a.client, a.detail)
	return err
}

func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

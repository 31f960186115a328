package mfa

import (
	"context"
	"errors"
	"fmt"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/sqldb"
)

// Why an attempt failed, in the event's detail.
const (
	reasonWrong     = "wrong"     // the response, or the factor it names
	reasonUsed      = "used"      // right, but not after the last one
	reasonOver      = "over"      // right, but the challenge was won by another
	reasonThrottled = "throttled" // not judged
	reasonStopped   = "stopped"   // not judged
)

// Verify judges the response to a challenge. factorID is one of the
// challenge's factors, or [RecoveryCode]; the responses of a [Resolver] choose
// themselves among the account's factors of that method. A good response ends
// the challenge and is spent; a wrong one leaves it open for up to five in all.
// Errors: [ErrWrongCode], [ErrNoChallenge], [ErrStopped], [ErrNoMethod],
// *[ThrottledError].
//
// Call it outside a transaction: what it counts and spends must stay when
// yours is rolled back. On PostgreSQL it works beside a carried transaction;
// on SQLite it refuses to run inside one.
func (m *Manager) Verify(ctx context.Context, token, purpose, factorID, response string, c activity.Client) (Proof, error) {
	row, factors, err := m.challenge(ctx, token, purpose)
	if err != nil {
		return Proof{}, err
	}
	a := &attempt{Manager: m, row: row, factors: factors, client: c, detail: map[string]string{"purpose": row.Purpose}}
	if err := a.choose(factorID, response); err != nil {
		return Proof{}, err
	}
	if err := a.take(ctx); err != nil {
		return Proof{}, err
	}
	ctx = sqldb.Detach(ctx)
	spend, err := a.judge(ctx, response)
	if err != nil {
		return Proof{}, err
	}
	if spend == nil {
		return Proof{}, a.fail(ctx, activity.OutcomeFailure, reasonWrong, ErrWrongCode)
	}
	return a.settle(ctx, spend, func(ctx context.Context) (bool, error) {
		return m.store.FinishChallenge(ctx, row.ID, m.cfg.Now())
	})
}

// attempt is one response on its way through Verify or VerifyDiscovered.
type attempt struct {
	*Manager
	row      ChallengeRow
	factors  []FactorRow // the account's active ones
	factor   FactorRow   // zero: a recovery code, or a factor that is not there
	method   Method      // nil: likewise
	recovery bool
	lane     Lane
	client   activity.Client
	detail   map[string]string
	warning  string
}

// choose finds the factor. One that is not there goes on, to be counted and
// refused like a wrong code.
func (a *attempt) choose(factorID, response string) error {
	if a.recovery = factorID == RecoveryCode; a.recovery {
		a.detail["method"] = RecoveryCode
		return nil
	}
	f, err := find(a.factors, factorID)
	if err != nil {
		return nil
	}
	method, ok := a.methods[f.Method]
	if !ok {
		return ErrNoMethod
	}
	a.detail["method"] = f.Method
	if resolver, ok := method.(Resolver); ok {
		f = a.resolve(resolver, f.Method, response)
	}
	a.factor, a.method = f, method
	if f.ID != "" {
		a.detail["factor"] = f.Name
	}
	return nil
}

// resolve gives the account's own factor that the response names, or a zero
// one: another account's is not there.
func (a *attempt) resolve(method Resolver, name, response string) FactorRow {
	if lookup := lookupOf(method, response); lookup != "" {
		for _, f := range a.factors {
			if f.Method == name && f.Lookup == lookup {
				return f
			}
		}
	}
	return FactorRow{}
}

// lookupOf reads what a response names its factor by; "" if it names none.
func lookupOf(method Resolver, response string) string {
	if len(response) > MaxResponse {
		return ""
	}
	lookup := method.Lookup(response)
	if len(lookup) > MaxLookup || canon.CheckID(lookup) != nil {
		return ""
	}
	return lookup
}

// take counts the attempt, before anything is compared: as a failure in its
// lane, which it is until it proves good, and as one of the challenge's five.
func (a *attempt) take(ctx context.Context) error {
	known := a.row.Device != "" && a.row.Device == deviceKey(true, a.client)
	name, guessable := RecoveryCode, false
	if !a.recovery {
		// A factor that is not there is counted like the method that it may be of.
		name, guessable = unknownMethod, true
		if a.method != nil {
			info := a.method.Info()
			name, guessable = info.Name, info.Guessable
		}
	}
	a.lane = lane(a.row.Account, name, guessable, known, a.client)
	wait, err := a.store.TakeAttempt(ctx, a.row.ID, MaxAttempts, a.lane, a.cfg.Now())
	switch {
	case errors.Is(err, ErrStopped):
		return a.fail(ctx, activity.OutcomeDenied, reasonStopped, ErrStopped)
	case err != nil:
		return err
	case wait > 0:
		return a.fail(ctx, activity.OutcomeDenied, reasonThrottled, &ThrottledError{RetryAfter: wait})
	}
	return nil
}

// unknownMethod names the lane of responses to factors that are not there.
const unknownMethod = "unknown"

// spender spends a good response; it tells whether it was there to be spent.
type spender func(ctx context.Context) (bool, error)

// judge compares. A right response gives what spends it; a wrong one nil.
func (a *attempt) judge(ctx context.Context, response string) (spender, error) {
	account := a.row.Account
	if a.recovery {
		hash := hashCode(account, response)
		if hash == "" {
			return nil, nil
		}
		return func(ctx context.Context) (bool, error) {
			return a.store.UseRecoveryCode(ctx, account, hash, a.cfg.Now())
		}, nil
	}
	if a.method == nil || a.factor.ID == "" || len(response) > MaxResponse {
		return nil, nil
	}
	verdict, err := a.verdict(ctx, response)
	if err != nil || !verdict.OK {
		return nil, err
	}
	return a.spend(verdict)
}

// spend makes the spender of a good verdict. What a method doubts moves nothing.
func (a *attempt) spend(verdict Verdict) (spender, error) {
	if verdict.Warning != "" {
		a.warning = canon.Line(verdict.Warning, maxWarning)
		a.detail["warning"] = a.warning
		verdict.Step, verdict.State = 0, nil
	}
	f, now := a.factor, a.cfg.Now()
	var sealed []byte
	if verdict.State != nil {
		var err error
		if sealed, err = a.seal(factorRow(f.Method, f.Account, f.ID), verdict.State); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) (bool, error) {
		ok, err := a.store.AdvanceStep(ctx, f.Account, f.ID, verdict.Step, now)
		if err != nil || !ok || sealed == nil {
			return ok, err
		}
		return a.store.ReplaceSealed(ctx, f.Account, f.ID, f.Sealed, sealed, now)
	}, nil
}

const maxWarning = 32

func (a *attempt) verdict(ctx context.Context, response string) (Verdict, error) {
	subject, err := a.subject(ctx, a.factor, a.factors, a.client)
	if err != nil {
		return Verdict{}, err
	}
	answer := Answer{Subject: subject, Response: response}
	if whose := preparedFor(a.factor, a.method); a.row.PreparedFor == whose {
		if answer.Challenge, err = a.open(challengeRow(a.row, whose), a.row.Prepared); err != nil {
			return Verdict{}, err
		}
	}
	return a.ask(ctx, answer)
}

func (a *attempt) ask(ctx context.Context, answer Answer) (Verdict, error) {
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
func (a *attempt) settle(ctx context.Context, spend, finish spender) (Proof, error) {
	p := a.proof()
	err := a.store.InTx(ctx, func(ctx context.Context) error {
		if ok, err := spend(ctx); err != nil || !ok {
			return orElse(err, errUsed)
		}
		if ok, err := finish(ctx); err != nil || !ok {
			return orElse(err, errOver)
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

func (a *attempt) proof() Proof {
	p := Proof{
		account: a.row.Account, purpose: a.row.Purpose, binding: a.row.Binding,
		factor: a.factor.ID, method: a.factor.Method, at: a.cfg.Now(), warning: a.warning,
	}
	if a.recovery {
		p.factor, p.method = RecoveryCode, RecoveryCode
	}
	p.level = a.levelOf(p.method)
	return p
}

// clear forgets the failures after a success: those of its own lane, since only
// the owner of a factor can reach it. A success among known devices leaves the
// strangers' count alone; otherwise the owner's daily sign-in would refill the
// guesses of whoever knows the password. Another channel opens all lanes: a
// recovery code, or a proof that the owner gives to manage the factors, which
// opens those of other methods.
func (a *attempt) clear(ctx context.Context) error {
	switch {
	case a.recovery:
		return a.store.ResetLanes(ctx, a.row.Account, "")
	case a.row.Purpose == PurposeManage && a.lane.Name != a.factor.Method:
		return a.store.ResetLanes(ctx, a.row.Account, a.factor.Method)
	case a.row.Purpose == PurposeManage:
		return a.store.ResetLanes(ctx, a.row.Account, "")
	}
	return a.store.ResetLane(ctx, a.row.Account, a.lane.Name)
}

// fail records a failed attempt and returns err. The event commits on its own,
// as the counts do.
func (a *attempt) fail(ctx context.Context, o activity.Outcome, reason string, err error) error {
	a.detail["reason"] = reason
	a.note(sqldb.Detach(ctx), a.row.Account, activity.FactorFailed, o, a.client, a.detail)
	return err
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

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
	if _, busy := m.looking.LoadOrStore(row.Account, true); !busy {
		defer m.looking.Delete(row.Account)
		if p, err := a.atOnce(ctx, response); err != nil || p.Valid() {
			return p, err
		}
	}
	if err := a.take(ctx); err != nil {
		return Proof{}, err
	}
	ctx = sqldb.Detach(ctx)
	if a.recovery {
		return a.spendCode(ctx, response)
	}
	prepared, err := a.prepared()
	if err != nil {
		return Proof{}, err
	}
	verdict, err := a.judge(ctx, prepared, response)
	if err != nil {
		return Proof{}, err
	}
	return a.settle(ctx, verdict, Settlement{Challenge: row.ID})
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

// take counts the attempt, before it is judged: as a failure in its
// lane, which it is until it proves good, and as one of the challenge's five.
func (a *attempt) take(ctx context.Context) error {
	name, guessable := RecoveryCode, false
	if !a.recovery {
		// A factor that is not there is counted like the method that it may be of.
		name, guessable = unknownMethod, true
		if a.method != nil {
			info := a.method.Info()
			name, guessable = info.Name, info.Guessable
		}
	}
	a.lane = lane(a.row.Account, name, guessable, a.row.knownTo(a.client), a.client)
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

// prepared opens what the method prepared for this factor, if it did.
func (a *attempt) prepared() ([]byte, error) {
	if a.factor.ID == "" {
		return nil, nil
	}
	whose := preparedFor(a.factor, a.method)
	if a.row.PreparedFor != whose {
		return nil, nil
	}
	return a.open(challengeRow(a.row, whose), a.row.Prepared)
}

// judge asks the method. A factor that is not there has no good response.
func (a *attempt) judge(ctx context.Context, prepared []byte, response string) (Verdict, error) {
	if a.factor.ID == "" || len(response) > MaxResponse {
		return Verdict{}, nil
	}
	subject, err := a.subject(ctx, a.factor, a.factors, a.client)
	if err != nil {
		return Verdict{}, err
	}
	verdict, err := a.method.Verify(ctx, Answer{Subject: subject, Challenge: prepared, Response: response})
	if err != nil {
		return Verdict{}, fmt.Errorf("mfa: verify %s: %w", a.factor.Method, err)
	}
	return verdict, nil
}

// fail records a failed attempt and returns err. The event commits on its own,
// as the counts do.
func (a *attempt) fail(ctx context.Context, o activity.Outcome, reason string, err error) error {
	a.detail["reason"] = reason
	a.note(sqldb.Detach(ctx), a.row.Account, activity.FactorFailed, o, a.client, a.detail)
	return err
}

package mfa

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// StartEnrollRequest asks for a new factor.
type StartEnrollRequest struct {
	// Account is whose factor it will be: the one that is signed in. Required.
	Account string
	// Method is the name of a method on offer. Required.
	Method string
	// Name is what the owner calls the factor: at most [MaxName] characters, unlike
	// the names of the account's other factors. Required.
	Name string
	// Label is what the account is called inside the customer's
	// authenticator, such as the e-mail address; cut to 128 bytes. Defaults to
	// Account.
	Label string
	// Proof is needed if the account has a factor already: for
	// [PurposeManage], at most [ProofLifetime] old. A nil one says that there is
	// none, which is right for the first factor; the zero Proof proves nothing
	// and is refused.
	Proof *Proof
	// Evidence is what [Config].MayEnroll asks for where there is no Proof: with the
	// Guard of the root package, the evidence of the session. Defaults to none.
	Evidence string
	// Client is who asks.
	Client activity.Client
}

// Enrollment is a factor that waits for its first response. Until then it
// gates nothing.
type Enrollment struct {
	// FactorID goes into [Manager.FinishEnroll].
	FactorID string
	// Show is what the method gives to show: for totp a totp.Setup.
	Show any
	// ExpiresAt ends the enrolment.
	ExpiresAt time.Time
}

// Enrolled is a finished enrolment.
type Enrolled struct {
	Factor Factor
	// RecoveryCodes are made with the account's first factor, and nil with
	// later ones. Show them now; nothing can show them again.
	RecoveryCodes []string
}

const maxLabel = 128

// StartEnroll begins an enrolment, in place of the account's unfinished one if
// there is one. Errors: [ErrNoMethod], [ErrBadName], [ErrNameTaken],
// [ErrTooManyFactors], [ErrProofNeeded], what [Config].MayEnroll says.
func (m *Manager) StartEnroll(ctx context.Context, req StartEnrollRequest) (Enrollment, error) {
	if err := checkAccount(req.Account); err != nil {
		return Enrollment{}, err
	}
	method, ok := m.methods[req.Method]
	if !ok {
		return Enrollment{}, ErrNoMethod
	}
	name, err := cleanName(req.Name)
	if err != nil {
		return Enrollment{}, err
	}
	now := m.cfg.Now()
	if req.Proof != nil && !req.Proof.allows(req.Account, now) {
		return Enrollment{}, ErrProofNeeded
	}
	label := canon.Line(req.Label, maxLabel)
	if label == "" {
		label = canon.Line(req.Account, maxLabel)
	}
	f := FactorRow{
		Account: req.Account, ID: secret.NewID(), Method: req.Method, Name: name, Proved: req.Proof != nil,
		CreatedAt: now, ExpiresAt: now.Add(EnrollLifetime), SealedAt: now,
	}
	all, err := m.store.Factors(ctx, f.Account)
	if err == nil { // a method may send a message: not for what is refused below
		err = mayAddTo(all, f)
	}
	if err == nil && req.Proof == nil && m.cfg.MayEnroll != nil {
		err = m.cfg.MayEnroll(ctx, req)
	}
	if err != nil {
		return Enrollment{}, err
	}
	begun, err := method.Enroll(ctx, Subject{
		Account: f.Account, FactorID: f.ID, Label: label, Others: m.others(ctx, f, all), Client: req.Client, Now: now,
	})
	if err != nil {
		return Enrollment{}, fmt.Errorf("mfa: enrol %s: %w", f.Method, err)
	}
	if f.Sealed, err = m.seal(factorRow(f.Method, f.Account, f.ID), begun.State); err != nil {
		return Enrollment{}, err
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.AddFactor(ctx, f, MaxFactors); err != nil {
			return err
		}
		return m.record(ctx, f.Account, activity.FactorEnrollStarted, activity.OutcomePending, req.Client,
			map[string]string{"method": f.Method, "factor": f.Name})
	})
	if err != nil {
		return Enrollment{}, err
	}
	return Enrollment{FactorID: f.ID, Show: begun.Show, ExpiresAt: f.ExpiresAt}, nil
}

// mayAddTo tells beforehand what AddFactor will say.
func mayAddTo(all []FactorRow, f FactorRow) error {
	taken := false
	for _, other := range all {
		taken = taken || NameKey(other.Name) == NameKey(f.Name)
	}
	return mayAdd(len(all), taken, f.Proved, MaxFactors)
}

// FinishEnroll proves that the customer holds the factor, and makes it active.
// The response is spent by it: it does not sign in as well. The fifth wrong
// response ends the enrolment. Errors: [ErrWrongCode], a
// *[DriftError] among them, [ErrNoEnrollment], [ErrNameTaken] if another factor took the name meanwhile, [ErrTaken] if the
// authenticator is enrolled already.
//
// Call it outside a transaction: its count must stay when yours is rolled back,
// so on SQLite it refuses to run inside one.
func (m *Manager) FinishEnroll(ctx context.Context, account, factorID, response string, c activity.Client) (Enrolled, error) {
	if err := checkAccount(account); err != nil {
		return Enrolled{}, err
	}
	if canon.CheckID(factorID) != nil {
		return Enrolled{}, ErrNoEnrollment
	}
	f, err := m.store.Factor(ctx, account, factorID)
	if errors.Is(err, ErrNoFactor) || err == nil && (f.Active || !m.cfg.Now().Before(f.ExpiresAt)) {
		return Enrolled{}, ErrNoEnrollment
	}
	if err != nil {
		return Enrolled{}, err
	}
	verdict, err := m.confirm(ctx, f, response, c)
	if err != nil {
		return Enrolled{}, err
	}
	f.Sealed = nil // it stays as it is by then: it may be resealed meanwhile
	if verdict.State != nil {
		if f.Sealed, err = m.seal(factorRow(f.Method, account, f.ID), verdict.State); err != nil {
			return Enrolled{}, err
		}
	}
	f.UsedAt, f.Step, f.Lookup = m.cfg.Now(), verdict.Step, verdict.Lookup
	var codes []string
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		codes, err = m.activate(ctx, f, c)
		return err
	})
	if err != nil {
		return Enrolled{}, err
	}
	return Enrolled{Factor: f.factor(), RecoveryCodes: codes}, nil
}

// confirm counts an attempt and judges the response.
func (m *Manager) confirm(ctx context.Context, f FactorRow, response string, c activity.Client) (Verdict, error) {
	method, ok := m.methods[f.Method]
	if !ok {
		return Verdict{}, ErrNoMethod
	}
	all, err := m.store.Factors(ctx, f.Account)
	if err != nil {
		return Verdict{}, err
	}
	subject, err := m.subject(ctx, f, all, c)
	if err != nil {
		return Verdict{}, err
	}
	ok, err = m.store.TakeEnrollAttempt(ctx, f.Account, f.ID, MaxAttempts, subject.Now)
	if err != nil {
		return Verdict{}, err
	}
	if !ok {
		return Verdict{}, ErrNoEnrollment
	}
	verdict := Verdict{}
	if len(response) <= MaxResponse {
		verdict, err = method.Confirm(ctx, Answer{Subject: subject, Response: response})
		if err == nil {
			err = checkLookup(method, verdict)
		}
		if err != nil {
			return Verdict{}, fmt.Errorf("mfa: confirm %s: %w", f.Method, err)
		}
	}
	if !verdict.OK {
		m.note(ctx, f.Account, activity.FactorFailed, activity.OutcomeFailure, c,
			map[string]string{"method": f.Method, "factor": f.Name, "purpose": "enrol", "reason": reasonWrong})
		if verdict.Drift != 0 {
			return Verdict{}, &DriftError{Drift: verdict.Drift}
		}
		return Verdict{}, ErrWrongCode
	}
	return verdict, nil
}

// checkLookup holds a method to its contract: a [Resolver] names what it
// confirms, and nobody else does.
func checkLookup(method Method, v Verdict) error {
	_, resolver := method.(Resolver)
	if !v.OK || resolver == (v.Lookup != "") && (v.Lookup == "" || len(v.Lookup) <= MaxLookup && canon.CheckID(v.Lookup) == nil) {
		return nil
	}
	return errors.New("malformed lookup")
}

// activate runs inside a transaction.
func (m *Manager) activate(ctx context.Context, f FactorRow, c activity.Client) (codes []string, err error) {
	first, err := m.store.ActivateFactor(ctx, f, f.UsedAt)
	if err != nil {
		return nil, err
	}
	detail := map[string]string{"method": f.Method, "factor": f.Name, activity.DetailFactorID: f.ID}
	if err := m.record(ctx, f.Account, activity.FactorEnrolled, activity.OutcomeSuccess, c, detail); err != nil {
		return nil, err
	}
	if first {
		if codes, err = m.makeCodes(ctx, f.Account, f.Method, c); err != nil {
			return nil, err
		}
	}
	won, err := m.store.MarkEnabled(ctx, f.Account, f.Method, f.UsedAt)
	if err != nil || !won || m.cfg.OnEnabled == nil {
		return codes, err
	}
	if err := m.cfg.OnEnabled(ctx, f.Account, f.Method); err != nil {
		return nil, fmt.Errorf("mfa: OnEnabled: %w", err)
	}
	return codes, nil
}

func itoa(n int) string { return strconv.Itoa(n) }

// String keeps what is to be shown to the customer alone out of logs.
func (e Enrollment) String() string { return "[mfa enrolment " + e.FactorID + "]" }

// Format keeps every verb redacted.
func (e Enrollment) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.String()) } //nolint:errcheck

// LogValue is String.
func (e Enrollment) LogValue() slog.Value { return slog.StringValue(e.String()) }

// String keeps the recovery codes out of logs.
func (e Enrolled) String() string { return "[mfa enrolled " + e.Factor.ID + "]" }

// Format keeps every verb redacted.
func (e Enrolled) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.String()) } //nolint:errcheck

// LogValue is String.
func (e Enrolled) LogValue() slog.Value { return slog.StringValue(e.String()) }

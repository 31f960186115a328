package mfa

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// Challenge waits for one factor of an account.
type Challenge struct {
	// Token answers the challenge: 256 random bits. Keep it in the visitor's
	// session, never in a link.
	Token string
	// Factors are the factors to choose from. A recovery code, with
	// [RecoveryCode] for the factor's id, is always accepted too.
	Factors []Factor
	// ExpiresAt ends it.
	ExpiresAt time.Time
}

// ChallengeInfo is what a challenge was made for.
type ChallengeInfo struct {
	Account string
	// Binding is what the caller tied it to.
	Binding   string
	Factors   []Factor
	ExpiresAt time.Time
}

const maxPurpose = 32

// ChallengeRequest asks an account for a factor.
type ChallengeRequest struct {
	// Account is who is asked. Required.
	Account string
	// Purpose says what for, in at most 32 bytes. Required.
	Purpose string
	// Binding ties the challenge to whatever it continues, for the caller to
	// compare, in at most 255 bytes. Defaults to nothing.
	Binding string
	// Known says that the caller knows Client.DeviceID to be a device of the
	// owner's, by something that a stranger cannot make up (a random cookie).
	// Its failures are counted apart from strangers'. Defaults to false.
	Known bool
	// Client is who asks.
	Client activity.Client
}

// Challenge asks the account for a factor. A newer challenge ends the older
// one of the same account, purpose and network (or known device); those of other
// networks go on, but for one in 64, and those of other known devices, but for one
// in 8. Errors: [ErrNoFactor] if the account has none.
func (m *Manager) Challenge(ctx context.Context, req ChallengeRequest) (Challenge, error) {
	if err := checkAccount(req.Account); err != nil {
		return Challenge{}, err
	}
	if err := checkPurpose(req.Purpose); err != nil {
		return Challenge{}, err
	}
	if req.Binding != "" && canon.CheckID(req.Binding) != nil {
		return Challenge{}, fmt.Errorf("mfa: malformed binding")
	}
	rows, err := m.store.Factors(ctx, req.Account)
	if err == nil && len(rows) == 0 {
		err = ErrNoFactor
	}
	if err != nil {
		return Challenge{}, err
	}
	now, token := m.cfg.Now(), secret.NewToken()
	known := req.Known && req.Client.DeviceID != ""
	row := ChallengeRow{
		ID: secret.HashToken(string(token)), Account: req.Account, Purpose: req.Purpose, Binding: req.Binding,
		Slot: slot(known, req.Client), Device: deviceKey(known, req.Client),
		CreatedAt: now, ExpiresAt: now.Add(ChallengeLifetime),
	}
	if err := m.store.PutChallenge(ctx, row); err != nil {
		return Challenge{}, err
	}
	return Challenge{Token: string(token), Factors: m.usable(rows), ExpiresAt: row.ExpiresAt}, nil
}

func checkPurpose(purpose string) error {
	if canon.CheckID(purpose) != nil || len(purpose) > maxPurpose {
		return fmt.Errorf("mfa: malformed purpose")
	}
	return nil
}

// usable lists the factors that can be asked for now. An account whose factors
// are all of methods no longer on offer still has recovery codes, so this list
// may be empty.
func (m *Manager) usable(rows []FactorRow) []Factor {
	factors := make([]Factor, 0, len(rows))
	for _, row := range rows {
		if m.methods[row.Method] != nil {
			factors = append(factors, row.factor())
		}
	}
	return factors
}

// Peek tells what an open challenge was made for, without an attempt. It
// proves nothing. Errors: [ErrNoChallenge], [ErrNoFactor].
func (m *Manager) Peek(ctx context.Context, token, purpose string) (ChallengeInfo, error) {
	row, factors, err := m.challenge(ctx, token, purpose)
	if err == nil && len(factors) == 0 {
		err = ErrNoFactor
	}
	if err != nil {
		return ChallengeInfo{}, err
	}
	return ChallengeInfo{Account: row.Account, Binding: row.Binding, Factors: m.usable(factors), ExpiresAt: row.ExpiresAt}, nil
}

// Prepare asks the factor's method to get ready once the customer has chosen
// it: to send the code, to make the ceremony's JSON. It returns what the method
// gives to show, nil for a method that needs nothing, such as totp. Preparing
// another factor, or the same one again, replaces what was prepared, and
// refills no attempts. What was prepared for a factor of a [Resolver] may be
// answered by any of the account's factors of that method. Errors:
// [ErrNoChallenge], [ErrNoFactor], [ErrNoMethod], [ErrStopped] and
// *[ThrottledError] as [Manager.Verify] would answer, and the method's own.
func (m *Manager) Prepare(ctx context.Context, token, purpose, factorID string, c activity.Client) (show any, err error) {
	row, factors, err := m.challenge(ctx, token, purpose)
	if err != nil {
		return nil, err
	}
	f, err := find(factors, factorID)
	if err != nil {
		return nil, err
	}
	method, ok := m.methods[f.Method]
	if !ok {
		return nil, ErrNoMethod
	}
	if err := m.mayAnswer(ctx, row, method.Info(), c); err != nil {
		return nil, err
	}
	subject, err := m.subject(ctx, f, factors, c)
	if err != nil {
		return nil, err
	}
	begun, err := method.Challenge(ctx, subject)
	if err != nil {
		return nil, fmt.Errorf("mfa: challenge %s: %w", f.Method, err)
	}
	if begun.State == nil {
		return begun.Show, nil
	}
	whose := preparedFor(f, method)
	sealed, err := m.seal(challengeRow(row, whose), begun.State)
	if err != nil {
		return nil, err
	}
	ok, err = m.store.PrepareChallenge(ctx, row.ID, whose, sealed, m.cfg.Now())
	if err == nil && !ok {
		err = ErrNoChallenge
	}
	if err != nil {
		return nil, err
	}
	return begun.Show, nil
}

// mayAnswer refuses what could not be answered: no message is paid for that.
func (m *Manager) mayAnswer(ctx context.Context, row ChallengeRow, method Info, c activity.Client) error {
	if !method.Guessable {
		return nil
	}
	wait, err := m.store.CheckLane(ctx, lane(row.Account, method.Name, true, row.knownTo(c), c), m.cfg.Now())
	if err == nil && wait > 0 {
		err = &ThrottledError{RetryAfter: wait}
	}
	return err
}

// knownTo tells whether c is the known device that the challenge began on.
func (r ChallengeRow) knownTo(c activity.Client) bool {
	return r.Device != "" && r.Device == deviceKey(true, c)
}

// preparedFor names whose responses a prepared challenge takes: the factor's, or
// with a [Resolver] those of all factors of the method. An id holds no colon.
func preparedFor(f FactorRow, method Method) string {
	if _, ok := method.(Resolver); ok {
		return "method:" + f.Method
	}
	return f.ID
}

// challenge gives the open challenge of a token, if it was made for purpose
// and has attempts left, and the account's factors.
func (m *Manager) challenge(ctx context.Context, token, purpose string) (ChallengeRow, []FactorRow, error) {
	id := secret.HashToken(token)
	if id == "" {
		return ChallengeRow{}, nil, ErrNoChallenge
	}
	row, factors, err := m.store.Challenge(ctx, id, m.cfg.Now())
	if err != nil {
		return ChallengeRow{}, nil, err
	}
	if row.Purpose != purpose || row.Attempts >= MaxAttempts {
		return ChallengeRow{}, nil, ErrNoChallenge
	}
	return row, factors, nil
}

// String keeps the token out of logs.
func (c Challenge) String() string { return "[mfa challenge]" }

// Format keeps every verb redacted.
func (c Challenge) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c Challenge) LogValue() slog.Value { return slog.StringValue(c.String()) }

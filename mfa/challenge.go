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

// Challenge asks the account for a factor. purpose (at most 32 bytes) says
// what for; binding (at most 255 bytes, may be empty) ties the challenge to
// whatever it continues, for the caller to compare. A newer challenge ends the
// older one of the same account and purpose. Errors: [ErrNoFactor] if the
// account has none.
func (m *Manager) Challenge(ctx context.Context, account, purpose, binding string, c activity.Client) (Challenge, error) {
	if err := checkAccount(account); err != nil {
		return Challenge{}, err
	}
	if err := canon.CheckID(purpose); err != nil || len(purpose) > maxPurpose {
		return Challenge{}, fmt.Errorf("mfa: malformed purpose")
	}
	if binding != "" && canon.CheckID(binding) != nil {
		return Challenge{}, fmt.Errorf("mfa: malformed binding")
	}
	factors, err := m.usable(ctx, account)
	if err != nil {
		return Challenge{}, err
	}
	now, token := m.cfg.Now(), secret.NewToken()
	row := ChallengeRow{
		ID: secret.HashToken(string(token)), Account: account, Purpose: purpose, Binding: binding,
		CreatedAt: now, ExpiresAt: now.Add(ChallengeLifetime),
	}
	if err := m.store.PutChallenge(ctx, row); err != nil {
		return Challenge{}, err
	}
	return Challenge{Token: string(token), Factors: factors, ExpiresAt: row.ExpiresAt}, nil
}

// usable lists the factors that can be asked for now. An account whose factors
// are all of methods no longer on offer still has recovery codes, so this list
// may be empty; an account without any factor is [ErrNoFactor].
func (m *Manager) usable(ctx context.Context, account string) ([]Factor, error) {
	rows, err := m.store.Factors(ctx, account)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, ErrNoFactor
	}
	factors := make([]Factor, 0, len(rows))
	for _, row := range rows {
		if m.methods[row.Method] != nil {
			factors = append(factors, row.factor())
		}
	}
	return factors, nil
}

// Peek tells what an open challenge was made for, without an attempt. It
// proves nothing. Errors: [ErrNoChallenge].
func (m *Manager) Peek(ctx context.Context, token, purpose string) (ChallengeInfo, error) {
	row, err := m.challenge(ctx, token, purpose)
	if err != nil {
		return ChallengeInfo{}, err
	}
	factors, err := m.usable(ctx, row.Account)
	if err != nil {
		return ChallengeInfo{}, err
	}
	return ChallengeInfo{Account: row.Account, Binding: row.Binding, Factors: factors, ExpiresAt: row.ExpiresAt}, nil
}

// Prepare asks the factor's method to get ready once the customer has chosen
// it: to send the code, to make the ceremony's JSON. It returns what the method
// gives to show, nil for a method that needs nothing, such as totp. Preparing
// another factor, or the same one again, replaces what was prepared, and
// refills no attempts. Errors: [ErrNoChallenge], [ErrNoFactor], [ErrNoMethod],
// and the method's own.
func (m *Manager) Prepare(ctx context.Context, token, purpose, factorID string) (show any, err error) {
	row, err := m.challenge(ctx, token, purpose)
	if err != nil {
		return nil, err
	}
	f, err := m.active(ctx, row.Account, factorID)
	if err != nil {
		return nil, err
	}
	method, ok := m.methods[f.Method]
	if !ok {
		return nil, ErrNoMethod
	}
	state, err := m.open(factorRow(f.Method, f.Account, f.ID), f.Sealed)
	if err != nil {
		return nil, err
	}
	now := m.cfg.Now()
	begun, err := method.Challenge(ctx, Subject{Account: f.Account, FactorID: f.ID, State: state, Now: now})
	if err != nil {
		return nil, fmt.Errorf("mfa: challenge %s: %w", f.Method, err)
	}
	if begun.State == nil {
		return begun.Show, nil
	}
	sealed, err := m.seal(challengeRow(row.Account, row.Purpose, row.ID, f.ID), begun.State)
	if err != nil {
		return nil, err
	}
	ok, err = m.store.PrepareChallenge(ctx, row.ID, f.ID, sealed, now)
	if err == nil && !ok {
		err = ErrNoChallenge
	}
	if err != nil {
		return nil, err
	}
	return begun.Show, nil
}

// challenge gives the open challenge of a token, if it was made for purpose
// and has attempts left.
func (m *Manager) challenge(ctx context.Context, token, purpose string) (ChallengeRow, error) {
	id := secret.HashToken(token)
	if id == "" {
		return ChallengeRow{}, ErrNoChallenge
	}
	row, err := m.store.Challenge(ctx, id, m.cfg.Now())
	if err != nil {
		return ChallengeRow{}, err
	}
	if row.Purpose != purpose || row.Attempts >= MaxAttempts {
		return ChallengeRow{}, ErrNoChallenge
	}
	return row, nil
}

// String keeps the token out of logs.
func (c Challenge) String() string { return "[mfa challenge]" }

// Format keeps every verb redacted.
func (c Challenge) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c Challenge) LogValue() slog.Value { return slog.StringValue(c.String()) }

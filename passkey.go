package accountsec

import (
	"context"
	"errors"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
)

// StartPasskeySignIn begins a sign-in without user name and password, by a
// method that can be asked before it is known whose account it is ("webauthn").
// It stores nothing, so any page may offer it. Errors: mfa.ErrNoMethod.
func (g *Guard) StartPasskeySignIn(ctx context.Context, method string, c activity.Client) (mfa.Discovery, error) {
	return g.factors.Discover(ctx, method, purposeSignIn, c)
}

// FinishPasskeySignIn grants by a passkey alone: the authenticator is what the
// customer has, and unlocking it what they know or are (NIST SP 800-63B-4
// §3.1.7.1), so a method that is not phishing-resistant is refused. A revoked
// password does not stand in the way, but must be changed. Errors: [ErrSignIn] if
// a rule refuses where this comes from, [ErrWrongCode], also for a passkey that
// nobody has, [ErrPending], *[ThrottledError].
func (g *Guard) FinishPasskeySignIn(ctx context.Context, token, response string, c activity.Client) (Grant, error) {
	proof, err := g.factors.VerifyDiscovered(ctx, token, purposeSignIn, response, c)
	if err != nil {
		return Grant{}, translate(err)
	}
	if proof.Level() < mfa.LevelPhishingResistant {
		g.note(ctx, g.event(proof.Account(), activity.SignInDenied, activity.OutcomeDenied, c))
		return Grant{}, ErrWrongCode
	}
	_, err = g.cfg.Accounts.Account(ctx, proof.Account())
	if errors.Is(err, ErrUnknownAccount) {
		return Grant{}, ErrWrongCode
	}
	if err != nil {
		return Grant{}, err
	}
	rec, err := g.passwordOf(ctx, proof.Account())
	if err != nil {
		return Grant{}, err
	}
	return g.grantProof(ctx, proof, rec.Version, binding{revoked: !rec.RevokedAt.IsZero()}, c)
}

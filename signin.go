package accountsec

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
)

// The purposes that a second factor is asked for. A proof for one is refused
// for every other.
const (
	purposeSignIn   = "signin"
	purposeRecovery = "recovery"
)

// SignInResult is how far a sign-in came: exactly one field is set.
type SignInResult struct {
	// Grant lets the customer in.
	Grant *Grant
	// Pending asks for a second factor. It is worth nothing without one.
	Pending *Pending
}

// Pending waits for a second factor.
type Pending struct {
	// Token continues with [Guard.FinishSignIn] or
	// [Guard.ProveRecoveryFactor]. Keep it in the visitor's session, not in a
	// link.
	Token string
	// Factors are the factors to choose from.
	Factors []mfa.Factor
	// ExpiresAt ends it.
	ExpiresAt time.Time
}

// Grant says that the customer is who they claim to be. Start a session: a
// new session token, never the visitor's old one.
type Grant struct {
	// Account is the id of the account.
	Account string
	// At is when it was granted.
	At time.Time
	// Method is the second factor that was used, [mfa.RecoveryCode] for a
	// recovery code, "" for none.
	Method string
	// RecoveryCodesLeft counts the unused recovery codes after one was used.
	RecoveryCodesLeft int
	// Assessment is how usual this sign-in looks, and why.
	Assessment alerts.Assessment
	// MustChangePassword tells that the owner disowned something ([Guard.Disown])
	// and has set no new password yet: lead to that page and nowhere else.
	MustChangePassword bool
	// DeviceCookie, when not nil, is to be set with the response: it lets the
	// next sign-in from this device be recognised.
	DeviceCookie *http.Cookie
}

// SignIn checks a password. The result is a [Grant], or a [Pending] when the
// account has second factors. Errors: [ErrSignIn] for a wrong password and for
// an unknown account alike, [ErrPasswordRevoked], *[ThrottledError],
// password.ErrBusy when the hashing budget is exhausted.
//
// Attempts are counted for the network, for the account and for both, before
// the password is looked at; a device on which the owner has signed in before
// has a count of its own, so that attackers cannot lock the owner out.
func (g *Guard) SignIn(ctx context.Context, identifier, pw string, c activity.Client) (SignInResult, error) {
	a, err := g.resolve(ctx, identifier)
	if err != nil {
		return SignInResult{}, err
	}
	known, err := g.monitor.KnownDevice(ctx, a.ID, c.DeviceID)
	if err != nil {
		return SignInResult{}, err
	}
	verified, err := g.passwords.Verify(ctx, a.ID, pw, c, known)
	if errors.Is(err, password.ErrMismatch) {
		g.note(ctx, g.event(a.ID, activity.SignInFailed, activity.OutcomeFailure, c))
		return SignInResult{}, ErrSignIn
	}
	if err != nil {
		return SignInResult{}, translate(err)
	}
	return g.secondFactor(ctx, a.ID, verified, known, c)
}

// secondFactor asks for a factor where the account has one, and grants
// otherwise. A revoked password is in somebody else's hands: it needs the
// factor, or a device that was the owner's before.
func (g *Guard) secondFactor(ctx context.Context, account string, pw password.Verified, known bool, c activity.Client) (SignInResult, error) {
	enabled, err := g.factors.Enabled(ctx, account)
	if err != nil {
		return SignInResult{}, err
	}
	if !enabled && pw.Revoked && !known {
		g.note(ctx, g.event(account, activity.SignInDenied, activity.OutcomeDenied, c))
		return SignInResult{}, ErrPasswordRevoked
	}
	if !enabled {
		grant, err := g.grant(ctx, Grant{Account: account, MustChangePassword: pw.Revoked}, c)
		if err != nil {
			return SignInResult{}, err
		}
		return SignInResult{Grant: &grant}, nil
	}
	p, err := g.challenge(ctx, mfa.ChallengeRequest{
		Account: account, Purpose: purposeSignIn, Binding: binding(pw.Version, pw.Revoked), Known: known, Client: c,
	})
	if err != nil {
		return SignInResult{}, err
	}
	g.note(ctx, g.event(account, activity.SignInChallenged, activity.OutcomePending, c))
	return SignInResult{Pending: p}, nil
}

func (g *Guard) challenge(ctx context.Context, req mfa.ChallengeRequest) (*Pending, error) {
	ch, err := g.factors.Challenge(ctx, req)
	if err != nil {
		return nil, translate(err)
	}
	return &Pending{Token: ch.Token, Factors: ch.Factors, ExpiresAt: ch.ExpiresAt}, nil
}

// binding ties a pending sign-in to the password that began it: after a change
// of password it is worth nothing.
func binding(version int64, revoked bool) string {
	b := "v" + strconv.FormatInt(version, 10)
	if revoked {
		b += revokedMark
	}
	return b
}

const revokedMark = " revoked"

// FinishSignIn proves a second factor and grants. factorID is one of the
// pending factors' or [mfa.RecoveryCode]. Errors: [ErrWrongCode] (the pending
// sign-in stays open for another try), [ErrPending], [ErrFactorsStopped],
// *[ThrottledError].
func (g *Guard) FinishSignIn(ctx context.Context, token, factorID, response string, c activity.Client) (Grant, error) {
	pending, err := g.factors.Peek(ctx, token, purposeSignIn)
	if err != nil {
		return Grant{}, translate(err)
	}
	if err := g.checkBinding(ctx, pending.Account, pending.Binding); err != nil {
		return Grant{}, err
	}
	proof, err := g.factors.Verify(ctx, token, purposeSignIn, factorID, response, c)
	if err != nil {
		return Grant{}, translate(err)
	}
	return g.grant(ctx, Grant{
		Account: proof.Account(), Method: proof.Method(), RecoveryCodesLeft: proof.RecoveryCodesLeft(),
		MustChangePassword: strings.HasSuffix(pending.Binding, revokedMark),
	}, c)
}

func (g *Guard) checkBinding(ctx context.Context, account, bound string) error {
	version, err := g.passwords.Version(ctx, account)
	if err != nil {
		return err
	}
	if version == 0 || binding(version, strings.HasSuffix(bound, revokedMark)) != bound {
		return ErrPending
	}
	return nil
}

// grant is the end of every sign-in: it assesses, then records and learns in
// one transaction. A grant that cannot be recorded is not given.
func (g *Guard) grant(ctx context.Context, grant Grant, c activity.Client) (Grant, error) {
	attempt := g.attempt(ctx, grant.Account, c)
	assessment, err := g.monitor.Assess(ctx, attempt)
	if err != nil {
		return Grant{}, err
	}
	grant.At, grant.Assessment = attempt.At, assessment
	grant.DeviceCookie = nameDevice(&c)
	attempt.Client = c
	e := g.event(grant.Account, activity.SignInSucceeded, activity.OutcomeSuccess, c)
	e.At, e.Location, e.Device = attempt.At, attempt.Location, attempt.Device
	e.Detail = alerts.SignInDetail(grant.Assessment, grant.Method)
	err = g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		if err := g.log.Record(ctx, e); err != nil {
			return fmt.Errorf("accountsec: record the sign-in: %w", err)
		}
		return g.monitor.Learn(ctx, attempt)
	})
	if err != nil {
		return Grant{}, err
	}
	return grant, nil
}

// SignOut records that the customer ended a session. The session is the
// shop's to end.
func (g *Guard) SignOut(ctx context.Context, account string, c activity.Client) error {
	return g.log.Record(ctx, g.event(account, activity.SignedOut, activity.OutcomeSuccess, c))
}

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

	judged *judged // by whoever grants; nil: grant judges
}

// SignIn checks a password. The result is a [Grant], or a [Pending] when the
// account has second factors, or when the sign-in is so unusual that a code was
// sent to the owner ([SentCode]). Errors: [ErrSignIn] for a wrong password, for
// an unknown account and for a sign-in that a rule refuses, all alike, [ErrPasswordRevoked], *[ThrottledError],
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
	attempt := g.attempt(ctx, a.ID, c)
	verified, err := g.passwords.VerifyUnsettled(ctx, a.ID, pw, c, known)
	if errors.Is(err, password.ErrMismatch) {
		g.tried(ctx, attempt, false, pw)
		g.note(ctx, judged{attempt: attempt}.event(g, activity.SignInFailed, activity.OutcomeFailure))
		return SignInResult{}, ErrSignIn
	}
	if err != nil {
		return SignInResult{}, translate(err)
	}
	j, err := g.judge(ctx, attempt)
	if err != nil {
		return SignInResult{}, err
	}
	g.tried(ctx, attempt, j.Action != alerts.ActionDeny, pw)
	if j.Action == alerts.ActionDeny {
		return SignInResult{}, g.deny(ctx, j)
	}
	g.passwords.Settle(ctx, a.ID, c, known)
	return g.secondFactor(ctx, a, verified, known, j)
}

// secondFactor asks for a factor where the account has one, and grants
// otherwise. A revoked password is in somebody else's hands: it needs the
// factor, or a device that was the owner's before.
func (g *Guard) secondFactor(ctx context.Context, a Account, pw password.Verified, known bool, j judged) (SignInResult, error) {
	account, c := a.ID, j.attempt.Client
	enabled, err := g.factors.Enabled(ctx, account)
	if err != nil {
		return SignInResult{}, err
	}
	if !enabled && pw.Revoked && !known {
		g.note(ctx, g.event(account, activity.SignInDenied, activity.OutcomeDenied, c))
		return SignInResult{}, ErrPasswordRevoked
	}
	if !enabled && j.Action == alerts.ActionChallenge && g.canSend(a) {
		p, err := g.askCode(ctx, j, binding(pw.Version, pw.Revoked))
		return SignInResult{Pending: p}, err
	}
	if !enabled {
		grant, err := g.grant(ctx, Grant{Account: account, MustChangePassword: pw.Revoked, judged: &j}, c)
		if err != nil {
			return SignInResult{}, err
		}
		return SignInResult{Grant: &grant}, nil
	}
	p, err := g.challenge(ctx, account, purposeSignIn, binding(pw.Version, pw.Revoked), c)
	if err != nil {
		return SignInResult{}, err
	}
	g.note(ctx, j.event(g, activity.SignInChallenged, activity.OutcomePending))
	return SignInResult{Pending: p}, nil
}

func (g *Guard) challenge(ctx context.Context, account, purpose, binding string, c activity.Client) (*Pending, error) {
	ch, err := g.factors.Challenge(ctx, account, purpose, binding, c)
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
// pending factors' or [mfa.RecoveryCode]. Errors: [ErrSignIn] if a rule refuses
// where this comes from, [ErrWrongCode] (the pending
// sign-in stays open for another try), [ErrPending], [ErrFactorsStopped],
// *[ThrottledError].
func (g *Guard) FinishSignIn(ctx context.Context, token, factorID, response string, c activity.Client) (Grant, error) {
	if isCodeToken(token) {
		return g.finishCode(ctx, token, factorID, response, c)
	}
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

// grant is the end of every sign-in: it judges, unless that was just done, then
// records and learns in one transaction. A grant that cannot be recorded is not
// given.
func (g *Guard) grant(ctx context.Context, grant Grant, c activity.Client) (Grant, error) {
	if grant.judged == nil {
		j, err := g.judge(ctx, g.attempt(ctx, grant.Account, c))
		if err != nil {
			return Grant{}, err
		}
		grant.judged = &j
	}
	if grant.judged.Action == alerts.ActionDeny {
		return Grant{}, g.deny(ctx, *grant.judged)
	}
	attempt := grant.judged.attempt
	grant.At, grant.Assessment, grant.judged = attempt.At, grant.judged.Assessment, nil
	grant.DeviceCookie = g.nameDevice(&c)
	if grant.DeviceCookie != nil {
		attempt.WasDevice, attempt.Client.DeviceID = attempt.Client.DeviceID, c.DeviceID
	}
	c = attempt.Client
	e := g.event(grant.Account, activity.SignInSucceeded, activity.OutcomeSuccess, c)
	e.At, e.Location, e.Device = attempt.At, attempt.Location, attempt.Device
	e.Detail = alerts.SignInDetail(grant.Assessment, grant.Method)
	err := g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
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

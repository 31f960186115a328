package accountsec

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
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
	// PasswordAdvice is what to tell the owner of the password after the sign-in;
	// nothing unless [Config].BreachAtSignIn or AdvisePasswordAfter is set.
	PasswordAdvice PasswordAdvice
	// Trusted tells that a trusted device stood in for the second factor.
	Trusted bool
	// Warning is what was odd about the second factor all the same:
	// [activity.WarningClone] for a passkey that may have been copied. The owner is
	// told ([alerts.PasskeyCopied]), here and wherever else the passkey is proved;
	// whoever has just signed in may be somebody else.
	Warning string
	// Evidence is for the session, and for [Guard.Require]: what was proved.
	Evidence string
	// TrustCookie, when not nil, is to be set with the response: the trusted
	// device's next token.
	TrustCookie *http.Cookie
	// DeviceCookie, when not nil, is to be set with the response: it lets the
	// next sign-in from this device be recognised.
	DeviceCookie *http.Cookie

	proof  mfa.Proof         // of the second factor; zero for none
	odd    map[string]string // of that factor: the event's detail
	judged *judged           // by whoever grants; nil: grant judges

	version int64 // of the password that it was granted under
}

// SignIn checks a password. The result is a [Grant], or a [Pending] when the
// account has second factors, or when the sign-in is so unusual that a code was
// sent to the owner ([SentCode]). Errors: [ErrSignIn] for a wrong password, for
// an unknown account and for a sign-in that a rule refuses, all alike;
// [ErrPasswordRevoked], *[ThrottledError], password.ErrBusy when the hashing
// budget is exhausted.
//
// Attempts are counted for the network, for the account and for both, before
// the password is looked at; a device on which the owner has signed in before
// has a count of its own, so that attackers cannot lock the owner out.
func (g *Guard) SignIn(ctx context.Context, identifier, pw string, c activity.Client) (SignInResult, error) {
	return g.SignInTrusted(ctx, identifier, pw, "", c)
}

// signIn is a sign-in under way.
type signIn struct {
	account Account
	known   bool // the owner has signed in on this device before
	trust   mfa.DeviceToken
	client  activity.Client
	counted activity.Client // client, by the device that proved known
}

func (g *Guard) signIn(ctx context.Context, s signIn, pw string) (SignInResult, error) {
	attempt := g.attempt(ctx, s.account.ID, s.client)
	right, err := g.passwords.VerifyUnsettled(ctx, s.account.ID, pw, s.counted, s.known)
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
	verified := g.passwords.Settle(ctx, right)
	res, err := g.secondFactor(ctx, s, verified, j)
	if errors.Is(err, ErrPending) {
		err = ErrSignIn // the password was changed meanwhile: by now it is wrong
	}
	return res, err
}

// secondFactor asks for a factor where the account has one, unless the device
// is trusted and the sign-in usual, and grants otherwise. A revoked password is
// in somebody else's hands: it needs the factor, or a device that was the
// owner's before.
func (g *Guard) secondFactor(ctx context.Context, s signIn, pw password.Verified, j judged) (SignInResult, error) {
	account := s.account.ID
	enabled, err := g.factors.Enabled(ctx, account)
	if err != nil {
		return SignInResult{}, err
	}
	unusual := j.Action == alerts.ActionChallenge
	switch {
	case !enabled && pw.Revoked && !s.known:
		g.note(ctx, g.event(account, activity.SignInDenied, activity.OutcomeDenied, s.client))
		return SignInResult{}, ErrPasswordRevoked
	case !enabled && unusual && g.canSend(s.account):
		p, err := g.askCode(ctx, j, bindingOf(pw))
		return SignInResult{Pending: p}, err
	case !enabled:
		return granted(g.grant(ctx, Grant{Account: account, MustChangePassword: pw.Revoked, PasswordAdvice: adviceOf(pw), judged: &j}, pw.Version, s.client))
	case s.trust != "" && !pw.Revoked && !unusual:
		if grant, err := g.useDevice(ctx, s, pw, j); err != nil || grant != nil {
			return SignInResult{Grant: grant}, err
		}
	}
	p, err := g.challenge(ctx, mfa.ChallengeRequest{
		Account: account, Purpose: purposeSignIn, Binding: bindingOf(pw).String(), Known: s.known, Client: s.client,
	})
	if err != nil {
		return SignInResult{}, err
	}
	g.note(ctx, j.event(g, activity.SignInChallenged, activity.OutcomePending))
	return SignInResult{Pending: p}, nil
}

func granted(grant Grant, err error) (SignInResult, error) {
	if err != nil {
		return SignInResult{}, err
	}
	return SignInResult{Grant: &grant}, nil
}

func (g *Guard) challenge(ctx context.Context, req mfa.ChallengeRequest) (*Pending, error) {
	ch, err := g.factors.Challenge(ctx, req)
	if errors.Is(err, mfa.ErrNoFactor) { // the account has none: here it is no wrong code
		return nil, err
	}
	if err != nil {
		return nil, translate(err)
	}
	return &Pending{Token: ch.Token, Factors: ch.Factors, ExpiresAt: ch.ExpiresAt}, nil
}

// PrepareSignIn gets the chosen factor of a pending sign-in ready: a code is
// sent, the JSON of a ceremony is made. It returns what the factor's method
// gives to show, nil for one that needs nothing, such as an authenticator app or
// a [SentCode], which is on its way. Errors: [ErrPending], [ErrWrongCode] for a factor that is not there, and the
// method's own, such as those of mfa/sms.
func (g *Guard) PrepareSignIn(ctx context.Context, token, factorID string, c activity.Client) (show any, err error) {
	if isCodeToken(token) {
		return nil, g.peekCode(ctx, token, factorID)
	}
	pending, err := g.factors.Peek(ctx, token, purposeSignIn)
	if err != nil {
		return nil, translate(err)
	}
	if _, err := g.checkBinding(ctx, pending.Account, parseBinding(pending.Binding)); err != nil {
		return nil, err
	}
	show, err = g.factors.Prepare(ctx, token, purposeSignIn, factorID, c)
	return show, translate(err)
}

// prepare prepares a factor of a challenge with the given binding.
func (g *Guard) prepare(ctx context.Context, token, purpose, bound, factorID string, c activity.Client) (show any, err error) {
	pending, err := g.factors.Peek(ctx, token, purpose)
	if err != nil {
		return nil, translate(err)
	}
	if pending.Binding != bound {
		return nil, ErrPending
	}
	show, err = g.factors.Prepare(ctx, token, purpose, factorID, c)
	return show, translate(err)
}

// FinishSignIn proves a second factor and grants. factorID is one of the
// pending factors' or [mfa.RecoveryCode]. Errors: [ErrSignIn] if a rule refuses
// where this comes from, [ErrWrongCode] (the pending sign-in stays open for
// another try), [ErrPending], [ErrFactorsStopped], *[ThrottledError].
func (g *Guard) FinishSignIn(ctx context.Context, token, factorID, response string, c activity.Client) (Grant, error) {
	if isCodeToken(token) {
		return g.finishCode(ctx, token, factorID, response, c)
	}
	pending, err := g.factors.Peek(ctx, token, purposeSignIn)
	if err != nil {
		return Grant{}, translate(err)
	}
	bound := parseBinding(pending.Binding)
	version, err := g.checkBinding(ctx, pending.Account, bound)
	if err != nil {
		return Grant{}, err
	}
	proof, err := g.factors.Verify(ctx, token, purposeSignIn, factorID, response, c)
	if err != nil {
		return Grant{}, translate(err)
	}
	return g.grantProof(ctx, proof, version, bound, c)
}

// grantProof grants by a second factor that was proved.
func (g *Guard) grantProof(ctx context.Context, proof mfa.Proof, version int64, b binding, c activity.Client) (Grant, error) {
	odd, err := g.oddOf(ctx, proof)
	if err != nil {
		return Grant{}, err
	}
	return g.grant(ctx, Grant{
		Account: proof.Account(), Method: proof.Method(), RecoveryCodesLeft: proof.RecoveryCodesLeft(),
		Warning: proof.Warning(), MustChangePassword: b.revoked, PasswordAdvice: b.advice, proof: proof, odd: odd,
	}, version, c)
}

// oddOf is what an event says of a proof with a warning, by the name that the
// owner knows the factor by; nil for one without.
func (g *Guard) oddOf(ctx context.Context, proof mfa.Proof) (map[string]string, error) {
	if proof.Warning() == "" {
		return nil, nil
	}
	d := map[string]string{activity.DetailWarning: proof.Warning()}
	factors, err := g.factors.Enrolled(ctx, proof.Account())
	for _, f := range factors {
		if f.ID == proof.Factor() {
			d["factor"] = f.Name
		}
	}
	return d, err
}

// grant is the end of every sign-in: it judges, unless that was just done, then
// records and learns in one transaction, if the password still is as it was when
// it was looked at. A grant that cannot be recorded is not given. Errors:
// [ErrPending] for one that was overtaken by a new password, a disowned event or
// the account's end, [ErrPasswordRevoked].
func (g *Guard) grant(ctx context.Context, grant Grant, version int64, c activity.Client) (Grant, error) {
	if grant.judged == nil {
		j, err := g.judge(ctx, g.attempt(ctx, grant.Account, c))
		if err != nil {
			return Grant{}, err
		}
		grant.judged = &j
	}
	grant.judged.odd = grant.odd
	if grant.judged.Action == alerts.ActionDeny {
		return Grant{}, g.deny(ctx, *grant.judged)
	}
	j := *grant.judged
	grant.version = version
	attempt := grant.judged.attempt
	grant.At, grant.Assessment, grant.judged = attempt.At, grant.judged.Assessment, nil
	var err error
	level := max(mfa.LevelPassword, grant.proof.Level())
	if grant.Evidence, err = g.evidence(grant.Account, level, grant.At, version, c); err != nil {
		return Grant{}, err
	}
	grant.DeviceCookie = g.nameDevice(&c)
	if grant.DeviceCookie != nil {
		attempt.WasDevice, attempt.Client.DeviceID = attempt.Client.DeviceID, c.DeviceID
	}
	e := g.event(grant.Account, activity.SignInSucceeded, activity.OutcomeSuccess, attempt.Client)
	e.At, e.Location, e.Device = attempt.At, attempt.Location, attempt.Device
	e.Detail = signInDetail(grant)
	err = g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		if err := g.stillGood(ctx, grant, j.attempt.Client.DeviceID); err != nil {
			return err
		}
		if err := g.log.Record(ctx, e); err != nil {
			return fmt.Errorf("accountsec: record the sign-in: %w", err)
		}
		return g.monitor.Learn(ctx, attempt)
	})
	if errors.Is(err, ErrPending) || errors.Is(err, ErrPasswordRevoked) {
		g.overtaken(ctx, j)
	}
	if err != nil {
		return Grant{}, err
	}
	return grant, nil
}

// signInDetail is what the event says of a grant.
func signInDetail(grant Grant) map[string]string {
	d := alerts.SignInDetail(grant.Assessment, grant.Method)
	if f := grant.proof.Factor(); f != "" && f != mfa.RecoveryCode {
		d[activity.DetailFactorID] = f
	}
	if grant.Trusted {
		d["trusted"] = "true"
	}
	maps.Copy(d, grant.odd)
	return d
}

// SignOut records that the customer ended a session. The session is the
// shop's to end.
func (g *Guard) SignOut(ctx context.Context, account string, c activity.Client) error {
	return g.log.Record(ctx, g.event(account, activity.SignedOut, activity.OutcomeSuccess, c))
}

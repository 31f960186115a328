package main

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"example.com/accountsec"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/mfa/webauthn"
)

// newPasskeys is the method, for the address at which browsers find the shop.
func newPasskeys(origin string, key []byte) (*webauthn.Method, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	return webauthn.New(webauthn.Config{RPID: u.Hostname(), RPName: brand, Origins: []string{origin}, Key: key})
}

// newPasskeyWeb is what the pages need for it.
func (a *app) newPasskeyWeb(m *webauthn.Method) (*mfaweb.Web, error) {
	return mfaweb.New(mfaweb.Config{
		Origins: m.Origins(), Now: a.now, Logger: a.log,
		Enroll: passkeyEnrolling{a}, SignIn: passkeyStep{a}, Prove: passkeyProof{a}, Discover: passkeySignIn{a},
	})
}

// told names the code of the Guard's errors.
func told(err error) error {
	if wait, ok := retryAfter(err); ok {
		return &mfaweb.Error{Code: mfaweb.CodeThrottled, RetryAfter: wait, Err: err}
	}
	var held *accountsec.HeldError
	if errors.As(err, &held) {
		return &mfaweb.Error{Code: mfaweb.CodeHeld, Err: err}
	}
	for _, c := range []struct {
		err  error
		code mfaweb.Code
	}{
		{accountsec.ErrWrongCode, mfaweb.CodeWrong}, {accountsec.ErrPending, mfaweb.CodeExpired}, {accountsec.ErrStepUp, mfaweb.CodeExpired},
		{accountsec.ErrRecovery, mfaweb.CodeExpired}, {accountsec.ErrFactorsStopped, mfaweb.CodeStopped}, {accountsec.ErrSignIn, mfaweb.CodeDenied},
	} {
		if errors.Is(err, c.err) {
			return &mfaweb.Error{Code: c.code, Err: err}
		}
	}
	return err
}

// owner is who is signed in and may change their factors.
func (a *app) owner(r *http.Request) (*customer, error) {
	me := visitorOf(r).me
	if me == nil || a.sessions.GetBool(r.Context(), keyMustChange) {
		return nil, mfaweb.ErrSignedOut
	}
	return me, nil
}

// passkeyEnrolling adds a passkey to the account that is signed in.
type passkeyEnrolling struct{ *app }

func (a passkeyEnrolling) Start(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Started, error) {
	me, err := a.owner(r)
	if err != nil {
		return mfaweb.Started{}, err
	}
	req := mfa.StartEnrollRequest{Account: me.ID, Method: webauthn.Name, Name: in.Fields["name"], Label: me.Email,
		Evidence: a.sessions.GetString(r.Context(), keyEvidence), Client: a.client(r)}
	if in.ProvedBy != "" {
		proof, err := a.manageProof(r, in.ProvedBy, in.Response)
		if err != nil {
			return mfaweb.Started{}, told(err)
		}
		req.Proof = &proof
	}
	e, err := a.guard.MFA().StartEnroll(r.Context(), req)
	if err != nil {
		return mfaweb.Started{}, told(err)
	}
	return mfaweb.Started{Options: e.Show, Factor: e.FactorID, ExpiresAt: e.ExpiresAt}, nil
}

func (a passkeyEnrolling) Finish(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	me, err := a.owner(r)
	if err != nil {
		return mfaweb.Done{}, err
	}
	done, err := a.guard.MFA().FinishEnroll(r.Context(), me.ID, in.Factor, in.Response, a.client(r))
	if err != nil {
		return mfaweb.Done{}, told(err)
	}
	a.flash(r, "flash.passkey_added")
	return mfaweb.Done{
		Next: "/security/factors", RecoveryCodes: done.RecoveryCodes, RecoverySheet: a.sheet(in.Lang, me, done.RecoveryCodes),
	}, nil
}

// manageProof proves a factor for a change: the passkey or the text message that
// was asked for, or a code that nothing has to be prepared for.
func (a *app) manageProof(r *http.Request, factor, response string) (mfa.Proof, error) {
	if token := a.sessions.GetString(r.Context(), keyManage); token != "" {
		proof, err := a.guard.FinishManage(r.Context(), token, factor, response, a.client(r))
		if err == nil {
			a.sessions.Remove(r.Context(), keyManage)
		}
		if !errors.Is(err, accountsec.ErrPending) {
			return proof, err
		}
		a.sessions.Remove(r.Context(), keyManage) // what was asked for is over
	}
	pending, err := a.guard.StartManage(r.Context(), visitorOf(r).me.ID, a.client(r))
	if err != nil {
		return mfa.Proof{}, err
	}
	return a.guard.FinishManage(r.Context(), pending.Token, factor, response, a.client(r))
}

// passkeyProof proves the owner by a passkey, before a factor is removed or, in
// Start alone, before another passkey is added.
type passkeyProof struct{ *app }

func (a passkeyProof) Start(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Started, error) {
	me, err := a.owner(r)
	if err != nil {
		return mfaweb.Started{}, err
	}
	pending, err := a.guard.StartManage(r.Context(), me.ID, a.client(r))
	if err != nil {
		return mfaweb.Started{}, told(err)
	}
	a.sessions.Put(r.Context(), keyManage, pending.Token)
	options, err := a.guard.PrepareManage(r.Context(), pending.Token, in.Factor, a.client(r))
	return mfaweb.Started{Options: options, ExpiresAt: pending.ExpiresAt}, told(err)
}

func (a passkeyProof) Finish(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	if _, err := a.owner(r); err != nil {
		return mfaweb.Done{}, err
	}
	proof, err := a.manageProof(r, in.Factor, in.Response)
	if err != nil {
		return mfaweb.Done{}, told(err)
	}
	if err := a.guard.MFA().Remove(r.Context(), proof, in.Fields["remove"], a.client(r)); err != nil && !errors.Is(err, mfa.ErrNoFactor) { // removed already is removed
		return mfaweb.Done{}, told(err)
	}
	a.flash(r, "flash.factor_removed")
	return mfaweb.Done{Next: "/security/factors"}, nil
}

// passkeyStep is the second step of a sign-in, or of a recovery.
type passkeyStep struct{ *app }

func (a passkeyStep) Start(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Started, error) {
	var signIn pendingCode
	var recovery recoveryState
	var confirm confirmState
	var options any
	err := accountsec.ErrPending
	switch {
	case in.Fields["for"] == stepFactor && a.get(r, keyRecovery, &recovery):
		options, err = a.guard.PrepareRecoveryFactor(r.Context(), recovery.Token, recovery.Pending.Token, in.Factor, a.client(r))
	case in.Fields["for"] == stepConfirm && a.get(r, keyConfirm, &confirm):
		options, err = a.guard.PrepareStepUp(r.Context(), confirm.Pending.Token, in.Factor, a.client(r))
	case in.Fields["for"] == "" && a.get(r, keyPending, &signIn):
		options, err = a.guard.PrepareSignIn(r.Context(), signIn.Token, in.Factor, a.client(r))
	}
	return mfaweb.Started{Options: options}, told(err)
}

func (a passkeyStep) Finish(w http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	switch in.Fields["for"] {
	case stepFactor:
		return a.recover(r, in)
	case stepConfirm:
		return a.stepUp(r, in)
	}
	var pending pendingCode
	if !a.get(r, keyPending, &pending) {
		return mfaweb.Done{}, told(accountsec.ErrPending)
	}
	c := a.newSession(r)
	grant, err := a.guard.FinishSignIn(r.Context(), pending.Token, in.Factor, in.Response, c)
	if err != nil {
		return mfaweb.Done{}, told(err)
	}
	next, err := a.enter(w, r, grant, c.SessionID)
	return mfaweb.Done{Next: next}, err
}

func (a passkeyStep) recover(r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	var s recoveryState
	if !a.get(r, keyRecovery, &s) || s.Step != stepFactor {
		return mfaweb.Done{}, told(accountsec.ErrPending)
	}
	grant, err := a.guard.ProveRecoveryFactor(r.Context(), s.Token, s.Pending.Token, in.Factor, in.Response, a.client(r))
	if err != nil {
		return mfaweb.Done{}, told(err)
	}
	return mfaweb.Done{Next: "/recover/" + stepPassword}, a.put(r, keyRecovery, recoveryState{Step: stepPassword, Grant: grant})
}

func (a passkeyStep) stepUp(r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	var s confirmState
	if !a.get(r, keyConfirm, &s) {
		return mfaweb.Done{}, told(accountsec.ErrPending)
	}
	evidence, err := a.guard.FinishStepUp(r.Context(), s.Pending.Token, in.Factor, in.Response, a.client(r))
	if err != nil {
		return mfaweb.Done{}, told(err)
	}
	return mfaweb.Done{Next: a.confirmed(r, s, evidence)}, nil
}

// passkeySignIn signs in without a user name.
type passkeySignIn struct{ *app }

func (a passkeySignIn) Start(_ http.ResponseWriter, r *http.Request, _ mfaweb.Input) (mfaweb.Started, error) {
	d, err := a.guard.StartPasskeySignIn(r.Context(), webauthn.Name, a.client(r))
	if err != nil {
		return mfaweb.Started{}, told(err)
	}
	a.sessions.Put(r.Context(), keyDiscovery, d.Token)
	return mfaweb.Started{Options: d.Show, ExpiresAt: d.ExpiresAt}, nil
}

func (a passkeySignIn) Finish(w http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	c := a.newSession(r)
	grant, err := a.guard.FinishPasskeySignIn(r.Context(), a.sessions.GetString(r.Context(), keyDiscovery), in.Response, c)
	if err != nil {
		return mfaweb.Done{}, told(err)
	}
	a.sessions.Remove(r.Context(), keyDiscovery)
	next, err := a.enter(w, r, grant, c.SessionID)
	return mfaweb.Done{Next: next}, err
}

// widget renders a ceremony's piece of a page.
func (a *app) widget(ctx context.Context, p *page, w mfaweb.Widget) template.HTML {
	w.Lang = p.Lang
	html, err := a.passkeys.Widget(w)
	if err != nil {
		a.log.ErrorContext(ctx, "render a passkey's widget", "err", err)
	}
	return html
}

// passkeyOf gives the first passkey of a list; "" if it has none. Any of them
// may answer for it.
func passkeyOf(factors []factorChoice) string {
	for _, f := range factors {
		if f.Method == webauthn.Name {
			return f.ID
		}
	}
	return ""
}

package main

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/mfa/totp"
)

// pendingCode is a sign-in or a recovery that waits for a second factor. It
// stays in the session, on the server; the browser never sees the token.
type pendingCode struct {
	Token        string
	Factors      []factorChoice
	Sent, Number string // the factor that a code was texted for, and where to
}

// factorChoice is a factor in a list.
type factorChoice struct{ ID, Name, Method string }

// codeData is what the code form shows.
type codeData struct {
	Factors  []factorChoice // those whose code can be typed now
	Texts    []factorChoice // those whose code can be sent
	Number   string         // where one was sent, masked
	Recovery string         // what stands for "a recovery code"; "" if none is taken
	Passkey  template.HTML  // asks for a passkey; "" if there is none
	Sent     bool           // the code was sent to the customer
}

func newPending(p *page, from *accountsec.Pending) pendingCode {
	pending := pendingCode{Token: from.Token}
	for _, f := range from.Factors {
		pending.Factors = append(pending.Factors, factorChoice{ID: f.ID, Name: factorName(p, f), Method: f.Method})
	}
	return pending
}

// codeData is what asks for the second factor; step is stepFactor in a recovery.
func (a *app) codeData(r *http.Request, p *page, c pendingCode, step string) codeData {
	if len(c.Factors) == 1 && c.Factors[0].ID == accountsec.SentCode {
		return codeData{Factors: c.Factors, Sent: true}
	}
	d := codeData{Recovery: mfa.RecoveryCode, Number: c.Number}
	for _, f := range c.Factors {
		switch {
		case f.ID == c.Sent: // first, as it is what the customer waits for
			d.Factors = append([]factorChoice{f}, d.Factors...)
		case f.Method == totp.Name:
			d.Factors = append(d.Factors, f)
		}
		if f.Method == sms.Name {
			d.Texts = append(d.Texts, f)
		}
	}
	if passkey := passkeyOf(c.Factors); passkey != "" {
		d.Passkey = a.widget(r.Context(), p, mfaweb.Widget{Kind: mfaweb.SignIn, Factor: passkey, Fields: map[string]string{"for": step}})
	}
	return d
}

// put keeps a value in the visitor's session, as JSON.
func (a *app) put(r *http.Request, key string, value any) error {
	data, err := json.Marshal(value)
	if err == nil {
		a.sessions.Put(r.Context(), key, data)
	}
	return err
}

// get reads what put kept; false if there is nothing.
func (a *app) get(r *http.Request, key string, value any) bool {
	data := a.sessions.GetBytes(r.Context(), key)
	return data != nil && json.Unmarshal(data, value) == nil
}

func (a *app) signInPage(w http.ResponseWriter, r *http.Request) {
	if visitorOf(r).me != nil {
		redirect(w, r, "/security")
		return
	}
	p := a.page(r, "signin.title")
	a.showSignIn(w, r, http.StatusOK, p)
}

func (a *app) signInPassword(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "signin.title")
	email, pw := r.PostFormValue("email"), r.PostFormValue("password")
	p.Form.Set("email", canon.Line(email, maxEmail))
	if email == "" {
		p.wrong("email", "form.bad_email")
	}
	if pw == "" {
		p.wrong("password", "form.no_password")
	}
	status := http.StatusUnprocessableEntity
	if len(p.Errors) == 0 {
		c := a.newSession(r)
		res, err := a.guard.SignInTrusted(r.Context(), email, pw, a.guard.Trust(r), c)
		switch {
		case err == nil && res.Pending != nil:
			a.askCode(w, r, p, res.Pending)
			return
		case err == nil:
			a.letIn(w, r, *res.Grant, c.SessionID)
			return
		case errors.Is(err, accountsec.ErrPasswordRevoked):
			a.flash(r, "flash.revoked")
			redirect(w, r, "/recover")
			return
		case errors.Is(err, accountsec.ErrSignIn):
			status = http.StatusUnauthorized
			p.wrong("email", "signin.wrong")
		default:
			if status = a.explain(w, p, err); status == 0 {
				a.fail(w, r, err)
				return
			}
		}
	}
	a.showSignIn(w, r, status, p)
}

// showSignIn shows the form, and offers passkeys beside it and in its autofill.
func (a *app) showSignIn(w http.ResponseWriter, r *http.Request, status int, p *page) {
	p.Data = a.widget(r.Context(), p, mfaweb.Widget{Kind: mfaweb.Discover, Autofill: true})
	a.render(w, r, status, "signin", p)
}

// askCode keeps the pending sign-in and goes on to the code.
func (a *app) askCode(w http.ResponseWriter, r *http.Request, p *page, pending *accountsec.Pending) {
	if err := a.sessions.RenewToken(r.Context()); err != nil {
		a.fail(w, r, err)
		return
	}
	if err := a.put(r, keyPending, newPending(p, pending)); err != nil {
		a.fail(w, r, err)
		return
	}
	redirect(w, r, "/signin/code")
}

// newSession is the client with the handle of the session that it asks for, so
// that the log can say later which sign-in a session came from.
func (a *app) newSession(r *http.Request) activity.Client {
	c := a.client(r)
	c.SessionID = newHandle()
	return c
}

// letIn begins the session that the Guard granted.
func (a *app) letIn(w http.ResponseWriter, r *http.Request, grant accountsec.Grant, handle string) {
	next, err := a.enter(w, r, grant, handle)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	redirect(w, r, next)
}

// enter begins the session, and says where to go on.
func (a *app) enter(w http.ResponseWriter, r *http.Request, grant accountsec.Grant, handle string) (next string, err error) {
	if err := a.signIn(r.Context(), grant.Account, handle); err != nil {
		return "", err
	}
	for _, cookie := range []*http.Cookie{grant.DeviceCookie, grant.TrustCookie} {
		if cookie != nil {
			http.SetCookie(w, cookie)
		}
	}
	a.sessions.Put(r.Context(), keyEvidence, grant.Evidence)
	if grant.MustChangePassword {
		a.sessions.Put(r.Context(), keyMustChange, true)
		a.flash(r, "flash.must_change")
		return "/security/password", nil
	}
	switch {
	case grant.Method == mfa.RecoveryCode:
		a.flash(r, "flash.signed_in_recovery")
	case grant.Warning != "":
		a.flash(r, "flash.signed_in_copied")
	case grant.Trusted:
		a.flash(r, "flash.signed_in_trusted")
	case grant.Assessment.Level != alerts.LevelLow:
		a.flash(r, "flash.signed_in_unusual")
	default:
		a.flash(r, "flash.signed_in")
	}
	next = a.sessions.PopString(r.Context(), keyNext)
	if !isPage(next) {
		next = "/security"
	}
	return next, nil
}

func (a *app) signInCodePage(w http.ResponseWriter, r *http.Request) {
	var pending pendingCode
	if !a.get(r, keyPending, &pending) {
		redirect(w, r, "/signin")
		return
	}
	p := a.page(r, "code.title")
	p.Data = a.codeData(r, p, pending, "")
	a.render(w, r, http.StatusOK, "code", p)
}

func (a *app) signInCode(w http.ResponseWriter, r *http.Request) {
	var pending pendingCode
	if !a.get(r, keyPending, &pending) {
		redirect(w, r, "/signin")
		return
	}
	c := a.newSession(r)
	grant, err := a.guard.FinishSignIn(r.Context(), pending.Token, r.PostFormValue("factor"), r.PostFormValue("code"), c)
	if err == nil {
		a.trustDevice(w, r, grant, c)
		a.letIn(w, r, grant, c.SessionID)
		return
	}
	if errors.Is(err, accountsec.ErrPending) || errors.Is(err, accountsec.ErrSignIn) { // over, or refused by a rule
		a.sessions.Remove(r.Context(), keyPending)
		a.flash(r, "flash.over")
		redirect(w, r, "/signin")
		return
	}
	p := a.page(r, "code.title")
	p.Data = a.codeData(r, p, pending, "")
	status := a.codeRefused(w, p, err)
	if status == 0 {
		a.fail(w, r, err)
		return
	}
	a.render(w, r, status, "code", p)
}

// codeRefused explains why a code was not taken; 0 if err is something else.
func (a *app) codeRefused(w http.ResponseWriter, p *page, err error) int {
	switch {
	case drifted(p, err):
		return http.StatusUnauthorized
	case errors.Is(err, accountsec.ErrWrongCode), errors.Is(err, mfa.ErrWrongCode), errors.Is(err, mfa.ErrNoFactor):
		p.wrong("code", "code.wrong")
		return http.StatusUnauthorized
	case errors.Is(err, accountsec.ErrFactorsStopped), errors.Is(err, mfa.ErrStopped):
		p.wrong("recovery-code", "code.stopped")
		return http.StatusUnauthorized
	}
	return a.explain(w, p, err)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	v := visitorOf(r)
	if v.me != nil {
		if _, err := a.db.ExecContext(r.Context(), "DELETE FROM signed_in WHERE id = ?", v.session); err != nil {
			a.fail(w, r, err)
			return
		}
		if err := a.guard.SignOut(r.Context(), v.me.ID, a.client(r)); err != nil {
			a.log.ErrorContext(r.Context(), "sign-out was not recorded", "err", err) // it stands all the same
		}
	}
	if err := a.sessions.Destroy(r.Context()); err != nil {
		a.fail(w, r, err)
		return
	}
	a.flash(r, "flash.signed_out")
	redirect(w, r, "/")
}

package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/mfa"
)

// pendingCode is a sign-in or a recovery that waits for a second factor. It
// stays in the session, on the server; the browser never sees the token.
type pendingCode struct {
	Token   string
	Factors []factorChoice
}

// factorChoice is a factor in a list.
type factorChoice struct{ ID, Name string }

// codeData is what the code form shows.
type codeData struct {
	Factors  []factorChoice
	Recovery string // what stands for "a recovery code"; "" if none is taken
	Sent     bool   // the code was sent to the customer
}

func newPending(p *page, from *accountsec.Pending) pendingCode {
	pending := pendingCode{Token: from.Token}
	for _, f := range from.Factors {
		pending.Factors = append(pending.Factors, factorChoice{ID: f.ID, Name: factorName(p, f)})
	}
	return pending
}

func (c pendingCode) data() codeData {
	if len(c.Factors) == 1 && c.Factors[0].ID == accountsec.SentCode {
		return codeData{Factors: c.Factors, Sent: true}
	}
	return codeData{Factors: c.Factors, Recovery: mfa.RecoveryCode}
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
	a.render(w, r, http.StatusOK, "signin", a.page(r, "signin.title"))
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
		res, err := a.guard.SignIn(r.Context(), email, pw, c)
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
	if err := a.signIn(r.Context(), grant.Account, handle); err != nil {
		a.fail(w, r, err)
		return
	}
	if grant.DeviceCookie != nil {
		http.SetCookie(w, grant.DeviceCookie)
	}
	if grant.MustChangePassword {
		a.sessions.Put(r.Context(), keyMustChange, true)
		a.flash(r, "flash.must_change")
		redirect(w, r, "/security/password")
		return
	}
	switch {
	case grant.Method == mfa.RecoveryCode:
		a.flash(r, "flash.signed_in_recovery")
	case grant.Assessment.Level != alerts.LevelLow:
		a.flash(r, "flash.signed_in_unusual")
	default:
		a.flash(r, "flash.signed_in")
	}
	next := a.sessions.PopString(r.Context(), keyNext)
	if !isPage(next) {
		next = "/security"
	}
	redirect(w, r, next)
}

func (a *app) signInCodePage(w http.ResponseWriter, r *http.Request) {
	var pending pendingCode
	if !a.get(r, keyPending, &pending) {
		redirect(w, r, "/signin")
		return
	}
	p := a.page(r, "code.title")
	p.Data = pending.data()
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
	p.Data = pending.data()
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
	case errors.Is(err, accountsec.ErrWrongCode), errors.Is(err, mfa.ErrWrongCode):
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

package main

import (
	"errors"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/mfa"
)

// confirmState is what a sensitive page waits for. It stays in the session.
type confirmState struct {
	Next     string // the page that asked
	Password bool   // the password is enough
	Pending  pendingCode
}

// stepConfirm names the step-up where a passkey answers for it.
const stepConfirm = "confirm"

// sensitive is what a change of the profile, of the factors or of where alerts go
// asks for.
var sensitive = mfa.Requirement{Level: mfa.LevelFactor, MaxAge: mfa.ProofLifetime}

// proved is nil for who proved themselves lately, else [accountsec.ErrStepUp].
func (a *app) proved(r *http.Request, me *customer) error {
	return a.guard.Require(r.Context(), me.ID, a.sessions.GetString(r.Context(), keyEvidence), sensitive, a.client(r))
}

// require lets a sensitive request through if the customer proved themselves
// lately, and otherwise asks them to, and then leads back to the page.
func (a *app) require(w http.ResponseWriter, r *http.Request, page string) bool {
	me, c := visitorOf(r).me, a.client(r)
	err := a.proved(r, me)
	if err == nil {
		return true
	}
	if !errors.Is(err, accountsec.ErrStepUp) {
		a.fail(w, r, err)
		return false
	}
	step, err := a.guard.StartStepUp(r.Context(), me.ID, sensitive, c)
	if err != nil {
		a.fail(w, r, err)
		return false
	}
	s := confirmState{Next: page, Password: step.Password}
	if step.Pending != nil {
		s.Pending = newPending(a.page(r, "confirm.title"), step.Pending)
	}
	if err := a.put(r, keyConfirm, s); err != nil {
		a.fail(w, r, err)
		return false
	}
	redirect(w, r, "/security/confirm")
	return false
}

// fresh is a page that opens to those who proved themselves lately.
func (a *app) fresh(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if a.require(w, r, pageOf(r.URL.Path)) {
			next(w, r)
		}
	}
}

func (a *app) confirmPage(w http.ResponseWriter, r *http.Request) {
	var s confirmState
	if !a.get(r, keyConfirm, &s) {
		redirect(w, r, "/security")
		return
	}
	a.showConfirm(w, r, http.StatusOK, a.page(r, "confirm.title"), s)
}

type confirmData struct {
	Password bool
	Code     codeData
}

func (a *app) showConfirm(w http.ResponseWriter, r *http.Request, status int, p *page, s confirmState) {
	d := confirmData{Password: s.Password}
	if !s.Password {
		d.Code = a.codeData(r, p, s.Pending, stepConfirm)
	}
	p.Data = d
	a.render(w, r, status, "confirm", p)
}

func (a *app) confirm(w http.ResponseWriter, r *http.Request) {
	var s confirmState
	if !a.get(r, keyConfirm, &s) {
		redirect(w, r, "/security")
		return
	}
	var evidence string
	var err error
	if s.Password {
		evidence, err = a.guard.StepUpPassword(r.Context(), visitorOf(r).me.ID, r.PostFormValue("password"), a.client(r))
	} else {
		evidence, err = a.guard.FinishStepUp(r.Context(), s.Pending.Token, r.PostFormValue("factor"), r.PostFormValue("code"), a.client(r))
	}
	if err == nil {
		redirect(w, r, a.confirmed(r, s, evidence))
		return
	}
	if errors.Is(err, accountsec.ErrPending) {
		a.sessions.Remove(r.Context(), keyConfirm)
		a.flash(r, "flash.over")
		redirect(w, r, "/security")
		return
	}
	p := a.page(r, "confirm.title")
	status := http.StatusUnauthorized
	if errors.Is(err, accountsec.ErrSignIn) || errors.Is(err, accountsec.ErrPasswordRevoked) {
		p.wrong("password", "password.wrong_current")
	} else if status = a.codeRefused(w, p, err); status == 0 {
		a.fail(w, r, err)
		return
	}
	a.showConfirm(w, r, status, p, s)
}

// confirmed keeps the evidence, and says where to go on.
func (a *app) confirmed(r *http.Request, s confirmState, evidence string) (next string) {
	a.sessions.Put(r.Context(), keyEvidence, evidence)
	a.sessions.Remove(r.Context(), keyConfirm)
	if !isPage(s.Next) {
		return "/security"
	}
	return s.Next
}

// sendConfirm sends the code of a step-up.
func (a *app) sendConfirm(w http.ResponseWriter, r *http.Request) {
	var s confirmState
	if !a.get(r, keyConfirm, &s) {
		redirect(w, r, "/security")
		return
	}
	factor := r.PostFormValue("factor")
	show, err := a.guard.PrepareStepUp(r.Context(), s.Pending.Token, factor, a.client(r))
	if err == nil {
		s.Pending.text(factor, show)
		err = a.put(r, keyConfirm, s)
	}
	a.sent(w, r, "/security/confirm", err)
}

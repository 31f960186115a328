package main

import (
	"errors"
	"math"
	"net/http"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/recovery"
)

// waitCookie holds the token of a recovery that waits. It outlives the session,
// and only the pages of the recovery get it.
const waitCookie = "haneul_recovery"

// cancelPath is where the link of the announcement leads.
const cancelPath = "/recover/cancel"

// waitData is what the page of a wait shows.
type waitData struct {
	Ready   bool
	ReadyAt time.Time
	Hours   int
}

func (a *app) waitData(w recovery.Waiting) waitData {
	left := w.ReadyAt.Sub(a.now())
	return waitData{Ready: left <= 0, ReadyAt: w.ReadyAt, Hours: int(math.Ceil(left.Hours()))}
}

func (a *app) setWait(w http.ResponseWriter, token string, expires time.Time) {
	http.SetCookie(w, &http.Cookie{
		Name: waitCookie, Value: token, Path: "/recover", Expires: expires, MaxAge: int(expires.Sub(a.now()).Seconds()),
		HttpOnly: true, Secure: a.cfg.HTTPS, SameSite: http.SameSiteStrictMode,
	})
}

// recoverDelay begins the wait for an owner whose second factor is lost.
func (a *app) recoverDelay(w http.ResponseWriter, r *http.Request, s recoveryState) {
	wait, err := a.guard.DelayRecovery(r.Context(), s.Token, a.client(r))
	if err != nil {
		p := a.page(r, "code.title")
		p.Data = a.factorData(r, p, s)
		a.recoverFailed(w, r, p, "recover_factor", err)
		return
	}
	a.sessions.Remove(r.Context(), keyRecovery)
	a.setWait(w, wait.Token, wait.ExpiresAt)
	redirect(w, r, "/recover/waiting")
}

// recoverWaiting shows the wait, and at its end the way on.
func (a *app) recoverWaiting(w http.ResponseWriter, r *http.Request) {
	c, err := r.Cookie(waitCookie)
	if err != nil {
		redirect(w, r, "/recover")
		return
	}
	wait, err := a.guard.DelayedRecovery(r.Context(), c.Value, a.client(r))
	if errors.Is(err, accountsec.ErrRecovery) {
		a.waitOver(w, r)
		return
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p := a.page(r, "recover.waiting_title")
	p.Data = a.waitData(wait)
	a.render(w, r, http.StatusOK, "recover_waiting", p)
}

func (a *app) recoverResume(w http.ResponseWriter, r *http.Request) {
	c, err := r.Cookie(waitCookie)
	if err != nil {
		redirect(w, r, "/recover")
		return
	}
	grant, err := a.guard.ResumeRecovery(r.Context(), c.Value, a.client(r))
	var early *recovery.WaitingError
	switch {
	case errors.As(err, &early):
		redirect(w, r, "/recover/waiting")
	case errors.Is(err, accountsec.ErrRecovery):
		a.waitOver(w, r)
	case err != nil:
		a.fail(w, r, err)
	default:
		a.setWait(w, "", time.Unix(0, 0))
		a.goOn(w, r, recoveryState{Step: stepPassword, Grant: grant})
	}
}

// waitOver tells that the wait was called off, or was not resumed in time.
func (a *app) waitOver(w http.ResponseWriter, r *http.Request) {
	a.setWait(w, "", time.Unix(0, 0))
	a.flash(r, "flash.wait_over")
	redirect(w, r, "/recover")
}

// cancelPage is behind the link of the mail. Opening it changes nothing, for
// mail programs open links by themselves.
func (a *app) cancelPage(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("t")
	tokenPage(w)
	ready, err := a.guard.LookAtCancel(r.Context(), token)
	if errors.Is(err, accountsec.ErrRecovery) {
		a.errorPage(w, r, http.StatusNotFound, "cancel.gone_title", "cancel.gone")
		return
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p := a.page(r, "cancel.title")
	p.Path = cancelPath
	p.Form.Set("t", token)
	p.Data = ready
	a.render(w, r, http.StatusOK, "recover_cancel", p)
}

// cancelRecovery calls the recovery off. Whoever holds the link may: to end a
// recovery harms nobody as much as to complete one.
func (a *app) cancelRecovery(w http.ResponseWriter, r *http.Request) {
	err := a.guard.CancelByLink(r.Context(), r.PostFormValue("t"), a.client(r))
	if errors.Is(err, accountsec.ErrRecovery) {
		a.errorPage(w, r, http.StatusNotFound, "cancel.gone_title", "cancel.gone")
		return
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p := a.page(r, "cancel.done_title")
	a.render(w, r, http.StatusOK, "recover_cancelled", p)
}

package main

import (
	"errors"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/password"
)

func (a *app) passwordPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "password.title")
	p.Data = a.newPassword(p, "password.new", nil)
	a.render(w, r, http.StatusOK, "password", p)
}

func (a *app) changePassword(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "password.title")
	var report *password.Report
	current, next := r.PostFormValue("current"), r.PostFormValue("password")
	if current == "" {
		p.wrong("current", "form.no_password")
	}
	if next == "" {
		p.wrong("password", "form.no_password")
	}
	status := http.StatusUnprocessableEntity
	if len(p.Errors) == 0 {
		end, err := a.guard.ChangePassword(r.Context(), p.Me.ID, current, next, a.client(r))
		if err == nil {
			err = a.endSessions(r.Context(), end)
		}
		switch {
		case err == nil:
			a.sessions.Remove(r.Context(), keyMustChange)
			a.flash(r, "flash.password")
			redirect(w, r, "/security")
			return
		case errors.Is(err, accountsec.ErrSignIn):
			status = http.StatusUnauthorized
			p.wrong("current", "password.wrong_current")
		case a.refused(p, err, &report):
		default:
			if status = a.explain(w, p, err); status == 0 {
				a.fail(w, r, err)
				return
			}
		}
	}
	p.Data = a.newPassword(p, "password.new", report)
	a.render(w, r, status, "password", p)
}

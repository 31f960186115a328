package main

import (
	"errors"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/recovery"
)

// drillPage asks, once a year or so, whether the owner still knows the answers.
func (a *app) drillPage(w http.ResponseWriter, r *http.Request) {
	a.showDrill(w, r, http.StatusOK, a.page(r, "drill.title"))
}

func (a *app) showDrill(w http.ResponseWriter, r *http.Request, status int, p *page) {
	asked, err := a.guard.DrillQuestions(r.Context(), p.Me.ID)
	if errors.Is(err, recovery.ErrNoAnswers) {
		redirect(w, r, "/security/questions")
		return
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p.Data = recoveryState{Questions: asked}.texts(p)
	a.render(w, r, status, "drill", p)
}

func (a *app) drill(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "drill.title")
	known, err := a.guard.Drill(r.Context(), p.Me.ID, []string{r.PostFormValue("answer0"), r.PostFormValue("answer1")}, a.client(r))
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, recovery.ErrNoAnswers):
		redirect(w, r, "/security/questions")
		return
	case err != nil:
		if status = a.explain(w, p, err); status == 0 {
			a.fail(w, r, err)
			return
		}
	case known:
		a.flash(r, "flash.drill_known")
		redirect(w, r, "/security/questions")
		return
	default:
		p.wrong("answer0", "drill.unknown")
	}
	a.showDrill(w, r, status, p)
}

// removeQuestions takes the questions away; the password is asked for.
func (a *app) removeQuestions(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "questions.title")
	err := a.guard.RemoveAnswers(r.Context(), p.Me.ID, r.PostFormValue("remove-current"), a.client(r))
	if err == nil || errors.Is(err, recovery.ErrNoAnswers) {
		a.flash(r, "flash.questions_removed")
		redirect(w, r, "/security/questions")
		return
	}
	status := http.StatusUnauthorized
	if errors.Is(err, accountsec.ErrSignIn) {
		p.wrong("remove-current", "password.wrong_current")
	} else if status = a.explain(w, p, err); status == 0 {
		a.fail(w, r, err)
		return
	}
	a.showQuestions(w, r, status, p)
}

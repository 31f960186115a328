package main

import (
	"errors"
	"net/http"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/recovery"
)

const questionsAsked = 3

type questionRow struct {
	N        int
	Question string
}

// choice is an option of a select.
type choice struct{ Value, Label string }

type questionsData struct {
	Set       int
	At        time.Time
	Advice    []string
	Rows      []questionRow
	Catalogue []choice
}

func (a *app) questionsData(r *http.Request, p *page) (questionsData, error) {
	status, err := a.guard.RecoveryStatus(r.Context(), p.Me.ID)
	d := questionsData{Set: status.Set, At: status.At, Advice: recovery.Advice(p.Lang)}
	for _, q := range recovery.Questions() {
		d.Catalogue = append(d.Catalogue, choice{q.ID, q.Text(p.Lang)})
	}
	for n := 1; n <= questionsAsked; n++ {
		chosen := r.PostFormValue("question" + itoa(n))
		if chosen == "" && n <= len(d.Catalogue) {
			chosen = d.Catalogue[n-1].Value
		}
		d.Rows = append(d.Rows, questionRow{N: n, Question: chosen})
	}
	return d, err
}

func (a *app) questionsPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "questions.title")
	d, err := a.questionsData(r, p)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p.Data = d
	a.render(w, r, http.StatusOK, "questions", p)
}

// setQuestions replaces the answers. They are never shown again, also not when
// something was wrong with them.
func (a *app) setQuestions(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "questions.title")
	d, err := a.questionsData(r, p)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	var answers []recovery.Answer
	for _, row := range d.Rows {
		answers = append(answers, recovery.Answer{Question: row.Question, Answer: r.PostFormValue("answer" + itoa(row.N))})
	}
	current := r.PostFormValue("current")
	if current == "" {
		p.wrong("current", "form.no_password")
	}
	status := http.StatusUnprocessableEntity
	if len(p.Errors) == 0 {
		err := a.guard.SetAnswers(r.Context(), p.Me.ID, current, answers, a.client(r))
		switch {
		case err == nil:
			a.flash(r, "flash.questions")
			redirect(w, r, "/security")
			return
		case errors.Is(err, accountsec.ErrSignIn):
			status = http.StatusUnauthorized
			p.wrong("current", "password.wrong_current")
		case answersRefused(p, err):
		default:
			if status = a.explain(w, p, err); status == 0 {
				a.fail(w, r, err)
				return
			}
		}
	}
	p.Data = d
	a.render(w, r, status, "questions", p)
}

// answersRefused shows which answer was refused and why; false if err is
// something else.
func answersRefused(p *page, err error) bool {
	var refused *recovery.AnswerError
	if !errors.As(err, &refused) {
		return false
	}
	p.Errors = append(p.Errors, formError{Field: "answer" + itoa(refused.Index+1), Text: refused.Text(p.Lang)})
	return true
}

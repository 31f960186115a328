package main

import (
	"errors"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/recovery"
)

const questionsAsked = 3

// ownQuestion stands for the customer's own question in a select.
const ownQuestion = "own"

type questionRow struct {
	N             int
	Question, Own string
}

// choice is an option of a select.
type choice struct{ Value, Label string }

// questionGroup is a labelled part of the select.
type questionGroup struct {
	Label   string
	Choices []choice
}

type questionsData struct {
	recovery.Status
	Advice []string
	Rows   []questionRow
	Groups []questionGroup
}

func (a *app) questionsData(r *http.Request, p *page) (questionsData, error) {
	status, err := a.guard.RecoveryStatus(r.Context(), p.Me.ID)
	d := questionsData{Status: status, Advice: recovery.Advice(p.Lang)}
	var ids []string
	for _, q := range recovery.Questions() {
		if label := q.Kind.Label(p.Lang); len(d.Groups) == 0 || d.Groups[len(d.Groups)-1].Label != label {
			d.Groups = append(d.Groups, questionGroup{Label: label})
		}
		g := &d.Groups[len(d.Groups)-1]
		g.Choices = append(g.Choices, choice{q.ID, q.Text(p.Lang)})
		ids = append(ids, q.ID)
	}
	own := recovery.Own.Label(p.Lang)
	d.Groups = append(d.Groups, questionGroup{own, []choice{{ownQuestion, p.T("questions.write_own")}}})
	for n := 1; n <= questionsAsked; n++ {
		chosen := r.PostFormValue("question" + itoa(n))
		if chosen == "" {
			chosen = ids[n-1]
		}
		d.Rows = append(d.Rows, questionRow{N: n, Question: chosen, Own: r.PostFormValue("own" + itoa(n))})
	}
	return d, err
}

func (a *app) questionsPage(w http.ResponseWriter, r *http.Request) {
	a.showQuestions(w, r, http.StatusOK, a.page(r, "questions.title"))
}

func (a *app) showQuestions(w http.ResponseWriter, r *http.Request, status int, p *page) {
	d, err := a.questionsData(r, p)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p.Data = d
	a.render(w, r, status, "questions", p)
}

// answer is what a row sends.
func (row questionRow) answer(r *http.Request) recovery.Answer {
	a := recovery.Answer{Question: row.Question, Answer: r.PostFormValue("answer" + itoa(row.N))}
	if row.Question == ownQuestion {
		a.Question, a.Own = "", row.Own
	}
	return a
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
		answers = append(answers, row.answer(r))
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
	field := "answer"
	if refused.AboutQuestion() {
		field = "question"
	}
	p.Errors = append(p.Errors, formError{Field: field + itoa(refused.Index+1), Text: refused.Text(p.Lang)})
	return true
}

package main

import (
	"errors"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

// The steps of a recovery, in order. A step's pages open only when the Guard
// has let the visitor through the one before.
const (
	stepCode      = "code"
	stepQuestions = "questions"
	stepFactor    = "factor"
	stepPassword  = "password"
)

// recoveryState is a recovery under way. It stays in the session, on the server.
type recoveryState struct {
	Step      string
	Token     string
	Questions []recovery.Question
	Pending   pendingCode
	Delay     int // hours of the wait that may stand in for the factor; 0: none
	Grant     string
}

// factorData is what the page of the second factor shows.
type factorData struct {
	Code  any
	Delay int
}

func (a *app) factorData(r *http.Request, p *page, s recoveryState) factorData {
	return factorData{a.codeData(r, p, s.Pending, stepFactor), s.Delay}
}

// texts are the questions in the page's language.
func (s recoveryState) texts(p *page) []string {
	out := make([]string, len(s.Questions))
	for i, q := range s.Questions {
		out[i] = q.Text(p.Lang)
	}
	return out
}

func (a *app) recoverPage(w http.ResponseWriter, r *http.Request) {
	a.render(w, r, http.StatusOK, "recover", a.page(r, "recover.title"))
}

func (a *app) recoverStart(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "recover.title")
	email := r.PostFormValue("email")
	p.Form.Set("email", canon.Line(email, maxEmail))
	status := http.StatusUnprocessableEntity
	if email == "" {
		p.wrong("email", "form.bad_email")
		a.render(w, r, status, "recover", p)
		return
	}
	token, err := a.guard.StartRecovery(r.Context(), email, a.client(r))
	if err == nil {
		a.goOn(w, r, recoveryState{Step: stepCode, Token: token})
		return
	}
	if status = a.explain(w, p, err); status == 0 {
		a.fail(w, r, err)
		return
	}
	a.render(w, r, status, "recover", p)
}

// goOn keeps the state and leads to its step.
func (a *app) goOn(w http.ResponseWriter, r *http.Request, s recoveryState) {
	if err := a.put(r, keyRecovery, s); err != nil {
		a.fail(w, r, err)
		return
	}
	redirect(w, r, "/recover/"+s.Step)
}

// recoverStep opens a step's page to those who are there.
func (a *app) recoverStep(step string, next func(http.ResponseWriter, *http.Request, recoveryState)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var s recoveryState
		if !a.get(r, keyRecovery, &s) {
			redirect(w, r, "/recover")
			return
		}
		if s.Step != step {
			redirect(w, r, "/recover/"+s.Step)
			return
		}
		next(w, r, s)
	}
}

// recoverFailed answers when a step did not succeed.
func (a *app) recoverFailed(w http.ResponseWriter, r *http.Request, p *page, template string, err error) {
	status := http.StatusUnauthorized
	switch {
	case errors.Is(err, accountsec.ErrRecovery), errors.Is(err, accountsec.ErrPending):
		a.sessions.Remove(r.Context(), keyRecovery)
		a.flash(r, "flash.over")
		redirect(w, r, "/recover")
		return
	case template == "recover_code" && errors.Is(err, accountsec.ErrWrongCode):
		p.wrong("code", "recover.wrong_code")
	case errors.Is(err, accountsec.ErrWrongAnswers):
		p.wrong("answer0", "recover.wrong_answers")
	case errors.Is(err, accountsec.ErrRecoveryStopped):
		p.wrong("", "recover.stopped")
		status = http.StatusForbidden
	case errors.Is(err, accountsec.ErrRecoveryBlocked):
		p.wrong("", "recover.blocked")
		status = http.StatusForbidden
	default:
		if status = a.codeRefused(w, p, err); status == 0 {
			a.fail(w, r, err)
			return
		}
	}
	a.render(w, r, status, template, p)
}

func (a *app) recoverCodePage(w http.ResponseWriter, r *http.Request, _ recoveryState) {
	a.render(w, r, http.StatusOK, "recover_code", a.page(r, "recover.code_title"))
}

func (a *app) recoverCode(w http.ResponseWriter, r *http.Request, s recoveryState) {
	p := a.page(r, "recover.code_title")
	questions, err := a.guard.ProveRecovery(r.Context(), s.Token, r.PostFormValue("code"), a.client(r))
	if err != nil {
		a.recoverFailed(w, r, p, "recover_code", err)
		return
	}
	s.Step, s.Questions = stepQuestions, questions
	a.goOn(w, r, s)
}

func (a *app) recoverQuestionsPage(w http.ResponseWriter, r *http.Request, s recoveryState) {
	p := a.page(r, "recover.questions_title")
	p.Data = s.texts(p)
	a.render(w, r, http.StatusOK, "recover_questions", p)
}

func (a *app) recoverQuestions(w http.ResponseWriter, r *http.Request, s recoveryState) {
	p := a.page(r, "recover.questions_title")
	p.Data = s.texts(p)
	answers := make([]string, len(s.Questions))
	for i := range answers {
		answers[i] = r.PostFormValue("answer" + itoa(i))
	}
	next, err := a.guard.AnswerRecovery(r.Context(), s.Token, answers, a.client(r))
	switch {
	case err != nil:
		a.recoverFailed(w, r, p, "recover_questions", err)
	case next.Pending != nil:
		s.Step, s.Pending, s.Delay = stepFactor, newPending(p, next.Pending), int(next.Delay.Hours())
		a.goOn(w, r, s)
	default:
		a.goOn(w, r, recoveryState{Step: stepPassword, Grant: next.Grant})
	}
}

func (a *app) recoverFactorPage(w http.ResponseWriter, r *http.Request, s recoveryState) {
	p := a.page(r, "code.title")
	p.Data = a.factorData(r, p, s)
	a.render(w, r, http.StatusOK, "recover_factor", p)
}

func (a *app) recoverFactor(w http.ResponseWriter, r *http.Request, s recoveryState) {
	grant, err := a.guard.ProveRecoveryFactor(r.Context(), s.Token, s.Pending.Token, r.PostFormValue("factor"), r.PostFormValue("code"), a.client(r))
	if err != nil {
		p := a.page(r, "code.title")
		p.Data = a.factorData(r, p, s)
		a.recoverFailed(w, r, p, "recover_factor", err)
		return
	}
	a.goOn(w, r, recoveryState{Step: stepPassword, Grant: grant})
}

func (a *app) recoverPasswordPage(w http.ResponseWriter, r *http.Request, _ recoveryState) {
	p := a.page(r, "recover.password_title")
	p.Data = a.newPassword(p, "password.new", nil)
	a.render(w, r, http.StatusOK, "recover_password", p)
}

func (a *app) recoverPassword(w http.ResponseWriter, r *http.Request, s recoveryState) {
	// The sessions end in the same transaction: see RecoveryConfig.OnRecovered.
	_, err := a.guard.FinishRecovery(r.Context(), s.Grant, r.PostFormValue("password"), a.client(r))
	if err == nil {
		a.sessions.Remove(r.Context(), keyRecovery)
		a.flash(r, "flash.recovered")
		redirect(w, r, "/signin")
		return
	}
	p := a.page(r, "recover.password_title")
	var report *password.Report
	if a.refused(p, err, &report) {
		p.Data = a.newPassword(p, "password.new", report)
		a.render(w, r, http.StatusUnprocessableEntity, "recover_password", p)
		return
	}
	p.Data = a.newPassword(p, "password.new", nil)
	a.recoverFailed(w, r, p, "recover_password", err)
}

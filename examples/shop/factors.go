package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
)

const methodTOTP = "totp"

// factorName is how a factor is called on a page.
func factorName(p *page, f mfa.Factor) string {
	if f.Method == accountsec.SentCode {
		return p.T("code.sent_name")
	}
	if f.Name == "" {
		return p.T("factors.default_name")
	}
	return f.Name
}

type factorRow struct {
	ID, Name string
	Since    time.Time
}

type factorsData struct {
	Factors  []factorRow
	Recovery string
	Left     int
	Guide    mfa.Guide
}

func (a *app) factorsData(ctx context.Context, p *page) (factorsData, error) {
	d := factorsData{Recovery: mfa.RecoveryCode}
	var err error
	if d.Guide, err = a.guard.MFA().Guide(p.Lang, methodTOTP); err != nil {
		return d, err
	}
	factors, err := a.guard.MFA().Enrolled(ctx, p.Me.ID)
	if err != nil {
		return d, err
	}
	for _, f := range factors {
		d.Factors = append(d.Factors, factorRow{ID: f.ID, Name: factorName(p, f), Since: f.EnrolledAt})
	}
	d.Left, err = a.guard.MFA().RecoveryCodesLeft(ctx, p.Me.ID)
	return d, err
}

func (a *app) factorsPage(w http.ResponseWriter, r *http.Request) {
	a.showFactors(w, r, http.StatusOK, a.page(r, "factors.title"))
}

func (a *app) showFactors(w http.ResponseWriter, r *http.Request, status int, p *page) {
	d, err := a.factorsData(r.Context(), p)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p.Data = d
	a.render(w, r, status, "factors", p)
}

// enrollData is shown once: the secret is on the page and sealed in the
// database, and not in the session.
type enrollData struct {
	PNG    []byte
	Secret string
}

func (a *app) startFactor(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "enroll.title")
	enrollment, err := a.guard.MFA().StartEnroll(r.Context(), mfa.StartEnrollRequest{
		Account: p.Me.ID, Method: methodTOTP, Name: p.T("factors.default_name"), Label: p.Me.Email, Client: a.client(r),
	})
	if errors.Is(err, mfa.ErrProofNeeded) || errors.Is(err, mfa.ErrNameTaken) { // there is one already
		redirect(w, r, "/security/factors")
		return
	}
	if err != nil {
		p = a.page(r, "factors.title")
		if status := a.explain(w, p, err); status != 0 {
			a.showFactors(w, r, status, p)
			return
		}
		a.fail(w, r, err)
		return
	}
	setup, ok := enrollment.Show.(totp.Setup)
	if !ok {
		a.fail(w, r, errors.New("shop: the enrolment shows no authenticator key"))
		return
	}
	a.sessions.Put(r.Context(), keyEnroll, enrollment.FactorID)
	p.Data = enrollData{PNG: setup.PNG, Secret: setup.Secret}
	a.render(w, r, http.StatusOK, "enroll", p)
}

func (a *app) finishFactor(w http.ResponseWriter, r *http.Request) {
	id := a.sessions.GetString(r.Context(), keyEnroll)
	if id == "" {
		redirect(w, r, "/security/factors")
		return
	}
	done, err := a.guard.MFA().FinishEnroll(r.Context(), visitorOf(r).me.ID, id, r.PostFormValue("code"), a.client(r))
	if err == nil {
		a.sessions.Remove(r.Context(), keyEnroll)
		a.showCodes(w, r, done.RecoveryCodes)
		return
	}
	if errors.Is(err, mfa.ErrNoEnrollment) {
		a.sessions.Remove(r.Context(), keyEnroll)
		a.flash(r, "flash.over")
		redirect(w, r, "/security/factors")
		return
	}
	p := a.page(r, "enroll.title")
	p.Data = enrollData{}
	if status := a.codeRefused(w, p, err); status != 0 {
		a.render(w, r, status, "enroll", p)
		return
	}
	a.fail(w, r, err)
}

// showCodes shows recovery codes, this once.
func (a *app) showCodes(w http.ResponseWriter, r *http.Request, codes []string) {
	if len(codes) == 0 {
		redirect(w, r, "/security/factors")
		return
	}
	p := a.page(r, "codes.title")
	p.Data = codes
	a.render(w, r, http.StatusOK, "codes", p)
}

// manageFactors changes factors after a fresh proof.
func (a *app) manageFactors(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	proof, err := a.prove(r)
	if errors.Is(err, mfa.ErrNoFactor) {
		redirect(w, r, "/security/factors")
		return
	}
	if err != nil {
		p := a.page(r, "factors.title")
		status := a.codeRefused(w, p, err)
		if status == 0 {
			a.fail(w, r, err)
			return
		}
		a.showFactors(w, r, status, p)
		return
	}
	if what, id, _ := strings.Cut(r.PostFormValue("do"), ":"); what == "remove" {
		err := a.guard.MFA().Remove(ctx, proof, id, a.client(r))
		if err != nil && !errors.Is(err, mfa.ErrNoFactor) { // removed already is removed
			a.fail(w, r, err)
			return
		}
		a.flash(r, "flash.factor_removed")
		redirect(w, r, "/security/factors")
		return
	}
	codes, err := a.guard.MFA().NewRecoveryCodes(ctx, proof, a.client(r))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.showCodes(w, r, codes)
}

// prove asks for a code and checks it in one go, bound to this session.
func (a *app) prove(r *http.Request) (mfa.Proof, error) {
	v := visitorOf(r)
	challenge, err := a.guard.MFA().Challenge(r.Context(), v.me.ID, mfa.PurposeManage, v.session, a.client(r))
	if err != nil {
		return mfa.Proof{}, err
	}
	return a.guard.MFA().Verify(r.Context(), challenge.Token, mfa.PurposeManage, r.PostFormValue("proof"), r.PostFormValue("code"), a.client(r))
}

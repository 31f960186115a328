package main

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/mfa/totp"
)

// enrollData is shown once: the secret is on the page and sealed in the
// database, and not in the session.
type enrollData struct {
	PNG    []byte
	Secret string
	Number string // where a text message went, masked
}

// startFactor begins the first factor, an app or a number. Those after it need
// a proof, see manageFactors.
func (a *app) startFactor(w http.ResponseWriter, r *http.Request) {
	if !a.require(w, r, "/security/factors") {
		return
	}
	a.enroll(w, r, r.PostFormValue("method"), nil)
}

// enroll begins an enrolment and shows what the customer needs for it.
func (a *app) enroll(w http.ResponseWriter, r *http.Request, method string, proof *mfa.Proof) {
	me := visitorOf(r).me
	p := a.page(r, "enroll.title")
	req := mfa.StartEnrollRequest{Account: me.ID, Method: totp.Name, Name: a.freeName(r, p, "factors.default_name"), Label: me.Email, Proof: proof,
		Evidence: a.sessions.GetString(r.Context(), keyEvidence), Client: a.client(r)}
	if method == sms.Name {
		req.Method, req.Label = sms.Name, canon.Line(r.PostFormValue("number"), maxPhone)
		req.Name = a.freeName(r, p, "factors.sms_name")
	}
	e, err := a.guard.MFA().StartEnroll(r.Context(), req)
	if errors.Is(err, mfa.ErrProofNeeded) { // there is one already
		redirect(w, r, "/security/factors")
		return
	}
	if err != nil {
		a.enrollRefused(w, r, err)
		return
	}
	a.sessions.Put(r.Context(), keyEnroll, e.FactorID)
	switch show := e.Show.(type) {
	case totp.Setup:
		p.Data = enrollData{PNG: show.PNG, Secret: show.Secret}
	case sms.Sent:
		p.Title = p.T("enroll.sms_title")
		p.Data = enrollData{Number: show.Number}
		a.sessions.Put(r.Context(), keyNumber, show.Number)
	default:
		a.fail(w, r, errors.New("shop: the enrolment shows nothing to go on with"))
		return
	}
	a.render(w, r, http.StatusOK, "enroll", p)
}

// freeName is a name that no other factor of the account has.
func (a *app) freeName(r *http.Request, p *page, key string) string {
	factors, err := a.guard.MFA().Enrolled(r.Context(), visitorOf(r).me.ID)
	if err != nil {
		a.log.ErrorContext(r.Context(), "list factors", "err", err) // then the name may be refused
	}
	used := map[string]bool{}
	for _, f := range factors {
		used[mfa.NameKey(f.Name)] = true
	}
	name := p.T(key)
	for n := 2; used[mfa.NameKey(name)]; n++ {
		name = p.T(key) + " " + itoa(n)
	}
	return name
}

// enrollRefused explains why an enrolment did not begin.
func (a *app) enrollRefused(w http.ResponseWriter, r *http.Request, err error) {
	p := a.page(r, "factors.title")
	status := http.StatusUnprocessableEntity
	for target, key := range map[error]string{
		sms.ErrNumber: "texts.bad_number", sms.ErrCountry: "texts.bad_country", sms.ErrNumberType: "texts.bad_type",
		sms.ErrEnrolled: "texts.enrolled", mfa.ErrTooManyFactors: "factors.too_many",
	} {
		if errors.Is(err, target) {
			p.wrong("number", key)
			a.showFactors(w, r, status, p)
			return
		}
	}
	if key := textRefused(err); key != "" {
		p.wrong("number", key)
		a.showFactors(w, r, http.StatusTooManyRequests, p)
		return
	}
	if status = a.explain(w, p, err); status == 0 {
		a.fail(w, r, err)
		return
	}
	a.showFactors(w, r, status, p)
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
		a.sessions.Remove(r.Context(), keyNumber)
		a.flash(r, "flash.factor_added")
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
	p.Data = enrollData{Number: a.sessions.GetString(r.Context(), keyNumber)}
	if status := a.codeRefused(w, p, err); status != 0 {
		a.render(w, r, status, "enroll", p)
		return
	}
	a.fail(w, r, err)
}

type codesData struct {
	Codes []string
	Sheet template.URL // a text file
}

// showCodes shows recovery codes, this once, to print or to download. The file
// is part of the page: nothing keeps the codes to serve them again.
func (a *app) showCodes(w http.ResponseWriter, r *http.Request, codes []string) {
	if len(codes) == 0 {
		redirect(w, r, "/security/factors")
		return
	}
	p := a.page(r, "codes.title")
	sheet := a.sheet(p.Lang, p.Me, codes)
	p.Data = codesData{codes, template.URL("data:text/plain;charset=utf-8," + url.PathEscape(sheet))} //nolint:gosec // escaped
	a.render(w, r, http.StatusOK, "codes", p)
}

// sheet is recovery codes on paper, alike wherever they are shown; "" for none.
func (a *app) sheet(lang string, me *customer, codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return mfa.RecoverySheet(lang, brand, me.Email, codes, a.now().In(zoneOf(*me)))
}

// drifted adds to a wrong code that the phone's clock is off.
func drifted(p *page, err error) bool {
	var drift *mfa.DriftError
	if !errors.As(err, &drift) {
		return false
	}
	p.Errors = append(p.Errors, formError{Field: "code", Text: drift.Text(p.Lang)})
	return true
}

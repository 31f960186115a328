package main

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/mfa/totp"
	"example.com/accountsec/mfa/webauthn"
)

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
	ID, Name    string
	Since, Used time.Time
	Text        bool // its code comes by text message
	Typed       bool // it has a code to type
}

type factorsData struct {
	Factors  []factorRow
	Recovery string
	Left     int
	Nudges   []string
	Guides   []mfa.Guide     // of all methods, passkeys first
	Passkey  template.HTML   // adds one
	Removals []template.HTML // each removes a factor, proved by a passkey
	Devices  int
	Number   string // the customer's own, to begin with
}

// offered are the methods in the order in which they are recommended.
var offered = []string{webauthn.Name, totp.Name, sms.Name}

func (a *app) factorsData(ctx context.Context, p *page) (factorsData, error) {
	d := factorsData{Recovery: mfa.RecoveryCode, Number: p.Me.Phone}
	for _, method := range offered {
		g, err := a.guard.MFA().Guide(p.Lang, method)
		if err != nil {
			return d, err
		}
		d.Guides = append(d.Guides, g)
	}
	health, err := a.guard.MFA().Health(ctx, p.Me.ID)
	if err != nil {
		return d, err
	}
	var choices []factorChoice
	for _, f := range health.Factors {
		d.Factors = append(d.Factors, factorRow{
			ID: f.ID, Name: factorName(p, f), Since: f.EnrolledAt, Used: f.UsedAt, Text: f.Method == sms.Name, Typed: f.Method != webauthn.Name,
		})
		choices = append(choices, factorChoice{ID: f.ID, Name: factorName(p, f), Method: f.Method})
	}
	for _, n := range health.Nudges {
		if n.Kind != mfa.NudgeOff { // the page says so itself
			d.Nudges = append(d.Nudges, n.Text(p.Lang))
		}
	}
	d.Left = health.CodesLeft
	a.passkeyWidgets(ctx, p, &d, choices)
	devices, err := a.guard.MFA().Devices(ctx, p.Me.ID)
	d.Devices = len(devices)
	return d, err
}

// passkeyWidgets adds what enrols a passkey, and what removes a factor by one.
func (a *app) passkeyWidgets(ctx context.Context, p *page, d *factorsData, factors []factorChoice) {
	add := mfaweb.Widget{Kind: mfaweb.Enroll, ProveBy: passkeyOf(factors), Name: p.T("factors.passkey_name", "n", len(factors)+1)}
	for _, f := range factors {
		if add.ProveBy == "" && f.Method == totp.Name {
			add.ProveBy, add.ProveCode = f.ID, p.T("code.label")
		}
	}
	for _, f := range factors { // the code that was asked for above
		if add.ProveBy == "" && f.Method == sms.Name {
			add.ProveBy, add.ProveCode = f.ID, p.T("code.label_text")
		}
	}
	d.Passkey = a.widget(ctx, p, add)
	if passkeyOf(factors) == "" {
		return
	}
	for _, f := range factors {
		d.Removals = append(d.Removals, a.widget(ctx, p, mfaweb.Widget{
			Kind: mfaweb.Prove, Factor: passkeyOf(factors), Button: p.T("factors.remove", "name", f.Name), Fields: map[string]string{"remove": f.ID},
		}))
	}
}

// factorsPage lists them. Setting up the first one is for who signed in lately.
func (a *app) factorsPage(w http.ResponseWriter, r *http.Request) {
	on, err := a.guard.MFA().Enabled(r.Context(), visitorOf(r).me.ID)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if !on && !a.require(w, r, "/security/factors") {
		return
	}
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

// manageFactors changes factors after a fresh proof.
func (a *app) manageFactors(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	proof, err := a.manageProof(r, r.PostFormValue("proof"), r.PostFormValue("code"))
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
	what, id, _ := strings.Cut(r.PostFormValue("do"), ":")
	switch what {
	case "add":
		a.enroll(w, r, id, &proof)
	case "remove":
		err := a.guard.MFA().Remove(ctx, proof, id, a.client(r))
		if errors.Is(err, mfa.ErrNoFactor) { // removed already is removed
			err = nil
		}
		a.changed(w, r, "flash.factor_removed", err)
	case "rename":
		a.changed(w, r, "flash.factor_renamed", a.guard.MFA().Rename(ctx, proof, id, r.PostFormValue("name-"+id), a.client(r)))
	default:
		codes, err := a.guard.MFA().NewRecoveryCodes(ctx, proof, a.client(r))
		if err != nil {
			a.fail(w, r, err)
			return
		}
		a.showCodes(w, r, codes)
	}
}

// changed says how a change of a factor went.
func (a *app) changed(w http.ResponseWriter, r *http.Request, key string, err error) {
	switch {
	case errors.Is(err, mfa.ErrBadName), errors.Is(err, mfa.ErrNameTaken):
		p := a.page(r, "factors.title")
		p.wrong("", "factors.bad_name")
		a.showFactors(w, r, http.StatusUnprocessableEntity, p)
		return
	case err != nil && !errors.Is(err, mfa.ErrNoFactor):
		p := a.page(r, "factors.title")
		if status := a.explain(w, p, err); status != 0 { // held after a recovery
			a.showFactors(w, r, status, p)
			return
		}
		a.fail(w, r, err)
		return
	}
	a.flash(r, key)
	redirect(w, r, "/security/factors")
}

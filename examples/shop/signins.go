package main

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/canon"
)

// oddSignIn is a sign-in that looked unusual, with what was unusual about it.
type oddSignIn struct {
	ID, Title, Where, Device, Tone string
	At                             time.Time
	Reasons                        []string
	CanConfirm, CanDisown, Closed  bool
}

const (
	oddShown = 5
	oddRead  = 50
	oddFor   = 30 * 24 * time.Hour
)

// oddSignIns lists the newest unusual sign-ins of the last 30 days.
func (a *app) oddSignIns(ctx context.Context, p *page, c activity.Client) (out []oddSignIn, err error) {
	list, err := a.guard.Log().List(ctx, p.Me.ID, p.Me.ID, activity.Filter{
		Types: []activity.Type{activity.SignInSucceeded, activity.SignInDenied, activity.SignInChallenged},
		From:  a.now().Add(-oddFor),
	}, activity.Page{Limit: oddRead})
	if err != nil {
		return nil, err
	}
	for _, e := range list.Events {
		reasons := alerts.Reasons(e)
		if len(reasons) == 0 || e.Detail["level"] == alerts.LevelLow.String() || len(out) == oddShown {
			continue
		}
		odd := oddSignIn{
			ID: e.ID, Title: p.T("signins.in"), Where: placeText(p, e.Location), Device: activity.DeviceLabel(p.Lang, e.Device.Name),
			At: e.At, Tone: "warn", Closed: !e.Disowned.IsZero(),
			CanDisown: e.Disowned.IsZero(), CanConfirm: e.Disowned.IsZero() && e.Client.DeviceID != c.DeviceID,
		}
		switch e.Type {
		case activity.SignInChallenged:
			odd.Title = p.T("signins.asked")
		case activity.SignInDenied:
			odd.Title, odd.Tone = p.T("signins.refused"), "bad"
		}
		for _, r := range reasons {
			odd.Reasons = append(odd.Reasons, r.Text(p.Lang))
		}
		out = append(out, odd)
	}
	return out, nil
}

// signInsData is what the page of sign-ins shows.
type signInsData struct {
	Odd   []oddSignIn
	Rules alerts.Rules
	Home  string
}

func (a *app) signInsPage(w http.ResponseWriter, r *http.Request) {
	a.showSignIns(w, r, http.StatusOK, a.page(r, "signins.title"))
}

func (a *app) showSignIns(w http.ResponseWriter, r *http.Request, status int, p *page) {
	odd, err := a.oddSignIns(r.Context(), p, a.client(r))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	rules, err := a.guard.Alerts().Rules(r.Context(), p.Me.ID)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p.Data = signInsData{odd, rules, p.Country(homeCountry)}
	a.render(w, r, status, "signins", p)
}

// setRules takes the owner's rules, with the password: an intruder would lift
// them first.
func (a *app) setRules(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "signins.title")
	me, c := visitorOf(r).me, a.client(r)
	rules := alerts.Rules{BlockOverseas: r.PostFormValue("overseas") != "", KnownDevices: r.PostFormValue("devices") != ""}
	err := a.guard.SetRules(r.Context(), me.ID, r.PostFormValue("current"), rules, c)
	status := http.StatusUnprocessableEntity
	switch {
	case err == nil:
		a.flash(r, "flash.rules")
		redirect(w, r, "/security/signins")
		return
	case errors.Is(err, accountsec.ErrSignIn):
		p.wrong("current", "password.wrong_current")
	case errors.Is(err, alerts.ErrLockout):
		p.wrong("overseas", "signins.lockout")
	default:
		if status = a.explain(w, p, err); status == 0 {
			a.fail(w, r, err)
			return
		}
	}
	a.showSignIns(w, r, status, p)
}

// confirmSignIn is "this was me".
func (a *app) confirmSignIn(w http.ResponseWriter, r *http.Request) {
	me := visitorOf(r).me
	err := a.guard.Confirm(r.Context(), me.ID, me.ID, canon.Line(r.PostFormValue("event"), canon.MaxID), a.client(r))
	switch {
	case err == nil:
		a.flash(r, "flash.confirmed")
	case errors.Is(err, accountsec.ErrConfirm):
		a.flash(r, "flash.confirm_elsewhere")
	case errors.Is(err, activity.ErrNotFound), errors.Is(err, activity.ErrNotOwner):
		a.notFound(w, r)
		return
	default:
		a.fail(w, r, err)
		return
	}
	redirect(w, r, "/security/signins")
}

// homeCountry is where the shop's customers live.
const homeCountry = "KR"

// networkOf tells VPNs and the like by the demo's database of anonymous
// addresses.
func (a *app) networkOf(ip netip.Addr) risk.Network {
	hides, err := a.places.Anonymous(ip)
	switch {
	case err != nil || !hides.Anonymous && !hides.Hosting:
		return risk.NetworkUnknown
	case hides.Hosting && !hides.VPN && !hides.Tor && !hides.PublicProxy:
		return risk.NetworkHosting
	}
	return risk.NetworkVPN
}

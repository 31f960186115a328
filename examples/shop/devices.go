package main

import (
	"errors"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
)

// trustDevice spares the customer the second step on this device, where the
// form asked for it. The sign-in stands if that fails.
func (a *app) trustDevice(w http.ResponseWriter, r *http.Request, grant accountsec.Grant, c activity.Client) {
	if r.PostFormValue("trust") == "" || grant.MustChangePassword || grant.Method == mfa.RecoveryCode || grant.Method == accountsec.SentCode {
		return
	}
	e := a.guard.Log().Enrich(r.Context(), activity.Event{Account: grant.Account, Type: activity.DeviceTrusted, Client: c})
	name := e.Device.Name
	if name == "" {
		name = "?"
	}
	cookie, err := a.guard.TrustDevice(r.Context(), grant, name, c)
	if err != nil {
		a.log.ErrorContext(r.Context(), "a device was not trusted", "err", err)
		return
	}
	http.SetCookie(w, cookie)
}

func (a *app) devicesPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "devices.title")
	devices, err := a.guard.MFA().Devices(r.Context(), p.Me.ID)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p.Data = devices
	a.render(w, r, http.StatusOK, "devices", p)
}

func (a *app) revokeDevice(w http.ResponseWriter, r *http.Request) {
	err := a.guard.MFA().RevokeDevice(r.Context(), visitorOf(r).me.ID, r.PostFormValue("id"), a.client(r))
	if err != nil && !errors.Is(err, mfa.ErrNoDevice) { // revoked already is revoked
		a.fail(w, r, err)
		return
	}
	a.flash(r, "flash.device_revoked")
	redirect(w, r, "/security/devices")
}

package main

import (
	"database/sql"
	"net/http"
	"strings"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/recovery"
)

func (a *app) profilePage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "profile.title")
	p.Form.Set("name", p.Me.Name)
	p.Form.Set("phone", p.Me.Phone)
	p.Form.Set("zone", p.Me.Zone)
	p.Data = zones
	a.render(w, r, http.StatusOK, "profile", p)
}

// setProfile changes the row and records the change in one transaction. Which
// fields changed is recorded, what they hold is not.
func (a *app) setProfile(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "profile.title")
	p.Data = zones
	next := *p.Me
	next.Name = canon.Line(r.PostFormValue("name"), maxName)
	p.Form.Set("name", next.Name)
	if next.Name == "" {
		p.wrong("name", "form.bad_name")
	}
	next.Phone, next.Zone = a.readContact(r, p)
	if len(p.Errors) > 0 {
		a.render(w, r, http.StatusUnprocessableEntity, "profile", p)
		return
	}
	if next.Phone != p.Me.Phone {
		if err := a.guard.Held(r.Context(), next.ID, recovery.ActionNewAddress); err != nil {
			status := a.explain(w, p, err)
			if status == 0 {
				a.fail(w, r, err)
				return
			}
			a.render(w, r, status, "profile", p)
			return
		}
	}
	var changed []string
	for name, differs := range map[string]bool{"name": next.Name != p.Me.Name, "phone": next.Phone != p.Me.Phone} {
		if differs {
			changed = append(changed, name)
		}
	}
	err := inTx(r.Context(), a.db, func(tx *sql.Tx) error {
		if err := a.customers.update(r.Context(), tx, next); err != nil || len(changed) == 0 {
			return err
		}
		ctx := accountsec.WithTx(r.Context(), tx)
		if err := a.guard.ContactChanged(ctx, next.ID, p.Me.Phone, next.Phone, a.client(r)); err != nil {
			return err
		}
		return a.guard.Log().Record(ctx, activity.Event{
			Account: next.ID, Type: activity.ProfileChanged, Outcome: activity.OutcomeSuccess, At: a.now(), Client: a.client(r),
			Detail: map[string]string{"fields": strings.Join(changed, ", ")},
		})
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.flash(r, "flash.profile")
	redirect(w, r, "/security/profile")
}

package main

import (
	"database/sql"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/password"
)

type signUpData struct {
	Zones []string
	Field template.HTML // for the password
}

func (a *app) signUpPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "signup.title")
	p.Form.Set("zone", zones[0])
	p.Data = signUpData{Zones: zones, Field: a.newPassword(p, "form.password", nil)}
	a.render(w, r, http.StatusOK, "signup", p)
}

func (a *app) signUp(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "signup.title")
	who := a.readCustomer(r, p)
	pw := r.PostFormValue("password")
	var report *password.Report
	if judged := a.guard.CheckPassword(who.account(), pw); pw != "" {
		report = &judged
	} else {
		p.wrong("password", "form.no_password")
	}
	status := http.StatusUnprocessableEntity
	if len(p.Errors) == 0 {
		err := a.createCustomer(r, who, pw)
		switch {
		case err == nil:
			a.flash(r, "flash.signed_up")
			redirect(w, r, "/signin")
			return
		case errors.Is(err, errEmailTaken):
			// Whoever signs up learns anyway whether the address was free,
			// since signing in works afterwards or does not.
			p.wrong("email", "signup.taken")
		case a.refused(p, err, &report):
		default:
			if status = a.explain(w, p, err); status == 0 {
				a.fail(w, r, err)
				return
			}
		}
	}
	p.Data = signUpData{Zones: zones, Field: a.newPassword(p, "form.password", report)}
	a.render(w, r, status, "signup", p)
}

// createCustomer adds the row and the password together or not at all.
func (a *app) createCustomer(r *http.Request, who customer, pw string) error {
	who.ID = newCustomerID()
	// Hashing is slow: before the transaction, not in it.
	prepared, err := a.guard.PreparePassword(r.Context(), who.account(), pw)
	if err != nil {
		return err
	}
	return inTx(r.Context(), a.db, func(tx *sql.Tx) error {
		if err := a.customers.insert(r.Context(), tx, who, a.now()); err != nil {
			return err
		}
		return a.guard.SignUp(accountsec.WithTx(r.Context(), tx), prepared, a.client(r))
	})
}

// readCustomer reads the form and notes on the page what is wrong with it.
func (a *app) readCustomer(r *http.Request, p *page) customer {
	c := customer{Lang: p.Lang, Name: canon.Line(r.PostFormValue("name"), maxName)}
	if c.Name == "" {
		p.wrong("name", "form.bad_name")
	}
	var ok bool
	if c.Email, ok = cleanEmail(r.PostFormValue("email")); !ok {
		p.wrong("email", "form.bad_email")
	}
	c.Phone, c.Zone = a.readContact(r, p)
	if birth := r.PostFormValue("birth"); birth != "" {
		var err error
		c.Birth, err = time.Parse(time.DateOnly, birth)
		if err != nil || c.Birth.After(a.now()) || c.Birth.Year() < 1900 {
			p.wrong("birth", "form.bad_birth")
		} else {
			p.Form.Set("birth", birth)
		}
	}
	p.Form.Set("name", c.Name)
	p.Form.Set("email", canon.Line(r.PostFormValue("email"), maxEmail))
	return c
}

// readContact reads what both sign-up and the profile ask for.
func (a *app) readContact(r *http.Request, p *page) (phone, zone string) {
	phone, zone = canon.Line(r.PostFormValue("phone"), maxPhone), r.PostFormValue("zone")
	if strings.Trim(phone, "+-0123456789 ()") != "" {
		p.wrong("phone", "form.bad_phone")
	}
	if !slices.Contains(zones, zone) {
		p.wrong("zone", "form.bad_zone")
		zone = zones[0]
	}
	p.Form.Set("phone", phone)
	p.Form.Set("zone", zone)
	return phone, zone
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "home.title")
	p.Data = products
	a.render(w, r, http.StatusOK, "home", p)
}

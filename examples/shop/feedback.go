package main

import (
	"errors"
	"html/template"
	"net/http"
	"net/netip"

	"example.com/accountsec"
	"example.com/accountsec/password"
	"example.com/accountsec/password/passwordweb"
)

// newFeedback is the live feedback on new passwords, under the Guard's policy.
func (a *app) newFeedback() (*passwordweb.Web, error) {
	return passwordweb.New(passwordweb.Config{
		Policy: a.policy, Now: a.now, Logger: a.log, Person: a.person,
		Address: func(r *http.Request) netip.Addr { return a.client(r).IP },
		Session: func(r *http.Request) string { return visitorOf(r).session },
	})
}

// person is what must not be in the visitor's password. It is empty for one
// who is about to sign up: then the form's own fields count.
func (a *app) person(r *http.Request) (password.Person, bool) {
	me := visitorOf(r).me
	if me == nil {
		return password.Person{Shop: brand}, false
	}
	return personOf(me.account()), true
}

func personOf(who accountsec.Account) password.Person {
	return password.Person{Name: who.Name, Email: who.Email, Phone: who.Phone, ID: who.ID, BirthDate: who.BirthDate, Shop: brand}
}

// newPassword is the field for a new password; report is nil until the form
// was sent.
func (a *app) newPassword(p *page, label string, report *password.Report) template.HTML {
	field, err := a.feedback.Field(passwordweb.Field{Lang: p.Lang, Label: p.T(label), Error: p.Error("password"), Report: report})
	if err != nil {
		a.log.Error("render the password's field", "err", err)
	}
	return field
}

// refused shows why a new password was refused; false if err is not that.
func (*app) refused(p *page, err error, report **password.Report) bool {
	var policy *password.PolicyError
	if !errors.As(err, &policy) {
		return false
	}
	*report = &policy.Report
	p.wrong("password", "password.refused")
	return true
}

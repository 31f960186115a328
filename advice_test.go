package accountsec_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/alerts"
	"example.com/accountsec/password"
)

// leaks is a password.Breach that knows some passwords.
type leaks map[string]int

func (l leaks) Breached(_ context.Context, pw string) (int, error) { return l[pw], nil }

// After a sign-in the owner is told that the password leaked or is old, with a
// second factor as without, and let in.
func TestPasswordAdvice(t *testing.T) {
	const year = 365 * 24 * time.Hour
	w := newWorld(t)
	leaked := leaks{}
	w.config.Breach, w.config.BreachAtSignIn, w.config.AdvisePasswordAfter = leaked, true, year
	guard, err := accountsec.New(w.config)
	w.ok(err)
	w.guard = guard
	since := w.clock.Now()
	code, _ := w.authenticator("kim")
	granted := func(account string) accountsec.PasswordAdvice {
		t.Helper()
		res := w.signIn(account, home)
		if res.Pending == nil {
			return res.Grant.PasswordAdvice
		}
		w.clock.Add(time.Minute) // a code is good once
		grant, err := w.guard.FinishSignIn(t.Context(), res.Pending.Token, res.Pending.Factors[0].ID, code(), home)
		w.ok(err)
		if grant.MustChangePassword {
			t.Error("advice became an order")
		}
		return grant.PasswordAdvice
	}
	for _, account := range []string{"kim", "lee"} {
		if a := granted(account); a != (accountsec.PasswordAdvice{}) || a.Text("ko") != "" {
			t.Errorf("%s: %+v", account, a)
		}
	}
	leaked[goodPassword] = 7
	for _, account := range []string{"kim", "lee"} {
		if a := granted(account); !a.Breached || !a.Since.IsZero() || !strings.Contains(a.Text("ko"), "유출") || strings.Contains(a.Text("en"), "\n") {
			t.Errorf("%s, leaked: %+v, %s", account, a, a.Text("ko"))
		}
	}
	w.clock.Add(year)
	for _, account := range []string{"kim", "lee"} {
		if a := granted(account); !a.Breached || !a.Since.Equal(since.Truncate(time.Second)) || !strings.Contains(a.Text("en"), "2026-11-02") {
			t.Errorf("%s, leaked and old: %+v, %s", account, a, a.Text("en"))
		}
	}
}

func TestBreachAtSignInNeedsABreach(t *testing.T) {
	w := newWorld(t)
	w.config.BreachAtSignIn = true
	if _, err := accountsec.New(w.config); err == nil {
		t.Error("accepted without a Breach to ask")
	}
	w.config.Breach, w.config.BreachMode = leaks{}, password.BreachClosed
	if _, err := accountsec.New(w.config); err != nil {
		t.Error(err)
	}
}

// The shop's own name and domain, as its messages bear them, are no part of a
// password.
func TestPasswordHoldsNothingOfTheShop(t *testing.T) {
	w := newWorld(t)
	w.config.Sender = alerts.Sender{Brand: "Barley Field", Domain: "oatsandrye.example", From: "security@oatsandrye.example"}
	guard, err := accountsec.New(w.config)
	w.ok(err)
	for pw, want := range map[string]bool{"barleyfield and nine lamps": false, "oatsandrye and nine lamps": false, otherPassword: true} {
		if r := guard.CheckPassword(w.people.byID["lee"], pw); r.OK != want {
			t.Errorf("%s: %v", pw, r)
		}
	}
}

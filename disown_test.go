package accountsec_test

import (
	"errors"
	"slices"
	"testing"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
)

// withDevice signs in and gives the client as it comes back with its cookie.
func (w *world) withDevice(account string, c activity.Client) activity.Client {
	w.Helper()
	res := w.signIn(account, c)
	if res.Grant == nil || res.Grant.DeviceCookie == nil {
		w.Fatalf("no grant with a device: %+v", res)
	}
	for _, e := range w.events(account) {
		if e.Type == activity.SignInSucceeded {
			c.DeviceID = e.Client.DeviceID
		}
	}
	return c
}

func (w *world) disown(account string, typ activity.Type, c activity.Client) accountsec.EndSessions {
	w.Helper()
	events := w.events(account)
	i := slices.IndexFunc(events, func(e activity.Event) bool { return e.Type == typ })
	end, err := w.guard.Disown(w.Context(), account, account, events[i].ID, c)
	w.ok(err)
	return end
}

// After "this wasn't me" the password alone opens nothing for whoever else has
// it, and everything for the owner on the device it was said from.
func TestDisownTakesAwayWhatAnIntruderHolds(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	owner, thief := w.withDevice("kim", home), w.withDevice("kim", abroad)
	w.questions("kim")
	ticket, err := w.guard.StartRecovery(ctx, w.people.byID["kim"].Email, abroad)
	w.ok(err)
	recovering := w.code()
	enrolment, err := w.guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "thief's", Label: "x", Evidence: w.evidence("kim", thief), Client: thief})
	w.ok(err)
	owner.SessionID = "s-owner"
	for range 2 {
		if end := w.disown("kim", activity.SignInSucceeded, owner); end != (accountsec.EndSessions{Account: "kim", Except: "s-owner"}) {
			t.Errorf("sessions to end: %+v", end)
		}
	}
	email := w.people.byID["kim"].Email
	for name, c := range map[string]activity.Client{"the thief": thief, "a stranger": abroad} {
		if res, err := w.guard.SignIn(ctx, email, goodPassword, c); !errors.Is(err, accountsec.ErrPasswordRevoked) || res != (accountsec.SignInResult{}) {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
	_, err = w.guard.SignIn(ctx, email, goodPassword+"x", abroad)
	w.want(err, accountsec.ErrSignIn) // a wrong password is told nothing
	if _, err := w.guard.ProveRecovery(ctx, ticket, recovering, abroad); !errors.Is(err, accountsec.ErrRecovery) {
		t.Errorf("the pending recovery: %v", err)
	}
	if _, err := w.guard.MFA().FinishEnroll(ctx, "kim", enrolment.FactorID, "000000", thief); !errors.Is(err, mfa.ErrNoEnrollment) {
		t.Errorf("the pending enrolment: %v", err)
	}
	res, err := w.guard.SignIn(ctx, email, goodPassword, owner)
	w.ok(err)
	if res.Grant == nil || !res.Grant.MustChangePassword {
		t.Errorf("the owner: %+v", res)
	}
	_, err = w.guard.ChangePassword(ctx, "kim", goodPassword, goodPassword+" anew", owner)
	w.ok(err)
	res, err = w.guard.SignIn(ctx, email, goodPassword+" anew", abroad)
	w.ok(err)
	if res.Grant == nil || res.Grant.MustChangePassword {
		t.Errorf("with the new password: %+v", res)
	}
	w.deliver()
	n := 0
	for _, kind := range w.mail.kinds() {
		if kind == "event_disowned" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d alerts of the report, want 1", n)
	}
}

// With a second factor the way in stays open, and leads to a new password.
func TestDisownWithASecondFactor(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	code, _ := w.authenticator("kim")
	before := w.signIn("kim", abroad).Pending
	w.disown("kim", activity.SignInChallenged, home)
	if _, err := w.guard.FinishSignIn(ctx, before.Token, before.Factors[0].ID, code(), abroad); !errors.Is(err, accountsec.ErrPending) {
		t.Errorf("a sign-in that was pending: %v", err)
	}
	p := w.signIn("kim", abroad).Pending
	grant, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, code(), abroad)
	w.ok(err)
	if !grant.MustChangePassword {
		t.Errorf("%+v", grant)
	}
}

// Only the owner disowns, and what cannot be done whole is not done at all.
func TestDisownIsTheOwners(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.signIn("kim", home)
	id := w.events("kim")[0].ID
	for viewer, want := range map[string]error{"lee": activity.ErrNotOwner, "": activity.ErrNotOwner} {
		_, err := w.guard.Disown(ctx, viewer, "kim", id, home)
		w.want(err, want)
	}
	for account, id := range map[string]string{"lee": id, "kim": "nonsense"} {
		_, err := w.guard.Disown(ctx, account, account, id, home)
		w.want(err, activity.ErrNotFound)
	}
	if res := w.signIn("kim", abroad); res.Grant == nil || res.Grant.MustChangePassword {
		t.Error("a refused report changed something")
	}
}

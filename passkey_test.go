package accountsec_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/mfa"
)

// byPasskey signs in without a user name.
func (w *world) byPasskey(credential, suffix string) (accountsec.Grant, error) {
	w.Helper()
	d, err := w.guard.StartPasskeySignIn(w.Context(), "key", home)
	w.ok(err)
	return w.guard.FinishPasskeySignIn(w.Context(), d.Token, fmt.Sprint(credential, " ", d.Show, suffix), home)
}

func TestPasskeySignIn(t *testing.T) {
	w := newWorld(t)
	w.passkey("kim", "k1", nil)
	grant, err := w.byPasskey("k1", "")
	w.ok(err)
	if grant.Account != "kim" || grant.Method != "key" || grant.MustChangePassword || grant.DeviceCookie == nil || grant.Warning != "" {
		t.Errorf("got %+v", grant)
	}
	w.require(nil, grant.Evidence, mfa.LevelPhishingResistant, time.Minute, home)
	if _, err := w.guard.TrustDevice(t.Context(), grant, "laptop", home); err != nil {
		t.Errorf("trust: %v", err)
	}
	events := w.events("kim")
	var last activity.Event
	for _, e := range events {
		if e.Type == activity.SignInSucceeded {
			last = e
		}
	}
	if last.Detail["method"] != "key" {
		t.Errorf("recorded %v", last.Detail)
	}
	grant, err = w.byPasskey("k1", "!")
	w.ok(err)
	events = w.events("kim")
	if grant.Warning != "clone" || events[len(events)-1].Detail["warning"] != "clone" {
		t.Errorf("warning %q, recorded %v", grant.Warning, events[len(events)-1].Detail)
	}
	_, err = w.guard.StartPasskeySignIn(t.Context(), "totp", home)
	w.want(err, mfa.ErrNoMethod)
}

// Pitfall 10: whoever uses a copied passkey may be the thief, so the owner is told
// of it by message wherever a passkey proves something, also where it does not
// let in, and by the name that the owner gave it.
func TestPitfall10CopiedPasskeyIsTold(t *testing.T) {
	ctx := t.Context()
	copied := func(w *world, show any) string { return fmt.Sprint("k1 ", show, "!") }
	for name, use := range map[string]func(w *world, factor string) error{
		"a sign-in": func(w *world, _ string) error { _, err := w.byPasskey("k1", "!"); return err },
		"a sign-in that a rule refuses": func(w *world, _ string) error {
			_, err := w.byPasskey("k1", "") // whose device is then known
			w.ok(err)
			known := home
			known.DeviceID = w.newest("kim", activity.SignInSucceeded).Client.DeviceID
			w.ok(w.guard.SetRules(ctx, "kim", goodPassword, alerts.Rules{KnownDevices: true}, known))
			_, err = w.byPasskey("k1", "!")
			w.want(err, accountsec.ErrSignIn)
			return nil
		},
		"a second factor": func(w *world, factor string) error {
			p := w.signIn("kim", home).Pending
			show, err := w.guard.PrepareSignIn(ctx, p.Token, factor, home)
			w.ok(err)
			_, err = w.guard.FinishSignIn(ctx, p.Token, factor, copied(w, show), home)
			return err
		},
		"a step-up": func(w *world, factor string) error {
			s, err := w.guard.StartStepUp(ctx, "kim", mfa.Requirement{Level: mfa.LevelFactor}, home)
			w.ok(err)
			show, err := w.guard.PrepareStepUp(ctx, s.Pending.Token, factor, home)
			w.ok(err)
			_, err = w.guard.FinishStepUp(ctx, s.Pending.Token, factor, copied(w, show), home)
			return err
		},
		"a change of factors": func(w *world, factor string) error {
			p, err := w.guard.StartManage(ctx, "kim", home)
			w.ok(err)
			show, err := w.guard.PrepareManage(ctx, p.Token, factor, home)
			w.ok(err)
			_, err = w.guard.FinishManage(ctx, p.Token, factor, copied(w, show), home)
			return err
		},
		"a recovery": func(w *world, factor string) error {
			w.questions("kim")
			ticket, step := w.recoverTo("kim", home)
			show, err := w.guard.PrepareRecoveryFactor(ctx, ticket, step.Pending.Token, factor, home)
			w.ok(err)
			_, err = w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, factor, copied(w, show), home)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			factor := w.passkey("kim", "k1", nil)
			w.ok(use(w, factor))
			if n := w.count(alerts.PasskeyCopied); n != 1 {
				t.Errorf("the owner is told %d times", n)
			}
			for _, m := range w.mail.all() {
				if m.Kind == alerts.PasskeyCopied && m.Alert.Detail["factor"] != "k1" {
					t.Errorf("the passkey is not named: %v", m.Alert.Detail)
				}
			}
		})
	}
}

// New recovery codes are told to the owner, the first ones with their factor.
func TestNewRecoveryCodesAreTold(t *testing.T) {
	w := newWorld(t)
	code, _ := w.authenticator("kim")
	if n := w.count(alerts.RecoveryCodesMade); n != 0 {
		t.Errorf("the first codes are told %d times beside their factor", n)
	}
	_, err := w.guard.MFA().NewRecoveryCodes(t.Context(), w.manage("kim", code(), home), home)
	w.ok(err)
	if n := w.count(alerts.RecoveryCodesMade); n != 1 {
		t.Errorf("new codes are told %d times", n)
	}
}

// Pitfall 9: a passkey that nobody has, a wrong response and a customer who is
// gone look alike.
func TestPitfall09PasskeyFailuresLookAlike(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.passkey("kim", "k1", nil)
	w.passkey("lee", "l1", nil)
	delete(w.people.byID, "lee")
	for _, credential := range []string{"k1 x", "zz", "l1", ""} {
		if _, err := w.byPasskey(credential, ""); !errors.Is(err, accountsec.ErrWrongCode) || err.Error() != accountsec.ErrWrongCode.Error() {
			t.Errorf("%q: %v", credential, err)
		}
	}
	d, err := w.guard.StartPasskeySignIn(ctx, "key", home)
	w.ok(err)
	good := fmt.Sprint("k1 ", d.Show)
	_, err = w.guard.FinishPasskeySignIn(ctx, d.Token, good, home)
	w.ok(err)
	_, err = w.guard.FinishPasskeySignIn(ctx, d.Token, good, home)
	w.want(err, accountsec.ErrPending)
	_, err = w.guard.FinishPasskeySignIn(ctx, "x", good, home)
	w.want(err, accountsec.ErrPending)
}

// After a disowned event a passkey lets in, to a new password and nowhere else.
func TestPasskeyAfterDisowning(t *testing.T) {
	w := newWorld(t)
	w.passkey("kim", "k1", nil)
	_, err := w.guard.Disown(t.Context(), "kim", "kim", w.events("kim")[0].ID, home)
	w.ok(err)
	grant, err := w.byPasskey("k1", "")
	w.ok(err)
	if !grant.MustChangePassword {
		t.Error("the revoked password may stay")
	}
}

// A passkey as the second factor: prepared, and answered by any of them.
func TestPasskeyAsSecondFactor(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	code, _ := w.authenticator("kim")
	proof := w.manage("kim", code(), home)
	w.passkey("kim", "k1", &proof)
	w.passkey("kim", "k2", &proof)
	p := w.signIn("kim", home).Pending
	if show, err := w.guard.PrepareSignIn(ctx, p.Token, p.Factors[0].ID, home); show != nil || err != nil {
		t.Errorf("the app shows %v, %v", show, err)
	}
	show, err := w.guard.PrepareSignIn(ctx, p.Token, p.Factors[1].ID, home)
	w.ok(err)
	_, err = w.guard.PrepareSignIn(ctx, p.Token, "absent", home)
	w.want(err, accountsec.ErrWrongCode)
	grant, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[1].ID, fmt.Sprint("k2 ", show), home)
	w.ok(err)
	if grant.Account != "kim" {
		t.Errorf("got %+v", grant)
	}

	p = w.signIn("kim", home).Pending
	_, err = w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, home)
	w.ok(err)
	_, err = w.guard.PrepareSignIn(ctx, p.Token, p.Factors[1].ID, home) // nothing is sent for a dead sign-in
	w.want(err, accountsec.ErrPending)
}

// A recovery prepares the factor that it asks for.
func TestPasskeyInARecovery(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.questions("kim")
	factor := w.passkey("kim", "k1", nil)
	ticket, step := w.recoverTo("kim", home)
	_, err := w.guard.PrepareRecoveryFactor(ctx, "another ticket", step.Pending.Token, factor, home)
	w.want(err, accountsec.ErrRecovery)
	show, err := w.guard.PrepareRecoveryFactor(ctx, ticket, step.Pending.Token, factor, home)
	w.ok(err)
	_, err = w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, factor, fmt.Sprint("k1 ", show), home)
	w.ok(err)
}

// weak can be asked for without a user name, but could be phished.
type weak struct{ *key }

func (weak) Info() mfa.Info { return mfa.Info{Name: "weak"} }

// Pitfall 4: one factor alone lets in only if it cannot be phished.
func TestPitfall04OneFactorMustResistPhishing(t *testing.T) {
	w := newWorld(t)
	w.config.Methods = append(w.config.Methods, weak{&key{}})
	var err error
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	ctx := t.Context()
	e, err := w.guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "weak", Name: "weak", Evidence: w.evidence("kim", home), Client: home})
	w.ok(err)
	_, err = w.guard.MFA().FinishEnroll(ctx, "kim", e.FactorID, fmt.Sprint("w1 ", e.Show), home)
	w.ok(err)
	d, err := w.guard.StartPasskeySignIn(ctx, "weak", home)
	w.ok(err)
	_, err = w.guard.FinishPasskeySignIn(ctx, d.Token, fmt.Sprint("w1 ", d.Show), home)
	w.want(err, accountsec.ErrWrongCode)
	if types := w.types("kim"); types[len(types)-1] != activity.SignInDenied {
		t.Errorf("recorded %v", types)
	}
}

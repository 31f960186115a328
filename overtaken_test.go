package accountsec_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
)

// meanwhile is something that happens once, in the middle of something else.
type meanwhile struct{ do func() }

func (b *meanwhile) happen() {
	if do := b.do; do != nil {
		b.do = nil
		do()
	}
}

// slowHasher lets it happen once the password was read and while it is hashed.
type slowHasher struct {
	password.Hasher
	*meanwhile
}

func (h slowHasher) Verify(ctx context.Context, phc, pw string) (bool, bool, error) {
	ok, upgrade, err := h.Hasher.Verify(ctx, phc, pw)
	h.happen()
	return ok, upgrade, err
}

// newBusyWorld lets things happen while a password is hashed, and while a second
// factor that was proved is judged.
func newBusyWorld(t *testing.T) (w *world, hashing, judging *meanwhile) {
	hashing, judging = &meanwhile{}, &meanwhile{}
	w = newWorld(t)
	w.config.Hasher = slowHasher{w.hashes, hashing}
	w.config.NetworkOf = func(netip.Addr) risk.Network {
		judging.happen()
		return risk.NetworkUnknown
	}
	guard, err := accountsec.New(w.config)
	w.ok(err)
	w.guard = guard
	return w, hashing, judging
}

// ends are what must end the sign-ins that are under way.
func (w *world) ends() map[string]func() {
	ctx := w.Context()
	return map[string]func(){
		"disown": func() { w.disown("kim", activity.AccountCreated, home) },
		"change": func() {
			_, err := w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, home)
			w.ok(err)
		},
		"delete": func() { w.ok(w.guard.DeleteAccount(ctx, "kim")) },
	}
}

// nobodyIn checks that a sign-in from abroad left nothing to come in by.
func (w *world) nobodyIn(name string) {
	w.Helper()
	if slices.Contains(w.types("kim"), activity.SignInSucceeded) {
		w.Errorf("%s: the sign-in was recorded", name)
	}
	if name == "delete" {
		if left := w.events("kim"); len(left) != 0 {
			w.Errorf("the deleted account has %v", left)
		}
		return
	}
	if types := w.types("kim"); types[len(types)-1] != activity.SignInDenied {
		w.Errorf("%s: recorded %v", name, types)
	}
}

// Pitfall 3: a sign-in by a password that is changed, revoked or deleted while it
// is hashed comes too late; its device does not become known.
func TestPitfall03SignInOvertaken(t *testing.T) {
	for _, name := range []string{"disown", "change", "delete"} {
		w, hashing, _ := newBusyWorld(t)
		hashing.do = w.ends()[name]
		thief := abroad
		thief.DeviceID = "s-thief"
		res, err := w.guard.SignIn(t.Context(), "kim@customer.example", goodPassword, thief)
		if !errors.Is(err, accountsec.ErrSignIn) || res != (accountsec.SignInResult{}) {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
		w.nobodyIn(name)
		if known, err := w.guard.Alerts().KnownDevice(t.Context(), "kim", thief.DeviceID); known || err != nil {
			t.Errorf("%s: the thief's device: known %v, %v", name, known, err)
		}
	}
}

// Pitfall 3: so does one that waits for its second factor, and one by a passkey.
func TestPitfall03SecondFactorOvertaken(t *testing.T) {
	for _, name := range []string{"disown", "change", "delete"} {
		for by, ways := range map[string]func(w *world) (begin func(), finish func() (accountsec.Grant, error)){
			"code": func(w *world) (func(), func() (accountsec.Grant, error)) {
				code, _ := w.authenticator("kim")
				var p *accountsec.Pending
				return func() { p = w.signIn("kim", abroad).Pending }, func() (accountsec.Grant, error) {
					return w.guard.FinishSignIn(t.Context(), p.Token, p.Factors[0].ID, code(), abroad)
				}
			},
			"passkey": func(w *world) (func(), func() (accountsec.Grant, error)) {
				w.passkey("kim", "k1", nil)
				var d mfa.Discovery
				return func() {
						var err error
						d, err = w.guard.StartPasskeySignIn(t.Context(), "key", abroad)
						w.ok(err)
					}, func() (accountsec.Grant, error) {
						return w.guard.FinishPasskeySignIn(t.Context(), d.Token, fmt.Sprint("k1 ", d.Show), abroad)
					}
			},
		} {
			w, _, judging := newBusyWorld(t)
			begin, finish := ways(w)
			begin()
			judging.do = w.ends()[name]
			_, err := finish()
			w.want(err, accountsec.ErrPending)
			w.nobodyIn(name)
			if judging.do != nil {
				t.Errorf("%s, %s: nothing happened meanwhile", name, by)
			}
		}
	}
}

// A passkey's account without a password ends with its factors.
func TestPasskeyWithoutAPasswordOvertaken(t *testing.T) {
	w, _, judging := newBusyWorld(t)
	w.people.byID["choi"] = accountsec.Account{ID: "choi", Email: "choi@customer.example"}
	w.ok(w.signUp(w.people.byID["choi"], goodPassword, home))
	w.passkey("choi", "c1", nil)
	w.ok(w.config.Stores.Password.DeleteAccount(t.Context(), "choi"))
	_, err := w.byPasskey("c1", "")
	w.ok(err)
	judging.do = func() { w.ok(w.guard.DeleteAccount(t.Context(), "choi")) }
	_, err = w.byPasskey("c1", "")
	w.want(err, accountsec.ErrPending)
	if left := w.events("choi"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A sign-in that was asked for a factor before the owner disowned something does
// not finish after it, whichever of the two came first in the store, and the
// factor is not even looked at.
func TestPendingFromBeforeDisowning(t *testing.T) {
	w, hashing, _ := newBusyWorld(t)
	code, _ := w.authenticator("kim")
	hashing.do = w.ends()["disown"]
	p := w.signIn("kim", abroad).Pending // asked after the pending ones were ended
	for range 2 {
		_, err := w.guard.FinishSignIn(t.Context(), p.Token, p.Factors[0].ID, code(), abroad)
		w.want(err, accountsec.ErrPending)
	}
	p = w.signIn("kim", home).Pending
	grant, err := w.guard.FinishSignIn(t.Context(), p.Token, p.Factors[0].ID, code(), home)
	w.ok(err) // the code is not spent
	if !grant.MustChangePassword {
		t.Errorf("%+v", grant)
	}
}

// A device on which a revoked password suffices is one that is known at the end:
// what was known when the sign-in began may be the intruder's.
func TestKnownDeviceForgottenMeanwhile(t *testing.T) {
	w, hashing, _ := newBusyWorld(t)
	ctx := t.Context()
	owner, thief := w.withDevice("kim", home), w.withDevice("kim", abroad)
	w.disown("kim", activity.AccountCreated, thief) // the thief's device stays known
	hashing.do = func() { w.disown("kim", activity.SignInSucceeded, owner) }
	_, err := w.guard.SignIn(ctx, "kim@customer.example", goodPassword, thief)
	w.want(err, accountsec.ErrPasswordRevoked)
	if known, err := w.guard.Alerts().KnownDevice(ctx, "kim", thief.DeviceID); known || err != nil {
		t.Errorf("the thief's device: known %v, %v", known, err)
	}
}

// Trust that is asked for when the password was changed meanwhile is not given.
func TestPitfall03TrustOvertaken(t *testing.T) {
	for _, name := range []string{"disown", "change", "delete"} {
		w := newWorld(t)
		code, _ := w.authenticator("kim")
		p := w.signIn("kim", home).Pending
		grant, err := w.guard.FinishSignIn(t.Context(), p.Token, p.Factors[0].ID, code(), home)
		w.ok(err)
		w.ends()[name]()
		_, err = w.guard.TrustDevice(t.Context(), grant, "laptop", home)
		w.want(err, mfa.ErrProofNeeded)
		if list, err := w.guard.MFA().Devices(t.Context(), "kim"); err != nil || len(list) != 0 {
			t.Errorf("%s: %d devices, %v", name, len(list), err)
		}
	}
}

// Pitfall 3: an intruder's new password that is hashed while the owner disowns
// something is not set: the revoked one stays, and revoked.
func TestPitfall03ChangeOvertakenByDisown(t *testing.T) {
	w, hashing, _ := newBusyWorld(t)
	hashing.do = w.ends()["disown"]
	_, err := w.guard.ChangePassword(t.Context(), "kim", goodPassword, otherPassword, abroad)
	w.want(err, accountsec.ErrConflict)
	_, err = w.guard.SignIn(t.Context(), "kim@customer.example", otherPassword, abroad)
	w.want(err, accountsec.ErrSignIn)
	_, err = w.guard.SignIn(t.Context(), "kim@customer.example", goodPassword, abroad)
	w.want(err, accountsec.ErrPasswordRevoked)
}

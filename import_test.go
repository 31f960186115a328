package accountsec_test

import (
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"example.com/accountsec"
	"example.com/accountsec/password"
)

// A customer of the shop's former system signs in with the old password, and is
// as protected as all others from then on.
func TestImportPassword(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, err := bcrypt.GenerateFromPassword([]byte(goodPassword), bcrypt.MinCost)
	w.ok(err)
	w.people.byID["park"] = accountsec.Account{ID: "park", Name: "Park", Email: "park@customer.example", Lang: "en"}
	if err := w.guard.ImportPassword(ctx, "park", string(old), time.Time{}); err == nil {
		t.Error("a hasher that reads no bcrypt imports one")
	}
	cheap, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 64, Time: 1})
	w.ok(err)
	w.config.Hasher, err = password.NewImporting(cheap, password.ImportingConfig{})
	w.ok(err)
	w.config.PepperPasswords = true
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	w.want(w.guard.ImportPassword(ctx, "park", "{noop}"+goodPassword, time.Time{}), password.ErrMalformedHash)
	w.ok(w.guard.ImportPassword(ctx, "park", string(old), w.clock.Now().AddDate(-2, 0, 0)))
	w.want(w.guard.ImportPassword(ctx, "park", string(old), time.Time{}), accountsec.ErrConflict)
	w.want(w.guard.ImportPassword(ctx, "kim", string(old), time.Time{}), accountsec.ErrConflict)
	_, err = w.guard.SignIn(ctx, "park@customer.example", otherPassword, home)
	w.want(err, accountsec.ErrSignIn)
	for range 2 {
		w.signIn("park", home)
	}
	_, err = w.guard.ChangePassword(ctx, "park", goodPassword, otherPassword, home)
	w.ok(err)
	_, err = w.guard.SignIn(ctx, "park@customer.example", goodPassword, home)
	w.want(err, accountsec.ErrSignIn)
	if err := w.guard.ImportPassword(ctx, "", string(old), time.Time{}); err == nil {
		t.Error("no account is accepted")
	}
}

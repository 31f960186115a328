package mfa_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	otp "github.com/pquerna/otp/totp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
)

func Example() {
	ctx := context.Background()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	log, err := activity.New(activity.NewMemoryStore(), activity.Config{
		CursorKey: make([]byte, 32), // production: a random key
		Now:       func() time.Time { return now },
	})
	check(err)
	app, err := totp.New(totp.Config{Issuer: "Example Shop"})
	check(err)
	m, err := mfa.New(mfa.NewMemoryStore(), mfa.Config{
		Methods:  []mfa.Method{app},
		AEAD:     tinkKey(),
		Recorder: log,
		Now:      func() time.Time { return now },
	})
	check(err)
	client := activity.Client{UserAgent: "example"}

	// Enrol: show the QR code, read the first code.
	e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{
		Account: "u-1", Method: "totp", Name: "phone", Label: "kim@customer.example", Client: client})
	check(err)
	setup := e.Show.(totp.Setup)
	phone := func() string { // stands for the customer's app
		code, err := otp.GenerateCode(strings.ReplaceAll(setup.Secret, " ", ""), now)
		check(err)
		return code
	}
	done, err := m.FinishEnroll(ctx, "u-1", e.FactorID, phone(), client)
	check(err)
	fmt.Println(done.Factor.Name, "enrolled,", len(done.RecoveryCodes), "recovery codes")

	// Ask: the code that enrolled is spent, the next one is good once.
	ch, err := m.Challenge(ctx, mfa.ChallengeRequest{Account: "u-1", Purpose: "signin", Client: client})
	check(err)
	_, err = m.Verify(ctx, ch.Token, "signin", ch.Factors[0].ID, phone(), client)
	fmt.Println(err)
	now = now.Add(30 * time.Second)
	proof, err := m.Verify(ctx, ch.Token, "signin", ch.Factors[0].ID, phone(), client)
	check(err)
	fmt.Println(proof.Account(), "proved", proof.Method(), "for", proof.Purpose())

	// The phone is lost: a recovery code instead.
	ch, err = m.Challenge(ctx, mfa.ChallengeRequest{Account: "u-1", Purpose: "signin", Client: client})
	check(err)
	proof, err = m.Verify(ctx, ch.Token, "signin", mfa.RecoveryCode, done.RecoveryCodes[0], client)
	check(err)
	fmt.Println(proof.RecoveryCodesLeft(), "recovery codes left")
	// Output:
	// phone enrolled, 10 recovery codes
	// mfa: the code is wrong
	// u-1 proved totp for signin
	// 9 recovery codes left
}

func ExampleManager_Remove() {
	w, a := exampleWorld()
	ctx := context.Background()

	// Changing factors takes a fresh proof for that purpose.
	fmt.Println(w.Remove(ctx, mfa.Proof{}, a.id, activity.Client{}))
	ch, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "u-1", Purpose: mfa.PurposeManage})
	check(err)
	proof, err := w.Verify(ctx, ch.Token, mfa.PurposeManage, a.id, a.code(), activity.Client{})
	check(err)
	check(w.Remove(ctx, proof, a.id, activity.Client{}))
	enabled, err := w.Enabled(ctx, "u-1")
	check(err)
	fmt.Println("enabled:", enabled)
	// Output:
	// mfa: a fresh proof is needed
	// enabled: false
}

// exampleWorld is a Manager and an account with an enrolled app.
func exampleWorld() (*world, app) {
	w := &world{rec: &recorder{}, clock: &clock{now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}}
	method, err := totp.New(totp.Config{Issuer: "Example Shop"})
	check(err)
	w.Manager, err = mfa.New(mfa.NewMemoryStore(), mfa.Config{
		Methods: []mfa.Method{method}, AEAD: tinkKey(), Recorder: w.rec, Now: w.clock.Now})
	check(err)
	ctx := context.Background()
	e, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "u-1", Method: "totp", Name: "phone"})
	check(err)
	a := app{id: e.FactorID, seed: strings.ReplaceAll(e.Show.(totp.Setup).Secret, " ", "")}
	code, err := otp.GenerateCode(a.seed, w.clock.now)
	check(err)
	_, err = w.FinishEnroll(ctx, "u-1", a.id, code, activity.Client{})
	check(err)
	w.clock.Add(time.Minute)
	a.w = w
	return w, a
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// tinkKey is a Tink primitive. In production its keyset comes from where you
// keep keys.
func tinkKey() tink.AEAD {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		panic(err)
	}
	key, err := aead.New(handle)
	if err != nil {
		panic(err)
	}
	return key
}

package accountsec_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/mfa"
)

// A refund asks for a fresh proof, half an hour after the sign-in.
func ExampleGuard_Require() {
	ctx := context.Background()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	guard, err := accountsec.New(accountsec.Config{
		Stores: accountsec.NewMemoryStores(), AEAD: tinkKey(), Secret: make([]byte, 32), Accounts: customers{},
		Sender: alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
		Now:    func() time.Time { return now },
	})
	if err != nil {
		log.Fatal(err)
	}
	client := activity.Client{UserAgent: "example", SessionID: "s-1"}
	prepared, err := guard.PreparePassword(ctx, park, "violet otter mends a kite")
	if err != nil {
		log.Fatal(err)
	}
	if err := guard.SignUp(ctx, prepared, client); err != nil {
		log.Fatal(err)
	}
	res, err := guard.SignIn(ctx, park.Email, "violet otter mends a kite", client)
	if err != nil {
		log.Fatal(err)
	}
	evidence := res.Grant.Evidence // the shop keeps it in the session

	refund := mfa.Requirement{Level: mfa.LevelFactor, MaxAge: 5 * time.Minute}
	fmt.Println("at once:", guard.Require(ctx, park.ID, evidence, refund, client))
	now = now.Add(30 * time.Minute)
	err = guard.Require(ctx, park.ID, evidence, refund, client)
	fmt.Println("later:", errors.Is(err, accountsec.ErrStepUp))

	step, err := guard.StartStepUp(ctx, park.ID, refund, client)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("asks for the password:", step.Password) // there is no factor
	evidence, err = guard.StepUpPassword(ctx, park.ID, "violet otter mends a kite", client)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("then:", guard.Require(ctx, park.ID, evidence, refund, client))
	// Output:
	// at once: <nil>
	// later: true
	// asks for the password: true
	// then: <nil>
}

// Minimal is the wiring of accountsec in one page: in-memory stores, one
// customer, messages and the log printed to the terminal.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

var kim = accountsec.Account{ID: "1", Name: "Kim Minjun", Email: "kim@customer.example", Lang: "en"}

type accounts struct{} // a shop asks its customers' table here

func (accounts) Find(_ context.Context, identifier string) (accountsec.Account, error) {
	if identifier == kim.Email {
		return kim, nil
	}
	return accountsec.Account{}, accountsec.ErrUnknownAccount
}

func (accounts) Account(_ context.Context, id string) (accountsec.Account, error) {
	if id == kim.ID {
		return kim, nil
	}
	return accountsec.Account{}, accountsec.ErrUnknownAccount
}

type terminal struct{} // a shop has email.New here

func (terminal) Channel() string { return "email" }

func (terminal) Notify(_ context.Context, m alerts.Message) error {
	fmt.Println("mail:", m.Kind.Label("en"))
	return nil
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

func main() {
	ctx := context.Background()
	secret := make([]byte, 32)
	rand.Read(secret) //nolint:errcheck // never fails
	guard := must(accountsec.New(accountsec.Config{
		Stores: accountsec.NewMemoryStores(), Accounts: accounts{}, Secret: secret,
		AEAD:      must(aead.New(must(keyset.NewHandle(aead.AES256GCMKeyTemplate())))),
		Sender:    alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
		Notifiers: []alerts.Notifier{terminal{}},
	}))
	client := activity.Client{UserAgent: "minimal"}
	prepared := must(guard.PreparePassword(ctx, kim, "violet otter mends a kite"))
	must(0, guard.SignUp(ctx, prepared, client))
	_, err := guard.SignIn(ctx, kim.Email, "password1", client)
	fmt.Println("wrong password:", err)
	res := must(guard.SignIn(ctx, kim.Email, "violet otter mends a kite", client))
	fmt.Println("granted to account", res.Grant.Account)
	must(guard.ChangePassword(ctx, kim.ID, "violet otter mends a kite", "a quiet lantern under ice", client))
	must(guard.Deliver(ctx)) // in production Guard.Run does, in the background
	for _, e := range must(guard.Log().List(ctx, kim.ID, kim.ID, activity.Filter{}, activity.Page{})).Events {
		fmt.Println("log:", e.Type, e.Outcome)
	}
}

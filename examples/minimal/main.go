// Minimal is the wiring of accountsec in one page: in-memory stores, one
// customer, alerts printed to the terminal. Run it and follow the transcript.
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

func (a accounts) Account(ctx context.Context, _ string) (accountsec.Account, error) {
	return a.Find(ctx, kim.Email)
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
		AEAD:   must(aead.New(must(keyset.NewHandle(aead.AES256GCMKeyTemplate())))),
		Sender: alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
	}))
	client := activity.Client{UserAgent: "minimal"}
	prepared := must(guard.PreparePassword(ctx, kim, "violet otter mends a kite"))
	must(0, guard.SignUp(ctx, prepared, client))
	_, err := guard.SignIn(ctx, kim.Email, "password1", client)
	fmt.Println("wrong password:", err)
	res := must(guard.SignIn(ctx, kim.Email, "violet otter mends a kite", client))
	fmt.Println("granted to account", res.Grant.Account)
	for _, e := range must(guard.Log().List(ctx, kim.ID, kim.ID, activity.Filter{}, activity.Page{})).Events {
		fmt.Println("log:", e.Type, e.Outcome)
	}
}

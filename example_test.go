package accountsec_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/netip"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// customers stands for the shop's own table.
type customers struct{}

var park = accountsec.Account{ID: "7", Name: "Park Jiwoo", Email: "park@customer.example", Lang: "en"}

func (customers) Find(_ context.Context, identifier string) (accountsec.Account, error) {
	if identifier != park.Email {
		return accountsec.Account{}, accountsec.ErrUnknownAccount
	}
	return park, nil
}

func (customers) Account(_ context.Context, id string) (accountsec.Account, error) {
	if id != park.ID {
		return accountsec.Account{}, accountsec.ErrUnknownAccount
	}
	return park, nil
}

// A customer signs up and signs in; a stranger learns nothing.
func Example() {
	ctx := context.Background()
	guard, err := accountsec.New(accountsec.Config{
		Stores:   accountsec.NewMemoryStores(),
		AEAD:     tinkKey(),
		Secret:   make([]byte, 32), // in production 32 random bytes
		Accounts: customers{},
		Sender:   alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
	})
	if err != nil {
		log.Fatal(err)
	}
	client := activity.Client{IP: netip.MustParseAddr("192.0.2.10"), UserAgent: "example"}

	report := guard.CheckPassword(park, "parkjiwoo7")
	fmt.Println("parkjiwoo7 is accepted:", report.OK)

	prepared, err := guard.PreparePassword(ctx, park, "violet otter mends a kite")
	if err != nil {
		log.Fatal(err)
	}
	if err := guard.SignUp(ctx, prepared, client); err != nil {
		log.Fatal(err)
	}
	_, wrong := guard.SignIn(ctx, park.Email, "a guess", client)
	_, unknown := guard.SignIn(ctx, "nobody@customer.example", "a guess", client)
	fmt.Println("wrong password:", errors.Is(wrong, accountsec.ErrSignIn), "unknown name:", errors.Is(unknown, accountsec.ErrSignIn))

	res, err := guard.SignIn(ctx, park.Email, "violet otter mends a kite", client)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("granted to account", res.Grant.Account)
	// Output:
	// parkjiwoo7 is accepted: false
	// wrong password: true unknown name: true
	// granted to account 7
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

package webauthn_test

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/webauthn"
)

func ExampleMethod_Enroll() {
	method, err := webauthn.New(webauthn.Config{
		RPID: "shop.example", RPName: "Example Shop", Origins: []string{"https://shop.example"},
		Key: []byte("an example, not 32 random bytes!"),
	})
	if err != nil {
		panic(err)
	}
	// The Manager does this in StartEnroll.
	begun, err := method.Enroll(context.Background(), mfa.Subject{Account: "u-1", Label: "kim@customer.example"})
	if err != nil {
		panic(err)
	}
	data, err := json.Marshal(begun.Show) // for PublicKeyCredential.parseCreationOptionsFromJSON
	if err != nil {
		panic(err)
	}
	var options struct {
		RP   struct{ ID string }
		User struct{ Name string }
	}
	if err := json.Unmarshal(data, &options); err != nil {
		panic(err)
	}
	fmt.Println(options.RP.ID, options.User.Name)
	// Output: shop.example kim@customer.example
}

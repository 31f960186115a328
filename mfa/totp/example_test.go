package totp_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
)

func ExampleMethod_Enroll() {
	method, err := totp.New(totp.Config{Issuer: "Tom & Jerry"})
	if err != nil {
		panic(err)
	}
	// The Manager does this in StartEnroll.
	begun, err := method.Enroll(context.Background(), mfa.Subject{Label: "kim@customer.example"})
	if err != nil {
		panic(err)
	}
	setup := begun.Show.(totp.Setup)
	u, err := url.Parse(setup.URI)
	if err != nil {
		panic(err)
	}
	fmt.Println(setup) // redacted
	fmt.Println(strings.ReplaceAll(setup.URI, u.Query().Get("secret"), "…"))
	fmt.Println(len(u.Query().Get("secret"))*5, "bits")
	// Output:
	// [totp setup]
	// otpauth://totp/Tom%20%26%20Jerry:kim%40customer.example?secret=…&issuer=Tom%20%26%20Jerry&algorithm=SHA1&digits=6&period=30
	// 160 bits
}

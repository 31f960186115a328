package mfaweb_test

import (
	"fmt"
	"net/http"
	"strings"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/mfa/webauthn"
)

// firstPasskey enrols the first passkey of whoever is signed in: a ceremony is
// the shop's session on one side and the Manager on the other.
type firstPasskey struct {
	factors *mfa.Manager
	account func(r *http.Request) (id, email string, ok bool) // from the session
}

func (c firstPasskey) Start(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Started, error) {
	id, email, ok := c.account(r)
	if !ok {
		return mfaweb.Started{}, mfaweb.ErrSignedOut
	}
	e, err := c.factors.StartEnroll(r.Context(), mfa.StartEnrollRequest{
		Account: id, Method: webauthn.Name, Name: in.Fields["name"], Label: email, Client: activity.ClientFromRequest(r, nil),
	})
	return mfaweb.Started{Options: e.Show, Factor: e.FactorID, ExpiresAt: e.ExpiresAt}, err
}

func (c firstPasskey) Finish(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	id, _, ok := c.account(r)
	if !ok {
		return mfaweb.Done{}, mfaweb.ErrSignedOut
	}
	done, err := c.factors.FinishEnroll(r.Context(), id, in.Factor, in.Response, activity.ClientFromRequest(r, nil))
	return mfaweb.Done{Next: "/security/factors", RecoveryCodes: done.RecoveryCodes}, err
}

func Example() {
	web, err := mfaweb.New(mfaweb.Config{Origins: []string{"https://shop.example"}, Enroll: firstPasskey{}})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle(mfaweb.DefaultPath, web)
	widget, err := web.Widget(mfaweb.Widget{Kind: mfaweb.Enroll, Lang: "en"})
	fmt.Println(web.Script(), strings.Contains(string(widget), "Add a passkey"), err)
	// Output: /passkey/passkey.js true <nil>
}

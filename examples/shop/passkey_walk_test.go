package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"example.com/accountsec/activity"
)

// TestPasskeyWalk is a customer's way with a passkey, by a browser with a
// virtual authenticator, in both languages.
func TestPasskeyWalk(t *testing.T) {
	for _, lang := range []string{"en", "ko"} {
		t.Run(lang, func(t *testing.T) {
			shop := openShop(t, t.TempDir(), lang)
			shop.surfer(t).signUp()
			w := &passkeyWalk{walk: walk{browser: openBrowser(t, shop.cfg.Origin, lang+"-passkey"), shop: shop}}
			w.lang = lang
			w.plugIn()
			w.addPasskey()
			w.secondStep()
			w.withoutUserName()
			w.clone()
			w.removeByPasskey()
			w.provedByCode()
			w.clean()
		})
	}
}

type passkeyWalk struct {
	walk
	auth webauthn.AuthenticatorID
}

func must[P, R any](w *passkeyWalk, cmd cdp.Command[P, R], params P) R {
	w.Helper()
	out, err := chromedp.Call(w.ctx, cmd, params)
	w.must("authenticator", err)
	return out
}

func (w *passkeyWalk) plugIn() {
	must(w, webauthn.Enable, webauthn.EnableParams{})
	w.auth = must(w, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}).AuthenticatorID
}

// touch says whether somebody touches the authenticator when it asks.
func (w *passkeyWalk) touch(yes bool) {
	w.Helper()
	must(w, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: w.auth, Enabled: yes})
}

// click waits for a passkey's button and presses it: the button itself, not
// the place where it was, since on a busy machine a page may still move under the
// mouse after it was resized.
func (w *passkeyWalk) click(css string) {
	w.Helper()
	press := chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).click()", css))
	w.must("press "+css, w.soon(chromedp.WaitVisible(chromedp.CSS(css)), press))
}

// gets waits for the page that a ceremony leads to.
func (w *passkeyWalk) gets(path string) {
	w.Helper()
	w.until(fmt.Sprintf("location.pathname === %q && document.readyState === 'complete'", path))
}

// last is the account's newest event of a type.
func (w *passkeyWalk) last(want activity.Type) activity.Event {
	w.Helper()
	me, err := w.shop.customers.one(w.Context(), "email", testEmail)
	w.must("find the customer", err)
	page, err := w.shop.guard.Log().List(w.Context(), me.ID, me.ID, activity.Filter{Types: []activity.Type{want}}, activity.Page{Limit: 1})
	w.must("read the log", err)
	if len(page.Events) != 1 {
		w.Fatalf("no event %s", want)
	}
	return page.Events[0]
}

func (w *passkeyWalk) addPasskey() {
	w.password(testPassword)
	w.at("/security")
	w.open("/security/factors")
	w.until(`!document.querySelector("#passkeys [data-go]").hidden`)
	w.look("factors")
	w.click("#passkeys [data-go]")
	w.until(`document.querySelectorAll("#passkeys [data-codes] li").length === 10`)
	w.look("codes")
	w.press("#passkeys [data-continue]")
	w.at("/security/factors")
	w.look("factors-on")
}

func (w *passkeyWalk) secondStep() {
	w.press("#signout")
	w.touch(false) // the form's autofill waits
	w.password(testPassword)
	w.at("/signin/code")
	w.until(`!document.querySelector("[data-go]").hidden`)
	w.look("code")
	w.touch(true)
	w.click("[data-go]")
	w.gets("/security")
	if e := w.last(activity.SignInSucceeded); e.Detail["method"] != "webauthn" {
		w.Errorf("signed in by %q", e.Detail["method"])
	}
}

func (w *passkeyWalk) withoutUserName() {
	w.press("#signout")
	w.touch(false)
	w.open("/signin")
	w.until(`!document.querySelector("[data-go]").hidden`)
	w.look("signin")
	w.touch(true)
	w.click("[data-go]")
	w.gets("/security")
	w.press("#signout")
	w.open("/signin") // the autofill alone
	w.gets("/security")
	if e := w.last(activity.SignInSucceeded); e.Detail["method"] != "webauthn" {
		w.Errorf("signed in by %q", e.Detail["method"])
	}
}

// clone lets the counter of the customer's key start anew, as a copy's would.
func (w *passkeyWalk) clone() {
	c := must(w, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: w.auth}).Credentials[0]
	must(w, webauthn.RemoveCredential, webauthn.RemoveCredentialParams{AuthenticatorID: w.auth, CredentialID: c.CredentialID})
	must(w, cdp.Command[map[string]any, cdp.Empty]{Method: "WebAuthn.addCredential"}, map[string]any{"authenticatorId": w.auth, "credential": map[string]any{
		"credentialId": c.CredentialID, "isResidentCredential": true, "rpId": "localhost", "privateKey": c.PrivateKey, "userHandle": c.UserHandle, "signCount": 0}})
	w.press("#signout")
	w.open("/signin")
	w.gets("/security")
	if e := w.last(activity.SignInSucceeded); e.Detail["warning"] != "clone" {
		w.Errorf("the cloned key is not told: %v", e.Detail)
	}
}

func (w *passkeyWalk) removeByPasskey() {
	w.open("/security/factors")
	w.click("#passkeys [data-accountsec-passkey=prove] [data-go]")
	w.until(`document.readyState === "complete" && document.querySelectorAll("#passkeys [data-accountsec-passkey=prove]").length === 0`)
	w.look("removed")
}

// provedByCode adds a passkey to an account with an authenticator app.
func (w *passkeyWalk) provedByCode() {
	w.authenticator()
	w.shop.clock.Add(30 * time.Second)
	code := w.shop.clock.code(w.T, w.secret)
	w.must("type the code", w.soon(chromedp.SendKeys(chromedp.CSS("#passkeys [data-code]"), code)))
	w.click("#passkeys [data-go]")
	w.until(`document.readyState === "complete" && document.querySelectorAll("#passkeys [data-accountsec-passkey=prove]").length === 2`)
	w.look("both")
}

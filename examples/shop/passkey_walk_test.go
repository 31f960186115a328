package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/browsertest"
)

// TestPasskeyWalk is a customer's way with a passkey, by a browser with a
// virtual authenticator, in both languages.
func TestPasskeyWalk(t *testing.T) {
	for _, lang := range []string{"en", "ko"} {
		t.Run(lang, func(t *testing.T) {
			shop := openShop(t, t.TempDir(), lang)
			shop.surfer(t).signUp()
			w := &passkeyWalk{walk: walk{browser: openBrowser(t, shop.cfg.Origin, lang), shop: shop}}
			w.folder = "passkey/"
			w.auth = browsertest.PlugIn(w.Tab)
			w.addPasskey()
			w.secondStep()
			w.withoutUserName()
			w.clone()
			w.removeByPasskey()
			w.provedByCode()
		})
	}
}

type passkeyWalk struct {
	walk
	auth *browsertest.Authenticator
}

// ceremony waits for a passkey's button and presses it: the button itself, not
// the place where it was, since on a busy machine a page may still move under the
// mouse after it was resized.
func (w *passkeyWalk) ceremony(css string) {
	w.Helper()
	press := chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).click()", css))
	w.Do("press "+css, chromedp.WaitVisible(chromedp.CSS(css)), press)
}

// last is the account's newest event of a type.
func (w *passkeyWalk) last(want activity.Type) activity.Event {
	w.Helper()
	me, err := w.shop.customers.one(w.Context(), "email", testEmail)
	w.Must("find the customer", err)
	page, err := w.shop.guard.Log().List(w.Context(), me.ID, me.ID, activity.Filter{Types: []activity.Type{want}}, activity.Page{Limit: 1})
	w.Must("read the log", err)
	if len(page.Events) != 1 {
		w.Fatalf("no event %s", want)
	}
	return page.Events[0]
}

func (w *passkeyWalk) addPasskey() {
	w.password(testPassword)
	w.at("/security")
	w.Open("/security/factors")
	w.Until(`!document.querySelector("#passkeys [data-go]").hidden`)
	w.look("factors")
	w.ceremony("#passkeys [data-go]")
	w.Until(`document.querySelectorAll("#passkeys [data-codes] li").length === 10`)
	w.Until(fmt.Sprintf(`decodeURIComponent(document.querySelector("#passkeys [data-download]").href).includes(%q)`, testEmail)) // the shop's sheet
	w.look("codes")
	w.Press("#passkeys [data-continue]")
	w.at("/security/factors")
	w.look("factors-on")
}

func (w *passkeyWalk) secondStep() {
	w.Press("#signout")
	w.auth.Touch(false) // the form's autofill waits
	w.password(testPassword)
	w.at("/signin/code")
	w.Until(`!document.querySelector("[data-go]").hidden`)
	w.look("code")
	w.auth.Touch(true)
	w.ceremony("[data-go]")
	w.Arrive("/security")
	if e := w.last(activity.SignInSucceeded); e.Detail["method"] != "webauthn" {
		w.Errorf("signed in by %q", e.Detail["method"])
	}
}

func (w *passkeyWalk) withoutUserName() {
	w.Press("#signout")
	w.auth.Touch(false)
	w.Open("/signin")
	w.Until(`!document.querySelector("[data-go]").hidden`)
	w.look("signin")
	w.auth.Touch(true)
	w.ceremony("[data-go]")
	w.Arrive("/security")
	w.Press("#signout")
	w.Open("/signin") // the autofill alone
	w.Arrive("/security")
	if e := w.last(activity.SignInSucceeded); e.Detail["method"] != "webauthn" {
		w.Errorf("signed in by %q", e.Detail["method"])
	}
}

// clone lets the counter of the customer's key start anew, as a copy's would.
func (w *passkeyWalk) clone() {
	w.auth.Count(0)
	w.Press("#signout")
	w.Open("/signin")
	w.Arrive("/security")
	if e := w.last(activity.SignInSucceeded); e.Detail["warning"] != "clone" {
		w.Errorf("the cloned key is not told: %v", e.Detail)
	}
}

func (w *passkeyWalk) removeByPasskey() {
	w.Open("/security/factors")
	w.ceremony("#passkeys [data-accountsec-passkey=prove] [data-go]")
	w.Until(`document.readyState === "complete" && document.querySelectorAll("#passkeys [data-accountsec-passkey=prove]").length === 0`)
	w.look("removed")
}

// provedByCode adds a passkey to an account with an authenticator app.
func (w *passkeyWalk) provedByCode() {
	w.authenticator()
	w.shop.clock.Add(30 * time.Second)
	code := w.shop.clock.code(w.T, w.secret)
	w.Do("type the code", chromedp.SendKeys(chromedp.CSS("#passkeys [data-code]"), code))
	w.ceremony("#passkeys [data-go]")
	w.Until(`document.readyState === "complete" && document.querySelectorAll("#passkeys [data-accountsec-passkey=prove]").length === 2`)
	w.look("both")
}

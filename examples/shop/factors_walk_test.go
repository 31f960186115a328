package main

import (
	"testing"
	"time"
)

// TestFactorWalk is a customer's way with text messages and a trusted device, in
// a real browser, in both languages.
func TestFactorWalk(t *testing.T) {
	for _, lang := range []string{"en", "ko"} {
		t.Run(lang, func(t *testing.T) {
			shop := openShop(t, t.TempDir(), lang)
			shop.surfer(t).signUp()
			w := &walk{browser: openBrowser(t, shop.cfg.Origin, lang), shop: shop}
			w.folder = "factors/"
			w.password(testPassword)
			w.at("/security")
			w.confirmByPassword()
			w.number()
			w.trustedDevice()
			w.unfolded()
		})
	}
}

func (w *walk) confirmByPassword() {
	w.shop.clock.Add(time.Hour)
	w.Open("/security/factors")
	w.at("/security/confirm")
	w.look("confirm-password")
	w.Fill("password", testPassword)
	w.Press("#verify")
	w.at("/security/factors")
	w.look("methods")
}

func (w *walk) number() {
	w.Fill("number", "123")
	w.Press("#start-sms")
	w.look("number-wrong")
	w.Fill("number", "010-2345-6789")
	w.Press("#start-sms")
	w.look("number-code")
	w.Fill("code", w.shop.texted(w.T))
	w.Press("#finish")
	if len(w.texts("#codes li")) != 10 || len(w.texts("#print:not([hidden])")) != 1 || len(w.texts("#download")) != 1 {
		w.Error("the codes cannot be printed or downloaded")
	}
	w.look("codes")
	w.shop.clock.Add(time.Hour)
}

func (w *walk) trustedDevice() {
	w.Open("/")
	w.Press("#signout")
	w.password(testPassword)
	w.at("/signin/code")
	w.look("code-send")
	w.Press("[data-send]")
	w.at("/signin/code")
	w.Click("#trust")
	w.look("code-sent")
	w.Fill("code", w.shop.texted(w.T))
	w.Press("#verify")
	w.at("/security")
	w.Open("/security/devices")
	w.look("devices")
	w.Press("#signout")
	w.password(testPassword)
	w.at("/security") // no code is asked for
	w.look("security-trusted")
	w.Open("/security/devices")
	w.Press(".item button.danger")
	w.at("/security/devices")
	w.Press("#signout")
	w.shop.clock.Add(time.Hour) // past the pause between messages
	w.password(testPassword)
	w.at("/signin/code")
	w.Press("[data-send]")
	w.Fill("code", w.shop.texted(w.T))
	w.Press("#verify")
	w.at("/security")
}

// unfolded is the page with all that it hides.
func (w *walk) unfolded() {
	w.Open("/security/factors")
	w.Until(`[...document.querySelectorAll("details")].every(d => d.open = true)`)
	w.look("unfolded")
}

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
			if w.shots != "" {
				w.shots += "/factors"
			}
			w.password(testPassword)
			w.at("/security")
			w.confirmByPassword()
			w.number()
			w.trustedDevice()
			w.unfolded()
			w.clean()
		})
	}
}

func (w *walk) confirmByPassword() {
	w.shop.clock.Add(time.Hour)
	w.open("/security/factors")
	w.at("/security/confirm")
	w.look("confirm-password")
	w.fill("password", testPassword)
	w.press("#verify")
	w.at("/security/factors")
	w.look("methods")
}

func (w *walk) number() {
	w.fill("number", "123")
	w.press("#start-sms")
	w.look("number-wrong")
	w.fill("number", "010-2345-6789")
	w.press("#start-sms")
	w.look("number-code")
	w.fill("code", w.shop.texted(w.T))
	w.press("#finish")
	if len(w.texts("#codes li")) != 10 || len(w.texts("#print:not([hidden])")) != 1 || len(w.texts("#download")) != 1 {
		w.Error("the codes cannot be printed or downloaded")
	}
	w.look("codes")
	w.shop.clock.Add(time.Hour)
}

func (w *walk) trustedDevice() {
	w.open("/")
	w.press("#signout")
	w.password(testPassword)
	w.at("/signin/code")
	w.look("code-send")
	w.press("[data-send]")
	w.at("/signin/code")
	w.must("trust", w.soon(click("#trust")))
	w.look("code-sent")
	w.fill("code", w.shop.texted(w.T))
	w.press("#verify")
	w.at("/security")
	w.open("/security/devices")
	w.look("devices")
	w.press("#signout")
	w.password(testPassword)
	w.at("/security") // no code is asked for
	w.look("security-trusted")
	w.open("/security/devices")
	w.press(".item button.danger")
	w.at("/security/devices")
	w.press("#signout")
	w.shop.clock.Add(time.Hour) // past the pause between messages
	w.password(testPassword)
	w.at("/signin/code")
	w.press("[data-send]")
	w.fill("code", w.shop.texted(w.T))
	w.press("#verify")
	w.at("/security")
}

// unfolded is the page with all that it hides.
func (w *walk) unfolded() {
	w.open("/security/factors")
	w.until(`[...document.querySelectorAll("details")].every(d => d.open = true)`)
	w.look("unfolded")
}

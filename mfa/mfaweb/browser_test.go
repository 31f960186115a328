package mfaweb_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"

	"example.com/accountsec/internal/browsertest"
)

// browser is a headless Chromium as wide as a phone, with one tab and one virtual
// authenticator.
type browser struct {
	*browsertest.Tab
	auth *browsertest.Authenticator
}

func openBrowser(t *testing.T, base string) *browser {
	t.Helper()
	b := &browser{Tab: browsertest.Start(t, base)}
	b.Screen(375, "light")
	b.auth = browsertest.PlugIn(b.Tab)
	return b
}

// verify says whether the authenticator's user is who they should be.
func (b *browser) verify(yes bool) {
	b.Helper()
	browsertest.Call(b.Tab, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: b.auth.ID, IsUserVerified: yes})
}

// spoil makes the authenticator's responses wrong.
func (b *browser) spoil(signature, verification bool) {
	b.Helper()
	browsertest.Call(b.Tab, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: b.auth.ID, IsBogusSignature: &signature, IsBadUV: &verification})
}

// before runs a script in every page before its own.
func (b *browser) before(script string) {
	b.Helper()
	browsertest.Call(b.Tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// says waits for a bad message that holds the words.
func (b *browser) says(words string) {
	b.Helper()
	b.Until(fmt.Sprintf(`[...document.querySelectorAll("[data-say][data-bad]")].some((p) => p.textContent.includes(%q))`, words))
}

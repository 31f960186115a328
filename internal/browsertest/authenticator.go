package browsertest

import (
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
)

// Authenticator is a virtual one of a tab, for passkeys.
type Authenticator struct {
	tab *Tab
	ID  webauthn.AuthenticatorID
}

// PlugIn gives the tab an authenticator like a phone's or a laptop's own: it
// keeps passkeys, verifies its user, and is touched as soon as it asks.
func PlugIn(b *Tab) *Authenticator {
	b.Helper()
	Call(b, webauthn.Enable, webauthn.EnableParams{})
	made := Call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	return &Authenticator{b, made.AuthenticatorID}
}

// Touch says whether somebody touches the authenticator when it asks, from the
// next ceremony on.
func (a *Authenticator) Touch(yes bool) {
	a.tab.Helper()
	Call(a.tab, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: a.ID, Enabled: yes})
}

// Credential is the only one that the authenticator holds.
func (a *Authenticator) Credential() *webauthn.Credential {
	a.tab.Helper()
	all := Call(a.tab, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.ID}).Credentials
	if len(all) != 1 {
		a.tab.Fatalf("the authenticator has %d credentials", len(all))
	}
	return all[0]
}

// Count sets the credential's counter, by taking it out and putting it back. The
// typed command for that sends a field that Chromium refuses.
func (a *Authenticator) Count(n int) {
	a.tab.Helper()
	c := a.Credential()
	Call(a.tab, webauthn.RemoveCredential, webauthn.RemoveCredentialParams{AuthenticatorID: a.ID, CredentialID: c.CredentialID})
	Call(a.tab, cdp.Command[map[string]any, cdp.Empty]{Method: "WebAuthn.addCredential"}, map[string]any{"authenticatorId": a.ID, "credential": map[string]any{
		"credentialId": c.CredentialID, "isResidentCredential": true, "rpId": "localhost", "privateKey": c.PrivateKey, "userHandle": c.UserHandle, "signCount": n}})
}

// Package webauthn is the second factor that cannot be phished: passkeys and
// security keys, by the W3C's Web Authentication (WebAuthn Level 3). It also
// signs in without a user name: a [Method] is an [mfa.Discoverable].
//
//	method, err := webauthn.New(webauthn.Config{
//		RPID: "shop.example", RPName: "Example Shop",
//		Origins: []string{"https://shop.example", "https://www.shop.example"},
//		Key:     key, // 32 random bytes or more
//	})
//	m, err := mfa.New(store, mfa.Config{Methods: []mfa.Method{method}, …})
//	e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "u-1", Method: "webauthn", Name: "laptop", Label: "kim@customer.example"})
//	options := e.Show.(webauthn.Options) // for parseCreationOptionsFromJSON
//
// What is shown and what is answered is JSON in the browser's own form:
// PublicKeyCredential.parseCreationOptionsFromJSON and
// parseRequestOptionsFromJSON read it, PublicKeyCredential.toJSON writes the
// response. mfa/mfaweb has handlers and a script for the ceremonies.
//
// # Security model
//
//   - The RP ID and the origins come from the configuration, never from a
//     request. A response made on any other page, inside a frame of another
//     site, or for another RP ID is refused; so a fake page gets nothing.
//   - The authenticator must verify its user (fingerprint, face, PIN) unless the
//     configuration asks for less, and always where no user name is asked for,
//     because there the passkey is all that is asked.
//   - A challenge has 256 random bits, and the Manager accepts it once, for the
//     account, purpose and time that it was made for.
//   - A signature counter that does not grow is a sign of a cloned key. The
//     response is still good, the kept counter is never lowered, and
//     [mfa.Verdict].Warning says "clone"; what follows is the shop's policy.
//     Synced passkeys count nothing (0 after 0), which is no sign of anything.
//   - The user handle that authenticators keep is an HMAC of the account under
//     [Config].Key: the same for all of an account's passkeys, so that a device
//     replaces its passkey instead of collecting dead ones, and meaningless to
//     anybody else (WebAuthn Level 3 §14.6.1).
//   - Attestation is not asked for, as it tells makes of devices that a shop
//     seldom needs to know. [Config].Models asks for it and verifies it.
//
// It does not protect a customer whose device or synced passkey account is in
// other hands, and it cannot tell which person passed the device's own check.
package webauthn

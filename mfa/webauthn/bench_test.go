package webauthn_test

import (
	"context"
	"testing"

	virtual "github.com/descope/virtualwebauthn"
	"github.com/go-webauthn/webauthn/protocol"
	library "github.com/go-webauthn/webauthn/webauthn"

	"example.com/accountsec/mfa"
)

// BenchmarkVerify and BenchmarkLibrary judge the same response; the issue of the
// comparison is how much this package adds.
func BenchmarkVerify(b *testing.B) {
	m := newMethod(b)
	d := newDevice(b, virtual.AuthenticatorOptions{})
	state := enroll(b, m, "u-1", d)
	ask := challenge(b, m, state)
	answer := mfa.Answer{Subject: subject("u-1", state), Challenge: ask.State, Response: d.raw(b, ask, up|uv, 1, nil)}
	b.ReportAllocs()
	for b.Loop() {
		if v, err := m.Verify(context.Background(), answer); err != nil || !v.OK {
			b.Fatal("refused")
		}
	}
}

// owner is the account as the library sees it.
type owner struct{ credential library.Credential }

func (owner) WebAuthnID() []byte                          { return []byte("u-1") }
func (owner) WebAuthnName() string                        { return "u-1" }
func (owner) WebAuthnDisplayName() string                 { return "u-1" }
func (o owner) WebAuthnCredentials() []library.Credential { return []library.Credential{o.credential} }

func BenchmarkLibrary(b *testing.B) {
	lib, err := library.New(&library.Config{RPID: rpID, RPDisplayName: "Example Shop", RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{UserVerification: protocol.VerificationRequired}})
	must(b, err)
	d := newDevice(b, virtual.AuthenticatorOptions{})
	creation, session, err := lib.BeginRegistration(owner{})
	must(b, err)
	created := d.create(b, site, mfa.Begun{Show: creation.Response})
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(created))
	must(b, err)
	credential, err := lib.CreateCredential(owner{}, *session, parsed)
	must(b, err)
	o := owner{*credential}
	assertion, session, err := lib.BeginLogin(o)
	must(b, err)
	response := []byte(d.raw(b, mfa.Begun{Show: assertion.Response}, up|uv, 1, nil))
	b.ReportAllocs()
	for b.Loop() {
		parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
		must(b, err)
		_, err = lib.ValidateLogin(o, *session, parsed)
		must(b, err)
	}
}

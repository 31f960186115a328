package webauthn_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"testing"

	virtual "github.com/descope/virtualwebauthn"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/webauthn"
)

// signed is what a signature covers of a response, with the signature.
type signed struct {
	Response struct{ AuthenticatorData, ClientDataJSON, Signature, AttestationObject string }
}

// same tells whether two responses hold the same signed bytes, spelled one way
// or another: JSON has more than one spelling, base64 too.
func same(a, b string) bool {
	var x, y signed
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	equal := func(a, b string) bool {
		x, err := base64.RawURLEncoding.DecodeString(a)
		y, err2 := base64.RawURLEncoding.DecodeString(b)
		return err == nil && err2 == nil && bytes.Equal(x, y)
	}
	return equal(x.Response.AuthenticatorData, y.Response.AuthenticatorData) && equal(x.Response.ClientDataJSON, y.Response.ClientDataJSON) &&
		equal(x.Response.Signature, y.Response.Signature) && equal(x.Response.AttestationObject, y.Response.AttestationObject)
}

// ceremonies are a real enrolment and a real sign-in.
type ceremonies struct {
	m            *webauthn.Method
	begun, ask   mfa.Begun
	created, got string
	state        []byte
}

func newCeremonies(tb testing.TB) *ceremonies {
	tb.Helper()
	c := &ceremonies{m: newMethod(tb)}
	var err error
	c.begun, err = c.m.Enroll(context.Background(), subject("u-1", nil))
	must(tb, err)
	d := newDevice(tb, virtual.AuthenticatorOptions{BackupEligible: true})
	c.created = d.create(tb, site, c.begun)
	c.state = confirm(tb, c.m, c.begun, c.created).State
	c.ask = challenge(tb, c.m, c.state)
	c.got = d.get(tb, site, c.ask)
	return c
}

// try judges a response every way that a visitor can have it judged.
func (c *ceremonies) try(tb testing.TB, response string) {
	tb.Helper()
	if confirm(tb, c.m, c.begun, response).OK && !same(response, c.created) {
		tb.Errorf("enrolled by %q", response)
	}
	if verify(tb, c.m, c.state, c.ask, response).OK && !same(response, c.got) {
		tb.Errorf("signed in by %q", response)
	}
	c.m.Lookup(response)
}

// Every single changed byte of the JSON, and of what is in it, is refused.
func TestEveryByteCounts(t *testing.T) {
	c := newCeremonies(t)
	for _, response := range []string{c.created, c.got} {
		for i := range response {
			for _, b := range []byte{0, '"', 'A', response[i] ^ 1, response[i] ^ 0x80} {
				changed := []byte(response)
				changed[i] = b
				c.try(t, string(changed))
			}
		}
	}
	for _, part := range []string{"authenticatorData", "clientDataJSON", "signature"} {
		c.flip(t, c.got, part, func(changed string) bool { return verify(t, c.m, c.state, c.ask, changed).OK })
	}
	for _, part := range []string{"attestationObject", "clientDataJSON"} {
		c.flip(t, c.created, part, func(changed string) bool { return confirm(t, c.m, c.begun, changed).OK })
	}
}

// flip changes each byte inside a part of a response.
func (c *ceremonies) flip(t *testing.T, response, part string, accepted func(string) bool) {
	t.Helper()
	var outer map[string]any
	must(t, json.Unmarshal([]byte(response), &outer))
	inner := outer["response"].(map[string]any)
	data, err := base64.RawURLEncoding.DecodeString(inner[part].(string))
	must(t, err)
	for i := range data {
		for _, bit := range []byte{1, 0x40, 0x80} {
			data[i] ^= bit
			inner[part] = base64.RawURLEncoding.EncodeToString(data)
			text, err := json.Marshal(outer)
			must(t, err)
			if accepted(string(text)) {
				t.Errorf("%s: byte %d does not matter", part, i)
			}
			data[i] ^= bit
		}
	}
}

func FuzzResponse(f *testing.F) {
	c := newCeremonies(f)
	f.Add(c.created)
	f.Add(c.got)
	f.Add(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oWNmbXRkbm9uZQ"}}`)
	f.Fuzz(func(t *testing.T, response string) { c.try(t, response) })
}

// The CBOR of an attestation object is the part that holds the most.
func FuzzAttestationObject(f *testing.F) {
	c := newCeremonies(f)
	var outer map[string]any
	must(f, json.Unmarshal([]byte(c.created), &outer))
	inner := outer["response"].(map[string]any)
	data, err := base64.RawURLEncoding.DecodeString(inner["attestationObject"].(string))
	must(f, err)
	f.Add(data)
	for _, name := range []string{"tpm", "apple", "android-key", "fido-u2f", "compound", "android-safetynet", "none"} {
		f.Add(bytes.Replace(data, append([]byte{0x66}, "packed"...), append([]byte{0x60 | byte(len(name))}, name...), 1))
	}
	rest, err := json.Marshal(outer["id"])
	must(f, err)
	prefix := `{"id":` + string(rest) + `,"rawId":` + string(rest) + `,"type":"public-key","response":{"clientDataJSON":"` + inner["clientDataJSON"].(string) + `","attestationObject":"`
	f.Fuzz(func(t *testing.T, object []byte) {
		confirm(t, c.m, c.begun, prefix+base64.RawURLEncoding.EncodeToString(object)+`"}}`)
	})
}

func FuzzState(f *testing.F) {
	c := newCeremonies(f)
	f.Add(c.state, c.ask.State)
	f.Add([]byte(storedState), c.begun.State)
	f.Fuzz(func(t *testing.T, state, ask []byte) { // errors are for the operator; no panic
		c.m.Verify(context.Background(), mfa.Answer{Subject: subject("u-1", state), Challenge: ask, Response: c.got}) //nolint:errcheck
		c.m.Challenge(context.Background(), subject("u-1", state, ask))                                               //nolint:errcheck
	})
}

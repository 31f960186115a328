package webauthn_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	virtual "github.com/descope/virtualwebauthn"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/webauthn"
)

const (
	rpID   = "shop.example"
	origin = "https://shop.example"
)

var (
	t0   = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	site = virtual.RelyingParty{ID: rpID, Name: "Example Shop", Origin: origin}
)

func config() webauthn.Config {
	return webauthn.Config{RPID: rpID, RPName: "Example Shop", Origins: []string{origin}, Key: []byte("0123456789abcdef0123456789abcdef")}
}

func newMethod(tb testing.TB, change ...func(*webauthn.Config)) *webauthn.Method {
	tb.Helper()
	cfg := config()
	for _, c := range change {
		c(&cfg)
	}
	m, err := webauthn.New(cfg)
	must(tb, err)
	return m
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// device is an authenticator with one credential.
type device struct {
	virtual.Authenticator
	cred virtual.Credential
}

// newDevice makes a device. Its key's coordinates have their full length: the
// virtual authenticator drops leading zeros, which no COSE key may.
func newDevice(tb testing.TB, o virtual.AuthenticatorOptions) *device {
	tb.Helper()
	for {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(tb, err)
		public, err := key.PublicKey.Bytes()
		must(tb, err)
		if public[1] == 0 || public[33] == 0 {
			continue
		}
		data, err := x509.MarshalPKCS8PrivateKey(key)
		must(tb, err)
		return &device{virtual.NewAuthenticatorWithOptions(o), virtual.NewCredentialWithImportedKey(virtual.KeyTypeEC2, data)}
	}
}

// options decodes what a ceremony shows.
func options(tb testing.TB, b mfa.Begun) (text string, decoded map[string]any) {
	tb.Helper()
	data, err := json.Marshal(b.Show)
	must(tb, err)
	must(tb, json.Unmarshal(data, &decoded))
	return string(data), decoded
}

// create answers an enrolment's options at a site.
func (d *device) create(tb testing.TB, at virtual.RelyingParty, b mfa.Begun) string {
	tb.Helper()
	text, decoded := options(tb, b)
	o, err := virtual.ParseAttestationOptions(text)
	must(tb, err)
	handle, err := base64.RawURLEncoding.DecodeString(decoded["user"].(map[string]any)["id"].(string))
	must(tb, err)
	d.Options.UserHandle = handle
	return virtual.CreateAttestationResponse(at, d.Authenticator, d.cred, *o)
}

// get answers a challenge's options at a site.
func (d *device) get(tb testing.TB, at virtual.RelyingParty, b mfa.Begun) string {
	tb.Helper()
	text, _ := options(tb, b)
	o, err := virtual.ParseAssertionOptions(text)
	must(tb, err)
	return virtual.CreateAssertionResponse(at, d.Authenticator, d.cred, *o)
}

// flags of authenticator data (WebAuthn Level 3 §6.1).
const (
	up byte = 1 << 0
	uv byte = 1 << 2
	be byte = 1 << 3
	bs byte = 1 << 4
)

// raw answers a challenge with any flags and counter, and client data that are
// changed before they are signed.
func (d *device) raw(tb testing.TB, b mfa.Begun, flags byte, counter uint32, change func(client map[string]any)) string {
	tb.Helper()
	_, decoded := options(tb, b)
	client := map[string]any{"type": "webauthn.get", "challenge": decoded["challenge"], "origin": origin, "crossOrigin": false}
	if change != nil {
		change(client)
	}
	clientData, err := json.Marshal(client)
	must(tb, err)
	rp := sha256.Sum256([]byte(rpID))
	data := binary.BigEndian.AppendUint32(append(rp[:], flags), counter)
	hash := sha256.Sum256(clientData)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := d.cred.Key.Sign(digest[:])
	must(tb, err)
	b64 := base64.RawURLEncoding.EncodeToString
	response, err := json.Marshal(map[string]any{
		"id": b64(d.cred.ID), "rawId": b64(d.cred.ID), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"authenticatorData": b64(data), "clientDataJSON": b64(clientData), "signature": b64(signature), "userHandle": b64(d.Options.UserHandle)},
	})
	must(tb, err)
	return string(response)
}

func subject(account string, state []byte, others ...[]byte) mfa.Subject {
	s := mfa.Subject{Account: account, FactorID: "f-own", Label: account + "@customer.example", State: state, Now: t0}
	for _, o := range others {
		s.Others = append(s.Others, mfa.Other{FactorID: "f-other", State: o})
	}
	return s
}

// enroll enrols a device and gives the factor's state.
func enroll(tb testing.TB, m *webauthn.Method, account string, d *device, others ...[]byte) []byte {
	tb.Helper()
	b, err := m.Enroll(context.Background(), subject(account, nil, others...))
	must(tb, err)
	v := confirm(tb, m, b, d.create(tb, site, b))
	if !v.OK || v.State == nil || v.Lookup == "" || len(v.Lookup) > 64 {
		tb.Fatalf("not enrolled: %+v", v.OK)
	}
	return v.State
}

// confirm judges an enrolment's response; a visitor can cause no error.
func confirm(tb testing.TB, m *webauthn.Method, b mfa.Begun, response string) mfa.Verdict {
	tb.Helper()
	v, err := m.Confirm(context.Background(), mfa.Answer{Subject: subject("u-1", b.State), Response: response})
	must(tb, err)
	return refusedClean(tb, v)
}

func challenge(tb testing.TB, m *webauthn.Method, state []byte, others ...[]byte) mfa.Begun {
	tb.Helper()
	b, err := m.Challenge(context.Background(), subject("u-1", state, others...))
	must(tb, err)
	return b
}

func discover(tb testing.TB, m *webauthn.Method) mfa.Begun {
	tb.Helper()
	b, err := m.Discover(context.Background(), mfa.Subject{Now: t0})
	must(tb, err)
	return b
}

// verify judges a response by a factor's state; a visitor can cause no error.
func verify(tb testing.TB, m *webauthn.Method, state []byte, b mfa.Begun, response string) mfa.Verdict {
	tb.Helper()
	v, err := m.Verify(context.Background(), mfa.Answer{Subject: subject("u-1", state), Challenge: b.State, Response: response})
	must(tb, err)
	return refusedClean(tb, v)
}

// refusedClean makes sure that a no is the zero Verdict.
func refusedClean(tb testing.TB, v mfa.Verdict) mfa.Verdict {
	tb.Helper()
	if !v.OK && (v.State != nil || v.Step != 0 || v.Lookup != "" || v.Warning != "") {
		tb.Fatal("a refusal tells more than no")
	}
	return v
}

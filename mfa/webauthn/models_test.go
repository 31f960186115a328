package webauthn_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"testing"
	"time"

	virtual "github.com/descope/virtualwebauthn"
	"github.com/go-webauthn/webauthn/metadata"
	"github.com/go-webauthn/webauthn/metadata/providers/memory"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/google/uuid"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/webauthn"
)

// maker is a maker of authenticators, with a root and an attestation key.
type maker struct {
	root, cert *x509.Certificate
	key        *ecdsa.PrivateKey
}

func newMaker(t *testing.T, model uuid.UUID) maker {
	t.Helper()
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	id, err := asn1.Marshal(model[:])
	must(t, err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: root.NotBefore, NotAfter: root.NotAfter, BasicConstraintsValid: true,
		Subject:         pkix.Name{Country: []string{"KR"}, Organization: []string{"Maker"}, OrganizationalUnit: []string{"Authenticator Attestation"}, CommonName: "Key"},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 45724, 1, 1, 4}, Value: id}}}
	return maker{sign(t, root, root, rootKey.Public(), rootKey), sign(t, leaf, root, key.Public(), rootKey), key}
}

func sign(t *testing.T, cert, parent *x509.Certificate, public, by any) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, public, by)
	must(t, err)
	made, err := x509.ParseCertificate(der)
	must(t, err)
	return made
}

// attest puts the maker's attestation in place of the device's own; nil: none.
func attest(t *testing.T, response string, by *maker) string {
	t.Helper()
	var outer map[string]any
	must(t, json.Unmarshal([]byte(response), &outer))
	inner := outer["response"].(map[string]any)
	part := func(name string) []byte {
		data, err := base64.RawURLEncoding.DecodeString(inner[name].(string))
		must(t, err)
		return data
	}
	var object map[string]any
	must(t, webauthncbor.Unmarshal(part("attestationObject"), &object))
	object["fmt"], object["attStmt"] = "none", map[string]any{}
	if by != nil {
		client := sha256.Sum256(part("clientDataJSON"))
		digest := sha256.Sum256(append(append([]byte{}, object["authData"].([]byte)...), client[:]...))
		signature, err := ecdsa.SignASN1(rand.Reader, by.key, digest[:])
		must(t, err)
		object["fmt"], object["attStmt"] = "packed", map[string]any{"alg": -7, "sig": signature, "x5c": []any{by.cert.Raw}}
	}
	data, err := webauthncbor.Marshal(object)
	must(t, err)
	inner["attestationObject"] = base64.RawURLEncoding.EncodeToString(data)
	text, err := json.Marshal(outer)
	must(t, err)
	return string(text)
}

var good, bad, fallen, unknown = uuid.MustParse("11111111-1111-4111-8111-111111111111"), uuid.MustParse("22222222-2222-4222-8222-222222222222"),
	uuid.MustParse("33333333-3333-4333-8333-333333333333"), uuid.MustParse("44444444-4444-4444-8444-444444444444")

// Only a listed model that proves itself is enrolled; and once it is, it signs in.
func TestModels(t *testing.T) {
	makers := map[uuid.UUID]maker{}
	entries := map[uuid.UUID]*metadata.Entry{}
	for _, model := range []uuid.UUID{good, bad, fallen, unknown} {
		makers[model] = newMaker(t, model)
		entries[model] = &metadata.Entry{AaGUID: model, MetadataStatement: metadata.Statement{
			AttestationTypes:            []metadata.AuthenticatorAttestationType{metadata.BasicFull, metadata.BasicSurrogate},
			AttestationRootCertificates: []*x509.Certificate{makers[model].root},
		}}
	}
	delete(entries, unknown)
	entries[fallen].StatusReports = []metadata.StatusReport{{Status: metadata.Revoked}}
	provider, err := memory.New(memory.WithMetadata(entries))
	must(t, err)
	m := newMethod(t, func(c *webauthn.Config) {
		c.Models = &webauthn.Models{Metadata: provider, AAGUIDs: []string{good.String(), fallen.String(), unknown.String()}}
	})
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	if _, o := options(t, b); o["attestation"] != "direct" {
		t.Errorf("attestation %v", o["attestation"])
	}
	of := func(model uuid.UUID) *device {
		d := newDevice(t, virtual.AuthenticatorOptions{})
		d.Aaguid = model
		return d
	}
	by := func(model uuid.UUID) *maker { m := makers[model]; return &m }
	for name, response := range map[string]string{
		"claimed":           attest(t, of(good).create(t, site, b), nil),
		"self-attested":     of(good).create(t, site, b),
		"by another maker":  attest(t, of(good).create(t, site, b), by(bad)),
		"not on the list":   attest(t, of(bad).create(t, site, b), by(bad)),
		"without an entry":  attest(t, of(unknown).create(t, site, b), by(unknown)),
		"revoked":           attest(t, of(fallen).create(t, site, b), by(fallen)),
		"without an AAGUID": attest(t, of(uuid.Nil).create(t, site, b), nil),
	} {
		if confirm(t, m, b, response).OK {
			t.Errorf("enrolled: %s", name)
		}
	}
	d := of(good)
	v := confirm(t, m, b, attest(t, d.create(t, site, b), by(good)))
	if !v.OK {
		t.Fatal("the right model is refused")
	}
	ask := challenge(t, m, v.State)
	if !verify(t, m, v.State, ask, d.get(t, site, ask)).OK {
		t.Error("the right model does not sign in")
	}
	open := newMethod(t, func(c *webauthn.Config) { c.Models = &webauthn.Models{Metadata: provider} })
	if b, err = open.Enroll(context.Background(), subject("u-1", nil)); err != nil || !confirm(t, open, b, attest(t, of(bad).create(t, site, b), by(bad))).OK {
		t.Errorf("without a list, a known model is refused: %v", err)
	}
	lax, err := memory.New(memory.WithMetadata(entries), memory.WithValidateEntry(false))
	must(t, err)
	open = newMethod(t, func(c *webauthn.Config) { c.Models = &webauthn.Models{Metadata: lax} })
	if b, err = open.Enroll(context.Background(), subject("u-1", nil)); err != nil || confirm(t, open, b, attest(t, of(unknown).create(t, site, b), by(unknown))).OK {
		t.Errorf("without a list, a model that the metadata does not know is enrolled: %v", err)
	}
}

type brokenMetadata struct{ metadata.Provider }

func (brokenMetadata) GetEntry(context.Context, uuid.UUID) (*metadata.Entry, error) {
	return nil, errors.New("out of reach")
}

// Metadata out of reach is a fault, not a wrong response.
func TestModelsFault(t *testing.T) {
	m := newMethod(t, func(c *webauthn.Config) { c.Models = &webauthn.Models{Metadata: brokenMetadata{}} })
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	if _, err := m.Confirm(context.Background(), mfa.Answer{Subject: subject("u-1", b.State), Response: d.create(t, site, b)}); err == nil {
		t.Error("no error")
	}
	for _, list := range []string{"", "x", uuid.Nil.String(), "{11111111-1111-4111-8111-111111111111}"} {
		cfg := config()
		cfg.Models = &webauthn.Models{Metadata: brokenMetadata{}, AAGUIDs: []string{list}}
		if _, err := webauthn.New(cfg); err == nil {
			t.Errorf("the AAGUID %q is accepted", list)
		}
	}
}

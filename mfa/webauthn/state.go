package webauthn

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"example.com/accountsec/mfa"
)

// version is that of the encodings below. Fields are only ever added; a change
// of their meaning takes a new version, and the old ones stay readable.
const version = 1

// ceremony is what is kept between the options and the response.
type ceremony struct {
	Version   int    `json:"v"`
	Challenge []byte `json:"challenge"`
	// Handle is whose response is awaited; empty: whoever's, found by the passkey.
	Handle []byte `json:"handle,omitempty"`
	// Verification is what was asked for, whatever the configuration says later.
	Verification UserVerification `json:"uv"`
	// Allowed are the hashes of the credentials that were asked for.
	Allowed []string `json:"allowed,omitempty"`
}

// credential is the state of an enrolled factor: the credential record of
// WebAuthn Level 3 §4.
type credential struct {
	Version     int      `json:"v"`
	ID          []byte   `json:"id"`
	PublicKey   []byte   `json:"key"` // COSE
	Handle      []byte   `json:"handle"`
	Counter     uint32   `json:"counter"`
	Eligible    bool     `json:"be"` // may be synced; never changes
	BackedUp    bool     `json:"bs"` // is synced, as last heard
	Transports  []string `json:"transports,omitempty"`
	AAGUID      []byte   `json:"aaguid,omitempty"`
	Attestation string   `json:"attestation,omitempty"` // "none", "basic_full", …
}

var errState = errors.New("webauthn: the stored state is malformed or of a later version")

func parseCeremony(data []byte) (ceremony, error) {
	var c ceremony
	if json.Unmarshal(data, &c) != nil || c.Version != version || len(c.Challenge) < protocol.MinimumChallengeLength {
		return ceremony{}, errState
	}
	return c, nil
}

func parseCredential(data []byte) (credential, error) {
	var c credential
	if json.Unmarshal(data, &c) != nil || c.Version != version || len(c.ID) == 0 || len(c.PublicKey) == 0 || len(c.Handle) == 0 {
		return credential{}, errState
	}
	return c, nil
}

func parseOthers(others []mfa.Other) ([]credential, error) {
	credentials := make([]credential, 0, len(others)+1)
	for _, other := range others {
		c, err := parseCredential(other.State)
		if err != nil {
			return nil, err
		}
		credentials = append(credentials, c)
	}
	return credentials, nil
}

// handle is the account's user handle: that of its oldest credential, so that a
// new key does not split it in two, or the one derived from the account.
func (m *Method) handle(account string, others []credential) []byte {
	if len(others) > 0 {
		return others[0].Handle
	}
	mac := hmac.New(sha256.New, m.handleKey)
	mac.Write([]byte(account))
	return mac.Sum(nil)
}

// lookup is the name by which the Manager finds a credential's factor.
func lookup(credentialID []byte) string {
	sum := sha256.Sum256(credentialID)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (c credential) descriptor() protocol.CredentialDescriptor {
	d := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: c.ID}
	for _, t := range c.Transports {
		d.Transport = append(d.Transport, protocol.AuthenticatorTransport(t))
	}
	return d
}

func descriptors(credentials []credential) []protocol.CredentialDescriptor {
	list := make([]protocol.CredentialDescriptor, len(credentials))
	for i, c := range credentials {
		list[i] = c.descriptor()
	}
	return list
}

// user is the account as go-webauthn wants to see it.
type user struct {
	handle      []byte
	label       string
	credentials []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return u.handle }
func (u user) WebAuthnName() string                       { return u.label }
func (u user) WebAuthnDisplayName() string                { return u.label }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

// owner is the account of one credential.
func (c credential) owner() user {
	return user{handle: c.Handle, credentials: []webauthn.Credential{{
		ID: c.ID, PublicKey: c.PublicKey,
		Flags:         webauthn.CredentialFlags{BackupEligible: c.Eligible, BackupState: c.BackedUp},
		Authenticator: webauthn.Authenticator{AAGUID: c.AAGUID, SignCount: c.Counter},
	}}}
}

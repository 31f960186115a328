package webauthn

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"example.com/accountsec/mfa"
)

// WarningClone is the verdict's warning that a signature counter did not grow:
// perhaps two copies of the key are in use (WebAuthn Level 3 §6.1.1).
const WarningClone = "clone"

// Challenge implements [mfa.Method]: it asks for any of the account's
// credentials, and shows [Options].
func (m *Method) Challenge(_ context.Context, s mfa.Subject) (mfa.Begun, error) {
	own, err := parseCredential(s.State)
	if err != nil {
		return mfa.Begun{}, err
	}
	others, err := parseOthers(s.Others)
	if err != nil {
		return mfa.Begun{}, err
	}
	all := append([]credential{own}, others...)
	allowed := make([]string, len(all))
	account := user{handle: own.Handle}
	for i, c := range all {
		allowed[i] = lookup(c.ID)
		account.credentials = append(account.credentials, webauthn.Credential{ID: c.ID, Transport: c.descriptor().Transport})
	}
	assertion, session, err := m.assert.BeginLogin(account)
	if err != nil {
		return mfa.Begun{}, fmt.Errorf("webauthn: %w", err)
	}
	return begun(assertion.Response, session, allowed)
}

// Discover implements [mfa.Discoverable]: it asks for whatever passkey the
// visitor has here, for a button or for the browser's autofill (conditional
// mediation), and shows [Options]. The passkey is all that is asked for, so its
// user must be verified.
func (m *Method) Discover(context.Context, mfa.Subject) (mfa.Begun, error) {
	assertion, session, err := m.assert.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return mfa.Begun{}, fmt.Errorf("webauthn: %w", err)
	}
	return begun(assertion.Response, session, nil)
}

// Lookup implements [mfa.Resolver].
func (*Method) Lookup(response string) string {
	if len(response) > maxResponse {
		return ""
	}
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal([]byte(response), &named) != nil {
		return ""
	}
	id, err := base64.RawURLEncoding.DecodeString(named.ID)
	if err != nil || len(id) == 0 {
		return ""
	}
	return lookup(id)
}

// Verify implements [mfa.Method]: it judges a response to a challenge by the
// credential of a.State (WebAuthn Level 3 §7.2). The verdict has a state only if
// the counter or the backup state changed, so that passkeys without a counter
// cost no write.
func (m *Method) Verify(ctx context.Context, a mfa.Answer) (mfa.Verdict, error) {
	if a.Challenge == nil {
		return mfa.Verdict{}, nil
	}
	asked, err := parseCeremony(a.Challenge)
	if err != nil {
		return mfa.Verdict{}, err
	}
	own, err := parseCredential(a.State)
	if err != nil {
		return mfa.Verdict{}, err
	}
	if len(a.Response) > maxResponse {
		return m.refuse(ctx, errTooLong)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(a.Response))
	if err != nil {
		return m.refuse(ctx, err)
	}
	used, err := m.judge(asked, own, parsed)
	if err != nil {
		return m.refuse(ctx, err)
	}
	after := own
	after.Counter, after.BackedUp = used.Authenticator.SignCount, used.Flags.BackupState
	v, err := accept(after, after.Counter != own.Counter || after.BackedUp != own.BackedUp)
	if used.Authenticator.CloneWarning { // go-webauthn has left the counter as it was
		v.Warning = WarningClone
	}
	return v, err
}

// judge verifies an assertion. Where the account was not known, the passkey must
// name its owner by the user handle.
func (m *Method) judge(asked ceremony, own credential, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	session := asked.session(m.cfg.RPID)
	if len(asked.Handle) == 0 {
		return m.assert.ValidateDiscoverableLogin(func([]byte, []byte) (webauthn.User, error) { return own.owner(), nil }, session, parsed)
	}
	if !slices.Contains(asked.Allowed, lookup(parsed.RawID)) {
		return nil, errAsked
	}
	return m.assert.ValidateLogin(own.owner(), session, parsed)
}

package webauthn

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/mfa"
)

// Bounds of what a response may hold. Real ones have 1 to 8 KiB, with a TPM's
// attestation at the upper end; a larger one is work for the processor.
const (
	maxResponse   = 16 << 10
	maxPublicKey  = 1 << 10 // an RSA key of 7,000 bits
	maxTransports = 8
)

// Options are what the browser is asked: the JSON of
// PublicKeyCredentialCreationOptionsJSON for an enrolment, of
// PublicKeyCredentialRequestOptionsJSON otherwise. They hold no secret, but the
// enrolment's hold the customer's label.
type Options json.RawMessage

// MarshalJSON gives the options as they are.
func (o Options) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// Enroll implements [mfa.Method]: it shows [Options].
func (m *Method) Enroll(_ context.Context, s mfa.Subject) (mfa.Begun, error) {
	others, err := parseOthers(s.Others)
	if err != nil {
		return mfa.Begun{}, err
	}
	handle := m.handle(s.Account, others)
	creation, session, err := m.register.BeginRegistration(user{handle: handle, label: s.Label},
		webauthn.WithExclusions(descriptors(others)), webauthn.WithCredentialParameters(algorithms()))
	if err != nil {
		return mfa.Begun{}, fmt.Errorf("webauthn: %w", err)
	}
	return begun(creation.Response, session, nil)
}

// algorithms are EdDSA, ES256 and RS256 (WebAuthn Level 3 §5.4): between them
// every authenticator has one.
func algorithms() []protocol.CredentialParameter { return webauthn.CredentialParametersRecommendedL3() }

// begun packs a ceremony's options and what must be kept of it.
func begun(options any, session *webauthn.SessionData, allowed []string) (mfa.Begun, error) {
	show, err := json.Marshal(options)
	if err != nil {
		return mfa.Begun{}, fmt.Errorf("webauthn: %w", err)
	}
	challenge, err := base64.RawURLEncoding.DecodeString(session.Challenge)
	if err != nil {
		return mfa.Begun{}, fmt.Errorf("webauthn: %w", err)
	}
	state, err := json.Marshal(ceremony{
		Version: version, Challenge: challenge, Handle: session.UserID,
		Verification: UserVerification(session.UserVerification), Allowed: allowed,
	})
	if err != nil {
		return mfa.Begun{}, fmt.Errorf("webauthn: %w", err)
	}
	return mfa.Begun{State: state, Show: Options(show)}, nil
}

// session is what go-webauthn wants to see of a ceremony.
func (c ceremony) session(rpID string) webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: base64.RawURLEncoding.EncodeToString(c.Challenge), RelyingPartyID: rpID, UserID: c.Handle,
		UserVerification: protocol.UserVerificationRequirement(c.Verification), CredParams: algorithms(),
	}
}

// Confirm implements [mfa.Method]: it judges the response to an enrolment's
// options (WebAuthn Level 3 §7.1). That the credential is nobody's yet is for
// the Manager to make sure, by the verdict's Lookup.
func (m *Method) Confirm(ctx context.Context, a mfa.Answer) (mfa.Verdict, error) {
	begun, err := parseCeremony(a.State)
	if err != nil {
		return mfa.Verdict{}, err
	}
	if len(a.Response) > maxResponse {
		return m.refuse(ctx, errTooLong)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(a.Response))
	if err != nil {
		return m.refuse(ctx, err)
	}
	attested := parsed.Response.AttestationObject.AuthData.AttData
	if len(attested.CredentialPublicKey) > maxPublicKey {
		return m.refuse(ctx, errTooLong)
	}
	if ok, err := m.cfg.Models.allow(ctx, attested.AAGUID); err != nil || !ok {
		return m.decline(ctx, errModel, err)
	}
	made, err := m.register.CreateCredential(user{handle: begun.Handle}, begun.session(m.cfg.RPID), parsed)
	if err != nil {
		return m.refuse(ctx, err)
	}
	if !m.cfg.Models.proved(made.AttestationType) {
		return m.refuse(ctx, errModel)
	}
	return accept(recordOf(made, begun.Handle), true)
}

func recordOf(made *webauthn.Credential, handle []byte) credential {
	c := credential{
		Version: version, ID: made.ID, PublicKey: made.PublicKey, Handle: handle, Counter: made.Authenticator.SignCount,
		Eligible: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState,
		AAGUID: made.Authenticator.AAGUID, Attestation: made.AttestationType,
	}
	for _, t := range made.Transport[:min(len(made.Transport), maxTransports)] {
		c.Transports = append(c.Transports, canon.Line(string(t), 32))
	}
	return c
}

// accept is a good verdict, with the credential's state if it has changed.
func accept(c credential, changed bool) (mfa.Verdict, error) {
	v := mfa.Verdict{OK: true, Lookup: lookup(c.ID)}
	if !changed {
		return v, nil
	}
	var err error
	if v.State, err = json.Marshal(c); err != nil {
		return mfa.Verdict{}, fmt.Errorf("webauthn: %w", err)
	}
	return v, nil
}

var (
	errTooLong = errors.New("the response is too long")
	errModel   = errors.New("the authenticator's model is not allowed, or not proved")
	errAsked   = errors.New("no such credential was asked for")
)

// refuse is the verdict on a bad response. Why goes to the log alone.
func (m *Method) refuse(ctx context.Context, why error) (mfa.Verdict, error) {
	kind := "response"
	var fault *protocol.Error // its DevInfo quotes challenges
	if errors.As(why, &fault) {
		kind = fault.Type
	}
	m.cfg.Logger.DebugContext(ctx, "webauthn: refused", "kind", kind, "why", canon.Line(why.Error(), 200))
	return mfa.Verdict{}, nil
}

// decline is refuse, unless the question could not be judged at all.
func (m *Method) decline(ctx context.Context, why, fault error) (mfa.Verdict, error) {
	if fault != nil {
		return mfa.Verdict{}, fault
	}
	return m.refuse(ctx, why)
}

package webauthn

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
)

// Name is the method's name.
const Name = "webauthn"

// UserVerification says whether the authenticator must make sure who uses it,
// by fingerprint, face or PIN (WebAuthn Level 3 §5.8.6).
type UserVerification string

// How much user verification is asked for.
const (
	VerificationRequired    UserVerification = "required"
	VerificationPreferred   UserVerification = "preferred"
	VerificationDiscouraged UserVerification = "discouraged"
)

// ResidentKey says whether a credential must be a passkey: one that the
// authenticator finds by itself, without a user name (WebAuthn Level 3 §5.4.6).
type ResidentKey string

// How much a passkey is asked for. Old security keys have room for few or none.
const (
	ResidentKeyPreferred ResidentKey = "preferred"
	ResidentKeyRequired  ResidentKey = "required"
)

// The bounds of [Config].Timeout. Level 3 §15.1 recommends 5 to 10 minutes,
// and no challenge outlives [mfa.ChallengeLifetime].
const (
	MinTimeout = 30 * time.Second
	MaxTimeout = mfa.ChallengeLifetime
)

const (
	defaultTimeout = 5 * time.Minute
	maxRPName      = 64
)

// Config configures a [Method]. It is copied.
type Config struct {
	// RPID is the domain that credentials belong to, such as "shop.example", in
	// lower case and ASCII. It cannot be changed later: all credentials are lost.
	// Required.
	RPID string
	// RPName is the shop's name as the browser shows it, one line of at most 64
	// bytes. Required.
	RPName string
	// Origins are the origins of the pages that may ask, such as
	// "https://www.shop.example:8443": https, or http on localhost; the host is
	// RPID or a subdomain of it. At least one. Required.
	Origins []string
	// RelatedOrigins are origins of other domains of the same shop that may use
	// its credentials, such as "https://shop.co.kr" (WebAuthn Level 3 §5.11). The
	// shop must serve [Method.WellKnown] on RPID. Browsers look at five names of
	// domains at most. Defaults to none.
	RelatedOrigins []string
	// Key is at least 32 random bytes, kept apart from the database and the same
	// on all instances: user handles are derived with it. After a change, accounts
	// with a credential keep their handle. Required.
	Key []byte
	// UserVerification is what a second factor needs. Sign-in without a user name
	// always needs it. Defaults to [VerificationRequired].
	UserVerification UserVerification
	// ResidentKey says whether only passkeys can be enrolled. Defaults to
	// [ResidentKeyPreferred]: a security key without room for passkeys can be
	// enrolled as well.
	ResidentKey ResidentKey
	// Models restricts enrolment to certain models of authenticators. Defaults to
	// nil: every authenticator, without attestation.
	Models *Models
	// Timeout is how long the browser waits for the customer, from [MinTimeout] to
	// [MaxTimeout]. Defaults to 5 minutes.
	Timeout time.Duration
	// Logger is told at level Debug why a response was refused, for whoever sets a
	// shop up; never a response or a challenge. Defaults to discarding.
	Logger *slog.Logger
}

// Method is an [mfa.Discoverable]. Immutable, safe for concurrent use.
type Method struct {
	cfg       Config
	handleKey []byte
	register  *webauthn.WebAuthn // asks for attestation where Config.Models does
	assert    *webauthn.WebAuthn // never looks at it
}

var _ mfa.Discoverable = (*Method)(nil)

// New checks the configuration.
func New(cfg Config) (*Method, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	key, err := secret.DeriveKey(cfg.Key, "mfa.webauthn user handle")
	if err != nil {
		return nil, fmt.Errorf("webauthn: Config.Key: %w", err)
	}
	cfg.Key = nil
	m := &Method{cfg: cfg, handleKey: key}
	if m.assert, err = webauthn.New(m.library()); err != nil {
		return nil, fmt.Errorf("webauthn: %w", err)
	}
	lib := m.library()
	if cfg.Models != nil {
		lib.AttestationPreference, lib.MDS = protocol.PreferDirectAttestation, cfg.Models.Metadata
	}
	if m.register, err = webauthn.New(lib); err != nil {
		return nil, fmt.Errorf("webauthn: %w", err)
	}
	return m, nil
}

// check fills in the defaults, and makes copies of what the caller may change.
func (cfg *Config) check() error {
	if cfg.UserVerification == "" {
		cfg.UserVerification = VerificationRequired
	}
	if cfg.ResidentKey == "" {
		cfg.ResidentKey = ResidentKeyPreferred
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case cfg.RPName == "" || canon.Line(cfg.RPName, maxRPName) != cfg.RPName:
		return fmt.Errorf("webauthn: Config.RPName must be one line of 1 to %d bytes", maxRPName)
	case !slices.Contains([]UserVerification{VerificationRequired, VerificationPreferred, VerificationDiscouraged}, cfg.UserVerification):
		return errors.New("webauthn: unknown Config.UserVerification")
	case cfg.ResidentKey != ResidentKeyPreferred && cfg.ResidentKey != ResidentKeyRequired:
		return errors.New("webauthn: unknown Config.ResidentKey")
	case cfg.Timeout < MinTimeout || cfg.Timeout > MaxTimeout:
		return fmt.Errorf("webauthn: Config.Timeout must be %v to %v", MinTimeout, MaxTimeout)
	}
	if err := cfg.checkOrigins(); err != nil {
		return err
	}
	if cfg.Models != nil {
		models, err := cfg.Models.checked()
		if err != nil {
			return err
		}
		cfg.Models = models
	}
	return nil
}

// library is go-webauthn's configuration. Requests from frames of other sites
// stay refused (RPAllowCrossOrigin false). Extension outputs that were not asked
// for are ignored, not refused: some password managers add them, nothing here
// reads them.
func (m *Method) library() *webauthn.Config {
	rk := m.cfg.ResidentKey == ResidentKeyRequired
	timeout := webauthn.TimeoutConfig{Timeout: m.cfg.Timeout, TimeoutUVD: m.cfg.Timeout}
	return &webauthn.Config{
		RPID: m.cfg.RPID, RPDisplayName: m.cfg.RPName, RPOrigins: m.Origins(),
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &rk, ResidentKey: protocol.ResidentKeyRequirement(m.cfg.ResidentKey),
			UserVerification: protocol.UserVerificationRequirement(m.cfg.UserVerification),
		},
		Timeouts:                          webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	}
}

// Info implements [mfa.Method].
func (*Method) Info() mfa.Info { return mfa.Info{Name: Name, PhishingResistant: true} }

package totp

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pquerna/otp"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/mfa"
)

// Name is the method's name.
const Name = "totp"

// Period is the length of a time step, in seconds: the one that every
// authenticator app supports.
const Period = 30

// Algorithm is the hash behind the codes.
type Algorithm string

// The algorithms of RFC 6238.
const (
	SHA1   Algorithm = "SHA1"
	SHA256 Algorithm = "SHA256"
	SHA512 Algorithm = "SHA512"
)

// Config configures a [Method]. It is copied.
type Config struct {
	// Issuer is the shop's name as the app shows it, at most 64 bytes, without
	// a colon. Required.
	Issuer string
	// Algorithm is the hash. Several widespread apps silently use SHA-1
	// whatever they are told, and HMAC-SHA-1 is not touched by the collisions
	// of SHA-1 (RFC 6238 §1.2). Defaults to [SHA1].
	Algorithm Algorithm
	// Digits is the length of a code, 6 or 8. Defaults to 6.
	Digits int
}

// Method is an [mfa.Method]. Immutable, safe for concurrent use.
type Method struct{ cfg Config }

var _ mfa.Method = (*Method)(nil)

const maxIssuer = 64

// New checks the configuration.
func New(cfg Config) (*Method, error) {
	if cfg.Algorithm == "" {
		cfg.Algorithm = SHA1
	}
	if cfg.Digits == 0 {
		cfg.Digits = 6
	}
	switch {
	case cfg.Issuer == "" || len(cfg.Issuer) > maxIssuer || canon.Line(cfg.Issuer, maxIssuer) != cfg.Issuer:
		return nil, fmt.Errorf("totp: Config.Issuer must be one line of 1 to %d bytes", maxIssuer)
	case strings.Contains(cfg.Issuer, ":"):
		return nil, errors.New("totp: Config.Issuer must not hold a colon, which ends it in the app's label")
	case seedBytes(cfg.Algorithm) == 0:
		return nil, fmt.Errorf("totp: unknown Config.Algorithm %q", canon.Line(string(cfg.Algorithm), 32))
	case cfg.Digits != 6 && cfg.Digits != 8:
		return nil, fmt.Errorf("totp: Config.Digits is %d, must be 6 or 8", cfg.Digits)
	}
	return &Method{cfg}, nil
}

// seedBytes is the length of a seed: that of the hash's output.
func seedBytes(a Algorithm) int {
	switch a {
	case SHA1:
		return 20
	case SHA256:
		return 32
	case SHA512:
		return 64
	}
	return 0
}

func (a Algorithm) otp() otp.Algorithm {
	switch a {
	case SHA256:
		return otp.AlgorithmSHA256
	case SHA512:
		return otp.AlgorithmSHA512
	default:
		return otp.AlgorithmSHA1
	}
}

// state is what is kept, sealed, of a factor. Fields are only ever added.
type state struct {
	Seed      string    `json:"seed"` // base 32, without padding
	Algorithm Algorithm `json:"alg"`
	Digits    int       `json:"digits"`
}

var base32Seed = base32.StdEncoding.WithPadding(base32.NoPadding)

func parseState(data []byte) (state, error) {
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return state{}, errors.New("totp: the factor's state is malformed")
	}
	seed, err := base32Seed.DecodeString(s.Seed)
	if err != nil || len(seed) < seedBytes(SHA1) || seedBytes(s.Algorithm) == 0 || s.Digits != 6 && s.Digits != 8 {
		return state{}, errors.New("totp: the factor's state is malformed")
	}
	return s, nil
}

// Info implements [mfa.Method].
func (*Method) Info() mfa.Info { return mfa.Info{Name: Name, Guessable: true, Instant: true} }

// Enroll implements [mfa.Method]: it makes a seed, and shows a [Setup].
func (m *Method) Enroll(_ context.Context, s mfa.Subject) (mfa.Begun, error) {
	seed := make([]byte, seedBytes(m.cfg.Algorithm))
	rand.Read(seed) //nolint:errcheck // never fails since Go 1.24
	st := state{Seed: base32Seed.EncodeToString(seed), Algorithm: m.cfg.Algorithm, Digits: m.cfg.Digits}
	data, err := json.Marshal(st)
	if err != nil {
		return mfa.Begun{}, fmt.Errorf("totp: %w", err)
	}
	setup, err := newSetup(m.cfg.Issuer, s.Label, st)
	if err != nil {
		return mfa.Begun{}, err
	}
	return mfa.Begun{State: data, Show: setup}, nil
}

// Confirm implements [mfa.Method]: the first code ends the enrolment. A wrong one
// that would be right within 20 minutes, before or after, tells how far the phone's clock is off;
// it is not accepted.
func (m *Method) Confirm(ctx context.Context, a mfa.Answer) (mfa.Verdict, error) {
	v, err := m.Verify(ctx, a)
	if err != nil || v.OK {
		return v, err
	}
	st, code, err := read(a)
	if err != nil || code == "" {
		return mfa.Verdict{}, err
	}
	step, err := match(code, st, a.Now, driftSteps)
	if err == nil && step != 0 {
		v.Drift = drift(step, a.Now)
	}
	return v, err
}

// Challenge implements [mfa.Method]: there is nothing to prepare.
func (*Method) Challenge(context.Context, mfa.Subject) (mfa.Begun, error) { return mfa.Begun{}, nil }

// Verify implements [mfa.Method]. The verdict's step is the time step of the
// code.
func (*Method) Verify(_ context.Context, a mfa.Answer) (mfa.Verdict, error) {
	st, code, err := read(a)
	if err != nil || code == "" {
		return mfa.Verdict{}, err
	}
	step, err := match(code, st, a.Now, skew)
	if err != nil || step == 0 {
		return mfa.Verdict{}, err
	}
	return mfa.Verdict{OK: true, Step: step, Drift: drift(step, a.Now)}, nil
}

// read gives the factor's state and the code as it counts, "" for none.
func read(a mfa.Answer) (state, string, error) {
	st, err := parseState(a.State)
	if err != nil {
		return state{}, "", err
	}
	return st, canonical(a.Response, st.Digits), nil
}

package webpush

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
)

// Keys are a sender's VAPID keys (RFC 8292), in base64url without padding. A
// browser subscribes to the public one: with other keys, every browser has to
// subscribe anew.
type Keys struct {
	// Public is an uncompressed point of P-256, 65 bytes. It is no secret.
	Public string
	// Private is the scalar, 32 bytes.
	Private string
}

// NewKeys makes keys. Make them once and keep them with the other secrets.
func NewKeys() (Keys, error) {
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return Keys{}, err
	}
	enc := base64.RawURLEncoding.EncodeToString
	return Keys{Public: enc(k.PublicKey().Bytes()), Private: enc(k.Bytes())}, nil
}

// check makes sure that both are there and belong together.
func (k Keys) check() error {
	private, err := ecdh.P256().NewPrivateKey(decode(k.Private))
	if err != nil {
		return fmt.Errorf("%w: Private is not a scalar of P-256 in base64url", ErrKeys)
	}
	if !bytes.Equal(private.PublicKey().Bytes(), decode(k.Public)) {
		return fmt.Errorf("%w: Public does not belong to Private", ErrKeys)
	}
	return nil
}

// String hides the private key.
func (k Keys) String() string { return "[VAPID keys " + k.Public + "]" }

// Format keeps every verb redacted.
func (k Keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) } //nolint:errcheck

// LogValue is String.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

package webpush

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret"
)

// maxSubscription bounds a subscription's JSON, in bytes.
const maxSubscription = 4 << 10

// subscription is where one browser's messages go and what they are encrypted
// for. Whoever knows it can send there, or read: it prints itself redacted.
type subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     struct {
		// P256DH is the browser's public key, Auth a secret that it shares with
		// the sender (RFC 8291 §3.2), in base64url without padding.
		P256DH string `json:"p256dh"`
		Auth   string `json:"auth"`
	} `json:"keys"`
}

// String is redacted.
func (subscription) String() string { return "[subscription]" }

// GoString is redacted.
func (subscription) GoString() string { return "[subscription]" }

// LogValue is redacted.
func (subscription) LogValue() slog.Value { return slog.StringValue("[subscription]") }

// ID is what names an endpoint where it must not be told: its SHA-256, in hex.
// An endpoint has more than 128 random bits, so the hash needs no key.
func ID(endpoint string) string {
	sum := sha256.Sum256([]byte(endpoint))
	return hex.EncodeToString(sum[:])
}

// parse reads what PushSubscription.toJSON gives. Members that are not known
// are left out: browsers may add some.
func parse(data []byte, services []string) (s subscription, err error) {
	if len(data) > maxSubscription {
		return s, fmt.Errorf("%w: more than %d bytes", ErrSubscription, maxSubscription)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&s); err != nil {
		return subscription{}, fmt.Errorf("%w: not its JSON", ErrSubscription)
	}
	if _, err := d.Token(); err != io.EOF {
		return subscription{}, fmt.Errorf("%w: more than one value", ErrSubscription)
	}
	if err := s.check(services); err != nil {
		return subscription{}, err
	}
	return s, nil
}

func (s subscription) check(services []string) error {
	if err := checkEndpoint(s.Endpoint, services); err != nil {
		return err
	}
	if _, err := ecdh.P256().NewPublicKey(decode(s.Keys.P256DH)); err != nil {
		return fmt.Errorf("%w: p256dh is not a point of P-256", ErrSubscription)
	}
	if len(decode(s.Keys.Auth)) != 16 {
		return fmt.Errorf("%w: auth does not have 16 bytes", ErrSubscription)
	}
	return nil
}

// decode gives nil for what is not base64url without padding. Go's decoder
// skips line breaks.
func decode(s string) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(b)) != len(s) {
		return nil
	}
	return b
}

func sealRow(account, id string) secret.Row { return secret.At("alerts.webpush", account, id) }

func (s subscription) seal(a alerts.AEAD, account string) ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return secret.Seal(a, sealRow(account, ID(s.Endpoint)), data)
}

// open decrypts a row; [secret.ErrSealed] if it is of another account or
// browser.
func open(a alerts.AEAD, r Row) (s subscription, err error) {
	data, err := secret.Open(a, sealRow(r.Account, r.ID), r.Sealed)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return subscription{}, secret.ErrSealed
	}
	return s, nil
}

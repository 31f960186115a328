package password

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"log/slog"
	"strings"
)

// wrapPrefix begins a wrapped hash:
//
//	$wrap$<scheme>$<salt of the digest>$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>
//
// The argon2id hash is of everything before it and the digest in hex, so that
// it is no hash of the digest as a password.
const wrapPrefix = "$wrap$"

// maxWrapSalt bounds a digest's salt, in bytes.
const maxWrapSalt = 64

// Digest is a fast, unfit hash of passwords that older shops stored.
type Digest string

// The digests that can be wrapped. MySQL is the PASSWORD() function of MySQL
// 4.1 to 5.7: SHA-1 of the SHA-1. It takes no salt; its stars are optional.
const (
	MD5    Digest = "md5"
	SHA1   Digest = "sha1"
	SHA256 Digest = "sha256"
	SHA512 Digest = "sha512"
	MySQL  Digest = "mysql"
)

// Legacy is one password as an older shop stored it.
type Legacy struct {
	// Digest tells how it was computed. Required.
	Digest Digest
	// Hex is the digest in hex, in letters of either case. Required.
	Hex string
	// Salt went into the digest with the password, as these bytes, up to 64.
	// Defaults to none.
	Salt []byte
	// SaltLast tells that the salt followed the password. Defaults to false:
	// it came before.
	SaltLast bool
}

// String keeps the digest out of logs.
func (Legacy) String() string { return "password.Legacy(redacted)" }

// GoString keeps the digest out of logs.
func (l Legacy) GoString() string { return l.String() }

// LogValue keeps the digest out of logs.
func (l Legacy) LogValue() slog.Value { return slog.StringValue(l.String()) }

// Wrap hashes a fast digest by argon2id, so that all accounts are protected at
// once, without the passwords: store what it gives by [Manager.Import] and
// delete the digests, in backups too. [Importing.Verify] reads it, takes the
// same one argon2id hash for it as for any other, and reports it for upgrade to
// a plain argon2id hash. A digest by itself is accepted nowhere, and typing the
// digest is not typing the password.
//
// What a wrapped hash cannot do: a digest without a salt, or with one that has
// leaked, stays a key to it. Whoever has digests from other leaks tries these
// instead of passwords and then breaks the few that fit at the digest's own
// speed ("shucking"). A [Config].Pepper prevents it; the upgrade ends it, so
// ask accounts that do not return for a new password after some months.
//
// bcrypt, scrypt and PBKDF2 are slow already and are imported as they are. Never
// wrap anything into bcrypt: it stops at 72 bytes and, in many libraries, at a
// NUL, which a digest's raw bytes hold as often as not. Argon2id does neither.
//
// Errors: [ErrMalformedHash] if the digest is none, [ErrBusy], the context's.
func (i *Importing) Wrap(ctx context.Context, l Legacy) (string, error) {
	own := i.argon2id()
	if err := own.affords(0); err != nil {
		return "", err
	}
	scheme := string(l.Digest)
	if len(l.Salt) > 0 {
		scheme += map[bool]string{false: "-salt-first", true: "-salt-last"}[l.SaltLast]
	}
	head := wrapPrefix + scheme + "$" + phcBase64.EncodeToString(l.Salt)
	sum, err := digestOf(scheme, l.Salt)
	if err != nil {
		return "", err
	}
	digest := strings.ToLower(l.Hex)
	if l.Digest == MySQL {
		digest = strings.TrimPrefix(digest, "*")
	}
	if b, err := hex.DecodeString(digest); err != nil || len(digest) != len(sum("")) || len(b) == 0 {
		return "", fmt.Errorf("%w: not a digest in hex of this kind", ErrMalformedHash)
	}
	salt := make([]byte, saltLength)
	rand.Read(salt) //nolint:errcheck // never fails
	key, err := own.compute(ctx, head+"$"+digest, salt, own.params)
	if err != nil {
		return "", err
	}
	return head + encodePHC(variantID, own.params, salt, key), nil
}

// parseWrapped reads what Wrap writes, in its one spelling.
func parseWrapped(s string) (stored, error) {
	parts := strings.SplitN(strings.TrimPrefix(s, wrapPrefix), "$", 3)
	if len(s) > maxImported || len(parts) != 3 {
		return stored{}, fmt.Errorf("%w: not a wrapped hash", ErrMalformedHash)
	}
	scheme, outer := parts[0], "$"+parts[2]
	salt, err := phcBase64.DecodeString(parts[1])
	if err != nil || phcBase64.EncodeToString(salt) != parts[1] {
		return stored{}, fmt.Errorf("%w: the wrapped digest's salt is not base64", ErrMalformedHash)
	}
	sum, err := digestOf(scheme, salt)
	if err != nil {
		return stored{}, err
	}
	head := strings.TrimSuffix(s, outer)
	w := stored{digest: func(password string) string { return head + "$" + sum(password) }}
	w.params, w.salt, w.key, err = parsePHC(variantID, outer)
	return w, err
}

// digestOf gives the function that a scheme names, from the password to the
// digest in hex.
func digestOf(scheme string, salt []byte) (func(password string) string, error) {
	name, first := strings.CutSuffix(scheme, "-salt-first")
	name, last := strings.CutSuffix(name, "-salt-last")
	fresh := map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New, "mysql": sha1.New}[name]
	switch {
	case fresh == nil, first && last, name == string(MySQL) && (first || last):
		return nil, fmt.Errorf("%w: no digest that can be wrapped", ErrMalformedHash)
	case len(salt) > maxWrapSalt, (len(salt) > 0) != (first || last):
		return nil, fmt.Errorf("%w: the wrapped digest's salt has not the length that it must have", ErrMalformedHash)
	}
	before, after := salt, []byte(nil)
	if last {
		before, after = nil, salt
	}
	return func(password string) string {
		h := fresh()
		h.Write(before)
		h.Write([]byte(password))
		h.Write(after)
		sum := h.Sum(nil)
		if name == string(MySQL) {
			again := sha1.Sum(sum)
			sum = again[:]
		}
		return hex.EncodeToString(sum)
	}, nil
}

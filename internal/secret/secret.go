// Package secret keeps what must not be read from a stolen database: it seals
// values under the row they belong to, and makes random tokens of which only
// the SHA-256 is stored. It handles no keys; the application hands in an AEAD
// (in production a Tink keyset, with its rotation and KMS).
package secret

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// AEAD is authenticated encryption with associated data, in the shape of
// Tink's primitive. Implementations are safe for concurrent use and choose
// their own nonces.
type AEAD interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// ErrSealed reports a sealed value that does not open: a wrong key, a changed
// value, or a value that was moved here from another row.
var ErrSealed = errors.New("accountsec: a sealed value does not open under this key and row")

// Row is the identity of the row that a sealed value belongs to. It is
// authenticated with the value, so a value copied to another account or
// another column does not open there.
type Row string

// At names a row: a purpose such as "mfa.totp" and the parts of its primary
// key. Separators inside a part are escaped, so no two rows share a name.
func At(purpose string, parts ...string) Row {
	var b strings.Builder
	b.WriteString("accountsec/v1|")
	b.WriteString(escape.Replace(purpose))
	for _, p := range parts {
		b.WriteByte('|')
		b.WriteString(escape.Replace(p))
	}
	return Row(b.String())
}

var escape = strings.NewReplacer("%", "%25", "|", "%7C")

// Seal encrypts plaintext for row.
func Seal(a AEAD, row Row, plaintext []byte) ([]byte, error) {
	sealed, err := a.Encrypt(plaintext, []byte(row))
	if err != nil {
		return nil, fmt.Errorf("accountsec: seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what was sealed for row, or gives [ErrSealed]. The cause is
// not passed on: it helps only someone who tampers.
func Open(a AEAD, row Row, sealed []byte) ([]byte, error) {
	plaintext, err := a.Decrypt(sealed, []byte(row))
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}

// CheckAEAD makes sure at start-up that a is there and opens what it seals.
func CheckAEAD(a AEAD) error {
	if a == nil {
		return errors.New("accountsec: AEAD is required: hand in a Tink keyset's primitive")
	}
	row := At("check")
	sealed, err := Seal(a, row, []byte("check"))
	if err != nil {
		return err
	}
	if _, err := Open(a, row, sealed); err != nil {
		return err
	}
	if _, err := Open(a, At("other"), sealed); err == nil {
		return errors.New("accountsec: the AEAD ignores its associated data")
	}
	return nil
}

// Token is a random value of 256 bits in base64url, 43 characters long. It
// prints itself redacted; convert it to string where it is handed out.
type Token string

const tokenBytes = 32

// NewToken makes a token from crypto/rand.
func NewToken() Token {
	b := make([]byte, tokenBytes)
	rand.Read(b) //nolint:errcheck // never fails since Go 1.24
	return Token(base64.RawURLEncoding.EncodeToString(b))
}

// HashToken is what is stored of a token: SHA-256 in hex. A token has 256 bits
// of entropy, so neither salt nor stretching adds anything. Anything that is
// not of a token's form gives "", which matches no row.
func HashToken(token string) string {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return ""
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(token); err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(token))
	return fmt.Sprintf("%x", sum)
}

// NewID makes a random id of 128 bits in base64url for rows.
func NewID() string {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

// MinKey is the least length of a master secret, in bytes.
const MinKey = 32

// DeriveKey gives a 32-byte key for one purpose out of a master secret, by
// HKDF-SHA256 (RFC 5869), so that no two purposes ever share a key.
func DeriveKey(master []byte, purpose string) ([]byte, error) {
	if len(master) < MinKey {
		return nil, fmt.Errorf("accountsec: the secret has %d bytes, at least %d are needed", len(master), MinKey)
	}
	return hkdf.Key(sha256.New, master, nil, "accountsec/v1|"+purpose, 32)
}

func (Token) String() string   { return "[token]" }
func (Token) GoString() string { return "[token]" }

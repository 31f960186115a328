package password

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"example.com/accountsec/internal/secret"
)

// AEAD is authenticated encryption with associated data, in the shape of
// Tink's primitive. Implementations are safe for concurrent use.
type AEAD interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// sealPrefix begins a hash that is sealed under [Config].Pepper:
//
//	$sealed$<version of the password>$<ciphertext in base64>
//
// The account and the version are authenticated with it: it opens in no other
// account's row, and a former password's does not open as the current one.
const sealPrefix = "$sealed$"

func sealRow(account string, version int64) secret.Row {
	return secret.At("password.hash", account, strconv.FormatInt(version, 10))
}

// seal seals a hash if there is a pepper.
func (m *Manager) seal(account string, version int64, hash string) (string, error) {
	if m.cfg.Pepper == nil {
		return hash, nil
	}
	sealed, err := secret.Seal(m.cfg.Pepper, sealRow(account, version), []byte(hash))
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	return sealPrefix + strconv.FormatInt(version, 10) + "$" + phcBase64.EncodeToString(sealed), nil
}

// open gives the hash that is sealed in what is stored, or that itself if it
// is not sealed. The version must be the row's, or 0 for a former password,
// whose version only what is sealed itself tells.
func (m *Manager) open(account string, version int64, stored string) (hash string, sealed bool, err error) {
	rest, sealed := strings.CutPrefix(stored, sealPrefix)
	if !sealed {
		return stored, false, nil
	}
	if m.cfg.Pepper == nil {
		return "", true, fmt.Errorf("%w: there is no Config.Pepper", ErrSealed)
	}
	number, text, _ := strings.Cut(rest, "$")
	of, err := strconv.ParseInt(number, 10, 64)
	if err != nil || strconv.FormatInt(of, 10) != number || version != 0 && of != version {
		return "", true, ErrSealed
	}
	cipher, err := phcBase64.DecodeString(text)
	if err != nil {
		return "", true, ErrSealed
	}
	plain, err := secret.Open(m.cfg.Pepper, sealRow(account, of), cipher)
	if err != nil {
		return "", true, ErrSealed
	}
	return string(plain), true, nil
}

// unreadable tells a stored hash that cannot be compared with anything.
func unreadable(err error) bool { return errors.Is(err, ErrMalformedHash) || errors.Is(err, ErrSealed) }

// Package secrettest gives tests a real AEAD with a key of their own.
package secrettest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	"example.com/accountsec/internal/secret"
)

type gcm struct{ cipher.AEAD }

// AEAD returns AES-256-GCM under a fresh random key.
func AEAD() secret.AEAD {
	key := make([]byte, 32)
	rand.Read(key) //nolint:errcheck // never fails since Go 1.24
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return gcm{aead}
}

func (g gcm) Encrypt(plaintext, associatedData []byte) ([]byte, error) {
	return g.Seal(nil, nil, plaintext, associatedData), nil
}

func (g gcm) Decrypt(ciphertext, associatedData []byte) ([]byte, error) {
	return g.Open(nil, nil, ciphertext, associatedData)
}

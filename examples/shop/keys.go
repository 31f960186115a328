package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const secretBytes = 32

// loadKeys reads the keyset and the secret of DIR, and makes them on the first
// start. A real shop keeps the keyset under a KMS; the demo has only its disk.
func loadKeys(dir string) (tink.AEAD, []byte, error) {
	primitive, err := loadKeyset(filepath.Join(dir, "keyset.json"))
	if err != nil {
		return nil, nil, fmt.Errorf("keyset: %w", err)
	}
	secret, err := loadOrMake(filepath.Join(dir, "secret"), func() ([]byte, error) {
		b := make([]byte, secretBytes)
		_, err := rand.Read(b)
		return b, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("secret: %w", err)
	}
	if len(secret) != secretBytes {
		return nil, nil, fmt.Errorf("secret: the file holds %d bytes, want %d", len(secret), secretBytes)
	}
	return primitive, secret, nil
}

func loadKeyset(path string) (tink.AEAD, error) {
	data, err := loadOrMake(path, func() ([]byte, error) {
		handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
		if err != nil {
			return nil, err
		}
		var buf bytes.Buffer
		err = insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf))
		return buf.Bytes(), err
	})
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, err
	}
	return aead.New(handle)
}

// loadOrMake reads a file, or makes it, readable by its owner alone. A new
// file appears whole or not at all: half a key after a crash would lock the
// shop out of everything that was sealed.
func loadOrMake(path string, make func() ([]byte, error)) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if data, err = make(); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // only its other name stays
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	// Link refuses to replace: of two shops starting at once, both use the
	// first one's key.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

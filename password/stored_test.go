package password_test

import (
	"crypto/aes"
	"crypto/cipher"
	"os"
	"strings"
	"testing"

	"example.com/accountsec/password"
)

// What an earlier version stored, every later one reads: lines are added to
// testdata/stored.tsv with each new form, and none is ever changed.
func TestStoredFormsStayReadable(t *testing.T) {
	block, err := aes.NewCipher([]byte("the key of testdata/stored.tsv.."))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	h, err := password.NewImporting(newHasher(t, password.Argon2idConfig{}), password.ImportingConfig{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(cfg *password.Config) { cfg.Hasher, cfg.Pepper = h, fixedAEAD{gcm} })
	data, err := os.ReadFile("testdata/stored.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		n++
		account, stored, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if won, err := w.store.SetHash(t.Context(), account, stored, 0, 0, t0); !won || err != nil {
			t.Fatal(won, err)
		}
		if _, err := w.Verify(t.Context(), account, good+"x", host(n), false); err == nil {
			t.Errorf("%s: any password", account)
		}
		if _, err := w.Verify(t.Context(), account, good, host(n), false); err != nil {
			t.Errorf("%s: %v", account, err)
		}
	}
	if n < 5 {
		t.Errorf("%d lines", n)
	}
}

type fixedAEAD struct{ cipher.AEAD }

func (f fixedAEAD) Encrypt(plain, ad []byte) ([]byte, error) {
	return f.Seal(nil, nil, plain, ad), nil
}

func (f fixedAEAD) Decrypt(sealed, ad []byte) ([]byte, error) {
	return f.Open(nil, nil, sealed, ad)
}

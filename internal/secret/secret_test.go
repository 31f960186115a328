package secret_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/secret/secrettest"
)

// Pitfall 13: a ciphertext moved to another row, account or column must not open.
func TestPitfall13SwappedCiphertext(t *testing.T) {
	a := secrettest.AEAD()
	sealed, err := secret.Seal(a, secret.At("mfa.totp", "alice", "f1"), []byte("seed"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := secret.Open(a, secret.At("mfa.totp", "alice", "f1"), sealed); err != nil || string(got) != "seed" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	for _, row := range []secret.Row{
		secret.At("mfa.totp", "mallory", "f1"), secret.At("mfa.totp", "alice", "f2"),
		secret.At("mfa.sms", "alice", "f1"), secret.At("mfa.totp", "alice|f1"), secret.At("mfa.totp|alice", "f1"),
	} {
		if _, err := secret.Open(a, row, sealed); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("opened at %s: %v", row, err)
		}
	}
	if _, err := secret.Open(secrettest.AEAD(), secret.At("mfa.totp", "alice", "f1"), sealed); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("opened under another key: %v", err)
	}
}

func TestCheckAEAD(t *testing.T) {
	if err := secret.CheckAEAD(nil); err == nil {
		t.Error("nil AEAD accepted")
	}
	if err := secret.CheckAEAD(plain{}); err == nil {
		t.Error("an AEAD that ignores its associated data was accepted")
	}
	if err := secret.CheckAEAD(secrettest.AEAD()); err != nil {
		t.Error(err)
	}
}

type plain struct{}

func (plain) Encrypt(p, _ []byte) ([]byte, error) { return p, nil }
func (plain) Decrypt(c, _ []byte) ([]byte, error) { return c, nil }

func TestToken(t *testing.T) {
	tok := secret.NewToken()
	if secret.HashToken(string(tok)) == "" || tok == secret.NewToken() {
		t.Fatal("tokens repeat or do not hash")
	}
	for _, bad := range []string{"", "x", string(tok) + "A", string(tok)[:42] + "!", strings.Repeat("A", 1<<20)} {
		if h := secret.HashToken(bad); h != "" {
			t.Errorf("HashToken accepted %d bytes", len(bad))
		}
	}
	if out := fmt.Sprintf("%v %s %#v %+v", tok, tok, tok, tok); strings.Contains(out, string(tok)) {
		t.Error("a token prints itself")
	}
}

func TestDeriveKey(t *testing.T) {
	if _, err := secret.DeriveKey(make([]byte, 31), "x"); err == nil {
		t.Error("short secret accepted")
	}
	a, _ := secret.DeriveKey(make([]byte, 32), "a")
	b, _ := secret.DeriveKey(make([]byte, 32), "b")
	if string(a) == string(b) || len(a) != 32 {
		t.Error("purposes share a key")
	}
}

package password_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"example.com/accountsec/password"
)

// Hashes that the other systems made verify, and ask for an upgrade.
func TestImportedVectors(t *testing.T) {
	h := password.Importing{Argon2id: newHasher(t, cheapConfig)}
	data, err := os.ReadFile("testdata/imported.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(f) != 3 {
			continue
		}
		n++
		if ok, upgrade, err := h.Verify(t.Context(), f[2], f[1]); !ok || !upgrade || err != nil {
			t.Errorf("%s: %v %v %v", f[0], ok, upgrade, err)
		}
		for _, wrong := range []string{"", "z" + f[1], f[1] + "\x00"} {
			if ok, upgrade, err := h.Verify(t.Context(), f[2], wrong); ok || upgrade || err != nil {
				t.Errorf("%s with %q: %v %v %v", f[0], wrong, ok, upgrade, err)
			}
		}
		if ok, _, err := h.Verify(t.Context(), f[2], f[1]+"y"); err != nil || ok != (f[0] == "bcrypt 72") {
			t.Errorf("%s with a longer password: %v %v", f[0], ok, err)
		}
	}
	if n != 17 {
		t.Errorf("%d vectors", n)
	}
	own, err := h.Hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if ok, upgrade, err := h.Verify(t.Context(), own, good); !ok || upgrade || err != nil {
		t.Error(ok, upgrade, err)
	}
}

func TestImportedHashesAreBounded(t *testing.T) {
	h := password.Importing{Argon2id: newHasher(t, cheapConfig)}
	key := strings.Repeat("ab", 32)
	for _, s := range []string{"", "plain", "$2a$31$OAmgAD.tekds8XCIAqKv2.nfTG8rjHfK2sz3gLJqgylodIOkRupIa", "$2a$15$OAmgAD.tekds8XCIAqKv2.nfTG8rjHfK2sz3gLJqgylodIOkRupIa",
		"$2a$03$OAmgAD.tekds8XCIAqKv2.nfTG8rjHfK2sz3gLJqgylodIOkRupIa", "$2a$04$short", "pbkdf2:sha256:2000001$salt$" + key, "pbkdf2:sha256:0$salt$" + key,
		"pbkdf2:sha256:1000$salt$ab", "pbkdf2:sha256:1000$$" + key, "pbkdf2:md5:1000$salt$" + key, "pbkdf2:sha256:99999999999999999999$salt$" + key,
		"pbkdf2:sha256:1000$" + strings.Repeat("s", 512) + "$" + key, "$pbkdf2-sha256$1000$c$c", "pbkdf2_sha256$1000$salt$====", "x" + "pbkdf2:sha256:1000$salt$" + key} {
		if ok, _, err := h.Verify(t.Context(), s, good); ok || !errors.Is(err, password.ErrMalformedHash) {
			t.Errorf("%.60q: %v %v", s, ok, err)
		}
	}
	if _, _, err := h.Verify(t.Context(), "pbkdf2:sha256:1000$salt$"+key, strings.Repeat("x", 1<<20)); !errors.Is(err, password.ErrTooLong) {
		t.Error(err)
	}
}

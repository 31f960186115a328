package password_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/password"
)

func newImporting(t testing.TB, cfg password.ImportingConfig) *password.Importing {
	t.Helper()
	h, err := password.NewImporting(newHasher(t, cheapConfig), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// vector is a line of testdata/imported.tsv.
type vector struct{ what, password, hash string }

func vectors(t testing.TB) (out []vector) {
	t.Helper()
	data, err := os.ReadFile("testdata/imported.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); !strings.HasPrefix(line, "#") {
			out = append(out, vector{f[0], f[1], f[2]})
		}
	}
	if len(out) != 55 {
		t.Fatalf("%d vectors", len(out))
	}
	return out
}

// Hashes that the other systems made verify, and ask for an upgrade.
func TestImportedVectors(t *testing.T) {
	racing.SkipAlone(t)
	h := newImporting(t, password.ImportingConfig{})
	for _, v := range vectors(t) {
		if err := h.CheckHash(v.hash); err != nil {
			t.Errorf("%s: %v", v.what, err)
		}
		if ok, upgrade, err := h.Verify(t.Context(), v.hash, v.password); !ok || !upgrade || err != nil {
			t.Errorf("%s: %v %v %v", v.what, ok, upgrade, err)
		}
		wrongs := []string{"z" + v.password, v.password + "\x00", v.password + "y"}
		if strings.Contains(v.what, "spring") || strings.Contains(v.what, "published") { // slow
			wrongs = wrongs[:1]
		}
		for _, wrong := range wrongs {
			cut := v.what == "bcrypt 72" && strings.HasSuffix(wrong, "y")
			if ok, upgrade, err := h.Verify(t.Context(), v.hash, wrong); ok != cut || upgrade != cut || err != nil {
				t.Errorf("%s with %q: %v %v %v", v.what, wrong, ok, upgrade, err)
			}
		}
	}
	own, err := h.Hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if ok, upgrade, err := h.Verify(t.Context(), own, good); !ok || upgrade || err != nil {
		t.Error(ok, upgrade, err)
	}
}

// strayBits sets a bit that padded base64 does not use at the end of a hash.
func strayBits(hash string) string {
	bare := strings.TrimRight(hash, "=")
	if len(bare) == len(hash) {
		return hash
	}
	return bare[:len(bare)-1] + string(bare[len(bare)-1]+1) + hash[len(bare):]
}

// No hash has a second spelling, and none is accepted cut or with a part more.
func TestImportedHashesAreCanonical(t *testing.T) {
	racing.SkipAlone(t)
	h := newImporting(t, password.ImportingConfig{})
	for _, v := range vectors(t) {
		last := v.hash[len(v.hash)-1]
		for _, other := range []string{v.hash + "\n", v.hash + " ", v.hash + "$", v.hash + "x", v.hash + "=", " " + v.hash, "$" + v.hash, v.hash[:len(v.hash)-1],
			strings.ToUpper(v.hash), strings.Replace(v.hash, "$", "$$", 1), strings.Replace(v.hash, "=1", "=01", 1) + "\x00",
			v.hash[:len(v.hash)-1] + string(last+1), strayBits(v.hash)} {
			if other == v.hash {
				continue
			}
			if ok, _, err := h.Verify(t.Context(), other, v.password); ok || err != nil && !errors.Is(err, password.ErrMalformedHash) {
				t.Errorf("%s as %q: %v %v", v.what, other, ok, err)
			}
		}
	}
}

func TestImportedHashesAreBounded(t *testing.T) {
	h := newImporting(t, password.ImportingConfig{})
	key, bcrypt := strings.Repeat("ab", 32), "OAmgAD.tekds8XCIAqKv2.nfTG8rjHfK2sz3gLJqgylodIOkRupIa"
	key64, salt64 := strings.Repeat("ab", 64), "$c2FsdHNhbHQ$"+strings.Repeat("a", 42)+"A"
	bad := []string{"", "plain", "{", "{}", "}", "{bcrypt}", "{noop}" + good, "{MD5}" + key, "{sha256}" + key, "{BCRYPT}$2a$10$" + bcrypt, "{bcrypt}bcrypt$$2b$04$" + bcrypt,
		"$2a$31$" + bcrypt, "$2a$15$" + bcrypt, "$2a$03$" + bcrypt, "$2a$00$" + bcrypt, "$2x$04$" + bcrypt, "$2$04$" + bcrypt, "$2a$04$short",
		"$2a$04$OAmgAD.tekds8XCIAqKv2/nfTG8rjHfK2sz3gLJqgylodIOkRupIa", "$2a$04$OAmgAD.tekds8XCIAqKv2.nfTG8rjHfK2sz3gLJqgylodIOkRupIb", // stray bits
		"bcrypt_sha256$$2b$15$" + bcrypt, "$bcrypt-sha256$v=3,t=2b,r=4$OAmgAD.tekds8XCIAqKv2.$nfTG8rjHfK2sz3gLJqgylodIOkRupIa", "$bcrypt-sha256$v=2,t=2b,r=04$OAmgAD.tekds8XCIAqKv2.$nfTG8rjHfK2sz3gLJqgylodIOkRupIa", "$bcrypt-sha256$2b,15$OAmgAD.tekds8XCIAqKv2.$nfTG8rjHfK2sz3gLJqgylodIOkRupIa",
		"pbkdf2:sha256:2000001$salt$" + key, "pbkdf2:sha256:0$salt$" + key, "pbkdf2:sha256:01$salt$" + key, "pbkdf2:sha256:1000$salt$ab", "pbkdf2:sha256:1000$$" + key, "pbkdf2:md5:1000$salt$" + key,
		"pbkdf2:sha256:99999999999999999999$salt$" + key, "pbkdf2:sha256:1000$" + strings.Repeat("s", 512) + "$" + key, "$pbkdf2-sha256$1000$c$c", "pbkdf2_sha256$1000$salt$====",
		"x" + "pbkdf2:sha256:1000$salt$" + key, "{pbkdf2}" + key, "{pbkdf2}" + key + "ABABABABABABABAB", "{pbkdf2@SpringSecurity_v5_8}" + key,
		"$scrypt$ln=21,r=8,p=1" + salt64, "$scrypt$ln=99,r=8,p=1" + salt64, "$scrypt$ln=14,r=32,p=16" + salt64, "$scrypt$ln=4,r=33,p=1" + salt64, "$scrypt$ln=4,r=8,p=17" + salt64, "$scrypt$ln=4,r=0,p=1" + salt64,
		"$scrypt$ln=04,r=8,p=1" + salt64, "$scrypt$r=8,ln=4,p=1" + salt64, "$scrypt$ln=4,r=8,p=1$$" + strings.Repeat("a", 42) + "A", "$scrypt$ln=4,r=8,p=1$c2FsdA$YWJj",
		"scrypt:1000:8:1$salt$" + key64, "scrypt:1:8:1$salt$" + key64, "scrypt:0:8:1$salt$" + key64, "scrypt:9999999:8:1$salt$" + key64, "scrypt:1024:8:1$salt$" + key, "scrypt:1024:8:1$$" + key64, "scrypt:1024:8:1$" + strings.Repeat("s", 129) + "$" + key64,
		"scrypt$1024$salt$8$1$YWJj", "{scrypt}$e0801$YWJj$YWJj", "{scrypt}$1e0801$" + strings.Repeat("YWJj", 5) + "YQ==$" + strings.Repeat("A", 43) + "=", "{scrypt}$e0001$YWJj$" + strings.Repeat("A", 43) + "=",
		"{argon2}$argon2d$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$Li5eBf5XrCz0cuzQRe9oflYqmA/VAzmzichw4ZYrvEU", "argon2$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHQ$Li5eBf5XrCz0cuzQRe9oflYqmA/VAzmzichw4ZYrvEU",
		"argon2$", "argon2$argon2id", "$argon2i$v=16$m=64,t=1,p=1$c29tZXNhbHQ$Li5eBf5XrCz0cuzQRe9oflYqmA/VAzmzichw4ZYrvEU", "$argon2i$v=19$m=4000000000,t=0,p=0$$", "{argon2}" + good,
		"$wrap$", "$wrap$md5", "$wrap$md5$$", "$sealed$1$YWJj"}
	for _, s := range bad {
		if ok, _, err := h.Verify(t.Context(), s, good); ok || !errors.Is(err, password.ErrMalformedHash) {
			t.Errorf("%.80q: %v %v", s, ok, err)
		} else if errors.Is(h.CheckHash(s), nil) || len(s) > 20 && strings.Contains(err.Error(), s[15:]) {
			t.Errorf("%.80q: %v", s, err)
		}
	}
	for _, v := range vectors(t)[:20] {
		if _, _, err := h.Verify(t.Context(), v.hash, strings.Repeat("x", 1<<20)); !errors.Is(err, password.ErrTooLong) {
			t.Errorf("%s: %v", v.what, err)
		}
	}
}

// An imported hash takes its memory from the budget, scrypt's 128·N·r bytes
// too, and is refused where it would never get it.
func TestImportedHashesKeepToTheBudget(t *testing.T) {
	own := newHasher(t, password.Argon2idConfig{MemoryKiB: 64, Time: 1, BudgetKiB: 1024})
	h, err := password.NewImporting(own, password.ImportingConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors(t) {
		kib, err := h.StoredKiB(v.hash)
		want := int64(8)
		switch {
		case strings.Contains(v.what, "argon2") && !strings.Contains(v.what, "spring"), v.what == "spring argon2 of 5.8":
			want = 512
		case v.what == "passlib scrypt r=2 p=3":
			want = 10 // 128·(32+5)·2 = 9472 bytes
		case strings.Contains(v.hash, "scrypt"), v.what == "spring argon2":
			want = 0 // N=1024, r=8: 1 MiB and a little; m=4096
		}
		if (err != nil) != (want == 0) || err != nil && !errors.Is(err, password.ErrMalformedHash) || err == nil && kib != want {
			t.Errorf("%s: %d KiB, %v; want %d", v.what, kib, err, want)
		}
	}
	release := own.Hold(t.Context())
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := h.Verify(ctx, vectors(t)[0].hash, "password"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What no constructor made is an error wherever it is used, no panic.
func TestZeroHashersFail(t *testing.T) {
	for name, h := range map[string]password.Hasher{
		"Importing": &password.Importing{}, "nil Importing": (*password.Importing)(nil), "Argon2id": &password.Argon2id{}, "nil Argon2id": (*password.Argon2id)(nil),
	} {
		_, errHash := h.Hash(t.Context(), good)
		_, _, errVerify := h.Verify(t.Context(), "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", good)
		_, errNew := password.New(password.NewMemoryStore(), password.Config{Hasher: h, Recorder: newWorld(t, nil)})
		if errHash == nil || errVerify == nil || errNew == nil {
			t.Errorf("%s: %v, %v, %v", name, errHash, errVerify, errNew)
		}
	}
	if _, err := password.NewImporting(nil, password.ImportingConfig{}); err == nil {
		t.Error("nothing to hash by is accepted")
	}
	var none *password.Importing
	if _, err := none.Wrap(t.Context(), password.Legacy{Digest: password.MD5, Hex: strings.Repeat("0", 32)}); err == nil {
		t.Error("nothing wraps")
	}
	for _, typical := range []string{"x", "$argon2id$", "scrypt:1048576:8:1$salt$" + strings.Repeat("ab", 64)} {
		if _, err := password.NewImporting(newHasher(t, cheapConfig), password.ImportingConfig{Typical: typical}); !errors.Is(err, password.ErrMalformedHash) {
			t.Errorf("typical %s: %v", typical, err)
		}
	}
}

func FuzzImported(f *testing.F) {
	h, err := password.NewImporting(newHasher(f, password.Argon2idConfig{MemoryKiB: 64, Time: 1, BudgetKiB: 2048}), password.ImportingConfig{})
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range vectors(f) {
		f.Add(v.hash)
	}
	f.Add("$wrap$md5-salt-last$c2FsdA$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$scrypt$ln=1,r=1,p=1$0A$" + strings.Repeat("0", 43)) // 640 bytes of memory, the least that is let through
	f.Fuzz(func(t *testing.T, hash string) {
		kib, err := h.StoredKiB(hash)
		if err != nil {
			if !errors.Is(err, password.ErrMalformedHash) {
				t.Fatal(err)
			}
			return
		}
		if kib < 1 || kib > 2048 || len(hash) > 512 || strings.ContainsAny(hash, "\x00\r\n ") {
			t.Fatalf("%q is read, with %d KiB", hash, kib)
		}
		if h.CheckHash(hash+"\n") == nil || h.CheckHash(" "+hash) == nil {
			t.Fatalf("%q has a second spelling", hash)
		}
	})
}

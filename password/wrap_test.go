package password_test

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec/password"
)

// Digests of "password", from the programs that shops used: md5sum, sha1sum,
// sha256sum and sha512sum of coreutils 9.1, and the example for PASSWORD() in
// MySQL 5.7's manual, of "mypass".
var legacyVectors = []struct {
	l        password.Legacy
	password string
}{
	{password.Legacy{Digest: password.MD5, Hex: "5f4dcc3b5aa765d61d8327deb882cf99"}, "password"},
	{password.Legacy{Digest: password.MD5, Hex: "5F4DCC3B5AA765D61D8327DEB882CF99"}, "password"},
	{password.Legacy{Digest: password.SHA1, Hex: "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"}, "password"},
	{password.Legacy{Digest: password.SHA256, Hex: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"}, "password"},
	{password.Legacy{Digest: password.SHA512, Hex: "b109f3bbbc244eb82441917ed06d618b9008dd09b3befd1b5e07394c706a8bb980b1d7785e5976ec049b46df5f1326af5a2ea6d103fd07c95385ffab0cacbc86"}, "password"},
	{password.Legacy{Digest: password.MD5, Hex: "67a1e09bb1f83f5007dc119c14d663aa", Salt: []byte("salt")}, "password"},
	{password.Legacy{Digest: password.MD5, Hex: "b305cadbb3bce54f3aa59c64fec00dea", Salt: []byte("salt"), SaltLast: true}, "password"},
	{password.Legacy{Digest: password.MySQL, Hex: "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4"}, "mypass"},
	{password.Legacy{Digest: password.MySQL, Hex: "6c8989366eaf75bb670ad8ea7a7fc1176a95cef4"}, "mypass"},
}

func TestWrap(t *testing.T) {
	h := newImporting(t, password.ImportingConfig{})
	for _, v := range legacyVectors {
		wrapped, err := h.Wrap(t.Context(), v.l)
		if err != nil {
			t.Fatal(v.l.Digest, err)
		}
		again, _ := h.Wrap(t.Context(), v.l)
		if wrapped == again || !strings.HasPrefix(wrapped, "$wrap$"+string(v.l.Digest)) || h.CheckHash(wrapped) != nil {
			t.Errorf("%s", wrapped)
		}
		if ok, upgrade, err := h.Verify(t.Context(), wrapped, v.password); !ok || !upgrade || err != nil {
			t.Errorf("%s: %v %v %v", wrapped, ok, upgrade, err)
		}
		// Neither the digest nor what is hashed is a password.
		inner := strings.ToLower(strings.TrimPrefix(v.l.Hex, "*"))
		head, _, _ := strings.Cut(wrapped, "$argon2id")
		raw, _ := hex.DecodeString(inner)
		for _, wrong := range []string{"", "x", v.password + "x", v.password + "\x00", v.l.Hex, inner, string(raw), head + "$" + inner} {
			if ok, upgrade, err := h.Verify(t.Context(), wrapped, wrong); ok || upgrade || err != nil {
				t.Errorf("%s with %q: %v %v %v", wrapped, wrong, ok, upgrade, err)
			}
		}
		// Nor does the outer hash verify by itself, nor under another scheme.
		outer := wrapped[strings.Index(wrapped, "$argon2id"):]
		for _, other := range []string{outer, strings.Replace(wrapped, "$wrap$"+string(v.l.Digest), "$wrap$sha1", 1), strings.Replace(wrapped, "-first", "-last", 1)} {
			for _, typed := range []string{v.password, inner, string(raw)} {
				if ok, _, _ := h.Verify(t.Context(), other, typed); ok && other != wrapped {
					t.Errorf("%s verifies %q", other, typed)
				}
			}
		}
		// The digest alone is stored nowhere and read nowhere.
		if strings.Contains(wrapped, inner) || h.CheckHash(v.l.Hex) == nil || h.CheckHash("$wrap$"+string(v.l.Digest)+"$$"+inner) == nil {
			t.Errorf("%s", wrapped)
		}
		if said := fmt.Sprintf("%v %+v %#v %s", v.l, v.l, v.l, v.l); strings.Contains(strings.ToLower(said), inner) {
			t.Error(said)
		}
	}
}

// A digest with NULs in it, which would cut a bcrypt of its bytes short, and
// passwords that agree in 72 bytes are told apart.
func TestWrapHasNoLengthNorNULPitfall(t *testing.T) {
	h := newImporting(t, password.ImportingConfig{})
	sum := func(s string) password.Legacy {
		d := md5.Sum([]byte(s))
		return password.Legacy{Digest: password.MD5, Hex: hex.EncodeToString(d[:])}
	}
	long := strings.Repeat("x", 72)
	wrapped, err := h.Wrap(t.Context(), sum(long+"a"))
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := h.Verify(t.Context(), wrapped, long+"b"); ok {
		t.Error("72 bytes are enough")
	}
	// Two passwords whose digests begin with the same byte and a NUL.
	var first, second string
	seen := map[byte]string{}
	for n := 0; second == ""; n++ {
		s := fmt.Sprint("p", n)
		d := md5.Sum([]byte(s))
		if d[1] != 0 {
			continue
		}
		if first = seen[d[0]]; first != "" {
			second = s
		}
		seen[d[0]] = s
	}
	if wrapped, err = h.Wrap(t.Context(), sum(first)); err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := h.Verify(t.Context(), wrapped, first); !ok {
		t.Error("a digest with a NUL does not verify")
	}
	if ok, _, _ := h.Verify(t.Context(), wrapped, second); ok {
		t.Errorf("%s is right for %s", second, first)
	}
}

func TestWrapRefuses(t *testing.T) {
	h := newImporting(t, password.ImportingConfig{})
	md5 := strings.Repeat("ab", 16)
	for _, l := range []password.Legacy{{}, {Digest: "md4", Hex: md5}, {Digest: password.MD5}, {Digest: password.MD5, Hex: md5 + "ab"}, {Digest: password.MD5, Hex: md5[1:]},
		{Digest: password.MD5, Hex: strings.Repeat("zz", 16)}, {Digest: password.SHA1, Hex: md5}, {Digest: password.MD5, Hex: md5, Salt: make([]byte, 65)}, {Digest: password.MD5, Hex: "*" + md5},
		{Digest: password.MySQL, Hex: strings.Repeat("ab", 20), Salt: []byte("s")}, {Digest: "md5-salt-first", Hex: md5, Salt: []byte("s")}, {Digest: "", Hex: ""}} {
		if _, err := h.Wrap(t.Context(), l); !errors.Is(err, password.ErrMalformedHash) || len(l.Hex) > 4 && strings.Contains(err.Error(), l.Hex) {
			t.Errorf("%s: %v", l.Digest, err)
		}
	}
	const outer = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if err := h.CheckHash("$wrap$md5$" + outer); err != nil {
		t.Error(err)
	}
	for _, head := range []string{"$wrap$", "$wrap$md5", "$wrap$md4$", "$wrap$md5$c2FsdA", "$wrap$md5-salt-first$", "$wrap$md5-salt-last-salt-first$c2FsdA", "$wrap$md5-salt-last$c2FsdB",
		"$wrap$md5-salt-last$c2Fs\ndA", "$wrap$md5-salt-last$c2FsdA=", "$wrap$MD5$", "$wrap$mysql-salt-last$c2FsdA", "$wrap$md5-salt-last$" + strings.Repeat("YWJj", 22), "$wrap$md5$$", "$wrap$md5$$wrap$md5$"} {
		if err := h.CheckHash(head + outer); !errors.Is(err, password.ErrMalformedHash) {
			t.Errorf("%s: %v", head, err)
		}
	}
	for _, s := range []string{"$wrap$md5$$argon2i" + outer[9:], "$wrap$md5$$argon2id$v=19$m=4000000000,t=0,p=0$$", "$wrap$md5$$2a$04$OAmgAD.tekds8XCIAqKv2.nfTG8rjHfK2sz3gLJqgylodIOkRupIa"} {
		if err := h.CheckHash(s); !errors.Is(err, password.ErrMalformedHash) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

package canon_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/accountsec/internal/canon"
)

func TestCheckID(t *testing.T) {
	for _, id := range []string{"a", "7f9c2f1e-0000-4000-8000-000000000001", "kim@shop.example", "고객-1", strings.Repeat("x", canon.MaxID)} {
		if err := canon.CheckID(id); err != nil {
			t.Errorf("CheckID(%q) = %v", id, err)
		}
	}
	for name, id := range map[string]string{
		"empty": "", "long": strings.Repeat("x", canon.MaxID+1), "NUL": "a\x00b", "newline": "a\nb",
		"invalid UTF-8": "a\xff", "bidi": "a\u202eb", "zero width": "a\u200bb", "huge": strings.Repeat("x", 1<<20),
	} {
		if err := canon.CheckID(id); !errors.Is(err, canon.ErrBadID) {
			t.Errorf("%s: CheckID = %v, want ErrBadID", name, err)
		}
	}
}

// Pitfall 7: letter case, full-width forms, padding and invisible characters
// must not open a fresh bucket.
func TestPitfall07KeyIsCanonical(t *testing.T) {
	want := canon.Key("kim@shop.example")
	for _, s := range []string{"KIM@shop.example", " kim@shop.example ", "ｋｉｍ@shop.example", "k\u200bim@shop.example", "Kim@Shop.Example\x00"} {
		if got := canon.Key(s); got != want {
			t.Errorf("Key(%q) = %q, want %q", s, got, want)
		}
	}
	if canon.Key("\u1112\u1161\u11ab") != canon.Key("한") {
		t.Error("decomposed Hangul has its own key")
	}
}

func TestPitfall07NetworkIsCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":                  "192.0.2.7/32",
		"::ffff:192.0.2.7":           "192.0.2.7/32",
		"2001:db8:1:2:3:4:5:6":       "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1%eth0":  "2001:db8:1:2::/64",
		"fe80::1%25evil\"; DROP--":   "fe80::/64",
		"0:0:0:0:0:ffff:c000:207%z0": "192.0.2.7/32",
	} {
		if got := canon.NetworkKey(netip.MustParseAddr(in)); got != want {
			t.Errorf("NetworkKey(%s) = %s, want %s", in, got, want)
		}
	}
	if got := canon.NetworkKey(netip.Addr{}); got != "unknown" {
		t.Errorf("NetworkKey(zero) = %q", got)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\r\nBcc: x@example.com", "\u202egnp.exe", "김\xff민준", strings.Repeat("가", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := canon.Line(s, 64)
		if len(line) > 64 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00\u202e") {
			t.Fatalf("Line(%q) = %q", s, line)
		}
		key := canon.Key(s)
		if len(key) > canon.MaxID || !utf8.ValidString(key) {
			t.Fatalf("Key(%q) = %q", s, key)
		}
	})
}

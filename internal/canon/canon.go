// Package canon reduces what a caller hands in to one form each: account ids,
// the keys that throttling counts under, network prefixes, and short lines of
// text that end up in a log, a page or a mail.
//
// It exists so that no two packages disagree on what "the same account" or
// "the same network" is; such a disagreement multiplies an attacker's tries
// (CVE-2025-24806, CVE-2026-45364).
package canon

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxID bounds an account id, in bytes. Defaults of databases' indexed text
// columns and of the usual ids (UUID, ULID, e-mail address) stay below it.
const MaxID = 255

// ErrBadID reports an id that is empty, too long, not UTF-8, or holds control
// or invisible characters.
var ErrBadID = errors.New("accountsec: malformed id")

// CheckID reports whether id can name an account, a factor or an event. The
// id itself is used as it is, in throttling too: a shop whose ids differ only in
// case keeps two accounts, and what is folded together one could reset for the
// other. What visitors type is folded, by [Key].
func CheckID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%w: empty", ErrBadID)
	case len(id) > MaxID:
		return fmt.Errorf("%w: longer than %d bytes", ErrBadID, MaxID)
	case !utf8.ValidString(id):
		return fmt.Errorf("%w: not UTF-8", ErrBadID)
	case strings.ContainsFunc(id, unsafeRune):
		return fmt.Errorf("%w: holds a control or invisible character", ErrBadID)
	}
	return nil
}

// Key is the form of what a visitor types to name an account, where spellings
// of one name must count as one: NFKC, lower case, trimmed, at most [MaxID] bytes. Letter case,
// full-width letters and padding therefore share one bucket. Every input has a
// key, hostile ones too.
func Key(s string) string {
	if len(s) > 4*MaxID { // bounds the cost of normalising
		s = s[:4*MaxID]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ToLower(norm.NFKC.String(s))
	s = strings.TrimSpace(strings.Map(dropUnsafe, s))
	return cut(s, MaxID)
}

// Network is the prefix that throttling and alerts treat as one visitor: the
// whole IPv4 address, the /64 of an IPv6 address (one household or phone owns
// a /64, so a single address would be free to change). IPv4-mapped addresses
// count as IPv4 and zones are dropped. An invalid address gives the zero Prefix.
func Network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// NetworkKey is [Network] as text. Visitors without a valid address share the
// key "unknown", so that hiding the address buys no fresh bucket.
func NetworkKey(a netip.Addr) string {
	p := Network(a)
	if !p.IsValid() {
		return "unknown"
	}
	return p.String()
}

// WideKey is the wider network of an address, as text: its /24, or the /48 of an
// IPv6 address, which a company, a small provider or a rented server has
// (RFC 6177). Whoever has one is free to change his [Network]. An invalid
// address is "unknown".
func WideKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil || !p.IsValid() {
		return "unknown"
	}
	return p.String()
}

// Line makes one harmless line of untrusted text: valid UTF-8 without control,
// bidirectional and other invisible characters, spaces for line breaks and
// tabs, at most max bytes and never cut inside a character.
func Line(s string, max int) string {
	if len(s) > 4*max {
		s = s[:4*max]
	}
	if plain(s) { // as most text is, which the tables below take long over
		return strings.TrimSpace(cut(s, max))
	}
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return dropUnsafe(r)
	}, s)
	return strings.TrimSpace(cut(s, max))
}

// plain tells whether s is printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

func dropUnsafe(r rune) rune {
	if unsafeRune(r) {
		return -1
	}
	return r
}

// unsafeRune tells control (Cc), format (Cf: bidi overrides, zero-width
// characters), line and paragraph separators, surrogates and private use.
func unsafeRune(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs, unicode.Co)
}

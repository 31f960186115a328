package totp

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// Setup is what the customer needs to add the account to an app. It is the
// secret itself: show it once, over HTTPS, on a page that is not cached, and
// keep it nowhere. It prints and logs itself redacted.
type Setup struct {
	// URI is the otpauth URI, for a link on the phone itself.
	URI string
	// Secret is the seed in base 32, in groups of four, for typing.
	Secret string
	// PNG is the URI as a QR code, black on white with its quiet zone, 8 pixels
	// a module.
	PNG []byte
	// SVG is the same as an SVG document without script or references, of which
	// the size is the page's choice.
	SVG string
}

func newSetup(issuer, label string, st state) (Setup, error) {
	s := Setup{URI: uri(issuer, label, st), Secret: group(st.Seed)}
	code, err := newQR(s.URI)
	if err != nil {
		return Setup{}, err
	}
	if s.PNG, err = code.png(); err != nil {
		return Setup{}, err
	}
	s.SVG = code.svg()
	return s, nil
}

// uri builds the otpauth URI that authenticator apps agree on
// (github.com/google/google-authenticator/wiki/Key-Uri-Format). Everything but
// unreserved characters is percent-encoded, "&" in a shop's name and the space
// ("+" is not a space to all apps) included.
func uri(issuer, label string, st state) string {
	return "otpauth://totp/" + escape(issuer) + ":" + escape(label) +
		"?secret=" + st.Seed + "&issuer=" + escape(issuer) + "&algorithm=" + string(st.Algorithm) +
		"&digits=" + strconv.Itoa(st.Digits) + "&period=" + strconv.Itoa(Period)
}

// escape percent-encodes every byte that is not unreserved (RFC 3986 §2.3).
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func group(seed string) string {
	var b strings.Builder
	for i := range len(seed) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(seed[i])
	}
	return b.String()
}

// String is redacted.
func (Setup) String() string { return "[totp setup]" }

// Format keeps every verb redacted.
func (s Setup) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) } //nolint:errcheck

// LogValue is redacted.
func (s Setup) LogValue() slog.Value { return slog.StringValue(s.String()) }

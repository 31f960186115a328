package email

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// spfTerm is one mechanism or modifier of an SPF record (RFC 7208 §4.6.1).
type spfTerm struct {
	text         string
	qualifier    byte   // + - ~ ?
	name         string // lower case: "include", "redirect="
	domain       string // "" is the record's own
	prefix       netip.Prefix
	bits4, bits6 int
}

// isSPF tells an SPF record (RFC 7208 §4.5).
func isSPF(record string) bool {
	const version = "v=spf1"
	return len(record) >= len(version) && strings.EqualFold(record[:len(version)], version) &&
		(len(record) == len(version) || record[len(version)] == ' ')
}

// spfError names the term that is malformed.
type spfError struct{ term string }

func (e *spfError) Error() string { return fmt.Sprintf("email: %q is no SPF term", e.term) }

const maxTerms = 200

func parseSPF(record string) ([]spfTerm, error) {
	if !isSPF(record) {
		return nil, errors.New("email: not an SPF record")
	}
	var terms []spfTerm
	modifiers := map[string]bool{}
	for _, text := range strings.Split(record[len("v=spf1"):], " ") {
		if text == "" {
			continue
		}
		t, ok := parseTerm(text)
		if !ok || modifiers[t.name] || len(terms) == maxTerms {
			return nil, &spfError{text}
		}
		if t.name == "redirect=" || t.name == "exp=" {
			modifiers[t.name] = true
		}
		terms = append(terms, t)
	}
	return terms, nil
}

func parseTerm(text string) (spfTerm, bool) {
	t := spfTerm{text: text, qualifier: '+', bits4: 32, bits6: 128}
	if name, rest, ok := strings.Cut(text, "="); ok && isTagName(strings.ReplaceAll(strings.ReplaceAll(name, "-", "_"), ".", "_")) {
		t.name, t.domain = strings.ToLower(name)+"=", rest
		if t.name == "redirect=" || t.name == "exp=" {
			return t, isDomainSpec(rest)
		}
		return t, isMacroString(rest) // unknown modifiers are ignored
	}
	rest := text
	if strings.IndexByte("+-~?", text[0]) >= 0 {
		t.qualifier, rest = text[0], text[1:]
	}
	at := strings.IndexAny(rest, ":/")
	if at < 0 {
		at = len(rest)
	}
	t.name, rest = strings.ToLower(rest[:at]), rest[at:]
	switch t.name {
	case "all":
		return t, rest == ""
	case "ip4", "ip6":
		return t, t.network(rest)
	case "include", "exists":
		t.domain = strings.TrimPrefix(rest, ":")
		return t, rest != "" && rest[0] == ':' && isDomainSpec(t.domain)
	case "ptr":
		t.domain = strings.TrimPrefix(rest, ":")
		return t, rest == "" || rest[0] == ':' && isDomainSpec(t.domain)
	case "a", "mx":
		return t, t.host(rest)
	}
	return t, false
}

// network reads ":192.0.2.0/24".
func (t *spfTerm) network(rest string) bool {
	addr, bits, sized := strings.Cut(strings.TrimPrefix(rest, ":"), "/")
	a, err := netip.ParseAddr(addr)
	if err != nil || rest[0] != ':' || a.Is4() != (t.name == "ip4") || a.Zone() != "" {
		return false
	}
	n := a.BitLen()
	if sized {
		var ok bool
		if n, ok = prefixBits(bits, n); !ok {
			return false
		}
	}
	t.prefix = netip.PrefixFrom(a, n).Masked()
	return true
}

// host reads ":domain/24//64", each part optional.
func (t *spfTerm) host(rest string) bool {
	rest, six, sized6 := strings.Cut(rest, "//")
	rest, four, sized4 := strings.Cut(rest, "/")
	ok4, ok6 := true, true
	if sized4 {
		t.bits4, ok4 = prefixBits(four, 32)
	}
	if sized6 {
		t.bits6, ok6 = prefixBits(six, 128)
	}
	t.domain = strings.TrimPrefix(rest, ":")
	return ok4 && ok6 && (rest == "" || isDomainSpec(t.domain))
}

func prefixBits(s string, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= most && s == strconv.Itoa(n)
}

// hasMacro tells whether a name depends on the mail, so that it cannot be
// looked up here.
func hasMacro(domain string) bool { return strings.Contains(domain, "%") }

// isDomainSpec tells a name with or without macros (RFC 7208 §7.1).
func isDomainSpec(s string) bool {
	if s == "" || len(s) > 253 || !isMacroString(s) {
		return false
	}
	return hasMacro(s) || isName(s)
}

// isMacroString accepts printable ASCII in which % begins a macro.
func isMacroString(s string) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] < '!' || s[i] > '~':
			return false
		case s[i] != '%':
		case i+1 < len(s) && strings.IndexByte("%_-", s[i+1]) >= 0:
			i++
		default:
			end := strings.IndexByte(s[i:], '}')
			if end < 0 || !isMacro(s[i:i+end+1]) {
				return false
			}
			i += end
		}
	}
	return true
}

// isMacro tells %{letter digits r delimiters}.
func isMacro(s string) bool {
	s, ok := strings.CutPrefix(s, "%{")
	if !ok || strings.IndexByte("slodiphcrtvSLODIPHCRTV", s[0]) < 0 {
		return false
	}
	s = strings.TrimLeft(strings.TrimSuffix(s[1:], "}"), "0123456789")
	if s != "" && (s[0] == 'r' || s[0] == 'R') {
		s = s[1:]
	}
	return strings.Trim(s, ".-+,/_=") == ""
}

// isName is [isHost] with underscores, as names of records have, and with or
// without the last dot.
func isName(s string) bool {
	s = strings.ReplaceAll(strings.TrimSuffix(s, "."), "_", "a")
	return isHost(s) && strings.Contains(s, ".")
}

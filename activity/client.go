package activity

import (
	"net/http"
	"net/netip"
	"strings"

	"example.com/accountsec/internal/canon"
)

const (
	maxUserAgent = 512      // bytes
	maxHops      = 32       // forwarding hops that are looked at
	maxForwarded = 4 * 1024 // bytes of forwarding headers that are looked at
)

// ClientFromRequest says who sent r: the address, the user agent and its client
// hints. DeviceID and SessionID are the caller's to fill.
//
// The address is the peer's (r.RemoteAddr) unless the peer is in trusted.
// Then X-Forwarded-For, or in its absence Forwarded (RFC 7239), is read from
// right to left, which is from the nearest proxy outwards: trusted proxies are
// skipped and the first other address is the client. Anything that is not an
// address ends the walk at the last good hop, since what stands left of it was
// vouched for by nobody. At most 32 hops and 4 KiB are read. A client can
// write what it likes into these headers, but only to the left of what the
// first trusted proxy appends.
//
// trusted must name the proxies alone, and each of them must append to or
// replace the header; one that writes Forwarded must remove X-Forwarded-For, which
// is believed first. Addresses come out without zone and port, IPv4-mapped
// ones as IPv4. Where there is no address at all (a Unix socket), IP is the
// zero Addr. Never panics.
func ClientFromRequest(r *http.Request, trusted []netip.Prefix) Client {
	if r == nil {
		return Client{}
	}
	ip, ok := parseAddr(r.RemoteAddr)
	if ok && isTrusted(ip, trusted) {
		ip = forwardedFor(r.Header, ip, trusted)
	}
	return Client{IP: ip, UserAgent: canon.Line(r.Header.Get("User-Agent"), maxUserAgent), Hints: hintsOf(r.Header)}
}

// forwardedFor walks outwards from the trusted peer.
func forwardedFor(h http.Header, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	w := hops{lines: h.Values("X-Forwarded-For")}
	if len(w.lines) == 0 {
		w = hops{lines: h.Values("Forwarded"), rfc7239: true}
	}
	last := peer
	for text, ok := w.next(); ok; text, ok = w.next() {
		if w.rfc7239 {
			text = forParameter(text)
		}
		ip, ok := parseAddr(text)
		if !ok {
			return last
		}
		last = ip
		if !isTrusted(ip, trusted) {
			return ip
		}
	}
	return last
}

// hops yields the elements of a list header from the last to the first.
type hops struct {
	lines      []string // header lines not begun yet; never written to
	line       string   // what is left of the line that is being read
	begun      bool
	rfc7239    bool // commas inside quotes do not separate
	seen, read int
}

func (w *hops) next() (string, bool) {
	for w.begun || len(w.lines) > 0 {
		if !w.begun {
			w.line, w.begun = w.lines[len(w.lines)-1], true
			w.lines = w.lines[:len(w.lines)-1]
		}
		i := w.lastComma(w.line)
		element := w.line[i+1:]
		w.seen++
		w.read += len(element) + 1
		if w.seen > maxHops || w.read > maxForwarded {
			return "", false
		}
		if i < 0 {
			w.begun = false
		} else {
			w.line = w.line[:i]
		}
		if element = strings.Trim(element, " \t"); element != "" { // RFC 9110 §5.6.1.2: empty elements are ignored
			return element, true
		}
	}
	return "", false
}

// lastComma finds the last separator of line within the bytes that may still
// be read; -1 if there is none. Quotes are matched from the right, where the
// trusted proxies write: an unbalanced quote that a client sent stays on the
// client's side.
func (w *hops) lastComma(line string) int {
	quoted := false
	for i := len(line) - 1; i >= 0 && len(line)-i <= maxForwarded; i-- {
		switch {
		case line[i] == '"' && w.rfc7239:
			quoted = !quoted
		case line[i] == ',' && !quoted:
			return i
		}
	}
	return -1
}

// forParameter takes the address out of one element of Forwarded:
// `for="[2001:db8::1]:4711";proto=https`. An element without exactly one
// gives "".
func forParameter(element string) string {
	found := ""
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(strings.Trim(name, " \t"), "for") {
			continue
		}
		if found != "" {
			return ""
		}
		found = strings.Trim(value, " \t")
		if n := len(found); n >= 2 && found[0] == '"' && found[n-1] == '"' {
			found = found[1 : n-1]
		}
	}
	return found
}

// parseAddr reads an address with or without port, brackets and zone.
func parseAddr(s string) (netip.Addr, bool) {
	if len(s) > 128 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		if ap, err := netip.ParseAddrPort(s); err == nil {
			a = ap.Addr()
		} else if n := len(s); n > 2 && s[0] == '[' && s[n-1] == ']' {
			if a, err = netip.ParseAddr(s[1 : n-1]); err != nil || !a.Is6() {
				return netip.Addr{}, false
			}
		}
	}
	a = plainAddr(a)
	return a, a.IsValid() && !a.IsUnspecified()
}

// plainAddr is the one form in which an address is kept.
func plainAddr(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// plainPrefix is the one form in which a prefix is kept: masked, IPv4-mapped
// ones as IPv4.
func plainPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

func isTrusted(ip netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if plainPrefix(p).Contains(ip) {
			return true
		}
	}
	return false
}

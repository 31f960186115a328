package webpush

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// newClient sends to push services and nowhere else. What a name leads to is
// looked at when the connection is made, on the very address that is connected
// to: a check before that could be given another answer by the DNS. A proxy
// named by the environment would do the resolving in our place, so there is
// none; a redirect is an answer like any other. A nil resolver is the system's.
func newClient(r *net.Resolver) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, ControlContext: checkDial, Resolver: r}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConns: 100, MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 16 << 10,
		},
	}
}

// checkDial is a [net.Dialer]'s ControlContext: it refuses to connect anywhere
// but to port 443 of a public address.
func checkDial(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || to.Port() != 443 || !isPublic(to.Addr()) {
		return ErrAddress
	}
	return nil
}

// special are the blocks of IPv4, and of global, that do not lead to the public
// internet, or not surely: IANA's registries of special-purpose addresses (RFC
// 6890), beside those that netip knows.
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20",
)

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

var (
	global = netip.MustParsePrefix("2000::/3")     // all of IPv6 that is given out
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	sixTo4 = netip.MustParsePrefix("2002::/16")    // RFC 3056
)

// isPublic tells whether an address is on the public internet. One that holds
// an IPv4 address is judged by that.
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	b := ip.As16()
	switch {
	case nat64.Contains(ip):
		return isPublic(netip.AddrFrom4([4]byte(b[12:16])))
	case sixTo4.Contains(ip):
		return isPublic(netip.AddrFrom4([4]byte(b[2:6])))
	case !ip.IsGlobalUnicast() || ip.IsPrivate(): // neither loopback, link-local nor multicast
		return false
	case ip.Is6() && !global.Contains(ip):
		return false
	}
	for _, p := range special {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

package webpush

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
)

// Loopback has n send to one address of this machine, whatever the endpoint's
// host, and trust its authority. Everything else stays as it is.
func Loopback(n *Notifier, addr string, roots *x509.CertPool) {
	n.client = newClient(nil)
	t := n.client.Transport.(*http.Transport)
	t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12}
}

// Resolve has n ask a DNS server of the test's. The guard stays.
func Resolve(n *Notifier, r *net.Resolver) { n.client = newClient(r) }

// Transport is what n sends through.
func Transport(n *Notifier) *http.Transport { return n.client.Transport.(*http.Transport) }

// Parse is parse.
func Parse(data []byte, services []string) error { _, err := parse(data, services); return err }

// CheckEndpoint is checkEndpoint.
func CheckEndpoint(endpoint string, services ...string) error {
	return checkEndpoint(endpoint, services)
}

// CheckDial is checkDial.
func CheckDial(network, address string) error {
	return checkDial(context.Background(), network, address, nil)
}

// IsPublic is isPublic.
func IsPublic(ip netip.Addr) bool { return isPublic(ip) }

const (
	BodySize   = bodySize
	MaxPayload = maxPayload
)

// Send has n hand its requests to rt.
func Send(n *Notifier, rt http.RoundTripper) { n.client = &http.Client{Transport: rt} }

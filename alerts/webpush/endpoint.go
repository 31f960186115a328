package webpush

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// maxEndpoint bounds an endpoint, in bytes. Those of the browsers have 150 to
// 500.
const maxEndpoint = 1024

// DefaultServices are the push services of Chrome, Edge, Firefox, Safari and
// the browsers made of them.
func DefaultServices() []string {
	return []string{"fcm.googleapis.com", "*.push.services.mozilla.com", "*.notify.windows.com", "*.push.apple.com"}
}

// AnyService allows every public host. Then any customer can have the server
// send a POST, of encrypted bytes, to a host and path of their choice.
const AnyService = "*"

// checkEndpoint accepts HTTPS links to allowed hosts, in the one spelling that
// browsers use, so that no endpoint has two hashes.
func checkEndpoint(endpoint string, services []string) error {
	if len(endpoint) > maxEndpoint || strings.ContainsFunc(endpoint, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\\\"<>^`{|}#", r) }) {
		return fmt.Errorf("%w: the endpoint is too long or holds a character that does not belong", ErrSubscription)
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Scheme != "https" || u.Opaque != "" || u.String() != endpoint:
		return fmt.Errorf("%w: the endpoint is not a plain HTTPS link", ErrSubscription)
	case u.User != nil:
		return fmt.Errorf("%w: the endpoint holds a user", ErrSubscription)
	case len(u.Path) < 2:
		return fmt.Errorf("%w: the endpoint names nobody", ErrSubscription)
	case !isPublicName(u.Host):
		return fmt.Errorf("%w: the endpoint's host is not a public name alone", ErrSubscription)
	case !slices.ContainsFunc(services, func(s string) bool { return matches(u.Host, s) }):
		return ErrService
	}
	return nil
}

// matches compares a host with an entry of [Config].Services.
func matches(host, service string) bool {
	if domain, ok := strings.CutPrefix(service, "*."); ok {
		return strings.HasSuffix(host, "."+domain)
	}
	return service == AnyService || service == host
}

// private are names that never lead to the public internet (RFC 6761, 6762,
// 8375, 9476 and the names that ICANN does not give out).
var private = []string{
	"localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "arpa", "onion", "alt",
	"test", "example", "invalid",
}

// isPublicName tells whether host is a full name in lower-case ASCII whose last
// label is a public one. A port or an address of IPv6 has a colon, which no
// label may have, and the last label of an address of IPv4 begins with a digit
// in every spelling ("127.1", "0x7f.1").
func isPublicName(host string) bool {
	if len(host) > 253 || !strings.Contains(host, ".") {
		return false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !isLabel(label) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return last[0] >= 'a' && last[0] <= 'z' && !slices.Contains(private, last)
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

// checkServices accepts hosts, "*." and a domain, and [AnyService].
func checkServices(services []string) error {
	for _, s := range services {
		if s != AnyService && !isPublicName(strings.TrimPrefix(s, "*.")) {
			return fmt.Errorf("webpush: Config.Services: %q is neither a public host, \"*.\" and one, nor %q", s, AnyService)
		}
	}
	return nil
}

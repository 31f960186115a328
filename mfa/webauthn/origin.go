package webauthn

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"

	"example.com/accountsec/internal/canon"
)

// checkOrigins makes sure that the RP ID and the origins fit each other.
func (cfg *Config) checkOrigins() error {
	if err := protocol.ValidateRPID(cfg.RPID); err != nil || cfg.RPID != strings.ToLower(cfg.RPID) {
		return errors.New(`webauthn: Config.RPID must be a domain in lower case and ASCII, such as "shop.example"`)
	}
	if len(cfg.Origins) == 0 {
		return errors.New("webauthn: Config.Origins is required")
	}
	cfg.Origins, cfg.RelatedOrigins = slices.Clone(cfg.Origins), slices.Clone(cfg.RelatedOrigins)
	for _, origin := range cfg.Origins {
		host, err := originHost(origin)
		if err != nil {
			return err
		}
		if !within(host, cfg.RPID) {
			return fmt.Errorf("webauthn: the origin %q is outside the RP ID: list it in Config.RelatedOrigins if it is the same shop's", origin)
		}
	}
	for _, origin := range cfg.RelatedOrigins {
		host, err := originHost(origin)
		if err != nil {
			return err
		}
		if within(host, cfg.RPID) {
			return fmt.Errorf("webauthn: the related origin %q belongs into Config.Origins", origin)
		}
	}
	if len(cfg.RelatedOrigins) > 0 {
		if _, err := protocol.NewRelatedOrigins(cfg.RelatedOrigins...); err != nil {
			return fmt.Errorf("webauthn: Config.RelatedOrigins: %w", err)
		}
	}
	return nil
}

var originForm = regexp.MustCompile(`^(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([1-9][0-9]{0,4}))?$`)

// originHost gives the host of an origin that is written as browsers write it:
// scheme, host in lower case and ASCII, and the port unless it is the scheme's
// own. Only a page on this very machine may do without TLS, as browsers have it
// (W3C Secure Contexts §3.1).
func originHost(origin string) (string, error) {
	parts := originForm.FindStringSubmatch(origin)
	if parts == nil || protocol.ValidateRPID(parts[2]) != nil || !plausible(parts[1], parts[2], parts[3]) {
		return "", fmt.Errorf("webauthn: %q is no origin such as \"https://www.shop.example\" (http only on localhost)", canon.Line(origin, 128))
	}
	return parts[2], nil
}

func plausible(scheme, host, port string) bool {
	if scheme == "https" {
		return port != "443"
	}
	return port != "80" && within(host, "localhost")
}

// within tells whether host is domain or a subdomain of it.
func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// Origins lists the origins that responses are accepted from, related ones
// included, for whatever else must know them.
func (m *Method) Origins() []string { return slices.Concat(m.cfg.Origins, m.cfg.RelatedOrigins) }

// WellKnown serves the document by which browsers learn of the related origins.
// Mount it at "/.well-known/webauthn" on the RP ID itself. Without related
// origins it answers 404.
func (m *Method) WellKnown() http.Handler {
	if len(m.cfg.RelatedOrigins) == 0 {
		return http.NotFoundHandler()
	}
	related, err := protocol.NewRelatedOrigins(m.cfg.RelatedOrigins...)
	if err != nil { // New has checked them
		return http.NotFoundHandler()
	}
	return related
}

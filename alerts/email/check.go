package email

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"example.com/accountsec/internal/canon"
)

// CheckConfig tells [CheckDomain] what to look at. The zero value looks at what
// DNS and the policy file say, and connects to no mail server.
type CheckConfig struct {
	// Resolver answers DNS questions. Defaults to net.DefaultResolver.
	Resolver Resolver
	// Transport fetches the MTA-STS policy. Redirects are not followed (RFC
	// 8461 §3.3). Defaults to http.DefaultTransport.
	Transport http.RoundTripper
	// EnvelopeDomain is the domain that bounces go to (Return-Path), whose SPF
	// counts. Defaults to the domain that is checked.
	EnvelopeDomain string
	// DKIM are the keys that sign: each one's record must hold its public half.
	// Its Domain defaults to the domain that is checked. Defaults to none.
	DKIM DKIM
	// Selectors are further names of keys to look at, such as a provider's, at
	// most 16. Defaults to none.
	Selectors []string
	// Addrs are the addresses that mail leaves from, at most 16: SPF must allow
	// them, and their names must lead back to them. Defaults to none.
	Addrs []netip.Addr
	// HelloName is how the sending server introduces itself. Defaults to the
	// domain that is checked.
	HelloName string
	// Dial connects to the mail exchangers, to see whether they speak TLS.
	// Defaults to nil: they are not called.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// RootCAs may vouch for mail exchangers. Defaults to the system's.
	RootCAs *x509.CertPool
	// Timeout bounds the whole check; a single question takes 5 seconds at
	// most. Defaults to 30 seconds.
	Timeout time.Duration
	// Now is the clock for the id of a suggested record. Defaults to time.Now.
	Now func() time.Time
}

const maxChecked = 16

// CheckDomain looks at what DNS says about a domain that sends mail: DMARC (RFC
// 9989, and 7489 for the receivers of its time), SPF (RFC 7208), DKIM keys (RFC 6376, 8301, 8463), mail exchangers and,
// if asked, their TLS, MTA-STS (RFC 8461), TLS reporting (RFC 8460) and reverse
// DNS. It asks at most 120 questions.
//
// What cannot be looked up is a finding ("dns.timeout"), not taken for missing.
// The error is that of a domain or configuration that cannot be meant, or
// ctx's.
func CheckDomain(ctx context.Context, domain string, cfg CheckConfig) (Report, error) {
	c, err := newChecker(domain, cfg)
	if err != nil {
		return Report{}, err
	}
	limit, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	for _, area := range Areas() {
		before := len(c.report.Findings)
		c.area, c.looked = area, false
		switch area {
		case "dmarc": // first: whether SPF and DKIM may be relaxed stands there
			c.checkDMARC(limit)
		case "spf":
			c.checkSPF(limit)
		case "dkim":
			c.checkDKIM(limit)
		case "mx":
			c.checkMX(limit)
		case "mta_sts":
			c.checkSTS(limit)
		case "tls_rpt":
			c.checkTLSRPT(limit)
		case "ptr":
			c.checkPTR(limit)
		}
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		c.conclude(before)
	}
	return c.report, nil
}

// conclude says that an area is fine if nothing more than advice was found.
func (c *checker) conclude(before int) {
	for _, f := range c.report.Findings[before:] {
		if f.Severity > Advice {
			return
		}
	}
	if c.looked {
		c.add(Good, c.area+".ok", c.domain, nil, nil)
	}
}

// checker is one run of CheckDomain.
type checker struct {
	cfg         CheckConfig
	domain, org string
	dns         *lookups
	report      Report
	area        string
	looked      bool // whether the area can be called fine
	policy      dmarcRecord
	exchangers  []string // of the domain
}

func newChecker(domain string, cfg CheckConfig) (*checker, error) {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if !isHost(domain) || err != nil {
		return nil, fmt.Errorf("email: %q is not a domain that mail could come from", canon.Line(domain, 64))
	}
	for _, name := range []*string{&cfg.EnvelopeDomain, &cfg.HelloName, &cfg.DKIM.Domain} {
		*name = strings.ToLower(strings.TrimSuffix(*name, "."))
		if *name == "" {
			*name = domain
		}
		if !isHost(*name) {
			return nil, fmt.Errorf("email: %q is not a domain", canon.Line(*name, 64))
		}
	}
	if len(cfg.DKIM.Keys) > maxKeys || len(cfg.Selectors) > maxChecked || len(cfg.Addrs) > maxChecked {
		return nil, fmt.Errorf("email: more than %d keys, or %d selectors or addresses", maxKeys, maxChecked)
	}
	for _, k := range cfg.DKIM.Keys {
		if !isHost(k.Selector) || k.Signer == nil || algorithm(k.Signer.Public()) == "" {
			return nil, errors.New("email: a key has no selector, or is neither RSA nor Ed25519")
		}
	}
	for _, s := range cfg.Selectors {
		if !isHost(s) {
			return nil, fmt.Errorf("email: %q is not a selector", canon.Line(s, 64))
		}
	}
	if slices.ContainsFunc(cfg.Addrs, func(a netip.Addr) bool { return !a.IsValid() }) || cfg.Timeout < 0 {
		return nil, errors.New("email: an address is invalid, or the Timeout negative")
	}
	if cfg.Resolver == nil {
		cfg.Resolver = net.DefaultResolver
	}
	if cfg.Transport == nil {
		cfg.Transport = http.DefaultTransport
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &checker{cfg: cfg, domain: domain, org: org, dns: &lookups{cfg.Resolver, maxQuestions}}
	c.report = Report{Domain: domain, Organization: org}
	return c, nil
}

func (c *checker) add(s Severity, code, name string, args map[string]string, publish *Record) {
	for k, v := range args {
		args[k] = canon.Line(v, 300)
	}
	c.looked = true
	c.report.Findings = append(c.report.Findings, Finding{s, c.area, code, canon.Line(name, 260), args, publish})
}

// absent tells whether a look-up found nothing; a look-up that failed becomes a
// finding of its own.
func (c *checker) absent(name string, err error) bool {
	var dns *net.DNSError
	switch {
	case err == nil:
		return false
	case errors.Is(err, errAbsent):
		return true
	case errors.Is(err, errQuestions):
		c.add(Warning, "dns.questions", name, nil, nil)
	case errors.Is(err, errOversize):
		c.add(Fault, "dns.oversize", name, nil, nil)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &dns) && dns.IsTimeout:
		c.add(Warning, "dns.timeout", name, nil, nil)
	default:
		c.add(Warning, "dns.failed", name, nil, nil)
	}
	return false
}

// aligned tells whether DMARC takes a domain for the sender's (RFC 7489 §3.1).
func (c *checker) aligned(domain string, strict bool) bool {
	if strict {
		return domain == c.domain
	}
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	return err == nil && org == c.org
}

func textRecord(name, text string) *Record { return &Record{name, "TXT", text} }

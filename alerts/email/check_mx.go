package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"net/smtp"
	"slices"
	"strconv"
	"strings"
)

const maxExchangers = 10

func (c *checker) checkMX(ctx context.Context) {
	for _, domain := range slices.Compact([]string{c.domain, c.cfg.EnvelopeDomain}) {
		hosts := c.findMX(ctx, domain)
		if domain == c.domain {
			c.exchangers = hosts
		}
	}
	for i, host := range c.exchangers {
		if c.cfg.Dial != nil && i < 5 {
			c.probe(ctx, host)
		}
	}
	c.looked = true
}

// findMX gives the hosts that take a domain's mail, which answers and bounces
// need.
func (c *checker) findMX(ctx context.Context, domain string) []string {
	found, err := c.dns.mx(ctx, domain)
	if c.absent(domain, err) {
		severity := Fault
		_, err := c.dns.addrs(ctx, domain)
		if err == nil {
			severity = Warning // the domain's own address stands in
		}
		if err == nil || c.absent(domain, err) {
			c.add(severity, "mx.missing", domain, nil, nil)
		}
		return nil
	}
	var hosts []string
	for _, mx := range found {
		host := strings.ToLower(strings.TrimSuffix(mx.Host, "."))
		switch _, literal := netip.ParseAddr(host); {
		case host == "":
			c.add(Fault, "mx.null", domain, nil, nil)
		case literal == nil:
			c.add(Fault, "mx.address", domain, map[string]string{"host": host}, nil)
		case len(hosts) == maxExchangers:
			c.add(Advice, "mx.many", domain, map[string]string{"count": strconv.Itoa(len(found))}, nil)
			return hosts
		default:
			hosts = append(hosts, host)
			if _, err := c.dns.addrs(ctx, host); c.absent(host, err) {
				c.add(Fault, "mx.unknown_host", domain, map[string]string{"host": host}, nil)
			}
		}
	}
	return hosts
}

var errNoTLS = errors.New("email: no STARTTLS")

// probe sees whether a host speaks TLS with a certificate of its name.
func (c *checker) probe(ctx context.Context, host string) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	err := c.startTLS(ctx, host)
	var invalid *tls.CertificateVerificationError
	switch {
	case err == nil:
	case errors.Is(err, errNoTLS):
		c.add(Fault, "mx.no_tls", host, nil, nil)
	case errors.As(err, &invalid):
		c.add(Warning, "mx.certificate", host, nil, nil)
	default:
		c.add(Warning, "mx.unreachable", host, nil, nil)
	}
}

// startTLS uses the standard library's client, which is enough to look.
func (c *checker) startTLS(ctx context.Context, host string) error {
	conn, err := c.cfg.Dial(ctx, "tcp", net.JoinHostPort(host, "25"))
	if err != nil {
		return err
	}
	defer conn.Close()                                      //nolint:errcheck // was only looked at
	defer context.AfterFunc(ctx, func() { conn.Close() })() //nolint:errcheck
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	if err := client.Hello(c.cfg.HelloName); err != nil {
		return err
	}
	if ok, _ := client.Extension("STARTTLS"); !ok {
		return errNoTLS
	}
	if err := client.StartTLS(&tls.Config{ServerName: host, RootCAs: c.cfg.RootCAs, MinVersion: tls.VersionTLS12}); err != nil {
		return err
	}
	client.Quit() //nolint:errcheck // it has answered what was asked
	return nil
}

// checkPTR sees whether the names of the sending addresses lead back to them.
func (c *checker) checkPTR(ctx context.Context) {
	for _, a := range c.cfg.Addrs {
		a = a.Unmap().WithZone("")
		publish := &Record{reverseName(a), "PTR", c.cfg.HelloName}
		names, err := c.dns.names(ctx, a)
		if c.absent(a.String(), err) {
			c.add(Fault, "ptr.missing", a.String(), nil, publish)
		}
		if err != nil {
			continue
		}
		confirmed := ""
		for _, name := range names[:min(len(names), spfHosts)] {
			if back, err := c.dns.addrs(ctx, name); err == nil && slices.Contains(back, a) {
				confirmed = strings.ToLower(strings.TrimSuffix(name, "."))
				break
			}
		}
		switch confirmed {
		case "":
			c.add(Fault, "ptr.unconfirmed", a.String(), map[string]string{"host": strings.TrimSuffix(names[0], ".")}, publish)
		case c.cfg.HelloName:
		default:
			c.add(Advice, "ptr.hello", a.String(), map[string]string{"host": confirmed, "hello": c.cfg.HelloName}, nil)
		}
		c.looked = true
	}
}

// reverseName is where an address's name is published (RFC 1035 §3.5, RFC 3596
// §2.5).
func reverseName(a netip.Addr) string {
	var labels []string
	if a.Is4() {
		for _, b := range a.As4() {
			labels = append(labels, strconv.Itoa(int(b)))
		}
		slices.Reverse(labels)
		return strings.Join(labels, ".") + ".in-addr.arpa"
	}
	for _, b := range a.As16() {
		labels = append(labels, strconv.FormatInt(int64(b>>4), 16), strconv.FormatInt(int64(b&15), 16))
	}
	slices.Reverse(labels)
	return strings.Join(labels, ".") + ".ip6.arpa"
}

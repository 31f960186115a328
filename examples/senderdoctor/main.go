// Command senderdoctor says what is wrong with the DNS of a domain that sends
// mail, and what to publish:
//
//	senderdoctor -selectors s2026a -addrs 192.0.2.1 -lang ko shop.example
//	senderdoctor -key s2026a=dkim.pem -format html shop.example >report.html
//
// With -key it also sees whether the published key is the one that signs; the
// file holds a private key in PEM (PKCS #8 or PKCS #1) and is only read. With
// -connect it calls the domain's mail servers on port 25 to look at their TLS.
// Nothing is sent.
//
// It ends with 0 if there is nothing worse than advice, 1 if there are warnings,
// 2 if there are faults, and 3 if it could not look.
package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"time"

	"example.com/accountsec/alerts/email"
)

const couldNotLook = 3

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	code, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "senderdoctor:", err)
	}
	os.Exit(code)
}

// options are the command's flags.
type options struct {
	domain, lang, format, server string
	connect                      bool
	cfg                          email.CheckConfig
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("senderdoctor", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: senderdoctor [flags] domain")
		flags.PrintDefaults()
	}
	list := func(name, usage string, add func(string) error) {
		flags.Func(name, usage, func(s string) error {
			for item := range strings.SplitSeq(s, ",") {
				if err := add(strings.TrimSpace(item)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	flags.StringVar(&o.lang, "lang", "en", "language of the report: en or ko")
	flags.StringVar(&o.format, "format", "text", "text, json or html")
	flags.StringVar(&o.server, "dns", "", "host:port of the DNS server to ask (the system's)")
	flags.BoolVar(&o.connect, "connect", false, "call the mail servers on port 25 to look at their TLS")
	flags.DurationVar(&o.cfg.Timeout, "timeout", 30*time.Second, "time for the whole check")
	flags.StringVar(&o.cfg.EnvelopeDomain, "envelope", "", "domain that bounces go to (the domain itself)")
	flags.StringVar(&o.cfg.HelloName, "hello", "", "name by which the sending server introduces itself (the domain)")
	flags.StringVar(&o.cfg.DKIM.Domain, "signer", "", "domain that signs, d= of DKIM (the domain)")
	list("selectors", "names of DKIM keys, with commas", func(s string) error {
		o.cfg.Selectors = append(o.cfg.Selectors, s)
		return nil
	})
	list("addrs", "addresses that mail leaves from, with commas", func(s string) error {
		a, err := netip.ParseAddr(s)
		o.cfg.Addrs = append(o.cfg.Addrs, a)
		return err
	})
	flags.Func("key", "selector=file of a private DKIM key in PEM; may be repeated", func(s string) error {
		selector, file, _ := strings.Cut(s, "=")
		key, err := readKey(file)
		o.cfg.DKIM.Keys = append(o.cfg.DKIM.Keys, email.DKIMKey{Selector: selector, Signer: key})
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() != 1:
		return o, errors.New("name one domain, after the flags")
	case o.lang != "en" && o.lang != "ko":
		return o, fmt.Errorf("-lang %q is neither en nor ko", o.lang)
	case writers[o.format] == nil:
		return o, fmt.Errorf("-format %q is none of text, json, html", o.format)
	}
	o.domain = flags.Arg(0)
	return o, nil
}

// readKey reads a private key. Its errors do not repeat what is in the file.
func readKey(file string) (crypto.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s is not PEM", file)
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s holds no private key that signs", file)
	}
	return signer, nil
}

// run does what the flags say; it gives the code to end with.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0, err
	}
	if err != nil {
		return couldNotLook, err
	}
	o.network()
	report, err := email.CheckDomain(ctx, o.domain, o.cfg)
	if err != nil {
		return couldNotLook, err
	}
	if err := writers[o.format](stdout, newPage(report, o.lang)); err != nil {
		return couldNotLook, err
	}
	return exitCode(report.Worst()), nil
}

// network has everything ask the DNS server that was named.
func (o *options) network() {
	dialer := &net.Dialer{}
	if o.server != "" {
		dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, o.server)
		}}
		o.cfg.Resolver = dialer.Resolver
	}
	if o.connect {
		o.cfg.Dial = dialer.DialContext
	}
	o.cfg.Transport = &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableKeepAlives: true,
	}
}

func exitCode(worst email.Severity) int {
	switch worst {
	case email.Fault:
		return 2
	case email.Warning:
		return 1
	}
	return 0
}

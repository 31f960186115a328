package alerts

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/internal/canon"
)

// Sender is who messages come from: one identity, the same on every channel,
// that recipients can learn to recognise.
type Sender struct {
	// Brand is the shop's name, at most 64 bytes, one line. Required.
	Brand string
	// Domain is the shop's official domain in ASCII ("shop.example"): not one
	// of a free-mail provider or a link shortener. Required.
	Domain string
	// From is the address that messages come from, in Domain or below it. What
	// stands before the @ is a purpose, never a person: security, alerts,
	// alert, account, accounts, noreply, no-reply, notice, notification,
	// notifications, notify, service, support, help, privacy, order or orders.
	// Required.
	From string
	// ReplyTo is where answers go, under the same rules. Defaults to
	// SupportEmail, then to From.
	ReplyTo string
	// SecurityURL is the page on which owners see their activity and secure
	// their account. It is the only thing that messages ask to open, and is
	// where the phishing notice lives. Defaults to none: messages then tell
	// the owner to type Domain.
	SecurityURL string
	// PrivacyURL and SecurityPolicyURL are the privacy policy and the security
	// policy. Defaults to none.
	PrivacyURL, SecurityPolicyURL string
	// SupportURL, SupportEmail and SupportPhone reach the shop's people.
	// Defaults to none.
	SupportURL, SupportEmail, SupportPhone string
	// Address is the postal address, one line. Defaults to none.
	Address string
}

// purposes are what may stand before the @.
var purposes = []string{
	"security", "alerts", "alert", "account", "accounts", "noreply", "no-reply", "notice", "notification",
	"notifications", "notify", "service", "support", "help", "privacy", "order", "orders",
}

// Validate reports the first thing about the sender that would make a
// recipient right to distrust it, as [ErrSender].
func (s Sender) Validate() error {
	if err := checkBrand(s.Brand); err != nil {
		return fmt.Errorf("%w: Brand: %w", ErrSender, err)
	}
	if err := checkDomain(s.Domain); err != nil {
		return fmt.Errorf("%w: Domain: %w", ErrSender, err)
	}
	for _, f := range []struct{ name, addr string }{{"From", s.From}, {"ReplyTo", s.ReplyTo}, {"SupportEmail", s.SupportEmail}} {
		if f.addr == "" && f.name != "From" {
			continue
		}
		if err := s.checkAddress(f.addr); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrSender, f.name, err)
		}
	}
	for _, f := range []struct{ name, link string }{
		{"SecurityURL", s.SecurityURL}, {"PrivacyURL", s.PrivacyURL},
		{"SecurityPolicyURL", s.SecurityPolicyURL}, {"SupportURL", s.SupportURL},
	} {
		if f.link == "" {
			continue
		}
		if err := s.CheckLink(f.link); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrSender, f.name, err)
		}
	}
	for _, f := range []struct{ name, text string }{{"SupportPhone", s.SupportPhone}, {"Address", s.Address}} {
		if canon.Line(f.text, maxText) != f.text {
			return fmt.Errorf("%w: %s: not one plain line of at most %d bytes", ErrSender, f.name, maxText)
		}
	}
	return nil
}

const maxBrand = 64

func checkBrand(b string) error {
	switch {
	case b == "" || canon.Line(b, maxBrand) != b:
		return fmt.Errorf("not one plain line of 1 to %d bytes", maxBrand)
	case strings.ContainsAny(b, `@<>"\/:,;()[]`):
		return fmt.Errorf("holds a character of an address or a link")
	case strings.EqualFold(b, "security") || strings.EqualFold(b, "support"):
		return fmt.Errorf("names nobody")
	case mixesScripts(b):
		return fmt.Errorf("mixes alphabets that look alike")
	}
	return nil
}

// checkDomain accepts a host name of at least two labels (RFC 1123 §2.1) in
// lower-case ASCII that is the shop's own.
func checkDomain(domain string) error {
	if len(domain) > 253 || !strings.Contains(domain, ".") {
		return fmt.Errorf("%q is not a full domain name", canon.Line(domain, maxKind))
	}
	for label := range strings.SplitSeq(domain, ".") {
		if !isLabel(label) {
			return fmt.Errorf("%q is not a domain name in lower-case ASCII", canon.Line(domain, maxKind))
		}
		if puny, ok := strings.CutPrefix(label, "xn--"); ok {
			text, err := decodePunycode(puny)
			if err != nil {
				return fmt.Errorf("the label %q is malformed", label)
			}
			if mixesScripts(text) {
				return fmt.Errorf("the label %q mixes alphabets that look alike", label)
			}
		}
	}
	if last := domain[strings.LastIndexByte(domain, '.')+1:]; !strings.ContainsFunc(last, unicode.IsLetter) {
		return fmt.Errorf("%q is an address, not a domain", domain)
	}
	for _, public := range slices.Concat(freeMail, shorteners) {
		if within(domain, public) {
			return fmt.Errorf("%s belongs to everybody", public)
		}
	}
	return nil
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

// within tells whether host is domain or below it.
func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

func (s Sender) checkAddress(addr string) error {
	local, host, ok := strings.Cut(addr, "@")
	switch {
	case !ok:
		return fmt.Errorf("%q is not an address", canon.Line(addr, maxKind))
	case !slices.Contains(purposes, local):
		return fmt.Errorf("%q is no purpose (one of %s)", canon.Line(local, maxKind), strings.Join(purposes, ", "))
	case !within(host, s.Domain):
		return fmt.Errorf("is not in %s", s.Domain)
	}
	return checkDomain(host)
}

// CheckLink accepts links that a message may hold: HTTPS, to Domain or below
// it, without user, port or tricks that readers or browsers could read as
// another host.
func (s Sender) CheckLink(link string) error {
	if canon.Line(link, 512) != link || strings.ContainsAny(link, "\\ <>\"'`{}|^") || !isASCII(link) {
		return fmt.Errorf("holds a character that does not belong into a link")
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return fmt.Errorf("is not a link")
	case u.Scheme != "https" || !strings.HasPrefix(link, "https://") || u.Opaque != "":
		return fmt.Errorf("is not an HTTPS link")
	case u.User != nil:
		return fmt.Errorf("holds a user name")
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		return fmt.Errorf("holds a port")
	case u.Host != u.Hostname() || !within(u.Host, s.Domain):
		return fmt.Errorf("does not lead to %s", s.Domain)
	case strings.Contains(u.Path, "//") || strings.Contains(u.RawQuery, "//") || strings.Contains(strings.ToLower(u.RawQuery), "%2f"):
		return fmt.Errorf("leads on to another address")
	}
	return checkDomain(u.Host)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// Reply is where answers go: ReplyTo, or SupportEmail, or From.
func (s Sender) Reply() string {
	for _, a := range []string{s.ReplyTo, s.SupportEmail} {
		if a != "" {
			return a
		}
	}
	return s.From
}

package alerts

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/accountsec/internal/canon"
)

const maxLink = 512 // bytes

// domains are where links may lead, Domain first.
func (s Sender) domains() []string { return append([]string{s.Domain}, s.LinkDomains...) }

// CheckLink accepts links that a message may hold: HTTPS, to Domain or one of
// LinkDomains or below them, without user, port or tricks that readers or
// browsers could read as another host. While a Change is on its way the domains
// of both identities are accepted; those that hold for one message are of
// [Sender.At].
func (s Sender) CheckLink(link string) error {
	if canon.Line(link, maxLink) != link || strings.ContainsAny(link, "\\ <>\"'`{}|^") || !isASCII(link) {
		return errors.New("holds a character that does not belong into a link")
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return errors.New("is not a link")
	case u.Scheme != "https" || !strings.HasPrefix(link, "https://") || u.Opaque != "":
		return errors.New("is not an HTTPS link")
	case u.User != nil:
		return errors.New("holds a user name")
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		return errors.New("holds a port")
	case u.Host != u.Hostname():
		return errors.New("does not name a host")
	case strings.Contains(u.Path, "\\") || canon.Line(u.Path, maxLink) != u.Path:
		return errors.New("hides a character in its path")
	case strings.Contains(u.Path+u.RawQuery+u.Fragment, "//") || strings.Contains(strings.ToLower(u.RawQuery), "%2f"):
		return errors.New("leads on to another address")
	}
	allowed := s.domains()
	if s.Change != nil {
		allowed = append(allowed, s.Change.Old.domains()...)
	}
	if slices.Contains(allowed, u.Host) { // as most are; Validate has looked at them
		return nil
	}
	if !slices.ContainsFunc(allowed, func(d string) bool { return within(u.Host, d) }) {
		return fmt.Errorf("does not lead to %s", s.Domain)
	}
	return checkDomain(u.Host)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

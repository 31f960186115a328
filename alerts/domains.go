package alerts

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"example.com/accountsec/internal/canon"
)

//go:embed freemail.txt
var freeMailFile string

//go:embed shorteners.txt
var shortenerFile string

// everybodys are the domains of free mail and of link shorteners.
var everybodys = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(freeMailFile + shortenerFile) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[line] = true
		}
	}
	return out
})

// registrable reads internationalised names as registries do: nothing is mapped,
// so what a reader sees and what is asked for are one name (RFC 5891 §4).
var registrable = sync.OnceValue(func() *idna.Profile {
	return idna.New(idna.ValidateForRegistration(), idna.StrictDomainName(true), idna.CheckJoiners(true))
})

// checkDomain accepts a host name of at least two labels (RFC 1123 §2.1) in
// lower-case ASCII that is the shop's own and cannot be read as another.
func checkDomain(domain string) error {
	shown := canon.Line(domain, maxKind)
	if len(domain) > 253 || !strings.Contains(domain, ".") {
		return fmt.Errorf("%q is not a full domain name", shown)
	}
	for label := range strings.SplitSeq(domain, ".") {
		if !isLabel(label) {
			return fmt.Errorf("%q is not a domain name in lower-case ASCII", shown)
		}
	}
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	if !strings.ContainsFunc(last, unicode.IsLetter) {
		return fmt.Errorf("%q is an address, not a domain", shown)
	}
	for name := domain; ; {
		if everybodys()[name] {
			return fmt.Errorf("%s belongs to everybody", name)
		}
		_, above, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		name = above
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return fmt.Errorf("anybody gets a name below %s", domain)
	}
	return checkLookAlike(domain)
}

// checkLookAlike refuses labels that can be read as others (Unicode TS 39).
func checkLookAlike(domain string) error {
	if !strings.Contains(domain, "xn--") {
		return nil
	}
	name, err := registrable().ToUnicode(domain)
	if err != nil {
		return fmt.Errorf("an internationalised label of %s is malformed", domain)
	}
	labels := strings.Split(name, ".")
	top := labels[len(labels)-1]
	for _, label := range labels {
		if mixesScripts(label) {
			return fmt.Errorf("a label of %s mixes alphabets that look alike", domain)
		}
		// Below a top level of its own alphabet a name is read in that alphabet.
		own := scriptOf(label) != "Latn" && scriptOf(label) == scriptOf(top)
		if ascii := readsAs(label); ascii != "" && !own {
			return fmt.Errorf("a label of %s reads as %q and is not", domain, ascii)
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

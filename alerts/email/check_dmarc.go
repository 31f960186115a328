package email

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// dmarcRecord is a DMARC policy (RFC 7489 §6.3; RFC 9989 adds np= and t=, and
// drops pct=) with its defaults.
type dmarcRecord struct {
	tags        []tag
	p, sp, np   string
	testing     bool
	adkim, aspf string
	pct         int
	rua         []string
}

var strictness = []string{"none", "quarantine", "reject"}

func parseDMARC(record string) (dmarcRecord, error) {
	tags, err := parseTags(record)
	if err != nil {
		return dmarcRecord{}, err
	}
	if !hasVersion("DMARC1")(record) {
		return dmarcRecord{}, malformed("version", "version", "v=DMARC1")
	}
	d := dmarcRecord{tags: tags, p: strings.ToLower(value(tags, "p", ""))}
	d.sp = strings.ToLower(value(tags, "sp", d.p))
	d.np = strings.ToLower(value(tags, "np", d.sp))
	d.testing = strings.EqualFold(value(tags, "t", "n"), "y")
	d.adkim, d.aspf = strings.ToLower(value(tags, "adkim", "r")), strings.ToLower(value(tags, "aspf", "r"))
	for _, t := range []struct {
		name, got string
		allowed   []string
	}{{"p", d.p, strictness}, {"sp", d.sp, strictness}, {"np", d.np, strictness}, {"adkim", d.adkim, []string{"r", "s"}}, {"aspf", d.aspf, []string{"r", "s"}}} {
		if !slices.Contains(t.allowed, t.got) {
			return dmarcRecord{}, malformed("not_among", "tag", t.name, "allowed", strings.Join(t.allowed, ", "))
		}
	}
	if d.pct, err = strconv.Atoi(value(tags, "pct", "100")); err != nil || d.pct < 0 || d.pct > 100 {
		return dmarcRecord{}, malformed("percent")
	}
	for _, uri := range strings.Split(value(tags, "rua", ""), ",") {
		if uri = strings.TrimSpace(uri); uri != "" {
			d.rua = append(d.rua, uri)
		}
	}
	return d, nil
}

// reportAddress is the address of a mailto: URI of rua=, which may end with a
// size (RFC 7489 §6.4).
func reportAddress(uri string) (addr string, ok bool) {
	if len(uri) < 7 || !strings.EqualFold(uri[:7], "mailto:") {
		return "", false
	}
	addr, _, _ = strings.Cut(uri[7:], "!")
	addr, _, _ = strings.Cut(addr, "?")
	return addr, checkAddress(addr) == nil
}

func (c *checker) checkDMARC(ctx context.Context) {
	c.policy = dmarcRecord{adkim: "r", aspf: "r"}
	name, found, ok := c.findDMARC(ctx)
	switch {
	case !ok:
		return
	case len(found) == 0:
		name = "_dmarc." + c.domain
		c.add(Fault, "dmarc.missing", name, nil, textRecord(name, "v=DMARC1; p=quarantine; rua=mailto:postmaster@"+c.domain))
		return
	case len(found) > 1:
		c.add(Fault, "dmarc.multiple", name, map[string]string{"count": strconv.Itoa(len(found))}, nil)
		return
	}
	d, err := parseDMARC(found[0])
	if err != nil {
		c.spoiled(Fault, "dmarc.syntax", name, err, nil)
		return
	}
	c.policy = d
	c.judgeDMARC(ctx, name, d)
}

// findDMARC looks at the domain, then above it (RFC 9989 §4.10): of the records
// there the one with the fewest labels applies, or the first that says psd=n. The
// walk ends at the registered domain, which is the only other place where RFC 7489
// looks (§6.6.3); what is above it is not the shop's. It is false if something
// could not be looked up.
func (c *checker) findDMARC(ctx context.Context) (name string, found []string, ok bool) {
	for _, domain := range c.walk() {
		here := "_dmarc." + domain
		records, err := c.dns.records(ctx, here, hasVersion("DMARC1"))
		switch {
		case err != nil && !c.absent(here, err):
			return here, nil, false
		case err != nil:
			continue
		}
		name, found = here, records
		if tags, err := parseTags(records[0]); domain == c.domain || err == nil && value(tags, "psd", "") == "n" {
			break
		}
	}
	return name, found, true
}

// walk lists the domain and those above it, up to the registered one, of those
// with more than seven labels the domain alone.
func (c *checker) walk() []string {
	names := []string{c.domain}
	for at := c.domain; at != c.org; {
		if _, at, _ = strings.Cut(at, "."); strings.Count(at, ".") < 7 {
			names = append(names, at)
		}
	}
	return names
}

func (c *checker) judgeDMARC(ctx context.Context, name string, d dmarcRecord) {
	args := func() map[string]string {
		return map[string]string{"p": d.p, "sp": d.sp, "np": d.np, "pct": strconv.Itoa(d.pct)}
	}
	applies, which := d.p, "p"
	if name != "_dmarc."+c.domain {
		c.add(Good, "dmarc.inherited", name, map[string]string{"domain": c.domain}, nil)
		applies = d.sp
		if value(d.tags, "sp", "") != "" {
			which = "sp"
		}
	}
	switch applies {
	case "none":
		c.add(Warning, "dmarc.none", name, args(), textRecord(name, withTag(d.tags, which, "quarantine")))
	case "quarantine":
		c.add(Advice, "dmarc.quarantine", name, args(), textRecord(name, withTag(d.tags, which, "reject")))
	}
	if which == "p" && slices.Index(strictness, d.sp) < slices.Index(strictness, d.p) {
		c.add(Warning, "dmarc.subdomains", name, args(), textRecord(name, withTag(d.tags, "sp", d.p)))
	}
	if slices.Index(strictness, d.np) < min(slices.Index(strictness, d.p), slices.Index(strictness, d.sp)) {
		c.add(Warning, "dmarc.nonexistent", name, args(), textRecord(name, withoutTag(d.tags, "np")))
	}
	if d.testing {
		c.add(Warning, "dmarc.testing", name, nil, textRecord(name, withoutTag(d.tags, "t")))
	}
	if d.pct < 100 {
		c.add(Warning, "dmarc.pct", name, args(), textRecord(name, withoutTag(d.tags, "pct")))
	}
	if len(d.rua) == 0 {
		c.add(Warning, "dmarc.no_reports", name, nil, textRecord(name, withTag(d.tags, "rua", "mailto:postmaster@"+c.domain)))
	}
	for _, uri := range d.rua[:min(len(d.rua), 5)] {
		c.checkReports(ctx, name, uri)
	}
	if name != "_dmarc."+c.org {
		c.checkOrganization(ctx, strings.TrimPrefix(name, "_dmarc."), d)
	}
	c.looked = true
}

// checkOrganization sees whether the registered domain above has a policy too:
// otherwise its other subdomains are free to forge, receivers after RFC 9989 take
// the subdomain for an organisation of its own, and those after RFC 7489 do not
// see its policy from below.
func (c *checker) checkOrganization(ctx context.Context, domain string, d dmarcRecord) {
	name := "_dmarc." + c.org
	if _, err := c.dns.records(ctx, name, hasVersion("DMARC1")); c.absent(name, err) {
		c.add(Warning, "dmarc.no_organization", name, map[string]string{"domain": domain, "organization": c.org}, textRecord(name, withTag(d.tags, "p", d.p)))
	}
}

// checkReports sees whether a foreign domain has agreed to take the reports
// (RFC 7489 §7.1).
func (c *checker) checkReports(ctx context.Context, name, uri string) {
	addr, ok := reportAddress(uri)
	if !ok {
		c.add(Warning, "dmarc.report_address", name, map[string]string{"uri": uri}, nil)
		return
	}
	host := strings.ToLower(addr[strings.LastIndexByte(addr, '@')+1:])
	if org, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil && org == c.org {
		return
	}
	leave := strings.TrimPrefix(name, "_dmarc.") + "._report._dmarc." + host
	if _, err := c.dns.records(ctx, leave, hasVersion("DMARC1")); c.absent(leave, err) {
		c.add(Warning, "dmarc.report_unagreed", name, map[string]string{"uri": uri, "host": host}, textRecord(leave, "v=DMARC1"))
	}
}

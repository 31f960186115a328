package email

import (
	"context"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	maxPolicy    = 64 << 10 // bytes (RFC 8461 §3.3)
	maxPolicyAge = 31557600 // seconds (§3.2)
	dayAge       = 86400
	goodAge      = 604800 // what is suggested: a week
)

// stsPolicy is an MTA-STS policy file (RFC 8461 §3.2).
type stsPolicy struct {
	mode   string
	maxAge int // seconds
	mx     []string
}

// parseSTSRecord checks the record and gives its id (RFC 8461 §3.1).
func parseSTSRecord(record string) (id string, err error) {
	tags, err := parseTags(record)
	if err != nil {
		return "", err
	}
	id = value(tags, "id", "")
	if id == "" || len(id) > 32 || strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		return "", malformed("id")
	}
	return id, nil
}

func parseSTSPolicy(text string) (stsPolicy, error) {
	p := stsPolicy{maxAge: -1}
	seen := map[string]bool{}
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if line = strings.TrimRight(line, " \t"); line == "" {
			continue
		}
		key, val, ok := strings.Cut(line, ":")
		val = strings.TrimLeft(val, " \t")
		switch {
		case !ok:
			return p, malformed("line", "text", line)
		case key != "mx" && seen[key]:
			continue // the first counts (RFC 8461 §3.2)
		}
		seen[key] = true
		switch key {
		case "version":
			if val != "STSv1" {
				return p, malformed("policy_version")
			}
		case "mode":
			p.mode = val
		case "max_age":
			n, err := strconv.Atoi(val)
			if err != nil || n < 0 || n > maxPolicyAge {
				return p, malformed("max_age")
			}
			p.maxAge = n
		case "mx":
			if !isHost(strings.TrimPrefix(val, "*.")) {
				return p, malformed("line", "text", line)
			}
			p.mx = append(p.mx, strings.ToLower(val))
		}
	}
	switch {
	case !seen["version"]:
		return p, malformed("policy_version")
	case p.mode != "enforce" && p.mode != "testing" && p.mode != "none":
		return p, malformed("mode")
	case p.maxAge < 0:
		return p, malformed("max_age")
	case p.mode != "none" && len(p.mx) == 0:
		return p, malformed("no_mx")
	}
	return p, nil
}

// covers tells whether the policy names a host; a star is one label.
func (p stsPolicy) covers(host string) bool {
	_, above, _ := strings.Cut(host, ".")
	return slices.Contains(p.mx, host) || slices.Contains(p.mx, "*."+above)
}

func (c *checker) checkSTS(ctx context.Context) {
	if len(c.exchangers) == 0 {
		return // nothing to protect
	}
	name := "_mta-sts." + c.domain
	record := textRecord(name, "v=STSv1; id="+c.cfg.Now().UTC().Format("20060102150405"))
	found, err := c.dns.records(ctx, name, hasVersion("STSv1"))
	switch {
	case c.absent(name, err):
		c.add(Advice, "mta_sts.missing", name, nil, record)
		c.add(Advice, "mta_sts.policy_missing", c.policyURL(), nil, c.suggestPolicy())
		c.looked = false
		return
	case err != nil:
		return
	}
	if found, err = strict(found, "STSv1"); err != nil {
		c.spoiled(Fault, "mta_sts.syntax", name, err, record)
		return
	}
	if len(found) > 1 {
		c.add(Fault, "mta_sts.multiple", name, map[string]string{"count": strconv.Itoa(len(found))}, nil)
		return
	}
	if _, err := parseSTSRecord(found[0]); err != nil {
		c.spoiled(Fault, "mta_sts.syntax", name, err, record)
		return
	}
	text, err := c.fetchPolicy(ctx)
	if err != nil {
		c.spoiled(Fault, "mta_sts.fetch", c.policyURL(), err, c.suggestPolicy())
		return
	}
	p, err := parseSTSPolicy(text)
	if err != nil {
		c.spoiled(Fault, "mta_sts.policy_syntax", c.policyURL(), err, c.suggestPolicy())
		return
	}
	c.judgePolicy(p)
	c.looked = true
}

func (c *checker) judgePolicy(p stsPolicy) {
	for _, host := range c.exchangers {
		if p.mode != "none" && !p.covers(host) {
			c.add(Fault, "mta_sts.uncovered", c.policyURL(), map[string]string{"host": host}, c.suggestPolicy())
		}
	}
	if p.mode != "enforce" {
		c.add(Advice, "mta_sts.mode", c.policyURL(), map[string]string{"mode": p.mode}, c.suggestPolicy())
	}
	if p.maxAge < dayAge {
		c.add(Warning, "mta_sts.age", c.policyURL(), map[string]string{"seconds": strconv.Itoa(p.maxAge)}, c.suggestPolicy())
	}
}

func (c *checker) policyURL() string {
	return "https://mta-sts." + c.domain + "/.well-known/mta-sts.txt"
}

func (c *checker) suggestPolicy() *Record {
	text := "version: STSv1\r\nmode: enforce\r\n"
	for _, host := range c.exchangers {
		text += "mx: " + host + "\r\n"
	}
	return &Record{c.policyURL(), "FILE", text + "max_age: " + strconv.Itoa(goodAge) + "\r\n"}
}

// fetchPolicy fetches the file as senders do.
func (c *checker) fetchPolicy(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.policyURL(), nil)
	if err != nil {
		return "", err
	}
	res, err := c.cfg.Transport.RoundTrip(req) // which follows no redirect
	if err != nil {
		return "", malformed("unreachable")
	}
	defer res.Body.Close() //nolint:errcheck // was read
	if res.StatusCode != http.StatusOK {
		return "", malformed("status", "status", strconv.Itoa(res.StatusCode))
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "text/plain" {
		return "", malformed("content_type")
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxPolicy+1))
	switch {
	case err != nil:
		return "", malformed("unreachable")
	case len(body) > maxPolicy:
		return "", malformed("too_long")
	}
	return string(body), nil
}

// parseTLSRPT gives where reports on failed TLS go (RFC 8460 §3).
func parseTLSRPT(record string) ([]string, error) {
	tags, err := parseTags(record)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, uri := range strings.Split(value(tags, "rua", ""), ",") {
		uri = strings.TrimSpace(uri)
		if _, ok := reportAddress(uri); !ok && !strings.HasPrefix(strings.ToLower(uri), "https://") {
			return nil, malformed("report_address")
		}
		out = append(out, uri)
	}
	return out, nil
}

func (c *checker) checkTLSRPT(ctx context.Context) {
	if len(c.exchangers) == 0 {
		return
	}
	name := "_smtp._tls." + c.domain
	publish := textRecord(name, "v=TLSRPTv1; rua=mailto:postmaster@"+c.domain)
	found, err := c.dns.records(ctx, name, hasVersion("TLSRPTv1"))
	switch {
	case c.absent(name, err):
		c.add(Advice, "tls_rpt.missing", name, nil, publish)
		c.looked = false
		return
	case err != nil:
		return
	}
	if found, err = strict(found, "TLSRPTv1"); err != nil {
		c.spoiled(Warning, "tls_rpt.syntax", name, err, publish)
		return
	}
	if len(found) > 1 {
		c.add(Warning, "tls_rpt.multiple", name, map[string]string{"count": strconv.Itoa(len(found))}, publish)
		return
	}
	if _, err := parseTLSRPT(found[0]); err != nil {
		c.spoiled(Warning, "tls_rpt.syntax", name, err, publish)
	}
	c.looked = true
}

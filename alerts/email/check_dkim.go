package email

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// keyRecord is a DKIM key record (RFC 6376 §3.6.1).
type keyRecord struct {
	tags             []tag
	algo             string
	key              crypto.PublicKey // nil if revoked
	revoked, testing bool
	sha256, mail     bool
}

var (
	errKeyType = malformed("key_type")
	errKeyData = malformed("key_data")
)

func parseKeyRecord(record string) (keyRecord, error) {
	tags, err := parseTags(record)
	if err != nil {
		return keyRecord{}, err
	}
	for i, t := range tags {
		if t.name == "v" && (i > 0 || t.value != "DKIM1") {
			return keyRecord{}, malformed("version", "version", "v=DKIM1")
		}
	}
	r := keyRecord{
		tags: tags, algo: value(tags, "k", "rsa"), testing: listed(value(tags, "t", ""), "y"),
		sha256: listed(value(tags, "h", "sha256"), "sha256"),
		mail:   listed(value(tags, "s", "*"), "*") || listed(value(tags, "s", "*"), "email"),
	}
	p := value(tags, "p", "missing")
	switch {
	case p == "missing":
		return keyRecord{}, malformed("no_key")
	case p == "":
		r.revoked = true
		return r, nil
	}
	r.key, err = parseKey(r.algo, p)
	return r, err
}

// listed tells whether a list with colons holds a word.
func listed(list, word string) bool {
	return slices.ContainsFunc(strings.Split(list, ":"), func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), word) })
}

func parseKey(algo, p string) (crypto.PublicKey, error) {
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(p), ""))
	if err != nil {
		return nil, errKeyData
	}
	switch algo {
	case "ed25519":
		if len(data) != ed25519.PublicKeySize {
			return nil, errKeyData
		}
		return ed25519.PublicKey(data), nil
	case "rsa":
		if key, err := x509.ParsePKIXPublicKey(data); err == nil {
			if key, ok := key.(*rsa.PublicKey); ok {
				return key, nil
			}
			return nil, errKeyData
		}
		if key, err := x509.ParsePKCS1PublicKey(data); err == nil {
			return key, nil
		}
		return nil, errKeyData
	}
	return nil, errKeyType
}

// publishKey is the text to publish for a key (RFC 8463 §3 for Ed25519, which
// is the bare 32 bytes).
func publishKey(key crypto.PublicKey) string {
	algo := algorithm(key)
	data, ok := key.(ed25519.PublicKey)
	if !ok {
		data, _ = x509.MarshalPKIXPublicKey(key) // of an RSA key it cannot fail
	}
	return "v=DKIM1; k=" + algo + "; p=" + base64.StdEncoding.EncodeToString(data)
}

// Records are what DNS must hold for the keys before they sign, one for each.
// domain stands in for an empty Domain.
func (d DKIM) Records(domain string) []Record {
	if d.Domain != "" {
		domain = d.Domain
	}
	var out []Record
	for _, k := range d.Keys {
		out = append(out, *textRecord(k.Selector+"._domainkey."+domain, publishKey(k.Signer.Public())))
	}
	return out
}

func (c *checker) checkDKIM(ctx context.Context) {
	domain := c.cfg.DKIM.Domain
	if len(c.cfg.DKIM.Keys)+len(c.cfg.Selectors) == 0 {
		c.add(Advice, "dkim.no_selector", c.domain, nil, nil)
		c.looked = false // nothing is known to be fine
		return
	}
	if !c.aligned(domain, c.policy.adkim == "s") {
		c.add(Fault, "dkim.unaligned", domain, map[string]string{"domain": c.domain}, nil)
	}
	rsaWorks, others := false, 0
	seen := map[string]bool{}
	look := func(selector string, key crypto.PublicKey) {
		if seen[strings.ToLower(selector)] {
			return
		}
		seen[strings.ToLower(selector)] = true
		switch c.checkKey(ctx, selector+"._domainkey."+domain, key) {
		case "rsa":
			rsaWorks = true
		case "ed25519":
			others++
		}
	}
	for _, k := range c.cfg.DKIM.Keys {
		look(k.Selector, k.Signer.Public())
	}
	for _, s := range c.cfg.Selectors {
		look(s, nil)
	}
	if !rsaWorks && others > 0 {
		c.add(Warning, "dkim.no_rsa", domain, nil, nil)
	}
	c.looked = true
}

// checkKey looks at one record, and tells the algorithm of a key that works.
func (c *checker) checkKey(ctx context.Context, name string, key crypto.PublicKey) (works string) {
	var publish *Record
	if key != nil {
		publish = textRecord(name, publishKey(key))
	}
	found, err := c.dns.txt(ctx, name)
	if err != nil {
		if c.absent(name, err) {
			c.add(Fault, "dkim.missing", name, nil, publish)
		}
		return ""
	}
	if len(found) > 1 {
		c.add(Fault, "dkim.multiple", name, map[string]string{"count": strconv.Itoa(len(found))}, publish)
		return ""
	}
	r, err := parseKeyRecord(found[0])
	switch {
	case err != nil:
		c.spoiled(Fault, "dkim.syntax", name, err, publish)
	case r.revoked:
		c.add(Fault, "dkim.revoked", name, nil, publish)
	case key != nil && !samePublicKey(r.key, key):
		c.add(Fault, "dkim.mismatch", name, nil, publish)
	default:
		return c.judgeKey(name, r)
	}
	return ""
}

func samePublicKey(a, b crypto.PublicKey) bool {
	eq, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && eq.Equal(b)
}

func (c *checker) judgeKey(name string, r keyRecord) (works string) {
	if key, ok := r.key.(*rsa.PublicKey); ok {
		bits := map[string]string{"bits": strconv.Itoa(key.N.BitLen())}
		switch n := key.N.BitLen(); { // RFC 8301 §3.2
		case n < 1024:
			c.add(Fault, "dkim.short", name, bits, nil)
			return ""
		case n < 2048:
			c.add(Warning, "dkim.weak", name, bits, nil)
		case n > 4096:
			c.add(Warning, "dkim.long", name, bits, nil)
		}
	}
	if !r.sha256 {
		c.add(Fault, "dkim.hash", name, nil, textRecord(name, withTag(r.tags, "h", "sha256")))
		return ""
	}
	if !r.mail {
		c.add(Fault, "dkim.service", name, nil, textRecord(name, withTag(r.tags, "s", "email")))
		return ""
	}
	if r.testing {
		rest := slices.DeleteFunc(strings.Split(value(r.tags, "t", ""), ":"), func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), "y") })
		fixed := withoutTag(r.tags, "t")
		if len(rest) > 0 {
			fixed = withTag(r.tags, "t", strings.Join(rest, ":"))
		}
		c.add(Warning, "dkim.testing", name, nil, textRecord(name, fixed))
	}
	return r.algo
}

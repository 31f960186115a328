package email

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The limits that receivers keep (RFC 7208 §4.6.4); beyond them they ignore the
// record.
const (
	spfLookups = 10
	spfVoids   = 2
	spfHosts   = 10 // of one mx
	// Far beyond the limit the rest is not counted.
	spfStop = 3 * spfLookups
)

// spfNode is a record whose names are looked up.
type spfNode struct {
	domain, record string
	terms          []spfTerm
	// nets are what a term at the same place allows; subs what it includes.
	nets [][]netip.Prefix
	subs []*spfNode
	// open tells terms that depend on the mail, or could not be looked up.
	open []bool
}

type spfWalk struct {
	c              *checker
	lookups, voids int
	path           []string
	broken         bool // as a whole: receivers ignore it
}

func (c *checker) checkSPF(ctx context.Context) {
	domain := c.cfg.EnvelopeDomain
	if !c.aligned(domain, c.policy.aspf == "s") {
		c.add(Warning, "spf.unaligned", domain, map[string]string{"domain": c.domain}, nil)
	}
	record, ok := c.findSPF(ctx, domain)
	if !ok {
		return
	}
	w := &spfWalk{c: c}
	root := w.build(ctx, domain, record)
	if w.lookups > spfLookups {
		w.broken = true
		c.add(Fault, "spf.lookups", domain, map[string]string{"count": atMost(w.lookups)}, nil)
	} else if w.lookups > spfLookups-2 {
		c.add(Advice, "spf.near", domain, map[string]string{"count": strconv.Itoa(w.lookups)}, nil)
	}
	if w.voids > spfVoids {
		w.broken = true
		c.add(Fault, "spf.voids", domain, map[string]string{"count": strconv.Itoa(w.voids)}, nil)
	}
	if root == nil {
		return
	}
	c.judgeEnd(root)
	c.judgeWidth(root)
	if w.broken {
		return
	}
	c.judgeAddrs(root)
	c.looked = true
}

func atMost(n int) string {
	if n >= spfStop {
		return ">" + strconv.Itoa(spfStop-1)
	}
	return strconv.Itoa(n)
}

// findSPF gives the one record of the envelope's domain.
func (c *checker) findSPF(ctx context.Context, domain string) (string, bool) {
	found, err := c.dns.records(ctx, domain, isSPF)
	switch {
	case c.absent(domain, err):
		c.add(Fault, "spf.missing", domain, nil, textRecord(domain, c.suggestSPF()))
	case err != nil: // was said
	case len(found) > 1:
		c.add(Fault, "spf.multiple", domain, map[string]string{"count": strconv.Itoa(len(found))}, nil)
	default:
		return found[0], true
	}
	return "", false
}

func (c *checker) suggestSPF() string {
	record := "v=spf1"
	for _, a := range c.cfg.Addrs {
		record += " " + spfAddr(a)
	}
	if len(c.cfg.Addrs) == 0 {
		record += " mx"
	}
	return record + " -all"
}

func spfAddr(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return "ip4:" + a.String()
	}
	return "ip6:" + a.String()
}

// build looks a record's names up, all of them, as a mail that matches nothing
// until the end makes receivers do.
func (w *spfWalk) build(ctx context.Context, domain, record string) *spfNode {
	terms, err := parseSPF(record)
	if err != nil {
		w.broken = true
		bad := &spfError{record}
		errors.As(err, &bad)
		w.c.add(Fault, "spf.syntax", domain, map[string]string{"term": bad.term}, nil)
		return nil
	}
	w.path = append(w.path, domain)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	n := &spfNode{domain: domain, record: record, terms: terms, nets: make([][]netip.Prefix, len(terms)), subs: make([]*spfNode, len(terms)), open: make([]bool, len(terms))}
	ended := false
	for i, t := range terms {
		if t.name == "redirect=" && slices.ContainsFunc(terms, func(t spfTerm) bool { return t.name == "all" }) {
			continue // all comes first, wherever it stands
		}
		if !ended || t.name == "redirect=" {
			w.resolve(ctx, n, i, domain)
		}
		ended = ended || t.name == "all"
	}
	return n
}

func (w *spfWalk) resolve(ctx context.Context, n *spfNode, i int, domain string) {
	t := n.terms[i]
	target := strings.ToLower(strings.TrimSuffix(t.domain, "."))
	if target == "" {
		target = domain
	}
	switch t.name {
	case "ip4", "ip6":
		n.nets[i] = []netip.Prefix{t.prefix}
		return
	case "a", "mx", "ptr", "exists", "include", "redirect=":
		if w.lookups++; w.lookups >= spfStop {
			n.open[i] = true
			return
		}
	default:
		return
	}
	if t.name == "ptr" {
		w.c.add(Warning, "spf.ptr", domain, map[string]string{"term": t.text}, nil)
	}
	if t.name == "ptr" || hasMacro(target) {
		n.open[i] = true
		return
	}
	switch t.name {
	case "include", "redirect=":
		n.subs[i] = w.follow(ctx, target, domain, t)
		n.open[i] = n.subs[i] == nil
	case "mx":
		n.nets[i], n.open[i] = w.exchangers(ctx, target, domain, t)
	default: // a; and exists, which holds for everybody or nobody
		var err error
		n.nets[i], err = w.hosts(ctx, target, t)
		if w.c.absent(target, err) {
			w.voids++
		}
		n.open[i] = err != nil && !errors.Is(err, errAbsent)
		if t.name == "exists" && len(n.nets[i]) > 0 {
			n.nets[i] = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
		}
	}
}

// follow reads the record of an include or redirect.
func (w *spfWalk) follow(ctx context.Context, target, from string, t spfTerm) *spfNode {
	if slices.Contains(w.path, target) {
		w.broken = true
		w.c.add(Fault, "spf.loop", from, map[string]string{"term": t.text}, nil)
		return nil
	}
	found, err := w.c.dns.records(ctx, target, isSPF)
	if w.c.absent(target, err) {
		w.voids++
		w.broken = true
		w.c.add(Fault, "spf.include_missing", from, map[string]string{"term": t.text, "target": target}, nil)
		return nil
	}
	if len(found) > 1 {
		w.broken = true
		w.c.add(Fault, "spf.multiple", target, map[string]string{"count": strconv.Itoa(len(found))}, nil)
		return nil
	}
	if err != nil {
		return nil
	}
	return w.build(ctx, target, found[0])
}

func (w *spfWalk) hosts(ctx context.Context, host string, t spfTerm) ([]netip.Prefix, error) {
	addrs, err := w.c.dns.addrs(ctx, host)
	var nets []netip.Prefix
	for _, a := range addrs {
		bits := t.bits4
		if a.Is6() {
			bits = t.bits6
		}
		nets = append(nets, netip.PrefixFrom(a, bits).Masked())
	}
	return nets, err
}

func (w *spfWalk) exchangers(ctx context.Context, target, from string, t spfTerm) (nets []netip.Prefix, open bool) {
	hosts, err := w.c.dns.mx(ctx, target)
	if w.c.absent(target, err) {
		w.voids++
		return nil, false
	}
	if len(hosts) > spfHosts {
		w.broken = true
		w.c.add(Fault, "spf.many_mx", from, map[string]string{"term": t.text, "count": strconv.Itoa(len(hosts))}, nil)
		return nil, true
	}
	for _, h := range hosts {
		if h.Host == "." {
			continue
		}
		more, err := w.hosts(ctx, h.Host, t)
		if err != nil && !w.c.absent(h.Host, err) {
			open = true
		}
		nets = append(nets, more...)
	}
	return nets, open || err != nil
}

package email

import (
	"net/netip"
	"slices"
	"strings"
)

// all is where a record speaks of everybody, or -1.
func (n *spfNode) all() int {
	return slices.IndexFunc(n.terms, func(t spfTerm) bool { return t.name == "all" })
}

// judgeEnd looks at what the record says about everybody else.
func (c *checker) judgeEnd(n *spfNode) {
	at := n.all()
	if at < 0 {
		redirect := slices.IndexFunc(n.terms, func(t spfTerm) bool { return t.name == "redirect=" })
		switch {
		case redirect < 0:
			c.add(Warning, "spf.no_all", n.domain, nil, textRecord(n.domain, endingWith(n.record, "-all")))
		case n.subs[redirect] != nil:
			c.judgeEnd(n.subs[redirect])
		}
		return
	}
	switch n.terms[at].qualifier {
	case '+':
		c.add(Fault, "spf.all_pass", n.domain, nil, textRecord(n.domain, endingWith(n.record, "-all")))
	case '?':
		c.add(Warning, "spf.all_neutral", n.domain, nil, textRecord(n.domain, endingWith(n.record, "-all")))
	}
	for i, t := range n.terms {
		if t.name == "redirect=" || i > at && !strings.HasSuffix(t.name, "=") {
			c.add(Advice, "spf.after_all", n.domain, map[string]string{"term": t.text}, nil)
			return
		}
	}
}

// judgeWidth looks for terms that allow a good part of the internet.
func (c *checker) judgeWidth(n *spfNode) {
	for i, t := range n.terms {
		least := 8
		if t.prefix.Addr().Is6() {
			least = 16
		}
		if t.qualifier == '+' && t.prefix.IsValid() && t.prefix.Bits() < least {
			c.add(Fault, "spf.wide", n.domain, map[string]string{"term": t.text}, nil)
		}
		sub := n.subs[i]
		if sub == nil {
			continue
		}
		if at := sub.all(); at >= 0 && t.name == "include" && t.qualifier == '+' && sub.terms[at].qualifier == '+' {
			c.add(Fault, "spf.wide", n.domain, map[string]string{"term": t.text}, nil)
		}
		c.judgeWidth(sub)
	}
}

// endingWith replaces what a record says of everybody else.
func endingWith(record, all string) string {
	var kept []string
	for _, f := range strings.Fields(record) {
		if name := strings.ToLower(strings.TrimLeft(f, "+-~?")); name == "all" || strings.HasPrefix(name, "redirect=") {
			continue
		}
		kept = append(kept, f)
	}
	return strings.Join(append(kept, all), " ")
}

// judgeAddrs sees whether the record allows the addresses that send.
func (c *checker) judgeAddrs(n *spfNode) {
	domain, missing, rest := n.domain, n.record[:len("v=spf1")], n.record[len("v=spf1"):]
	for _, a := range c.cfg.Addrs {
		result, known := n.eval(a.Unmap().WithZone(""))
		switch {
		case result == '+':
		case !known:
			c.add(Advice, "spf.address_unknown", domain, map[string]string{"address": a.String()}, nil)
		default:
			missing += " " + spfAddr(a)
			c.add(Fault, "spf.address", domain, map[string]string{"address": a.String()}, textRecord(domain, missing+rest))
		}
	}
}

// eval is what the record says of an address: its qualifier, or '?' if it says
// nothing. It is not known if that depends on the mail, or on something that
// could not be looked up.
func (n *spfNode) eval(a netip.Addr) (result byte, known bool) {
	known = true
	var redirect *spfNode
	for i, t := range n.terms {
		match := t.name == "all"
		for _, p := range n.nets[i] {
			match = match || p.Contains(a)
		}
		if t.name == "redirect=" {
			redirect, known = n.subs[i], known && !n.open[i]
			continue
		}
		if n.open[i] {
			known = false
		}
		if n.subs[i] != nil {
			got, sure := n.subs[i].eval(a)
			match = got == '+'
			known = known && (sure || match)
		}
		if match {
			return t.qualifier, known
		}
	}
	if redirect != nil {
		got, sure := redirect.eval(a)
		return got, known && sure
	}
	return '?', known
}

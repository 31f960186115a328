package alerts

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

// Action is what becomes of a sign-in whose password was right.
type Action int

// The actions, in rising order.
const (
	// ActionAllow lets in without a word.
	ActionAllow Action = iota
	// ActionNotify lets in and tells the owner.
	ActionNotify
	// ActionChallenge asks for more proof: a second factor where the account has
	// one, else a code that is sent to the owner.
	ActionChallenge
	// ActionDeny refuses, with the answer that a wrong password gets.
	ActionDeny
)

// String gives "allow", "notify", "challenge" or "deny".
func (a Action) String() string {
	switch a {
	case ActionAllow:
		return "allow"
	case ActionNotify:
		return "notify"
	case ActionChallenge:
		return "challenge"
	case ActionDeny:
		return "deny"
	}
	return "unknown"
}

// Decisions say what follows from each level above [LevelLow], which is always
// let in. The zero value takes the defaults; they must not fall.
type Decisions struct {
	// Notice defaults to ActionNotify.
	Notice Action
	// High defaults to ActionChallenge.
	High Action
	// Severe defaults to ActionChallenge. With ActionDeny the owner's way in is
	// a known device or a recovery.
	Severe Action
}

// Policy says what becomes of unusual sign-ins.
type Policy struct {
	// Decisions by level. Default to notify, challenge and challenge.
	Decisions Decisions
	// ReportOnly lets in whatever Decisions and Deny would have challenged or
	// refused, tells the owner of it, and counts it: see [Monitor.Counts]. Rules
	// that owners set for themselves are in force all the same. Defaults to false.
	ReportOnly bool
	// Home are the countries that the shop's customers live in, as ISO 3166-1
	// alpha-2 codes; everywhere else is overseas. Owners may refuse sign-ins
	// from overseas only where there is a home. Defaults to none.
	Home []string
	// Allow are networks from which nothing is unusual, such as the shop's own
	// offices; owners' rules hold there too. Defaults to none.
	Allow []netip.Prefix
	// Deny are networks that nobody signs in from. It goes before Allow.
	// Defaults to none.
	Deny []netip.Prefix
}

func (p *Policy) check() error {
	d := &p.Decisions
	for _, f := range []struct {
		action   *Action
		standard Action
	}{{&d.Notice, ActionNotify}, {&d.High, ActionChallenge}, {&d.Severe, ActionChallenge}} {
		if *f.action == 0 {
			*f.action = f.standard
		}
	}
	if d.Notice < ActionNotify || d.High < d.Notice || d.Severe < d.High || d.Severe > ActionDeny {
		return fmt.Errorf("alerts: Policy.Decisions are %v, %v and %v; they must not fall, and are at most deny", d.Notice, d.High, d.Severe)
	}
	for _, c := range p.Home {
		if !isCountry(c) {
			return fmt.Errorf("alerts: Policy.Home: %q is no country code", c)
		}
	}
	p.Home = slices.Clone(p.Home)
	for _, list := range []*[]netip.Prefix{&p.Allow, &p.Deny} {
		out := make([]netip.Prefix, len(*list))
		for i, n := range *list {
			if !n.IsValid() {
				return errors.New("alerts: Policy.Allow and Deny hold a prefix that is none")
			}
			if n.Addr().Is4In6() && n.Bits() >= 96 {
				n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
			}
			out[i] = n.Masked()
		}
		*list = out
	}
	return nil
}

func (d Decisions) of(l Level) Action {
	switch l {
	case LevelLow:
		return ActionAllow
	case LevelNotice:
		return d.Notice
	case LevelHigh:
		return d.High
	}
	return d.Severe
}

func inNetworks(list []netip.Prefix, ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// decide completes an assessment by its action.
func (m *Monitor) decide(out *Assessment, a Attempt, rules Rules) {
	p := &m.cfg.Policy
	action := p.Decisions.of(out.Level)
	switch {
	case inNetworks(p.Deny, a.Client.IP):
		out.refuse(Reason{Key: ReasonNetwork})
		action = ActionDeny
	case inNetworks(p.Allow, a.Client.IP):
		action = min(action, ActionAllow)
	}
	m.counts[action].Add(1)
	if p.ReportOnly {
		action = min(action, ActionNotify)
	}
	out.Action = action
	m.rule(out, a, rules)
}

// refuse puts the reason that decides first.
func (a *Assessment) refuse(r Reason) {
	a.Reasons = append([]Reason{r}, a.Reasons...)
	a.Level = max(a.Level, LevelNotice)
}

// Counts are how often the policy decided for each action since this process
// started, also where [Policy].ReportOnly kept it from being done. Each look at
// a sign-in counts, so that one which was challenged counts again at its end.
type Counts struct{ Allow, Notify, Challenge, Deny int64 }

// Counts gives the counts. They hold nothing of any account.
func (m *Monitor) Counts() Counts {
	return Counts{m.counts[0].Load(), m.counts[1].Load(), m.counts[2].Load(), m.counts[3].Load()}
}

type actionCounts [ActionDeny + 1]atomic.Int64

// overseas tells that a place is known to lie outside the shop's home.
func (p *Policy) overseas(l activity.Location) bool {
	return len(p.Home) > 0 && isCountry(l.Country) && !slices.Contains(p.Home, l.Country)
}

// hidden tells that a place says nothing of where the person is.
func (m *Monitor) hidden(a Attempt) bool {
	return !isCountry(a.Location.Country) || m.network(a).Anonymous()
}

// network is the kind of network that an attempt comes through.
func (m *Monitor) network(a Attempt) risk.Network {
	if slices.Contains(m.cfg.Relays, a.Location.ASN) {
		return risk.NetworkRelay
	}
	if a.Network != risk.NetworkUnknown {
		return a.Network
	}
	return risk.NetworkOf(a.Location.ASN)
}

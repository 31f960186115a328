package sms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/mfa"
)

// kind is what a message is for.
type kind string

const (
	enrolment kind = "enrol"
	challenge kind = "challenge"
)

// The scopes of the shop's own budgets, as [Pause] names them.
const (
	ScopeCountry    = "country"    // the country's messages
	ScopeUnverified = "unverified" // messages that nobody verified: the breaker
	ScopeSpending   = "spending"   // what messages cost
)

// budget is a quota and what it is about.
type budget struct {
	Quota
	scope   string
	kind    kind   // "": both
	country string // "": all
	abroad  bool   // all but the shop's
	shared  bool   // the shop's, so that a refusal is a pause
}

// budgets lists all that a message is taken from, the shop's own last and
// always in the same order.
func (m *Method) budgets(k kind, s mfa.Subject, n number, segments int) []budget {
	l, owner := m.cfg.Limits, s.Account
	list := []budget{{scope: "resend", Quota: Quota{
		Name: "resend|" + m.mac(owner, n.e164), Account: owner, Cost: 1, Limit: 1, Window: l.Resend}}}
	add := func(scope, id, owner string, k kind, r Rate) {
		list = append(list, both(budget{scope: scope, kind: k, Quota: Quota{Name: scope + "|" + string(k) + "|" + id, Account: owner, Cost: 1}}, r)...)
	}
	add("account", m.mac(owner), owner, "", l.Account)
	add("number", m.mac(n.e164), "", k, l.Number)
	add("network", m.mac(canon.NetworkKey(s.Client.IP)), "", k, share(k, l.Network, 4))
	add("wide", m.mac(canon.WideKey(s.Client.IP)), "", k, share(k, l.WideNetwork, 4))
	list = append(list, m.breakers(k, n.country)...)
	return append(list, m.spending(k, n.country, int64(segments)*m.cfg.price(n.country))...)
}

// share is what of a shared limit is for challenges, or, of n parts one, for
// enrolments.
func share(k kind, r Rate, n int) Rate {
	if k == enrolment {
		return r.part(n)
	}
	return r
}

// breakers are the budgets of a country and of all countries.
func (m *Method) breakers(k kind, country string) (list []budget) {
	l := m.cfg.Limits
	for _, b := range []struct {
		scope, country string
		rate           Rate
	}{
		{ScopeCountry, country, l.Country},
		{ScopeUnverified, country, l.Unverified},
		{ScopeUnverified, "", l.Unverified.times(2)},
	} {
		list = append(list, both(budget{scope: b.scope, kind: k, country: b.country, shared: true,
			Quota: Quota{Name: b.scope + "|" + string(k) + "|" + b.country, Cost: 1}}, share(k, b.rate, 2))...)
	}
	return list
}

// spending are the caps on what messages cost: the share of the countries
// abroad, the enrolments' share, and the whole.
func (m *Method) spending(k kind, country string, cost int64) (list []budget) {
	hour, day := m.cfg.SpendPerHour, m.cfg.SpendPerDay
	take := func(b budget, hour, day int64) {
		b.scope, b.shared, b.Cost = ScopeSpending, true, cost
		list = append(list, b.window("|h", hour, time.Hour), b.window("|d", day, 24*time.Hour))
	}
	if k == enrolment {
		hour, day = (hour+1)/2, (day+1)/2
	}
	if country != m.cfg.Region {
		take(budget{kind: k, abroad: true, Quota: Quota{Name: "spending|abroad|" + string(k)}}, (hour+1)/2, (day+1)/2)
	}
	if k == enrolment {
		take(budget{kind: k, Quota: Quota{Name: "spending|" + string(k)}}, hour, day)
	}
	take(budget{Quota: Quota{Name: "spending"}}, m.cfg.SpendPerHour, m.cfg.SpendPerDay)
	return list
}

// both gives the budget of an hour and of a day.
func both(b budget, r Rate) []budget {
	return []budget{b.window("|h", int64(r.Hour), time.Hour), b.window("|d", int64(r.Day), 24*time.Hour)}
}

func (b budget) window(suffix string, limit int64, window time.Duration) budget {
	b.Name, b.Limit, b.Window = b.Name+suffix, limit, window
	return b
}

func quotas(list []budget) []Quota {
	out := make([]Quota, len(list))
	for i, b := range list {
		out[i] = b.Quota
	}
	return out
}

// mac names what must not be read from the store. Phone numbers and addresses
// are few enough to be tried one by one against a plain hash.
func (m *Method) mac(parts ...string) string {
	h := hmac.New(sha256.New, m.nameKey)
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

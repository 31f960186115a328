package sms

import (
	"context"
	"slices"
	"time"
)

// Pause says that a budget of the whole shop is used up. Messages that need it
// are refused until it ends by itself, or until [Method.Resume].
type Pause struct {
	// Quota is the budget's name, for [Method.Resume].
	Quota string
	// Scope is [ScopeCountry], [ScopeUnverified] or [ScopeSpending].
	Scope string
	// Enrolments tells that enrolments are paused and challenges go on.
	Enrolments bool
	// Country is the country that it is about; empty for all of them, or with
	// Abroad for all but [Config].Region.
	Country string
	Abroad  bool
	// Until is when it ends by itself.
	Until time.Time
}

func (b budget) pause(until time.Time) Pause {
	return Pause{Quota: b.Name, Scope: b.scope, Enrolments: b.kind == enrolment, Country: b.country, Abroad: b.abroad, Until: until}
}

// refused turns a refusal into the caller's error, and tells the operator of a
// pause: once, for as long as it lasts, by a quota of its own.
func (m *Method) refused(ctx context.Context, r Refusal, list []budget, now time.Time) error {
	i := slices.IndexFunc(list, func(b budget) bool { return b.Name == r.Name })
	if i < 0 || !list[i].shared {
		return &LimitError{RetryAfter: r.RetryAfter}
	}
	first, err := m.store.Spend(ctx, []Quota{{Name: notice(r.Name), Cost: 1, Limit: 1, Window: r.RetryAfter}}, now)
	if err != nil {
		m.cfg.Logger.ErrorContext(ctx, "sms: a pause was not reported", "error", err)
	} else if first == (Refusal{}) {
		p := list[i].pause(now.Add(r.RetryAfter))
		m.cfg.Logger.WarnContext(ctx, "sms: messages are paused", "scope", p.Scope, "enrolments", p.Enrolments, "country", p.Country, "abroad", p.Abroad, "until", p.Until)
		if m.cfg.OnPaused != nil {
			m.cfg.OnPaused(ctx, p)
		}
	}
	return &LimitError{RetryAfter: r.RetryAfter, Paused: true}
}

func notice(quota string) string { return "notice|" + quota }

// Paused lists the pauses that last now.
func (m *Method) Paused(ctx context.Context) ([]Pause, error) {
	byName, cheapest := map[string]budget{}, m.cfg.dearest()
	var names []string
	for country := range m.countries {
		cheapest = min(cheapest, m.cfg.price(country))
	}
	for _, k := range []kind{enrolment, challenge} {
		var list []budget
		for country := range m.countries {
			list = append(list, m.breakers(k, country)...)
			list = append(list, m.spending(k, country, cheapest)...)
		}
		for _, b := range list {
			if _, ok := byName[b.Name]; !ok {
				names, byName[b.Name] = append(names, b.Name), b
			}
		}
	}
	slices.Sort(names)
	levels, err := m.store.Levels(ctx, names, m.cfg.Now())
	if err != nil {
		return nil, err
	}
	var pauses []Pause
	for _, l := range levels {
		if b := byName[l.Name]; l.Used+b.Cost > b.Limit {
			pauses = append(pauses, b.pause(l.Until))
		}
	}
	return pauses, nil
}

// Resume ends a pause by making its budget, named by [Pause].Quota, whole
// again. A budget that does not exist is no error.
func (m *Method) Resume(ctx context.Context, quota string) error {
	return m.store.Reset(ctx, []string{quota, notice(quota)})
}

package mfa

import (
	"context"
	"time"

	"example.com/accountsec/internal/message"
)

// UnusedAfter is how long a factor may go unused before the owner is asked
// whether it is still at hand.
const UnusedAfter = 365 * 24 * time.Hour

// Health is how well an account's second factors would serve today.
type Health struct {
	// Factors are the enrolled ones, as of [Manager.Enrolled].
	Factors []Factor
	// CodesLeft counts the unused recovery codes.
	CodesLeft int
	// UsedAt is when a factor was last proved; zero without factors.
	UsedAt time.Time
	// Nudges are what to tell the owner, the most urgent first.
	Nudges []Nudge
}

// NudgeKind says what a [Nudge] is about.
type NudgeKind string

// The nudges, in the order of their urgency.
const (
	// NudgeNoCodes: no recovery code is left.
	NudgeNoCodes NudgeKind = "no_codes"
	// NudgeFewCodes: [FewRecoveryCodes] or fewer are left.
	NudgeFewCodes NudgeKind = "few_codes"
	// NudgeRestricted: all factors are of methods whose codes others may
	// receive, as text messages ([Info].Restricted).
	NudgeRestricted NudgeKind = "restricted"
	// NudgeUnused: a factor was not used for [UnusedAfter].
	NudgeUnused NudgeKind = "unused"
	// NudgeOff: there is no second factor.
	NudgeOff NudgeKind = "off"
)

// Nudge is one piece of advice.
type Nudge struct {
	Kind NudgeKind
	// Factor is the name of the factor that it is about; "" for none.
	Factor string
	// Left is how many recovery codes are left, for [NudgeFewCodes].
	Left int
}

// Text is the advice in a language (BCP 47).
func (n Nudge) Text(lang string) string {
	return catalogue().Text(lang, "nudge."+string(n.Kind), message.Args{"factor": n.Factor, "n": itoa(n.Left)})
}

// Health looks at the account's factors and recovery codes, in two statements.
// Nothing in it is a secret.
func (m *Manager) Health(ctx context.Context, account string) (Health, error) {
	var h Health
	var err error
	if h.Factors, err = m.Enrolled(ctx, account); err != nil {
		return Health{}, err
	}
	if h.CodesLeft, err = m.store.RecoveryCodesLeft(ctx, account); err != nil {
		return Health{}, err
	}
	if len(h.Factors) == 0 {
		h.Nudges = []Nudge{{Kind: NudgeOff}}
		return h, nil
	}
	switch {
	case h.CodesLeft == 0:
		h.Nudges = append(h.Nudges, Nudge{Kind: NudgeNoCodes})
	case h.CodesLeft <= FewRecoveryCodes:
		h.Nudges = append(h.Nudges, Nudge{Kind: NudgeFewCodes, Left: h.CodesLeft})
	}
	m.nudgeFactors(&h)
	return h, nil
}

func (m *Manager) nudgeFactors(h *Health) {
	restricted, now := true, m.cfg.Now()
	var unused []Nudge
	for _, f := range h.Factors {
		if f.UsedAt.After(h.UsedAt) {
			h.UsedAt = f.UsedAt
		}
		if now.Sub(f.UsedAt) >= UnusedAfter {
			unused = append(unused, Nudge{Kind: NudgeUnused, Factor: f.Name})
		}
		method, ok := m.methods[f.Method]
		restricted = restricted && ok && method.Info().Restricted
	}
	if restricted {
		h.Nudges = append(h.Nudges, Nudge{Kind: NudgeRestricted})
	}
	h.Nudges = append(h.Nudges, unused...)
}

// Adoption is how many of the shop's customers use second factors.
type Adoption struct {
	// Accounts have at least one factor.
	Accounts int
	// Methods counts the accounts by method; those on offer are there even if
	// nobody uses them.
	Methods map[string]int
}

// Adoption counts, in one statement over an index. It walks all enrolled
// factors, so ask once in a while rather than on every page.
func (m *Manager) Adoption(ctx context.Context) (Adoption, error) {
	methods, accounts, err := m.store.CountMethods(ctx)
	if err != nil {
		return Adoption{}, err
	}
	for name := range m.methods {
		methods[name] += 0
	}
	return Adoption{Accounts: accounts, Methods: methods}, nil
}

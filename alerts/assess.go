package alerts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/canon"
)

// Attempt is a sign-in to judge: who, from where, with what.
type Attempt struct {
	// Account is the account that is signed in to. Required.
	Account string
	// Client is who calls. A DeviceID that is empty is a device that was never
	// seen before.
	Client activity.Client
	// WasDevice is the DeviceID that the device had until this sign-in, which
	// gave it a new one. Empty: it keeps its own.
	WasDevice string
	// Location is where the client's address is; zero if that is unknown.
	Location activity.Location
	// Device is what the client says it is.
	Device activity.Device
	// Network is the kind of network, where the caller knows it. Defaults to
	// what is known of the autonomous system.
	Network risk.Network
	// RTT is the measured round-trip time. Zero: not measured.
	RTT time.Duration
	// At is when. Required.
	At time.Time
}

// Level grades an assessment.
type Level = risk.Level

// The levels, in rising order. The zero value is LevelLow.
const (
	LevelLow    = risk.LevelLow
	LevelNotice = risk.LevelNotice
	LevelHigh   = risk.LevelHigh
	LevelSevere = risk.LevelSevere
)

// MinHistory is how many sign-ins must be known before a sign-in is graded
// above LevelNotice. Under it nearly everything is new and new means little.
const MinHistory = risk.MinHistory

// Assessment is how unusual a sign-in looks, and what follows.
type Assessment struct {
	// Score is a logarithm of odds, see [risk.Assessment]. It ranks.
	Score float64
	// Level is Score's grade.
	Level Level
	// Action is what the policy and the owner's rules say becomes of it.
	Action Action
	// KnownDevice tells that the owner has signed in on the device before.
	KnownDevice bool
	// Reasons are what speaks against it, the weightiest first; the rule that
	// refuses it before all.
	Reasons []Reason
}

// check brings an attempt into the form that is judged.
func (a Attempt) check() (Attempt, error) {
	if err := canon.CheckID(a.Account); err != nil {
		return a, fmt.Errorf("%w: account: %w", ErrAttempt, err)
	}
	if a.At.IsZero() {
		return a, fmt.Errorf("%w: At is missing", ErrAttempt)
	}
	a.Client.DeviceID = canon.Line(a.Client.DeviceID, canon.MaxID)
	a.WasDevice = canon.Line(a.WasDevice, canon.MaxID)
	for _, text := range []*string{&a.Device.Name, &a.Location.ASOrg, &a.Location.City} {
		*text = canon.Line(*text, maxText)
	}
	return a, nil
}

// engine is the attempt as package risk takes it.
func (m *Monitor) engine(a Attempt) risk.Attempt {
	return risk.Attempt{
		At: a.At, Client: a.Client, Location: a.Location, Device: a.Device, Network: m.network(a), RTT: a.RTT,
	}
}

// Assess judges a sign-in before it is granted: by the account's habits and
// everybody's, by what was counted of the account and of the network, by the
// shop's policy and by the owner's rules. It changes nothing of the account.
// One statement reads all of it, whatever the number of sign-ins. Errors:
// [ErrAttempt], the store's.
func (m *Monitor) Assess(ctx context.Context, a Attempt) (Assessment, error) {
	a, err := a.check()
	if err != nil {
		return Assessment{}, err
	}
	crowd := m.population(ctx)
	s, err := m.store.Standing(ctx, a.Account, a.At.Add(-m.cfg.BurstWindow), wanted(a))
	if err != nil {
		return Assessment{}, fmt.Errorf("alerts: assess: %w", err)
	}
	profile := decodeProfile(s.Profile)
	judged := m.model.Score(profile, crowd, m.engine(a))
	judged = m.model.Add(judged, m.counted(a, s, profile, judged.KnownDevice)...)
	out := Assessment{Score: judged.Score, Level: max(judged.Level, floor(judged)), KnownDevice: judged.KnownDevice}
	for _, r := range judged.Reasons {
		out.Reasons = append(out.Reasons, reasonOf(r))
	}
	if judged.History == 0 && out.Level == LevelLow { // what later sign-ins are held against
		out.Score, out.Reasons = 0, nil
	}
	m.decide(&out, a, decodeRules(s.Rules, s.Paused))
	return out, nil
}

// floor is what the level is at least. A country that was never seen is worth a
// word, also on a known device: its cookie may be stolen, and people travel
// seldom. Who comes right after guesses, or from the midst of an attack on many
// accounts, is asked for more, however like the owner they look; the latter also
// at the very first sign-in, since accounts that were carried over from elsewhere
// are what such lists are of.
func floor(a risk.Assessment) Level {
	switch {
	case contains(a.Reasons, risk.ReasonStuffing), contains(a.Reasons, risk.ReasonGuessing) && a.History >= MinHistory:
		return LevelHigh
	case slices.ContainsFunc(a.Reasons, func(r risk.Reason) bool { return r.Key == risk.ReasonNewCountry && r.Seen == 0 }):
		return LevelNotice
	}
	return LevelLow
}

// counted gives what the counts say. On a known device they say nothing: it was
// the owner who could not remember, and who shares the network with a thief.
func (m *Monitor) counted(a Attempt, s Standing, p *risk.Profile, known bool) []risk.Reason {
	if known {
		return nil
	}
	last := len(s.Rates) - 1
	counts := risk.AccountCounts{Failures: s.Failures, NewDevices: s.Rates[last].N + 1}
	if seen := p.LastSeen(); !seen.IsZero() {
		counts.Absence = a.At.Sub(seen)
	}
	out := m.limits.Account(counts, known)
	for _, r := range s.Rates[:last] {
		more := m.limits.Source(r.source())
		for _, r := range more { // what both networks say is said once
			if !contains(out, r.Key) {
				out = append(out, r)
			}
		}
	}
	return out
}

func contains(reasons []risk.Reason, key string) bool {
	for _, r := range reasons {
		if r.Key == key {
			return true
		}
	}
	return false
}

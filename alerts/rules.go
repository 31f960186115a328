package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

// Rules are what an owner wants of sign-ins to the account. What they refuse
// looks like a wrong password to whoever tries, and is told to the owner.
//
// An owner cannot be locked out by them for good: rules that would refuse the
// very device and place that they are set from are not taken, and a completed
// recovery sets them aside for [RulesPause], in which a code or second factor is
// asked for instead.
type Rules struct {
	// BlockOverseas refuses sign-ins from outside the shop's home countries.
	BlockOverseas bool `json:"block_overseas,omitempty"`
	// Countries refuses sign-ins from all other countries, as ISO 3166-1 alpha-2
	// codes, at most [MaxRuleCountries]. Empty: no such rule.
	Countries []string `json:"countries,omitempty"`
	// KnownDevices refuses sign-ins on devices on which the owner has not signed
	// in before.
	KnownDevices bool `json:"known_devices,omitempty"`
	// PausedUntil is the time until which the rules are set aside; zero: they
	// are in force. Set by [Monitor.PauseRules] alone.
	PausedUntil time.Time `json:"-"`
}

const (
	// MaxRuleCountries is how many countries a rule may name.
	MaxRuleCountries = 32
	// RulesPause is how long a recovery sets the owner's rules aside.
	RulesPause = 24 * time.Hour

	maxRules = 4 << 10 // bytes
)

// none tells that there is nothing to check.
func (r Rules) none() bool { return !r.BlockOverseas && !r.KnownDevices && len(r.Countries) == 0 }

// Rules gives the account's rules; the zero Rules if it has none.
func (m *Monitor) Rules(ctx context.Context, account string) (Rules, error) {
	if err := canon.CheckID(account); err != nil {
		return Rules{}, fmt.Errorf("alerts: account: %w", err)
	}
	data, paused, err := m.store.Rules(ctx, account)
	if err != nil {
		return Rules{}, fmt.Errorf("alerts: rules: %w", err)
	}
	return decodeRules(data, paused), nil
}

// decodeRules reads what was stored; anything else is no rule, since a damaged
// row must not lock the owner out.
func decodeRules(data []byte, paused time.Time) Rules {
	var r Rules
	if len(data) > maxRules || json.Unmarshal(data, &r) != nil {
		return Rules{}
	}
	r.PausedUntil = paused
	return r
}

// SetRules replaces the account's rules and records it, of which the owner is
// told. by is who sets them, from where and on what: rules that would refuse it
// are [ErrLockout]. Other errors: [ErrRules], [ErrAttempt], the store's and the
// recorder's, after which nothing has changed on stores with transactions.
func (m *Monitor) SetRules(ctx context.Context, by Attempt, r Rules) error {
	by, err := by.check()
	if err != nil {
		return err
	}
	if err := r.check(m.cfg.Policy.Home); err != nil {
		return err
	}
	known, err := m.KnownDevice(ctx, by.Account, by.Client.DeviceID)
	if err != nil {
		return err
	}
	if _, refused := m.refused(by, r, known); refused {
		return ErrLockout
	}
	return m.putRules(ctx, by.Account, r, by.Client)
}

func (r Rules) check(home []string) error {
	switch {
	case r.BlockOverseas && len(home) == 0:
		return fmt.Errorf("%w: the shop has no home countries", ErrRules)
	case len(r.Countries) > MaxRuleCountries:
		return fmt.Errorf("%w: more than %d countries", ErrRules, MaxRuleCountries)
	}
	for i, c := range r.Countries {
		if !isCountry(c) || slices.Contains(r.Countries[:i], c) {
			return fmt.Errorf("%w: %q is no country code, or there twice", ErrRules, canon.Line(c, maxKind))
		}
	}
	return nil
}

func (m *Monitor) putRules(ctx context.Context, account string, r Rules, client activity.Client) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRules, err)
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if m.cfg.Recorder != nil {
			err := m.cfg.Recorder.Record(ctx, activity.Event{
				Account: account, Type: activity.AlertSettingsChanged, Outcome: activity.OutcomeSuccess,
				At: m.cfg.Now(), Client: client,
			})
			if err != nil {
				return err
			}
		}
		return m.store.PutRules(ctx, account, data, m.cfg.Now())
	})
	if err != nil {
		return fmt.Errorf("alerts: set rules: %w", err)
	}
	return nil
}

// PauseRules sets the account's rules aside for [RulesPause]: the way back in
// of an owner who has recovered the account on a new device or abroad. It is
// told by the recovery's own alert, and records nothing. Without rules it
// changes nothing.
func (m *Monitor) PauseRules(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	if err := m.store.PauseRules(ctx, account, m.cfg.Now().Add(RulesPause)); err != nil {
		return fmt.Errorf("alerts: pause rules: %w", err)
	}
	return nil
}

// rule applies the owner's rules.
func (m *Monitor) rule(out *Assessment, a Attempt, r Rules) {
	if r.none() {
		return
	}
	why, refused := m.refused(a, r, out.KnownDevice)
	switch {
	case refused && a.At.Before(r.PausedUntil):
		out.refuse(why)
		out.Action = max(out.Action, ActionChallenge)
	case refused:
		out.refuse(why)
		out.Action = ActionDeny
	case (r.BlockOverseas || len(r.Countries) > 0) && m.hidden(a) && !out.KnownDevice:
		// The place that a VPN or an unknown address has is no proof of the rule.
		out.refuse(Reason{Key: ReasonNowhere})
		out.Action = max(out.Action, ActionChallenge)
	}
}

// refused tells which rule refuses an attempt.
func (m *Monitor) refused(a Attempt, r Rules, known bool) (Reason, bool) {
	country := map[string]string{"value": a.Location.Country}
	switch {
	case r.BlockOverseas && m.cfg.Policy.overseas(a.Location):
		return Reason{ReasonOverseas, country}, true
	case len(r.Countries) > 0 && isCountry(a.Location.Country) && !slices.Contains(r.Countries, a.Location.Country):
		return Reason{ReasonCountries, country}, true
	case r.KnownDevices && !known:
		return Reason{Key: ReasonDevices}, true
	}
	return Reason{}, false
}

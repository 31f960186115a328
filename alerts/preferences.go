package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

// Preferences are the channels that each kind goes to. A kind that is missing
// goes to all of them; one with an empty list is switched off.
type Preferences map[Kind][]string

// maxPreferences bounds what is read back, in bytes.
const maxPreferences = 8 << 10

// Preferences gives the account's channels for every kind in [Kinds], the
// defaults included. Channels that are not there any more are left out; a
// mandatory kind that has none left goes to all. Errors: a malformed account,
// the store's.
func (m *Monitor) Preferences(ctx context.Context, account string) (Preferences, error) {
	if err := canon.CheckID(account); err != nil {
		return nil, fmt.Errorf("alerts: account: %w", err)
	}
	return m.preferences(ctx, account)
}

func (m *Monitor) preferences(ctx context.Context, account string) (Preferences, error) {
	data, err := m.store.Preferences(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("alerts: preferences: %w", err)
	}
	return effective(decodePreferences(data), m.cfg.Queue.Channels()), nil
}

// decodePreferences reads what was stored; anything else is no preference, so
// that a damaged row mutes nothing.
func decodePreferences(data []byte) Preferences {
	var p Preferences
	if len(data) > maxPreferences || json.Unmarshal(data, &p) != nil {
		return nil
	}
	return p
}

func effective(chosen Preferences, channels []string) Preferences {
	out := Preferences{}
	for _, info := range kinds {
		out[info.Kind] = slices.Clone(channels)
		list, ok := chosen[info.Kind]
		if !ok {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(channels), func(c string) bool { return !slices.Contains(list, c) })
		if len(kept) > 0 || !info.Mandatory {
			out[info.Kind] = kept
		}
	}
	return out
}

// SetPreferences replaces the account's preferences and records it; the alert
// about it still goes by the old ones. client is who changes them. Errors:
// [ErrMandatory], [ErrPreferences], the store's and the recorder's, after
// which nothing has changed on stores with transactions.
func (m *Monitor) SetPreferences(ctx context.Context, account string, p Preferences, client activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	if err := p.check(m.cfg.Queue.Channels()); err != nil {
		return err
	}
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPreferences, err)
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if m.cfg.Recorder != nil { // first: the alert about it reads the old preferences
			err := m.cfg.Recorder.Record(ctx, activity.Event{
				Account: account, Type: activity.AlertSettingsChanged, Outcome: activity.OutcomeSuccess,
				At: m.cfg.Now(), Client: client,
			})
			if err != nil {
				return err
			}
		}
		return m.store.PutPreferences(ctx, account, data, m.cfg.Now())
	})
	if err != nil {
		return fmt.Errorf("alerts: set preferences: %w", err)
	}
	return nil
}

func (p Preferences) check(channels []string) error {
	for kind, list := range p {
		info, ok := kind.Info()
		if !ok {
			return fmt.Errorf("%w: unknown kind %q", ErrPreferences, canon.Line(string(kind), maxKind))
		}
		if len(list) == 0 && info.Mandatory {
			return fmt.Errorf("%w: %s", ErrMandatory, kind)
		}
		for i, c := range list {
			if !slices.Contains(channels, c) {
				return fmt.Errorf("%w: %s: unknown channel %q", ErrPreferences, kind, canon.Line(c, maxKind))
			}
			if slices.Contains(list[:i], c) {
				return fmt.Errorf("%w: %s: channel %q is listed twice", ErrPreferences, kind, c)
			}
		}
	}
	return nil
}

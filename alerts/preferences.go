package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// Preferences are what an owner wants of messages.
type Preferences struct {
	// Channels are the channels that each kind goes to. A kind that is missing
	// goes to all of them; one with an empty list is switched off. A mandatory kind
	// has one that is not [Codeless], if there is such a channel: whoever is signed
	// in can subscribe a browser of their own. Where what must reach the owner
	// reaches them on none, the others step in, see [CourierConfig].FallbackAfter.
	Channels map[Kind][]string
	// Quiet are the hours in which only what is urgent is sent. The zero Quiet
	// is off.
	Quiet Quiet
	// Lang is the language of messages, one of [Languages]. Defaults to the
	// recipient's.
	Lang string
}

const (
	// maxPreferences bounds what is read back, in bytes.
	maxPreferences = 8 << 10
	// preferencesVersion tells a row of today from one of before, which was the
	// map of channels alone.
	preferencesVersion = 2
	// swapTries bounds how often preferences are read again because the owner
	// changed them elsewhere meanwhile.
	swapTries = 8
)

// storedPreferences is a row.
type storedPreferences struct {
	Version  int               `json:"v"`
	Channels map[Kind][]string `json:"channels,omitempty"`
	Quiet    Quiet             `json:"quiet,omitzero"`
	Lang     string            `json:"lang,omitempty"`
}

// Languages lists the languages that there are messages in.
func Languages() []string { return message.Languages() }

// chosen is what an owner chose, as one statement gives it.
type chosen struct {
	Preferences
	phrase []byte // sealed
}

// Preferences gives what the account's owner chose: the channels of every kind
// in [Kinds], the defaults included. Channels that are not there any more are
// left out; a mandatory kind that has none left, or but [Codeless] ones, goes to
// all. Errors: a malformed account, the store's.
func (m *Monitor) Preferences(ctx context.Context, account string) (Preferences, error) {
	if err := canon.CheckID(account); err != nil {
		return Preferences{}, fmt.Errorf("alerts: account: %w", err)
	}
	c, err := m.chosen(ctx, account)
	return c.Preferences, err
}

func (m *Monitor) chosen(ctx context.Context, account string) (chosen, error) {
	data, phrase, err := m.store.Preferences(ctx, account)
	if err != nil {
		return chosen{}, fmt.Errorf("alerts: preferences: %w", err)
	}
	return chosen{decodePreferences(data).effective(m.cfg.Queue), phrase}, nil
}

// decodePreferences reads what was stored, today or before; anything else is no
// preference, so that a damaged row mutes nothing and delays nothing.
func decodePreferences(data []byte) Preferences {
	if len(data) > maxPreferences {
		return Preferences{}
	}
	var s storedPreferences
	if err := json.Unmarshal(data, &s); err != nil || s.Version != preferencesVersion {
		var channels map[Kind][]string
		if json.Unmarshal(data, &channels) != nil {
			return Preferences{}
		}
		return Preferences{Channels: channels}
	}
	p := Preferences{s.Channels, s.Quiet, s.Lang}
	if p.Quiet.check() != nil {
		p.Quiet = Quiet{}
	}
	if checkLang(p.Lang) != nil {
		p.Lang = ""
	}
	return p
}

func (p Preferences) encode() ([]byte, error) {
	data, err := json.Marshal(storedPreferences{preferencesVersion, p.Channels, p.Quiet, p.Lang})
	if err != nil || len(data) > maxPreferences {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrPreferences, maxPreferences)
	}
	return data, nil
}

// effective fills in the defaults.
func (p Preferences) effective(q Queue) Preferences {
	channels := q.Channels()
	all := make(map[Kind][]string, len(kinds))
	for _, info := range kinds {
		all[info.Kind] = slices.Clone(channels)
		list, ok := p.Channels[info.Kind]
		if !ok {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(channels), func(c string) bool { return !slices.Contains(list, c) })
		if !info.Mandatory || suffices(q, kept) {
			all[info.Kind] = kept
		}
	}
	p.Channels = all
	return p
}

// suffices tells whether what must reach the owner may go by these channels
// alone: one of them leads to an address that the shop knows, if any does.
func suffices(q Queue, list []string) bool {
	return slices.ContainsFunc(list, q.CarriesCodes) || len(list) > 0 && !slices.ContainsFunc(q.Channels(), q.CarriesCodes)
}

// SetPreferences replaces the account's preferences and records it; the alert
// about it still goes by the old ones, in the old language. client is who
// changes them. Quiet hours without a zone are in the recipient's. Errors:
// [ErrMandatory], [ErrPreferences], the store's, the directory's and the
// recorder's, after which nothing has changed on stores with transactions.
func (m *Monitor) SetPreferences(ctx context.Context, account string, p Preferences, client activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	if err := p.check(m.cfg.Queue); err != nil {
		return err
	}
	var err error
	if p.Quiet, err = m.settleQuiet(ctx, account, p.Quiet); err != nil {
		return err
	}
	data, err := p.encode()
	if err != nil {
		return err
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.recordSettings(ctx, account, client, nil); err != nil { // first: the alert reads the old ones
			return err
		}
		return m.store.PutPreferences(ctx, account, data, m.cfg.Now())
	})
	if err != nil {
		return fmt.Errorf("alerts: set preferences: %w", err)
	}
	return nil
}

// recordSettings records a change of settings, of which the owner is told.
func (m *Monitor) recordSettings(ctx context.Context, account string, client activity.Client, detail map[string]string) error {
	if m.cfg.Recorder == nil {
		return nil
	}
	return m.cfg.Recorder.Record(ctx, activity.Event{
		Account: account, Type: activity.AlertSettingsChanged, Outcome: activity.OutcomeSuccess,
		At: m.cfg.Now(), Client: client, Detail: detail,
	})
}

// errOvertaken is a swap that was lost to another one.
var errOvertaken = errors.New("alerts: the preferences kept changing")

// Mute switches kinds off on one channel, and leaves everything else as it is.
// Kinds that are off there already change nothing and record nothing. how says
// by what the owner did it, for the log; it may be empty. Errors:
// [ErrMandatory] for a kind that must stay on, [ErrPreferences] for an unknown
// kind or channel, others as of [Monitor.SetPreferences].
func (m *Monitor) Mute(ctx context.Context, account string, of []Kind, channel, how string, client activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	for _, k := range of {
		if info, ok := k.Info(); ok && info.Mandatory {
			return fmt.Errorf("%w: %s", ErrMandatory, k)
		}
		if err := (Preferences{Channels: map[Kind][]string{k: {channel}}}).check(m.cfg.Queue); err != nil {
			return err
		}
	}
	err := errOvertaken
	for range swapTries {
		if !errors.Is(err, errOvertaken) {
			break
		}
		err = m.store.InTx(ctx, func(ctx context.Context) error { return m.mute(ctx, account, of, channel, how, client) })
	}
	if err != nil {
		return fmt.Errorf("alerts: mute: %w", err)
	}
	return nil
}

// mute is one try. The alert about it is mandatory, so that it goes by old and
// new preferences alike.
func (m *Monitor) mute(ctx context.Context, account string, of []Kind, channel, how string, client activity.Client) error {
	old, _, err := m.store.Preferences(ctx, account)
	if err != nil {
		return err
	}
	p := decodePreferences(old) // as it is: other kinds, and channels that other instances have, stay
	changed := false
	for _, k := range of {
		on, chosen := p.Channels[k]
		if !chosen {
			on = m.cfg.Queue.Channels()
		}
		if !slices.Contains(on, channel) {
			continue
		}
		if p.Channels == nil {
			p.Channels = map[Kind][]string{}
		}
		p.Channels[k] = slices.DeleteFunc(slices.Clone(on), func(c string) bool { return c == channel })
		changed = true
	}
	if !changed {
		return nil
	}
	data, err := p.encode()
	if err != nil {
		return err
	}
	won, err := m.store.SwapPreferences(ctx, account, old, data, m.cfg.Now())
	if err != nil {
		return err
	}
	if !won {
		return errOvertaken
	}
	var detail map[string]string
	if how != "" {
		detail = map[string]string{activity.DetailHow: how}
	}
	return m.recordSettings(ctx, account, client, detail)
}

func (p Preferences) check(q Queue) error {
	channels := q.Channels()
	for kind, list := range p.Channels {
		info, ok := kind.Info()
		if !ok {
			return fmt.Errorf("%w: unknown kind %q", ErrPreferences, canon.Line(string(kind), maxKind))
		}
		if info.Mandatory && !suffices(q, list) {
			return fmt.Errorf("%w: %s has to go by one that leads to an address which the shop knows", ErrMandatory, kind)
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
	if err := p.Quiet.check(); err != nil {
		return fmt.Errorf("%w: quiet hours: %w", ErrPreferences, err)
	}
	return checkLang(p.Lang)
}

func checkLang(lang string) error {
	if lang != "" && !slices.Contains(Languages(), lang) {
		return fmt.Errorf("%w: there are no messages in %q", ErrPreferences, canon.Line(lang, maxKind))
	}
	return nil
}

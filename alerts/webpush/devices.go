package webpush

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

// DevicesConfig configures [Devices].
type DevicesConfig struct {
	// Recorder takes an event for every browser that the owner adds or removes
	// (activity.AlertSettingsChanged), in one transaction with it: what cannot
	// be recorded does not happen. Required.
	Recorder activity.Recorder
	// Max is how many browsers an account may have, 1 to 50; the one that was
	// longest of no use gives way. Defaults to 10.
	Max int
}

// Devices are the browsers that accounts' messages go to. Safe for concurrent
// use.
type Devices struct {
	n   *Notifier
	cfg DevicesConfig
}

// String tells no more than the type: the notifier is inside.
func (Devices) String() string { return "[webpush devices]" }

// Format keeps every verb redacted.
func (d Devices) Format(f fmt.State, _ rune) { fmt.Fprint(f, d.String()) } //nolint:errcheck

// LogValue is String.
func (d Devices) LogValue() slog.Value { return slog.StringValue(d.String()) }

const (
	maxDevices = 50
	maxLabel   = 64 // bytes
)

// NewDevices keeps the browsers of n.
func NewDevices(n *Notifier, cfg DevicesConfig) (*Devices, error) {
	if n == nil || cfg.Recorder == nil {
		return nil, errors.New("webpush: NewDevices needs a notifier and DevicesConfig.Recorder")
	}
	if cfg.Max == 0 {
		cfg.Max = 10
	}
	if cfg.Max < 1 || cfg.Max > maxDevices {
		return nil, fmt.Errorf("webpush: DevicesConfig.Max is not between 1 and %d", maxDevices)
	}
	return &Devices{n, cfg}, nil
}

// PublicKey is what browsers subscribe to, in base64url.
func (d *Devices) PublicKey() string { return d.n.PublicKey() }

// Device is a browser as its owner sees it.
type Device struct {
	// ID names it; see the function ID.
	ID string
	// Label names the browser and its system in English, "Chrome on Windows";
	// activity.DeviceLabel translates it. May be empty.
	Label string
	// AddedAt is when it was added, UsedAt when it was last added again or took
	// a message.
	AddedAt, UsedAt time.Time
}

// Subscribe adds the browser that client describes; data is the JSON of its
// PushSubscription. If another account had the browser, it has it no more. A
// browser that the account has already is kept with its new keys, and not
// recorded. Errors: [ErrSubscription], [ErrService], the recorder's.
func (d *Devices) Subscribe(ctx context.Context, account string, data []byte, client activity.Client) (Device, error) {
	return d.subscribe(ctx, account, "", data, client)
}

// Replace is Subscribe for a browser whose push service gave it a new endpoint
// in place of old. If old was the account's it is removed, and as the owner did
// nothing, nothing is recorded. Knowing an endpoint proves the browser.
func (d *Devices) Replace(ctx context.Context, account, old string, data []byte, client activity.Client) (Device, error) {
	return d.subscribe(ctx, account, ID(old), data, client)
}

func (d *Devices) subscribe(ctx context.Context, account, oldID string, data []byte, client activity.Client) (Device, error) {
	if err := canon.CheckID(account); err != nil {
		return Device{}, fmt.Errorf("webpush: account: %w", err)
	}
	s, err := parse(data, d.n.cfg.Services)
	if err != nil {
		return Device{}, err
	}
	sealed, err := s.seal(d.n.cfg.AEAD, account)
	if err != nil {
		return Device{}, err
	}
	now := d.n.cfg.Now()
	r := Row{
		ID: ID(s.Endpoint), Account: account, Label: canon.Line(activity.DeviceOf(client).Name, maxLabel),
		Sealed: sealed, CreatedAt: now, UsedAt: now, SealedAt: now,
	}
	err = d.n.store.InTx(ctx, func(ctx context.Context) error {
		replaced, err := d.replace(ctx, account, oldID, r.ID)
		if err != nil {
			return err
		}
		added, err := d.n.store.Put(ctx, r, d.cfg.Max)
		if err != nil || !added || replaced {
			return err
		}
		return d.record(ctx, account, client)
	})
	if err != nil {
		return Device{}, fmt.Errorf("webpush: subscribe: %w", err)
	}
	return Device{ID: r.ID, Label: r.Label, AddedAt: now, UsedAt: now}, nil
}

// replace removes the old row, unless it is the new one too, and tells whether
// it was the account's.
func (d *Devices) replace(ctx context.Context, account, oldID, id string) (bool, error) {
	if oldID == "" || oldID == id {
		return false, nil
	}
	return d.n.store.Remove(ctx, account, oldID)
}

func (d *Devices) record(ctx context.Context, account string, client activity.Client) error {
	return d.cfg.Recorder.Record(ctx, activity.Event{
		Account: account, Type: activity.AlertSettingsChanged, Outcome: activity.OutcomeSuccess, At: d.n.cfg.Now(), Client: client,
	})
}

// Remove takes a browser out. [ErrNoDevice] if the account does not have it,
// whoever else may.
func (d *Devices) Remove(ctx context.Context, account, id string, client activity.Client) error {
	err := d.n.store.InTx(ctx, func(ctx context.Context) error {
		removed, err := d.n.store.Remove(ctx, account, id)
		if err != nil {
			return err
		}
		if !removed {
			return ErrNoDevice
		}
		return d.record(ctx, account, client)
	})
	if err != nil {
		return fmt.Errorf("webpush: remove: %w", err)
	}
	return nil
}

// List gives the account's browsers, the last used first.
func (d *Devices) List(ctx context.Context, account string) ([]Device, error) {
	rows, err := d.n.store.List(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("webpush: list: %w", err)
	}
	out := make([]Device, len(rows))
	for i, r := range rows {
		out[i] = Device{ID: r.ID, Label: r.Label, AddedAt: r.CreatedAt, UsedAt: r.UsedAt}
	}
	return out, nil
}

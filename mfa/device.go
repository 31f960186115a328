package mfa

import (
	"context"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

const (
	// MaxDevices is how many devices an account may trust; with one more, the
	// one that was used longest ago goes.
	MaxDevices = 10
	// TrustLifetime is how long a device stays trusted, counted from the
	// factor that was proved on it; use does not prolong it.
	TrustLifetime = 30 * 24 * time.Hour
	// DeviceGrace is how long the token that was replaced last is still taken:
	// a browser that sends a form twice has not been robbed.
	DeviceGrace = time.Minute
)

// Device is a device on which the owner asked not to be asked for a second
// factor. It holds no secret.
type Device struct {
	ID string
	// Name is what the owner knows it by.
	Name string
	// TrustedAt, UsedAt and ExpiresAt are when it began, was last used to sign
	// in, and ends.
	TrustedAt, UsedAt, ExpiresAt time.Time
}

// DeviceToken is a trusted device's secret, for a cookie. It prints and logs
// itself redacted; convert it to string where it is handed out.
type DeviceToken string

// TrustDevice lets the proof's account sign in from this device without a
// second factor, for [TrustLifetime]. It takes a factor that was proved just
// now; a recovery code is for a customer whose device is lost. name is cleaned
// and cut to [MaxName] characters. Errors: [ErrProofNeeded], [ErrBadName].
func (m *Manager) TrustDevice(ctx context.Context, proof Proof, name string, c activity.Client) (DeviceToken, Device, error) {
	now := m.cfg.Now()
	if !proof.fresh(now) || proof.method == RecoveryCode {
		return "", Device{}, ErrProofNeeded
	}
	name = shortName(name)
	if name == "" {
		return "", Device{}, ErrBadName
	}
	token := secret.NewToken()
	row := DeviceRow{
		Account: proof.account, ID: secret.NewID(), Name: name, Hash: secret.HashToken(string(token)),
		CreatedAt: now, UsedAt: now, ExpiresAt: now.Add(TrustLifetime),
	}
	err := m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.AddDevice(ctx, row, MaxDevices); err != nil {
			return err
		}
		return m.record(ctx, row.Account, activity.DeviceTrusted, activity.OutcomeSuccess, c, map[string]string{"device": name})
	})
	if err != nil {
		return "", Device{}, err
	}
	return deviceToken(row.ID, token), row.device(), nil
}

// Trusted gives the device that token is of, if the account trusts it, and
// changes nothing. Any text may be asked for. Errors: [ErrNoDevice].
func (m *Manager) Trusted(ctx context.Context, account string, token DeviceToken) (Device, error) {
	id, hash := token.parts()
	if hash == "" || checkAccount(account) != nil {
		return Device{}, ErrNoDevice
	}
	d, err := m.store.Device(ctx, account, id)
	if err == nil && !d.takes(hash, m.cfg.Now()) {
		err = ErrNoDevice
	}
	if err != nil {
		return Device{}, err
	}
	return d.device(), nil
}

// UseDevice spends a trusted device's token, and gives the one that takes its
// place, to be set with the response. Of several callers with one token one
// gets the next; the others are trusted as well, without one, for
// [DeviceGrace].
//
// A token that was replaced longer ago comes from a copy of the cookie: one of
// the two holders is a thief, so the device is trusted no more, which is
// recorded. Errors: [ErrNoDevice] for a device that is not trusted.
func (m *Manager) UseDevice(ctx context.Context, account string, token DeviceToken, c activity.Client) (DeviceToken, error) {
	id, hash := token.parts()
	if hash == "" || checkAccount(account) != nil {
		return "", ErrNoDevice
	}
	now, next := m.cfg.Now(), secret.NewToken()
	won, err := m.store.RotateDevice(ctx, account, id, hash, secret.HashToken(string(next)), now)
	if err != nil {
		return "", err
	}
	if won {
		return deviceToken(id, next), nil
	}
	d, err := m.store.Device(ctx, account, id)
	if err != nil {
		return "", err
	}
	switch {
	case d.takes(hash, now):
		return "", nil
	case !now.Before(d.ExpiresAt):
		return "", ErrNoDevice
	}
	return "", m.drop(ctx, d, "reused", c)
}

// drop ends the trust in a device whose token was copied.
func (m *Manager) drop(ctx context.Context, d DeviceRow, reason string, c activity.Client) error {
	dropped, err := m.store.DropDevice(ctx, d.Account, d.ID)
	if err != nil {
		return err
	}
	if dropped {
		m.note(ctx, d.Account, activity.DeviceDistrusted, activity.OutcomeDenied, c, map[string]string{"device": d.Name, "reason": reason})
	}
	return ErrNoDevice
}

// Devices lists the devices that the account trusts, the last used first.
func (m *Manager) Devices(ctx context.Context, account string) ([]Device, error) {
	if err := checkAccount(account); err != nil {
		return nil, err
	}
	rows, err := m.store.Devices(ctx, account, m.cfg.Now())
	if err != nil {
		return nil, err
	}
	devices := make([]Device, len(rows))
	for i, row := range rows {
		devices[i] = row.device()
	}
	return devices, nil
}

// RevokeDevice ends the trust in one of the account's devices. It needs no
// proof, since it only takes away. Errors: [ErrNoDevice].
func (m *Manager) RevokeDevice(ctx context.Context, account, id string, c activity.Client) error {
	if checkAccount(account) != nil || canon.CheckID(id) != nil {
		return ErrNoDevice
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		d, err := m.store.Device(ctx, account, id)
		if err != nil {
			return err
		}
		dropped, err := m.store.DropDevice(ctx, account, id)
		if err == nil && !dropped {
			err = ErrNoDevice
		}
		if err != nil {
			return err
		}
		return m.record(ctx, account, activity.DeviceDistrusted, activity.OutcomeSuccess, c, map[string]string{"device": d.Name})
	})
}

// RevokeDevices ends the trust in all of the account's devices: for a new
// password, which has an event of its own.
func (m *Manager) RevokeDevices(ctx context.Context, account string) error {
	if err := checkAccount(account); err != nil {
		return err
	}
	return m.store.DropDevices(ctx, account)
}

// takes tells whether the device is trusted by a token of this hash: the
// current one, or the one before it for [DeviceGrace].
func (d DeviceRow) takes(hash string, now time.Time) bool {
	if !now.Before(d.ExpiresAt) {
		return false
	}
	same := func(a string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(hash)) == 1 }
	age := now.Sub(d.RotatedAt).Abs() // another instance's clock may be a little ahead
	return same(d.Hash) || same(d.Previous) && age <= DeviceGrace
}

func (d DeviceRow) device() Device {
	return Device{ID: d.ID, Name: d.Name, TrustedAt: d.CreatedAt, UsedAt: d.UsedAt, ExpiresAt: d.ExpiresAt}
}

// deviceToken joins the id, which names the family, and the secret, which
// rotates.
func deviceToken(id string, token secret.Token) DeviceToken {
	return DeviceToken(id + "." + string(token))
}

// parts gives the id and the secret's hash; "" for what cannot be a token.
func (t DeviceToken) parts() (id, hash string) {
	id, token, _ := strings.Cut(string(t), ".")
	if canon.CheckID(id) != nil {
		return "", ""
	}
	return id, secret.HashToken(token)
}

// String is redacted.
func (DeviceToken) String() string { return "[device token]" }

// Format keeps every verb redacted.
func (t DeviceToken) Format(f fmt.State, _ rune) { fmt.Fprint(f, t.String()) } //nolint:errcheck

// LogValue is String.
func (t DeviceToken) LogValue() slog.Value { return slog.StringValue(t.String()) }

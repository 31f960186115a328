package alerts

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// maxCode is how long a code may be, in bytes.
const maxCode = 64

// CodeMessage is a one-time code for an account's owner.
type CodeMessage struct {
	// Kind is [RecoveryCode] or [SignInCode].
	Kind    Kind
	Account string
	// Channels are where it goes. Defaults to [CourierConfig].CodeChannels.
	Channels []string
	// Code is one word of at most 64 bytes.
	Code string
	// Expires is when it stops working.
	Expires time.Time
	// Phrase and Lang are the owner's, as in an [Alert]. Default to none.
	Phrase Private
	Lang   string
}

// String hides the code.
func (m CodeMessage) String() string { return "[code " + string(m.Kind) + "]" }

// GoString hides the code.
func (m CodeMessage) GoString() string { return m.String() }

// LogValue hides the code.
func (m CodeMessage) LogValue() slog.Value { return slog.StringValue(m.String()) }

// Plan makes the deliveries of an alert: one for each of the channels, and one
// for each earlier address that the channel can reach. Nothing is kept or sent.
func (c *Courier) Plan(a Alert, channels []string, dedupe string) ([]Delivery, error) {
	now := c.cfg.Now()
	if a.ID == "" {
		a.ID = secret.NewID()
	}
	var rows []Delivery
	for _, channel := range channels {
		for _, to := range append([]EarlierAddress{{}}, a.earlierOn(channel)...) {
			row := Delivery{
				ID: secret.NewID(), Account: a.Account, Channel: channel, Kind: a.Kind, Dedupe: dedupe, Group: a.ID,
				State: Pending, CreatedAt: now, DueAt: later(now, a.NotBefore),
			}
			if to.ID != "" { // it does not tell whether the owner of today was reached
				row.Dedupe, row.Group = dedupe+"|"+to.ID, ""
			}
			var err error
			if row.Payload, err = row.sealAlert(c.cfg.AEAD, a, to.Address); err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// PlanCode makes the deliveries of a code, sealed. An account that does not
// exist costs the same. Errors: [ErrAttempt], [ErrNoChannel].
func (c *Courier) PlanCode(m CodeMessage) ([]Delivery, error) {
	if err := canon.CheckID(m.Account); err != nil {
		return nil, fmt.Errorf("%w: account: %w", ErrAttempt, err)
	}
	now := c.cfg.Now()
	if !m.Kind.carriesCode() {
		return nil, fmt.Errorf("%w: the kind carries no code", ErrAttempt)
	}
	if m.Code == "" || canon.Line(m.Code, maxCode) != m.Code || strings.ContainsAny(m.Code, " <>&\"'") || !m.Expires.After(now) {
		return nil, fmt.Errorf("%w: the code is malformed or has expired", ErrAttempt)
	}
	channels := m.Channels
	if channels == nil {
		channels = c.cfg.CodeChannels
	}
	if len(channels) == 0 || slices.ContainsFunc(channels, func(name string) bool { return c.notifiers[name] == nil }) {
		return nil, ErrNoChannel
	}
	rows := make([]Delivery, len(channels))
	for i, channel := range channels {
		row := Delivery{
			ID: secret.NewID(), Account: m.Account, Channel: channel, Kind: m.Kind,
			State: Pending, CreatedAt: now, DueAt: now, ExpiresAt: m.Expires,
		}
		row.Dedupe = "code:" + row.ID // every code is a message of its own
		var err error
		if row.Payload, err = row.sealCode(c.cfg.AEAD, m); err != nil {
			return nil, err
		}
		rows[i] = row
	}
	return rows, nil
}

package alerts

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/activity"
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
// for each earlier address that the channel can reach; of an alert that must
// reach its owner, which is a Critical one or of a mandatory kind, a standby for
// each other channel that there is. Nothing is kept or sent. Errors:
// [ErrAttempt], [ErrNoChannel].
func (c *Courier) Plan(a Alert, channels []string, dedupe string) ([]Delivery, error) {
	if err := canon.CheckID(a.Account); err != nil {
		return nil, fmt.Errorf("%w: account: %w", ErrAttempt, err)
	}
	if a.ID == "" {
		a.ID = secret.NewID()
	}
	if err := canon.CheckID(a.ID); err != nil {
		return nil, fmt.Errorf("%w: ID: %w", ErrAttempt, err)
	}
	dedupe = storable(dedupe)
	grave := a.Severity >= activity.Critical
	for _, channel := range channels {
		if c.notifiers[channel] == nil {
			return nil, ErrNoChannel
		}
	}
	var rows []Delivery
	for _, channel := range c.channels {
		row := Delivery{Account: a.Account, Channel: channel, Kind: a.Kind, Urgent: grave, Dedupe: dedupe, Group: a.ID, State: Pending}
		row.CreatedAt = c.cfg.Now()
		row.DueAt = later(row.CreatedAt, a.NotBefore)
		to := append([]EarlierAddress{{}}, a.earlierOn(channel)...)
		if !slices.Contains(channels, channel) {
			if len(channels) == 0 || !row.mustReach() || c.cfg.FallbackAfter < 0 {
				continue
			}
			row.State, row.DueAt, to = Standby, row.DueAt.Add(c.patience(channels)), to[:1]
		}
		for _, to := range to {
			if row.ID = secret.NewID(); to.ID != "" { // it does not tell whether the owner of today was reached
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

// mustReach tells what a warning cannot delay, and for what other channels step
// in where those that the owner chose fail: one may have no address there any more.
func (d *Delivery) mustReach() bool {
	info, _ := d.Kind.Info()
	return info.Mandatory || d.Urgent
}

// storable is a key as every database keeps it: one that is malformed, for it
// holds a NUL, say, is replaced by its hash.
func storable(key string) string {
	if canon.CheckID(key) == nil {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// patience is when standbys step in: not before the receipts may have come.
func (c *Courier) patience(channels []string) time.Duration {
	wait := c.cfg.FallbackAfter
	for _, channel := range channels {
		wait = max(wait, c.receipts[channel])
	}
	return wait
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
	if len(channels) == 0 || slices.ContainsFunc(channels, func(name string) bool { return !c.CarriesCodes(name) }) {
		return nil, ErrNoChannel
	}
	rows := make([]Delivery, len(channels))
	for i, channel := range channels {
		row := Delivery{
			ID: secret.NewID(), Account: m.Account, Channel: channel, Kind: m.Kind, Urgent: true,
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

package alerts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// SendCode queues a one-time code for the account's owner, in the transaction
// that ctx carries. The code waits sealed, is tried often, and is wiped when it
// is delivered or expires. An account that does not exist costs the same. It
// goes by every one of [DispatcherConfig].CodeChannels. Errors: [ErrAttempt],
// [ErrNoChannel], the store's.
func (d *Dispatcher) SendCode(ctx context.Context, account, code string, expires time.Time) error {
	return d.sendCode(ctx, RecoveryCode, account, d.cfg.CodeChannels, code, expires)
}

// SendCodeBy is [Dispatcher.SendCode] by one channel that has a notifier.
func (d *Dispatcher) SendCodeBy(ctx context.Context, account, channel, code string, expires time.Time) error {
	if !slices.Contains(d.channels, channel) {
		return ErrNoChannel
	}
	return d.sendCode(ctx, RecoveryCode, account, []string{channel}, code, expires)
}

// SendSignInCode is [Dispatcher.SendCode] for a code that a sign-in asks for.
func (d *Dispatcher) SendSignInCode(ctx context.Context, account, code string, expires time.Time) error {
	return d.sendCode(ctx, SignInCode, account, d.cfg.CodeChannels, code, expires)
}

// CodeChannels names the channels that codes go to.
func (d *Dispatcher) CodeChannels() []string { return slices.Clone(d.cfg.CodeChannels) }

func (d *Dispatcher) sendCode(ctx context.Context, kind Kind, account string, channels []string, code string, expires time.Time) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("%w: account: %w", ErrAttempt, err)
	}
	now := d.cfg.Now()
	if code == "" || len(code) > maxCode || canon.Line(code, maxCode) != code || strings.ContainsAny(code, " <>&\"'") || !expires.After(now) {
		return fmt.Errorf("%w: the code is malformed or has expired", ErrAttempt)
	}
	if len(channels) == 0 {
		return ErrNoChannel
	}
	rows := make([]Delivery, len(channels))
	for i, c := range channels {
		row := Delivery{
			ID: secret.NewID(), Account: account, Channel: c, Kind: kind,
			CreatedAt: now, DueAt: now, ExpiresAt: expires,
		}
		row.Dedupe = "code:" + row.ID // every code is a message of its own
		sealed, err := secret.Seal(d.cfg.AEAD, codeRow(row), []byte(code))
		if err != nil {
			return err
		}
		row.Payload = sealed
		rows[i] = row
	}
	if err := d.enqueue(ctx, rows); err != nil {
		return fmt.Errorf("alerts: send code: %w", err)
	}
	return nil
}

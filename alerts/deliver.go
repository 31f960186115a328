package alerts

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/sqldb"
)

const (
	maxAttempts = 8
	firstRetry  = 30 * time.Second
	maxRetry    = 6 * time.Hour
	// A code is of use for minutes only.
	firstCodeRetry = 5 * time.Second
	maxCodeRetry   = time.Minute
	maxError       = 300 // bytes
)

// DeliverDue delivers what is due now and returns how many messages it
// handled, those that failed included. A message that fails is tried again
// after 30 seconds, then twice that, and so on, 8 times in all; a code after 5
// seconds and until it expires. The error is the store's, [ErrInTx], or ctx's.
func (d *Dispatcher) DeliverDue(ctx context.Context) (int, error) {
	if sqldb.CarriesTx(ctx) {
		return 0, ErrInTx
	}
	n := 0
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		// The batch is delivered one by one, so the lease outlives all of it.
		now := d.cfg.Now()
		token := secret.NewID()
		rows, err := d.store.Lease(ctx, token, now.Add((leaseBatch+1)*d.cfg.Timeout+bookkeeping), now, leaseBatch)
		if err != nil {
			return n, fmt.Errorf("alerts: lease: %w", err)
		}
		for _, row := range rows {
			if err := d.deliver(ctx, row, token); err != nil {
				return n, err
			}
			n++
		}
		if len(rows) < leaseBatch {
			return n, nil
		}
	}
}

// deliver handles one leased row and stores the outcome, also when ctx ends
// meanwhile. If the lease was lost the outcome is another dispatcher's.
func (d *Dispatcher) deliver(ctx context.Context, row Delivery, token string) error {
	sent := d.try(ctx, row)
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookkeeping)
	defer cancel()
	now := d.cfg.Now()
	var err error
	switch {
	case sent == nil:
		_, err = d.store.Finish(keep, row.ID, token, Done, "", now)
	case d.hopeless(row, sent, now):
		d.cfg.Logger.WarnContext(ctx, "alerts: a message was given up", "delivery", row.ID, "channel", row.Channel,
			"kind", string(row.Kind), "attempts", row.Attempts, "error", sent.Error())
		_, err = d.store.Finish(keep, row.ID, token, Dead, sent.Error(), now)
	default:
		d.cfg.Logger.InfoContext(ctx, "alerts: a message will be tried again", "delivery", row.ID, "channel", row.Channel,
			"kind", string(row.Kind), "attempts", row.Attempts, "error", sent.Error())
		_, err = d.store.Retry(keep, row.ID, token, now.Add(backoff(row)), sent.Error())
	}
	if err != nil {
		return fmt.Errorf("alerts: store the outcome of a delivery: %w", err)
	}
	return nil
}

// hopeless tells whether another attempt is pointless.
func (d *Dispatcher) hopeless(row Delivery, err error, now time.Time) bool {
	var permanent *PermanentError
	if errors.As(err, &permanent) || row.expired(now) {
		return true
	}
	return row.ExpiresAt.IsZero() && row.Attempts >= maxAttempts
}

func (d Delivery) expired(now time.Time) bool {
	return !d.ExpiresAt.IsZero() && !now.Before(d.ExpiresAt)
}

// try delivers one row. The error's text is clean: no address, no code.
func (d *Dispatcher) try(ctx context.Context, row Delivery) error {
	if row.expired(d.cfg.Now()) {
		return &PermanentError{errors.New("alerts: expired before it could be delivered")}
	}
	if row.ExpiresAt.IsZero() && row.Attempts > maxAttempts { // dispatchers died with it
		return &PermanentError{errors.New("alerts: no attempt came to an end")}
	}
	notifier := d.notifiers[row.Channel]
	if notifier == nil {
		return errors.New("alerts: this process has no notifier for the channel")
	}
	m, to, err := row.decode(d.cfg.AEAD)
	if errors.Is(err, secret.ErrSealed) { // a process that has the key may come by
		return err
	}
	if err != nil {
		return &PermanentError{err}
	}
	m.Recipient, err = d.cfg.Directory.Recipient(ctx, row.Account)
	if errors.Is(err, ErrNoRecipient) {
		return nil
	}
	if err != nil {
		return &cleanError{canon.Line("alerts: directory: "+err.Error(), maxError), err}
	}
	if to != "" {
		m.Recipient = m.Recipient.at(to)
	}
	limit, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	err = notify(limit, notifier, m)
	if errors.Is(err, ErrNoRecipient) { // no address on this channel
		return nil
	}
	if err != nil {
		return clean(err, m)
	}
	return nil
}

// notify turns a panic into an error. What it panicked with may hold anything,
// so it is not kept.
func notify(ctx context.Context, n Notifier, m Message) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("alerts: the notifier panicked with a %T", v)
		}
	}()
	return n.Notify(ctx, m)
}

// cleanError is an error whose text may be stored and logged; the chain behind
// it is for errors.Is and errors.As.
type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.err }

// clean strikes out what must not be stored should a notifier let it slip.
func clean(err error, m Message) error {
	text := err.Error()
	for _, s := range []string{m.Code, string(m.Alert.Link), m.Recipient.Email, m.Recipient.Phone, m.Recipient.Name} {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[…]")
		}
	}
	return &cleanError{canon.Line(text, maxError), err}
}

// backoff is the wait after a failed attempt: doubling, plus or minus a fifth
// so that messages that failed together do not come back together.
func backoff(row Delivery) time.Duration {
	first, limit := firstRetry, maxRetry
	if !row.ExpiresAt.IsZero() {
		first, limit = firstCodeRetry, maxCodeRetry
	}
	wait := min(first<<min(max(row.Attempts-1, 0), 20), limit)
	var b [2]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	return wait*4/5 + wait*2/5*time.Duration(binary.BigEndian.Uint16(b[:]))/(1<<16)
}

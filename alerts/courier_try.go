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

// Outcome is what became of one attempt.
type Outcome struct {
	// State is Done, Skipped (there is nobody to go to on this channel), Dead (it
	// is given up), or Pending: it is to be tried again at Due.
	State State
	Due   time.Time
	// Reason says why it failed, on one line without address or code. Empty if
	// it did not.
	Reason string
}

// Try makes one attempt to deliver, which takes at most [CourierConfig].Timeout.
// d.Attempts counts it already: 1 is the first. A message that fails is tried
// again after 30 seconds, then twice that, and so on, 8 times in all; a code
// after 5 seconds and until it expires.
func (c *Courier) Try(ctx context.Context, d Delivery) Outcome {
	o := c.judge(d, c.try(ctx, d), c.cfg.Now())
	switch o.State {
	case Dead:
		c.cfg.Logger.WarnContext(ctx, "alerts: a message was given up", "delivery", d.ID, "channel", d.Channel,
			"kind", string(d.Kind), "attempts", d.Attempts, "error", o.Reason)
	case Pending:
		c.cfg.Logger.InfoContext(ctx, "alerts: a message will be tried again", "delivery", d.ID, "channel", d.Channel,
			"kind", string(d.Kind), "attempts", d.Attempts, "error", o.Reason)
	}
	return o
}

// judge tells what becomes of the delivery.
func (c *Courier) judge(d Delivery, err error, now time.Time) Outcome {
	if err == nil {
		return Outcome{State: Done}
	}
	var permanent *PermanentError
	if errors.As(err, &permanent) || d.expired(now) || d.ExpiresAt.IsZero() && d.Attempts >= maxAttempts {
		return Outcome{State: Dead, Reason: err.Error()}
	}
	return Outcome{State: Pending, Due: now.Add(backoff(d)), Reason: err.Error()}
}

func (d Delivery) expired(now time.Time) bool {
	return !d.ExpiresAt.IsZero() && !now.Before(d.ExpiresAt)
}

// try delivers. The error's text is clean: no address, no code.
func (c *Courier) try(ctx context.Context, d Delivery) error {
	if d.expired(c.cfg.Now()) {
		return &PermanentError{errors.New("alerts: expired before it could be delivered")}
	}
	if d.ExpiresAt.IsZero() && d.Attempts > maxAttempts { // dispatchers died with it
		return &PermanentError{errors.New("alerts: no attempt came to an end")}
	}
	notifier := c.notifiers[d.Channel]
	if notifier == nil {
		return errors.New("alerts: this process has no notifier for the channel")
	}
	m, to, err := d.unseal(c.cfg.AEAD)
	if errors.Is(err, secret.ErrSealed) { // a process that has the key may come by
		return err
	}
	if err != nil {
		return &PermanentError{err}
	}
	if err := c.address(ctx, d, &m, to); errors.Is(err, ErrNoRecipient) {
		return nil
	} else if err != nil {
		return &cleanError{canon.Line("alerts: directory: "+err.Error(), maxError), err}
	}
	c.link(ctx, d, &m)
	limit, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
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

// address looks up where the message goes. A language that the owner chose
// stays.
func (c *Courier) address(ctx context.Context, d Delivery, m *Message, to Private) error {
	r, err := c.cfg.Directory.Recipient(ctx, d.Account)
	if err != nil {
		return err
	}
	if m.Recipient.Lang != "" {
		r.Lang = m.Recipient.Lang
	}
	if to != "" {
		r = r.at(to)
	}
	m.Recipient = r
	return nil
}

// link gives an alert its links. A message without them is better than none.
func (c *Courier) link(ctx context.Context, d Delivery, m *Message) {
	if c.cfg.Linker == nil || d.Kind.carriesCode() {
		return
	}
	links, err := c.cfg.Linker.Links(d, m.Alert)
	if err != nil {
		c.cfg.Logger.ErrorContext(ctx, "alerts: a message goes without links", "delivery", d.ID, "error", canon.Line(err.Error(), maxError))
		return
	}
	m.Links = links
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
	for _, s := range []string{
		m.Code, string(m.Alert.Link), string(m.Links.Mine), string(m.Links.NotMine), string(m.Links.Mute), string(m.Phrase),
		m.Recipient.Email, m.Recipient.Phone, m.Recipient.Name,
	} {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[…]")
		}
	}
	return &cleanError{canon.Line(text, maxError), err}
}

// backoff is the wait after a failed attempt: doubling, plus or minus a fifth
// so that messages that failed together do not come back together.
func backoff(d Delivery) time.Duration {
	first, limit := firstRetry, maxRetry
	if !d.ExpiresAt.IsZero() {
		first, limit = firstCodeRetry, maxCodeRetry
	}
	wait := min(first<<min(max(d.Attempts-1, 0), 20), limit)
	var b [2]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	return wait*4/5 + wait*2/5*time.Duration(binary.BigEndian.Uint16(b[:]))/(1<<16)
}

package alerts

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
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
	// maxPutOff is how old a message may become that is put off, and how long a
	// provider may have it wait.
	maxPutOff = 24 * time.Hour
	maxError  = 300 // bytes
)

// Outcome is what became of one attempt.
type Outcome struct {
	// State is Done; Sent (a receipt is to come); Skipped (the owner has no
	// address on the channel); Dead (it is given up); or Pending: it is to be tried
	// again at Due.
	State State
	Due   time.Time
	// Reason says why it failed, on one line without address or code, for
	// operators. Empty if it did not.
	Reason string
	// Cause is the same for the owner.
	Cause Cause
	// Uncounted: no attempt was made, so that none of the eight is used up.
	Uncounted bool
}

// Tried is the outcome's entry in the delivery's log.
func (o Outcome) Tried(at time.Time) Tried { return Tried{at, o.State, o.Cause} }

// Try makes one attempt to deliver, which takes at most [Courier.Longest],
// whatever the notifier does. d.Attempts counts it already: 1 is the first. A
// message that fails is tried again after 30 seconds, then twice that, and so
// on, 8 times in all; a code after 5 seconds and until it expires.
func (c *Courier) Try(ctx context.Context, d Delivery) Outcome {
	o := c.attempt(ctx, &call{d: d})
	log, text := c.cfg.Logger.InfoContext, "alerts: a message will be tried again"
	switch o.State {
	case Dead:
		log, text = c.cfg.Logger.WarnContext, "alerts: a message was given up"
	case Pending:
	default:
		return o
	}
	log(ctx, text, "delivery", d.ID, "channel", d.Channel, "kind", string(d.Kind), "attempts", d.Attempts, "cause", string(o.Cause), "error", o.Reason)
	return o
}

func (c *Courier) attempt(ctx context.Context, k *call) Outcome {
	d, now := &k.d, c.cfg.Now()
	if d.expired(now) {
		return Outcome{State: Dead, Cause: CauseExpired, Reason: "alerts: expired before it could be delivered"}
	}
	if d.ExpiresAt.IsZero() && d.Attempts > maxAttempts { // dispatchers died with it
		return Outcome{State: Dead, Cause: CauseGivenUp, Reason: "alerts: no attempt came to an end"}
	}
	if err := ctx.Err(); err != nil {
		return Outcome{State: Pending, Due: now, Reason: err.Error(), Uncounted: true}
	}
	if k.notifier = c.notifiers[d.Channel]; k.notifier == nil {
		return c.judge(d, verdict{cause: CauseFault, text: "alerts: this process has no notifier for the channel"})
	}
	if err := k.unseal(c.cfg.AEAD); err != nil { // another process may have the key; what is malformed stays so
		return c.judge(d, verdict{cause: CauseFault, text: err.Error(), final: !errors.Is(err, secret.ErrSealed)})
	}
	if o, wait := c.throttled(ctx, d, now); wait {
		return o
	}
	if c.stuck[d.Channel].Load() >= maxStuck {
		return d.putOff(now.Add(stuckWait), CauseTimeout, "alerts: the notifier does not return from its calls")
	}
	return c.judge(d, c.send(ctx, k))
}

// judge tells what becomes of the delivery.
func (c *Courier) judge(d *Delivery, v verdict) Outcome {
	now := c.cfg.Now()
	o := Outcome{Reason: v.text, Cause: v.cause}
	switch {
	case v.nobody:
		o.State = Done
	case v.cause == "":
		o.State = Done
		if _, ok := c.receipts[d.Channel]; ok {
			o.State = Sent
		}
	case v.cause == CauseNoAddress:
		o.State = Skipped
	case v.final:
		o.State = Dead
	case d.expired(now):
		o.State, o.Cause = Dead, CauseExpired
	case d.ExpiresAt.IsZero() && d.Attempts >= maxAttempts:
		o.State, o.Cause = Dead, CauseGivenUp
	default:
		o.State, o.Due = Pending, now.Add(max(backoff(d), v.after+upTo(v.after/10)))
		if !d.ExpiresAt.IsZero() && o.Due.After(d.ExpiresAt) { // no code waits longer than it lives
			o.Due = d.ExpiresAt
		}
	}
	return o
}

func (d *Delivery) expired(now time.Time) bool {
	return !d.ExpiresAt.IsZero() && !now.Before(d.ExpiresAt)
}

// putOff has a delivery wait without an attempt. What would be older than a day
// by then, or a code that would have expired, is given up.
func (d *Delivery) putOff(until time.Time, cause Cause, text string) Outcome {
	if until.Sub(d.CreatedAt) > maxPutOff || d.expired(until) {
		return Outcome{State: Dead, Cause: cause, Reason: text}
	}
	return Outcome{State: Pending, Due: until, Cause: cause, Reason: text, Uncounted: true}
}

// address looks up where the message goes. A language that the owner chose
// stays.
func (c *Courier) address(ctx context.Context, k *call) error {
	r, err := c.cfg.Directory.Recipient(ctx, k.d.Account)
	if err != nil {
		return err
	}
	if k.m.Recipient.Lang != "" {
		r.Lang = k.m.Recipient.Lang
	}
	if k.to != "" {
		r = r.at(k.to)
	}
	k.m.Recipient = r
	return nil
}

// link gives an alert its links. A message without them is better than none.
func (c *Courier) link(ctx context.Context, k *call) {
	if c.cfg.Linker == nil || k.d.Kind.carriesCode() {
		return
	}
	links, err := c.cfg.Linker.Links(k.d, k.m.Alert)
	if err != nil {
		c.cfg.Logger.ErrorContext(ctx, "alerts: a message goes without links", "delivery", k.d.ID, "error", canon.Line(err.Error(), maxError))
		return
	}
	k.m.Links = links
}

// backoff is the wait after a failed attempt: doubling, plus or minus a fifth
// so that messages that failed together do not come back together.
func backoff(d *Delivery) time.Duration {
	first, limit := firstRetry, maxRetry
	if !d.ExpiresAt.IsZero() {
		first, limit = firstCodeRetry, maxCodeRetry
	}
	wait := min(first<<min(max(d.Attempts-1, 0), 20), limit)
	return wait*4/5 + upTo(wait*2/5)
}

// upTo is a random part of a duration.
func upTo(d time.Duration) time.Duration {
	var b [2]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	return d * time.Duration(binary.BigEndian.Uint16(b[:])) / (1 << 16)
}

// deliverNow asks the directory and the notifier: the code of others.
func (c *Courier) deliverNow(ctx context.Context, k *call) verdict {
	err := c.address(ctx, k)
	if errors.Is(err, ErrNoRecipient) {
		return verdict{nobody: true}
	}
	if err != nil {
		return verdict{cause: CauseUnreachable, text: strike(fmt.Sprintf("alerts: directory: %v", err), &k.m)}
	}
	c.link(ctx, k)
	return verdictOn(k.notifier.Notify(ctx, k.m), &k.m)
}

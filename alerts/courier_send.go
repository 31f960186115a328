package alerts

import (
	"context"
	"fmt"
	"time"
)

const (
	// maxGrace is how long a notifier may take to return once its time is over.
	maxGrace = 2 * time.Second
	// maxStuck is how many calls of one channel may have been abandoned and not
	// have returned. More are not begun: each holds memory, perhaps a connection.
	maxStuck  = 32
	stuckWait = time.Minute
)

// Longest is how long [Courier.Try] may take: the Timeout, and a little for a
// notifier that does not heed it.
func (c *Courier) Longest() time.Duration { return c.cfg.Timeout + c.grace() }

func (c *Courier) grace() time.Duration { return min(maxGrace, c.cfg.Timeout) }

// call is one call of a notifier. It goes by reference: copies of a message on
// every level would have the goroutine's stack grow.
type call struct {
	d        Delivery
	notifier Notifier
	m        Message
	to       Private // an earlier address to go to, "" for the present one
}

// send delivers within the time that there is, whatever becomes of the call: a
// panic, a call that outlives its context, one that never returns. A call that
// was abandoned may still deliver; that its repetition has the same ID is what
// channels go by.
func (c *Courier) send(ctx context.Context, k *call) verdict {
	limit, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	came := make(chan verdict, 1)
	go func() {
		defer cancel()
		came <- c.contained(limit, k)
	}()
	select {
	case v := <-came:
		return v
	case <-limit.Done():
	}
	late := time.NewTimer(c.grace())
	defer late.Stop()
	select {
	case v := <-came:
		if v.cause == CauseUnreachable {
			v.cause = CauseTimeout
		}
		return v
	case <-late.C:
		stuck := c.stuck[k.d.Channel]
		stuck.Add(1)
		go func() {
			<-came
			stuck.Add(-1)
		}()
		return verdict{cause: CauseTimeout, text: "alerts: the notifier outlived its context"}
	}
}

// contained turns a panic into a verdict. What it panicked with may hold
// anything, so it is not kept.
func (c *Courier) contained(ctx context.Context, k *call) (v verdict) {
	defer func() {
		if p := recover(); p != nil {
			v = verdict{cause: CauseFault, text: fmt.Sprintf("alerts: the notifier panicked with a %T", p)}
		}
	}()
	return c.deliverNow(ctx, k)
}

package sms

import (
	"context"
	"fmt"
	"regexp"
	"sync"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/sqldb"
)

// outbox bounds the messages that are on their way, and lets a caller wait for
// them.
type outbox struct {
	mu     sync.Mutex
	n, max int
	closed bool
	idle   chan struct{} // closed when n is back to 0; nil if nobody waits

	ctx    context.Context // over when the method is closed for good
	cancel context.CancelFunc
}

func newOutbox(max int) *outbox {
	ctx, cancel := context.WithCancel(context.Background())
	return &outbox{max: max, ctx: ctx, cancel: cancel}
}

// enter takes a place; false if there is none.
func (o *outbox) enter() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.n >= o.max {
		return false
	}
	o.n++
	return true
}

func (o *outbox) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n--; o.n == 0 && o.idle != nil {
		close(o.idle)
		o.idle = nil
	}
}

func (o *outbox) wait(ctx context.Context) error {
	o.mu.Lock()
	if o.n == 0 {
		o.mu.Unlock()
		return nil
	}
	if o.idle == nil {
		o.idle = make(chan struct{})
	}
	idle := o.idle
	o.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Wait returns when no message is on its way, or with ctx's error.
func (m *Method) Wait(ctx context.Context) error { return m.box.wait(ctx) }

// Close takes no more messages, waits for those on their way as long as ctx
// allows, and then cancels the rest. It may be called again.
func (m *Method) Close(ctx context.Context) error {
	m.box.mu.Lock()
	m.box.closed = true
	m.box.mu.Unlock()
	err := m.box.wait(ctx)
	m.box.cancel()
	return err
}

// send hands the message to the provider on a goroutine of its own, so that
// the answer's time tells nothing of it. The place in the outbox is the
// caller's until here and is left when the provider is done: one that hangs
// and does not honour its context takes a place for as long, and no more than
// all of them.
func (m *Method) send(ctx context.Context, d delivery) {
	ctx = sqldb.Detach(context.WithoutCancel(ctx)) // the caller's transaction is over by then
	go func() {
		defer m.box.leave()
		sending, cancel := context.WithTimeout(ctx, m.cfg.SendTimeout)
		defer cancel()
		defer context.AfterFunc(m.box.ctx, cancel)()
		if err := m.call(sending, d); err != nil {
			m.failed(ctx, d, err)
		}
	}()
}

// call turns a panic into an error: on this goroutine it would end the program.
func (m *Method) call(ctx context.Context, d delivery) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the sender panicked: %v", r)
		}
	}()
	return m.cfg.Sender.SendSMS(ctx, d.to.e164, d.text)
}

// quoted finds what may be a number or a code in an error's text, which comes
// from the provider and may quote what it was given, in any grouping.
var quoted = regexp.MustCompile(`[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){3,}`)

func redact(err error) string {
	return canon.Line(quoted.ReplaceAllString(err.Error(), "[…]"), 256)
}

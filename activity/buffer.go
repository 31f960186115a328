package activity

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// BufferConfig sets up a [Buffer].
type BufferConfig struct {
	// Waiting is the number of events that may wait at once; more callers are
	// held back. 1 to 100,000. Defaults to 4096.
	Waiting int
	// Batch is the number of events written at once, 1 to [MaxBatch]. Defaults
	// to 512.
	Batch int
}

// Buffer gathers the events of concurrent callers and writes them together, so
// that they share one commit: where a thousand sign-ins a second each wait for
// the disk, they wait for the same one. It loses nothing: Record returns nil
// only when the event is stored. A single caller gains nothing.
//
// It runs no goroutine. The first caller who finds none at it writes for all
// that wait, while others gather for the next batch. Safe for concurrent use.
type Buffer struct {
	log   *Log
	batch int
	room  chan struct{} // one token for each event that waits

	mu      sync.Mutex
	waiting []*waiter
	writing bool
}

var _ Recorder = (*Buffer)(nil)

// waiter is an event that waits, and what became of it.
type waiter struct {
	event Event
	err   error
	done  chan struct{} // closed when err is settled
	lead  chan struct{} // closed when it is this one's turn to write
}

// NewBuffer makes a buffer before a log.
func NewBuffer(log *Log, cfg BufferConfig) (*Buffer, error) {
	if log == nil {
		return nil, errors.New("activity: NewBuffer needs a log")
	}
	if cfg.Waiting == 0 {
		cfg.Waiting = 4096
	}
	if cfg.Batch == 0 {
		cfg.Batch = 512
	}
	if cfg.Waiting < 1 || cfg.Waiting > 100000 || cfg.Batch < 1 || cfg.Batch > MaxBatch {
		return nil, errors.New("activity: BufferConfig is out of bounds")
	}
	return &Buffer{log: log, batch: cfg.Batch, room: make(chan struct{}, cfg.Waiting)}, nil
}

// writeTimeout bounds the writing of a batch, whose writer waits for all of it.
const writeTimeout = 10 * time.Second

// ErrUndecided reports a caller who left while the event was being written: it
// may be stored or not. With an ID of the caller's own, Record can be repeated
// without harm.
var ErrUndecided = errors.New("activity: it is not known whether the event was stored")

// Record is [Log.Record], with the commit shared. A context that carries a
// transaction goes straight to the log, which joins it.
//
// When the buffer is full it waits for room until ctx ends. If ctx ends before
// the event was taken up for writing, the event is certainly not stored and the
// error is ctx's; after that the error is [ErrUndecided] as well.
func (b *Buffer) Record(ctx context.Context, e Event) error {
	if sqldb.CarriesTx(ctx) {
		return b.log.Record(ctx, e)
	}
	e, err := b.log.prepare(e) // a bad event is its caller's alone
	if err != nil {
		return err
	}
	e = b.log.Enrich(ctx, e)
	select {
	case b.room <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("activity: the buffer is full: %w", ctx.Err())
	}
	w := &waiter{event: e, done: make(chan struct{}), lead: make(chan struct{})}
	if b.join(w) {
		b.write(ctx)
	}
	select {
	case <-w.done:
	case <-w.lead:
		b.write(ctx)
	case <-ctx.Done():
		return b.leave(ctx, w)
	}
	<-w.done
	return w.err
}

// join puts w in the queue and tells whether nobody writes yet.
func (b *Buffer) join(w *waiter) (lead bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, w)
	lead = !b.writing
	b.writing = true
	return lead
}

// leave takes w out of the queue if it still is in it.
func (b *Buffer) leave(ctx context.Context, w *waiter) error {
	b.mu.Lock()
	for i, other := range b.waiting {
		if other == w {
			b.waiting = append(b.waiting[:i:i], b.waiting[i+1:]...)
			<-b.room
			select {
			case <-w.lead: // it was chosen to write meanwhile: somebody else must
				b.passOn()
			default:
			}
			b.mu.Unlock()
			return ctx.Err()
		}
	}
	b.mu.Unlock()
	select {
	case <-w.done:
		return w.err
	default:
		return errors.Join(ErrUndecided, ctx.Err())
	}
}

// passOn chooses the next who writes; b.mu is held.
func (b *Buffer) passOn() {
	if b.writing = len(b.waiting) > 0; b.writing {
		close(b.waiting[0].lead)
	}
}

// write writes one batch, of which the caller's own event is the first, and
// passes the turn on. The caller's context may end: the others' events do not
// end with it.
func (b *Buffer) write(ctx context.Context) {
	b.mu.Lock()
	n := min(len(b.waiting), b.batch)
	batch := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	b.settle(ctx, batch)
	b.mu.Lock()
	b.passOn()
	b.mu.Unlock()
}

// settle writes the events together or, if that fails, each for itself: one
// that cannot be stored must not take its neighbours with it.
func (b *Buffer) settle(ctx context.Context, batch []*waiter) {
	events := make([]Event, len(batch))
	for i, w := range batch {
		events[i] = w.event
	}
	err := b.log.RecordBatch(ctx, events)
	for _, w := range batch {
		if w.err = err; err != nil && len(batch) > 1 {
			w.err = b.log.Record(ctx, w.event)
		}
		close(w.done)
		<-b.room
	}
}

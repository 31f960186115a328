package riverqueue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
)

const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
)

// Run delivers until ctx ends, and returns its error. Attempts that are under
// way then have [alerts.Courier.Longest] to come to an end before they are cancelled; one
// that was cancelled is made again by whoever runs next, as if it had not been.
// A database that is away does not end Run, nor does a failing notifier. It may
// run in any number of processes, and more than once in each. A context that
// carries a transaction is [alerts.ErrInTx].
func (q *Queue) Run(ctx context.Context) error {
	if sqldb.CarriesTx(ctx) {
		return alerts.ErrInTx
	}
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		client, err := q.worker()
		if err != nil {
			return err
		}
		if err = client.Start(ctx); err == nil {
			return q.finish(ctx, client)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		q.cfg.Logger.ErrorContext(ctx, "riverqueue: the workers cannot start", "error", err, "again_in", pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// finish waits for ctx to end and then for the workers, who were told by it.
func (q *Queue) finish(ctx context.Context, client *river.Client[*sql.Tx]) error {
	stopped := client.Stopped()
	<-ctx.Done()
	limit := time.NewTimer(q.grace() + 2*bookkeeping)
	defer limit.Stop()
	select {
	case <-stopped:
	case <-limit.C:
		q.cfg.Logger.ErrorContext(ctx, "riverqueue: a notifier does not heed its context; its message will be delivered again")
	}
	return ctx.Err()
}

// grace is how long an attempt that is under way may go on after Run was told
// to stop: as long as it may take anyway, so that none is cut off.
func (q *Queue) grace() time.Duration { return q.courier.Longest() + bookkeeping/2 }

// worker makes a client of River that works, on a queue for each channel: one
// that hangs holds up no other. Each run has a client of its own, which is an
// identity among the workers.
func (q *Queue) worker() (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &worker{queue: q}); err != nil {
		return nil, fmt.Errorf("riverqueue: %w", err)
	}
	limit := q.courier.Longest() + bookkeeping
	cfg := q.riverConfig()
	cfg.Workers = workers
	cfg.Queues = map[string]river.QueueConfig{}
	for _, channel := range q.courier.Channels() {
		cfg.Queues[queueOf(channel)] = river.QueueConfig{MaxWorkers: q.cfg.Workers}
	}
	cfg.FetchCooldown, cfg.FetchPollInterval = cooldown, q.cfg.Poll
	cfg.PollOnly = true
	cfg.JobTimeout = limit
	cfg.RescueStuckJobsAfter = limit + bookkeeping/2 + q.slow()
	cfg.SoftStopTimeout = q.grace()
	cfg.RetryPolicy = atOnce{q}
	cfg.CompletedJobRetentionPeriod = q.cfg.Keep
	cfg.CancelledJobRetentionPeriod = q.cfg.Keep
	cfg.DiscardedJobRetentionPeriod = q.cfg.Keep
	return newClient(q, cfg)
}

// slow is how far Config.Now is behind the machine's clock, which is the one that
// River looks for stuck jobs by: without it, every job that runs would look like
// one under a test's clock.
func (q *Queue) slow() time.Duration { return max(0, time.Since(q.now())) }

// riverConfig is what every client has in common.
func (q *Queue) riverConfig() *river.Config {
	cfg := &river.Config{Schema: q.cfg.Schema, Logger: q.cfg.Logger}
	if q.cfg.Now != nil {
		cfg.Test.Time = clock(q.cfg.Now)
	}
	return cfg
}

func newClient(q *Queue, cfg *river.Config) (*river.Client[*sql.Tx], error) {
	client, err := river.NewClient(q.driver, cfg)
	if err != nil {
		return nil, fmt.Errorf("riverqueue: %w", err)
	}
	return client, nil
}

// clock lets River tell the time by Config.Now.
type clock func() time.Time

// Now implements [rivertype.TimeGenerator].
func (c clock) Now() time.Time { return c() }

// NowOrNil implements [rivertype.TimeGenerator].
func (c clock) NowOrNil() *time.Time { now := c(); return &now }

var _ rivertype.TimeGenerator = clock(nil)

// atOnce is when a message is tried again whose worker died: now. The time
// after an attempt that failed is the courier's, see [worker.NextRetry].
type atOnce struct{ q *Queue }

// NextRetry implements [river.ClientRetryPolicy].
func (a atOnce) NextRetry(*rivertype.JobRow) time.Time { return a.q.now() }

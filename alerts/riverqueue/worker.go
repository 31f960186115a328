package riverqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"example.com/accountsec/alerts"
)

// worker makes attempts. The courier judges them; this only translates.
type worker struct {
	river.WorkerDefaults[message]
	queue *Queue
}

// Work implements [river.Worker].
func (w *worker) Work(ctx context.Context, job *river.Job[message]) error {
	d, err := delivery(job.JobRow, &job.Args)
	if err != nil { // it will not get better
		return river.JobCancel(err)
	}
	o := w.attempt(ctx, &d)
	switch o.State {
	case alerts.Pending:
		return w.again(ctx, job, o)
	case alerts.Dead:
		if !d.ExpiresAt.IsZero() { // nobody revives a code
			if err := river.RecordOutput(ctx, output{}); err != nil {
				return err
			}
		}
		w.stepIn(ctx, job)
		return river.JobCancel(failure(o))
	case alerts.Skipped:
		w.stepIn(ctx, job)
	}
	end := output{Cause: o.Cause}
	if o.State != alerts.Done {
		end.End = o.State
	}
	return river.RecordOutput(ctx, end)
}

// again has the job wait until the courier wants it tried again.
func (w *worker) again(ctx context.Context, job *river.Job[message], o alerts.Outcome) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err() // the worker stops: River makes the job available, and does not count the attempt
	}
	if o.Uncounted {
		return river.JobSnooze(max(0, o.Due.Sub(w.queue.now())))
	}
	job.Args.due = o.Due
	return failure(o)
}

// attempt is one attempt. A panic is an attempt that failed; what it panicked
// with may hold anything, and River would keep it.
func (w *worker) attempt(ctx context.Context, d *alerts.Delivery) (o alerts.Outcome) {
	later := w.queue.now().Add(time.Minute)
	defer func() {
		if v := recover(); v != nil {
			o = alerts.Outcome{State: alerts.Pending, Due: later, Cause: alerts.CauseFault, Reason: fmt.Sprintf("riverqueue: the attempt panicked with a %T", v)}
		}
	}()
	if d.Spare {
		reached, err := w.queue.reached(ctx, d.Group)
		if err != nil {
			return alerts.Outcome{State: alerts.Pending, Due: later, Cause: alerts.CauseFault, Reason: "riverqueue: the group cannot be looked up", Uncounted: true}
		}
		if reached {
			return alerts.Outcome{State: alerts.Skipped, Cause: alerts.CauseNotNeeded}
		}
	}
	return w.queue.courier.Try(ctx, *d)
}

// stepIn has the standbys step in for a delivery that failed. Should it not come
// to it, they are due later anyway.
func (w *worker) stepIn(ctx context.Context, job *river.Job[message]) {
	if err := w.queue.stepIn(context.WithoutCancel(ctx), job.Args.Group, job.ID); err != nil {
		w.queue.cfg.Logger.ErrorContext(ctx, "riverqueue: standbys cannot step in early", "error", err)
	}
}

// NextRetry implements [river.Worker]: when the courier said, but for a job
// whose worker died, which is tried again now. Never in the past, where River
// would follow its own policy.
func (w *worker) NextRetry(job *river.Job[message]) time.Time {
	soon := w.queue.now().Add(time.Second)
	if job == nil || job.Args.due.Before(soon) {
		return soon
	}
	return job.Args.due
}

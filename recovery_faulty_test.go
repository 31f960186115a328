package accountsec_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

var errFault = errors.New("the store is gone")

// fault lets left calls of the stores through; the next one fails, and all
// after it, until it is mended. Negative: all go through.
type fault struct {
	mu   sync.Mutex
	left int
	hit  bool
}

func (f *fault) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left < 0 {
		return nil
	}
	if f.left > 0 {
		f.left--
		return nil
	}
	f.hit = true
	return errFault
}

func (f *fault) after(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.hit = n, false
}

// mend ends it and tells whether it struck.
func (f *fault) mend() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = -1
	return f.hit
}

// faultyPassword, faultyActivity and faultyAlerts fail in what a recovery
// writes there.
type faultyPassword struct {
	password.Store
	*fault
}

func (s faultyPassword) SetHash(ctx context.Context, account, hash string, expect int64, keep int, now time.Time) (bool, error) {
	if err := s.err(); err != nil {
		return false, err
	}
	return s.Store.SetHash(ctx, account, hash, expect, keep, now)
}

type faultyActivity struct {
	activity.Store
	*fault
}

func (s faultyActivity) Append(ctx context.Context, events ...activity.Event) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.Append(ctx, events...)
}

type faultyAlerts struct {
	alerts.Store
	*fault
}

func (s faultyAlerts) Enqueue(ctx context.Context, rows []alerts.Delivery) (int, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	return s.Store.Enqueue(ctx, rows)
}

// faultyRecovery fails in everything.
type faultyRecovery struct {
	recovery.Store
	*fault
}

func (s faultyRecovery) SetAnswers(ctx context.Context, account string, a recovery.Answers) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.SetAnswers(ctx, account, a)
}

func (s faultyRecovery) GetAnswers(ctx context.Context, account string) (r0 recovery.Answers, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.GetAnswers(ctx, account)
}

func (s faultyRecovery) TouchAnswers(ctx context.Context, account string, drill bool, now time.Time) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.TouchAnswers(ctx, account, drill, now)
}

func (s faultyRecovery) PutTicket(ctx context.Context, t recovery.Ticket) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.PutTicket(ctx, t)
}

func (s faultyRecovery) GetTicket(ctx context.Context, hash string, now time.Time) (r0 recovery.Ticket, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.GetTicket(ctx, hash, now)
}

func (s faultyRecovery) TakeCodeTry(ctx context.Context, hash string, max int, now time.Time) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.TakeCodeTry(ctx, hash, max, now)
}

func (s faultyRecovery) TakeAnswerTry(ctx context.Context, hash string, max int, now time.Time) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.TakeAnswerTry(ctx, hash, max, now)
}

func (s faultyRecovery) Advance(ctx context.Context, hash, from, to string, expires, now time.Time) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.Advance(ctx, hash, from, to, expires, now)
}

func (s faultyRecovery) Complete(ctx context.Context, hash, grant string, proof recovery.Proof, expires, now time.Time) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.Complete(ctx, hash, grant, proof, expires, now)
}

func (s faultyRecovery) Spend(ctx context.Context, hash, client, step string, now time.Time) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.Spend(ctx, hash, client, step, now)
}

func (s faultyRecovery) DeletePending(ctx context.Context, account string) (r0 int64, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.DeletePending(ctx, account)
}

func (s faultyRecovery) PutWait(ctx context.Context, w recovery.Wait) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.PutWait(ctx, w)
}

func (s faultyRecovery) GetWait(ctx context.Context, hash string, now time.Time) (r0 recovery.Wait, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.GetWait(ctx, hash, now)
}

func (s faultyRecovery) FinishWait(ctx context.Context, hash string, now time.Time) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.FinishWait(ctx, hash, now)
}

func (s faultyRecovery) CancelWait(ctx context.Context, cancel string, now time.Time) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.CancelWait(ctx, cancel, now)
}

func (s faultyRecovery) TakeFailure(ctx context.Context, account, slot string, max int) (r0 bool, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.TakeFailure(ctx, account, slot, max)
}

func (s faultyRecovery) ResetFailures(ctx context.Context, account, slot string, all bool) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.ResetFailures(ctx, account, slot, all)
}

func (s faultyRecovery) GetState(ctx context.Context, account string) (r0 recovery.State, err error) {
	if err := s.err(); err != nil {
		return r0, err
	}
	return s.Store.GetState(ctx, account)
}

func (s faultyRecovery) SetRecovered(ctx context.Context, account string, at time.Time) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.SetRecovered(ctx, account, at)
}

func (s faultyRecovery) CountOutcome(ctx context.Context, day int64, o recovery.Outcome) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.CountOutcome(ctx, day, o)
}

func (s faultyRecovery) CountAttempt(ctx context.Context, account, bucket string, free int, base, max time.Duration, now time.Time) (r0 int, r1 time.Duration, err error) {
	if err := s.err(); err != nil {
		return r0, r1, err
	}
	return s.Store.CountAttempt(ctx, account, bucket, free, base, max, now)
}

func (s faultyRecovery) ForgetAttempts(ctx context.Context, account, bucket string) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.ForgetAttempts(ctx, account, bucket)
}

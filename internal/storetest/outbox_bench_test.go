package storetest_test

import (
	"context"
	"fmt"
	"testing"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

func benchDispatcher(b *testing.B, d storetest.Dialect) (*alerts.SQLStore, func(ctx context.Context, fn func(ctx context.Context) error) error, *alerts.Dispatcher) {
	b.Helper()
	raw, s := storetest.Migrated(b, d, alerts.NewSQLStore)
	db, err := sqldb.Open(raw, d.Name)
	if err != nil {
		b.Fatal(err)
	}
	queue, err := newDispatcher(s, alerts.CourierConfig{Notifiers: []alerts.Notifier{named("email"), named("sms")}, Directory: owner{}, AEAD: secretAEAD})
	if err != nil {
		b.Fatal(err)
	}
	return s, db.InTx, queue
}

// BenchmarkEnqueue compares what an alert adds to a transaction: one with a
// statement of the event's kind, and the same with a mail and its standby.
func BenchmarkEnqueue(b *testing.B) {
	for _, d := range storetest.Dialects() {
		s, inTx, queue := benchDispatcher(b, d)
		for _, alert := range []bool{false, true} {
			n := 0
			b.Run(fmt.Sprintf("%s/alert %v", d.Name, alert), func(b *testing.B) {
				for b.Loop() {
					n++
					err := inTx(b.Context(), func(ctx context.Context) error {
						if err := s.PutPreferences(ctx, fmt.Sprint("acct-", n), []byte("an event"), grave("").At); err != nil || !alert {
							return err
						}
						return queue.Enqueue(ctx, grave(fmt.Sprint("acct-", n)), []string{"email"}, fmt.Sprint("d", n))
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkDeliver empties an outbox into a channel that does nothing, one worker
// and four.
func BenchmarkDeliver(b *testing.B) {
	for _, d := range storetest.Dialects() {
		_, _, queue := benchDispatcher(b, d)
		n := 0
		for _, workers := range []int{1, 4} {
			b.Run(fmt.Sprintf("%s/%d", d.Name, workers), func(b *testing.B) {
				for range b.N {
					n++
					if err := queue.Enqueue(b.Context(), grave(fmt.Sprint("acct-", n%100)), []string{"email"}, fmt.Sprint("d", n)); err != nil {
						b.Fatal(err)
					}
				}
				b.ResetTimer()
				done := make(chan error, workers)
				for range workers {
					go func() {
						_, err := queue.DeliverDue(b.Context())
						done <- err
					}()
				}
				for range workers {
					if err := <-done; err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "alerts/s")
			})
		}
	}
}

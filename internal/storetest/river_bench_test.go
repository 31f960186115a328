package storetest_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/storetest"
)

const benchWorkers = 256

// BenchmarkRiver compares alerts that a channel takes at once with bare jobs of
// River that do nothing: as many of them, by as many workers, fetched at the same
// pace, one after the other in each run. Bare jobs are empty; laden ones carry
// the bytes that an alert has, which is what River itself takes for them. Give it
// a number of jobs, as -benchtime=5000x, and -count for the machine's moods.
func BenchmarkRiver(b *testing.B) {
	for _, d := range storetest.Dialects() {
		b.Run(d.Name, func(b *testing.B) {
			ours, size := benchAlerts(b, d)
			bare, laden := benchBare(b, d, 0), benchBare(b, d, size)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(size), "bytes")
			b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
			b.ReportMetric(float64(b.N)/ours.Seconds(), "alerts/s")
			b.ReportMetric(100*bare.Seconds()/ours.Seconds(), "%bare")
			b.ReportMetric(100*laden.Seconds()/ours.Seconds(), "%laden")
		})
	}
}

// work times the delivery of b.N jobs that are queued already.
func work(b *testing.B, raw *sql.DB, done *atomic.Int64, run func(ctx context.Context) error) time.Duration {
	b.Helper()
	if _, err := raw.ExecContext(b.Context(), "VACUUM"); err != nil { // now, rather than by itself in the middle
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	stopped := make(chan error, 1)
	start := time.Now()
	go func() { stopped <- run(ctx) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for done.Load() < int64(b.N) {
		<-tick.C
	}
	took := time.Since(start)
	cancel()
	<-stopped
	return took
}

// benchAlerts also tells how many bytes a waiting alert has.
func benchAlerts(b *testing.B, d storetest.Dialect) (took time.Duration, size int) {
	var done atomic.Int64
	noop := channelFunc{"email", func(context.Context, alerts.Message) error { done.Add(1); return nil }}
	raw := d.Open(b)
	q := riverOn(b, raw, d.Name, alerts.CourierConfig{Notifiers: []alerts.Notifier{noop}}, riverqueue.Config{Workers: benchWorkers})
	if err := q.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		if err := q.Enqueue(b.Context(), riverAlert(fmt.Sprint("customer ", i%100)), []string{"email"}, fmt.Sprint(i)); err != nil {
			b.Fatal(err)
		}
	}
	if err := raw.QueryRow("SELECT LENGTH(CAST(args AS TEXT)) + LENGTH(CAST(metadata AS TEXT)) FROM river_job LIMIT 1").Scan(&size); err != nil {
		b.Fatal(err)
	}
	return work(b, raw, &done, q.Run), size
}

type bareArgs struct {
	Body string `json:"body,omitempty"`
}

func (bareArgs) Kind() string { return "nothing" }

type bareWorker struct {
	river.WorkerDefaults[bareArgs]
	done *atomic.Int64
}

func (w bareWorker) Work(context.Context, *river.Job[bareArgs]) error { w.done.Add(1); return nil }

func benchBare(b *testing.B, d storetest.Dialect, size int) time.Duration {
	raw := d.Open(b)
	var driver riverdriver.Driver[*sql.Tx] = riverdatabasesql.New(raw)
	if d.Name == "sqlite" {
		driver = riversqlite.New(raw)
	}
	discard := slog.New(slog.DiscardHandler)
	tables, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: discard})
	if err == nil {
		_, err = tables.Migrate(b.Context(), rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		b.Fatal(err)
	}
	var done atomic.Int64
	workers := river.NewWorkers()
	river.AddWorker(workers, bareWorker{done: &done})
	client, err := river.NewClient(driver, &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: benchWorkers}},
		FetchCooldown: 20 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond, PollOnly: true,
		SoftStopTimeout: time.Minute, Logger: discard,
	})
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, size*3/4) // in base64
	for range b.N {
		rand.Read(body) //nolint:errcheck // never fails
		if _, err := client.Insert(b.Context(), bareArgs{base64.StdEncoding.EncodeToString(body)}, nil); err != nil {
			b.Fatal(err)
		}
	}
	return work(b, raw, &done, func(ctx context.Context) error {
		if err := client.Start(ctx); err != nil {
			return err
		}
		<-client.Stopped()
		return nil
	})
}

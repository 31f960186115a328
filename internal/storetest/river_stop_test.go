package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

// An attempt that is under way when Run is told to stop comes to its end, and
// its outcome is stored; nothing new begins.
func TestRiverStopCutsNothingOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		under, let := make(chan bool, 16), make(chan bool)
		var cut atomic.Int64
		mail := channelFunc{"email", func(ctx context.Context, _ alerts.Message) error {
			under <- true
			select {
			case <-let:
			case <-ctx.Done():
				cut.Add(1)
			}
			return ctx.Err()
		}}
		raw := d.Open(t)
		q := riverOn(t, raw, d.Name, alerts.CourierConfig{Notifiers: []alerts.Notifier{mail}}, riverqueue.Config{Workers: 3})
		fine(t, q.Migrate(t.Context()))
		for _, account := range []string{"a", "b", "c", "waits"} {
			fine(t, q.Enqueue(t.Context(), riverAlert(account), []string{"email"}, "once"))
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- q.Run(ctx) }()
		for range 3 {
			<-under
		}
		cancel()
		close(let)
		if err := <-done; !errors.Is(err, context.Canceled) || cut.Load() != 0 {
			t.Errorf("Run ended with %v, %d attempts were cut off", err, cut.Load())
		}
		for _, account := range []string{"a", "b", "c"} {
			if got := only(t, q, account); got.State != alerts.Done {
				t.Errorf("%s is %s", account, got.State)
			}
		}
		if got := only(t, q, "waits"); got.State != alerts.Pending || got.Attempts != 0 {
			t.Errorf("what waited is %+v", got)
		}
	})
}

// An attempt that outlasts even its time-out is cancelled; it is made again as
// if it had not been.
func TestRiverStopIsBounded(t *testing.T) {
	t.Parallel()
	under := make(chan bool, 1)
	mail := channelFunc{"email", func(ctx context.Context, m alerts.Message) error {
		under <- true
		<-ctx.Done() // the courier's time-out
		return ctx.Err()
	}}
	raw := storetest.OpenPostgres(t)
	q := riverOn(t, raw, "postgres", alerts.CourierConfig{Notifiers: []alerts.Notifier{mail}, Timeout: 300 * time.Millisecond}, riverqueue.Config{})
	fine(t, q.Migrate(t.Context()))
	fine(t, q.Enqueue(t.Context(), riverAlert("kim"), []string{"email"}, "once"))
	stop := running(t, q)
	<-under
	start := time.Now()
	stop()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if got := only(t, q, "kim"); got.State != alerts.Pending || got.Attempts != 1 || got.LastError == "" {
		t.Errorf("%+v", got)
	}
}

// Where the tables are not there yet, Run waits for them.
func TestRiverRunWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		mail := &inbox{name: "email"}
		raw := d.Open(t)
		q := riverOn(t, raw, d.Name, alerts.CourierConfig{Notifiers: []alerts.Notifier{mail}}, riverqueue.Config{})
		running(t, q)
		fine(t, q.Migrate(t.Context()))
		fine(t, q.Enqueue(t.Context(), riverAlert("kim"), []string{"email"}, "once"))
		until(t, "delivery", ended(t, q, "kim"))
	})
}

func TestRiverRunInTx(t *testing.T) {
	raw, q := openRiver(t, storetest.Dialects()[0], &inbox{name: "email"})
	tx, err := raw.BeginTx(t.Context(), nil)
	fine(t, err)
	defer tx.Rollback() //nolint:errcheck
	if err := q.Run(sqldb.WithTx(t.Context(), tx)); !errors.Is(err, alerts.ErrInTx) {
		t.Errorf("Run in a transaction: %v", err)
	}
}

// SQLite works with one open connection, as River's driver asks for, also while
// the application's own transactions come and go.
func TestRiverOneConnection(t *testing.T) {
	mail := &inbox{name: "email"}
	raw := storetest.OpenSQLite(t)
	raw.SetMaxOpenConns(1)
	q := riverOn(t, raw, "sqlite", alerts.CourierConfig{Notifiers: []alerts.Notifier{mail}}, riverqueue.Config{})
	fine(t, q.Migrate(t.Context()))
	_, err := raw.Exec(`CREATE TABLE orders (n INTEGER)`)
	fine(t, err)
	running(t, q)
	const orders = 200
	for i := range orders {
		fine(t, inTx(t, raw, func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO orders VALUES (?)`, i); err != nil {
				return err
			}
			a := riverAlert("kim")
			return q.Enqueue(ctx, a, []string{"email"}, string(rune('a'+i)))
		}))
	}
	until(t, "delivery", func() bool { return len(mail.messages()) == orders })
}

func inTx(t *testing.T, raw *sql.DB, fn func(ctx context.Context, tx *sql.Tx) error) error {
	t.Helper()
	tx, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it reports ErrTxDone
	if err := fn(sqldb.WithTx(t.Context(), tx), tx); err != nil {
		return err
	}
	return tx.Commit()
}

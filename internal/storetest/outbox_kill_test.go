package storetest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/storetest"
)

// envWorkerRound tells a worker how many hours later it is.
const envWorkerRound = "ACCOUNTSEC_WORKER_ROUND"

func workerOn(t *testing.T, s alerts.Outbox, round int, n alerts.Notifier) *alerts.Dispatcher {
	t.Helper()
	courier, err := alerts.NewCourier(alerts.CourierConfig{
		Notifiers: []alerts.Notifier{n}, Directory: owner{}, AEAD: secretAEAD, Timeout: 5 * time.Second,
		// Each round is an hour later: the leases of whoever died are over.
		Now: func() time.Time { return time.Now().Add(time.Duration(round) * time.Hour) },
	})
	ok(t, err)
	d, err := alerts.NewDispatcher(s, courier, alerts.DispatcherConfig{Poll: 20 * time.Millisecond})
	ok(t, err)
	return d
}

// Workers that are killed at random moments lose no alert: each is delivered at
// least once, and whatever is delivered again has the same ID.
func TestOutboxKilledWorkersLoseNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openAlerts(t, d)
		killWorkers(t, s, d.Name, storetest.DSN(t, raw, d), func(int) {})
	})
}

// The same with a database that crashes in the middle.
func TestOutboxDatabaseRestartLosesNothing(t *testing.T) {
	server := storetest.StartPostgres(t)
	s, err := alerts.NewSQLStore(server.Open(), "postgres")
	ok(t, err)
	ok(t, s.Migrate(t.Context()))
	killWorkers(t, s, "postgres", server.DSN(), func(round int) {
		if round == 1 {
			server.Restart()
		}
	})
}

// killWorkers sends alerts through workers that are killed, one after the other;
// disturb is called in the middle of each.
func killWorkers(t *testing.T, s *alerts.SQLStore, dialect, dsn string, disturb func(round int)) {
	t.Helper()
	n, kills := fromEnv(envWorkerAlerts, 400), fromEnv(envWorkerKills, 4)
	got := &received{ids: map[string]map[string]int{}}
	last := workerOn(t, s, kills+1, writer{func(alert, id string) error { got.add(alert, id); return nil }})
	first := workerOn(t, s, 0, writer{})
	for i := range n {
		a := grave(fmt.Sprint("acct-", i%100))
		a.ID = fmt.Sprint("alert-", i)
		ok(t, first.Enqueue(t.Context(), a, []string{"email"}, a.ID))
	}
	for round := range kills {
		share := n / (2 * (kills + 1))
		after := 1 + share + rand.IntN(share)
		c := child{"TestOutboxWorkerChild", dialect, dsn, []string{envWorkerRound + "=" + strconv.Itoa(round)}, 22}
		c.runUntilKilled(t, after, func(n int, alert, id string) {
			got.add(alert, id)
			if n == (after+1)/2 {
				disturb(round)
			}
		})
	}
	killed := got.lines
	_, err := last.DeliverDue(t.Context())
	for range 16 { // connections to a server that crashed are found out one by one
		if err != nil {
			_, err = last.DeliverDue(t.Context())
		}
	}
	ok(t, err)
	again := got.repeated(t, n)
	for i := range 100 {
		rows, err := s.Deliveries(t.Context(), fmt.Sprint("acct-", i), n)
		ok(t, err)
		for _, row := range rows {
			if row.State != alerts.Done {
				t.Fatalf("left %+v", row)
			}
		}
	}
	t.Logf("%d alerts, %d deliveries before %d kills, %d after, %d of them repeated, none lost", n, killed, kills, got.lines-killed, again)
}

// TestOutboxWorkerChild is the worker: it is a test only because the test's
// program is what can be started again.
func TestOutboxWorkerChild(t *testing.T) {
	db, dialect := childDB(t, "TestOutboxKilledWorkersLoseNothing", 8)
	s, err := alerts.NewSQLStore(db, dialect)
	ok(t, err)
	out := os.NewFile(3, "deliveries")
	d := workerOn(t, s, fromEnv(envWorkerRound, 0), writer{func(alert, id string) error {
		_, err := out.WriteString(alert + " " + id + "\n") // less than a pipe's page is whole
		return err
	}})
	err = d.Run(t.Context())
	t.Fatal(err)
}

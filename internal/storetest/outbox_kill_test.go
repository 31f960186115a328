package storetest_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/storetest"
)

// The child's orders come in these variables.
const (
	envWorkerDialect = "ACCOUNTSEC_WORKER_DIALECT"
	envWorkerDSN     = "ACCOUNTSEC_WORKER_DSN"
	envWorkerRound   = "ACCOUNTSEC_WORKER_ROUND"
	// envWorkerAlerts is how many alerts the test sends, 10,000 for the whole
	// measure; envWorkerKills how often a worker is killed meanwhile.
	envWorkerAlerts = "ACCOUNTSEC_WORKER_ALERTS"
	envWorkerKills  = "ACCOUNTSEC_WORKER_KILLS"
)

func fromEnv(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// received are the message IDs that a channel was given, by alert.
type received struct {
	mu    sync.Mutex
	ids   map[string]map[string]int
	lines int
}

func (r *received) add(alert, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids[alert] == nil {
		r.ids[alert] = map[string]int{}
	}
	r.ids[alert][id]++
	r.lines++
}

// writer is a channel that says what it was given, before it takes it over.
type writer struct{ write func(alert, id string) error }

func (writer) Channel() string { return "email" }

func (w writer) Notify(_ context.Context, m alerts.Message) error { return w.write(m.Alert.ID, m.ID) }

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
		runWorkerUntilKilled(t, dialect, dsn, round, after, got, func() { disturb(round) })
	}
	killed := got.lines
	_, err := last.DeliverDue(t.Context())
	for range 16 { // connections to a server that crashed are found out one by one
		if err != nil {
			_, err = last.DeliverDue(t.Context())
		}
	}
	ok(t, err)
	again := 0
	for i := range n {
		ids := got.ids[fmt.Sprint("alert-", i)]
		if len(ids) != 1 {
			t.Fatalf("alert %d was delivered under %d IDs", i, len(ids))
		}
		for id, times := range ids {
			again += times - 1
			if id == "" {
				t.Fatal("an empty ID")
			}
		}
	}
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

// runWorkerUntilKilled starts a worker and kills it (SIGKILL) after so many
// deliveries; disturb runs half-way.
func runWorkerUntilKilled(t *testing.T, dialect, dsn string, round, after int, got *received, disturb func()) {
	t.Helper()
	read, write, err := os.Pipe()
	ok(t, err)
	defer read.Close() //nolint:errcheck
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestOutboxWorkerChild$", "-test.timeout=5m")
	child.Env = append(os.Environ(), envWorkerDialect+"="+dialect, envWorkerDSN+"="+dsn, envWorkerRound+"="+strconv.Itoa(round))
	child.ExtraFiles = []*os.File{write}
	child.Stderr = os.Stderr
	ok(t, child.Start())
	ok(t, write.Close())
	lines, n := bufio.NewScanner(read), 0
	for lines.Scan() {
		alert, id, found := strings.Cut(lines.Text(), " ")
		if !found || len(id) != 22 {
			continue // the line that the kill cut off
		}
		got.add(alert, id)
		if n++; n == (after+1)/2 {
			disturb()
		}
		if n == after {
			ok(t, child.Process.Kill()) // and read on: what was said before counts
		}
	}
	err = child.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the worker ended by itself after %d deliveries: %v", n, err)
	}
}

// TestOutboxWorkerChild is the worker: it is a test only because the test's
// program is what can be started again.
func TestOutboxWorkerChild(t *testing.T) {
	dialect := os.Getenv(envWorkerDialect)
	if dialect == "" {
		t.Skip("runs as the child of TestOutboxKilledWorkersLoseNothing")
	}
	db, err := sql.Open(map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[dialect], os.Getenv(envWorkerDSN))
	ok(t, err)
	db.SetMaxOpenConns(8)
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

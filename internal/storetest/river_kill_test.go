package storetest_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/storetest"
)

// riverWorkers is how many worker processes share the queue.
const riverWorkers = 2

// riverWorkerOn makes the queue that a worker process delivers, in the schema
// that the connections look at.
func riverWorkerOn(t *testing.T, raw *sql.DB, dialect string, n alerts.Notifier) *riverqueue.Queue {
	t.Helper()
	return riverOn(t, raw, dialect, alerts.CourierConfig{Notifiers: []alerts.Notifier{n}, Timeout: time.Second}, riverqueue.Config{Workers: 4})
}

// Workers that are killed at random moments, two at a time, lose no alert: each
// is delivered at least once, and whatever is delivered again has the same ID.
func TestRiverKilledWorkersLoseNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw := d.Open(t)
		killRiverWorkers(t, raw, d.Name, storetest.DSN(t, raw, d), func(int) {})
	})
}

// The same with a database that crashes in the middle: the workers go on.
func TestRiverDatabaseRestartLosesNothing(t *testing.T) {
	server := storetest.StartPostgres(t)
	killRiverWorkers(t, server.Open(), "postgres", server.DSN(), func(round int) {
		if round == 1 {
			server.Restart()
		}
	})
}

// killRiverWorkers sends alerts through worker processes that are killed;
// disturb is called in the middle of each round.
func killRiverWorkers(t *testing.T, raw *sql.DB, dialect, dsn string, disturb func(round int)) {
	t.Helper()
	n, kills := fromEnv(envWorkerAlerts, 400), fromEnv(envWorkerKills, 4)
	got := &received{ids: map[string]map[string]int{}}
	q := riverWorkerOn(t, raw, dialect, writer{func(alert, id string) error { got.add(alert, id); return nil }})
	ok(t, q.Migrate(t.Context()))
	for i := range n {
		a := riverAlert(fmt.Sprint("acct-", i%100))
		a.ID, a.Link = fmt.Sprint("alert-", i), "" // the workers' keys are their own
		ok(t, q.Enqueue(t.Context(), a, []string{"email"}, a.ID))
	}
	share := n / (2 * riverWorkers * (kills + 1))
	for round := range kills {
		runRiverUntilKilled(t, dialect, dsn, 1+share+rand.IntN(share), got, func() { disturb(round) })
	}
	killed := got.lines
	if os.Getenv(envWorkerAlerts) == "" {
		aMinutePasses(t, raw, dialect)
	}
	running(t, q)
	within(t, 3*time.Minute, "no job is left", func() bool {
		var left int
		err := raw.QueryRow(`SELECT count(*) FROM river_job WHERE state <> 'completed'`).Scan(&left)
		return err == nil && left == 0
	})
	again := got.repeated(t, n)
	t.Logf("%d alerts, %d deliveries before %d kills of %d workers, %d after, %d of them repeated, none lost",
		n, killed, kills, riverWorkers, got.lines-killed, again)
}

// aMinutePasses ages what the dead workers left behind, as waiting would: their
// jobs, and the leadership of one of them. The whole measure waits.
func aMinutePasses(t *testing.T, raw *sql.DB, dialect string) {
	t.Helper()
	age := map[string]string{
		"postgres": `UPDATE river_job SET attempted_at = attempted_at - interval '1 minute' WHERE state = 'running'`,
		"sqlite":   `UPDATE river_job SET attempted_at = strftime('%Y-%m-%d %H:%M:%f', attempted_at, '-1 minute') WHERE state = 'running'`,
	}[dialect]
	for _, statement := range []string{age, `DELETE FROM river_leader`} {
		_, err := raw.ExecContext(t.Context(), statement)
		for range 16 { // connections to a server that crashed are found out one by one
			if err != nil {
				_, err = raw.ExecContext(t.Context(), statement)
			}
		}
		ok(t, err)
	}
}

// line is what a worker says.
type line struct {
	worker    int
	alert, id string
}

// runRiverUntilKilled starts workers and kills each (SIGKILL) after so many
// deliveries of its own; disturb runs when the first is half-way and all of them
// have begun: to make a queue, the test itself asks the database.
func runRiverUntilKilled(t *testing.T, dialect, dsn string, after int, got *received, disturb func()) {
	t.Helper()
	said := make(chan line)
	c := child{"TestRiverWorkerChild", dialect, dsn, nil, 22}
	var children []*exec.Cmd
	var goOn []*os.File
	var wg sync.WaitGroup
	for i := range riverWorkers {
		hear, speak, err := os.Pipe()
		ok(t, err)
		defer speak.Close() //nolint:errcheck
		goOn = append(goOn, speak)
		cmd, read := c.start(t, hear)
		children = append(children, cmd)
		wg.Go(func() { c.listen(read, func(alert, id string) { said <- line{i, alert, id} }) })
	}
	go func() { wg.Wait(); close(said) }()
	counts, once := make([]int, riverWorkers), sync.OnceFunc(disturb)
	for l := range said {
		got.add(l.alert, l.id)
		counts[l.worker]++
		if counts[0] >= (after+1)/2 && slices.Min(counts) > 0 {
			once()
		}
		if counts[l.worker] == after {
			ok(t, children[l.worker].Process.Kill()) // and read on: what was said before counts
			continue
		}
		goOn[l.worker].Write([]byte{0}) //nolint:errcheck // it may be dead
	}
	for i, cmd := range children {
		wasKilled(t, cmd, counts[i], after)
	}
}

// TestRiverWorkerChild is the worker: it is a test only because the test's
// program is what can be started again.
func TestRiverWorkerChild(t *testing.T) {
	db, dialect := childDB(t, "TestRiverKilledWorkersLoseNothing", 8)
	out, in := os.NewFile(3, "deliveries"), os.NewFile(4, "go on")
	var one sync.Mutex
	q := riverWorkerOn(t, db, dialect, writer{func(alert, id string) error {
		one.Lock()
		defer one.Unlock()
		if _, err := out.WriteString(alert + " " + id + "\n"); err != nil { // less than a pipe's page is whole
			return err
		}
		_, err := in.Read(make([]byte, 1)) // it would be done before anybody could kill it
		return err
	}})
	t.Fatal(q.Run(t.Context()))
}

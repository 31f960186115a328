package storetest_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

// A child finds its database in these variables.
const (
	envChildDialect = "ACCOUNTSEC_CHILD_DIALECT"
	envChildDSN     = "ACCOUNTSEC_CHILD_DSN"
)

// The tests of killed workers are as long as these variables say.
const (
	envWorkerAlerts = "ACCOUNTSEC_WORKER_ALERTS" // how many are sent: 10,000 for the whole measure
	envWorkerKills  = "ACCOUNTSEC_WORKER_KILLS"  // how often a worker is killed meanwhile
)

func fromEnv(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// child is the test's program, started again as one test of it, which says what
// it did in lines of a key and an ID.
type child struct {
	test         string // its name
	dialect, dsn string
	env          []string // more orders
	idLen        int      // bytes of an ID: a shorter one was cut off by the kill
}

// start gives the running child, which ends with the test at the latest, and
// what it says to its file 3; more are its files from 4.
func (c child) start(t *testing.T, more ...*os.File) (*exec.Cmd, *os.File) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	said, write, err := os.Pipe()
	ok(t, err)
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+c.test+"$", "-test.timeout=10m")
	cmd.Env = append(append(os.Environ(), envChildDialect+"="+c.dialect, envChildDSN+"="+c.dsn), c.env...)
	cmd.ExtraFiles = append([]*os.File{write}, more...)
	cmd.Stderr = os.Stderr
	ok(t, cmd.Start())
	for _, f := range cmd.ExtraFiles { // they are the child's now
		ok(t, f.Close())
	}
	return cmd, said
}

// listen calls heard with each line until the child's end.
func (c child) listen(said *os.File, heard func(key, id string)) {
	defer said.Close() //nolint:errcheck
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if key, id, found := strings.Cut(lines.Text(), " "); found && len(id) == c.idLen {
			heard(key, id)
		}
	}
}

// runUntilKilled starts the child and kills it (SIGKILL) after so many lines.
// heard is called with each line and its number, from 1.
func (c child) runUntilKilled(t *testing.T, after int, heard func(n int, key, id string)) {
	t.Helper()
	cmd, said := c.start(t)
	n := 0
	c.listen(said, func(key, id string) {
		n++
		heard(n, key, id)
		if n == after {
			ok(t, cmd.Process.Kill()) // and listen on: what was said before counts
		}
	})
	wasKilled(t, cmd, n, after)
}

// wasKilled waits for the end of a child that was to be killed after so many
// lines, and of which n were heard.
func wasKilled(t *testing.T, cmd *exec.Cmd, n, after int) {
	t.Helper()
	err := cmd.Wait()
	if exit := new(*exec.ExitError); n < after || !errors.As(err, exit) || (*exit).Exited() {
		t.Fatalf("the child ended after %d lines, not by the kill after %d: %v", n, after, err)
	}
}

// childDB opens the database that a child was given. Without one the test is no
// child, and is skipped.
func childDB(t *testing.T, parent string, connections int) (*sql.DB, string) {
	t.Helper()
	dialect := os.Getenv(envChildDialect)
	if dialect == "" {
		t.Skip("runs as the child of " + parent)
	}
	db, err := sql.Open(map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[dialect], os.Getenv(envChildDSN))
	ok(t, err)
	db.SetMaxOpenConns(connections)
	return db, dialect
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

// repeated checks that each of the alerts alert-0, alert-1, … was delivered,
// under one ID, and counts the deliveries that were one too many.
func (r *received) repeated(t *testing.T, n int) (again int) {
	t.Helper()
	for i := range n {
		ids := r.ids[fmt.Sprint("alert-", i)]
		if len(ids) != 1 || ids[""] > 0 {
			t.Fatalf("alert %d was delivered under the IDs %v", i, ids)
		}
		for _, times := range ids {
			again += times - 1
		}
	}
	return again
}

// writer is a channel that says what it was given, before it takes it over.
type writer struct{ write func(alert, id string) error }

func (writer) Channel() string { return "email" }

func (w writer) Notify(_ context.Context, m alerts.Message) error { return w.write(m.Alert.ID, m.ID) }

package storetest_test

import (
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activitytest"
	"example.com/accountsec/internal/storetest"
)

// envKillEvents is how many events a child writes at most, a million for the
// whole measure.
const envKillEvents = "ACCOUNTSEC_KILL_EVENTS"

const killWriters = 32

// A process that is killed while 32 goroutines write has stored all that it
// acknowledged, each event once and whole.
func TestActivityKilledProcessLosesNothing(t *testing.T) {
	events := fromEnv(envKillEvents, 12000)
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		c := child{"TestActivityKillChild", d.Name, storetest.DSN(t, raw, d), []string{envKillEvents + "=" + strconv.Itoa(events)}, 26}
		acknowledged := map[string]string{} // id: account
		for _, after := range []int{events / 100, events / 10, events / 2} {
			c.runUntilKilled(t, after, func(_ int, account, id string) { acknowledged[id] = account })
			checkAcknowledged(t, raw, s, acknowledged)
		}
		t.Logf("%d events acknowledged before three kills, none lost", len(acknowledged))
		ok(t, s.Append(t.Context(), activitytest.Event("kim", 0))) // and life goes on
	})
}

// checkAcknowledged compares the tables with what was acknowledged. Events that
// were stored and not acknowledged are fine, halves of events are not.
func checkAcknowledged(t *testing.T, raw *sql.DB, s *activity.SQLStore, acknowledged map[string]string) {
	t.Helper()
	var stored map[string]bool
	var skeletons, personal int
	for before := -1; before != skeletons; { // what the killed one had sent may still be committed
		before, _ = parts(t, raw)
		stored = list(t, s)
		skeletons, personal = parts(t, raw)
	}
	lost := 0
	for id := range acknowledged {
		if !stored[id] {
			lost++
		}
	}
	if lost > 0 {
		t.Fatalf("%d of %d acknowledged events are lost", lost, len(acknowledged))
	}
	if skeletons != personal || skeletons != len(stored) {
		t.Fatalf("%d skeletons, %d personal parts, %d listed", skeletons, personal, len(stored))
	}
}

// parts counts both halves of all events.
func parts(t *testing.T, raw *sql.DB) (skeletons, personal int) {
	t.Helper()
	ok(t, raw.QueryRow(`SELECT (SELECT COUNT(*) FROM activity_events), (SELECT COUNT(*) FROM activity_personal)`).Scan(&skeletons, &personal))
	return skeletons, personal
}

// list gives the events of all writers, each of them whole.
func list(t *testing.T, s *activity.SQLStore) map[string]bool {
	t.Helper()
	stored := map[string]bool{}
	for w := range killWriters {
		account := fmt.Sprint("acct-", w)
		q := activity.Query{Limit: 1000, Scan: 1000}
		for {
			events, _, err := s.List(t.Context(), account, q)
			ok(t, err)
			for _, e := range events {
				if stored[e.ID] || e.Erased || e.Client.UserAgent == "" || e.Detail["order"] == "" {
					t.Fatalf("doubled or not whole: %+v", e)
				}
				stored[e.ID] = true
			}
			if len(events) < q.Limit {
				break
			}
			last := events[len(events)-1]
			q.Start = activity.Position{At: last.At, ID: last.ID}
		}
	}
	return stored
}

// TestActivityKillChild is the writer: it is a test only because the test's
// program is what can be started again.
func TestActivityKillChild(t *testing.T) {
	db, dialect := childDB(t, "TestActivityKilledProcessLosesNothing", 16)
	s, err := activity.NewSQLStore(db, dialect)
	ok(t, err)
	l, err := activity.New(s, activity.Config{CursorKey: make([]byte, 32)})
	ok(t, err)
	b, err := activity.NewBuffer(l, activity.BufferConfig{})
	ok(t, err)
	events := fromEnv(envKillEvents, 0)
	out := os.NewFile(3, "acknowledgements")
	var wg sync.WaitGroup
	for w := range killWriters {
		wg.Go(func() {
			for n := 0; n < events/killWriters; {
				batch := writeSome(t, l, b, fmt.Sprint("acct-", w), n)
				if batch == nil {
					return
				}
				var lines strings.Builder
				for _, e := range batch {
					lines.WriteString(e.Account + " " + e.ID + "\n")
				}
				if _, err := out.WriteString(lines.String()); err != nil { // one write of less than a pipe's page is whole
					return // the parent is gone
				}
				n += len(batch)
			}
		})
	}
	wg.Wait()
}

// writeSome writes in one of the three ways, and gives what is stored for sure.
func writeSome(t *testing.T, l *activity.Log, b *activity.Buffer, account string, n int) []activity.Event {
	one := activitytest.Event(account, 0)
	one.At = time.Now()
	one.ID = activity.NewID(one.At)
	one.At = time.Time{}
	batch := []activity.Event{one}
	var err error
	switch n % 3 {
	case 0:
		err = l.Record(t.Context(), one)
	case 1:
		err = b.Record(t.Context(), one)
	default:
		for range 19 {
			e := one
			e.ID = activity.NewID(time.Now())
			batch = append(batch, e)
		}
		err = l.RecordBatch(t.Context(), batch)
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	return batch
}

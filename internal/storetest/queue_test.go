package storetest_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/alertstest"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

// begins begins the transactions of a queue's caller.
func begins(db *sql.DB) func(t *testing.T) (ctx context.Context, commit, rollback func() error) {
	return func(t *testing.T) (context.Context, func() error, func() error) {
		tx, err := db.BeginTx(t.Context(), nil)
		fine(t, err)
		return sqldb.WithTx(t.Context(), tx), tx.Commit, tx.Rollback
	}
}

func TestDispatcherIsAQueue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		alertstest.TestQueue(t, func(t *testing.T, c *alerts.Courier, _ func() time.Time) alertstest.QueueUnderTest {
			db, s := openAlerts(t, d)
			q, err := alerts.NewDispatcher(s, c, alerts.DispatcherConfig{})
			fine(t, err)
			deliver := func(t *testing.T) {
				_, err := q.DeliverDue(t.Context())
				fine(t, err)
			}
			return alertstest.QueueUnderTest{Queue: q, Deliver: deliver, Erase: s.DeleteAccount, Begin: begins(db)}
		})
	})
}

func TestRiverIsAQueue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		alertstest.TestQueue(t, func(t *testing.T, c *alerts.Courier, now func() time.Time) alertstest.QueueUnderTest {
			db := d.Open(t)
			cfg := riverqueue.Config{Poll: 20 * time.Millisecond, Now: now}
			if d.Name == "postgres" {
				fine(t, db.QueryRow(`SELECT current_schema()`).Scan(&cfg.Schema))
			}
			q, err := riverqueue.New(db, d.Name, c, cfg)
			fine(t, err)
			fine(t, q.Migrate(t.Context()))
			deliver := func(t *testing.T) {
				stop := running(t, q)
				until(t, "all that is due", func() bool { return !anyDue(t, q, now()) })
				stop()
			}
			return alertstest.QueueUnderTest{Queue: q, Deliver: deliver, Erase: q.DeleteAccount, Begin: begins(db)}
		})
	})
}

// anyDue tells whether one of the suite's accounts has a delivery that is due or
// under way.
func anyDue(t *testing.T, q alerts.Queue, now time.Time) bool {
	t.Helper()
	for _, account := range alertstest.QueueAccounts() {
		list, err := q.Deliveries(t.Context(), account)
		fine(t, err)
		for _, d := range list {
			waits := d.State == alerts.Pending || d.State == alerts.Standby
			if d.State == alerts.Leased || waits && !d.DueAt.After(now) {
				return true
			}
		}
	}
	return false
}

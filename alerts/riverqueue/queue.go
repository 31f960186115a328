package riverqueue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
)

// Queue keeps messages as jobs of River until they are delivered. Safe for
// concurrent use.
type Queue struct {
	db      *sqldb.DB
	driver  riverdriver.Driver[*sql.Tx]
	courier *alerts.Courier
	cfg     Config
	// jobs queues and lists; what works is made by Run.
	jobs *river.Client[*sql.Tx]
}

var _ alerts.Queue = (*Queue)(nil)

// New makes a queue in the database. dialect is "sqlite" or "postgres"; the
// driver is the application's choice, pgx's for PostgreSQL. It starts nothing
// and does not touch the database: call [Queue.Migrate] once it is there.
func New(db *sql.DB, dialect string, courier *alerts.Courier, cfg Config) (*Queue, error) {
	wrapped, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	if courier == nil {
		return nil, errors.New("riverqueue: New needs a courier")
	}
	if err := cfg.defaults(wrapped.Dialect()); err != nil {
		return nil, err
	}
	q := &Queue{db: wrapped, driver: newDriver(db, wrapped.Dialect()), courier: courier, cfg: cfg}
	if q.jobs, err = newClient(q, q.riverConfig()); err != nil {
		return nil, err
	}
	return q, nil
}

// Channels implements [alerts.Queue].
func (q *Queue) Channels() []string { return q.courier.Channels() }

// CodeChannels implements [alerts.Queue].
func (q *Queue) CodeChannels() []string { return q.courier.CodeChannels() }

// CarriesCodes implements [alerts.Queue].
func (q *Queue) CarriesCodes(channel string) bool { return q.courier.CarriesCodes(channel) }

// Enqueue implements [alerts.Queue] by one statement, in the transaction that
// ctx carries, if any.
func (q *Queue) Enqueue(ctx context.Context, a alerts.Alert, channels []string, dedupe string) error {
	rows, err := q.courier.Plan(a, channels, dedupe)
	if err != nil {
		return err
	}
	return q.insert(ctx, rows)
}

// SendCode implements [alerts.Queue] in the same way.
func (q *Queue) SendCode(ctx context.Context, m alerts.CodeMessage) error {
	rows, err := q.courier.PlanCode(m)
	if err != nil {
		return err
	}
	return q.insert(ctx, rows)
}

func (q *Queue) insert(ctx context.Context, rows []alerts.Delivery) error {
	if len(rows) == 0 {
		return ctx.Err()
	}
	spares := map[string]bool{}
	for _, d := range rows {
		if d.State == alerts.Standby {
			spares[d.Group] = true
		}
	}
	params := make([]river.InsertManyParams, len(rows))
	for i, d := range rows {
		var err error
		if params[i], err = q.params(d, spares[d.Group]); err != nil {
			return fmt.Errorf("riverqueue: enqueue: %w", err)
		}
	}
	err := q.db.InTx(ctx, func(ctx context.Context) error {
		_, err := q.jobs.InsertManyFastTx(ctx, sqldb.Tx(ctx), params)
		return err
	})
	if err != nil {
		return fmt.Errorf("riverqueue: enqueue: %w", err)
	}
	return nil
}

func (q *Queue) now() time.Time {
	if q.cfg.Now != nil {
		return q.cfg.Now()
	}
	return time.Now()
}

// stamp is a time as River's driver keeps it.
func (q *Queue) stamp(t time.Time) any {
	if q.db.Dialect() == sqldb.SQLite {
		return t.UTC().Round(time.Millisecond).Format("2006-01-02 15:04:05.000")
	}
	return t.UTC()
}

// rename puts the table of jobs where the statement says $jobs.
func (q *Queue) rename(query string) string {
	table := "river_job"
	if q.cfg.Schema != "" {
		table = `"` + q.cfg.Schema + `".river_job`
	}
	return strings.ReplaceAll(query, "$jobs", table)
}

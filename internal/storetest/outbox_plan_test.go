package storetest_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/alertstest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

// statement is one that reached PostgreSQL.
type statement struct {
	text string
	args []any
}

type recordedStatements struct {
	mu   sync.Mutex
	seen []statement
}

func (r *recordedStatements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	args := slices.DeleteFunc(slices.Clone(q.Args), func(a any) bool { _, ok := a.(pgx.QueryResultFormatsByOID); return ok })
	r.seen = append(r.seen, statement{q.SQL, args})
	return ctx
}

func (*recordedStatements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

var numbered = regexp.MustCompile(`\$\d+`)

// outboxStatements are those of every call on the outbox that looks for rows, as
// the store makes them.
func outboxStatements(t *testing.T) map[string]statement {
	t.Helper()
	r := &recordedStatements{}
	schema := storetest.OpenPostgres(t)
	var path string
	ok(t, schema.QueryRow(`SELECT current_setting('search_path')`).Scan(&path))
	cfg, err := pgx.ParseConfig(storetest.PostgresDSN() + " search_path=" + path)
	ok(t, err)
	cfg.Tracer, cfg.DefaultQueryExecMode = r, pgx.QueryExecModeExec
	db := sql.OpenDB(stdlib.GetConnector(*cfg))
	defer db.Close() //nolint:errcheck
	s, err := alerts.NewSQLStore(db, "postgres")
	ok(t, err)
	ok(t, s.Migrate(t.Context()))
	ctx, now := t.Context(), alertstest.T0
	d := alerts.Delivery{ID: "7", Token: "t", Group: "g7", State: alerts.Done, DoneAt: now}
	out := map[string]statement{}
	for name, call := range map[string]func() error{
		"lease":       func() error { _, err := s.Lease(ctx, "email", "t", now, now, 4); return err },
		"lease any":   func() error { _, err := s.Lease(ctx, "", "t", now, now, 4); return err },
		"settle":      func() error { _, err := s.Settle(ctx, d); return err },
		"stand down":  func() error { _, err := s.StandDown(ctx, d, now); return err },
		"step in":     func() error { _, err := s.StepIn(ctx, "g7", now); return err },
		"receipt":     func() error { _, _, err := s.Receipt(ctx, "7", true, now); return err },
		"revive":      func() error { _, err := s.Revive(ctx, "7", now); return err },
		"dead":        func() error { _, err := s.Dead(ctx, alerts.Delivery{}, 50); return err },
		"dead, later": func() error { _, err := s.Dead(ctx, alerts.Delivery{ID: "7", DoneAt: now}, 50); return err },
		"deliveries":  func() error { _, err := s.Deliveries(ctx, "a7", 200); return err },
		"undelivered": func() error { _, err := s.Undelivered(ctx, "7", 100); return err },
		"swap":        func() error { _, err := s.SwapPayload(ctx, d, []byte("p")); return err },
	} {
		r.seen = nil
		ok(t, call())
		var seen []statement
		for _, st := range r.seen {
			if word := strings.ToLower(strings.Fields(st.text)[0]); word != "begin" && word != "commit" {
				seen = append(seen, st)
			}
		}
		if len(seen) != 1 {
			t.Fatalf("%s is %d statements: %v", name, len(seen), seen)
		}
		out[name] = seen[0]
	}
	return out
}

// fillOutbox has 20,000 rows that have ended or are to come, and 40 that are due.
func fillOutbox(t *testing.T, raw *sql.DB) {
	t.Helper()
	tx, err := raw.BeginTx(t.Context(), nil)
	ok(t, err)
	due := sqldb.Micros(alertstest.T0)
	const rows = 20000
	for start := 0; start < rows; start += 500 {
		var b strings.Builder
		b.WriteString(`INSERT INTO alerts_outbox VALUES `)
		for i := start; i < start+500; i++ {
			state, at, done, payload := "done", due-int64(rows-i), due-int64(rows-i), ""
			switch {
			case i%500 == 0:
				state, done = "pending", 0
			case i%20 == 0:
				state = "dead"
			case i%4 == 0:
				state, at, done = "standby", due+int64(i)*1e6, 0
			}
			if state != "done" {
				payload = "x"
			}
			fmt.Fprintf(&b, `('%d', 'a%d', '%s', 'new_device', '%d', '%s', '%s', 1, %d, %d, 0, %d, '', '', 'g%d', %d, 0, '', 0),`,
				i, i%500, []string{"email", "sms", "webpush"}[i%3], i, payload, state, at, at, done, i/3, i%2)
		}
		_, err := tx.ExecContext(t.Context(), strings.TrimSuffix(b.String(), ","))
		ok(t, err)
	}
	ok(t, tx.Commit())
	_, err = raw.ExecContext(t.Context(), "ANALYZE")
	ok(t, err)
}

// Whatever the outbox holds, every statement finds its rows by an index that has
// them in order: none reads the table through, none sorts more than what it found.
func TestOutboxPlans(t *testing.T) {
	statements := outboxStatements(t)
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, _ := openAlerts(t, d)
		fillOutbox(t, raw)
		indexes := map[string]string{
			"lease": "alerts_outbox_queue", "lease any": "alerts_outbox_stray", "settle": "", "stand down": "alerts_outbox_alert", "step in": "alerts_outbox_alert",
			"receipt": "", "revive": "", "dead": "alerts_outbox_dead", "dead, later": "alerts_outbox_dead", "deliveries": "alerts_outbox_account",
			"undelivered": "alerts_outbox_sealed", "swap": "",
		}
		look := func(db queryer, name string) (plan string, faults []string) {
			st := statements[name]
			query, explain := st.text, "EXPLAIN "
			if d.Name == "sqlite" {
				query, explain = strings.ReplaceAll(numbered.ReplaceAllString(query, "?"), " FOR UPDATE SKIP LOCKED", ""), "EXPLAIN QUERY PLAN "
			}
			plan = explained(t, db, explain+query, st.args)
			faults = planOf(plan)
			if index := indexes[name]; !strings.Contains(plan, index) {
				faults = append(faults, "not by "+index)
			}
			return plan, faults
		}
		for name, index := range indexes {
			if plan, faults := look(raw, name); len(faults) > 0 {
				t.Errorf("%s: %q\n%s", name, faults, plan)
			}
			if index == "" {
				continue
			}
			tx, err := raw.BeginTx(t.Context(), nil) // what is looked for is found when the index is gone
			ok(t, err)
			_, err = tx.ExecContext(t.Context(), "DROP INDEX "+index)
			ok(t, err)
			plan, _ := look(tx, name)
			byKey := name == "undelivered" && (strings.Contains(plan, "_pkey") || strings.Contains(plan, "autoindex")) // through all that has ended
			if len(planOf(plan)) == 0 && !strings.Contains(plan, "Sort") && !byKey {
				t.Errorf("%s without %s: no fault found in\n%s", name, index, plan)
			}
			ok(t, tx.Rollback())
		}
	})
}

// planOf tells what of a plan grows with the outbox.
func planOf(plan string) (faults []string) {
	for line := range strings.Lines(plan) {
		line = strings.TrimSpace(line)
		whole := strings.Contains(line, "Seq Scan on alerts_outbox") ||
			strings.HasPrefix(line, "SCAN alerts_outbox") && !strings.Contains(line, "USING INDEX alerts_outbox_dead") || strings.HasPrefix(line+" ", "SCAN other ")
		if whole || strings.Contains(line, "TEMP B-TREE FOR ORDER BY") {
			faults = append(faults, line)
		}
	}
	return faults
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func explained(t *testing.T, raw queryer, query string, args []any) (plan string) {
	t.Helper()
	rows, err := raw.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close() //nolint:errcheck
	columns, err := rows.Columns()
	ok(t, err)
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(sql.RawBytes)
		}
		ok(t, rows.Scan(cells...))
		plan += string(*cells[len(cells)-1].(*sql.RawBytes)) + "\n"
	}
	ok(t, rows.Err())
	return plan
}

// What is queued beside an event is one statement, standbys included.
func TestEnqueueIsOneStatement(t *testing.T) {
	tr := &tracer{}
	s, err := alerts.NewSQLStore(tracedPostgres(t, tr), "postgres")
	ok(t, err)
	ok(t, s.Migrate(t.Context()))
	d, err := newDispatcher(s, alerts.CourierConfig{Notifiers: []alerts.Notifier{&box{}, named("sms"), named("webpush")}, Directory: owner{}, AEAD: secretAEAD})
	ok(t, err)
	for name, call := range map[string]func() error{
		"a change":             func() error { return d.Enqueue(t.Context(), grave("kim"), []string{"email"}, "a") },
		"the same once more":   func() error { return d.Enqueue(t.Context(), grave("kim"), []string{"email"}, "a") },
		"on every channel":     func() error { return d.Enqueue(t.Context(), grave("kim"), d.Channels(), "b") },
		"a code":               func() error { return d.SendCode(t.Context(), recoveryCode("12345678", time.Now().Add(time.Minute))) },
		"of an absent account": func() error { return d.Enqueue(t.Context(), grave("~nobody"), []string{"email"}, "a") },
	} {
		tr.take()
		ok(t, call())
		if seen := tr.take(); len(seen) != 1 || !strings.HasPrefix(seen[0], "INSERT") {
			t.Errorf("%s: %q", name, seen)
		}
	}
}

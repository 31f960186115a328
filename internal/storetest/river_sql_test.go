package storetest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

// What is queued inside a transaction, on however many channels, is one
// statement: no notification, no savepoint, no look for a repeat.
func TestRiverEnqueueIsOneStatement(t *testing.T) {
	tr := &tracer{}
	db := tracedPostgres(t, tr)
	q := riverOn(t, db, "postgres", alerts.CourierConfig{Notifiers: []alerts.Notifier{&inbox{name: "email"}, &inbox{name: "sms"}}},
		riverqueue.Config{})
	fine(t, q.Migrate(t.Context()))
	tx, err := db.BeginTx(t.Context(), nil)
	fine(t, err)
	defer tx.Rollback() //nolint:errcheck
	ctx := sqldb.WithTx(t.Context(), tx)
	for i := range 3 { // the third is a repeat
		tr.take()
		fine(t, q.Enqueue(ctx, riverAlert("kim"), []string{"email", "sms"}, fmt.Sprint(i/2)))
		if seen := tr.take(); len(seen) != 1 || !strings.Contains(seen[0], "INSERT INTO") {
			t.Errorf("message %d took %d statements: %q", i, len(seen), seen)
		}
	}
	fine(t, q.SendCode(ctx, alerts.CodeMessage{Kind: alerts.SignInCode, Account: "kim", Code: "123456", Expires: time.Now().Add(time.Minute)}))
	if seen := tr.take(); len(seen) != 1 {
		t.Errorf("a code took %d statements: %q", len(seen), seen)
	}
}

// What is asked by account, and what was given up, is found by an index, however
// many jobs there are.
func TestRiverListsUseTheIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, _ := openRiver(t, d, &inbox{name: "email"})
		// 20,000 jobs of 2,000 accounts, one in a hundred given up.
		fill := map[string]string{
			"postgres": `INSERT INTO river_job (args, kind, max_attempts, state, finalized_at)
				SELECT jsonb_build_object('id', n::text, 'account', 'a' || n % 2000, 'channel', 'email', 'dedupe', n::text, 'alone', repeat('x', 150)), 'accountsec_message', 9,
				(CASE WHEN n % 100 = 0 THEN 'cancelled' ELSE 'completed' END)::river_job_state, now() FROM generate_series(1, 20000) n`,
			"sqlite": `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000)
				INSERT INTO river_job (args, kind, max_attempts, state, finalized_at)
				SELECT jsonb_object('id', n, 'account', 'a' || n % 2000, 'channel', 'email', 'dedupe', n, 'alone', 'x'), 'accountsec_message', 9,
				CASE WHEN n % 100 = 0 THEN 'cancelled' ELSE 'completed' END, datetime('now') FROM s`,
		}[d.Name]
		_, err := raw.ExecContext(t.Context(), fill)
		fine(t, err)
		_, err = raw.ExecContext(t.Context(), "ANALYZE")
		fine(t, err)
		explain := map[string]string{"sqlite": "EXPLAIN QUERY PLAN ", "postgres": "EXPLAIN "}[d.Name]
		for query, index := range map[string]string{
			`SELECT * FROM river_job WHERE args->>'account' = 'a7' ORDER BY id DESC LIMIT 200`:                                                    "accountsec_river_account",
			`DELETE FROM river_job WHERE args->>'account' = 'a7'`:                                                                                 "accountsec_river_account",
			`SELECT id FROM river_job WHERE state IN ('cancelled', 'discarded') ORDER BY finalized_at DESC, args->>'id' DESC LIMIT 20`:            "INDEX", // SQLite sorts what was given up
			`UPDATE river_job SET attempt = 0 WHERE args->>'id' = '4711' AND state IN ('cancelled', 'discarded')`:                                 "accountsec_river_letter",
			`UPDATE river_job SET attempt = 0 WHERE args->>'id' = '4711' AND metadata->'output'->>'end' = 'sent' AND state = 'completed'`:         "accountsec_river_sent",
			`SELECT id FROM river_job WHERE state <> 'completed' AND metadata->'output'->>'payload' IS NOT NULL AND id > 7 ORDER BY id LIMIT 100`: "accountsec_river_sealed",
			`SELECT id FROM river_job j WHERE j.args->>'group' = 'g' AND j.state = 'completed'`:                                                   "accountsec_river_group",
		} {
			plan := strings.Join(cells(t, raw, explain+query), "\n")
			if !strings.Contains(strings.ToUpper(plan), strings.ToUpper(index)) || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN river_job") {
				t.Errorf("%s:\n%s", query, plan)
			}
		}
	})
}

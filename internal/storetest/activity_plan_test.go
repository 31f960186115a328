package storetest_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activitytest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

// planMonths is how many months the plan tests have events in, from September
// 2026 on.
const planMonths = 3

var planStart = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// fillForPlans writes 30,000 events of ten accounts and tells the planner.
func fillForPlans(t *testing.T, raw *sql.DB, s *activity.SQLStore) {
	t.Helper()
	ctx := t.Context()
	const events = 30000
	step := time.Duration(planMonths) * 30 * 24 * time.Hour / events
	for n := 0; n < events; {
		var batch []activity.Event
		for ; len(batch) < 1000; n++ {
			e := activitytest.Event(fmt.Sprint("acct-", n%10), 0)
			e.At = planStart.Add(time.Duration(n) * step)
			e.ID = activity.NewID(e.At)
			if n%30 == 0 {
				e.Type, e.Outcome = activity.SignInFailed, activity.OutcomeFailure
			}
			batch = append(batch, e)
		}
		ok(t, s.Append(ctx, batch...))
	}
	for _, stmt := range []string{"VACUUM", "ANALYZE"} { // as the database itself would, at some time
		_, err := raw.ExecContext(ctx, stmt)
		ok(t, err)
	}
}

var (
	emptyMonth = regexp.MustCompile(`Seq Scan on activity_(events|personal)_(\d{6})`)
	anyMonth   = regexp.MustCompile(`activity_events_(\d{6})`)
)

// planFaults tells what a plan has that would grow with the table; a chart's may
// sort its groups and gather its span from the key's bitmap. Months without a row are read as they are: there is nothing to find by an index.
func planFaults(plan string, chart bool) (faults []string) {
	last := planStart.AddDate(0, planMonths-1, 0).Format("200601")
	for _, m := range emptyMonth.FindAllStringSubmatch(plan, -1) {
		if m[2] >= planStart.Format("200601") && m[2] <= last {
			faults = append(faults, m[0])
		}
	}
	bad := []string{"SCAN activity", "SCAN e", "SCAN p", "AUTOMATIC", "Hash Join", "Merge Join"}
	if !chart {
		bad = append(bad, "Sort", "TEMP B-TREE", "Bitmap")
	}
	for _, b := range bad {
		for line := range strings.Lines(plan) {
			if strings.Contains(line, b) && strings.TrimSpace(line) != "SCAN e" { // e is the rows of the CO-ROUTINE
				faults = append(faults, strings.TrimSpace(line))
			}
		}
	}
	if !strings.Contains(plan, "SEARCH") && !strings.Contains(plan, "Index") {
		faults = append(faults, "no index")
	}
	return faults
}

func planQueries() map[string]activity.Query {
	mid := planStart.AddDate(0, 1, 10)
	deep := activity.Position{At: mid, ID: activity.NewID(mid)}
	page := activity.Query{Limit: 51, Scan: 5000}
	with := func(change func(q *activity.Query)) activity.Query {
		q := page
		change(&q)
		return q
	}
	return map[string]activity.Query{
		"first page":     page,
		"deep page":      with(func(q *activity.Query) { q.Start = deep }),
		"upwards":        with(func(q *activity.Query) { q.Start, q.Upwards = deep, true }),
		"within a day":   with(func(q *activity.Query) { q.From, q.To = mid, mid.Add(24*time.Hour) }),
		"by type":        with(func(q *activity.Query) { q.Types = []activity.Type{activity.SignInFailed} }),
		"deep, by type":  with(func(q *activity.Query) { q.Start, q.Types = deep, []activity.Type{activity.SignInFailed} }),
		"by outcome":     with(func(q *activity.Query) { q.Outcomes = []activity.Outcome{activity.OutcomeFailure} }),
		"by country":     with(func(q *activity.Query) { q.Countries = []string{"US"} }),
		"by address":     with(func(q *activity.Query) { q.AddrFrom, q.AddrTo = strings.Repeat("0", 32), strings.Repeat("f", 32) }),
		"by device":      with(func(q *activity.Query) { q.Device = "Firefox on Linux" }),
		"upwards, by it": with(func(q *activity.Query) { q.Upwards, q.Start, q.Device = true, deep, "Firefox on Linux" }),
	}
}

// TestActivityPlans looks at the plans of one filled database, which takes a
// while to fill; what changes it is rolled back.
func TestActivityPlans(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		fillForPlans(t, raw, s)
		t.Run("reading", func(t *testing.T) { readingPlans(t, s) })
		t.Run("need the keys", func(t *testing.T) { plansNeedTheKeys(t, d, raw, s) })
		t.Run("purge", func(t *testing.T) { purgePlans(t, d, raw) })
	})
}

// Every page is read off the keys: no table is read through, nothing is sorted,
// and months beyond the position are not looked at.
func readingPlans(t *testing.T, s *activity.SQLStore) {
	ctx := t.Context()
	for name, q := range planQueries() {
		plan, err := s.Explain(ctx, "acct-7", q)
		ok(t, err)
		if faults := planFaults(plan, false); len(faults) > 0 {
			t.Errorf("%s: %q in\n%s", name, faults, plan)
		}
		for _, m := range anyMonth.FindAllStringSubmatch(plan, -1) {
			month := q.Start.At.Format("200601")
			if !q.Start.At.IsZero() && (q.Upwards && m[1] < month || !q.Upwards && m[1] > month) {
				t.Errorf("%s: looks at %s, beyond %s", name, m[1], month)
			}
		}
	}
	// The chart's groups, some hundreds at most, are all it may sort.
	plan, err := s.ExplainCount(ctx, "acct-7", planStart, planStart.AddDate(0, 2, 0), []activity.Shift{{}})
	ok(t, err)
	if faults := planFaults(plan, true); len(faults) > 0 {
		t.Errorf("chart: %q in\n%s", faults, plan)
	}
	if strings.Contains(plan, "activity_events_202612") {
		t.Errorf("chart: looks at a month outside its span:\n%s", plan)
	}
}

// What is looked for is found when the key is gone.
func plansNeedTheKeys(t *testing.T, d storetest.Dialect, raw *sql.DB, s *activity.SQLStore) {
	ctx := t.Context()
	for _, table := range []string{"activity_events", "activity_personal"} {
		tx, err := raw.BeginTx(ctx, nil)
		ok(t, err)
		drop := []string{`ALTER TABLE ` + table + ` DROP CONSTRAINT ` + table + `_pkey`}
		if d.Name == "sqlite" { // a table without its key is a copy
			drop = []string{`CREATE TABLE copy AS SELECT * FROM ` + table, `DROP TABLE ` + table, `ALTER TABLE copy RENAME TO ` + table}
		}
		for _, stmt := range drop {
			_, err := tx.ExecContext(ctx, stmt)
			ok(t, err)
		}
		for _, name := range []string{"first page", "deep page", "by country"} {
			plan, err := s.Explain(sqldb.WithTx(ctx, tx), "acct-7", planQueries()[name])
			ok(t, err)
			if len(planFaults(plan, false)) == 0 {
				t.Errorf("%s without the key of %s: no fault found in\n%s", name, table, plan)
			}
		}
		ok(t, tx.Rollback())
	}
}

// Retention looks at the oldest months only, and within one has an index of
// the time.
func purgePlans(t *testing.T, d storetest.Dialect, raw *sql.DB) {
	raw.SetMaxOpenConns(1) // for the setting that follows
	edge := sqldb.Micros(planStart.Add(time.Hour))
	where, index := fmt.Sprintf("at / 3600000000 <= %d AND at < %d", edge/3600000000, edge), "INDEX %s_at "
	if d.Name == "sqlite" {
		where += " ORDER BY at / 3600000000"
	} else {
		where, index = fmt.Sprintf("at < %d", edge), "Bitmap Index Scan on %s_202609_at_idx"
		// Of a month as small as ours the planner reads the few pages, or the key's.
		_, err := raw.Exec(`SET enable_seqscan = off; SET enable_indexonlyscan = off; SET enable_indexscan = off`)
		ok(t, err)
	}
	for _, table := range []string{"activity_events", "activity_personal"} {
		plan := explainRaw(t, raw, d, `SELECT account, at, id FROM `+table+` x WHERE `+where+` LIMIT 1000`)
		if strings.Contains(plan, "_202610") || !strings.Contains(plan, fmt.Sprintf(index, table)) {
			t.Errorf("%s:\n%s", table, plan)
		}
	}
}

func explainRaw(t *testing.T, raw *sql.DB, d storetest.Dialect, query string) (plan string) {
	t.Helper()
	rows, err := raw.QueryContext(context.WithoutCancel(t.Context()), map[string]string{"sqlite": "EXPLAIN QUERY PLAN ", "postgres": "EXPLAIN "}[d.Name]+query)
	ok(t, err)
	defer rows.Close() //nolint:errcheck
	columns, err := rows.Columns()
	ok(t, err)
	cells := make([]any, len(columns))
	for i := range cells {
		cells[i] = new(sql.NullString)
	}
	for rows.Next() {
		ok(t, rows.Scan(cells...))
		plan += cells[len(cells)-1].(*sql.NullString).String + "\n"
	}
	ok(t, rows.Err())
	return plan
}

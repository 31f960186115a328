package storetest_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activitytest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

func openActivity(t *testing.T, d storetest.Dialect) (*sql.DB, *activity.SQLStore) {
	t.Helper()
	return storetest.Migrated(t, d, activity.NewSQLStore)
}

func TestActivityStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		open := func(t *testing.T) activity.Store {
			_, s := openActivity(t, d)
			return s
		}
		activitytest.TestStore(t, open)
		t.Run("transactions", func(t *testing.T) { activitytest.TestTransactions(t, open) })
	})
}

func newActivityLog(t *testing.T, s activity.Store) *activity.Log {
	t.Helper()
	l, err := activity.New(s, activity.Config{CursorKey: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return activitytest.T0.Add(24 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// The caller's transaction takes the event with it, or not.
func TestActivityJoinsTheCallersTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		l := newActivityLog(t, s)
		for _, commit := range []bool{false, true} {
			tx, err := raw.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Record(sqldb.WithTx(t.Context(), tx), activity.Event{
				Account: "kim", Type: activity.ProfileChanged, Outcome: activity.OutcomeSuccess, At: activitytest.T0,
			}); err != nil {
				t.Fatal(err)
			}
			end, want := tx.Rollback, 0
			if commit {
				end, want = tx.Commit, 1
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			got, err := l.List(t.Context(), "kim", "kim", activity.Filter{}, activity.Page{})
			if err != nil || len(got.Events) != want {
				t.Errorf("commit %v: %d events, %v", commit, len(got.Events), err)
			}
		}
	})
}

// Pitfall 12: hostile text reaches the columns as one clean line.
func TestPitfall12HostileTextIsStoredClean(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		l := newActivityLog(t, s)
		const evil = "a\r\nBcc: x\x00\u202e\u2066\xff\x1b[31m'; DROP TABLE activity_events;--"
		if err := l.Record(t.Context(), activity.Event{
			Account: "kim", Type: activity.SignInFailed, Outcome: activity.OutcomeFailure, At: activitytest.T0,
			Client:   activity.Client{IP: netip.MustParseAddr("::ffff:192.0.2.1"), UserAgent: evil, DeviceID: evil, SessionID: evil},
			Location: activity.Location{Country: "K\x00", City: evil, ASOrg: evil, TimeZone: evil},
			Detail:   map[string]string{"note": evil},
		}); err != nil {
			t.Fatal(err)
		}
		var all, ip string
		if err := raw.QueryRow(`SELECT user_agent || '|' || device_id || '|' || session_id || '|' || browser || '|' || os || '|' ||
			device || '|' || country || '|' || city || '|' || as_org || '|' || tz || '|' || detail, ip FROM activity_events`).Scan(&all, &ip); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(all, "\r\n\x00\x1b\u202e\u2066\ufffd") || strings.Contains(all, `\u0000`) {
			t.Errorf("stored: %q", all)
		}
		if ip != "192.0.2.1" {
			t.Errorf("the address is stored as %q", ip)
		}
	})
}

// A database that goes away is a clear error, and the account's text is not in it.
func TestActivityClosedDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		l := newActivityLog(t, s)
		if err := raw.Close(); err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		_, errList := l.List(ctx, "kim", "kim", activity.Filter{}, activity.Page{})
		_, errGet := l.Get(ctx, "kim", "kim", activity.NewID(activitytest.T0))
		_, errPurge := l.Purge(ctx, activitytest.T0)
		for name, err := range map[string]error{
			"Record": l.Record(ctx, activity.Event{Account: "kim", Type: activity.SignedOut, Outcome: activity.OutcomeSuccess, Detail: map[string]string{"x": "private"}}),
			"List":   errList, "Get": errGet, "Purge": errPurge, "DeleteAccount": l.DeleteAccount(ctx, "kim"),
		} {
			if err == nil || strings.Contains(err.Error(), "private") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// The first page and a deep one are read off the primary key: no sort, and no
// row of the pages before.
func TestActivityListingUsesTheIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		fillActivity(t, raw, d.Name)
		deep := activitytest.T0.Add(2000 * time.Second)
		for name, q := range map[string]activity.Query{
			"first page":    {Limit: 26},
			"deep page":     {Limit: 26, BeforeAt: deep, BeforeID: activity.NewID(deep)},
			"deep, by type": {Limit: 26, BeforeAt: deep, BeforeID: activity.NewID(deep), Types: []activity.Type{activity.SignInFailed}},
			"within a day":  {Limit: 26, From: activitytest.T0, To: deep},
		} {
			plan, err := s.Explain(t.Context(), "acct-7", q)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"SEARCH activity_events USING INDEX sqlite_autoindex_activity_events_1 (account=?"}
			if d.Name == "postgres" {
				want = []string{"Limit", "Index Scan Backward using activity_events_pkey", "Index Cond: (", "(account = 'acct-7'::text)"}
			}
			if !q.BeforeAt.IsZero() { // the position is sought, not walked to
				want = append(want, map[string]string{"sqlite": "at<?", "postgres": "(ROW(at, id) < ROW("}[d.Name])
			}
			for _, part := range want {
				if !strings.Contains(plan, part) {
					t.Errorf("%s: the plan lacks %q:\n%s", name, part, plan)
				}
			}
			for _, bad := range []string{"SCAN", "Seq Scan", "TEMP B-TREE", "Sort"} {
				if strings.Contains(plan, bad) {
					t.Errorf("%s: the plan has %q:\n%s", name, bad, plan)
				}
			}
		}
	})
}

// Retention finds the oldest rows by the index, not by reading the table.
func TestActivityPurgeUsesTheIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		fillActivity(t, raw, d.Name)
		explain := map[string]string{"sqlite": "EXPLAIN QUERY PLAN ", "postgres": "EXPLAIN "}[d.Name]
		edge := sqldb.Micros(activitytest.T0.Add(10 * time.Minute))
		rows, err := raw.QueryContext(t.Context(), fmt.Sprintf(explain+`SELECT account, at, id FROM activity_events
			WHERE at / 3600000000 <= %d AND at < %d ORDER BY at / 3600000000 LIMIT 1000`, edge/3600000000, edge))
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(sql.NullString)
			}
			if err := rows.Scan(cells...); err != nil {
				t.Fatal(err)
			}
			plan += cells[len(cells)-1].(*sql.NullString).String + "\n"
		}
		if !strings.Contains(plan, "activity_events_hour") || strings.Contains(plan, "Seq Scan") {
			t.Error(plan)
		}
		if n, err := s.Purge(t.Context(), sqldb.Time(edge), 1000); err != nil || n != 1000 {
			t.Errorf("purged %d, %v", n, err)
		}
	})
}

// fillActivity writes 60,000 events, 6,000 in each of ten accounts.
func fillActivity(t *testing.T, raw *sql.DB, dialect string) {
	t.Helper()
	tx, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // committed below
	const batch = 500
	for start := 0; start < 60000; start += batch {
		var b strings.Builder
		b.WriteString(`INSERT INTO activity_events (account, at, id, type, outcome, ip, addr, user_agent, device_id, session_id,
			browser, os, class, device, country, city, lat, lon, radius, asn, as_org, tz, detail) VALUES `)
		for i := start; i < start+batch; i++ {
			at := activitytest.T0.Add(time.Duration(i/10) * time.Second)
			typ := activity.SignInSucceeded
			if i/10%3 == 0 {
				typ = activity.SignInFailed
			}
			fmt.Fprintf(&b, `('acct-%d', %d, '%s', '%s', 'success', '', '', 'Mozilla/5.0 (a user agent of some length)', '', '',
				'Chrome', 'Windows', 'desktop', 'Chrome on Windows', 'KR', 'Seoul', 37.5, 127, 20, 4766, 'Example', 'Asia/Seoul', '{}'),`,
				i%10, sqldb.Micros(at), activity.NewID(at), typ)
		}
		if _, err := tx.ExecContext(t.Context(), strings.TrimSuffix(b.String(), ",")); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), "ANALYZE"); err != nil && dialect == "sqlite" {
		t.Fatal(err)
	} else if dialect == "postgres" {
		if _, err := raw.ExecContext(t.Context(), "ANALYZE activity_events"); err != nil {
			t.Fatal(err)
		}
	}
}

package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activitytest"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

func onPostgres(t *testing.T, run func(t *testing.T, d storetest.Dialect)) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		if d.Name == "postgres" {
			run(t, d)
		}
	})
}

// monthTables gives the months of both tables, "202611 202612" if they agree.
func monthTables(t *testing.T, raw *sql.DB) (events, personal string) {
	t.Helper()
	names := func(table string) string {
		rows, err := raw.Query(`SELECT right(c.relname, 6) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
			WHERE i.inhparent = $1::regclass ORDER BY 1`, table)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck
		var out []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			out = append(out, name)
		}
		return strings.Join(out, " ")
	}
	return names("activity_events"), names("activity_personal")
}

func eventAt(at time.Time) activity.Event {
	e := activitytest.Event("kim", 0)
	e.At, e.ID = at, activity.NewID(at)
	return e
}

// Months are made ahead, and dropped when their last event is past.
func TestActivityMonths(t *testing.T) {
	onPostgres(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		ctx := t.Context()
		day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
		keep := func(now, events, personal time.Time) {
			t.Helper()
			if ok, err := s.KeepMonths(ctx, now, events, personal); err != nil || !ok {
				t.Fatalf("%v, %v", ok, err)
			}
		}
		keep(day(2031, 11, 30), day(2031, 11, 1), day(2031, 11, 1)) // drops what Migrate made ahead
		if a, b := monthTables(t, raw); a != "203111 203112 203201 203202" || a != b {
			t.Errorf("made %q, %q", a, b)
		}
		last := eventAt(day(2031, 12, 1).Add(-time.Microsecond))
		first := eventAt(day(2031, 12, 1))
		if err := s.Append(ctx, last, first); err != nil {
			t.Fatal(err)
		}
		keep(day(2031, 12, 2), day(2031, 11, 30).Add(24*time.Hour-time.Microsecond), day(2031, 12, 1))
		if a, b := monthTables(t, raw); a != "203111 203112 203201 203202 203203" || b != "203112 203201 203202 203203" {
			t.Errorf("have %q, %q", a, b)
		}
		if e, err := s.Get(ctx, "kim", last.ID); err != nil || !e.Erased {
			t.Errorf("November: %+v, %v", e, err)
		}
		if e, err := s.Get(ctx, "kim", first.ID); err != nil || e.Erased {
			t.Errorf("December: %+v, %v", e, err)
		}
		keep(day(2031, 12, 2), day(2031, 12, 1), day(2031, 12, 1))
		if _, err := s.Get(ctx, "kim", last.ID); !errors.Is(err, activity.ErrNotFound) {
			t.Errorf("November: %v", err)
		}
		if err := s.Append(ctx, last); err != nil { // its month is made anew
			t.Error(err)
		}
		if a, b := monthTables(t, raw); a != "203111 203112 203201 203202 203203" || a != b {
			t.Errorf("have %q, %q", a, b)
		}
	})
}

// A month that is missing is made by whoever needs it first, in a transaction
// or not, on a pool of one connection, by any number of instances; and one that
// another instance has dropped is made again.
func TestActivityMissingMonth(t *testing.T) {
	onPostgres(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		raw.SetMaxOpenConns(1)
		ctx := t.Context()
		at := time.Date(2040, 5, 17, 0, 0, 0, 0, time.UTC)
		undone := errors.New("undone")
		if err := s.InTx(ctx, func(ctx context.Context) error {
			return errors.Join(s.Append(ctx, eventAt(at)), s.Append(ctx, eventAt(at)), undone)
		}); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		for range 2 { // the rollback took the month with it
			if err := s.InTx(ctx, func(ctx context.Context) error { return s.Append(ctx, eventAt(at)) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Append(ctx, eventAt(at)); err != nil {
			t.Fatal(err)
		}
		if _, err := raw.ExecContext(ctx, `DROP TABLE activity_events_204005, activity_personal_204005`); err != nil {
			t.Fatal(err)
		}
		err := s.InTx(ctx, func(ctx context.Context) error { return s.Append(ctx, eventAt(at)) })
		if err != nil && !errors.Is(err, sqldb.ErrNoPartition) {
			t.Fatal(err)
		}
		if err := s.InTx(ctx, func(ctx context.Context) error { return s.Append(ctx, eventAt(at)) }); err != nil {
			t.Fatalf("the repetition: %v", err)
		}
		raw.SetMaxOpenConns(10)
		racing.Go(func(i int) {
			other, err := activity.NewSQLStore(raw, d.Name)
			if err == nil {
				err = other.Append(ctx, eventAt(at.AddDate(0, 1+i%2, 0)))
			}
			if err != nil {
				t.Error(err)
			}
		})
		events, _, err := s.List(ctx, "kim", activity.Query{Limit: 100, Scan: 100})
		if err != nil || len(events) != racing.Racers+1 {
			t.Errorf("%d events, %v", len(events), err)
		}
	})
}

// What version 0.1 stored is read by this one, on both dialects.
func TestActivityMigratesTheFirstLayout(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		back := `DROP TABLE activity_events; DROP TABLE activity_personal; DROP TABLE activity_chains; DROP TABLE activity_links;
			DELETE FROM accountsec_migrations WHERE package = 'activity' AND version <> '0001_events'`
		first, err := os.ReadFile("../../activity/migrations/" + d.Name + "/0001_events.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, stmt := range append(strings.Split(back, ";"), strings.Split(string(first), ";\n")...) {
			if strings.TrimSpace(stmt) == "" {
				continue
			}
			if _, err := raw.ExecContext(t.Context(), stmt); err != nil {
				t.Fatal(err)
			}
		}
		want := activitytest.Event("kim", 0)
		want.Location.Network, want.Location.DataDate, want.Device.Model = activity.Location{}.Network, "", "" // it did not know them
		bare := activity.Event{Account: "kim", Type: activity.SignedOut, Outcome: activity.OutcomeSuccess, At: time.Date(2021, 2, 28, 23, 59, 59, 999999000, time.UTC)}
		bare.ID = activity.NewID(bare.At)
		for _, e := range []activity.Event{want, bare} {
			detail, ip := "{}", ""
			if len(e.Detail) > 0 {
				detail = `{"order": "A-1 😀", "quote": "\"\\'%_;--", "empty": ""}`
			}
			if e.Client.IP.IsValid() {
				ip = e.Client.IP.String()
			}
			query := `INSERT INTO activity_events (account, at, id, type, outcome, ip, addr, user_agent, device_id, session_id, browser, os, class,
				device, country, city, lat, lon, radius, asn, as_org, tz, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
				$14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`
			if _, err := raw.ExecContext(t.Context(), query, e.Account, e.At.UnixMicro(), e.ID, string(e.Type), string(e.Outcome), ip,
				activity.AddrKey(e.Client.IP), e.Client.UserAgent, e.Client.DeviceID, e.Client.SessionID, e.Device.Browser, e.Device.OS,
				e.Device.Class, e.Device.Name, e.Location.Country, e.Location.City, e.Location.Latitude, e.Location.Longitude,
				e.Location.RadiusKM, int64(e.Location.ASN), e.Location.ASOrg, e.Location.TimeZone, detail); err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, _, err := s.List(t.Context(), "kim", activity.Query{Limit: 10, Scan: 10})
		if err != nil || len(got) != 2 {
			t.Fatalf("%d events, %v", len(got), err)
		}
		for i, want := range []activity.Event{want, bare} {
			activitytest.Check(t, got[i], want)
		}
		if d.Name == "postgres" {
			if a, b := monthTables(t, raw); a != b || !slices.Contains(strings.Fields(a), "202102") || !slices.Contains(strings.Fields(a), "202611") {
				t.Errorf("months %q, %q", a, b)
			}
		}
	})
}

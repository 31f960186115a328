package storetest_test

import (
	"bytes"
	"database/sql"
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
		if err := raw.QueryRow(`SELECT device_id || '|' || device || '|' || country || '|' || facts, addr FROM activity_personal`).Scan(&all, &ip); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(all, "\r\n\x00\x1b\u202e\u2066\ufffd") || strings.Contains(all, `\u0000`) {
			t.Errorf("stored: %q", all)
		}
		if ip != activity.AddrKey(netip.MustParseAddr("192.0.2.1")) {
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
		_, errPurge := l.Purge(ctx)
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

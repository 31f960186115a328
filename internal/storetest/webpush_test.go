package storetest_test

import (
	"database/sql"
	"testing"

	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/alerts/webpush/webpushtest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

func openWebPush(t *testing.T, d storetest.Dialect) (*sql.DB, *webpush.SQLStore) {
	t.Helper()
	return storetest.Migrated(t, d, webpush.NewSQLStore)
}

func TestWebPushStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		webpushtest.TestStore(t, func(t *testing.T) webpush.Store {
			_, s := openWebPush(t, d)
			return s
		})
	})
}

func TestWebPushMigrateAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) { storetest.MigrateAtOnce(t, d, webpush.NewSQLStore) })
}

// What the caller rolls back has not happened.
func TestWebPushJoinsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openWebPush(t, d)
		r := webpush.Row{ID: "a", Account: "kim", Sealed: []byte("x"), CreatedAt: webpushtest.T0, UsedAt: webpushtest.T0, SealedAt: webpushtest.T0}
		change := func(end func(*sql.Tx) error, fn func(tx *sql.Tx)) {
			t.Helper()
			tx, err := raw.BeginTx(t.Context(), nil)
			mfaOK(t, err)
			fn(tx)
			mfaOK(t, end(tx))
		}
		add := func(tx *sql.Tx) {
			_, err := s.Put(sqldb.WithTx(t.Context(), tx), r, 3)
			mfaOK(t, err)
		}
		erase := func(tx *sql.Tx) { mfaOK(t, s.DeleteAccount(sqldb.WithTx(t.Context(), tx), "kim")) }
		for _, c := range []struct {
			end  func(*sql.Tx) error
			fn   func(*sql.Tx)
			want int
		}{{(*sql.Tx).Rollback, add, 0}, {(*sql.Tx).Commit, add, 1}, {(*sql.Tx).Rollback, erase, 1}, {(*sql.Tx).Commit, erase, 0}} {
			change(c.end, c.fn)
			rows, err := s.List(t.Context(), "kim")
			mfaOK(t, err)
			if len(rows) != c.want {
				t.Fatalf("%d rows, want %d", len(rows), c.want)
			}
		}
		var locks int
		mfaOK(t, raw.QueryRow(`SELECT count(*) FROM alerts_webpush_accounts`).Scan(&locks))
		if locks != 0 {
			t.Errorf("the erased account left %d rows", locks)
		}
	})
}

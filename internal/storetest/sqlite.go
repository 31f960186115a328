package storetest

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver under test
)

// OpenSQLite opens a fresh database in a temporary folder, set up as the
// README advises for a shop: WAL, immediate transactions, a busy timeout.
func OpenSQLite(t testing.TB) *sql.DB {
	t.Helper()
	q := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(WAL)", "busy_timeout(10000)", "synchronous(NORMAL)", "foreign_keys(1)"},
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "test.db")+"?"+q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() }) //nolint:errcheck // the folder goes with it
	return db
}

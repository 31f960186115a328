package storetest

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver under test
)

func sqliteDSN(file string) string {
	q := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(WAL)", "busy_timeout(10000)", "synchronous(NORMAL)", "foreign_keys(1)"},
	}
	return "file:" + file + "?" + q.Encode()
}

// DSN gives what another process opens the database by.
func DSN(t testing.TB, db *sql.DB, d Dialect) string {
	t.Helper()
	query := `SELECT file FROM pragma_database_list WHERE name = 'main'`
	if d.Name == "postgres" {
		query = `SELECT current_setting('search_path')`
	}
	var where string
	if err := db.QueryRow(query).Scan(&where); err != nil {
		t.Fatal(err)
	}
	if d.Name == "postgres" {
		return server.dsn + " search_path=" + where
	}
	return sqliteDSN(where)
}

// OpenSQLite opens a fresh database in a temporary folder, set up as the
// README advises for a shop: WAL, immediate transactions, a busy timeout.
func OpenSQLite(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", sqliteDSN(filepath.Join(t.TempDir(), "test.db")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() }) //nolint:errcheck // the folder goes with it
	return db
}

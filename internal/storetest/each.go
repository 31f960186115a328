package storetest

import (
	"database/sql"
	"testing"
)

// Dialect is one database to run a suite on.
type Dialect struct {
	Name string // as the stores' constructors take it
	Open func(t testing.TB) *sql.DB
}

// Dialects lists the databases.
func Dialects() []Dialect {
	return []Dialect{{"sqlite", OpenSQLite}, {"postgres", OpenPostgres}}
}

// Each runs fn as a subtest on every database.
func Each(t *testing.T, fn func(t *testing.T, d Dialect)) {
	t.Helper()
	for _, d := range Dialects() {
		t.Run(d.Name, func(t *testing.T) { fn(t, d) })
	}
}

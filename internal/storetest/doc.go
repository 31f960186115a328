// Package storetest runs every package's conformance suite on real databases:
// SQLite (modernc.org/sqlite, WAL, a file in a temporary folder) and a
// PostgreSQL started for the run. Only this package and the examples import
// database drivers.
//
// PostgreSQL comes from ACCOUNTSEC_TEST_POSTGRES (a DSN whose user may create
// schemas) or from the server programs on this machine, started as an
// unprivileged user in a temporary folder on a free loopback port. Where there
// are none the PostgreSQL tests are skipped aloud; with CI set they fail.
package storetest

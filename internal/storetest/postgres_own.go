package storetest

import (
	"database/sql"
	"fmt"
	"os"
	"syscall"
	"testing"
)

// OwnPostgres is a PostgreSQL server of one test, which may be restarted.
type OwnPostgres struct {
	p *postgres
	t testing.TB
}

// StartPostgres starts a server for one test. It is skipped where there are no
// server programs.
func StartPostgres(t testing.TB) *OwnPostgres {
	t.Helper()
	bin, err := postgresBin()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("PostgreSQL is required in CI: %v", err)
		}
		t.Skipf("SKIPPED, NOT TESTED ON POSTGRESQL: %v", err)
	}
	dir, err := os.MkdirTemp("", "accountsec-pg-")
	if err != nil {
		t.Fatal(err)
	}
	s := &OwnPostgres{&postgres{bin: bin, dir: dir}, t}
	if err := s.p.start(); err != nil {
		os.RemoveAll(dir) //nolint:errcheck
		t.Fatal(err)
	}
	t.Cleanup(s.p.stop)
	return s
}

// DSN opens its one database.
func (s *OwnPostgres) DSN() string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=disable", s.p.port)
}

// Open opens it for as long as the test runs.
func (s *OwnPostgres) Open() *sql.DB {
	db := open(s.t, s.DSN())
	db.SetMaxOpenConns(16)
	s.t.Cleanup(func() { db.Close() }) //nolint:errcheck
	return db
}

// Restart crashes the server, as a loss of power would but for what the disk
// has, and starts it again on the same port.
func (s *OwnPostgres) Restart() {
	s.t.Helper()
	s.p.cmd.Process.Signal(syscall.SIGQUIT) //nolint:errcheck
	s.p.cmd.Wait()                          //nolint:errcheck
	cred, err := unprivileged()
	if err == nil {
		err = s.p.serve(cred)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

package storetest

import (
	"context"
	"database/sql"
	"sync"
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

// Migrater is what every SQL store is.
type Migrater interface {
	Migrate(ctx context.Context) error
}

// Migrated makes a package's store on a fresh database, and its tables.
func Migrated[S Migrater](t testing.TB, d Dialect, newStore func(*sql.DB, string) (S, error)) (*sql.DB, S) {
	t.Helper()
	db := d.Open(t)
	s, err := newStore(db, d.Name)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db, s
}

// MigrateAtOnce lets ten instances of a store start together on a fresh
// database, and once more on one that is up to date.
func MigrateAtOnce[S Migrater](t *testing.T, d Dialect, newStore func(*sql.DB, string) (S, error)) {
	t.Helper()
	db := d.Open(t)
	for range 2 {
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				s, err := newStore(db, d.Name)
				if err == nil {
					err = s.Migrate(t.Context())
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

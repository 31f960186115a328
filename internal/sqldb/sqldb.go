// Package sqldb is the little that every SQL store here shares: the dialects,
// the transaction that travels in the context, migrations that many instances
// may start at once, the time codec, retries, and the mapping of driver errors.
//
// It speaks database/sql only; the driver is the application's choice.
// Statements are written once, with ? placeholders, in the common subset of
// SQLite (3.35 or later, for RETURNING) and PostgreSQL (13 or later).
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Dialect names the SQL that a database speaks.
type Dialect string

// The dialects that are supported.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is a database and its dialect. Safe for concurrent use.
type DB struct {
	db       *sql.DB
	dialect  Dialect
	prepared sync.Map // *sql.Stmt by query
}

// Open checks the dialect's name; it does not touch the database.
func Open(db *sql.DB, dialect string) (*DB, error) {
	if db == nil {
		return nil, errors.New("accountsec: the SQL store needs a *sql.DB")
	}
	switch d := Dialect(dialect); d {
	case SQLite, Postgres:
		return &DB{db: db, dialect: d}, nil
	default:
		return nil, fmt.Errorf("accountsec: unknown SQL dialect %q (want %q or %q)", dialect, SQLite, Postgres)
	}
}

// Dialect returns the dialect given to [Open].
func (d *DB) Dialect() Dialect { return d.dialect }

// Exec runs a statement and returns the number of rows that it touched. Inside
// a carried transaction it runs there; otherwise alone, and is repeated when
// the database answers "busy" or asks for a retry.
func (d *DB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := d.retry(ctx, func() error {
		res, err := d.exec(ctx, query, args)
		if err != nil {
			return mapError(err)
		}
		n, err = res.RowsAffected()
		return mapError(err)
	})
	return n, err
}

// QueryRow runs a query that gives at most one row and scans it. No row is
// [ErrNoRows].
func (d *DB) QueryRow(ctx context.Context, query string, args []any, dest ...any) error {
	return d.retry(ctx, func() error {
		return mapError(d.queryRow(ctx, query, args).Scan(dest...))
	})
}

// Query runs a query and calls scan once a row. The rows are closed whatever
// scan returns; its error ends the query.
func (d *DB) Query(ctx context.Context, query string, args []any, scan func(row func(dest ...any) error) error) error {
	rows, err := d.query(ctx, query, args)
	if err != nil {
		return mapError(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return mapError(rows.Err())
}

// rebind turns ? into $1, $2, … for PostgreSQL. Our statements hold no literal
// question mark.
func (d *DB) rebind(query string) string {
	if d.dialect != Postgres {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n := 0
	for i := range len(query) {
		if query[i] != '?' {
			b.WriteByte(query[i])
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// Micros is the stored form of a time: microseconds since 1970 in UTC, one
// integer in every dialect, which orders, compares and round-trips alike
// everywhere. The zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of [Micros], in UTC.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Placeholders gives "?,?,?" for an IN list of n values.
func Placeholders(n int) string {
	return strings.TrimSuffix(strings.Repeat("?,", n), ",")
}

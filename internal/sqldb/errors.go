package sqldb

import (
	"database/sql"
	"errors"
	"strings"
)

var (
	// ErrNoRows reports that a query found nothing.
	ErrNoRows = errors.New("accountsec: no such row")
	// ErrConflict reports a violated unique key.
	ErrConflict = errors.New("accountsec: conflicts with a stored row")
	// ErrNoPartition reports a row outside every partition of its table.
	ErrNoPartition = errors.New("accountsec: the table has no partition for the row")
	// ErrInTx reports a guess that was checked inside the caller's transaction
	// on a database with a single writer: its count could neither be committed
	// on its own nor be left to the caller to roll back.
	ErrInTx = errors.New("accountsec: a guess cannot be checked inside a transaction on SQLite")
)

// mapError turns the driver's error into ours where a caller branches on it.
// The driver's stays in the chain.
func mapError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNoRows
	case isUnique(err):
		return errors.Join(ErrConflict, err)
	case hasState(err, "23514") && strings.Contains(err.Error(), "no partition"):
		return errors.Join(ErrNoPartition, err)
	}
	return err
}

// sqlState is implemented by pgx and lib/pq.
type sqlState interface{ SQLState() string }

// resultCode is implemented by modernc.org/sqlite; the low byte is SQLite's
// primary result code (https://sqlite.org/rescode.html).
type resultCode interface{ Code() int }

func hasState(err error, state string) bool {
	var pg sqlState
	return errors.As(err, &pg) && pg.SQLState() == state
}

func isUnique(err error) bool {
	var pg sqlState
	if errors.As(err, &pg) {
		return pg.SQLState() == "23505"
	}
	return strings.Contains(err.Error(), "UNIQUE constraint failed")
}

func isTransient(err error) bool {
	var pg sqlState
	if errors.As(err, &pg) {
		s := pg.SQLState() // serialization failure, deadlock
		return s == "40001" || s == "40P01"
	}
	var lite resultCode
	if errors.As(err, &lite) {
		c := lite.Code() & 0xff // SQLITE_BUSY, SQLITE_LOCKED
		return c == 5 || c == 6
	}
	return strings.Contains(err.Error(), "database is locked")
}

package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver is the application's choice
)

//go:embed schema.sql
var schemaFile embed.FS

// openDatabase opens DIR/shop.db the way accountsec wants SQLite: WAL, so that
// readers and the one writer do not wait for each other; immediate
// transactions, so that two writers queue instead of failing half-way; and a
// busy timeout, which is how long they queue.
func openDatabase(ctx context.Context, dir string) (*sql.DB, error) {
	q := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(WAL)", "busy_timeout(10000)", "synchronous(NORMAL)", "foreign_keys(1)"},
	}
	file := filepath.Join(dir, "shop.db")
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600) // SQLite would let everybody read it
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	path := (&url.URL{Scheme: "file", Opaque: filepath.ToSlash(file), RawQuery: q.Encode()}).String()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	schema, err := schemaFile.ReadFile("schema.sql")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if _, err := db.ExecContext(ctx, string(schema)); err != nil {
		return nil, errors.Join(fmt.Errorf("the shop's tables: %w", err), db.Close())
	}
	return db, nil
}

// inTx runs fn in a transaction of the shop's own. What accountsec does inside
// it, given accountsec.WithTx(ctx, tx), commits with it or not at all.
func inTx(ctx context.Context, db *sql.DB, fn func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it reports ErrTxDone
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

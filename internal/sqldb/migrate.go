package sqldb

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Migrate brings the tables of one package up to date. files holds
// migrations/<dialect>/NNNN_name.sql; they run in the order of their names,
// each once, all in one transaction under a lock, so ten instances may start
// together and a failed migration leaves nothing behind.
func (d *DB) Migrate(ctx context.Context, files fs.FS, pkg string) error {
	dir := path.Join("migrations", string(d.dialect))
	names, err := fs.Glob(files, path.Join(dir, "*.sql"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("accountsec: no migrations of %s for %s", pkg, d.dialect)
	}
	slices.Sort(names)
	err = d.InTx(ctx, func(ctx context.Context) error {
		if err := d.LockMigrations(ctx); err != nil {
			return err
		}
		if _, err := d.Exec(ctx, versionTable); err != nil {
			return err
		}
		for _, name := range names {
			if err := d.apply(ctx, files, name, pkg); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("accountsec: migrate %s: %w", pkg, err)
	}
	return nil
}

const versionTable = `CREATE TABLE IF NOT EXISTS accountsec_migrations (
	package TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (package, version))`

// LockMigrations holds every other instance that changes tables back until
// the transaction in ctx ends. PostgreSQL has advisory locks for it, and needs
// one: making the same table concurrently is itself a race. On SQLite the first
// write takes the only write lock.
func (d *DB) LockMigrations(ctx context.Context) error {
	if d.dialect != Postgres {
		return nil
	}
	_, err := d.Exec(ctx, `SELECT pg_advisory_xact_lock(?)`, advisoryKey())
	return err
}

func advisoryKey() int64 {
	sum := sha256.Sum256([]byte("accountsec/v1|migrations"))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

func (d *DB) apply(ctx context.Context, files fs.FS, name, pkg string) error {
	version := strings.TrimSuffix(path.Base(name), ".sql")
	n, err := d.Exec(ctx, `INSERT INTO accountsec_migrations (package, version) VALUES (?, ?) ON CONFLICT DO NOTHING`, pkg, version)
	if err != nil || n == 0 {
		return err
	}
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	for _, stmt := range statements(stripComments(string(text))) {
		if _, err := d.Exec(ctx, stmt); err != nil {
			return fmt.Errorf("%s: %w", version, err)
		}
	}
	return nil
}

// statements cuts a file at the semicolons that end a line, those between two
// $$ (the body of a DO) left out.
func statements(text string) (out []string) {
	var b strings.Builder
	inBody := false
	for line := range strings.Lines(text) {
		b.WriteString(line)
		if strings.Count(line, "$$")%2 == 1 {
			inBody = !inBody
		}
		if !inBody && strings.HasSuffix(strings.TrimSpace(line), ";") {
			out = append(out, strings.TrimSuffix(strings.TrimSpace(b.String()), ";"))
			b.Reset()
		}
	}
	if rest := strings.TrimSpace(b.String()); rest != "" {
		out = append(out, rest)
	}
	return out
}

func stripComments(stmt string) string {
	var b strings.Builder
	for line := range strings.Lines(stmt) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			b.WriteString(line)
		}
	}
	return b.String()
}

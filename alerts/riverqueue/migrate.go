package riverqueue

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/riverqueue/river/rivermigrate"

	"example.com/accountsec/internal/sqldb"
)

// Migrate brings River's tables, and the indexes that this package adds to
// them, up to date. Any number of instances may call it at the same time. Each
// of River's versions is a transaction of its own, under the lock that all of
// this SDK's migrations take: PostgreSQL cannot use a new value of an enum in
// the transaction that adds it.
func (q *Queue) Migrate(ctx context.Context) error {
	ctx = sqldb.Detach(ctx)
	if q.cfg.Schema != "" {
		if err := q.locked(ctx, func(ctx context.Context) error {
			_, err := q.db.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS "`+q.cfg.Schema+`"`)
			return err
		}); err != nil {
			return fmt.Errorf("riverqueue: migrate: %w", err)
		}
	}
	for done := false; !done; {
		if err := q.locked(ctx, func(ctx context.Context) (err error) {
			done, err = q.migrateOne(ctx)
			return err
		}); err != nil {
			return fmt.Errorf("riverqueue: migrate: %w", err)
		}
	}
	return nil
}

// locked runs fn in a transaction that holds other instances' migrations back.
func (q *Queue) locked(ctx context.Context, fn func(ctx context.Context) error) error {
	return q.db.InTx(ctx, func(ctx context.Context) error {
		if err := q.db.LockMigrations(ctx); err != nil {
			return err
		}
		return fn(ctx)
	})
}

// indexes are this package's own on River's jobs. They are made again where a
// migration of River's builds the table anew.
var indexes = []string{
	`CREATE INDEX IF NOT EXISTS accountsec_river_account ON $jobs ((args->>'account'), id)`,
	`CREATE INDEX IF NOT EXISTS accountsec_river_group ON $jobs ((args->>'group')) WHERE (args->>'group') IS NOT NULL`,
	`CREATE INDEX IF NOT EXISTS accountsec_river_sent ON $jobs ((args->>'id')) WHERE state = 'completed' AND (metadata->'output'->>'end') = 'sent'`,
	`CREATE INDEX IF NOT EXISTS accountsec_river_dead ON $jobs (finalized_at, (args->>'id')) WHERE state IN ('cancelled', 'discarded')`,
	`CREATE INDEX IF NOT EXISTS accountsec_river_sealed ON $jobs (id) WHERE state <> 'completed'`,
	`CREATE INDEX IF NOT EXISTS accountsec_river_letter ON $jobs ((args->>'id')) WHERE state IN ('cancelled', 'discarded')`,
}

// migrateOne applies River's next version in the carried transaction, or, if
// there is none left, this package's indexes.
func (q *Queue) migrateOne(ctx context.Context) (done bool, err error) {
	m, err := rivermigrate.New(q.driver, &rivermigrate.Config{Schema: q.cfg.Schema, Logger: q.cfg.Logger})
	if err != nil {
		return false, err
	}
	if err := q.readmitUnused(ctx, m); err != nil {
		return false, err
	}
	//lint:ignore SA1019 it is deprecated for several versions in one transaction; this is one
	applied, err := m.MigrateTx(ctx, sqldb.Tx(ctx), rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{MaxSteps: 1})
	if err != nil || len(applied.Versions) > 0 {
		return false, err
	}
	for _, index := range append(q.unused(`DROP INDEX IF EXISTS $schema%s`), indexes...) {
		if _, err := q.db.Exec(ctx, q.rename(index)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// unused makes a statement for each of River's indexes that River itself never
// asks: GIN over every key and value of arguments and metadata, written anew with
// each change of a job's state. They are about half of what a message costs
// PostgreSQL. SQLite has none.
func (q *Queue) unused(format string) (out []string) {
	if q.db.Dialect() != sqldb.Postgres {
		return nil
	}
	for _, column := range []string{"args", "metadata"} {
		statement := strings.ReplaceAll(format, "%s", "river_job_"+column+"_index")
		statement = strings.ReplaceAll(statement, "%c", column)
		out = append(out, strings.ReplaceAll(statement, "$schema", `"`+q.cfg.Schema+`".`))
	}
	return out
}

// readmitUnused makes those indexes again where a version of River's is to be
// applied: it finds the tables as River left them.
func (q *Queue) readmitUnused(ctx context.Context, m *rivermigrate.Migrator[*sql.Tx]) error {
	had, err := m.ExistingVersionsTx(ctx, sqldb.Tx(ctx))
	if err != nil || len(had) < 2 || len(had) == len(m.AllVersions()) { // the second makes the table
		return err
	}
	for _, index := range q.unused(`CREATE INDEX IF NOT EXISTS %s ON $jobs USING GIN (%c)`) {
		if _, err := q.db.Exec(ctx, q.rename(index)); err != nil {
			return err
		}
	}
	return nil
}

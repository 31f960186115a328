package riverqueue

import (
	"context"
	"fmt"

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
	`CREATE INDEX IF NOT EXISTS accountsec_river_sent ON $jobs ((args->>'id')) WHERE (metadata->'output'->>'end') = 'sent'`,
	`CREATE INDEX IF NOT EXISTS accountsec_river_dead ON $jobs (finalized_at, (args->>'id')) WHERE state IN ('cancelled', 'discarded')`,
	`CREATE INDEX IF NOT EXISTS accountsec_river_letter ON $jobs ((args->>'id')) WHERE state IN ('cancelled', 'discarded')`,
}

// migrateOne applies River's next version in the carried transaction, or, if
// there is none left, this package's indexes.
func (q *Queue) migrateOne(ctx context.Context) (done bool, err error) {
	m, err := rivermigrate.New(q.driver, &rivermigrate.Config{Schema: q.cfg.Schema, Logger: q.cfg.Logger})
	if err != nil {
		return false, err
	}
	//nolint:staticcheck // MigrateTx warns of several versions in one transaction; this is one
	applied, err := m.MigrateTx(ctx, sqldb.Tx(ctx), rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{MaxSteps: 1})
	if err != nil || len(applied.Versions) > 0 {
		return false, err
	}
	for _, index := range indexes {
		if _, err := q.db.Exec(ctx, q.rename(index)); err != nil {
			return false, err
		}
	}
	return true, nil
}

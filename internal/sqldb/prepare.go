package sqldb

import (
	"context"
	"database/sql"
)

// Prepare compiles statements for good, so that [DB.Exec], [DB.QueryRow] and
// [DB.Query] need not do it on each call of the same text: on SQLite that is
// most of what a small statement costs. PostgreSQL's drivers do it by
// themselves, or must not (behind a pooler), so there it does nothing.
//
// Give it constants, a handful. It must be called outside of a transaction: it
// takes a connection. What is prepared goes with the *sql.DB.
func (d *DB) Prepare(ctx context.Context, queries ...string) error {
	if d.dialect != SQLite {
		return nil
	}
	for _, query := range queries {
		if _, ok := d.prepared.Load(query); ok {
			continue
		}
		stmt, err := d.db.PrepareContext(ctx, query)
		if err != nil {
			return mapError(err)
		}
		if _, raced := d.prepared.LoadOrStore(query, stmt); raced {
			stmt.Close() //nolint:errcheck // another has it
		}
	}
	return nil
}

// statement gives the prepared statement of a query, bound to the carried
// transaction if there is one; nil if it is not prepared.
func (d *DB) statement(ctx context.Context, query string) *sql.Stmt {
	found, ok := d.prepared.Load(query)
	if !ok {
		return nil
	}
	stmt := found.(*sql.Stmt)
	if tx := carried(ctx); tx != nil {
		return tx.StmtContext(ctx, stmt)
	}
	return stmt
}

func (d *DB) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if stmt := d.statement(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return d.conn(ctx).ExecContext(ctx, d.rebind(query), args...)
}

func (d *DB) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if stmt := d.statement(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return d.conn(ctx).QueryContext(ctx, d.rebind(query), args...)
}

func (d *DB) queryRow(ctx context.Context, query string, args []any) *sql.Row {
	if stmt := d.statement(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return d.conn(ctx).QueryRowContext(ctx, d.rebind(query), args...)
}

package sqldb

import (
	"context"
	"database/sql"
	"time"
)

type txKey struct{}

// WithTx puts the caller's transaction in the context; every statement of
// every store that is given the context runs inside it. Commit and rollback
// stay the caller's.
func WithTx(ctx context.Context, tx *sql.Tx) context.Context {
	return context.WithValue(ctx, txKey{}, tx)
}

// Tx gives the transaction that ctx carries; nil if it carries none.
func Tx(ctx context.Context) *sql.Tx { return carried(ctx) }

// CarriesTx tells whether ctx holds a transaction.
func CarriesTx(ctx context.Context) bool { return carried(ctx) != nil }

// Detach takes the transaction out of the context. Counters of guesses use it:
// a guess whose count is rolled back with the caller's transaction would be a
// free guess (CVE-2026-27801).
func Detach(ctx context.Context) context.Context {
	if carried(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, txKey{}, (*sql.Tx)(nil))
}

// Apart is [Detach] for the record of a guess, which stays when the transaction
// is rolled back, as the count does. The record may need a row that this very
// transaction holds, so it is given up after some seconds. Where a count was
// made, [DB.Detached] has refused a transaction on SQLite.
func Apart(ctx context.Context) (context.Context, context.CancelFunc) {
	if carried(ctx) == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(Detach(ctx), apartFor)
}

const apartFor = 3 * time.Second

// Detached is [Detach] for a statement that must commit on its own. On SQLite,
// which has one writer at a time, a second connection would wait for the very
// transaction that waits for it: there it answers [ErrInTx] at once.
func (d *DB) Detached(ctx context.Context) (context.Context, error) {
	if carried(ctx) == nil {
		return ctx, nil
	}
	if d.dialect == SQLite {
		return nil, ErrInTx
	}
	return Detach(ctx), nil
}

// InTx runs fn in a transaction: the carried one if there is one, else a new
// one that is committed when fn returns nil. The whole of fn is repeated when
// the database asks for a retry, so fn must not touch anything but the database.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if carried(ctx) != nil {
		return fn(ctx)
	}
	return d.retry(ctx, func() error {
		tx, err := d.db.BeginTx(ctx, nil)
		if err != nil {
			return mapError(err)
		}
		defer tx.Rollback() //nolint:errcheck // after Commit it reports ErrTxDone
		if err := fn(WithTx(ctx, tx)); err != nil {
			return err
		}
		return mapError(tx.Commit())
	})
}

type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (d *DB) conn(ctx context.Context) conn {
	if tx := carried(ctx); tx != nil {
		return tx
	}
	return d.db
}

func carried(ctx context.Context) *sql.Tx {
	tx, _ := ctx.Value(txKey{}).(*sql.Tx)
	return tx
}

const (
	retries  = 8
	retryFor = 2 * time.Second
)

// retry repeats fn while the database reports a passing conflict, for about
// two seconds: where the driver itself waited longer (SQLite's busy timeout),
// there is nothing to be had by waiting again. Inside a carried transaction
// nothing is repeated: after such an error the transaction is lost, and only
// its owner can start again.
func (d *DB) retry(ctx context.Context, fn func() error) error {
	start := time.Now()
	err := fn()
	if err == nil || carried(ctx) != nil || !isTransient(err) {
		return err
	}
	enough := time.NewTimer(retryFor - time.Since(start))
	defer enough.Stop()
	pause := 5 * time.Millisecond
	for i := 0; i < retries && isTransient(err); i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-enough.C:
			return err
		case <-time.After(pause):
		}
		pause *= 2
		if err = fn(); err == nil {
			return nil
		}
	}
	return err
}

package accountsec

import (
	"context"
	"database/sql"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

// Stores holds where each domain keeps its rows. [NewSQLStores] and
// [NewMemoryStores] fill it whole; a shop may put a store of its own in any
// field, provided that it passes that domain's conformance suite.
type Stores struct {
	Activity activity.Store
	Password password.Store
	MFA      mfa.Store
	Recovery recovery.Store
	Alerts   alerts.Store
	// InTx runs fn in a transaction that all five stores join through the
	// context. Defaults to running fn alone, which suits the memory stores.
	InTx func(ctx context.Context, fn func(ctx context.Context) error) error
}

// NewMemoryStores keeps everything in this process's memory: for tests and
// first steps. Nothing survives it, and nothing is rolled back.
func NewMemoryStores() Stores {
	return Stores{
		Activity: activity.NewMemoryStore(),
		Password: password.NewMemoryStore(),
		MFA:      mfa.NewMemoryStore(),
		Recovery: recovery.NewMemoryStore(),
		Alerts:   alerts.NewMemoryStore(),
	}
}

// NewSQLStores keeps everything in one database. dialect is "sqlite" or
// "postgres"; the driver is the application's choice. Call [Guard.Migrate]
// before use.
func NewSQLStores(db *sql.DB, dialect string) (Stores, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return Stores{}, err
	}
	s := Stores{InTx: d.InTx}
	if s.Activity, err = activity.NewSQLStore(db, dialect); err != nil {
		return Stores{}, err
	}
	if s.Password, err = password.NewSQLStore(db, dialect); err != nil {
		return Stores{}, err
	}
	if s.MFA, err = mfa.NewSQLStore(db, dialect); err != nil {
		return Stores{}, err
	}
	if s.Recovery, err = recovery.NewSQLStore(db, dialect); err != nil {
		return Stores{}, err
	}
	s.Alerts, err = alerts.NewSQLStore(db, dialect)
	return s, err
}

// all lists the stores under their names.
func (s Stores) all() map[string]any {
	return map[string]any{
		"Activity": s.Activity, "Password": s.Password, "MFA": s.MFA,
		"Recovery": s.Recovery, "Alerts": s.Alerts,
	}
}

func (s Stores) inTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if s.InTx == nil {
		return fn(ctx)
	}
	return s.InTx(ctx, fn)
}

// WithTx puts the caller's transaction in the context. Every SQL store then
// works inside it, on the same database: the shop's own rows, the activity
// event and the queued alert commit together or not at all. Commit and
// rollback stay the caller's.
func WithTx(ctx context.Context, tx *sql.Tx) context.Context {
	return sqldb.WithTx(ctx, tx)
}

// Tx gives the transaction that ctx carries, for what a hook such as
// [RecoveryConfig].OnRecovered writes; nil with stores that have none.
func Tx(ctx context.Context) *sql.Tx { return sqldb.Tx(ctx) }

package storetest_test

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/mfa/sms/smstest"
)

func openSMS(t *testing.T, d storetest.Dialect) (*sql.DB, *sms.SQLStore) {
	t.Helper()
	return storetest.Migrated(t, d, sms.NewSQLStore)
}

func TestSMSStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		smstest.TestStore(t, func(t *testing.T) sms.Store {
			_, s := openSMS(t, d)
			return s
		})
	})
}

func TestSMSMigrateAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) { storetest.MigrateAtOnce(t, d, sms.NewSQLStore) })
}

// Pitfalls 2 and 11: what a message took does not come back with the rollback
// of a transaction around it; on SQLite it is refused there.
func TestSMSPitfall11RollbackRefillsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openSMS(t, d)
		one := []sms.Quota{{Name: "a", Cost: 1, Limit: 1, Window: time.Hour}}
		tx, err := raw.BeginTx(t.Context(), nil)
		mfaOK(t, err)
		ctx := sqldb.WithTx(t.Context(), tx)
		_, err = s.Spend(ctx, one, smstest.T0)
		_, errReturn := s.Return(ctx, sms.Quota{Name: "r", Cost: 1, Limit: 1, Window: time.Hour}, nil, smstest.T0)
		mfaOK(t, tx.Rollback())
		if d.Name == "sqlite" {
			if !errors.Is(err, sqldb.ErrInTx) || !errors.Is(errReturn, sqldb.ErrInTx) {
				t.Errorf("got %v and %v, want ErrInTx", err, errReturn)
			}
			return
		}
		mfaOK(t, err)
		mfaOK(t, errReturn)
		r, err := s.Spend(t.Context(), one, smstest.T0)
		mfaOK(t, err)
		if r.Name != "a" {
			t.Error("the rollback refilled the quota")
		}
	})
}

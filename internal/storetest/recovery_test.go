package storetest_test

import (
	"testing"

	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/recovery"
	"example.com/accountsec/recovery/recoverytest"
)

func TestRecoveryStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		open := func(t *testing.T) recovery.Store {
			_, s := storetest.Migrated(t, d, recovery.NewSQLStore)
			return s
		}
		recoverytest.TestStore(t, open)
		t.Run("transactions", func(t *testing.T) { recoverytest.TestTransactions(t, open) })
	})
}

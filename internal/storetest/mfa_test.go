package storetest_test

import (
	"database/sql"
	"sync"
	"testing"

	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfatest"
)

func openMFA(t *testing.T, d storetest.Dialect) (*sql.DB, *mfa.SQLStore) {
	t.Helper()
	raw := d.Open(t)
	s, err := mfa.NewSQLStore(raw, d.Name)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return raw, s
}

func TestMFAStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		open := func(t *testing.T) mfa.Store {
			_, s := openMFA(t, d)
			return s
		}
		mfatest.TestStore(t, open)
		t.Run("transactions", func(t *testing.T) { mfatest.TestTransactions(t, open) })
	})
}

func TestMFAMigrateAgainAndAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, s := openMFA(t, d)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

package storetest_test

import (
	"testing"

	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/recovery"
	"example.com/accountsec/recovery/recoverytest"
)

func TestRecovery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		recoverytest.TestStore(t, func(t *testing.T) recovery.Store {
			s, err := recovery.NewSQLStore(d.Open(t), d.Name)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			return s
		})
	})
}

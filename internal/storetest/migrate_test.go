package storetest_test

import (
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

func TestTenInstancesMigrateAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		storetest.MigrateAtOnce(t, d, activity.NewSQLStore)
		storetest.MigrateAtOnce(t, d, password.NewSQLStore)
		storetest.MigrateAtOnce(t, d, mfa.NewSQLStore)
		storetest.MigrateAtOnce(t, d, recovery.NewSQLStore)
		storetest.MigrateAtOnce(t, d, alerts.NewSQLStore)
	})
}

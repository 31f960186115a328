package storetest_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

// purged are 1,500 rows that have had their time: more than one batch.
const purged = 1500

// A purge that is cut off has done what it came to, in batches: here by a row that
// the database refuses to delete, the last of them.
func TestPurgeInBatches(t *testing.T) {
	now := time.Now()
	mfaPurge := func(ctx context.Context, s *mfa.SQLStore) (int64, error) { return s.Purge(ctx, now) }
	pending := func(ctx context.Context, s *recovery.SQLStore) (int64, error) {
		return s.PurgePending(ctx, purged+1, now)
	}
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		for _, table := range []string{"mfa_attempts", "mfa_challenges", "mfa_devices", "mfa_spent", "mfa_factors", "mfa_lanes"} {
			purgeInBatches(t, d, mfa.NewSQLStore, table, mfaPurge)
		}
		for _, table := range []string{"recovery_tickets", "recovery_waits", "recovery_outcomes"} {
			purgeInBatches(t, d, recovery.NewSQLStore, table, pending)
		}
		purgeInBatches(t, d, recovery.NewSQLStore, "recovery_attempts", func(ctx context.Context, s *recovery.SQLStore) (int64, error) { return s.PurgeAttempts(ctx, now) })
		purgeInBatches(t, d, password.NewSQLStore, "password_attempts", func(ctx context.Context, s *password.SQLStore) (int64, error) { return s.PurgeAttempts(ctx, now) })
		purgeInBatches(t, d, sms.NewSQLStore, "mfa_sms_quotas", func(ctx context.Context, s *sms.SQLStore) (int64, error) { return s.Purge(ctx, now) })
		purgeInBatches(t, d, alerts.NewSQLStore, "alerts_contacts", func(ctx context.Context, s *alerts.SQLStore) (int64, error) { return s.PurgeContacts(ctx, now) })
	})
}

func purgeInBatches[S storetest.Migrater](t *testing.T, d storetest.Dialect, open func(*sql.DB, string) (S, error), table string, purge func(context.Context, S) (int64, error)) {
	t.Run(table, func(t *testing.T) {
		raw, s := storetest.Migrated(t, d, open)
		run := func(query string) {
			t.Helper()
			_, err := raw.ExecContext(t.Context(), query)
			fine(t, err)
		}
		aged := age(t, raw, table)
		run(fmt.Sprintf(map[string]string{
			"sqlite": `CREATE TRIGGER refuses BEFORE DELETE ON %s WHEN OLD.%s = %d BEGIN SELECT RAISE(ABORT, 'refused'); END`,
			"postgres": `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
				CREATE TRIGGER refuses BEFORE DELETE ON %s FOR EACH ROW WHEN (OLD.%s = %d) EXECUTE FUNCTION refuse()`,
		}[d.Name], table, aged, purged))
		left := func() string { return cells(t, raw, `SELECT CAST(COUNT(*) AS TEXT) FROM `+table)[0] }
		if n, err := purge(t.Context(), s); err == nil || n != 1000 || left() != "500" {
			t.Errorf("cut off: %d, %v; %s are left", n, err, left())
		}
		run(`DROP TRIGGER refuses` + map[string]string{"postgres": " ON " + table}[d.Name])
		if n, err := purge(t.Context(), s); err != nil || n != 500 || left() != "0" {
			t.Errorf("then: %d, %v; %s are left", n, err, left())
		}
	})
}

// age fills the table with rows whose times are 1 to 1,500 microseconds since 1970,
// and gives the column that purges go by.
func age(t *testing.T, raw *sql.DB, table string) (aged string) {
	t.Helper()
	rows, err := raw.QueryContext(t.Context(), `SELECT * FROM `+table+` LIMIT 0`)
	fine(t, err)
	columns, err := rows.ColumnTypes()
	fine(t, err)
	fine(t, rows.Close())
	var names, values []string
	for _, c := range columns {
		value := "n"
		switch c.Name() {
		case "expires_at", "last_at", "until", "replaced_at", "day":
			aged = c.Name()
		case "active", "lasting":
			value = "0"
		}
		switch c.DatabaseTypeName() {
		case "TEXT":
			value = "'x' || n"
		case "BLOB", "BYTEA":
			value = "''"
		}
		names, values = append(names, c.Name()), append(values, value)
	}
	_, err = raw.ExecContext(t.Context(), fmt.Sprintf(`WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %d)
		INSERT INTO %s (%s) SELECT %s FROM s`, purged, table, strings.Join(names, ", "), strings.Join(values, ", ")))
	fine(t, err)
	return aged
}

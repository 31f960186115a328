package storetest_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activitytest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

// Whoever can write to the database, and does not have the key, can neither
// change nor remove nor reorder what was recorded without VerifyChain seeing it.
func TestActivityChainShowsTampering(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		l, err := activity.New(s, activity.Config{CursorKey: make([]byte, 32), ChainKey: bytes.Repeat([]byte{7}, 32),
			Now: func() time.Time { return activitytest.T0.Add(time.Hour) }})
		ok(t, err)
		ctx := t.Context()
		for n := range 6 {
			ok(t, l.Record(ctx, activitytest.Event("kim", n)))
		}
		second := `(SELECT id FROM activity_links WHERE number = 2)`
		for name, tamper := range map[string]string{
			"another type":              `UPDATE activity_events SET type = 'signout' WHERE id = ` + second,
			"another outcome":           `UPDATE activity_events SET outcome = 'failure' WHERE id = ` + second,
			"another type, in the link": `UPDATE activity_links SET type = 'signout' WHERE number = 2`,
			"another type, in both": `UPDATE activity_links SET type = 'signout' WHERE number = 2;
				UPDATE activity_events SET type = 'signout' WHERE id = ` + second,
			"another outcome, in both": `UPDATE activity_links SET outcome = 'failure' WHERE number = 2;
				UPDATE activity_events SET outcome = 'failure' WHERE id = ` + second,
			"another country":             `UPDATE activity_personal SET country = 'US' WHERE id = ` + second,
			"another address":             `UPDATE activity_personal SET addr = '00000000000000000000ffffc0000208' WHERE id = ` + second,
			"another device":              `UPDATE activity_personal SET device = 'Firefox on Linux', device_id = 'd-2' WHERE id = ` + second,
			"another detail":              `UPDATE activity_personal SET facts = '{}' WHERE id = ` + second,
			"an event removed":            `DELETE FROM activity_events WHERE id = ` + second,
			"an event and link removed":   `DELETE FROM activity_events WHERE id = ` + second + `; DELETE FROM activity_links WHERE number = 2`,
			"a link removed":              `DELETE FROM activity_links WHERE number = 4`,
			"the first link removed":      `DELETE FROM activity_links WHERE number = 1`,
			"the last link removed":       `DELETE FROM activity_links WHERE number = 6`,
			"all links removed":           `DELETE FROM activity_links`,
			"a gap closed":                `DELETE FROM activity_links WHERE number = 4; UPDATE activity_links SET number = number - 1 WHERE number > 4; UPDATE activity_chains SET number = 5`,
			"links swapped":               `UPDATE activity_links SET number = 40 WHERE number = 4; UPDATE activity_links SET number = 4 WHERE number = 5; UPDATE activity_links SET number = 5 WHERE number = 40`,
			"the end moved to link 5":     `UPDATE activity_chains SET number = 5`,
			"the end's digest changed":    `UPDATE activity_chains SET digest = salt`,
			"a personal digest exchanged": `UPDATE activity_links SET personal = digest WHERE number = 2`,
		} {
			tx, err := raw.BeginTx(ctx, nil)
			ok(t, err)
			_, err = tx.ExecContext(ctx, tamper)
			ok(t, err)
			if v, err := l.VerifyChain(sqldb.WithTx(ctx, tx), "kim"); !errors.Is(err, activity.ErrChain) {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
			ok(t, tx.Rollback())
		}
		if v, err := l.VerifyChain(ctx, "kim"); err != nil || v.Whole != 6 {
			t.Errorf("untouched: %+v, %v", v, err)
		}
		// What the doc says cannot be seen from inside: the end cut off, digest and
		// all, looks like an earlier day. The copy of Number kept elsewhere tells.
		_, err = raw.ExecContext(ctx, `UPDATE activity_chains SET number = 5, digest = (SELECT digest FROM activity_links WHERE number = 5);
			DELETE FROM activity_links WHERE number = 6`)
		ok(t, err)
		if v, err := l.VerifyChain(ctx, "kim"); err != nil || v.Number != 5 || v.Unlinked != 1 {
			t.Errorf("cut off: %+v, %v", v, err)
		}
	})
}

// Retention cuts a chain's beginning off; nobody else can, nor change what is
// kept, nor have retention do away with what was tampered with.
func TestActivityCutChainShowsTampering(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openActivity(t, d)
		now := activitytest.T0.AddDate(0, 0, -210)
		l, err := activity.New(s, activity.Config{CursorKey: make([]byte, 32), ChainKey: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return now }})
		ok(t, err)
		ctx := t.Context()
		record := func(account string) {
			t.Helper()
			now = now.Add(time.Minute)
			ok(t, l.Record(ctx, activity.Event{Account: account, Type: activity.SignInFailed, Outcome: activity.OutcomeFailure}))
		}
		for range 3 {
			record("kim")
			record("~nobody")
			record("lee")
		}
		_, err = raw.ExecContext(ctx, `UPDATE activity_links SET type = 'signout' WHERE account = 'lee' AND number = 2`)
		ok(t, err)
		now = activitytest.T0
		for range 4 {
			record("kim")
		}
		_, err = l.Purge(ctx)
		ok(t, err)
		if v, err := l.VerifyChain(ctx, "kim"); err != nil || v.Links != 4 || v.Whole != 4 || v.Number != 7 {
			t.Errorf("after retention: %+v, %v", v, err)
		}
		if _, err := l.VerifyChain(ctx, "lee"); !errors.Is(err, activity.ErrChain) {
			t.Errorf("retention did away with what was tampered with: %v", err)
		}
		for _, table := range []string{"activity_chains", "activity_links"} {
			var n int
			ok(t, raw.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table+` WHERE account = '~nobody'`).Scan(&n))
			if n != 0 {
				t.Errorf("%d rows in %s of a made-up name", n, table)
			}
		}
		drop := func(n string) string {
			return `; DELETE FROM activity_events WHERE account = 'kim' AND id IN (SELECT id FROM activity_links WHERE account = 'kim' AND number <= ` + n + `);
				DELETE FROM activity_links WHERE account = 'kim' AND number <= ` + n
		}
		digest := func(n string) string {
			return `(SELECT digest FROM activity_links WHERE account = 'kim' AND number = ` + n + `)`
		}
		for name, tamper := range map[string]string{
			"the first kept link removed":   `DELETE FROM activity_links WHERE account = 'kim' AND number = 4`,
			"more cut off":                  `UPDATE activity_chains SET cut_number = 5, cut_digest = ` + digest("5") + ` WHERE account = 'kim'` + drop("5"),
			"more cut off, the number kept": `UPDATE activity_chains SET cut_digest = ` + digest("5") + ` WHERE account = 'kim'` + drop("5"),
			"the proof of the whole chain":  `UPDATE activity_chains SET cut_number = 0 WHERE account = 'kim'`,
			"another's proof":               `UPDATE activity_chains SET cut_proof = digest WHERE account = 'kim'`,
			"no proof":                      `UPDATE activity_chains SET cut_proof = salt WHERE account = 'kim'`,
			"a kept event changed":          `UPDATE activity_events SET outcome = 'success' WHERE id = (SELECT id FROM activity_links WHERE account = 'kim' AND number = 6)`,
			"a kept link changed":           `UPDATE activity_links SET personal = digest WHERE account = 'kim' AND number = 4`,
		} {
			tx, err := raw.BeginTx(ctx, nil)
			ok(t, err)
			_, err = tx.ExecContext(ctx, tamper)
			ok(t, err)
			if v, err := l.VerifyChain(sqldb.WithTx(ctx, tx), "kim"); !errors.Is(err, activity.ErrChain) {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
			ok(t, tx.Rollback())
		}
	})
}

package storetest_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
)

// Tables of the first version keep their factors and failures in a row; what
// was pending begins anew.
func TestMFAUpgrade(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		db, ctx := d.Open(t), t.Context()
		text, err := os.ReadFile("../../mfa/migrations/" + d.Name + "/0001_mfa.sql")
		ok(t, err)
		for _, stmt := range append(strings.SplitAfter(string(text), ";\n"),
			`CREATE TABLE accountsec_migrations (package TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (package, version))`,
			`INSERT INTO accountsec_migrations VALUES ('mfa', '0001_mfa')`,
			`INSERT INTO mfa_factors VALUES ('kim', 'f1', 'totp', 'phone', 'phone', 'sealed', 1, 0, 0, 7, 1, 0, 2, 3)`,
			`INSERT INTO mfa_challenges VALUES ('kim', 'signin', 'c1', 'v1', 0, '', NULL, 1, 9000000000000000)`,
			`INSERT INTO mfa_failures VALUES ('kim', 89), ('lee', 3)`,
		) {
			if strings.TrimSpace(stmt) != "" {
				_, err := db.ExecContext(ctx, stmt)
				ok(t, err)
			}
		}
		s, err := mfa.NewSQLStore(db, d.Name)
		ok(t, err)
		ok(t, s.Migrate(ctx))
		ok(t, s.Migrate(ctx))
		f, err := s.Factor(ctx, "kim", "f1")
		if err != nil || f.Step != 7 || !f.Active || string(f.Sealed) != "sealed" || f.Lookup != "" {
			t.Errorf("the factor became %+v, %v", f, err)
		}
		now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
		if _, _, err := s.Challenge(ctx, "c1", now); !errors.Is(err, mfa.ErrNoChallenge) {
			t.Errorf("the challenge: %v", err)
		}
		ok(t, s.PutChallenge(ctx, mfa.ChallengeRow{ID: "c2", Account: "kim", Purpose: "signin", Slot: "n1", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}))
		lane := mfa.Lane{Account: "kim", Name: "totp", Max: 90, Free: 5, Base: time.Second, Longest: time.Minute}
		if _, err := s.TakeAttempt(ctx, "c2", 5, lane, now); err != nil {
			t.Errorf("the 90th failure: %v", err)
		}
		if _, err := s.CheckLane(ctx, lane, now.Add(1000*time.Hour)); !errors.Is(err, mfa.ErrStopped) {
			t.Errorf("the failures were forgotten: %v", err)
		}
	})
}

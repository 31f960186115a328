package storetest_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/password"
)

// riverShop is a shop whose messages go through River.
func riverShop(t *testing.T, raw *sql.DB, dialect string, mail alerts.Notifier) *accountsec.Guard {
	t.Helper()
	cheap, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 64, Time: 1, Threads: 1})
	ok(t, err)
	stores, err := accountsec.NewSQLStores(raw, dialect)
	ok(t, err)
	g, err := accountsec.New(accountsec.Config{
		Stores: stores, AEAD: secrettest.AEAD(), Secret: bytes.Repeat([]byte{7}, 32), Accounts: customers{}, Hasher: cheap,
		Notifiers: []alerts.Notifier{mail},
		Sender:    alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
		Queue: func(c *alerts.Courier) (alerts.Queue, error) {
			cfg := riverqueue.Config{Poll: 20 * time.Millisecond}
			if dialect == "postgres" {
				ok(t, raw.QueryRow(`SELECT current_schema()`).Scan(&cfg.Schema))
			}
			return riverqueue.New(raw, dialect, c, cfg)
		},
	})
	ok(t, err)
	ok(t, g.Migrate(t.Context())) // River's tables too
	return g
}

// A changed password is told through River: queued with what it is about, in the
// shop's own transaction; erasure takes it.
func TestRiverGuard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, mail := d.Open(t), &inbox{name: "email"}
		g := riverShop(t, raw, d.Name, mail)
		ctx := t.Context()
		jobs := func() (n int) {
			ok(t, raw.QueryRow(`SELECT count(*) FROM river_job`).Scan(&n))
			return n
		}
		p, err := g.PreparePassword(ctx, kim, goodPassword)
		ok(t, err)
		ok(t, g.SignUp(ctx, p, home))
		told := jobs()
		for _, commit := range []bool{false, true} {
			tx, err := raw.BeginTx(ctx, nil)
			ok(t, err)
			ok(t, g.Log().Record(accountsec.WithTx(ctx, tx), changed(kim.ID)))
			if commit {
				ok(t, tx.Commit())
			} else {
				ok(t, tx.Rollback())
			}
			if got := jobs(); got > told != commit {
				t.Errorf("commit %v: %d jobs after %d", commit, got, told)
			}
		}
		run, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- g.Run(run) }()
		until(t, "the alert", func() bool {
			for _, m := range mail.messages() {
				if m.Kind == alerts.PasswordChanged && m.Recipient.Email == kim.Email {
					return true
				}
			}
			return false
		})
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
		ok(t, g.DeleteAccount(ctx, kim.ID))
		if n := jobs(); n != 0 {
			t.Errorf("%d jobs outlive the account", n)
		}
	})
}

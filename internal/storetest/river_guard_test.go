package storetest_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/password"
)

// riverShop is a shop whose messages go through River.
// clock is the queue's too; nil for the time of day.
func riverShop(t *testing.T, raw *sql.DB, dialect string, mail alerts.Notifier, clock func() time.Time) *accountsec.Guard {
	t.Helper()
	cheap, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 64, Time: 1, Threads: 1})
	ok(t, err)
	stores, err := accountsec.NewSQLStores(raw, dialect)
	ok(t, err)
	g, err := accountsec.New(accountsec.Config{
		Stores: stores, AEAD: secrettest.AEAD(), Secret: bytes.Repeat([]byte{7}, 32), Accounts: customers{}, Hasher: cheap,
		Notifiers: []alerts.Notifier{mail}, Locator: atlas{}, Now: clock,
		Sender: alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
		Queue: func(c *alerts.Courier) (alerts.Queue, error) {
			cfg := riverqueue.Config{Poll: 20 * time.Millisecond, Now: clock}
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

// atlas places the documentation's networks.
type atlas struct{}

func (atlas) Locate(ip netip.Addr) (activity.Location, error) {
	if abroad.Contains(ip) {
		return activity.Location{Country: "US", City: "New York", Latitude: 40.71, Longitude: -74, RadiusKM: 20, ASN: 64498, ASOrg: "Demo Cable"}, nil
	}
	return activity.Location{Country: "KR", City: "Seoul", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20, ASN: 64496, ASOrg: "Demo Telecom"}, nil
}

var abroad = netip.MustParsePrefix("198.51.100.0/24")

// A sign-in from a country that is new to the account is told through River, as
// it was judged; the sign-ins at home before it are not.
func TestRiverGuardNewCountry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		var now atomic.Int64
		now.Store(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
		mail := &inbox{name: "email"}
		g := riverShop(t, d.Open(t), d.Name, mail, func() time.Time { return time.UnixMicro(now.Load()).UTC() })
		ctx := t.Context()
		p, err := g.PreparePassword(ctx, kim, goodPassword)
		ok(t, err)
		ok(t, g.SignUp(ctx, p, known))
		signIn := func(c activity.Client) {
			res, err := g.SignIn(ctx, kim.Email, goodPassword, c)
			ok(t, err)
			if res.Grant == nil {
				t.Fatalf("asked for more: %+v", res)
			}
			now.Add((24 * time.Hour).Microseconds())
		}
		told := func() (out []alerts.Message) {
			for _, m := range mail.messages() {
				if m.Kind == alerts.NewCountry {
					out = append(out, m)
				}
			}
			return out
		}
		for range 6 {
			signIn(known)
		}
		away := known
		away.IP = netip.MustParseAddr("198.51.100.7")
		signIn(away)
		run, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- g.Run(run) }()
		until(t, "the alert", func() bool { return len(told()) > 0 })
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
		got := told()
		if len(got) != 1 || got[0].Alert.Location.Country != "US" || got[0].Alert.Client.IP != away.IP || len(got[0].Alert.Reasons) == 0 || got[0].Recipient.Email != kim.Email {
			t.Errorf("told %+v", got)
		}
	})
}

// A changed password is told through River: queued with what it is about, in the
// shop's own transaction; erasure takes it.
func TestRiverGuard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, mail := d.Open(t), &inbox{name: "email"}
		g := riverShop(t, raw, d.Name, mail, nil)
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

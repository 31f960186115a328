package storetest_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/alertstest"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/storetest"
)

func signInFrom(account string, i int, at time.Time) alerts.Attempt {
	return alerts.Attempt{
		Account: account, At: at,
		Client: activity.Client{
			IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 7)}), DeviceID: fmt.Sprint("device ", i%5),
			UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
		},
		Location: activity.Location{Country: "KR", City: "Seoul", Latitude: 37.5, Longitude: 127, RadiusKM: 20, ASN: uint(4766 + i%3), ASOrg: "Provider"},
		Device:   activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"},
	}
}

// BenchmarkAssess compares a judgement with the bare reading of what it needs,
// in one run, for accounts of ever longer histories; and its learning with the
// bare reading and conditional writing of a profile.
func BenchmarkAssess(b *testing.B) {
	for _, d := range storetest.Dialects() {
		raw := d.Open(b)
		s, err := alerts.NewSQLStore(raw, d.Name)
		if err == nil {
			err = s.Migrate(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
		queue, err := newDispatcher(s, alerts.CourierConfig{Directory: owner{}, AEAD: secrettest.AEAD()})
		if err != nil {
			b.Fatal(err)
		}
		m, err := alerts.New(s, alerts.Config{Queue: queue, Now: func() time.Time { return alertstest.T0 }})
		if err != nil {
			b.Fatal(err)
		}
		for _, signIns := range []int{10, 1000, 100000} {
			account := fmt.Sprint("customer of ", signIns)
			learn(b, m, s, account, signIns)
			a := signInFrom(account, 3, alertstest.T0)
			want := []alerts.Rate{
				{Name: "net|192.0.2.0/24", Since: alertstest.T0.Add(-time.Hour)}, {Name: "as|4766", Since: alertstest.T0.Add(-time.Hour)},
				{Account: account, Name: "devices", Since: alertstest.T0.Add(-24 * time.Hour)},
			}
			b.Run(fmt.Sprintf("%s/%d/read", d.Name, signIns), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Standing(b.Context(), account, alertstest.T0.Add(-time.Hour), want); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/assess", d.Name, signIns), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := m.Assess(b.Context(), a); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/put", d.Name, signIns), func(b *testing.B) {
				for b.Loop() {
					data, version, err := s.Profile(b.Context(), account)
					if err != nil {
						b.Fatal(err)
					}
					if won, err := s.PutProfile(b.Context(), account, data, version, alertstest.T0); err != nil || !won {
						b.Fatal(won, err)
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/learn", d.Name, signIns), func(b *testing.B) {
				for b.Loop() {
					if err := m.Learn(b.Context(), a); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// learn teaches n sign-ins in few transactions.
func learn(b *testing.B, m *alerts.Monitor, s *alerts.SQLStore, account string, n int) {
	b.Helper()
	for done := 0; done < n; {
		err := s.InTx(b.Context(), func(ctx context.Context) error {
			for range min(5000, n-done) {
				a := signInFrom(account, done, alertstest.T0.Add(-time.Duration(n-done)*time.Hour/10))
				if err := m.Learn(ctx, a); err != nil {
					return err
				}
				done++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// Learning a sign-in on a known device is one reading and one conditional
// statement, and judging one is one statement, whatever the history.
func TestSignInStatements(t *testing.T) {
	seen := &tracer{}
	raw := tracedPostgres(t, seen)
	s, err := alerts.NewSQLStore(raw, "postgres")
	fine(t, err)
	fine(t, s.Migrate(t.Context()))
	m, _, _ := newAlerts(t, s)
	for i := range 20 {
		fine(t, m.Learn(t.Context(), signInFrom("kim", i, alertstest.T0)))
	}
	_, err = m.Assess(t.Context(), signInFrom("kim", 0, alertstest.T0)) // merges the population
	fine(t, err)
	for name, c := range map[string]struct {
		do   func() error
		want int
	}{
		"Assess":   {func() error { _, err := m.Assess(t.Context(), signInFrom("kim", 3, alertstest.T0)); return err }, 1},
		"Learn":    {func() error { return m.Learn(t.Context(), signInFrom("kim", 3, alertstest.T0)) }, 2},
		"CountTry": {func() error { return m.CountTry(t.Context(), alerts.Try{Attempt: signInFrom("kim", 3, alertstest.T0)}) }, 2},
	} {
		seen.take()
		fine(t, c.do())
		if got := seen.take(); len(got) != c.want {
			t.Errorf("%s takes %d statements: %q", name, len(got), got)
		}
	}
}

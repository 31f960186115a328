package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/alertstest"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

func openAlerts(t *testing.T, d storetest.Dialect) (*sql.DB, *alerts.SQLStore) {
	t.Helper()
	return storetest.Migrated(t, d, alerts.NewSQLStore)
}

func TestAlertsStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		open := func(t *testing.T) alerts.Store {
			_, s := openAlerts(t, d)
			return s
		}
		alertstest.TestStore(t, open)
		t.Run("transactions", func(t *testing.T) { alertstest.TestTransactions(t, open) })
		t.Run("detached", func(t *testing.T) { alertstest.TestDetached(t, open) })
	})
}

// Pitfall 3: of 64 sign-ins that answer with one code, one is let in, and no
// more tries are taken than there are.
func TestPitfall03OneCodeOneGrant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ctx := t.Context()
		fine(t, s.signUp(ctx, kim, goodPassword))
		for range 6 {
			_, err := s.SignIn(ctx, kim.Email, goodPassword, known)
			fine(t, err)
			s.now.Add((24 * time.Hour).Microseconds())
		}
		for i := range 12 { // and then somebody guesses
			c := home
			c.IP = netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})
			_, err := s.SignIn(ctx, kim.Email, "wrong", c)
			if i < 9 && !errors.Is(err, accountsec.ErrSignIn) {
				t.Fatal(err)
			}
		}
		s.now.Add((20 * time.Minute).Microseconds())
		res, err := s.SignIn(ctx, kim.Email, goodPassword, home)
		fine(t, err)
		if res.Pending == nil {
			t.Fatalf("not asked: %+v", res.Grant)
		}
		_, err = s.Deliver(ctx)
		fine(t, err)
		code := s.mails.codes[len(s.mails.codes)-1]
		wins := racing.Wins(t, func(int) (bool, error) {
			_, err := s.FinishSignIn(ctx, res.Pending.Token, accountsec.SentCode, code, home)
			if errors.Is(err, accountsec.ErrPending) {
				return false, nil
			}
			return err == nil, err
		})
		if wins != 1 {
			t.Errorf("%d of 64 were let in", wins)
		}
	})
}

var known = activity.Client{IP: netip.MustParseAddr("192.0.2.10"), UserAgent: "home", DeviceID: "sknown"}

// owner is everybody's address.
type owner struct{}

func (owner) Recipient(_ context.Context, account string) (alerts.Recipient, error) {
	if strings.HasPrefix(account, "~") {
		return alerts.Recipient{}, alerts.ErrNoRecipient
	}
	return alerts.Recipient{Email: account + "@customer.example"}, nil
}

// box is a notifier that keeps what it is given.
type box struct {
	mu  sync.Mutex
	got []alerts.Message
}

func (*box) Channel() string { return "email" }

func (b *box) Notify(_ context.Context, m alerts.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, m)
	return nil
}

func newDispatcher(s alerts.Outbox, cfg alerts.CourierConfig) (*alerts.Dispatcher, error) {
	c, err := alerts.NewCourier(cfg)
	if err != nil {
		return nil, err
	}
	return alerts.NewDispatcher(s, c, alerts.DispatcherConfig{})
}

func recoveryCode(code string, expires time.Time) alerts.CodeMessage {
	return alerts.CodeMessage{Kind: alerts.RecoveryCode, Account: "kim", Code: code, Expires: expires}
}

func newAlerts(t *testing.T, s alerts.Store) (*alerts.Monitor, *alerts.Dispatcher, *box) {
	t.Helper()
	mails := &box{}
	now := func() time.Time { return alertstest.T0 }
	d, err := newDispatcher(s, alerts.CourierConfig{Notifiers: []alerts.Notifier{mails}, Directory: owner{}, AEAD: secrettest.AEAD(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	m, err := alerts.New(s, alerts.Config{Queue: d, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return m, d, mails
}

func changed(account string) activity.Event {
	return activity.Event{
		ID: activity.NewID(alertstest.T0), Account: account, Type: activity.PasswordChanged, Outcome: activity.OutcomeSuccess, At: alertstest.T0,
		Client:   activity.Client{IP: netip.MustParseAddr("192.0.2.7"), UserAgent: "agent"},
		Location: activity.Location{Country: "KR", City: "Seoul 😀"},
	}
}

// The alert commits with the caller's transaction or not at all.
func TestAlertsJoinTheCallersTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openAlerts(t, d)
		m, dispatcher, mails := newAlerts(t, s)
		for _, commit := range []bool{false, true} {
			tx, err := raw.BeginTx(t.Context(), nil)
			fine(t, err)
			ctx := sqldb.WithTx(t.Context(), tx)
			fine(t, m.Observe(ctx, changed("kim")))
			fine(t, m.Learn(ctx, alerts.Attempt{Account: "kim", Client: activity.Client{DeviceID: "d"}, At: alertstest.T0}))
			if _, err := dispatcher.DeliverDue(ctx); !errors.Is(err, alerts.ErrInTx) {
				t.Errorf("delivered inside a transaction: %v", err)
			}
			end, want := tx.Rollback, 0
			if commit {
				end, want = tx.Commit, 1
			}
			fine(t, end())
			n, err := dispatcher.DeliverDue(t.Context())
			fine(t, err)
			known, err := m.KnownDevice(t.Context(), "kim", "d")
			fine(t, err)
			if n != want || len(mails.got) != want || known != commit {
				t.Errorf("commit %v: handled %d, mailed %d, device known: %v", commit, n, len(mails.got), known)
			}
		}
	})
}

// Pitfall 3: 64 sign-ins at once teach 64 devices, none is lost or doubled
// until the list is full.
func TestPitfall03LearnLosesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, s := openAlerts(t, d)
		m, _, _ := newAlerts(t, s)
		const devices = 24
		var wg sync.WaitGroup
		for i := range devices {
			wg.Go(func() {
				if err := m.Learn(t.Context(), alerts.Attempt{Account: "kim", Client: activity.Client{DeviceID: fmt.Sprint(i)}, At: alertstest.T0}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range devices {
			if known, err := m.KnownDevice(t.Context(), "kim", fmt.Sprint(i)); err != nil || !known {
				t.Errorf("device %d: %v, %v", i, known, err)
			}
		}
	})
}

// Several dispatchers on one database deliver each message once.
func TestAlertsManyDispatchers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, s := openAlerts(t, d)
		m, first, mails := newAlerts(t, s)
		const events = 60
		for range events {
			fine(t, m.Observe(t.Context(), changed("kim")))
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := first.DeliverDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		_, err := first.DeliverDue(t.Context())
		fine(t, err)
		seen := map[string]bool{}
		for _, m := range mails.got {
			if seen[m.ID] {
				t.Errorf("%s was delivered twice", m.ID)
			}
			seen[m.ID] = true
		}
		if len(seen) != events {
			t.Errorf("%d of %d messages were delivered", len(seen), events)
		}
	})
}

// Pitfall 13: the code is nowhere in the database in clear, neither while it
// waits nor afterwards, and a row moved to another account does not open.
func TestPitfall13CodeSealedAtRest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openAlerts(t, d)
		_, dispatcher, mails := newAlerts(t, s)
		const code = "83019274"
		fine(t, dispatcher.SendCode(t.Context(), recoveryCode(code, alertstest.T0.Add(10*time.Minute))))
		if text := outboxText(t, raw); strings.Contains(text, code) || !strings.Contains(text, "recovery.code") {
			t.Errorf("the waiting code is in the database, or its row is not:%s", text)
		}
		_, err := raw.Exec(`UPDATE alerts_outbox SET account = 'eve' WHERE account = 'kim'`)
		fine(t, err)
		_, err = dispatcher.DeliverDue(t.Context())
		fine(t, err)
		if len(mails.got) != 0 {
			t.Fatal("a code that was moved to another account was delivered")
		}
		_, err = raw.Exec(`UPDATE alerts_outbox SET account = 'kim', due_at = 1 WHERE account = 'eve'`)
		fine(t, err)
		_, err = dispatcher.DeliverDue(t.Context())
		fine(t, err)
		if len(mails.got) != 1 || mails.got[0].Code != code {
			t.Fatalf("delivered %v", mails.got)
		}
		if text := outboxText(t, raw); strings.Contains(text, code) {
			t.Errorf("the delivered code is in the database:%s", text)
		}
	})
}

// Pitfall 12: hostile text reaches the outbox as one clean line.
func TestPitfall12HostileTextIsQueuedClean(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, s := openAlerts(t, d)
		m, dispatcher, mails := newAlerts(t, s)
		const evil = "a\r\nBcc: x\x00\u202e\u2066\xff\x1b[31m'; DROP TABLE alerts_outbox;--"
		e := changed("kim")
		e.Location.City, e.Device.Name, e.Client.UserAgent = evil, evil, evil
		e.Detail = map[string]string{"factor": evil, evil: evil}
		fine(t, m.Observe(t.Context(), e))
		_, err := dispatcher.DeliverDue(t.Context())
		fine(t, err)
		if len(mails.got) != 1 {
			t.Fatal("nothing was delivered")
		}
		a := mails.got[0].Alert
		for _, text := range []string{a.Location.City, a.Device.Name, a.Client.UserAgent, a.Detail["factor"], fmt.Sprint(a.Detail)} {
			if strings.ContainsAny(text, "\r\n\x00\x1b\u202e\u2066\ufffd") {
				t.Errorf("queued: %q", text)
			}
		}
	})
}

// A database that goes away is a clear error without a secret in it.
func TestAlertsClosedDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openAlerts(t, d)
		m, dispatcher, _ := newAlerts(t, s)
		fine(t, raw.Close())
		ctx := t.Context()
		a := alerts.Attempt{Account: "kim", At: alertstest.T0}
		calls := map[string]func() error{
			"Assess":         func() error { _, err := m.Assess(ctx, a); return err },
			"KnownDevice":    func() error { _, err := m.KnownDevice(ctx, "kim", "d"); return err },
			"Learn":          func() error { return m.Learn(ctx, a) },
			"Observe":        func() error { return m.Observe(ctx, changed("kim")) },
			"Preferences":    func() error { _, err := m.Preferences(ctx, "kim"); return err },
			"SetPreferences": func() error { return m.SetPreferences(ctx, "kim", alerts.Preferences{}, activity.Client{}) },
			"DeleteAccount":  func() error { return m.DeleteAccount(ctx, "kim") },
			"CountTry":       func() error { return m.CountTry(ctx, alerts.Try{Attempt: a}) },
			"Rules":          func() error { _, err := m.Rules(ctx, "kim"); return err },
			"SetRules":       func() error { return m.SetRules(ctx, a, alerts.Rules{KnownDevices: true}) },
			"PauseRules":     func() error { return m.PauseRules(ctx, "kim") },
			"Unlearn":        func() error { return m.Unlearn(ctx, "kim", "", nil) },
			"Confirm": func() error {
				_, err := m.Confirm(ctx, activity.Event{ID: "e", Account: "kim", Type: activity.SignInSucceeded, At: alertstest.T0})
				return err
			},
			"Purge":      func() error { _, err := m.Purge(ctx); return err },
			"SendCode":   func() error { return dispatcher.SendCode(ctx, recoveryCode("83019274", alertstest.T0.Add(time.Hour))) },
			"DeliverDue": func() error { _, err := dispatcher.DeliverDue(ctx); return err },
			"Deliveries": func() error { _, err := dispatcher.Deliveries(ctx, "kim"); return err },
		}
		for name, call := range calls {
			if err := call(); err == nil || strings.Contains(err.Error(), "83019274") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// cells reads every cell of every row as text.
func cells(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	fine(t, err)
	defer rows.Close() //nolint:errcheck
	columns, err := rows.Columns()
	fine(t, err)
	for rows.Next() {
		row := make([]sql.RawBytes, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		fine(t, rows.Scan(into...))
		for _, c := range row {
			out = append(out, string(c))
		}
	}
	fine(t, rows.Err())
	return out
}

func outboxText(t *testing.T, db *sql.DB) string {
	t.Helper()
	return strings.Join(cells(t, db, `SELECT * FROM alerts_outbox`), " ")
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

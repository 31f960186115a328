package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

// channelFunc is a channel that does what the function does.
type channelFunc struct {
	name string
	fn   func(ctx context.Context, m alerts.Message) error
}

func (c channelFunc) Channel() string                                    { return c.name }
func (c channelFunc) Notify(ctx context.Context, m alerts.Message) error { return c.fn(ctx, m) }

// inbox is a channel that takes what comes, unless fail says otherwise.
type inbox struct {
	name string
	mu   sync.Mutex
	fail func(m alerts.Message) error
	got  []alerts.Message
	seen []alerts.Message // failed ones too
}

func (i *inbox) Channel() string { return i.name }

func (i *inbox) Notify(_ context.Context, m alerts.Message) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seen = append(i.seen, m)
	if i.fail != nil {
		if err := i.fail(m); err != nil {
			return err
		}
	}
	i.got = append(i.got, m)
	return nil
}

func (i *inbox) messages() []alerts.Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]alerts.Message(nil), i.got...)
}

func (i *inbox) attempts() []alerts.Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]alerts.Message(nil), i.seen...)
}

// riverOn makes a queue on the database, in the schema of the test.
func riverOn(t testing.TB, raw *sql.DB, dialect string, courier alerts.CourierConfig, cfg riverqueue.Config) *riverqueue.Queue {
	t.Helper()
	courier.Directory, courier.AEAD = owner{}, secrettest.AEAD()
	c, err := alerts.NewCourier(courier)
	if err != nil {
		t.Fatal(err)
	}
	if dialect == "postgres" {
		if err := raw.QueryRow(`SELECT current_schema()`).Scan(&cfg.Schema); err != nil {
			t.Fatal(err)
		}
	}
	if cfg.Poll == 0 {
		cfg.Poll = 20 * time.Millisecond
	}
	q, err := riverqueue.New(raw, dialect, c, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// openRiver makes a queue with its tables on a fresh database.
func openRiver(t testing.TB, d storetest.Dialect, notifiers ...alerts.Notifier) (*sql.DB, *riverqueue.Queue) {
	t.Helper()
	raw := d.Open(t)
	q := riverOn(t, raw, d.Name, alerts.CourierConfig{Notifiers: notifiers}, riverqueue.Config{})
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return raw, q
}

// running lets the queue deliver until the test ends, or stop is called.
func running(t testing.TB, q *riverqueue.Queue) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// until waits for a condition that another goroutine or process brings about.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	within(t, 90*time.Second, what, cond)
}

func within(t testing.TB, patience time.Duration, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func riverAlert(account string) alerts.Alert {
	return alerts.Alert{
		ID: "alert of " + account, Account: account, Kind: alerts.NewDevice, At: time.Now().UTC().Truncate(time.Second),
		Location: activity.Location{Country: "KR", City: "부산 😀"}, Link: "https://shop.example/undo?secret-token",
	}
}

// only gives the account's one delivery.
func only(t testing.TB, q *riverqueue.Queue, account string) alerts.Delivery {
	t.Helper()
	list, err := q.Deliveries(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d deliveries", len(list))
	}
	return list[0]
}

func ended(t testing.TB, q *riverqueue.Queue, account string) func() bool {
	return func() bool { return !only(t, q, account).DoneAt.IsZero() }
}

// jobsText is all that the table of jobs holds.
func jobsText(t *testing.T, raw *sql.DB, d storetest.Dialect) string {
	t.Helper()
	query := `SELECT args::text, metadata::text, errors::text, state::text FROM river_job`
	if d.Name == "sqlite" {
		query = `SELECT json(args), json(metadata), coalesce(json(errors), ''), state FROM river_job`
	}
	return strings.Join(cells(t, raw, query), " ")
}

func TestRiverMigrateAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw := d.Open(t)
		mail := &inbox{name: "email"}
		for range 2 {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if err := riverOn(t, raw, d.Name, alerts.CourierConfig{Notifiers: []alerts.Notifier{mail}}, riverqueue.Config{}).Migrate(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
	})
}

// The default schema is the queue's own, made by Migrate.
func TestRiverOwnSchema(t *testing.T) {
	raw := storetest.OpenPostgres(t)
	c, err := alerts.NewCourier(alerts.CourierConfig{Notifiers: []alerts.Notifier{&inbox{name: "email"}}, Directory: owner{}, AEAD: secrettest.AEAD()})
	fine(t, err)
	q, err := riverqueue.New(raw, "postgres", c, riverqueue.Config{})
	fine(t, err)
	fine(t, q.Migrate(t.Context()))
	t.Cleanup(func() { raw.Exec(`DROP SCHEMA accountsec_river CASCADE`) }) //nolint:errcheck // the server goes at the end
	fine(t, q.Enqueue(t.Context(), riverAlert("kim"), []string{"email"}, "once"))
	var n int
	fine(t, raw.QueryRow(`SELECT count(*) FROM accountsec_river.river_job`).Scan(&n))
	if n != 1 || only(t, q, "kim").Channel != "email" {
		t.Errorf("%d jobs in the schema", n)
	}
}

// A message arrives as it was planned, once, and leaves nothing private behind.
func TestRiverDelivers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		mail, sms := &inbox{name: "email"}, &inbox{name: "sms"}
		raw, q := openRiver(t, d, mail, sms)
		a := riverAlert("kim")
		a.Phrase = "tulips in november"
		fine(t, q.Enqueue(t.Context(), a, []string{"email", "sms"}, "once"))
		list, err := q.Deliveries(t.Context(), "kim")
		fine(t, err)
		if len(list) != 2 || list[0].Channel != "sms" || list[1].State != alerts.Pending || list[1].Payload != nil || list[1].Group != a.ID || list[1].Attempts != 0 {
			t.Errorf("waiting: %+v", list)
		}
		if text := jobsText(t, raw, d); strings.Contains(text, "secret-token") || strings.Contains(text, "tulips") {
			t.Errorf("a waiting job shows what is sealed: %s", text)
		}
		running(t, q)
		until(t, "delivery", func() bool {
			list, err = q.Deliveries(t.Context(), "kim")
			fine(t, err)
			return list[0].State == alerts.Done && list[1].State == alerts.Done
		})
		got := mail.messages()
		if len(got) != 1 || len(sms.messages()) != 1 || got[0].ID != list[1].ID || got[0].Attempt != 1 || got[0].Alert.Link != a.Link ||
			got[0].Phrase != a.Phrase || got[0].Alert.Location != a.Location || !got[0].Alert.At.Equal(a.At) || got[0].Recipient.Email == "" {
			t.Errorf("%+v of %+v", got, list)
		}
		if list[1].DoneAt.IsZero() || list[1].Attempts != 1 || list[1].LastError != "" || list[1].Kind != alerts.NewDevice {
			t.Errorf("done: %+v", list[1])
		}
		if text := jobsText(t, raw, d); strings.Contains(text, "payload") {
			t.Errorf("a finished job keeps its payload: %s", text)
		}
	})
}

// What the caller rolls back was never queued; what it commits is.
func TestRiverJoinsTheTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, q := openRiver(t, d, &inbox{name: "email"})
		for _, commit := range []bool{false, true} {
			tx, err := raw.BeginTx(t.Context(), nil)
			fine(t, err)
			ctx := sqldb.WithTx(t.Context(), tx)
			fine(t, q.Enqueue(ctx, riverAlert("kim"), []string{"email"}, "once"))
			fine(t, q.SendCode(ctx, alerts.CodeMessage{Kind: alerts.RecoveryCode, Account: "kim", Code: "123456", Expires: time.Now().Add(time.Minute)}))
			if list, err := q.Deliveries(ctx, "kim"); err != nil || len(list) != 2 {
				t.Errorf("inside: %v, %v", list, err)
			}
			if commit {
				fine(t, tx.Commit())
			} else {
				fine(t, tx.Rollback())
			}
			want := map[bool]int{false: 0, true: 2}[commit]
			if list, err := q.Deliveries(t.Context(), "kim"); err != nil || len(list) != want {
				t.Errorf("commit %v: %v, %v", commit, list, err)
			}
		}
	})
}

// A repeat is dropped while the first waits, and when it has ended.
func TestRiverDedupe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		mail := &inbox{name: "email"}
		_, q := openRiver(t, d, mail)
		again := func() { fine(t, q.Enqueue(t.Context(), riverAlert("kim"), []string{"email"}, "a\x00b")) }
		again()
		again()
		first := only(t, q, "kim")
		running(t, q)
		until(t, "delivery", ended(t, q, "kim"))
		again()
		if got := only(t, q, "kim"); got.ID != first.ID || len(mail.messages()) != 1 {
			t.Errorf("%+v after %+v", got, first)
		}
		fine(t, q.Enqueue(t.Context(), riverAlert("lee"), []string{"email"}, "a\x00b"))
		only(t, q, "lee")
		fine(t, q.Enqueue(t.Context(), riverAlert("lee"), []string{"email"}, "another"))
		if list, err := q.Deliveries(t.Context(), "lee"); err != nil || len(list) != 2 {
			t.Errorf("another: %v, %v", list, err)
		}
	})
}

// 64 goroutines queue the same message: one is kept.
func TestRiverDedupeRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, q := openRiver(t, d, &inbox{name: "email"})
		racing.Go(func(int) {
			if err := q.Enqueue(t.Context(), riverAlert("kim"), []string{"email"}, "once"); err != nil {
				t.Error(err)
			}
		})
		only(t, q, "kim")
	})
}

// A permanent failure ends it, and the reason that is kept holds no address.
func TestRiverPermanentFailure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		mail := &inbox{name: "email", fail: func(m alerts.Message) error {
			return &alerts.PermanentError{Err: fmt.Errorf("550 no such address %s", m.Recipient.Email)}
		}}
		_, q := openRiver(t, d, mail)
		fine(t, q.Enqueue(t.Context(), riverAlert("kim"), []string{"email"}, "once"))
		running(t, q)
		until(t, "the end", ended(t, q, "kim"))
		if got := only(t, q, "kim"); got.State != alerts.Dead || got.Attempts != 1 || got.LastError != "550 no such address […]" {
			t.Errorf("%+v %q", got, got.LastError)
		}
	})
}

// A failure that may pass is tried again, as the courier says, under the same
// ID; a panic is such a failure, and nothing of it is kept.
func TestRiverRetries(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		t.Parallel()
		mail := &inbox{name: "email", fail: func(m alerts.Message) error {
			switch m.Attempt {
			case 1:
				return errors.New("try again")
			case 2:
				panic("the code is " + m.Code)
			}
			return nil
		}}
		raw, q := openRiver(t, d, mail)
		start := time.Now()
		fine(t, q.SendCode(t.Context(), alerts.CodeMessage{Kind: alerts.RecoveryCode, Account: "kim", Code: "123456", Expires: start.Add(time.Hour)}))
		running(t, q)
		until(t, "the first attempt", func() bool { return only(t, q, "kim").LastError == "try again" })
		if got := only(t, q, "kim"); got.State != alerts.Pending || got.Attempts != 1 || got.DueAt.Before(start.Add(4*time.Second)) || got.DueAt.After(time.Now().Add(6*time.Second)) {
			t.Errorf("after the first: %+v, due in %v", got, got.DueAt.Sub(start))
		}
		until(t, "delivery", ended(t, q, "kim"))
		seen := mail.attempts()
		if len(seen) != 3 || seen[0].ID != seen[2].ID || seen[2].Attempt != 3 || mail.messages()[0].Code != "123456" {
			t.Errorf("%v", seen)
		}
		if text := jobsText(t, raw, d); strings.Contains(text, "123456") || strings.Contains(text, "payload") || !strings.Contains(text, "panicked") {
			t.Errorf("kept: %s", text)
		}
	})
}

// Erasure takes what waits, what is under way and what has ended.
func TestRiverDeleteAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		under, let := make(chan bool), make(chan bool)
		mail := channelFunc{"email", func(context.Context, alerts.Message) error { under <- true; <-let; return errors.New("try again") }}
		raw, q := openRiver(t, d, mail, &inbox{name: "sms"})
		for _, account := range []string{"kim", "lee"} {
			fine(t, q.Enqueue(t.Context(), riverAlert(account), []string{"sms"}, "once"))
		}
		fine(t, q.Enqueue(t.Context(), riverAlert("kim"), []string{"email"}, "once"))
		stop := running(t, q)
		<-under
		tx, err := raw.BeginTx(t.Context(), nil)
		fine(t, err)
		fine(t, q.DeleteAccount(sqldb.WithTx(t.Context(), tx), "kim"))
		fine(t, tx.Rollback())
		if list, err := q.Deliveries(t.Context(), "kim"); err != nil || len(list) != 2 {
			t.Errorf("rolled back: %v, %v", list, err)
		}
		fine(t, q.DeleteAccount(t.Context(), "kim"))
		let <- true
		stop()
		if text := jobsText(t, raw, d); strings.Contains(text, "kim") || !strings.Contains(text, "lee") {
			t.Errorf("left: %s", text)
		}
	})
}

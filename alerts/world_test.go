package alerts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

var t0 = time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)

// world is a monitor and a dispatcher over one store, with a mail and a text
// message channel that can be made to fail.
type world struct {
	*testing.T
	store      *countingStore
	monitor    *alerts.Monitor
	dispatcher *alerts.Dispatcher
	mail, sms  *channel
	push       *channel
	sent       int
	events     *recorder
	now        time.Time
	logs       *logBuffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, now: t0, mail: &channel{name: "email"}, sms: &channel{name: "sms"}, events: &recorder{}, logs: &logBuffer{}}
	w.store = &countingStore{MemoryStore: alerts.NewMemoryStore()}
	logger := slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	key := secrettest.AEAD()
	w.dispatcher, err = newDispatcher(w.store, alerts.CourierConfig{
		Notifiers: []alerts.Notifier{w.mail, w.sms}, Directory: directory{}, AEAD: key, Now: w.clock, Logger: logger,
	})
	w.ok(err)
	w.monitor, err = alerts.New(w.store, alerts.Config{Queue: w.dispatcher, Recorder: w.events, AEAD: key, Directory: directory{}, Now: w.clock, Logger: logger})
	w.ok(err)
	w.events.to = w.monitor
	return w
}

func (w *world) clock() time.Time { return w.now }

// newDispatcher is a dispatcher with a courier of its own.
func newDispatcher(store alerts.Outbox, cfg alerts.CourierConfig) (*alerts.Dispatcher, error) {
	c, err := alerts.NewCourier(cfg)
	if err != nil {
		return nil, err
	}
	return alerts.NewDispatcher(store, c, alerts.DispatcherConfig{})
}

// code is a recovery's.
func code(account, code string, expires time.Time, channels ...string) alerts.CodeMessage {
	return alerts.CodeMessage{Kind: alerts.RecoveryCode, Account: account, Code: code, Expires: expires, Channels: channels}
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) want(err, target error) {
	w.Helper()
	if !errors.Is(err, target) {
		w.Fatalf("got error %v, want %v", err, target)
	}
}

// attempt is a sign-in now on the device, from the country.
func (w *world) attempt(device, country string) alerts.Attempt {
	a := alerts.Attempt{
		Account: "kim", Client: activity.Client{IP: netip.MustParseAddr("192.0.2.7"), DeviceID: device},
		Device: activity.Device{Browser: "Chrome", OS: "Windows", Name: "Chrome on Windows"}, At: w.now,
	}
	switch country {
	case "":
	case "KR":
		a.Location = activity.Location{Country: country, City: "Seoul", ASN: 64496, ASOrg: "Demo Telecom Korea"}
	default:
		a.Client.IP = netip.MustParseAddr("198.51.100.7")
		a.Location = activity.Location{Country: country, City: "Elsewhere", ASN: 64498, ASOrg: "Demo Cable"}
	}
	return a
}

// signIn is what the Guard does: assess, record, learn.
func (w *world) signIn(a alerts.Attempt) alerts.Assessment {
	w.Helper()
	got, err := w.monitor.Assess(w.Context(), a)
	w.ok(err)
	w.observe(activity.Event{
		Type: activity.SignInSucceeded, Account: a.Account, Client: a.Client, Location: a.Location, Device: a.Device, At: a.At,
		Detail: alerts.SignInDetail(got, ""),
	})
	w.ok(w.monitor.Learn(w.Context(), a))
	return got
}

func (w *world) observe(e activity.Event) {
	w.Helper()
	if e.Account == "" {
		e.Account = "kim"
	}
	if e.Outcome == "" {
		e.Outcome = activity.OutcomeSuccess
	}
	if e.At.IsZero() {
		e.At = w.now
	}
	if e.ID == "" {
		e.ID = activity.NewID(e.At)
	}
	w.ok(w.monitor.Observe(w.Context(), e))
}

func (w *world) fail(n int) {
	w.Helper()
	for range n {
		w.observe(activity.Event{Type: activity.SignInFailed, Outcome: activity.OutcomeFailure})
	}
}

// home makes an account with n sign-ins on one device in Korea.
func (w *world) home(n int) {
	w.Helper()
	for range n {
		w.signIn(w.attempt("home", "KR"))
	}
}

func (w *world) deliver() int {
	w.Helper()
	n, err := w.dispatcher.DeliverDue(w.Context())
	w.ok(err)
	return n
}

// mailed delivers and gives the kinds that came by mail since the last call.
func (w *world) mailed() []alerts.Kind {
	w.Helper()
	w.deliver()
	return w.mail.take()
}

func keys(a alerts.Assessment) string {
	var out []string
	for _, r := range a.Reasons {
		out = append(out, r.Key)
	}
	return strings.Join(out, ",")
}

// channel keeps what it is given, or fails with what fail gives.
type channel struct {
	name string
	fail func(m alerts.Message) error
	mu   sync.Mutex
	got  []alerts.Message
	seen int
}

func (c *channel) Channel() string { return c.name }

func (c *channel) Notify(_ context.Context, m alerts.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen++
	if c.fail != nil {
		if err := c.fail(m); err != nil {
			return err
		}
	}
	c.got = append(c.got, m)
	return nil
}

func (c *channel) take() (out []alerts.Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.got {
		out = append(out, m.Kind)
	}
	c.got = nil
	return out
}

// directory knows everybody but shadows.
type directory struct{}

func (directory) Recipient(_ context.Context, account string) (alerts.Recipient, error) {
	if strings.HasPrefix(account, "~") {
		return alerts.Recipient{}, alerts.ErrNoRecipient
	}
	return alerts.Recipient{Name: "Kim Minjun", Email: account + "@customer.example", Phone: "+82 10-1234-5678", Lang: "en", TimeZone: "Asia/Seoul"}, nil
}

// recorder hands events to the monitor, as a log would.
type recorder struct {
	to  activity.Observer
	got []activity.Type
	err error
}

func (r *recorder) Record(ctx context.Context, e activity.Event) error {
	if r.err != nil {
		return r.err
	}
	e.ID = activity.NewID(e.At)
	r.got = append(r.got, e.Type)
	return r.to.Observe(ctx, e)
}

// countingStore names the calls that reach the store.
type countingStore struct {
	*alerts.MemoryStore
	calls []string
	lost  error // what Settle gives
}

func (s *countingStore) take() []string {
	out := s.calls
	s.calls = nil
	return out
}

func (s *countingStore) Profile(ctx context.Context, account string) ([]byte, int64, error) {
	s.calls = append(s.calls, "Profile")
	return s.MemoryStore.Profile(ctx, account)
}

func (s *countingStore) PutProfile(ctx context.Context, account string, data []byte, version int64, now time.Time) (bool, error) {
	s.calls = append(s.calls, "PutProfile")
	return s.MemoryStore.PutProfile(ctx, account, data, version, now)
}

func (s *countingStore) CountFailure(ctx context.Context, account string, window time.Duration, now time.Time) (int, error) {
	s.calls = append(s.calls, "CountFailure")
	return s.MemoryStore.CountFailure(ctx, account, window, now)
}

func (s *countingStore) Standing(ctx context.Context, account string, since time.Time, want []alerts.Rate) (alerts.Standing, error) {
	s.calls = append(s.calls, fmt.Sprintf("Standing %d", len(want)))
	return s.MemoryStore.Standing(ctx, account, since, want)
}

func (s *countingStore) CountRate(ctx context.Context, r alerts.Rate, window time.Duration, now time.Time) (alerts.Rate, error) {
	s.calls = append(s.calls, "CountRate "+strings.SplitN(r.Name, "|", 2)[0])
	return s.MemoryStore.CountRate(ctx, r, window, now)
}

func (s *countingStore) Tell(ctx context.Context, t alerts.Topic, now time.Time) (alerts.Told, error) {
	s.calls = append(s.calls, "Tell")
	return s.MemoryStore.Tell(ctx, t, now)
}

func (s *countingStore) Preferences(ctx context.Context, account string) (data, phrase []byte, err error) {
	s.calls = append(s.calls, "Preferences")
	return s.MemoryStore.Preferences(ctx, account)
}

func (s *countingStore) Enqueue(ctx context.Context, rows []alerts.Delivery) (int, error) {
	s.calls = append(s.calls, fmt.Sprintf("Enqueue %d", len(rows)))
	return s.MemoryStore.Enqueue(ctx, rows)
}

func (s *countingStore) StandDown(ctx context.Context, d alerts.Delivery, now time.Time) (bool, error) {
	s.calls = append(s.calls, "StandDown")
	return s.MemoryStore.StandDown(ctx, d, now)
}

func (s *countingStore) StepIn(ctx context.Context, group string, now time.Time) (int, error) {
	s.calls = append(s.calls, "StepIn")
	return s.MemoryStore.StepIn(ctx, group, now)
}

func (s *countingStore) Settle(ctx context.Context, d alerts.Delivery) (bool, error) {
	s.calls = append(s.calls, "Settle")
	if s.lost != nil {
		return false, s.lost
	}
	return s.MemoryStore.Settle(ctx, d)
}

func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

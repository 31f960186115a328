package recovery_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/recovery"
)

// world is a manager over a store that counts its calls.
type world struct {
	*testing.T
	*recovery.Manager
	store  *countingStore
	hasher *hasher
	codes  *codes
	events *events
	logs   *bytes.Buffer
	now    time.Time
	config recovery.Config
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, store: &countingStore{Store: recovery.NewMemoryStore()}, hasher: &hasher{}, codes: &codes{},
		events: &events{}, logs: &bytes.Buffer{}, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	w.config = recovery.Config{
		AEAD: secrettest.AEAD(), Announcer: w.codes, Channels: []string{"email", "sms"}, Recorder: w.events, Codes: w.codes, Hasher: w.hasher, DecoyKey: bytes.Repeat([]byte{3}, 32),
		Now:    func() time.Time { return w.now },
		Logger: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	m, err := recovery.New(w.store, w.config)
	w.ok(err)
	w.Manager = m
	return w
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
		w.Fatalf("got %v, want %v", err, target)
	}
}

var phone = activity.Client{IP: netip.MustParseAddr("192.0.2.10"), UserAgent: "phone"}

// mine are answers that pass every check.
var mine = []recovery.Answer{
	{Question: "lost_object", Answer: "A tin whistle on the Gangneung ferry"},
	{Own: "Who taught me to skate backwards?", Answer: "Cousin Haneul"},
	{Question: "wrong_bus", Answer: "강릉 종점에서"},
}

func (w *world) set(account string) {
	w.Helper()
	w.ok(w.SetAnswers(w.Context(), account, mine, recovery.Owner{Facts: []string{"김민준", "kim@customer.example"}}, phone))
}

// answers gives the right answers to the questions asked.
func answersFor(asked []recovery.Question) (out []string) {
	for _, q := range asked {
		for _, a := range mine {
			if a.Question == q.ID && a.Own == q.Own {
				out = append(out, a.Answer)
			}
		}
	}
	return out
}

// proved walks up to the questions.
func (w *world) proved(account string) (token string, asked []recovery.Question) {
	w.Helper()
	token, err := w.Begin(w.Context(), account, "", phone, false)
	w.ok(err)
	asked, err = w.ProveChannel(w.Context(), token, w.codes.last(), phone)
	w.ok(err)
	return token, asked
}

// answer gives the right answers.
func (w *world) answer(token string, asked []recovery.Question) {
	w.Helper()
	_, err := w.Answer(w.Context(), token, answersFor(asked), phone)
	w.ok(err)
}

// failed is the error of an answer.
func (w *world) failed(token string, answers []string) error {
	_, err := w.Answer(w.Context(), token, answers, phone)
	return err
}

// granted walks to the end.
func (w *world) granted(account string) (grant string) {
	w.Helper()
	token, asked := w.proved(account)
	w.answer(token, asked)
	grant, err := w.Complete(w.Context(), token, recovery.ProofNone, phone)
	w.ok(err)
	return grant
}

// hasher is argon2id at the lowest cost.
type hasher struct{ hashed, verified atomic.Int64 }

func (h *hasher) Hash(_ context.Context, s string) (string, error) {
	h.hashed.Add(1)
	salt := make([]byte, 8)
	rand.Read(salt) //nolint:errcheck
	return hex.EncodeToString(salt) + ":" + hex.EncodeToString(argon2.IDKey([]byte(s), salt, 1, 8, 1, 16)), nil
}

func (h *hasher) Verify(_ context.Context, hash, s string) (bool, bool, error) {
	h.verified.Add(1)
	saltText, want, _ := strings.Cut(hash, ":")
	salt, err := hex.DecodeString(saltText)
	return hex.EncodeToString(argon2.IDKey([]byte(s), salt, 1, 8, 1, 16)) == want, false, err
}

type codes struct {
	mu      sync.Mutex
	sent    []string
	cancels []string // tokens of announced waits
}

func (c *codes) AnnounceWait(_ context.Context, _ activity.Event, cancel string, _ time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancels = append(c.cancels, cancel)
	return nil
}

func (c *codes) SendCode(_ context.Context, _, _, code string, _ time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, code)
	return nil
}

func (c *codes) last() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent[len(c.sent)-1]
}

type events struct {
	mu   sync.Mutex
	list []activity.Event
}

func (e *events) Record(_ context.Context, ev activity.Event) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, ev)
	return nil
}

func (e *events) types(account string) (out []activity.Type) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.list {
		if ev.Account == account {
			out = append(out, ev.Type)
		}
	}
	return out
}

// countingStore notes the names of the calls, in order.
type countingStore struct {
	recovery.Store
	mu    sync.Mutex
	calls []string
}

func (s *countingStore) note(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, name)
}

func (s *countingStore) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *countingStore) GetAnswers(ctx context.Context, account string) (recovery.Answers, error) {
	s.note("GetAnswers")
	return s.Store.GetAnswers(ctx, account)
}

func (s *countingStore) PutTicket(ctx context.Context, t recovery.Ticket) error {
	s.note("PutTicket")
	return s.Store.PutTicket(ctx, t)
}

func (s *countingStore) GetTicket(ctx context.Context, hash string, now time.Time) (recovery.Ticket, error) {
	s.note("GetTicket")
	return s.Store.GetTicket(ctx, hash, now)
}

func (s *countingStore) TakeCodeTry(ctx context.Context, hash string, max int, now time.Time) (bool, error) {
	s.note("TakeCodeTry")
	return s.Store.TakeCodeTry(ctx, hash, max, now)
}

func (s *countingStore) TakeAnswerTry(ctx context.Context, hash string, max int, now time.Time) (bool, error) {
	s.note("TakeAnswerTry")
	return s.Store.TakeAnswerTry(ctx, hash, max, now)
}

func (s *countingStore) Advance(ctx context.Context, hash, from, to string, expires, now time.Time) (bool, error) {
	s.note("Advance")
	return s.Store.Advance(ctx, hash, from, to, expires, now)
}

func (s *countingStore) CountAttempt(ctx context.Context, account, bucket string, free int, base, max time.Duration, now time.Time) (int, time.Duration, error) {
	s.note("CountAttempt")
	return s.Store.CountAttempt(ctx, account, bucket, free, base, max, now)
}

// network is a client in a network of its own, also by the wider measure.
func network(i int) activity.Client {
	return activity.Client{IP: netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}), UserAgent: "stranger"}
}

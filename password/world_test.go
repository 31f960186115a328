package password_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/password"
)

var t0 = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// world is a manager over a memory store with its surroundings observed.
type world struct {
	*password.Manager
	t      *testing.T
	store  *countingStore
	hasher *countingHasher
	now    time.Time
	mu     sync.Mutex
	events []activity.Event
	broken error // what the recorder answers
	logs   strings.Builder
}

func newWorld(t *testing.T, change func(cfg *password.Config)) *world {
	t.Helper()
	w := &world{t: t, store: &countingStore{MemoryStore: password.NewMemoryStore()}, now: t0}
	w.hasher = &countingHasher{Hasher: newHasher(t, cheapConfig)}
	cfg := password.Config{Hasher: w.hasher, Recorder: w, Now: func() time.Time { return w.now },
		Logger: slog.New(slog.NewTextHandler(&w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&cfg)
	}
	var err error
	if w.Manager, err = password.New(w.store, cfg); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) Record(_ context.Context, e activity.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	w.events = append(w.events, e)
	return nil
}

func (w *world) types() (out []string) {
	for _, e := range w.events {
		out = append(out, string(e.Type)+" "+string(e.Outcome))
	}
	return out
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) want(err, target error) {
	w.t.Helper()
	if !errors.Is(err, target) {
		w.t.Fatalf("got error %v, want %v", err, target)
	}
}

func (w *world) set(account, pw string) {
	w.t.Helper()
	w.ok(w.Set(w.t.Context(), account, pw, password.Person{}, home))
}

// verify tries a password and counts the work that it took.
func (w *world) verify(account, pw string, c activity.Client, known bool) (work string, err error) {
	hashes, calls := w.hasher.verified.Load()+w.hasher.hashed.Load(), w.store.names()
	_, err = w.Verify(w.t.Context(), account, pw, c, known)
	return fmt.Sprint(w.hasher.verified.Load()+w.hasher.hashed.Load()-hashes, " ", w.store.names()[len(calls):]), err
}

type countingHasher struct {
	password.Hasher
	hashed, verified atomic.Int64
}

func (h *countingHasher) Hash(ctx context.Context, pw string) (string, error) {
	h.hashed.Add(1)
	return h.Hasher.Hash(ctx, pw)
}

func (h *countingHasher) Verify(ctx context.Context, hash, pw string) (bool, bool, error) {
	h.verified.Add(1)
	return h.Hasher.Verify(ctx, hash, pw)
}

// countingStore notes which methods were called.
type countingStore struct {
	*password.MemoryStore
	mu    sync.Mutex
	calls []string

	replaced  int
	onReplace func(n int) // after the n-th
}

func (s *countingStore) ReplaceHash(ctx context.Context, account string, version int64, old, hash string) (bool, error) {
	won, err := s.MemoryStore.ReplaceHash(ctx, account, version, old, hash)
	if s.replaced++; s.onReplace != nil {
		s.onReplace(s.replaced)
	}
	return won, err
}

func (s *countingStore) note(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, name)
}

func (s *countingStore) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

func (s *countingStore) Get(ctx context.Context, account string) (password.Record, error) {
	s.note("Get")
	return s.MemoryStore.Get(ctx, account)
}

func (s *countingStore) CountAttempt(ctx context.Context, account, bucket string, free int, base, max time.Duration, now time.Time) (int, time.Duration, error) {
	kind, _, _ := strings.Cut(bucket, "|")
	s.note("Count " + kind)
	return s.MemoryStore.CountAttempt(ctx, account, bucket, free, base, max, now)
}

var (
	home   = activity.Client{IP: netip.MustParseAddr("192.0.2.10"), DeviceID: "home-device"}
	abroad = activity.Client{IP: netip.MustParseAddr("198.51.100.66")}
)

func host(i int) activity.Client {
	return activity.Client{IP: netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)})}
}

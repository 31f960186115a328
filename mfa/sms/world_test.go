package sms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

var (
	t0   = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	home = activity.Client{IP: netip.MustParseAddr("192.0.2.10"), UserAgent: "home"}
)

// message is what the provider got.
type message struct{ to, text string }

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

func (m message) code() string { return sixDigits.FindString(m.text) }

// provider records; it hangs, fails or panics when told to.
type provider struct {
	mu       sync.Mutex
	messages []message
	err      error
	panics   bool
	hang     chan struct{} // not nil: hold each message until it is closed
	deaf     bool          // hang on when the context is over
	over     []error       // the context's error of each hung message
}

func (p *provider) SendSMS(ctx context.Context, to, text string) error {
	p.mu.Lock()
	p.messages = append(p.messages, message{to, text})
	hang, deaf, err, panics := p.hang, p.deaf, p.err, p.panics
	p.mu.Unlock()
	if panics {
		panic("provider: lost " + to)
	}
	if hang == nil {
		return err
	}
	done := ctx.Done()
	if deaf {
		done = nil
	}
	select {
	case <-hang:
	case <-done:
		p.mu.Lock()
		p.over = append(p.over, ctx.Err())
		p.mu.Unlock()
		return ctx.Err()
	}
	return err
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.messages)
}

// unsent is an error of a provider that refused.
type unsent struct{ error }

func (unsent) Unsent() bool { return true }

// world is a Method with everything around it. Its clock stands still but when
// told.
type world struct {
	testing.TB
	*sms.Method
	cfg      sms.Config
	store    sms.Store
	provider *provider
	now      time.Time
	logs     *bytes.Buffer
	pauses   []sms.Pause
}

func newWorld(t testing.TB, change ...func(*sms.Config)) *world {
	t.Helper()
	w := &world{TB: t, provider: &provider{}, now: t0, logs: &bytes.Buffer{}, store: sms.NewMemoryStore()}
	w.cfg = sms.Config{
		Sender: w.provider, Key: bytes.Repeat([]byte("k"), 32), Brand: "예시샵", Domain: "shop.example", Region: "KR",
		OnPaused: func(_ context.Context, p sms.Pause) { w.pauses = append(w.pauses, p) },
		Now:      func() time.Time { return w.now },
		Logger:   slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&w.cfg)
	}
	var err error
	w.Method, err = sms.New(w.store, w.cfg)
	w.ok(err)
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
		w.Fatalf("got error %v, want %v", err, target)
	}
}

// limited asserts a refusal and gives it.
func (w *world) limited(err error) *sms.LimitError {
	w.Helper()
	var limit *sms.LimitError
	if !errors.As(err, &limit) || limit.RetryAfter <= 0 {
		w.Fatalf("got error %v, want a *LimitError", err)
	}
	return limit
}

// messages waits for those on their way and gives all.
func (w *world) messages() []message {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.ok(w.Wait(ctx))
	w.provider.mu.Lock()
	defer w.provider.mu.Unlock()
	return append([]message(nil), w.provider.messages...)
}

func (w *world) last() message {
	w.Helper()
	list := w.messages()
	if len(list) == 0 {
		w.Fatal("no message was sent")
	}
	return list[len(list)-1]
}

func (w *world) subject(account, factor string) mfa.Subject {
	return mfa.Subject{Account: account, FactorID: factor, Client: home, Now: w.now}
}

// from is a client of its own for each i.
func from(i int) activity.Client {
	return activity.Client{IP: netip.AddrFrom4([4]byte{byte(1 + i>>16), byte(i >> 8), byte(i), 7})}
}

// factor is an enrolled number, as the Manager keeps it.
type factor struct {
	w       *world
	account string
	state   []byte
	asked   []byte // the last challenge
}

// enroll enrols a number; its code is spent and the breaker has its credit.
func (w *world) enroll(account, typed string) *factor {
	w.Helper()
	return w.enrollFrom(home, account, typed)
}

func (w *world) enrollFrom(c activity.Client, account, typed string) *factor {
	w.Helper()
	s := w.subject(account, "f-"+account)
	s.Label, s.Client = typed, c
	begun, err := w.Enroll(w.Context(), s)
	w.ok(err)
	s.State = begun.State
	v, err := w.Confirm(w.Context(), mfa.Answer{Subject: s, Response: w.last().code()})
	w.ok(err)
	if !v.OK || v.State == nil {
		w.Fatal("the code was not accepted")
	}
	return &factor{w: w, account: account, state: v.State}
}

func (f *factor) subject() mfa.Subject {
	s := f.w.subject(f.account, "f-"+f.account)
	s.State = f.state
	return s
}

// challenge asks for the number and gives the code sent.
func (f *factor) challenge() (string, sms.Sent) {
	f.w.Helper()
	begun, err := f.w.Challenge(f.w.Context(), f.subject())
	f.w.ok(err)
	f.asked = begun.State
	return f.w.last().code(), begun.Show.(sms.Sent)
}

func (f *factor) verify(response string) bool {
	f.w.Helper()
	v, err := f.w.Verify(f.w.Context(), mfa.Answer{Subject: f.subject(), Challenge: f.asked, Response: response})
	f.w.ok(err)
	return v.OK
}

// phone gives one of many mobile numbers of Korea.
func phone(i int) string { return fmt.Sprintf("010-%04d-%04d", 2000+i/10000, i%10000) }

// manager is a Manager over the world's method.
func (w *world) manager() *mfa.Manager {
	w.Helper()
	m, err := mfa.New(mfa.NewMemoryStore(), mfa.Config{
		Methods: []mfa.Method{w.Method}, AEAD: secrettest.AEAD(), Recorder: nobody{}, Now: func() time.Time { return w.now },
	})
	w.ok(err)
	return m
}

type nobody struct{}

func (nobody) Record(context.Context, activity.Event) error { return nil }

// clean fails if the log holds a number or a code.
func (w *world) clean(secrets ...string) {
	w.Helper()
	if w.logs.Len() == 0 {
		w.Error("nothing was logged")
	}
	for _, s := range secrets {
		if strings.Contains(w.logs.String(), s) {
			w.Errorf("the log holds %q:\n%s", s, w.logs)
		}
	}
}

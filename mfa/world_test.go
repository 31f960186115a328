package mfa_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	otp "github.com/pquerna/otp/totp"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
)

var home = activity.Client{IP: netip.MustParseAddr("192.0.2.10"), UserAgent: "home"}

// world is a Manager with everything around it.
type world struct {
	*testing.T
	*mfa.Manager
	cfg   mfa.Config
	store *mfa.MemoryStore
	clock *clock
	rec   *recorder
	logs  *bytes.Buffer
}

func newWorld(t *testing.T, change ...func(*mfa.Config)) *world {
	t.Helper()
	w := &world{T: t, store: mfa.NewMemoryStore(), rec: &recorder{}, logs: &bytes.Buffer{},
		clock: &clock{now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}}
	app, err := totp.New(totp.Config{Issuer: "Example Shop"})
	w.ok(err)
	w.cfg = mfa.Config{
		Methods: []mfa.Method{app}, AEAD: secrettest.AEAD(), Recorder: w.rec, Now: w.clock.Now,
		Logger: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&w.cfg)
	}
	w.Manager, err = mfa.New(w.store, w.cfg)
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

// app is an enrolled authenticator app.
type app struct {
	w             *world
	id, seed      string
	uri           string
	recoveryCodes []string
}

// at gives the code that the app shows some time from now.
func (a app) at(d time.Duration) string {
	code, err := otp.GenerateCode(a.seed, a.w.clock.now.Add(d))
	if err != nil {
		panic(err)
	}
	return code
}

func (a app) code() string { return a.at(0) }

// wrong gives a code that no step of the window has.
func (a app) wrong() string {
	for _, c := range []string{"000000", "111111", "222222", "333333"} {
		if c != a.at(-30*time.Second) && c != a.code() && c != a.at(30*time.Second) {
			return c
		}
	}
	panic("unreachable")
}

func (w *world) start(account, name string, proof *mfa.Proof) (app, mfa.Enrollment) {
	w.Helper()
	e, err := w.StartEnroll(w.Context(), mfa.StartEnrollRequest{
		Account: account, Method: "totp", Name: name, Label: account + "@customer.example", Proof: proof, Client: home})
	w.ok(err)
	setup := e.Show.(totp.Setup)
	return app{w: w, id: e.FactorID, seed: strings.ReplaceAll(setup.Secret, " ", ""), uri: setup.URI}, e
}

// enroll enrols an app; its code of this moment is spent afterwards.
func (w *world) enroll(account, name string, proof *mfa.Proof) app {
	w.Helper()
	a, _ := w.start(account, name, proof)
	done, err := w.FinishEnroll(w.Context(), account, a.id, a.code(), home)
	w.ok(err)
	a.recoveryCodes = done.RecoveryCodes
	return a
}

func (w *world) challenge(account, purpose string) string {
	w.Helper()
	c, err := w.Challenge(w.Context(), mfa.ChallengeRequest{Account: account, Purpose: purpose, Client: home})
	w.ok(err)
	return c.Token
}

// try answers a fresh sign-in challenge.
func (w *world) try(account, factor, response string) error {
	w.Helper()
	_, err := w.Verify(w.Context(), w.challenge(account, "signin"), "signin", factor, response, home)
	return err
}

// prove gives a fresh proof for managing factors.
func (w *world) prove(account string, a app) mfa.Proof {
	w.Helper()
	w.clock.Add(time.Minute)
	p, err := w.Verify(w.Context(), w.challenge(account, mfa.PurposeManage), mfa.PurposeManage, a.id, a.code(), home)
	w.ok(err)
	return p
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now ticks a microsecond a call, so that events have an order.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// recorder keeps the events, or fails.
type recorder struct {
	mu     sync.Mutex
	events []activity.Event
	err    error
}

func (r *recorder) Record(_ context.Context, e activity.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.events = append(r.events, e)
	}
	return r.err
}

func (r *recorder) last() activity.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.events[len(r.events)-1]
}

// postcard is a shop's own method: it "sends" a word, and cannot be guessed.
type postcard struct {
	sent   map[string]string // by factor
	verify func() error
	step   int64
}

func (*postcard) Info() mfa.Info         { return mfa.Info{Name: "postcard"} }
func (*postcard) Guide(string) mfa.Guide { return mfa.Guide{Title: "Postcard"} }

func (p *postcard) Enroll(_ context.Context, s mfa.Subject) (mfa.Begun, error) {
	return mfa.Begun{State: []byte("address of " + s.Label), Show: "a card is on its way"}, nil
}

func (p *postcard) Confirm(_ context.Context, a mfa.Answer) (mfa.Verdict, error) {
	return mfa.Verdict{OK: a.Response == "arrived", State: append(a.State, " proved"...)}, nil
}

func (p *postcard) Challenge(_ context.Context, s mfa.Subject) (mfa.Begun, error) {
	if !strings.HasSuffix(string(s.State), " proved") {
		return mfa.Begun{}, errors.New("postcard: no address")
	}
	word := "word-" + s.Now.Format("150405.000000")
	p.sent[s.FactorID] = word
	return mfa.Begun{State: []byte(word), Show: "look into your letter box"}, nil
}

func (p *postcard) Verify(_ context.Context, a mfa.Answer) (mfa.Verdict, error) {
	if p.verify != nil {
		if err := p.verify(); err != nil {
			return mfa.Verdict{}, err
		}
	}
	return mfa.Verdict{OK: a.Challenge != nil && string(a.Challenge) == a.Response, Step: p.step}, nil
}

func withPostcard(p *postcard) func(*mfa.Config) {
	p.sent = map[string]string{}
	return func(c *mfa.Config) { c.Methods = append(c.Methods, p) }
}

package accountsec_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
	otp "github.com/pquerna/otp/totp"
)

const (
	goodPassword  = "violet otter mends a kite"
	otherPassword = "nine lanterns over the quiet pier"
)

// world is a shop with a guard, two customers and a mailbox.
type world struct {
	*testing.T
	guard  *accountsec.Guard
	clock  *clock
	mail   *mailbox
	hashes *countingHasher
	logs   *syncBuffer
	people *people
	config accountsec.Config
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}, mail: &mailbox{}, logs: &syncBuffer{}}
	w.people = &people{byID: map[string]accountsec.Account{
		"kim": {ID: "kim", Name: "김민준", Email: "kim@customer.example", Phone: "+82 10-1234-5678", Lang: "ko", TimeZone: "Asia/Seoul"},
		"lee": {ID: "lee", Name: "Lee Seoyeon", Email: "lee@customer.example", Lang: "en"},
	}}
	cheap, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 64, Time: 1, Threads: 1})
	w.ok(err)
	w.hashes = &countingHasher{Hasher: cheap}
	authenticator, err := totp.New(totp.Config{Issuer: "Example Shop"})
	w.ok(err)
	w.config = accountsec.Config{
		Stores: accountsec.NewMemoryStores(), AEAD: secrettest.AEAD(), Secret: bytes.Repeat([]byte{7}, 32),
		Accounts: w.people, Hasher: w.hashes, Methods: []mfa.Method{authenticator, &key{}},
		Sender:    alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
		Notifiers: []alerts.Notifier{w.mail}, Now: w.clock.Now,
		Logger: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	for id := range w.people.byID {
		w.ok(w.signUp(w.people.byID[id], goodPassword, home))
	}
	return w
}

var (
	home   = activity.Client{IP: netip.MustParseAddr("192.0.2.10"), UserAgent: "home"}
	abroad = activity.Client{IP: netip.MustParseAddr("198.51.100.66"), UserAgent: "abroad"}
)

func (w *world) signUp(a accountsec.Account, pw string, c activity.Client) error {
	p, err := w.guard.PreparePassword(w.Context(), a, pw)
	if err != nil {
		return err
	}
	return w.guard.SignUp(w.Context(), p, c)
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

// signIn signs in with the password alone and gives the client with its device.
func (w *world) signIn(account string, c activity.Client) accountsec.SignInResult {
	w.Helper()
	res, err := w.guard.SignIn(w.Context(), w.people.byID[account].Email, goodPassword, c)
	w.ok(err)
	return res
}

// evidence gives the session of c what a first factor needs.
func (w *world) evidence(account string, c activity.Client) string {
	w.Helper()
	text, err := w.guard.StepUpPassword(w.Context(), account, goodPassword, c)
	w.ok(err)
	return text
}

// authenticator enrols an authenticator app and gives what makes its codes.
func (w *world) authenticator(account string) (code func() string, recoveryCodes []string) {
	w.Helper()
	e, err := w.guard.MFA().StartEnroll(w.Context(), mfa.StartEnrollRequest{
		Account: account, Method: "totp", Name: "phone", Label: w.people.byID[account].Email,
		Evidence: w.evidence(account, home), Client: home})
	w.ok(err)
	setup := e.Show.(totp.Setup)
	seed := strings.ReplaceAll(setup.Secret, " ", "")
	code = func() string {
		c, err := otp.GenerateCode(seed, w.clock.Now())
		w.ok(err)
		return c
	}
	done, err := w.guard.MFA().FinishEnroll(w.Context(), account, e.FactorID, code(), home)
	w.ok(err)
	w.clock.Add(time.Minute) // past the code that enrolled
	return code, done.RecoveryCodes
}

// questions sets three answers.
func (w *world) questions(account string) {
	w.Helper()
	w.ok(w.guard.SetAnswers(w.Context(), account, goodPassword, []recovery.Answer{
		{Own: "Which boat carried us to the island?", Answer: "The Silver Heron"},
		{Own: "What did we bury under the plum tree?", Answer: "Biscuit tin of marbles"},
		{Own: "Who taught me to whistle on the bridge?", Answer: "Aunt Halmi Sooni"},
	}, home))
}

var answersTo = map[string]string{
	"Which boat carried us to the island?":    "the silver heron",
	"What did we bury under the plum tree?":   "biscuit tin of marbles",
	"Who taught me to whistle on the bridge?": "aunt halmi sooni",
}

// recoverTo walks a recovery up to the answered questions.
func (w *world) recoverTo(account string, c activity.Client) (ticket string, step accountsec.RecoveryStep) {
	w.Helper()
	ticket, err := w.guard.StartRecovery(w.Context(), w.people.byID[account].Email, c)
	w.ok(err)
	asked, err := w.guard.ProveRecovery(w.Context(), ticket, w.code(), c)
	w.ok(err)
	var answers []string
	for _, q := range asked {
		answers = append(answers, answersTo[q.Own])
	}
	step, err = w.guard.AnswerRecovery(w.Context(), ticket, answers, c)
	w.ok(err)
	return ticket, step
}

// code delivers the mail and reads the newest code.
func (w *world) code() string {
	w.Helper()
	w.deliver()
	w.mail.mu.Lock()
	defer w.mail.mu.Unlock()
	for i := len(w.mail.got) - 1; i >= 0; i-- {
		if w.mail.got[i].Code != "" {
			return w.mail.got[i].Code
		}
	}
	w.Fatal("no code was mailed")
	return ""
}

func (w *world) deliver() {
	w.Helper()
	_, err := w.guard.Deliver(w.Context())
	w.ok(err)
}

// events lists the account's log, oldest first.
func (w *world) events(account string) []activity.Event {
	w.Helper()
	var all []activity.Event
	page := activity.Page{Limit: 100}
	for {
		l, err := w.guard.Log().List(w.Context(), account, account, activity.Filter{}, page)
		w.ok(err)
		all = append(all, l.Events...)
		if l.Next == "" {
			break
		}
		page.After = l.Next
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

func (w *world) types(account string) []activity.Type {
	w.Helper()
	var types []activity.Type
	for _, e := range w.events(account) {
		types = append(types, e.Type)
	}
	return types
}

type people struct {
	byID  map[string]accountsec.Account
	finds atomic.Int64
}

func (p *people) Find(_ context.Context, identifier string) (accountsec.Account, error) {
	p.finds.Add(1)
	for _, a := range p.byID {
		if strings.EqualFold(strings.TrimSpace(identifier), a.Email) {
			return a, nil
		}
	}
	return accountsec.Account{}, accountsec.ErrUnknownAccount
}

func (p *people) Account(_ context.Context, id string) (accountsec.Account, error) {
	a, ok := p.byID[id]
	if !ok {
		return accountsec.Account{}, accountsec.ErrUnknownAccount
	}
	return a, nil
}

type mailbox struct {
	mu  sync.Mutex
	got []alerts.Message
}

func (*mailbox) Channel() string { return "email" }

func (m *mailbox) Notify(_ context.Context, msg alerts.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, msg)
	return nil
}

func (m *mailbox) kinds() (kinds []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.got {
		if msg.Code == "" {
			kinds = append(kinds, string(msg.Alert.Kind))
		}
	}
	return kinds
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

type countingHasher struct {
	password.Hasher
	hashed, verified atomic.Int64
}

func (h *countingHasher) Hash(ctx context.Context, pw string) (string, error) {
	h.hashed.Add(1)
	return h.Hasher.Hash(ctx, pw)
}

func (h *countingHasher) Verify(ctx context.Context, phc, pw string) (bool, bool, error) {
	h.verified.Add(1)
	return h.Hasher.Verify(ctx, phc, pw)
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func netipAdd(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{100, 64, byte(i >> 8), byte(i)})
}

// knownDevice signs the owner in and gives the client that holds the cookie.
func (w *world) knownDevice(account string, c activity.Client) activity.Client {
	w.Helper()
	res := w.signIn(account, c)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(res.Grant.DeviceCookie)
	c.DeviceID = w.guard.Client(r).DeviceID
	return c
}

package storetest_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
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

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/storetest"
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

var home = activity.Client{IP: netip.MustParseAddr("192.0.2.10"), UserAgent: "home"}

// shop is a guard over a real database.
type shop struct {
	*accountsec.Guard
	db    *sql.DB
	mails *mails
	now   atomic.Int64
	logs  lockedBuffer
	seen  string // the link of a waiting recovery

	onRecovered func(ctx context.Context, account string) error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var kim = accountsec.Account{ID: "kim", Name: "김민준", Email: "kim@customer.example", Phone: "+821012345678"}

type customers struct{}

func (customers) Find(_ context.Context, identifier string) (accountsec.Account, error) {
	if identifier == kim.Email {
		return kim, nil
	}
	return accountsec.Account{}, accountsec.ErrUnknownAccount
}

func (customers) Account(_ context.Context, id string) (accountsec.Account, error) {
	if id == kim.ID {
		return kim, nil
	}
	return accountsec.Account{}, accountsec.ErrUnknownAccount
}

type mails struct {
	mu    sync.Mutex
	codes []string
	kinds []string
	link  string

	notMine string
}

func (*mails) Channel() string { return "email" }

func (m *mails) Notify(_ context.Context, msg alerts.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if msg.Code != "" {
		m.codes = append(m.codes, msg.Code)
	} else {
		m.kinds = append(m.kinds, string(msg.Alert.Kind))
		m.link = cmp.Or(string(msg.Alert.Link), m.link)
		m.notMine = cmp.Or(string(msg.Links.NotMine), m.notMine)
	}
	return nil
}

func openShop(t *testing.T, db *sql.DB, dialect string) *shop {
	t.Helper()
	cheap, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 64, Time: 1, Threads: 1})
	ok(t, err)
	return openShopWith(t, db, dialect, cheap)
}

func openShopWith(t testing.TB, db *sql.DB, dialect string, hasher password.Hasher) *shop {
	t.Helper()
	s := &shop{db: db, mails: &mails{}}
	s.now.Store(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
	stores, err := accountsec.NewSQLStores(db, dialect)
	ok(t, err)
	authenticator, err := totp.New(totp.Config{Issuer: "Example Shop"})
	ok(t, err)
	s.Guard, err = accountsec.New(accountsec.Config{
		Stores: stores, AEAD: secrettest.AEAD(), Secret: bytes.Repeat([]byte{7}, 32), Accounts: customers{},
		Hasher: hasher, Methods: []mfa.Method{authenticator}, Notifiers: []alerts.Notifier{s.mails},
		Sender:    alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
		AnswerURL: "https://shop.example/answer",
		Recovery: accountsec.RecoveryConfig{CancelURL: "https://shop.example/cancel", OnRecovered: func(ctx context.Context, account string) error {
			if s.onRecovered == nil {
				return nil
			}
			return s.onRecovered(ctx, account)
		}},
		Now:    func() time.Time { return time.UnixMicro(s.now.Add(1)).UTC() },
		Logger: slog.New(slog.NewTextHandler(&s.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	ok(t, err)
	ok(t, s.Migrate(t.Context()))
	return s
}

func (s *shop) signUp(ctx context.Context, a accountsec.Account, pw string) error {
	p, err := s.PreparePassword(ctx, a, pw)
	if err != nil {
		return err
	}
	return s.SignUp(ctx, p, home)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *shop) evidence(t *testing.T, c activity.Client) string {
	t.Helper()
	text, err := s.StepUpPassword(t.Context(), kim.ID, goodPassword, c)
	ok(t, err)
	return text
}

func (s *shop) code(t *testing.T) string {
	t.Helper()
	_, err := s.Deliver(t.Context())
	ok(t, err)
	s.mails.mu.Lock()
	defer s.mails.mu.Unlock()
	if len(s.mails.codes) == 0 {
		t.Fatal("no code was mailed")
	}
	return s.mails.codes[len(s.mails.codes)-1]
}

var myAnswers = map[string]string{
	"Which boat carried us to the island?":    "The Silver Heron",
	"What did we bury under the plum tree?":   "Biscuit tin of marbles",
	"Who taught me to whistle on the bridge?": "Aunt Halmi Sooni",
}

func (s *shop) setAnswers(t *testing.T) {
	t.Helper()
	var set []recovery.Answer
	for q, a := range myAnswers {
		set = append(set, recovery.Answer{Own: q, Answer: a})
	}
	ok(t, s.SetAnswers(t.Context(), kim.ID, goodPassword, set, home))
}

// live walks through everything that stores something, and returns every
// secret that was seen on the way.
func (s *shop) live(t *testing.T) (secrets []string) {
	t.Helper()
	ctx := t.Context()
	ok(t, s.signUp(ctx, kim, goodPassword))
	_, err := s.SignIn(ctx, kim.Email, goodPassword, home)
	ok(t, err)
	_, err = s.SignIn(ctx, "tiger-in-the-name-field", "x", home)
	if !errors.Is(err, accountsec.ErrSignIn) {
		t.Fatal(err)
	}
	s.setAnswers(t)
	ok(t, s.Alerts().SetPhrase(ctx, kim.ID, "purple-여우-phrase", home))
	secrets = append(secrets, "purple-여우-phrase", "여우-phrase")
	for q, a := range myAnswers {
		secrets = append(secrets, a, strings.ToLower(a), strings.ReplaceAll(strings.ToLower(a), " ", ""), q)
	}

	e, err := s.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: kim.ID, Method: "totp", Name: "phone", Label: kim.Email, Evidence: s.evidence(t, home), Client: home})
	ok(t, err)
	seed := strings.ReplaceAll(e.Show.(totp.Setup).Secret, " ", "")
	code := func() string {
		c, err := otp.GenerateCode(seed, time.UnixMicro(s.now.Load()))
		ok(t, err)
		return c
	}
	done, err := s.MFA().FinishEnroll(ctx, kim.ID, e.FactorID, code(), home)
	ok(t, err)
	s.now.Add(time.Minute.Microseconds())
	res, err := s.SignIn(ctx, kim.Email, goodPassword, home)
	ok(t, err)
	grant, err := s.FinishSignIn(ctx, res.Pending.Token, res.Pending.Factors[0].ID, code(), home)
	ok(t, err)

	ticket, err := s.StartRecovery(ctx, kim.Email, home)
	ok(t, err)
	mailed := s.code(t)
	asked, err := s.ProveRecovery(ctx, ticket, mailed, home)
	ok(t, err)
	var answers []string
	for _, q := range asked {
		answers = append(answers, myAnswers[q.Own])
	}
	step, err := s.AnswerRecovery(ctx, ticket, answers, home)
	ok(t, err)
	spend, err := s.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, mfa.RecoveryCode, done.RecoveryCodes[0], home)
	ok(t, err)
	_, err = s.FinishRecovery(ctx, spend, otherPassword, home)
	ok(t, err)
	secrets = append(secrets, s.waited(t)...)
	secrets = append(secrets, goodPassword, otherPassword, seed, res.Pending.Token, step.Pending.Token, ticket, spend,
		mailed, grant.DeviceCookie.Value, "tiger-in-the-name-field", kim.Email, kim.Phone, strings.TrimPrefix(kim.Phone, "+"))
	for _, c := range done.RecoveryCodes {
		secrets = append(secrets, c, strings.ReplaceAll(c, "-", ""))
	}
	return secrets
}

// waited walks to a recovery that waits in place of the second factor, with an
// address that was replaced, before and after the messages went out; nothing
// ends it. It returns the secrets that were seen.
func (s *shop) waited(t *testing.T) (secrets []string) {
	t.Helper()
	ctx := t.Context()
	ok(t, s.ContactChanged(ctx, kim.ID, "before@customer.example", kim.Email, home))
	ok(t, s.ContactChanged(ctx, kim.ID, "+821099998888", kim.Phone, home))
	for range 2 {
		ticket, err := s.StartRecovery(ctx, kim.Email, home)
		ok(t, err)
		mailed := s.code(t)
		asked, err := s.ProveRecovery(ctx, ticket, mailed, home)
		ok(t, err)
		_, err = s.AnswerRecovery(ctx, ticket, []string{myAnswers[asked[0].Own], myAnswers[asked[1].Own]}, home)
		ok(t, err)
		wait, err := s.DelayRecovery(ctx, ticket, home)
		ok(t, err)
		secrets = append(secrets, ticket, mailed, wait.Token)
		if s.seen == "" { // the first is delivered, the second waits in the outbox
			_, err = s.Deliver(ctx)
			ok(t, err)
			s.seen = s.mails.link
		}
	}
	if s.seen == "" {
		t.Fatal("no link was mailed")
	}
	_, token, _ := strings.Cut(s.seen, "?t=")
	return append(secrets, token, "before@customer.example", "+821099998888", "1099998888")
}

// dump reads every row of every table as text.
func dump(t *testing.T, db *sql.DB, dialect string) string {
	t.Helper()
	list := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if dialect == "postgres" {
		list = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	var b strings.Builder
	for _, table := range column(t, db, list) {
		rows, err := db.Query(`SELECT * FROM ` + table)
		ok(t, err)
		cols, err := rows.Columns()
		ok(t, err)
		cells := make([]any, len(cols))
		for i := range cells {
			cells[i] = new(any)
		}
		for rows.Next() {
			ok(t, rows.Scan(cells...))
			fmt.Fprintf(&b, "\n%s:", table)
			for _, c := range cells {
				if raw, isBytes := (*c.(*any)).([]byte); isBytes {
					fmt.Fprintf(&b, " %s", raw)
					continue
				}
				fmt.Fprintf(&b, " %v", *c.(*any))
			}
		}
		ok(t, rows.Err())
		ok(t, rows.Close())
	}
	return b.String()
}

func column(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.Query(query)
	ok(t, err)
	defer rows.Close() //nolint:errcheck
	for rows.Next() {
		var s string
		ok(t, rows.Scan(&s))
		out = append(out, s)
	}
	ok(t, rows.Err())
	return out
}

// Pitfall 13: the whole database, searched for every secret that was seen.
func TestPitfall13DumpHoldsNoSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		secrets := s.live(t)
		text := dump(t, s.db, d.Name)
		if !strings.Contains(text, "signin.succeeded") {
			t.Fatal("the dump does not even hold the log")
		}
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("the database holds %q in clear", secret)
			}
			if strings.Contains(s.logs.String(), secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
	})
}

// Erasure leaves no row that names the account.
func TestDeleteAccountLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		s.live(t)
		if !strings.Contains(dump(t, s.db, d.Name), " kim ") {
			t.Fatal("the dump does not hold the account to begin with")
		}
		ok(t, s.DeleteAccount(t.Context(), kim.ID))
		for line := range strings.Lines(dump(t, s.db, d.Name)) {
			if slices.Contains(strings.Fields(line), kim.ID) {
				t.Errorf("left behind: %s", line)
			}
		}
	})
}

// WithTx: the shop's row, the password, the event and the queued alert commit
// together or not at all.
func TestWithTx(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ctx := t.Context()
		_, err := s.db.Exec(`CREATE TABLE customers (id TEXT PRIMARY KEY)`)
		ok(t, err)
		signUp := func(commit bool) {
			tx, err := s.db.BeginTx(ctx, nil)
			ok(t, err)
			_, err = tx.Exec(`INSERT INTO customers VALUES ('kim')`)
			ok(t, err)
			ok(t, s.signUp(accountsec.WithTx(ctx, tx), kim, goodPassword))
			if commit {
				ok(t, tx.Commit())
				return
			}
			ok(t, tx.Rollback())
		}
		signUp(false)
		if text := dump(t, s.db, d.Name); strings.Contains(text, "kim") {
			t.Fatalf("a rolled-back sign-up left rows:%s", text)
		}
		if _, err := s.SignIn(ctx, kim.Email, goodPassword, home); !errors.Is(err, accountsec.ErrSignIn) {
			t.Fatalf("got %v", err)
		}
		signUp(true)
		if _, err := s.SignIn(ctx, kim.Email, goodPassword, home); err != nil {
			t.Fatal(err)
		}
	})
}

// Pitfall 2: a guess inside the shop's own transaction is counted for good, or
// refused; its rollback gives nothing back.
func TestPitfall02GuessInsideATransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ctx := t.Context()
		ok(t, s.signUp(ctx, kim, goodPassword))
		var throttled *accountsec.ThrottledError
		for range 60 {
			tx, err := s.db.BeginTx(ctx, nil)
			ok(t, err)
			_, err = s.SignIn(accountsec.WithTx(ctx, tx), kim.Email, "guess", home)
			ok(t, tx.Rollback())
			if d.Name == "sqlite" {
				if !errors.Is(err, accountsec.ErrInTx) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if errors.As(err, &throttled) {
				return
			}
		}
		t.Error("sixty rolled-back guesses were free")
	})
}

// Pitfall 3: of 64 callers with one good second factor, one is granted.
func TestPitfall03OneGrant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ctx := t.Context()
		ok(t, s.signUp(ctx, kim, goodPassword))
		e, err := s.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: kim.ID, Method: "totp", Name: "phone", Label: kim.Email, Evidence: s.evidence(t, home), Client: home})
		ok(t, err)
		seed := strings.ReplaceAll(e.Show.(totp.Setup).Secret, " ", "")
		code, err := otp.GenerateCode(seed, time.UnixMicro(s.now.Load()))
		ok(t, err)
		_, err = s.MFA().FinishEnroll(ctx, kim.ID, e.FactorID, code, home)
		ok(t, err)
		s.now.Add(time.Minute.Microseconds())
		res, err := s.SignIn(ctx, kim.Email, goodPassword, home)
		ok(t, err)
		code, err = otp.GenerateCode(seed, time.UnixMicro(s.now.Load()))
		ok(t, err)
		granted := racing.Wins(t, func(int) (bool, error) {
			_, err := s.FinishSignIn(ctx, res.Pending.Token, res.Pending.Factors[0].ID, code, home)
			return err == nil, nil
		})
		if granted != 1 {
			t.Errorf("%d of 64 callers were granted, want 1", granted)
		}
	})
}

// A database that goes away in the middle is a clear error, never a grant.
func TestDatabaseGoesAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ctx := t.Context()
		ok(t, s.signUp(ctx, kim, goodPassword))
		ok(t, s.db.Close())
		calls := map[string]func() error{
			"SignIn":        func() error { _, err := s.SignIn(ctx, kim.Email, goodPassword, home); return err },
			"unknown":       func() error { _, err := s.SignIn(ctx, "nobody", goodPassword, home); return err },
			"StartRecovery": func() error { _, err := s.StartRecovery(ctx, kim.Email, home); return err },
			"ChangePassword": func() error {
				_, err := s.ChangePassword(ctx, kim.ID, goodPassword, otherPassword, home)
				return err
			},
			"List": func() error {
				_, err := s.Log().List(ctx, kim.ID, kim.ID, activity.Filter{}, activity.Page{})
				return err
			},
			"Deliver": func() error { _, err := s.Deliver(ctx); return err },
		}
		for name, call := range calls {
			if err := call(); err == nil || errors.Is(err, accountsec.ErrSignIn) {
				t.Errorf("%s without a database gives %v", name, err)
			}
		}
	})
}

package storetest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/mfa/sms/smstest"
)

func openSMS(t *testing.T, d storetest.Dialect) (*sql.DB, *sms.SQLStore) {
	t.Helper()
	return storetest.Migrated(t, d, sms.NewSQLStore)
}

func TestSMSStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		smstest.TestStore(t, func(t *testing.T) sms.Store {
			_, s := openSMS(t, d)
			return s
		})
	})
}

func TestSMSMigrateAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) { storetest.MigrateAtOnce(t, d, sms.NewSQLStore) })
}

// Pitfalls 2 and 11: what a message took does not come back with the rollback
// of a transaction around it; on SQLite it is refused there.
func TestSMSPitfall11RollbackRefillsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openSMS(t, d)
		one := []sms.Quota{{Name: "a", Cost: 1, Limit: 1, Window: time.Hour}}
		tx, err := raw.BeginTx(t.Context(), nil)
		mfaOK(t, err)
		ctx := sqldb.WithTx(t.Context(), tx)
		_, err = s.Spend(ctx, one, smstest.T0)
		_, errReturn := s.Return(ctx, sms.Quota{Name: "r", Cost: 1, Limit: 1, Window: time.Hour}, nil, smstest.T0)
		mfaOK(t, tx.Rollback())
		if d.Name == "sqlite" {
			if !errors.Is(err, sqldb.ErrInTx) || !errors.Is(errReturn, sqldb.ErrInTx) {
				t.Errorf("got %v and %v, want ErrInTx", err, errReturn)
			}
			return
		}
		mfaOK(t, err)
		mfaOK(t, errReturn)
		r, err := s.Spend(t.Context(), one, smstest.T0)
		mfaOK(t, err)
		if r.Name != "a" {
			t.Error("the rollback refilled the quota")
		}
	})
}

// An erasure that is rolled back erased nothing.
func TestSMSDeleteJoinsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openSMS(t, d)
		kim := []sms.Quota{{Name: "a", Account: "kim", Cost: 1, Limit: 1, Window: time.Hour}}
		_, err := s.Spend(t.Context(), kim, smstest.T0)
		mfaOK(t, err)
		for _, c := range []struct {
			end  func(*sql.Tx) error
			want int
		}{{(*sql.Tx).Rollback, 1}, {(*sql.Tx).Commit, 0}} {
			tx, err := raw.BeginTx(t.Context(), nil)
			mfaOK(t, err)
			mfaOK(t, s.DeleteAccount(sqldb.WithTx(t.Context(), tx), "kim"))
			mfaOK(t, c.end(tx))
			if list, err := s.Levels(t.Context(), []string{"a"}, smstest.T0); err != nil || len(list) != c.want {
				t.Errorf("%d rows, want %d: %v", len(list), c.want, err)
			}
		}
	})
}

// smsPhone is the provider's end.
type smsPhone struct {
	mu    sync.Mutex
	texts []string
}

func (p *smsPhone) SendSMS(_ context.Context, _, text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.texts = append(p.texts, text)
	return nil
}

func newSMS(t testing.TB, s sms.Store, p *smsPhone, now func() time.Time, l sms.Limits) *sms.Method {
	t.Helper()
	m, err := sms.New(s, sms.Config{Sender: p, Key: bytes.Repeat([]byte("k"), 32), Brand: "예시샵", Domain: "shop.example", Region: "KR", Limits: l, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// code is that of the last message.
func (p *smsPhone) code(t *testing.T, m *sms.Method) string {
	t.Helper()
	mfaOK(t, m.Wait(t.Context()))
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.texts[len(p.texts)-1][:sms.Digits]
}

// Pitfall 13: after an enrolment and a sign-in, no table holds the number, the
// address's network or a code; neither in clear nor under a hash without a key.
func TestSMSPitfall13Dump(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, store := openSMS(t, d)
		factors, err := mfa.NewSQLStore(raw, d.Name)
		mfaOK(t, err)
		mfaOK(t, factors.Migrate(t.Context()))
		now := func() time.Time { return smstest.T0 }
		p, ctx, client := &smsPhone{}, t.Context(), activity.Client{IP: netip.MustParseAddr("192.0.2.77")}
		method := newSMS(t, store, p, now, sms.Limits{})
		m, err := mfa.New(factors, mfa.Config{Methods: []mfa.Method{method}, AEAD: secrettest.AEAD(), Recorder: &mfaRecorder{}, Now: now})
		mfaOK(t, err)
		e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "sms", Name: "phone", Label: "010-1234-5678", Client: client})
		mfaOK(t, err)
		first := p.code(t, method)
		_, err = m.FinishEnroll(ctx, "kim", e.FactorID, first, client)
		mfaOK(t, err)
		c, err := m.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: client})
		mfaOK(t, err)
		_, err = m.Prepare(ctx, c.Token, "signin", e.FactorID, client)
		mfaOK(t, err)
		second := p.code(t, method)
		dump := smsDump(t, raw, "mfa_sms_quotas", "mfa_factors", "mfa_challenges", "mfa_attempts")
		if !strings.Contains(dump, e.FactorID) || !strings.Contains(dump, "unverified|enrol|KR|h") {
			t.Fatal("the dump is not one")
		}
		secrets := []string{first, second, "5678", "1012345678"}
		for _, plain := range []string{"+821012345678", "821012345678", "01012345678", "192.0.2.77/32", "192.0.2.77", "192.0.2.0/24", first, second} {
			sum := sha256.Sum256([]byte(plain))
			secrets = append(secrets, string(sum[:]), hex.EncodeToString(sum[:])[:32], base64.RawURLEncoding.EncodeToString(sum[:16]))
		}
		for _, secret := range secrets {
			if strings.Contains(dump, secret) {
				t.Errorf("stored: %q", secret)
			}
		}
		if strings.Contains(smsDump(t, raw, "mfa_sms_quotas"), "192.0.2") {
			t.Error("the budgets hold an address")
		}
		_, err = m.Verify(ctx, c.Token, "signin", e.FactorID, second, client)
		mfaOK(t, err)
		mfaOK(t, method.DeleteAccount(ctx, "kim"))
		if strings.Contains(smsDump(t, raw, "mfa_sms_quotas"), "kim") {
			t.Error("the account is not deleted")
		}
	})
}

func smsDump(t *testing.T, raw *sql.DB, tables ...string) string {
	t.Helper()
	var dump strings.Builder
	for _, table := range tables {
		rows, err := raw.QueryContext(t.Context(), `SELECT * FROM `+table)
		mfaOK(t, err)
		cols, err := rows.Columns()
		mfaOK(t, err)
		cells := make([]any, len(cols))
		for i := range cells {
			cells[i] = new(any)
		}
		for rows.Next() {
			mfaOK(t, rows.Scan(cells...))
			for _, c := range cells {
				if n, ok := (*c.(*any)).(int64); ok { // a time may look like a code
					fmt.Fprintf(&dump, "<%d>", n%1000)
					continue
				}
				fmt.Fprintf(&dump, "%s ", *c.(*any))
			}
		}
		mfaOK(t, rows.Err())
		rows.Close() //nolint:errcheck
	}
	return dump.String()
}

// Pitfall 3: 64 strangers at once, of two instances, ask for messages to one
// number, and it gets five.
func TestSMSPitfall03LastMessages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, store := openSMS(t, d)
		p := &smsPhone{}
		now := func() time.Time { return smstest.T0 }
		instances := []*sms.Method{newSMS(t, store, p, now, sms.Limits{}), newSMS(t, store, p, now, sms.Limits{})}
		racing.Go(func(i int) {
			_, err := instances[i%2].Enroll(t.Context(), mfa.Subject{
				Account: fmt.Sprint("u", i), FactorID: "f", Label: "010-1234-5678", Now: smstest.T0,
				Client: activity.Client{IP: netip.AddrFrom4([4]byte{10, byte(i), 0, 1})},
			})
			if limit := new(*sms.LimitError); err != nil && !errors.As(err, limit) {
				t.Error(err)
			}
		})
		for _, m := range instances {
			mfaOK(t, m.Wait(t.Context()))
		}
		if len(p.texts) != 5 {
			t.Errorf("%d messages, want 5", len(p.texts))
		}
	})
}

// The method adds one statement to a challenge and two to its verification.
func TestSMSStatements(t *testing.T) {
	schema := storetest.OpenPostgres(t)
	var path string
	mfaOK(t, schema.QueryRow(`SELECT current_setting('search_path')`).Scan(&path))
	cfg, err := pgx.ParseConfig(storetest.PostgresDSN() + " search_path=" + path)
	mfaOK(t, err)
	tr := &tracer{}
	cfg.Tracer, cfg.DefaultQueryExecMode = tr, pgx.QueryExecModeExec
	db := sql.OpenDB(stdlib.GetConnector(*cfg))
	t.Cleanup(func() { db.Close() }) //nolint:errcheck
	store, err := sms.NewSQLStore(db, "postgres")
	mfaOK(t, err)
	mfaOK(t, store.Migrate(t.Context()))
	p := &smsPhone{}
	m := newSMS(t, store, p, nil, sms.Limits{})
	s := mfa.Subject{Account: "kim", FactorID: "f", State: []byte(`{"number":"+821012345678"}`), Now: smstest.T0}
	tr.take()
	begun, err := m.Challenge(t.Context(), s)
	mfaOK(t, err)
	count := func() (n int) {
		for _, q := range tr.take() {
			if strings.HasPrefix(strings.TrimSpace(q), "INSERT") || strings.HasPrefix(q, "SELECT") || strings.HasPrefix(q, "UPDATE") {
				n++
			}
		}
		return n
	}
	code := p.code(t, m)
	if n := count(); n != 1 {
		t.Errorf("%d statements for a challenge, want 1", n)
	}
	v, err := m.Verify(t.Context(), mfa.Answer{Subject: s, Challenge: begun.State, Response: code})
	if n := count(); err != nil || !v.OK || n != 2 {
		t.Errorf("%d statements for its verification, want 2: %v, %v", n, v, err)
	}
}

func BenchmarkSMSChallenge(b *testing.B) {
	for _, d := range storetest.Dialects() {
		b.Run(d.Name, func(b *testing.B) {
			db := d.Open(b)
			store, err := sms.NewSQLStore(db, d.Name)
			if err != nil {
				b.Fatal(err)
			}
			if err := store.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			big := sms.Rate{Hour: 1 << 30, Day: 1 << 30}
			m := newSMS(b, store, &smsPhone{}, nil, sms.Limits{Resend: time.Microsecond, Account: big, Number: big, Network: big, WideNetwork: big, Country: big, Unverified: big})
			s := mfa.Subject{Account: "kim", FactorID: "f", State: []byte(`{"number":"+821012345678"}`), Now: smstest.T0}
			for b.Loop() {
				s.Now = s.Now.Add(24 * time.Hour)
				if _, err := m.Challenge(b.Context(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package storetest_test

import (
	"context"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	otptotp "github.com/pquerna/otp/totp"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfatest"
	"example.com/accountsec/mfa/totp"
)

func openMFA(t *testing.T, d storetest.Dialect) (*sql.DB, *mfa.SQLStore) {
	t.Helper()
	return storetest.Migrated(t, d, mfa.NewSQLStore)
}

func TestMFAStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		open := func(t *testing.T) mfa.Store {
			_, s := openMFA(t, d)
			return s
		}
		mfatest.TestStore(t, open)
		t.Run("transactions", func(t *testing.T) { mfatest.TestTransactions(t, open) })
	})
}

// mfaManager is a Manager over a database, with the activity log beside it.
type mfaManager struct {
	*mfa.Manager
	raw *sql.DB
	now time.Time
}

func newMFAManager(t *testing.T, d storetest.Dialect) *mfaManager {
	t.Helper()
	raw, s := openMFA(t, d)
	events, err := activity.NewSQLStore(raw, d.Name)
	mfaOK(t, err)
	mfaOK(t, events.Migrate(t.Context()))
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	log, err := activity.New(events, activity.Config{CursorKey: make([]byte, 32), Now: func() time.Time { return now }})
	mfaOK(t, err)
	return newMFAManagerOn(t, raw, s, log)
}

func newMFAManagerOn(t *testing.T, raw *sql.DB, s mfa.Store, log activity.Recorder) *mfaManager {
	t.Helper()
	m := &mfaManager{raw: raw, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	app, err := totp.New(totp.Config{Issuer: "Example Shop"})
	mfaOK(t, err)
	m.Manager, err = mfa.New(s, mfa.Config{Methods: []mfa.Method{app}, AEAD: secrettest.AEAD(), Recorder: log, Now: func() time.Time { return m.now }})
	mfaOK(t, err)
	return m
}

func mfaOK(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func seedOf(e mfa.Enrollment) string { return strings.ReplaceAll(e.Show.(totp.Setup).Secret, " ", "") }

// enroll gives an account an app; its code of this minute is spent.
func (m *mfaManager) enroll(t *testing.T, account string) (factor string, seed string, codes []string) {
	t.Helper()
	e, err := m.StartEnroll(t.Context(), mfa.StartEnrollRequest{Account: account, Method: "totp", Name: "phone"})
	mfaOK(t, err)
	seed = seedOf(e)
	done, err := m.FinishEnroll(t.Context(), account, e.FactorID, m.code(t, seed), activity.Client{})
	mfaOK(t, err)
	m.now = m.now.Add(time.Minute)
	return e.FactorID, seed, done.RecoveryCodes
}

func (m *mfaManager) code(t *testing.T, seed string) string {
	t.Helper()
	code, err := otptotp.GenerateCode(seed, m.now)
	mfaOK(t, err)
	return code
}

func (m *mfaManager) challenge(t *testing.T, account, purpose string) string {
	t.Helper()
	c, err := m.Challenge(t.Context(), mfa.ChallengeRequest{Account: account, Purpose: purpose, Binding: "v1"})
	mfaOK(t, err)
	return c.Token
}

// Pitfall 13: the tables hold neither seed nor code nor token.
func TestMFAPitfall13Dump(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		m := newMFAManager(t, d)
		id, seed, codes := m.enroll(t, "kim")
		token := m.challenge(t, "kim", "signin")
		proof, err := m.Verify(t.Context(), token, "signin", id, m.code(t, seed), activity.Client{})
		mfaOK(t, err)
		device, trusted, err := m.TrustDevice(t.Context(), proof, "laptop", activity.Client{})
		mfaOK(t, err)
		deviceSecret := strings.TrimPrefix(string(device), trusted.ID+".")
		token2 := m.challenge(t, "kim", "signin")
		_, err = m.Verify(t.Context(), token2, "signin", mfa.RecoveryCode, codes[0], activity.Client{})
		mfaOK(t, err)
		open := m.challenge(t, "kim", "signin")
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
		mfaOK(t, err)
		var dump strings.Builder
		for _, table := range []string{"mfa_accounts", "mfa_factors", "mfa_challenges", "mfa_lanes", "mfa_spent", "mfa_codes", "mfa_devices", "mfa_enabled", "mfa_attempts", "activity_events"} {
			rows, err := m.raw.QueryContext(t.Context(), `SELECT * FROM `+table)
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
					fmt.Fprintf(&dump, "%s ", *c.(*any))
				}
			}
			mfaOK(t, rows.Err())
			rows.Close() //nolint:errcheck
		}
		if !strings.Contains(dump.String(), id) || !strings.Contains(dump.String(), "mfa.code_used") || !strings.Contains(dump.String(), trusted.ID) {
			t.Fatal("the dump is not one")
		}
		for _, secret := range append(codes, seed, string(raw), token, token2, open, deviceSecret) {
			for _, form := range []string{secret, strings.ReplaceAll(secret, "-", ""), strings.ToLower(secret), hex.EncodeToString([]byte(secret))} {
				if strings.Contains(dump.String(), form) {
					t.Errorf("stored in clear: %s", form)
				}
			}
		}
	})
}

// Pitfall 13: a seed that was copied to another row does not open there, and a
// recovery code's hash that was moved to another account matches nothing.
func TestMFAPitfall13SwappedRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		m := newMFAManager(t, d)
		kim, _, _ := m.enroll(t, "kim")
		_, eve, codes := m.enroll(t, "eve")
		if _, err := m.raw.ExecContext(t.Context(), `UPDATE mfa_factors SET sealed = (SELECT sealed FROM mfa_factors WHERE account = 'eve') WHERE account = 'kim'`); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Verify(t.Context(), m.challenge(t, "kim", "signin"), "signin", kim, m.code(t, eve), activity.Client{}); !errors.Is(err, mfa.ErrSealed) {
			t.Errorf("got %v, want ErrSealed", err)
		}
		if _, err := m.raw.ExecContext(t.Context(), `UPDATE mfa_codes SET account = 'kim' WHERE account = 'eve'`); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Verify(t.Context(), m.challenge(t, "kim", "signin"), "signin", mfa.RecoveryCode, codes[0], activity.Client{}); !errors.Is(err, mfa.ErrWrongCode) {
			t.Errorf("a recovery code works in another account: %v", err)
		}
	})
}

// Pitfalls 1 and 2: what a verification counts and spends does not come back
// with the rollback of a transaction around it; on SQLite it is refused there.
func TestMFAPitfall02RollbackRefillsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		m := newMFAManager(t, d)
		id, seed, codes := m.enroll(t, "kim")
		inTx := func(token, factor, response string) error {
			tx, err := m.raw.BeginTx(t.Context(), nil)
			mfaOK(t, err)
			_, err = m.Verify(sqldb.WithTx(t.Context(), tx), token, "signin", factor, response, activity.Client{})
			mfaOK(t, tx.Rollback())
			return err
		}
		token := m.challenge(t, "kim", "signin")
		if d.Name == "sqlite" {
			if err := inTx(token, id, m.code(t, seed)); !errors.Is(err, sqldb.ErrInTx) {
				t.Errorf("got %v, want ErrInTx", err)
			}
			return
		}
		mfaOK(t, inTx(token, id, m.code(t, seed)))
		if err := inTx(m.challenge(t, "kim", "signin"), id, m.code(t, seed)); !errors.Is(err, mfa.ErrWrongCode) {
			t.Errorf("the code was good again after a rollback: %v", err)
		}
		mfaOK(t, inTx(m.challenge(t, "kim", "signin"), mfa.RecoveryCode, codes[0]))
		if err := inTx(m.challenge(t, "kim", "signin"), mfa.RecoveryCode, codes[0]); !errors.Is(err, mfa.ErrWrongCode) {
			t.Errorf("the recovery code was good again after a rollback: %v", err)
		}
		m.now = m.now.Add(time.Hour)
		var throttled *mfa.ThrottledError
		for i := range 10 {
			if err := inTx(m.challenge(t, "kim", "signin"), id, "1"); errors.As(err, &throttled) {
				t.Logf("closed after %d guesses", i)
				return
			}
		}
		t.Error("ten guesses, each rolled back, were never slowed down")
	})
}

// Pitfall 3: one of 64 callers with one code, over a real database.
func TestMFAPitfall03OneSuccess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		m := newMFAManager(t, d)
		id, seed, codes := m.enroll(t, "kim")
		for name, c := range map[string][2]string{"app": {id, m.code(t, seed)}, "recovery code": {mfa.RecoveryCode, codes[0]}} {
			tokens := make([]string, racing.Racers)
			for i := range tokens {
				tokens[i] = m.challenge(t, "kim", fmt.Sprint("p", i))
			}
			wins := racing.Wins(t, func(i int) (bool, error) {
				_, err := m.Verify(t.Context(), tokens[i], fmt.Sprint("p", i), c[0], c[1], activity.Client{})
				return err == nil, nil
			})
			if wins != 1 {
				t.Errorf("%s: %d of 64 succeeded, want 1", name, wins)
			}
		}
	})
}

// A change that cannot be recorded, or whose reward fails, is undone whole.
func TestMFAChangesAreAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openMFA(t, d)
		app, err := totp.New(totp.Config{Issuer: "Example Shop"})
		mfaOK(t, err)
		log, now, broken := &mfaRecorder{}, time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), errors.New("broken")
		var reward error
		m := &mfaManager{raw: raw, now: now}
		m.Manager, err = mfa.New(s, mfa.Config{Methods: []mfa.Method{app}, AEAD: secrettest.AEAD(), Recorder: log,
			Now: func() time.Time { return m.now }, OnEnabled: func(context.Context, string, string) error { return reward }})
		mfaOK(t, err)
		ctx := t.Context()
		e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "phone"})
		mfaOK(t, err)
		seed := seedOf(e)
		finish := func() ([]string, error) {
			done, err := m.FinishEnroll(ctx, "kim", e.FactorID, m.code(t, seed), activity.Client{})
			return done.RecoveryCodes, err
		}
		for _, fail := range []*error{&log.err, &reward} {
			*fail = broken
			_, err := finish()
			left, errLeft := m.RecoveryCodesLeft(ctx, "kim")
			on, errOn := m.Enabled(ctx, "kim")
			if !errors.Is(err, broken) || on || left != 0 || errLeft != nil || errOn != nil {
				t.Errorf("enrolment: %v, enabled %v, %d codes", err, on, left)
			}
			*fail = nil
		}
		codes, err := finish() // the code was not spent by what was undone
		mfaOK(t, err)
		log.err = broken
		if _, err := m.Verify(ctx, m.challenge(t, "kim", "signin"), "signin", mfa.RecoveryCode, codes[0], activity.Client{}); !errors.Is(err, broken) {
			t.Errorf("recovery code: %v", err)
		}
		log.err = nil
		_, err = m.Verify(ctx, m.challenge(t, "kim", "signin"), "signin", mfa.RecoveryCode, codes[0], activity.Client{})
		mfaOK(t, err)
	})
}

type mfaRecorder struct{ err error }

func (f *mfaRecorder) Record(context.Context, activity.Event) error { return f.err }

// A closed database is a clear error everywhere, without a secret in it.
func TestMFAClosedDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		m := newMFAManager(t, d)
		id, seed, codes := m.enroll(t, "kim")
		token, code := m.challenge(t, "kim", "signin"), m.code(t, seed)
		mfaOK(t, m.raw.Close())
		ctx := t.Context()
		_, errStart := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "lee", Method: "totp", Name: "x"})
		_, errFinish := m.FinishEnroll(ctx, "kim", id, code, activity.Client{})
		_, errChallenge := m.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin"})
		_, errPeek := m.Peek(ctx, token, "signin")
		_, errVerify := m.Verify(ctx, token, "signin", id, code, activity.Client{})
		_, errRecovery := m.Verify(ctx, token, "signin", mfa.RecoveryCode, codes[0], activity.Client{})
		_, errEnabled := m.Enabled(ctx, "kim")
		_, errReseal := m.Reseal(ctx)
		_, errPurge := m.Purge(ctx)
		for name, err := range map[string]error{
			"StartEnroll": errStart, "FinishEnroll": errFinish, "Challenge": errChallenge, "Peek": errPeek, "Verify": errVerify,
			"recovery code": errRecovery, "Enabled": errEnabled, "Reseal": errReseal, "Purge": errPurge, "DeleteAccount": m.DeleteAccount(ctx, "kim"),
		} {
			if err == nil || errors.Is(err, mfa.ErrWrongCode) || errors.Is(err, mfa.ErrNoChallenge) || errors.Is(err, mfa.ErrNoFactor) {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, secret := range []string{code, seed, token, codes[0]} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: the error holds a secret: %v", name, err)
				}
			}
		}
	})
}

// Nothing that is done to an account keeps its name in the table that is locked,
// so that what ends after an erasure leaves it in none.
func TestMFALockLeavesNoName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		m := newMFAManager(t, d)
		m.enroll(t, "kim")
		mfaOK(t, m.DeleteAccount(t.Context(), "kim"))
		mfaOK(t, m.CancelPending(t.Context(), "kim"))
		mfaOK(t, m.RemoveLost(t.Context(), "kim", activity.Client{}))
		var n int
		mfaOK(t, m.raw.QueryRowContext(t.Context(), `SELECT count(*) FROM mfa_accounts`).Scan(&n))
		if n != 0 {
			t.Errorf("%d names are left", n)
		}
	})
}

package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/password"
	"example.com/accountsec/password/passwordtest"
)

func openPassword(t *testing.T, d storetest.Dialect) (*sql.DB, *password.SQLStore) {
	t.Helper()
	return storetest.Migrated(t, d, password.NewSQLStore)
}

type passwordEvents struct {
	mu    sync.Mutex
	types []string
	fail  error
}

func (r *passwordEvents) Record(_ context.Context, e activity.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.types = append(r.types, string(e.Type))
	return r.fail
}

func newPasswords(t *testing.T, s password.Store, r activity.Recorder) *password.Manager {
	t.Helper()
	cheap, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 64, Time: 1, MaxWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	m, err := password.New(s, password.Config{Hasher: cheap, Recorder: r, Now: func() time.Time { return passwordtest.T0 }})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	firstPassword  = "violet otter mends a kite"
	secondPassword = "nine lanterns over the quiet pier"
)

func TestPasswordStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		open := func(t *testing.T) password.Store {
			_, s := openPassword(t, d)
			return s
		}
		passwordtest.TestStore(t, open)
		t.Run("transactions", func(t *testing.T) { passwordtest.TestTransactions(t, open) })
	})
}

// Pitfall 3: of 64 changes at once one wins, is recorded, and its password is
// the one that holds.
func TestPitfall03ConcurrentPasswordChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, s := openPassword(t, d)
		events := &passwordEvents{}
		m := newPasswords(t, s, events)
		ctx := t.Context()
		if err := m.Set(ctx, "kim", firstPassword, password.Person{}, activity.Client{}); err != nil {
			t.Fatal(err)
		}
		prepared := make([]password.Prepared, racing.Racers)
		for i := range prepared {
			var err error
			if prepared[i], err = m.Prepare(ctx, "kim", fmt.Sprint(secondPassword, " ", i), password.Person{}); err != nil {
				t.Fatal(err)
			}
		}
		var winner atomic.Int64
		winners := racing.Wins(t, func(i int) (bool, error) {
			err := m.Commit(ctx, prepared[i], activity.Client{})
			if errors.Is(err, password.ErrChanged) {
				return false, nil
			}
			if err == nil {
				winner.Store(int64(i))
			}
			return err == nil, err
		})
		if winners != 1 {
			t.Fatalf("%d changes won", winners)
		}
		if v, err := m.Verify(ctx, "kim", fmt.Sprint(secondPassword, " ", winner.Load()), activity.Client{}, false); err != nil || v.Version != 2 {
			t.Errorf("%+v, %v", v, err)
		}
		if len(events.types) < 2 {
			t.Errorf("events %v", events.types)
		}
	})
}

// A change and its event are one: if the event cannot be written, the old
// password stays.
func TestPasswordAndEventAreOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, s := openPassword(t, d)
		events := &passwordEvents{}
		m := newPasswords(t, s, events)
		ctx := t.Context()
		if err := m.Set(ctx, "kim", firstPassword, password.Person{}, activity.Client{}); err != nil {
			t.Fatal(err)
		}
		events.fail = errors.New("the log is full")
		if err := m.Change(ctx, "kim", firstPassword, secondPassword, password.Person{}, activity.Client{}, false); !errors.Is(err, events.fail) {
			t.Fatal(err)
		}
		if v, err := m.Verify(ctx, "kim", firstPassword, activity.Client{}, false); err != nil || v.Version != 1 {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

// Pitfall 2: a guess inside a transaction that is rolled back stays counted,
// or is refused where it cannot be.
func TestPitfall02PasswordGuessesSurviveRollback(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openPassword(t, d)
		m := newPasswords(t, s, &passwordEvents{})
		if err := m.Set(t.Context(), "kim", firstPassword, password.Person{}, activity.Client{}); err != nil {
			t.Fatal(err)
		}
		judged := 0
		for range 20 {
			tx, err := raw.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = m.Verify(sqldb.WithTx(t.Context(), tx), "kim", "a guess", activity.Client{}, false)
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			var throttled *password.ThrottledError
			switch {
			case errors.Is(err, password.ErrMismatch):
				judged++
			case !errors.As(err, &throttled) && !errors.Is(err, sqldb.ErrInTx):
				t.Fatal(err)
			}
		}
		if want := map[string]int{"sqlite": 0, "postgres": 10}[d.Name]; judged != want {
			t.Errorf("%d guesses were judged, want %d", judged, want)
		}
	})
}

// Pitfall 13: what is stored holds no password, in no column of no table.
func TestPitfall13PasswordsAreNotStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openPassword(t, d)
		m := newPasswords(t, s, &passwordEvents{})
		ctx := t.Context()
		who := password.Person{Name: "Aurelia Finch", Email: "aurelia@finch.example", Phone: "010-9876-5432"}
		c := activity.Client{DeviceID: "device-cookie-value"}
		if err := m.Set(ctx, "kim", firstPassword, who, c); err != nil {
			t.Fatal(err)
		}
		if err := m.Change(ctx, "kim", firstPassword, secondPassword, who, c, true); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Verify(ctx, "kim", "zebra guess", c, true); !errors.Is(err, password.ErrMismatch) {
			t.Fatal(err)
		}
		dump := ""
		for _, table := range []string{"password_hashes", "password_history", "password_attempts"} {
			text, rows := dumpTable(t, raw, table)
			if rows == 0 {
				t.Errorf("%s is empty", table)
			}
			dump += text
		}
		for _, secret := range []string{"violet", "otter", "lanterns", "pier", "zebra", "Aurelia", "aurelia", "finch", "9876", "device-cookie-value"} {
			if strings.Contains(dump, secret) {
				t.Errorf("%q is stored:\n%s", secret, dump)
			}
		}
		if n := strings.Count(dump, "$argon2id$"); n != 2 {
			t.Errorf("%d hashes, want the current and the former:\n%s", n, dump)
		}
	})
}

// Pitfall 13: with a pepper no hash is in the clear in any row, former ones and
// those of before included, and what Reseal has sealed opens under the new key.
func TestPitfall13PepperedPasswordsAreSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openPassword(t, d)
		ctx := t.Context()
		m := newPasswords(t, s, &passwordEvents{})
		for i := range 40 { // with the former ones more than a batch
			account := fmt.Sprintf("kim%02d", i)
			for _, pw := range []string{firstPassword, secondPassword, "copper gulls argue at dawn"} {
				if err := m.Set(ctx, account, pw, password.Person{}, activity.Client{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		cheap, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 64, Time: 1, MaxWait: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		peppered, err := password.New(s, password.Config{Hasher: cheap, Recorder: &passwordEvents{}, Pepper: secrettest.AEAD()})
		if err != nil {
			t.Fatal(err)
		}
		if last, n, err := peppered.Reseal(ctx, ""); last != "kim39" || n != 120 || err != nil {
			t.Fatal(last, n, err)
		}
		for _, table := range []string{"password_hashes", "password_history"} {
			if dump, n := dumpTable(t, raw, table); strings.Contains(dump, "argon2") || strings.Count(dump, "$sealed$") != n || n < 40 {
				t.Errorf("%s, %d rows:\n%s", table, n, dump)
			}
		}
		if v, err := peppered.Verify(ctx, "kim17", "copper gulls argue at dawn", activity.Client{}, false); err != nil || v.Version != 3 || v.UpgradedHash {
			t.Errorf("%+v, %v", v, err)
		}
		var refused *password.PolicyError
		if err := peppered.Set(ctx, "kim17", firstPassword, password.Person{}, activity.Client{}); !errors.As(err, &refused) {
			t.Errorf("the former password did not open: %v", err)
		}
	})
}

func dumpTable(t *testing.T, raw *sql.DB, table string) (text string, n int) {
	t.Helper()
	rows, err := raw.QueryContext(t.Context(), `SELECT * FROM `+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for ; rows.Next(); n++ {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			text += fmt.Sprintf("%s|", *c.(*any))
		}
		text += "\n"
	}
	return text, n
}

// A database that goes away is a clear error without the password in it.
func TestPasswordClosedDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openPassword(t, d)
		m := newPasswords(t, s, &passwordEvents{})
		if err := raw.Close(); err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		_, errVerify := m.Verify(ctx, "kim", firstPassword, activity.Client{}, false)
		_, errVersion := m.Version(ctx, "kim")
		_, errPurge := m.Purge(ctx)
		for name, err := range map[string]error{"Verify": errVerify, "Version": errVersion, "Purge": errPurge,
			"Set":           m.Set(ctx, "kim", firstPassword, password.Person{}, activity.Client{}),
			"Change":        m.Change(ctx, "kim", firstPassword, secondPassword, password.Person{}, activity.Client{}, false),
			"DeleteAccount": m.DeleteAccount(ctx, "kim"),
		} {
			if err == nil || errors.Is(err, password.ErrMismatch) || strings.Contains(err.Error(), "otter") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Migrating an up-to-date database changes nothing.
func TestPasswordMigrateAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, s := openPassword(t, d)
		var failures []error
		for range 2 {
			failures = append(failures, s.Migrate(t.Context()))
		}
		if slices.ContainsFunc(failures, func(err error) bool { return err != nil }) {
			t.Error(failures)
		}
	})
}

// Rows of before the migration read as not revoked.
func TestPasswordOldRowsAreNotRevoked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openPassword(t, d)
		for _, stmt := range []string{
			`ALTER TABLE password_hashes DROP COLUMN revoked_at`,
			`DELETE FROM accountsec_migrations WHERE package = 'password' AND version = '0002_revoked'`,
			`INSERT INTO password_hashes (account, hash, version, set_at) VALUES ('kim', 'h1', 4, 1)`,
		} {
			if n, err := raw.ExecContext(t.Context(), stmt); err != nil {
				t.Fatal(stmt, n, err)
			}
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		rec, err := s.Get(t.Context(), "kim")
		if err != nil || !rec.RevokedAt.IsZero() || rec.Hash != "h1" || rec.Version != 4 {
			t.Errorf("version %d, revoked at %v, %v", rec.Version, rec.RevokedAt, err)
		}
		if won, err := s.Revoke(t.Context(), "kim", passwordtest.T0); !won || err != nil {
			t.Errorf("%v, %v", won, err)
		}
	})
}

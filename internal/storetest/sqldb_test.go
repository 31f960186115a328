package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/internal/throttle"
	"example.com/accountsec/internal/throttle/throttletest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var migrations = fstest.MapFS{}

func init() {
	const script = `-- the counters; a comment with a semicolon;
CREATE TABLE x_attempts (account TEXT NOT NULL, bucket TEXT NOT NULL, n BIGINT NOT NULL,
	last_at BIGINT NOT NULL, closed_until BIGINT NOT NULL, PRIMARY KEY (account, bucket));
CREATE INDEX x_attempts_last ON x_attempts (last_at);
`
	for _, d := range storetest.Dialects() {
		migrations["migrations/"+d.Name+"/0001_attempts.sql"] = &fstest.MapFile{Data: []byte(script)}
	}
}

func openDB(t *testing.T, d storetest.Dialect) (*sql.DB, *sqldb.DB) {
	t.Helper()
	raw := d.Open(t)
	db, err := sqldb.Open(raw, d.Name)
	if err != nil {
		t.Fatal(err)
	}
	return raw, db
}

func TestThrottle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		throttletest.TestStore(t, func(t *testing.T) throttletest.Store {
			_, db := openDB(t, d)
			if err := db.Migrate(t.Context(), migrations, "x"); err != nil {
				t.Fatal(err)
			}
			return throttle.NewSQLStore(db, "x_attempts")
		})
	})
}

func TestMigrateTenInstancesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, db := openDB(t, d)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := db.Migrate(t.Context(), migrations, "x"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM accountsec_migrations`, nil, &n); err != nil || n != 1 {
			t.Errorf("%d migrations are recorded, %v", n, err)
		}
	})
}

func TestFailedMigrationLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, db := openDB(t, d)
		broken := fstest.MapFS{"migrations/" + d.Name + "/0001_x.sql": {Data: []byte("CREATE TABLE half (a TEXT);\nCREATE NONSENSE;\n")}}
		if err := db.Migrate(t.Context(), broken, "x"); err == nil {
			t.Fatal("a broken migration passed")
		}
		if _, err := db.Exec(t.Context(), `INSERT INTO half VALUES ('x')`); err == nil {
			t.Error("half of a failed migration stayed")
		}
		if err := db.Migrate(t.Context(), migrations, "x"); err != nil {
			t.Error(err)
		}
	})
}

func TestTransactionInContext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, db := openDB(t, d)
		ctx := t.Context()
		if err := db.Migrate(ctx, migrations, "x"); err != nil {
			t.Fatal(err)
		}
		insert := func(ctx context.Context, account string) error {
			_, err := db.Exec(ctx, `INSERT INTO x_attempts VALUES (?, 'b', 1, ?, 0)`, account, sqldb.Micros(time.Now()))
			return err
		}
		tx, err := raw.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := insert(sqldb.WithTx(ctx, tx), "rolled back"); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		wantErr := errors.New("stop")
		if err := db.InTx(ctx, func(ctx context.Context) error {
			return errors.Join(insert(ctx, "rolled back too"), wantErr)
		}); !errors.Is(err, wantErr) {
			t.Fatal(err)
		}
		if err := db.InTx(ctx, func(ctx context.Context) error { return insert(ctx, "kept") }); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.QueryRow(ctx, `SELECT count(*) FROM x_attempts`, nil, &n); err != nil || n != 1 {
			t.Errorf("%d rows, %v", n, err)
		}
		if err := insert(ctx, "kept"); !errors.Is(err, sqldb.ErrConflict) {
			t.Errorf("a second insert gives %v, want ErrConflict", err)
		}
		if err := db.QueryRow(ctx, `SELECT n FROM x_attempts WHERE account = 'absent'`, nil, &n); !errors.Is(err, sqldb.ErrNoRows) {
			t.Errorf("an absent row gives %v, want ErrNoRows", err)
		}
	})
}

// Pitfall 2: the count of a guess survives the rollback of the caller's transaction.
func TestPitfall02CountSurvivesRollback(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, db := openDB(t, d)
		ctx := t.Context()
		if err := db.Migrate(ctx, migrations, "x"); err != nil {
			t.Fatal(err)
		}
		s := throttle.NewSQLStore(db, "x_attempts")
		now := time.Now()
		tx, err := raw.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = s.CountAttempt(sqldb.WithTx(ctx, tx), "kim", "b", 5, time.Minute, time.Hour, now)
		if rb := tx.Rollback(); rb != nil {
			t.Fatal(rb)
		}
		if d.Name == "sqlite" { // refused at once rather than counted in vain
			if !errors.Is(err, sqldb.ErrInTx) {
				t.Fatalf("got %v, want ErrInTx", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if n, _, err := s.CountAttempt(ctx, "kim", "b", 5, time.Minute, time.Hour, now); err != nil || n != 2 {
			t.Errorf("n=%d, %v: the rolled-back guess was free", n, err)
		}
	})
}

// A database that answers "busy" at once, because nobody set a busy timeout,
// is asked again until the writers are through.
func TestBusyIsRetried(t *testing.T) {
	path := filepath.Join(t.TempDir(), "busy.db")
	open := func() *sqldb.DB {
		raw, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(0)&_pragma=journal_mode(WAL)")
		ok(t, err)
		t.Cleanup(func() { raw.Close() }) //nolint:errcheck
		raw.SetMaxOpenConns(1)
		db, err := sqldb.Open(raw, "sqlite")
		ok(t, err)
		return db
	}
	holder, waiter := open(), open()
	ok(t, holder.Migrate(t.Context(), migrations, "x"))
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- holder.InTx(t.Context(), func(ctx context.Context) error {
			_, err := holder.Exec(ctx, `INSERT INTO x_attempts VALUES ('holder', 'b', 1, 1, 0)`)
			close(held)
			<-release
			return err
		})
	}()
	<-held
	tries := 0
	err := waiter.InTx(t.Context(), func(ctx context.Context) error {
		tries++
		_, err := waiter.Exec(ctx, `INSERT INTO x_attempts VALUES ('waiter', 'b', 1, 1, 0)`)
		return err
	})
	if err == nil || tries != 0 {
		t.Fatalf("the lock does not hold: %v after %d tries", err, tries) // BEGIN IMMEDIATE itself is what is busy
	}
	go func() { close(release) }()
	ok(t, waiter.InTx(t.Context(), func(ctx context.Context) error {
		_, err := waiter.Exec(ctx, `INSERT INTO x_attempts VALUES ('waiter', 'b', 1, 1, 0)`)
		return err
	}))
	ok(t, <-done)
}

// What the caller's transaction has lost is not repeated behind its back.
func TestCarriedTransactionIsNotRetried(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, db := openDB(t, d)
		tx, err := raw.BeginTx(t.Context(), nil)
		ok(t, err)
		calls := 0
		err = db.InTx(sqldb.WithTx(t.Context(), tx), func(context.Context) error { calls++; return lost{} })
		if !errors.As(err, &lost{}) || calls != 1 {
			t.Errorf("called %d times, %v", calls, err)
		}
		ok(t, tx.Rollback())
		calls = 0
		err = db.InTx(t.Context(), func(context.Context) error {
			if calls++; calls < 3 {
				return lost{}
			}
			return nil
		})
		if err != nil || calls != 3 {
			t.Errorf("called %d times, %v", calls, err)
		}
	})
}

// lost is what PostgreSQL's drivers report when a transaction must start again.
type lost struct{}

func (lost) Error() string    { return "could not serialize access" }
func (lost) SQLState() string { return "40001" }

package storetest_test

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
)

// tracer notes every statement that reaches PostgreSQL.
type tracer struct {
	mu   sync.Mutex
	seen []string
}

func (tr *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.seen = append(tr.seen, q.SQL)
	return ctx
}

func (*tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// take returns what was seen since the last call.
func (tr *tracer) take() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	seen := tr.seen
	tr.seen = nil
	return seen
}

// tracedPostgres is a schema of its own whose statements are noted.
func tracedPostgres(t *testing.T, tr *tracer) *sql.DB {
	t.Helper()
	schema := storetest.OpenPostgres(t)
	var dsn string
	ok(t, schema.QueryRow(`SELECT current_setting('search_path')`).Scan(&dsn))
	cfg, err := pgx.ParseConfig(storetest.PostgresDSN() + " search_path=" + dsn)
	ok(t, err)
	cfg.Tracer = tr
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec // no "prepare" on first use, which would differ
	db := sql.OpenDB(stdlib.GetConnector(*cfg))
	t.Cleanup(func() { db.Close() }) //nolint:errcheck
	db.SetMaxOpenConns(1)
	return db
}

// A challenge takes two statements and a verification at most three, "begin" and
// "commit" counted: one that reads, one that counts the attempt before it is
// judged, one that settles it; for a code of an account without a failure the
// last two are one.
func TestMFAStatements(t *testing.T) {
	tr := &tracer{}
	db := tracedPostgres(t, tr)
	s, err := mfa.NewSQLStore(db, "postgres")
	ok(t, err)
	ok(t, s.Migrate(t.Context()))
	m := newMFAManagerOn(t, db, s, &mfaRecorder{})
	id, seed, _ := m.enroll(t, "kim")
	count := func(what string, want int, fn func()) {
		t.Helper()
		tr.take()
		fn()
		if seen := tr.take(); len(seen) != want {
			t.Errorf("%s took %d statements, want %d: %q", what, len(seen), want, seen)
		}
	}
	var token string
	ask := func() { token = m.challenge(t, "kim", "signin") }
	count("Challenge", 2, ask)
	verify := func(response string) error {
		_, err := m.Verify(t.Context(), token, "signin", id, response, activity.Client{})
		return err
	}
	count("a wrong code", 2, func() { verify("000000") }) //nolint:errcheck // wrong
	count("a good code after it", 3, func() { ok(t, verify(m.code(t, seed))) })
	m.now = m.now.Add(time.Minute)
	count("the next challenge", 2, ask)
	count("a good code", 2, func() { ok(t, verify(m.code(t, seed))) })
}

// Pitfall 9: for a known and an unknown account the same statements reach the
// database, in the same order: what differs in neither text nor work cannot be
// told apart by either.
func TestPitfall09SameStatements(t *testing.T) {
	tr := &tracer{}
	db := tracedPostgres(t, tr)
	s := openShop(t, db, "postgres")
	ctx := t.Context()
	ok(t, s.signUp(ctx, kim, goodPassword))
	_, err := s.SignIn(ctx, kim.Email, goodPassword, home)
	ok(t, err)
	s.setAnswers(t) // and still nothing tells

	flows := map[string]func(identifier string){
		"SignIn": func(id string) { s.SignIn(ctx, id, "wrong", home) }, //nolint:errcheck // meant to fail
		"recovery": func(id string) {
			token, err := s.StartRecovery(ctx, id, home)
			ok(t, err)
			s.ProveRecovery(ctx, token, "12345678", home)            //nolint:errcheck // meant to fail
			s.AnswerRecovery(ctx, token, []string{"a", "b"}, home)   //nolint:errcheck
			s.FinishRecovery(ctx, token, otherPassword, home)        //nolint:errcheck
			s.ProveRecoveryFactor(ctx, token, token, "f", "0", home) //nolint:errcheck
		},
	}
	for name, flow := range flows {
		for range 4 {
			tr.take()
			flow(kim.Email)
			known := tr.take()
			flow("nobody@customer.example")
			unknown := tr.take()
			if !slices.Equal(known, unknown) {
				t.Errorf("%s: %d statements for the known account, %d for the unknown:\n%q\n%q", name, len(known), len(unknown), known, unknown)
			}
			if len(known) == 0 {
				t.Errorf("%s: no statement was seen", name)
			}
		}
	}
}

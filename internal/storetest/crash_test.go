package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/internal/storetest"
)

// breaker cuts the connection at the n-th statement, BEGIN and COMMIT
// included, and at every one after it, until it is closed again.
type breaker struct {
	mu    sync.Mutex
	left  int // statements still let through; negative: all
	broke bool
}

func (b *breaker) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < 0 {
		return ctx
	}
	if b.left > 0 {
		b.left--
		return ctx
	}
	b.broke = true
	dead, cancel := context.WithCancel(ctx)
	cancel()
	return dead
}

func (*breaker) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// open lets n statements through; closed ends it and tells whether it broke.
func (b *breaker) open(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.broke = n, false
}

func (b *breaker) closed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = -1
	return b.broke
}

// openBreakable opens a shop whose database can be made to go away.
func openBreakable(t *testing.T) (*shop, *breaker) {
	t.Helper()
	var schema string
	ok(t, storetest.OpenPostgres(t).QueryRow(`SELECT current_setting('search_path')`).Scan(&schema))
	cfg, err := pgx.ParseConfig(storetest.PostgresDSN() + " search_path=" + schema)
	ok(t, err)
	b := &breaker{left: -1}
	cfg.Tracer = b
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec // one statement is one message
	db := sql.OpenDB(stdlib.GetConnector(*cfg))
	t.Cleanup(func() { db.Close() }) //nolint:errcheck
	s := openShop(t, db, "postgres")
	ok(t, s.signUp(t.Context(), kim, goodPassword))
	return s, b
}

// eachStatement runs call with the database going away at the first statement,
// then at the second, and so on, until it gets through; each time on a fresh
// shop. Nothing may panic.
func eachStatement(t *testing.T, prepare func(s *shop), call func(s *shop) error, check func(s *shop, err error)) {
	t.Helper()
	for n := 0; ; n++ {
		s, b := openBreakable(t)
		prepare(s)
		b.open(n)
		err := call(s)
		broke := b.closed()
		if err != nil && strings.Contains(err.Error(), goodPassword) {
			t.Fatalf("statement %d: the error holds the password", n+1)
		}
		check(s, err)
		if t.Failed() {
			t.Fatalf("at statement %d, after %v", n+1, err)
		}
		if !broke {
			if n < 5 {
				t.Fatalf("only %d statements were seen", n)
			}
			return
		}
	}
}

// However far a sign-in came when the database went away: what was granted is
// in the log, and the owner gets in afterwards.
func TestDatabaseGoesAwayDuringSignIn(t *testing.T) {
	ctx := t.Context()
	granted := false
	eachStatement(t, func(*shop) {}, func(s *shop) error {
		res, err := s.SignIn(ctx, kim.Email, goodPassword, home)
		granted = err == nil && res.Grant != nil
		return err
	}, func(s *shop, err error) {
		if granted != (err == nil) || errors.Is(err, accountsec.ErrSignIn) {
			t.Errorf("granted %v with %v", granted, err)
		}
		l, err := s.Log().List(ctx, kim.ID, kim.ID, activity.Filter{Types: []activity.Type{activity.SignInSucceeded}}, activity.Page{})
		ok(t, err)
		if granted && len(l.Events) != 1 {
			t.Errorf("granted, and %d sign-ins are in the log", len(l.Events))
		}
		if _, err := s.SignIn(ctx, kim.Email, goodPassword, home); err != nil {
			t.Errorf("afterwards the owner gets %v", err)
		}
	})
}

// However far the end of a recovery came: either the old password is good and
// the grant still unspent, or the new one is; never neither, never both.
func TestDatabaseGoesAwayDuringRecovery(t *testing.T) {
	ctx := t.Context()
	var grant string
	eachStatement(t, func(s *shop) {
		s.setAnswers(t)
		ticket, err := s.StartRecovery(ctx, kim.Email, home)
		ok(t, err)
		asked, err := s.ProveRecovery(ctx, ticket, s.code(t), home)
		ok(t, err)
		step, err := s.AnswerRecovery(ctx, ticket, []string{myAnswers[asked[0].Own], myAnswers[asked[1].Own]}, home)
		ok(t, err)
		grant = step.Grant
	}, func(s *shop) error {
		_, err := s.FinishRecovery(ctx, grant, otherPassword, home)
		return err
	}, func(s *shop, err error) {
		_, old := s.SignIn(ctx, kim.Email, goodPassword, home)
		_, next := s.SignIn(ctx, kim.Email, otherPassword, home)
		if (old == nil) == (next == nil) || err == nil && next != nil {
			t.Errorf("old password: %v, new password: %v", old, next)
		}
		_, again := s.FinishRecovery(ctx, grant, otherPassword+"!", home)
		if (again == nil) != (old == nil) {
			t.Errorf("the grant gives %v while the old password gives %v", again, old)
		}
	})
}

// However far a report came: all of it happened, or nothing.
func TestDatabaseGoesAwayDuringDisown(t *testing.T) {
	ctx := t.Context()
	var id string
	log := func(s *shop) []activity.Event {
		l, err := s.Log().List(ctx, kim.ID, kim.ID, activity.Filter{}, activity.Page{Limit: 100})
		ok(t, err)
		return l.Events
	}
	eachStatement(t, func(s *shop) {
		if _, err := s.SignIn(ctx, kim.Email, goodPassword, home); err != nil {
			t.Fatal(err)
		}
		id = log(s)[0].ID
	}, func(s *shop) error {
		_, err := s.Disown(ctx, kim.ID, kim.ID, id, home)
		return err
	}, func(s *shop, err error) {
		events := log(s)
		reported := events[0].Type == activity.EventDisowned
		marked := slices.ContainsFunc(events, func(e activity.Event) bool { return !e.Disowned.IsZero() })
		_, signIn := s.SignIn(ctx, kim.Email, goodPassword, home) // without the device's cookie
		revoked := errors.Is(signIn, accountsec.ErrPasswordRevoked)
		if err == nil && !reported || marked != reported || revoked != reported {
			t.Errorf("reported %v, marked %v, revoked %v (%v)", reported, marked, revoked, signIn)
		}
	})
}

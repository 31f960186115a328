package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

// Close ends what a shop that is no test's does by itself.
func TestCloseEndsTheLoops(t *testing.T) {
	a, err := newApp(t.Context(), config{DataDir: t.TempDir(), Origin: "http://localhost:8080"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// A shop that runs for months keeps the log for its retention, and no longer.
func TestUpkeep(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	me, err := shop.customers.one(t.Context(), "email", testEmail)
	if err != nil {
		t.Fatal(err)
	}
	left := func() (events, sessions int) {
		t.Helper()
		page, err := shop.guard.Log().List(t.Context(), me.ID, me.ID, activity.Filter{}, activity.Page{Limit: 100})
		if err == nil {
			err = shop.db.QueryRowContext(t.Context(), "SELECT count(*) FROM signed_in").Scan(&sessions)
		}
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Events), sessions
	}
	ticks, done := make(chan time.Time), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		shop.keepTidy(ctx, ticks)
	}()
	tick := func() { // the second is taken when the first is done
		ticks <- shop.clock.Now()
		ticks <- shop.clock.Now()
	}
	tick()
	if events, sessions := left(); events == 0 || sessions != 1 {
		t.Errorf("before its time: %d events, %d sessions", events, sessions)
	}
	shop.clock.Add(activity.DefaultRetention + time.Hour)
	tick()
	if events, sessions := left(); events != 0 || sessions != 0 {
		t.Errorf("after its time: %d events, %d sessions", events, sessions)
	}
	if _, err := shop.db.ExecContext(t.Context(), "ALTER TABLE signed_in RENAME TO away"); err != nil {
		t.Fatal(err)
	}
	tick()
	if !strings.Contains(shop.logs.String(), "the upkeep failed") {
		t.Error("a failure is not logged")
	}
	stop()
	<-done
}

package sms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

// The breaker pauses enrolments that nobody verifies, tells the operator once,
// leaves challenges alone, and closes by itself or by the operator's hand.
func TestPitfall11Breaker(t *testing.T) {
	w := newWorld(t, only(func(l *sms.Limits) { l.Unverified = sms.Rate{} }))
	f := w.enroll("kim", phone(9999))
	start := w.now
	w.now = w.now.Add(time.Second)
	attack := func(i int) (string, string, activity.Client) {
		return fmt.Sprint("u", i), phone(i), from(i)
	}
	if n := w.burst(200, attack); n != 50 {
		t.Errorf("%d messages, want 50", n)
	}
	s := w.subject("lee", "f")
	s.Label = phone(8888)
	_, err := w.Enroll(t.Context(), s)
	limit := w.limited(err)
	if !limit.Paused || limit.RetryAfter > time.Hour {
		t.Errorf("%+v", limit)
	}
	want := sms.Pause{Quota: "unverified|enrol|KR|h", Scope: sms.ScopeUnverified, Enrolments: true, Country: "KR", Until: start.Add(time.Hour)}
	if len(w.pauses) != 1 || w.pauses[0] != want {
		t.Errorf("the operator was told %+v, want %+v", w.pauses, want)
	}
	if n := strings.Count(w.logs.String(), "messages are paused"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	listed, err := w.Paused(t.Context())
	w.ok(err)
	if len(listed) != 1 || listed[0] != want {
		t.Errorf("listed %+v", listed)
	}
	code, _ := f.challenge()
	if !f.verify(code) {
		t.Error("the breaker for enrolments keeps a customer from signing in")
	}
	// By hand: and if the attack goes on, the operator is told again.
	w.ok(w.Resume(t.Context(), want.Quota))
	if listed, err := w.Paused(t.Context()); err != nil || len(listed) != 0 {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if n := w.burst(100, attack); n != 50 {
		t.Errorf("%d messages, want 50", n)
	}
	if len(w.pauses) != 2 {
		t.Errorf("%d pauses were reported, want 2", len(w.pauses))
	}
	// By itself.
	w.now = w.pauses[1].Until
	_, err = w.Enroll(t.Context(), mfa.Subject{Account: "lee", FactorID: "f", Label: phone(8888), Client: home, Now: w.now})
	w.ok(err)
}

// While one in four is verified the breaker stays closed; at one in five it
// opens.
func TestBreakerFollowsConversion(t *testing.T) {
	racing.SkipAlone(t)
	for _, c := range []struct {
		every int
		opens bool
	}{{1, false}, {2, false}, {4, false}, {5, true}, {10, true}} {
		w := newWorld(t, only(func(l *sms.Limits) { l.Unverified = sms.Rate{} }))
		opened := false
		for i := range 1000 {
			w.now = w.now.Add(time.Second)
			s := mfa.Subject{Account: fmt.Sprint("u", i), FactorID: "f", Label: phone(i), Client: from(i), Now: w.now}
			begun, err := w.Enroll(t.Context(), s)
			w.ok(w.Wait(t.Context()))
			if err != nil {
				opened = w.limited(err).Paused
				break
			}
			if i%c.every == 0 {
				s.State = begun.State
				v, err := w.Confirm(t.Context(), mfa.Answer{Subject: s, Response: w.last().code()})
				w.ok(err)
				if !v.OK {
					t.Fatal("the code was refused")
				}
			}
		}
		if opened != c.opens {
			t.Errorf("one in %d verified: opened %v", c.every, opened)
		}
	}
}

// A hook that panics is the program's fault; its place is free again.
func TestHookPanics(t *testing.T) {
	w := newWorld(t, only(func(l *sms.Limits) { l.Unverified = sms.Rate{} }), func(c *sms.Config) {
		c.MaxInFlight = 1
		c.OnPaused = func(context.Context, sms.Pause) { panic("hook") }
	})
	panics := 0
	for i := range 52 {
		func() {
			defer func() {
				if recover() != nil {
					panics++
				}
			}()
			w.now = w.now.Add(time.Second)
			s := w.subject(fmt.Sprint("u", i), "f")
			s.Label, s.Client = phone(i), from(i)
			_, err := w.Enroll(t.Context(), s)
			w.ok(w.Wait(t.Context()))
			if errors.Is(err, sms.ErrBusy) {
				t.Error("the place is lost")
			}
		}()
	}
	if panics != 1 {
		t.Errorf("%d panics, want 1", panics)
	}
}

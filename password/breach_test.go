package password_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/password"
)

// leaks is a password.Breach that knows some passwords.
type leaks struct {
	known map[string]int
	err   error
	hang  bool
	leave func() // called when asked
	asked []string
}

func (l *leaks) Breached(ctx context.Context, pw string) (int, error) {
	l.asked = append(l.asked, pw)
	if l.leave != nil {
		l.leave()
	}
	if l.hang {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	return l.known[pw], l.err
}

func TestBreachedIsRefused(t *testing.T) {
	l := &leaks{known: map[string]int{other: 42}}
	w := newWorld(t, func(cfg *password.Config) { cfg.Breach = l })
	w.set("kim", good)
	for _, err := range []error{w.Set(t.Context(), "kim", other, password.Person{}, home),
		w.Change(t.Context(), "kim", good, other, password.Person{}, home, false)} {
		var policy *password.PolicyError
		if !errors.As(err, &policy) || len(policy.Report.Violations) != 1 {
			t.Fatal(err)
		}
		v := policy.Report.Violations[0]
		if v.Rule != password.RuleBreached || v.Args["count"] != "42" || policy.Report.OK {
			t.Errorf("%+v", v)
		}
		for _, lang := range []string{"en", "ko"} {
			if v.Reason(lang) == "refused.breached" || v.Text(lang) == "rule.breached" {
				t.Errorf("no text in %s", lang)
			}
		}
	}
	before := len(l.asked)
	if err := w.Set(t.Context(), "kim", "short", password.Person{}, home); err == nil || len(l.asked) != before {
		t.Errorf("a password that the cheap rules refuse was looked up: %v", err)
	}
	if _, err := w.Verify(t.Context(), "kim", good, home, false); err != nil || len(l.asked) != before {
		t.Errorf("looked up at sign-in without being told to: %v", err)
	}
}

// NFKC: what is looked up is what is hashed.
func TestBreachAsksForTheHashedForm(t *testing.T) {
	l := &leaks{}
	w := newWorld(t, func(cfg *password.Config) { cfg.Breach = l })
	w.set("kim", "ｖiolet otter mends a kite")
	if !slices.Equal(l.asked, []string{"violet otter mends a kite"}) {
		t.Errorf("asked for %q", l.asked)
	}
}

func TestBreachModes(t *testing.T) {
	down := errors.New("the service is down")
	for name, c := range map[string]struct {
		mode      password.BreachMode
		hang      bool
		err       error
		unchecked bool
	}{
		"warn": {mode: password.BreachWarn, unchecked: true}, "open": {mode: password.BreachOpen},
		"closed": {mode: password.BreachClosed, err: password.ErrBreachUnknown},
		"slow":   {mode: password.BreachClosed, hang: true, err: password.ErrBreachUnknown},
	} {
		w := newWorld(t, func(cfg *password.Config) {
			cfg.Breach, cfg.BreachMode, cfg.BreachTimeout = &leaks{err: down, hang: c.hang}, c.mode, time.Millisecond
		})
		p, err := w.Prepare(t.Context(), "kim", good, password.Person{})
		if !errors.Is(err, c.err) || p.BreachUnchecked() != c.unchecked {
			t.Errorf("%s: %v, unchecked %t", name, err, p.BreachUnchecked())
		}
		if !strings.Contains(w.logs.String(), "breach check failed") || strings.Contains(w.logs.String(), good) {
			t.Errorf("%s: logged %q", name, w.logs.String())
		}
	}
	// A caller who has left is no failure of the service: nothing is decided.
	ctx, leave := context.WithCancel(t.Context())
	w := newWorld(t, func(cfg *password.Config) {
		cfg.Breach, cfg.BreachMode = &leaks{hang: true, leave: leave}, password.BreachOpen
	})
	_, err := w.Prepare(ctx, "kim", good, password.Person{})
	w.want(err, context.Canceled)
}

// At sign-in it only advises, and its failure turns nobody away.
func TestBreachAtSignIn(t *testing.T) {
	l := &leaks{known: map[string]int{}}
	w := newWorld(t, func(cfg *password.Config) { cfg.Breach, cfg.BreachAtSignIn = l, true })
	w.set("kim", good)
	l.known[good] = 7
	v, err := w.Verify(t.Context(), "kim", good, home, false)
	w.ok(err)
	if v.Breached != 7 || v.Advice("en") == "" || v.Advice("ko") == v.Advice("en") {
		t.Errorf("%+v: %s", v, v.Advice("ko"))
	}
	asked := len(l.asked)
	_, err = w.Verify(t.Context(), "kim", "a guess", home, false)
	w.want(err, password.ErrMismatch)
	if len(l.asked) != asked {
		t.Error("a wrong password was looked up")
	}
	l.err = errors.New("the service is down")
	v, err = w.Verify(t.Context(), "kim", good, home, false)
	w.ok(err)
	if v.Breached != 0 || v.Advice("en") != "" {
		t.Errorf("%+v", v)
	}
}

func TestAgeAdvice(t *testing.T) {
	const year = 365 * 24 * time.Hour
	w := newWorld(t, func(cfg *password.Config) { cfg.AdviseAfter = year })
	w.set("kim", good)
	for age, want := range map[time.Duration]bool{0: false, year - 1: false, year: true, 2 * year: true} {
		w.now = t0.Add(age)
		v, err := w.Verify(t.Context(), "kim", good, home, false)
		w.ok(err)
		if v.AgeAdvice != want || !v.SetAt.Equal(t0) || strings.Contains(v.Advice("ko"), "2026-11-01") != want {
			t.Errorf("after %v: %+v, %q", age, v, v.Advice("ko"))
		}
	}
	off := newWorld(t, nil)
	off.set("kim", good)
	off.now = t0.Add(50 * year)
	if v, err := off.Verify(t.Context(), "kim", good, home, false); err != nil || v.AgeAdvice || v.Advice("en") != "" {
		t.Errorf("%+v, %v", v, err)
	}
}

package password_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/password"
)

func TestSetVerifyChange(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	if v, err := w.Version(ctx, "kim"); v != 0 || err != nil {
		t.Fatal(v, err)
	}
	w.set("kim", good)
	v, err := w.Verify(ctx, "kim", good, home, false)
	w.ok(err)
	if v != (password.Verified{Version: 1, SetAt: t0}) {
		t.Errorf("%+v", v)
	}
	_, err = w.Verify(ctx, "kim", other, home, false)
	w.want(err, password.ErrMismatch)
	w.want(w.Change(ctx, "kim", other, another, password.Person{}, home, false), password.ErrMismatch)
	w.ok(w.Change(ctx, "kim", good, other, password.Person{}, home, false))
	_, err = w.Verify(ctx, "kim", good, home, false)
	w.want(err, password.ErrMismatch)
	v, err = w.Verify(ctx, "kim", other, home, false)
	w.ok(err)
	if v.Version != 2 {
		t.Errorf("%+v", v)
	}
	want := []string{"password.set success", "password.failed failure", "password.changed success"}
	if !slices.Equal(w.types(), want) {
		t.Errorf("events %v, want %v", w.types(), want)
	}
	for _, e := range w.events {
		if e.Account != "kim" || !e.At.Equal(t0) || e.Client != home {
			t.Errorf("%+v", e)
		}
	}
	w.ok(w.DeleteAccount(ctx, "kim"))
	_, err = w.Verify(ctx, "kim", other, home, false)
	w.want(err, password.ErrMismatch)
}

// The same password in another Unicode form is the same password.
func TestUnicodeForms(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", "푸른 고래가 tR9 달을")
	for _, same := range []string{"푸른 고래가 tR9 달을", "푸른 고래가 ｔＲ９ 달을"} {
		_, err := w.Verify(t.Context(), "kim", same, home, false)
		w.ok(err)
	}
	_, err := w.Verify(t.Context(), "kim", "푸른 고래가 TR9 달을", home, false)
	w.want(err, password.ErrMismatch)
}

func TestHistory(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	third := "copper gulls argue at dawn"
	refused := func(err error) {
		t.Helper()
		var policy *password.PolicyError
		if !errors.As(err, &policy) || len(policy.Report.Violations) != 1 || policy.Report.Violations[0].Rule != password.RuleHistory || policy.Report.OK {
			t.Fatalf("got %v", err)
		}
	}
	w.set("kim", good)
	refused(w.Set(ctx, "kim", good, password.Person{}, home))
	refused(w.Change(ctx, "kim", good, good, password.Person{}, home, false))
	w.ok(w.Change(ctx, "kim", good, other, password.Person{}, home, false))
	w.ok(w.Change(ctx, "kim", other, third, password.Person{}, home, false))
	refused(w.Change(ctx, "kim", third, good, password.Person{}, home, false)) // the third last
	w.ok(w.Change(ctx, "kim", third, another, password.Person{}, home, false))
	before := w.hasher.verified.Load()
	w.ok(w.Change(ctx, "kim", another, good, password.Person{}, home, false)) // long ago
	if n := w.hasher.verified.Load() - before; n != 1+password.DefaultHistory {
		t.Errorf("%d comparisons, want %d", n, 1+password.DefaultHistory)
	}
	free := newWorld(t, func(cfg *password.Config) { cfg.History = password.NoHistory })
	free.set("kim", good)
	free.set("kim", good)
}

func TestUpgradeOnVerify(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	w.set("kim", good)
	raised, err := password.New(w.store, password.Config{Hasher: newHasher(t, password.Argon2idConfig{MemoryKiB: 128, Time: 1}), Recorder: w})
	w.ok(err)
	if _, err := raised.Verify(ctx, "kim", other, home, false); !errors.Is(err, password.ErrMismatch) {
		t.Error(err)
	}
	for _, want := range []bool{true, false} {
		v, err := raised.Verify(ctx, "kim", good, home, false)
		w.ok(err)
		if v.UpgradedHash != want || v.Version != 1 {
			t.Errorf("%+v", v)
		}
	}
	if rec, _ := w.store.Get(ctx, "kim"); !strings.Contains(rec.Hash, "m=128,") {
		t.Error("the hash was not replaced")
	}
	if _, err := w.Verify(ctx, "kim", good, home, false); err != nil {
		t.Error("the former parameters' manager no longer verifies:", err)
	}
}

// Of two changes at once one wins; the other is told.
func TestConcurrentChanges(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	a, err := w.Prepare(t.Context(), "kim", other, password.Person{})
	w.ok(err)
	b, err := w.Prepare(t.Context(), "kim", another, password.Person{})
	w.ok(err)
	w.ok(w.Commit(t.Context(), b, home))
	w.want(w.Commit(t.Context(), a, home), password.ErrChanged)
	w.want(w.Commit(t.Context(), b, home), password.ErrChanged)
	if w.Commit(t.Context(), password.Prepared{}, home) == nil {
		t.Error("nothing was committed without an error")
	}
	_, err = w.Verify(t.Context(), "kim", another, home, false)
	w.ok(err)
	if got := w.types(); len(got) != 2 {
		t.Errorf("events %v", got)
	}
}

// A change that cannot be recorded fails; a check goes on and logs.
func TestBrokenRecorder(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	w.broken = errors.New("the log is full")
	w.want(w.Set(t.Context(), "kim", other, password.Person{}, home), w.broken)
	w.want(w.Change(t.Context(), "kim", another, other, password.Person{}, home, false), password.ErrMismatch)
	if !strings.Contains(w.logs.String(), "the log is full") {
		t.Error("the failure was not logged:", w.logs.String())
	}
}

func TestBadInput(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	w.set("kim", good)
	huge := strings.Repeat("x", 1<<20)
	for _, id := range []string{"", huge, "a\x00b", "\xff", "a\u202eb"} {
		_, errVerify := w.Verify(ctx, id, good, home, false)
		_, errVersion := w.Version(ctx, id)
		_, errPrepare := w.Prepare(ctx, id, good, password.Person{})
		for _, err := range []error{errVerify, errVersion, errPrepare, w.Set(ctx, id, good, password.Person{}, home),
			w.Change(ctx, id, good, other, password.Person{}, home, false), w.DeleteAccount(ctx, id)} {
			w.want(err, canon.ErrBadID)
		}
	}
	for i, pw := range []string{"", huge, good + "\x00", "\xff", good + "\xff", strings.Repeat("가", 5000)} {
		before := w.hasher.verified.Load()
		_, err := w.Verify(ctx, "kim", pw, host(i), false)
		w.want(err, password.ErrMismatch)
		if w.hasher.verified.Load()-before != 1 {
			t.Errorf("%.20q took no hash", pw)
		}
		var policy *password.PolicyError
		if err := w.Set(ctx, "kim", pw, password.Person{}, home); !errors.As(err, &policy) || policy.Report.OK {
			t.Errorf("%.20q: %v", pw, err)
		}
	}
	// A text that can be no password is none, whatever hash is stored.
	for i, pw := range []string{"-", "\uFFFD", "x"} {
		hash, err := w.hasher.Hash(ctx, pw)
		w.ok(err)
		if won, err := w.store.SetHash(ctx, fmt.Sprint("dash", i), hash, 0, 0, t0); !won || err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"", "\xff", "\x00", "-\x00"} {
			_, err = w.Verify(ctx, fmt.Sprint("dash", i), typed, host(50+i), false)
			w.want(err, password.ErrMismatch)
		}
	}
	if won, err := w.store.SetHash(ctx, "park", "$2a$10$notargon", 0, 0, t0); !won || err != nil {
		t.Fatal(err)
	}
	_, err := w.Verify(ctx, "park", good, home, false)
	w.want(err, password.ErrMalformedHash)
	if strings.Contains(err.Error(), "notargon") {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.Verify(cancelled, "kim", good, home, false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// A current hash that nobody can read does not keep the owner from setting
	// a new one.
	w.ok(w.Set(ctx, "park", good, password.Person{}, home))
}

func TestNewChecks(t *testing.T) {
	h, rec := newHasher(t, cheapConfig), newWorld(t, nil)
	for name, cfg := range map[string]password.Config{
		"no recorder": {Hasher: h}, "policy": {Hasher: h, Recorder: rec, Policy: password.Policy{MinLength: 20, MaxLength: 10}},
		"history": {Hasher: h, Recorder: rec, History: 25}, "report-only": {Hasher: h, Recorder: rec, ReportOnly: &password.Policy{MinScore: 9}},
		"breach mode": {Hasher: h, Recorder: rec, BreachMode: 3}, "breach timeout": {Hasher: h, Recorder: rec, BreachTimeout: -1},
		"nothing to ask": {Hasher: h, Recorder: rec, BreachAtSignIn: true}, "age": {Hasher: h, Recorder: rec, AdviseAfter: -1}, "history below": {Hasher: h, Recorder: rec, History: -2},
	} {
		if _, err := password.New(password.NewMemoryStore(), cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := password.New(nil, password.Config{Recorder: rec}); err == nil {
		t.Error("no store is accepted")
	}
}

// A revoked password verifies as such until another one takes its place, which
// it cannot itself, whatever the history says.
func TestRevoke(t *testing.T) {
	w := newWorld(t, func(cfg *password.Config) { cfg.History = password.NoHistory })
	ctx := t.Context()
	w.ok(w.Revoke(ctx, "kim")) // no password yet
	w.set("kim", good)
	for range 2 {
		w.ok(w.Revoke(ctx, "kim"))
	}
	v, err := w.Verify(ctx, "kim", good, home, false)
	w.ok(err)
	if !v.Revoked {
		t.Error("not revoked")
	}
	_, err = w.Verify(ctx, "kim", good+"x", home, false)
	w.want(err, password.ErrMismatch)
	var refused *password.PolicyError
	if err := w.Change(ctx, "kim", good, good, password.Person{}, home, false); !errors.As(err, &refused) {
		t.Errorf("changed to itself: %v", err)
	}
	w.ok(w.Change(ctx, "kim", good, good+" indeed", password.Person{}, home, false))
	if v, err := w.Verify(ctx, "kim", good+" indeed", home, false); err != nil || v.Revoked {
		t.Errorf("the next one: %+v, %v", v, err)
	}
}

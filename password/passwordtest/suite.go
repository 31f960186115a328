// Package passwordtest is the conformance suite of password.Store. Every
// store, ours or a user's, must pass it.
package passwordtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/internal/throttle/throttletest"
	"example.com/accountsec/password"
)

// T0 is the time at which the suite's passwords are set.
var T0 = time.Date(2026, 11, 1, 9, 0, 0, 123456000, time.UTC)

// keepAll is more history than the suite makes.
const keepAll = 100

// TestStore checks a store; open gives a fresh, empty one.
func TestStore(t *testing.T, open func(t *testing.T) password.Store) {
	for name, test := range map[string]func(t *testing.T, s password.Store){
		"set and get": testSetAndGet, "versions guard": testVersionsGuard, "upgrade": testUpgrade, "history": testHistory, "revoke": testRevoke,
		"accounts are apart": testAccountsApart, "odd texts": testOddTexts, "delete account": testDeleteAccount,
		"cancelled": testCancelled, "nested transactions": testNested,
		"race: first password": testRaceFirst, "race: set": testRaceSet, "race: upgrade": testRaceUpgrade, "race: revoke": testRaceRevoke,
		"all hashes": testHashes, "replace": testReplace, "hold": testHold, "race: hold": testRaceHold, "race: replace": testRaceReplace, "race: replace and set": testRaceReplaceAndSet,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
	t.Run("attempts", func(t *testing.T) {
		throttletest.TestStore(t, func(t *testing.T) throttletest.Store { return attempts{open(t)} })
	})
}

// attempts deletes an account's attempts the way that a store does.
type attempts struct{ password.Store }

func (a attempts) DeleteAttempts(ctx context.Context, account string) error {
	return a.DeleteAccount(ctx, account)
}

// TestTransactions checks a store that has transactions: what fn did is gone
// when it fails, attempts excepted on a database with several writers, and what it
// holds stays as it is.
func TestTransactions(t *testing.T, open func(t *testing.T) password.Store) {
	t.Run("hold", func(t *testing.T) { testHoldHolds(t, open) })
	s := open(t)
	set(t, s, "kim", "h1", 0)
	boom := errors.New("boom")
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		for v, hash := range []string{"h2", "h3"} {
			if won, err := s.SetHash(ctx, "kim", hash, int64(v+1), keepAll, T0); err != nil || !won {
				t.Errorf("SetHash inside: %v, %v", won, err)
			}
		}
		if err := s.DeleteAccount(ctx, "lee"); err != nil {
			t.Error(err)
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	want(t, s, "kim", password.Record{Hash: "h1", Version: 1, SetAt: T0})
	if h := history(t, s, "kim", 10); len(h) != 0 {
		t.Errorf("a rolled-back transaction left %v", h)
	}
}

func set(t *testing.T, s password.Store, account, hash string, expect int64) {
	t.Helper()
	won, err := s.SetHash(t.Context(), account, hash, expect, keepAll, T0)
	if err != nil || !won {
		t.Fatalf("SetHash(%s, version %d): %v, %v", account, expect, won, err)
	}
}

func want(t *testing.T, s password.Store, account string, rec password.Record) {
	t.Helper()
	got, err := s.Get(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	if !got.RevokedAt.Equal(rec.RevokedAt) {
		t.Errorf("%s: revoked at %v, want %v", account, got.RevokedAt, rec.RevokedAt)
	}
	if got.Hash != rec.Hash || got.Version != rec.Version || !got.SetAt.Equal(rec.SetAt) || got.SetAt.Location() != time.UTC {
		t.Errorf("%s: hash %s version %d at %v; want %s, %d, %v", account, got.Hash, got.Version, got.SetAt, rec.Hash, rec.Version, rec.SetAt)
	}
}

func history(t *testing.T, s password.Store, account string, n int) []string {
	t.Helper()
	h, err := s.History(t.Context(), account, n)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func testSetAndGet(t *testing.T, s password.Store) {
	if _, err := s.Get(t.Context(), "kim"); !errors.Is(err, password.ErrNoPassword) {
		t.Fatalf("an absent account gives %v", err)
	}
	set(t, s, "kim", "h1", 0)
	want(t, s, "kim", password.Record{Hash: "h1", Version: 1, SetAt: T0})
	zone := time.FixedZone("KST", 9*3600)
	if won, err := s.SetHash(t.Context(), "kim", "h2", 1, 0, T0.Add(time.Hour).In(zone)); err != nil || !won {
		t.Fatal(won, err)
	}
	want(t, s, "kim", password.Record{Hash: "h2", Version: 2, SetAt: T0.Add(time.Hour)})
}

func testVersionsGuard(t *testing.T, s password.Store) {
	lose := func(account string, expect int64) {
		t.Helper()
		if won, err := s.SetHash(t.Context(), account, "evil", expect, keepAll, T0); won || err != nil {
			t.Errorf("SetHash(%s, %d): %v, %v", account, expect, won, err)
		}
	}
	lose("kim", 1)
	lose("kim", -1)
	set(t, s, "kim", "h1", 0)
	set(t, s, "kim", "h2", 1)
	for _, v := range []int64{-1, 0, 1, 3, 1 << 40} {
		lose("kim", v)
	}
	want(t, s, "kim", password.Record{Hash: "h2", Version: 2, SetAt: T0})
	if h := history(t, s, "kim", 10); !slices.Equal(h, []string{"h1"}) {
		t.Errorf("those who lost left a history of %v", h)
	}
}

func testUpgrade(t *testing.T, s password.Store) {
	ctx := t.Context()
	if won, err := s.UpgradeHash(ctx, "kim", "", "x"); won || err != nil {
		t.Fatal(won, err)
	}
	set(t, s, "kim", "h1", 0)
	if won, err := s.UpgradeHash(ctx, "kim", "h0", "x"); won || err != nil {
		t.Fatal(won, err)
	}
	if won, err := s.UpgradeHash(ctx, "kim", "h1", "h1+"); !won || err != nil {
		t.Fatal(won, err)
	}
	want(t, s, "kim", password.Record{Hash: "h1+", Version: 1, SetAt: T0})
	set(t, s, "kim", "h2", 1)
	if h := history(t, s, "kim", 10); !slices.Equal(h, []string{"h1+"}) {
		t.Errorf("history %v", h)
	}
}

func testHistory(t *testing.T, s password.Store) {
	if h := history(t, s, "kim", 5); len(h) != 0 {
		t.Errorf("an absent account has a history: %v", h)
	}
	for v := range int64(6) {
		if won, err := s.SetHash(t.Context(), "kim", fmt.Sprint("h", v+1), v, 3, T0); !won || err != nil {
			t.Fatal(won, err)
		}
	}
	for n, expect := range map[int][]string{10: {"h5", "h4", "h3"}, 2: {"h5", "h4"}, 0: nil, -1: nil} {
		if h := history(t, s, "kim", n); !slices.Equal(h, expect) {
			t.Errorf("the last %d: %v, want %v", n, h, expect)
		}
	}
	if h := history(t, s, "kim", 1); len(h) == 1 {
		h[0] = "changed by the caller"
	}
	if h := history(t, s, "kim", 1); !slices.Equal(h, []string{"h5"}) {
		t.Errorf("the store gave its own memory away: %v", h)
	}
	for v, keep := range map[int64]int{6: 0} { // nothing is kept any more
		if won, err := s.SetHash(t.Context(), "kim", "h7", v, keep, T0); !won || err != nil {
			t.Fatal(won, err)
		}
	}
	if h := history(t, s, "kim", 10); len(h) != 0 {
		t.Errorf("history %v", h)
	}
}

func testAccountsApart(t *testing.T, s password.Store) {
	set(t, s, "kim", "a1", 0)
	set(t, s, "Kim", "b1", 0)
	set(t, s, "Kim", "b2", 1)
	want(t, s, "kim", password.Record{Hash: "a1", Version: 1, SetAt: T0})
	if won, err := s.UpgradeHash(t.Context(), "kim", "b2", "x"); won || err != nil {
		t.Error("another account's hash was upgraded")
	}
	if h := history(t, s, "kim", 10); len(h) != 0 {
		t.Errorf("another account's history: %v", h)
	}
}

func testOddTexts(t *testing.T, s password.Store) {
	for _, account := range []string{"한글 😀", "' OR 1=1 --", "%_\\", "~shadow"} {
		set(t, s, account, "$h'\"\\%😀", 0)
		want(t, s, account, password.Record{Hash: "$h'\"\\%😀", Version: 1, SetAt: T0})
	}
}

func testDeleteAccount(t *testing.T, s password.Store) {
	ctx := t.Context()
	if err := s.DeleteAccount(ctx, "absent"); err != nil {
		t.Fatal(err)
	}
	others := []string{"kim", "ＫＩＭ", "lee"}
	for _, account := range append(others, "Kim") {
		set(t, s, account, "h1", 0)
		set(t, s, account, "h2", 1)
		if _, _, err := s.CountAttempt(ctx, account, "account", 1, time.Hour, time.Hour, T0); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteAccount(ctx, "Kim"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, "Kim"); !errors.Is(err, password.ErrNoPassword) {
		t.Errorf("after the deletion: %v", err)
	}
	if h := history(t, s, "Kim", 10); len(h) != 0 {
		t.Errorf("the deletion left %v", h)
	}
	if _, wait, _ := s.CountAttempt(ctx, "Kim", "account", 1, time.Hour, time.Hour, T0); wait != 0 {
		t.Error("the deletion left attempts")
	}
	for _, account := range others {
		want(t, s, account, password.Record{Hash: "h2", Version: 2, SetAt: T0})
		if _, wait, _ := s.CountAttempt(ctx, account, "account", 1, time.Hour, time.Hour, T0); wait == 0 {
			t.Errorf("the deletion took the attempts of %s", account)
		}
	}
	set(t, s, "Kim", "new", 0)
}

func testCancelled(t *testing.T, s password.Store) {
	set(t, s, "kim", "h1", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, errGet := s.Get(ctx, "kim")
	_, errSet := s.SetHash(ctx, "kim", "h2", 1, 3, T0)
	_, errUpgrade := s.UpgradeHash(ctx, "kim", "h1", "h2")
	_, errHistory := s.History(ctx, "kim", 3)
	_, errRevoke := s.Revoke(ctx, "kim", T0)
	_, errHold := s.Hold(ctx, "kim", 1, true)
	_, errHashes := s.HashesAfter(ctx, "", 0, 3)
	_, errReplace := s.ReplaceHash(ctx, "kim", 1, "h1", "h2")
	errTx := s.InTx(ctx, func(ctx context.Context) error { return ctx.Err() })
	for name, err := range map[string]error{"Get": errGet, "SetHash": errSet, "UpgradeHash": errUpgrade, "History": errHistory, "Revoke": errRevoke, "Hold": errHold,
		"HashesAfter": errHashes, "ReplaceHash": errReplace,
		"DeleteAccount": s.DeleteAccount(ctx, "kim"), "InTx": errTx} {
		if err == nil || errors.Is(err, password.ErrNoPassword) {
			t.Errorf("%s ignored a cancelled context: %v", name, err)
		}
	}
	want(t, s, "kim", password.Record{Hash: "h1", Version: 1, SetAt: T0})
}

func testNested(t *testing.T, s password.Store) {
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		return s.InTx(ctx, func(ctx context.Context) error {
			won, err := s.SetHash(ctx, "kim", "h1", 0, 3, T0)
			if !won {
				t.Error("lost without a rival")
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, s, "kim", password.Record{Hash: "h1", Version: 1, SetAt: T0})
}

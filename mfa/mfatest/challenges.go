package mfatest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/mfa"
)

func resealing(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	p := Pending("pending", "f", "phone")
	ok(t, s.AddFactor(ctx, p, mfa.MaxFactors))
	won(t, "of a pending factor", true)(s.ReplaceSealed(ctx, p.Account, "f", p.Sealed, []byte("resealed"), T0.Add(time.Minute)))
	_, err := s.ActivateFactor(ctx, with(p, 1, nil), T0.Add(2*time.Minute))
	ok(t, err)
	if f := get(t, s, p.Account, "f"); string(f.Sealed) != "resealed" || !f.SealedAt.Equal(T0.Add(time.Minute)) {
		t.Errorf("activated with %q of %v", f.Sealed, f.SealedAt)
	}
	ok(t, s.DeleteAccount(ctx, p.Account))
	var order []string
	for i := range 7 {
		f := Pending(fmt.Sprint("a", i), "f", "phone")
		f.SealedAt = T0.Add(time.Duration(i/2) * time.Second) // in pairs of one instant
		ok(t, s.AddFactor(ctx, f, mfa.MaxFactors))
		order = append(order, f.Account)
	}
	walk := func(before time.Time, between func(f mfa.FactorRow)) (seen []string) {
		var after mfa.FactorRow
		for {
			batch, err := s.FactorsSealedBefore(ctx, before, after, 2)
			ok(t, err)
			if len(batch) > 2 {
				t.Fatalf("%d factors in a batch of 2", len(batch))
			}
			for _, f := range batch {
				seen = append(seen, f.Account)
				between(f)
			}
			if len(batch) < 2 {
				return seen
			}
			after = batch[len(batch)-1]
		}
	}
	nothing := func(mfa.FactorRow) {}
	if got := walk(T0.Add(time.Hour), nothing); !slices.Equal(got, order) {
		t.Errorf("got %v, want %v", got, order)
	}
	if got := walk(T0.Add(time.Second), nothing); !slices.Equal(got, order[:2]) { // not those of that instant
		t.Errorf("got %v, want %v", got, order[:2])
	}
	now := T0.Add(time.Hour)
	if got := walk(now, func(f mfa.FactorRow) {
		won(t, "with another state", false)(s.ReplaceSealed(ctx, f.Account, "f", []byte("other"), []byte("new"), now))
		won(t, "with its state", true)(s.ReplaceSealed(ctx, f.Account, "f", f.Sealed, []byte("new"), now))
		won(t, "again", false)(s.ReplaceSealed(ctx, f.Account, "f", f.Sealed, []byte("newer"), now))
	}); !slices.Equal(got, order) {
		t.Errorf("while replacing: %v, want %v", got, order)
	}
	if got := walk(now, nothing); len(got) != 0 {
		t.Errorf("left over: %v", got)
	}
	if f := get(t, s, "a0", "f"); !bytes.Equal(f.Sealed, []byte("new")) || !f.SealedAt.Equal(now) {
		t.Errorf("got %+v", f)
	}
}

func challenges(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	for _, c := range []mfa.ChallengeRow{Row("kim", "signin", "c1"), Row("kim", "manage", "c2"), Row("lee", "signin", "c3")} {
		ok(t, s.PutChallenge(ctx, c))
	}
	for i := range 3 {
		won(t, fmt.Sprint("attempt ", i+1), true)(take(ctx, s, "c1", 3, T0))
	}
	won(t, "attempt 4", false)(take(ctx, s, "c1", 3, T0))
	c, err := challenge(ctx, s, "c1", T0)
	ok(t, err)
	if c.Attempts != 3 {
		t.Errorf("%d attempts, want 3", c.Attempts)
	}
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c4"))) // the newer ends the older
	_, err = challenge(ctx, s, "c1", T0)
	want(t, "the older", err, mfa.ErrNoChallenge)
	won(t, "finish the older", false)(s.FinishChallenge(ctx, "c1", T0))
	if c, err := challenge(ctx, s, "c4", T0); err != nil || c.Attempts != 0 || c.PreparedFor != "" {
		t.Errorf("the newer: %+v, %v", c, err)
	}
	for _, id := range []string{"c2", "c3", "c4"} {
		won(t, "finish "+id, true)(s.FinishChallenge(ctx, id, T0))
		won(t, "finish again "+id, false)(s.FinishChallenge(ctx, id, T0))
		won(t, "attempt after", false)(take(ctx, s, id, 3, T0))
	}
}

func challengeExpiry(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	c := Row("kim", "signin", "c1")
	ok(t, s.PutChallenge(ctx, c))
	for _, late := range []time.Time{c.ExpiresAt, c.ExpiresAt.Add(tick)} {
		_, err := challenge(ctx, s, "c1", late)
		want(t, "read", err, mfa.ErrNoChallenge)
		won(t, "attempt", false)(take(ctx, s, "c1", 5, late))
		won(t, "prepare", false)(s.PrepareChallenge(ctx, "c1", "f", []byte("x"), late))
		won(t, "finish", false)(s.FinishChallenge(ctx, "c1", late))
	}
	last := c.ExpiresAt.Add(-tick)
	_, err := challenge(ctx, s, "c1", last)
	ok(t, err)
	won(t, "attempt", true)(take(ctx, s, "c1", 5, last))
	won(t, "prepare", true)(s.PrepareChallenge(ctx, "c1", "f", []byte("x"), last))
	won(t, "finish", true)(s.FinishChallenge(ctx, "c1", last))
}

func preparing(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c1")))
	won(t, "attempt", true)(take(ctx, s, "c1", 5, T0))
	won(t, "prepare", true)(s.PrepareChallenge(ctx, "c1", "f1", []byte{0, 1}, T0))
	won(t, "prepare another", true)(s.PrepareChallenge(ctx, "c1", "f2", []byte{0, 2}, T0))
	won(t, "absent", false)(s.PrepareChallenge(ctx, "c9", "f2", []byte{0, 2}, T0))
	c, err := challenge(ctx, s, "c1", T0)
	ok(t, err)
	if c.PreparedFor != "f2" || !bytes.Equal(c.Prepared, []byte{0, 2}) || c.Attempts != 1 {
		t.Errorf("got %+v", c)
	}
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c2")))
	if c, err := challenge(ctx, s, "c2", T0); err != nil || c.PreparedFor != "" || len(c.Prepared) != 0 {
		t.Errorf("the newer challenge is prepared: %+v, %v", c, err)
	}
}

func recoveryCodes(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	left := func(account string, want int) {
		t.Helper()
		if n, err := s.RecoveryCodesLeft(ctx, account); err != nil || n != want {
			t.Errorf("%s has %d codes, %v, want %d", account, n, err, want)
		}
	}
	ok(t, s.ReplaceRecoveryCodes(ctx, "kim", []string{"h1", "h2", "h3"}, T0))
	ok(t, s.ReplaceRecoveryCodes(ctx, "lee", []string{"h1"}, T0))
	left("kim", 3)
	won(t, "use", true)(s.UseRecoveryCode(ctx, "kim", "h1", T0))
	won(t, "again", false)(s.UseRecoveryCode(ctx, "kim", "h1", T0.Add(time.Hour)))
	won(t, "wrong", false)(s.UseRecoveryCode(ctx, "kim", "H2", T0))
	won(t, "empty", false)(s.UseRecoveryCode(ctx, "kim", "", T0))
	left("kim", 2)
	left("lee", 1)
	ok(t, s.ReplaceRecoveryCodes(ctx, "kim", []string{"h4", "h5"}, T0))
	left("kim", 2)
	won(t, "an older code", false)(s.UseRecoveryCode(ctx, "kim", "h2", T0))
	won(t, "a newer code", true)(s.UseRecoveryCode(ctx, "kim", "h4", T0))
	ok(t, s.ReplaceRecoveryCodes(ctx, "kim", nil, T0))
	left("kim", 0)
	won(t, "a code without a successor", false)(s.UseRecoveryCode(ctx, "kim", "h5", T0))
	won(t, "another account's code", true)(s.UseRecoveryCode(ctx, "lee", "h1", T0))
}

func onceEnabled(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	won(t, "first", true)(s.MarkEnabled(ctx, "kim", "totp", T0))
	won(t, "again", false)(s.MarkEnabled(ctx, "kim", "totp", T0.Add(time.Hour)))
	won(t, "another method", true)(s.MarkEnabled(ctx, "kim", "sms", T0))
	won(t, "another account", true)(s.MarkEnabled(ctx, "lee", "totp", T0))
	active(t, s, "kim", "f1", "phone")
	_, err := s.RemoveFactor(ctx, "kim", "f1")
	ok(t, err)
	won(t, "after the removal", false)(s.MarkEnabled(ctx, "kim", "totp", T0))
}

func countMethods(t *testing.T, s mfa.Store) {
	count := func(wantAccounts int, want map[string]int) {
		t.Helper()
		methods, accounts, err := s.CountMethods(t.Context())
		if err != nil || accounts != wantAccounts || !maps.Equal(methods, want) {
			t.Errorf("counted %d accounts, %v, %v, want %d, %v", accounts, methods, err, wantAccounts, want)
		}
	}
	count(0, nil)
	active(t, s, "kim", "f1", "phone")
	active(t, s, "kim", "f2", "tablet")
	active(t, s, "lee", "f3", "phone")
	f := Pending("kim", "f4", "key")
	f.Method = "webauthn"
	ok(t, s.AddFactor(t.Context(), f, mfa.MaxFactors))
	count(2, map[string]int{"totp": 2})
	_, err := s.ActivateFactor(t.Context(), f, T0)
	ok(t, err)
	count(2, map[string]int{"totp": 2, "webauthn": 1})
}

// nul: text with a NUL is refused or kept, never cut. (The Manager refuses it
// before.)
func nul(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	f := Pending("kim", "f1", "pho\x00ne")
	if err := s.AddFactor(ctx, f, mfa.MaxFactors); err == nil {
		if got := get(t, s, "kim", "f1"); got.Name != f.Name {
			t.Errorf("the name became %q", got.Name)
		}
	}
	c := Row("lee", "signin", "c1")
	c.Binding = "v\x001"
	if err := s.PutChallenge(ctx, c); err == nil {
		if got, err := challenge(ctx, s, "c1", T0); err != nil || got.Binding != c.Binding {
			t.Errorf("the binding became %q, %v", got.Binding, err)
		}
	}
	if used, err := s.UseRecoveryCode(ctx, "kim", "h\x00", T0); used {
		t.Errorf("an absent code was used, %v", err)
	}
}

func purge(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	active(t, s, "kim", "f1", "phone")
	pending := Pending("kim", "f2", "tablet")
	ok(t, s.AddFactor(ctx, pending, mfa.MaxFactors))
	c := Row("kim", "signin", "c1")
	ok(t, s.PutChallenge(ctx, c))
	ok(t, s.ReplaceRecoveryCodes(ctx, "kim", []string{"h1"}, T0))
	lasting := func() error { _, err := s.TakeAttempt(ctx, "c1", 9, strangers("kim", 2), T0); return err }
	ok(t, lasting())
	passing := strangers("kim", 0)
	passing.Name = "passing"
	_, err := s.TakeAttempt(ctx, "c1", 9, passing, T0)
	ok(t, err)
	active(t, s, "spender", "f1", "key")
	won(t, "spend", true)(spend(ctx, s, "x", c.ExpiresAt))
	for _, step := range []struct {
		at   time.Time
		want int64
	}{{c.ExpiresAt.Add(-tick), 0}, {c.ExpiresAt, 2}, {c.ExpiresAt, 0}, {pending.ExpiresAt.Add(-tick), 0}, {pending.ExpiresAt, 1}, {T0.Add(24*time.Hour - tick), 0}, {T0.Add(24 * time.Hour), 1}, {T0.Add(1000 * time.Hour), 0}} {
		if n, err := s.Purge(ctx, step.at); err != nil || n != step.want {
			t.Errorf("purge at %v: %d, %v, want %d", step.at, n, err, step.want)
		}
	}
	if n, err := s.RecoveryCodesLeft(ctx, "kim"); err != nil || n != 1 || names(t, s, "kim") != "phone " {
		t.Errorf("purged too much: %d codes, %v", n, err)
	}
	ok(t, s.PutChallenge(ctx, c))
	ok(t, lasting())
	want(t, "the failures in a row were purged", lasting(), mfa.ErrStopped)
	won(t, "spend what was purged", true)(spend(ctx, s, "x", c.ExpiresAt))
}

func deleteAccount(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	for _, account := range []string{"Kim", "lee"} {
		active(t, s, account, "f1", "phone")
		ok(t, s.AddFactor(ctx, Pending(account, "f2", "tablet"), mfa.MaxFactors))
		ok(t, s.PutChallenge(ctx, Row(account, "signin", "c-"+account)))
		ok(t, s.ReplaceRecoveryCodes(ctx, account, []string{"h1"}, T0))
		won(t, "mark", true)(s.MarkEnabled(ctx, account, "totp", T0))
		_, err := s.TakeAttempt(ctx, "c-"+account, 9, strangers(account, 1), T0)
		ok(t, err)
	}
	count := func(account string) int {
		n, _, err := s.CountAttempt(ctx, account, "mfa", 9, time.Minute, time.Hour, T0)
		ok(t, err)
		return n
	}
	count("Kim")
	count("kim")
	count("lee")
	for range 2 {
		ok(t, s.DeleteAccount(ctx, "Kim"))
	}
	_, err := s.Factor(ctx, "Kim", "f1")
	want(t, "active", err, mfa.ErrNoFactor)
	_, err = s.Factor(ctx, "Kim", "f2")
	want(t, "pending", err, mfa.ErrNoFactor)
	_, err = challenge(ctx, s, "c-Kim", T0)
	want(t, "challenge", err, mfa.ErrNoChallenge)
	won(t, "code", false)(s.UseRecoveryCode(ctx, "Kim", "h1", T0))
	ok(t, s.PutChallenge(ctx, Row("Kim", "signin", "c-Kim")))
	_, err = s.TakeAttempt(ctx, "c-Kim", 9, strangers("Kim", 1), T0)
	ok(t, err)
	won(t, "mark", true)(s.MarkEnabled(ctx, "Kim", "totp", T0))
	if n := count("Kim"); n != 1 {
		t.Errorf("the attempts were kept: %d", n)
	}

	_, err = s.TakeAttempt(ctx, "c-lee", 9, strangers("lee", 1), T0)
	want(t, "another account's failures", err, mfa.ErrStopped)
	won(t, "another account's mark", false)(s.MarkEnabled(ctx, "lee", "totp", T0))
	won(t, "another account's code", true)(s.UseRecoveryCode(ctx, "lee", "h1", T0))
	for _, other := range []string{"kim", "lee"} {
		if n := count(other); n != 2 {
			t.Errorf("the attempts of %s: %d", other, n)
		}
	}
}

// deletePending ends what was begun and leaves what is done.
func deletePending(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	for _, account := range []string{"kim", "lee"} {
		active(t, s, account, "f1", "phone")
		f := Pending(account, "f2", "tablet")
		f.Proved = true
		ok(t, s.AddFactor(ctx, f, mfa.MaxFactors))
		for _, purpose := range []string{"signin", "manage"} {
			ok(t, s.PutChallenge(ctx, mfa.ChallengeRow{ID: account + purpose, Account: account, Purpose: purpose, CreatedAt: T0, ExpiresAt: T0.Add(time.Hour)}))
		}
	}
	for range 2 {
		ok(t, s.DeletePending(ctx, "kim"))
	}
	for _, account := range []string{"kim", "lee"} {
		if _, err := challenge(ctx, s, account+"signin", T0); errors.Is(err, mfa.ErrNoChallenge) != (account == "kim") {
			t.Errorf("%s: challenge: %v", account, err)
		}
		if _, err := challenge(ctx, s, account+"manage", T0); errors.Is(err, mfa.ErrNoChallenge) != (account == "kim") {
			t.Errorf("%s: challenge: %v", account, err)
		}
		if _, err := s.Factor(ctx, account, "f2"); errors.Is(err, mfa.ErrNoFactor) != (account == "kim") {
			t.Errorf("%s: pending factor: %v", account, err)
		}
		get(t, s, account, "f1")
	}
}

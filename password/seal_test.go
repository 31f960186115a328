package password_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/password"
)

// keyring seals with its first key and opens with any.
type keyring []secret.AEAD

func (k keyring) Encrypt(plain, ad []byte) ([]byte, error) { return k[0].Encrypt(plain, ad) }

func (k keyring) Decrypt(sealed, ad []byte) (plain []byte, err error) {
	for _, a := range k {
		if plain, err = a.Decrypt(sealed, ad); err == nil {
			return plain, nil
		}
	}
	return nil, err
}

// countingAEAD counts how often something is opened.
type countingAEAD struct {
	secret.AEAD
	opened int
}

func (c *countingAEAD) Decrypt(sealed, ad []byte) ([]byte, error) {
	c.opened++
	return c.AEAD.Decrypt(sealed, ad)
}

// under gives a manager over the same store with a pepper.
func (w *world) under(a password.AEAD) *password.Manager {
	w.t.Helper()
	m, err := password.New(w.store, password.Config{Hasher: w.hasher, Recorder: w, Pepper: a})
	w.ok(err)
	return m
}

func (w *world) stored(account string) string {
	w.t.Helper()
	rec, err := w.store.Get(w.t.Context(), account)
	w.ok(err)
	return rec.Hash
}

// Pitfall 13: with a pepper no hash is stored in the clear, current or former,
// and none opens in another account's row or as another version.
func TestPitfall13PepperedHashesDoNotMove(t *testing.T) {
	key := secrettest.AEAD()
	w := newWorld(t, func(cfg *password.Config) { cfg.Pepper = key })
	ctx := t.Context()
	w.set("kim", good)
	first := w.stored("kim")
	w.ok(w.Change(ctx, "kim", good, other, password.Person{}, home, false))
	w.set("eve", "copper gulls argue at noon")
	w.set("eve", another) // of the same version as kim's
	v, err := w.Verify(ctx, "kim", other, home, false)
	w.ok(err)
	if v.UpgradedHash || v.Version != 2 {
		t.Errorf("%+v", v)
	}
	_, err = w.Verify(ctx, "kim", good, home, false)
	w.want(err, password.ErrMismatch)
	var policy *password.PolicyError
	if err := w.Set(ctx, "kim", good, password.Person{}, home); !errors.As(err, &policy) {
		t.Error("a sealed former password is used again:", err)
	}
	all, err := w.store.HashesAfter(ctx, "", 0, 100)
	w.ok(err)
	for _, h := range all {
		if !strings.HasPrefix(h.Hash, fmt.Sprintf("$sealed$%d$", h.Version)) || strings.Contains(h.Hash, "argon2id") {
			t.Errorf("%s %d: %s", h.Account, h.Version, h.Hash)
		}
		if said := fmt.Sprintf("%v %+v %#v %s", h, h, h, h); strings.Contains(said, h.Hash) {
			t.Error(said)
		}
	}
	// Whoever writes to the database gains nothing by moving hashes.
	kim, eve := w.stored("kim"), w.stored("eve")
	for i, moved := range []string{eve, first, strings.Replace(first, "$1$", "$2$", 1), strings.Replace(kim, "$2$", "$02$", 1), strings.Replace(kim, "$2$", "$+2$", 1), kim + "A", kim[:len(kim)-2], "$sealed$", "$sealed$2", "$sealed$2$", "$sealed$0$AAAA"} {
		won, err := w.store.ReplaceHash(ctx, "kim", 2, w.stored("kim"), moved)
		if !won || err != nil {
			t.Fatal(won, err)
		}
		for _, pw := range []string{good, other, another} {
			if _, err := w.Verify(ctx, "kim", pw, host(i), false); !errors.Is(err, password.ErrSealed) {
				t.Errorf("%s: %v", moved, err)
			}
		}
	}
	w.ok(w.Set(ctx, "kim", "copper gulls argue at dawn", password.Person{}, home)) // nor do they lock the owner out
}

// Pitfall 9: an unknown account costs the same opening as a known one.
func TestPitfall09PepperCostsTheSame(t *testing.T) {
	key := &countingAEAD{AEAD: secrettest.AEAD()}
	w := newWorld(t, func(cfg *password.Config) { cfg.Pepper = key })
	w.set("kim", good)
	for _, account := range []string{"kim", "nobody"} {
		before := key.opened
		work, err := w.verify(account, other, host(1), false)
		if work != "1 [Count net Count net Count account Get]" || !errors.Is(err, password.ErrMismatch) || key.opened-before != 1 {
			t.Errorf("%s: %s, %v, %d opened", account, work, err, key.opened-before)
		}
	}
}

// Pitfall 2: what cannot be opened is not judged and not counted, and still
// tells nothing.
func TestPitfall02LostPepperIsNotCounted(t *testing.T) {
	key := secrettest.AEAD()
	w := newWorld(t, func(cfg *password.Config) { cfg.Pepper = key })
	w.set("kim", good)
	for _, a := range []password.AEAD{nil, secrettest.AEAD()} {
		lost := w.under(a)
		for range 50 {
			for _, pw := range []string{good, other} {
				_, err := lost.Verify(t.Context(), "kim", pw, home, false)
				w.want(err, password.ErrSealed)
			}
		}
	}
	_, err := w.Verify(t.Context(), "kim", good, home, false)
	w.ok(err)
}

// Hashes of before the pepper verify, and are sealed without being hashed anew.
func TestPepperIsAddedAtSignIn(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	plain := w.stored("kim")
	key := secrettest.AEAD()
	peppered := w.under(key)
	hashed := w.hasher.hashed.Load()
	if _, err := peppered.Verify(t.Context(), "kim", other, home, false); !errors.Is(err, password.ErrMismatch) || w.stored("kim") != plain {
		t.Error("a wrong password changed something:", err)
	}
	for _, want := range []bool{true, false} {
		v, err := peppered.Verify(t.Context(), "kim", good, home, false)
		w.ok(err)
		if v.UpgradedHash != want || v.Version != 1 {
			t.Errorf("%+v", v)
		}
	}
	if w.hasher.hashed.Load() != hashed {
		t.Error("the hash was computed anew")
	}
	if !strings.HasPrefix(w.stored("kim"), "$sealed$1$") {
		t.Error(w.stored("kim"))
	}
}

// Pitfall 13: after a rotation and a Reseal the old key is not needed any more,
// for current and former passwords, sealed before or not; it goes on where it
// was cut off and past what does not open.
func TestPitfall13ResealHashes(t *testing.T) {
	ctx := t.Context()
	old, fresh := secrettest.AEAD(), secrettest.AEAD()
	w := newWorld(t, func(cfg *password.Config) { cfg.Pepper = old; cfg.History = 3 })
	w.set("a000", good)
	w.Manager = w.under(nil)
	w.set("a001", good) // not sealed
	w.Manager = w.under(old)
	for i := 2; i < 75; i++ {
		w.set(fmt.Sprintf("a%03d", i), good)
	}
	for i := range 75 {
		w.set(fmt.Sprintf("a%03d", i), other)
	}
	broken := w.stored("a007")
	_, err := w.store.ReplaceHash(ctx, "a007", 2, broken, broken+"AAAA")
	w.ok(err)

	both := w.under(keyring{fresh, old})
	short, cancel := context.WithCancel(ctx)
	w.store.onReplace = func(n int) {
		if n == 120 {
			cancel()
		}
	}
	last, n, err := both.Reseal(short, "")
	w.want(err, context.Canceled)
	if last < "a050" || last > "a061" || n < 115 {
		t.Errorf("cut off at %s after %d", last, n)
	}
	end, m, err := both.Reseal(ctx, last)
	w.ok(err)
	if end != "a074" || n+m < 149 || n+m > 151 {
		t.Errorf("ended at %s after %d and %d", end, n, m)
	}
	if _, all, err := both.Reseal(ctx, ""); !errors.Is(err, password.ErrSealed) || all != 149 {
		t.Errorf("%d hashes, %v", all, err)
	}
	if _, _, err := w.under(nil).Reseal(ctx, ""); err == nil {
		t.Error("sealed with nothing")
	}
	w.Manager = w.under(fresh) // the old key is gone
	for i := range 75 {
		account := fmt.Sprintf("a%03d", i)
		_, err := w.Verify(ctx, account, other, host(i), false)
		if account == "a007" {
			w.want(err, password.ErrSealed)
			continue
		}
		w.ok(err)
		var policy *password.PolicyError
		if err := w.Set(ctx, account, good, password.Person{}, home); !errors.As(err, &policy) {
			t.Errorf("%s: the former password did not open: %v", account, err)
		}
	}
	if err := w.Set(ctx, "a007", good, password.Person{}, home); err == nil {
		t.Error("the broken account's former password did not open")
	}
}

func TestPepperIsChecked(t *testing.T) {
	if _, err := password.New(password.NewMemoryStore(), password.Config{Recorder: newWorld(t, nil), Pepper: deafAEAD{}}); err == nil {
		t.Error("an AEAD that ignores the row is accepted")
	}
}

type deafAEAD struct{}

func (deafAEAD) Encrypt(p, _ []byte) ([]byte, error) { return p, nil }
func (deafAEAD) Decrypt(c, _ []byte) ([]byte, error) { return c, nil }

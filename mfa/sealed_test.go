package mfa_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
)

// Pitfall 13: a ciphertext that was moved to another row, or sealed under
// another key, does not open, and is not a wrong code either.
func TestPitfall13SwappedCiphertext(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, mine := w.enroll("kim", "phone", nil), w.enroll("eve", "phone", nil)
	w.clock.Add(time.Minute)
	kims, err := w.store.Factor(ctx, "kim", a.id)
	w.ok(err)
	eves, err := w.store.Factor(ctx, "eve", mine.id)
	w.ok(err)
	if bytes.Contains(kims.Sealed, []byte(a.seed)) {
		t.Error("the seed is stored in clear")
	}
	swapped, err := w.store.ReplaceSealed(ctx, "kim", a.id, kims.Sealed, eves.Sealed, w.clock.now)
	if err != nil || !swapped {
		t.Fatal(swapped, err)
	}
	w.want(w.try("kim", a.id, mine.code()), mfa.ErrSealed)
	cfg := w.cfg
	cfg.AEAD = secrettest.AEAD()
	other, err := mfa.New(w.store, cfg)
	w.ok(err)
	_, err = other.Verify(ctx, w.challenge("eve", "signin"), "signin", mine.id, mine.code(), home)
	w.want(err, mfa.ErrSealed)
	w.ok(w.try("eve", mine.id, mine.code()))
}

// rotating opens with two keys and seals with the newer.
type rotating struct{ older, newer mfa.AEAD }

func (r rotating) Encrypt(p, ad []byte) ([]byte, error) { return r.newer.Encrypt(p, ad) }
func (r rotating) Decrypt(c, ad []byte) ([]byte, error) {
	if p, err := r.newer.Decrypt(c, ad); err == nil {
		return p, nil
	}
	return r.older.Decrypt(c, ad)
}

// Pitfall 13: rotation works, in batches, and goes on after what does not open.
func TestPitfall13Reseal(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	apps := map[string]app{}
	for i := range 103 {
		account := fmt.Sprint("a", i)
		apps[account] = w.enroll(account, "phone", nil)
	}
	broken, err := w.store.Factor(ctx, "a7", apps["a7"].id)
	w.ok(err)
	_, err = w.store.ReplaceSealed(ctx, "a7", broken.ID, broken.Sealed, []byte("broken"), broken.SealedAt)
	w.ok(err)
	newer := secrettest.AEAD()
	manager := func(aead mfa.AEAD) *mfa.Manager {
		cfg := w.cfg
		cfg.AEAD = aead
		m, err := mfa.New(w.store, cfg)
		w.ok(err)
		return m
	}
	n, err := manager(rotating{w.cfg.AEAD, newer}).Reseal(ctx)
	if !errors.Is(err, mfa.ErrSealed) || n != 102 {
		t.Errorf("resealed %d, %v", n, err)
	}
	w.clock.Add(time.Minute)
	w.Manager = manager(newer) // the old key is gone
	for account, a := range apps {
		err := w.try(account, a.id, a.code())
		if account == "a7" {
			w.want(err, mfa.ErrSealed)
			continue
		}
		w.ok(err)
	}
}

// between runs something between the reading of an enrolment and its end.
type between struct {
	mfa.Store
	do func()
}

func (b between) TakeEnrollAttempt(ctx context.Context, account, id string, max int, now time.Time) (bool, error) {
	b.do()
	return b.Store.TakeEnrollAttempt(ctx, account, id, max, now)
}

// Pitfall 13: an enrolment that ends while its factor is resealed does not put the
// old key's state back.
func TestPitfall13ResealDuringAnEnrolment(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, _ := w.start("kim", "phone", nil)
	w.clock.Add(time.Second)
	newer := secrettest.AEAD()
	cfg := w.cfg
	cfg.AEAD = rotating{w.cfg.AEAD, newer}
	m, err := mfa.New(between{w.store, func() {
		if n, err := w.Reseal(ctx); n != 1 || err != nil {
			t.Errorf("resealed %d, %v", n, err)
		}
	}}, cfg)
	w.ok(err)
	w.Manager, err = mfa.New(w.store, cfg) // whose Reseal that is
	w.ok(err)
	_, err = m.FinishEnroll(ctx, "kim", a.id, a.code(), home)
	w.ok(err)
	cfg.AEAD = newer // the old key is gone
	w.Manager, err = mfa.New(w.store, cfg)
	w.ok(err)
	w.clock.Add(time.Minute)
	w.ok(w.try("kim", a.id, a.code()))
}

package recovery_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/recovery"
)

// Pitfall 13: a row that is copied to another account, or to another question,
// does not open there.
func TestPitfall13SwappedRows(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	stolen, err := w.store.Store.GetAnswers(ctx, "kim")
	w.ok(err)
	swapped := stolen
	swapped.List = []recovery.StoredAnswer{stolen.List[1], stolen.List[2], stolen.List[0]}
	for i := range swapped.List {
		swapped.List[i].Question, swapped.List[i].SealedText = stolen.List[i].Question, stolen.List[i].SealedText
	}
	for account, set := range map[string]recovery.Answers{"mallory": stolen, "lee": swapped} {
		_, err := w.store.Store.SetAnswers(ctx, account, set)
		w.ok(err)
		token, err := w.Begin(ctx, account, "", phone, false)
		w.ok(err)
		_, err = w.ProveChannel(ctx, token, w.codes.last(), phone)
		if err == nil {
			err = w.failed(token, []string{mine[0].Answer, mine[1].Answer})
		}
		if !errors.Is(err, secret.ErrSealed) {
			t.Errorf("%s: %v", account, err)
		}
	}
}

// Pitfall 13: nothing that the store is given holds an answer, a code, a token
// or the owner's own question.
func TestPitfall13StoreHoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	token, err := w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	set, err := w.store.Store.GetAnswers(ctx, "kim")
	w.ok(err)
	tk, err := w.store.Store.GetTicket(ctx, secret.HashToken(token), w.now)
	w.ok(err)
	dump := fmt.Sprintf("%+v %+v", set, tk)
	for _, a := range set.List {
		dump += string(a.SealedHash) + string(a.SealedText)
	}
	dump += string(tk.SealedCode)
	for _, a := range mine {
		for _, s := range []string{a.Answer, a.Own, strings.ToLower(strings.ReplaceAll(a.Answer, " ", ""))} {
			if s != "" && strings.Contains(dump, s) {
				t.Errorf("the store holds %q", s)
			}
		}
	}
	if strings.Contains(dump, token) || strings.Contains(dump, w.codes.last()) {
		t.Error("the store holds the token or the code")
	}
}

// keyring opens under any of its keys and seals under the first, as a Tink
// keyset does.
type keyring []recovery.AEAD

func (k keyring) Encrypt(plain, ad []byte) ([]byte, error) { return k[0].Encrypt(plain, ad) }

func (k keyring) Decrypt(sealed, ad []byte) (plain []byte, err error) {
	for _, a := range k {
		if plain, err = a.Decrypt(sealed, ad); err == nil {
			return plain, nil
		}
	}
	return nil, err
}

// After a rotation and a Reseal the old key is not needed any more.
func TestReseal(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, fresh := secrettest.AEAD(), secrettest.AEAD()
	manager := func(a recovery.AEAD) *recovery.Manager {
		m, err := recovery.New(w.store, recovery.Config{AEAD: a, Recorder: w.events, Codes: w.codes, Hasher: w.hasher,
			DecoyKey: bytes.Repeat([]byte{3}, 32), Now: w.now.Local})
		w.ok(err)
		return m
	}
	accounts := []string{"a", "b", "김"}
	for _, account := range accounts {
		w.ok(manager(old).SetAnswers(ctx, account, mine, recovery.Owner{}, phone))
	}
	w.ok(manager(keyring{fresh, old}).Reseal(ctx))
	w.ok(manager(keyring{fresh, old}).Reseal(ctx)) // again changes nothing that matters
	only := manager(fresh)
	for _, account := range accounts {
		token, err := only.Begin(ctx, account, "", phone, false)
		w.ok(err)
		asked, err := only.ProveChannel(ctx, token, w.codes.last(), phone)
		w.ok(err)
		_, err = only.Answer(ctx, token, answersFor(asked), phone)
		w.ok(err)
	}
	if err := manager(old).Reseal(ctx); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("under the old key alone: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	w := newWorld(t)
	good := recovery.Config{AEAD: secrettest.AEAD(), Recorder: w.events, Codes: w.codes, Hasher: w.hasher, DecoyKey: make([]byte, 32)}
	if _, err := recovery.New(w.store, good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(c *recovery.Config){
		"AEAD": func(c *recovery.Config) { c.AEAD = nil }, "Recorder": func(c *recovery.Config) { c.Recorder = nil },
		"Codes": func(c *recovery.Config) { c.Codes = nil }, "Hasher": func(c *recovery.Config) { c.Hasher = nil },
		"DecoyKey": func(c *recovery.Config) { c.DecoyKey = make([]byte, 31) },
		"Required": func(c *recovery.Config) { c.Required = 3 }, "Asked": func(c *recovery.Config) { c.Asked = 4 },
		"MinSet": func(c *recovery.Config) { c.MinSet = 11 }, "negative": func(c *recovery.Config) { c.Required = -1 },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := recovery.New(w.store, cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := recovery.New(nil, good); err == nil {
		t.Error("no store: accepted")
	}
}

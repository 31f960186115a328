package sms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/mfa/sms"
)

// Pitfall 13: neither the states nor the counts hold a code, and the counts
// hold no number and no address. A plain hash of a number is none of theirs.
func TestPitfall13NothingInClear(t *testing.T) {
	spy := &spyStore{Store: sms.NewMemoryStore()}
	w := newWorld(t)
	method, err := sms.New(spy, w.cfg)
	w.ok(err)
	w.Method, w.store = method, spy
	f := w.enroll("kim", "010-1234-5678")
	code, _ := f.challenge()
	w.provider.err = unsent{errors.New("refused +82 10-1234-5678, 01012345678, +821012345678, code " + code)}
	w.now = w.now.Add(time.Minute)
	f.challenge()
	w.messages()
	if strings.Contains(string(f.asked), w.last().code()) || strings.Contains(string(f.state), "code") {
		t.Error("a state holds the code")
	}
	dump := strings.Join(spy.names, " ")
	for _, s := range []string{"1012345678", "5678", "192.0.2", code} {
		if strings.Contains(dump, s) {
			t.Errorf("the store is given %q: %s", s, dump)
		}
	}
	if len(spy.names) < 30 {
		t.Fatalf("the dump is not one: %s", dump)
	}
	w.clean("1012345678", "5678", "1234", code, w.last().code(), "192.0.2")
}

// Pitfall 13: what the store sees of numbers, networks and accounts is hashed
// with the key: under another key nothing is the same.
func TestPitfall13NamesAreKeyed(t *testing.T) {
	hashed := func(key string) map[string]bool {
		spy := &spyStore{Store: sms.NewMemoryStore()}
		w := newWorld(t, func(c *sms.Config) { c.Key = []byte(strings.Repeat(key, 32)) })
		method, err := sms.New(spy, w.cfg)
		w.ok(err)
		w.Method = method
		w.enroll("kim", "010-1234-5678")
		names := map[string]bool{}
		for _, name := range spy.names {
			if scope, _, _ := strings.Cut(name, "|"); scope == "resend" || scope == "account" || scope == "number" || scope == "network" || scope == "wide" {
				names[name] = true
			}
		}
		return names
	}
	a, b := hashed("a"), hashed("b")
	for name := range a {
		if b[name] {
			t.Errorf("%s does not depend on the key", name)
		}
	}
	if len(a) != 9 || len(b) != 9 {
		t.Errorf("%d and %d names, want 9: %v", len(a), len(b), a)
	}
}

// spyStore keeps the names it is given.
type spyStore struct {
	sms.Store
	names  []string
	spends int
}

func (s *spyStore) Spend(ctx context.Context, quotas []sms.Quota, now time.Time) (sms.Refusal, error) {
	s.spends++
	for _, q := range quotas {
		s.names = append(s.names, q.Name)
	}
	return s.Store.Spend(ctx, quotas, now)
}

func (s *spyStore) Return(ctx context.Context, once sms.Quota, back []sms.Quota, now time.Time) (bool, error) {
	for _, q := range append(back, once) {
		s.names = append(s.names, q.Name)
	}
	return s.Store.Return(ctx, once, back, now)
}

// Pitfall 9: enrolling a number that another account has takes the same steps
// and gives the same answer as one that nobody has.
func TestPitfall09Enumeration(t *testing.T) {
	spy := &spyStore{Store: sms.NewMemoryStore()}
	w := newWorld(t)
	method, err := sms.New(spy, w.cfg)
	w.ok(err)
	w.Method = method
	w.enroll("kim", "010-1234-5678")
	try := func(account, typed string) (spends, sent int, shape string) {
		before, messages := spy.spends, w.provider.count()
		s := w.subject(account, "f")
		s.Label = typed
		begun, err := w.Enroll(t.Context(), s)
		w.ok(err)
		shown := begun.Show.(sms.Sent)
		w.messages()
		return spy.spends - before, w.provider.count() - messages, fmt.Sprint(len(begun.State), shown.ExpiresAt, shown.ResendAt, len(shown.Number))
	}
	a1, b1, c1 := try("eve", "010-1234-5678")
	a2, b2, c2 := try("eve2", "010-9876-5432")
	if a1 != a2 || b1 != b2 || c1 != c2 || b1 != 1 || a1 != 1 {
		t.Errorf("known number: %d statements, %d messages, %s; unknown: %d, %d, %s", a1, b1, c1, a2, b2, c2)
	}
}

func TestRedacted(t *testing.T) {
	w := newWorld(t)
	key := string(w.cfg.Key)
	for _, out := range []string{
		fmt.Sprintf("%v %+v %#v %s", w.cfg, w.cfg, w.cfg, w.cfg), fmt.Sprintf("%v %+v %#v", w.Method, w.Method, w.Method),
	} {
		if strings.Contains(out, key) || strings.Contains(out, "107, 107") || strings.Contains(out, "0x6b, 0x6b") {
			t.Errorf("a key is printed: %s", out)
		}
	}
}

package mfa_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
)

// texting is a method whose codes others may receive.
type texting struct{ *postcard }

func (texting) Info() mfa.Info { return mfa.Info{Name: "texting", Restricted: true} }

func TestHealth(t *testing.T) {
	card := &postcard{sent: map[string]string{}}
	w := newWorld(t, func(c *mfa.Config) { c.Methods = append(c.Methods, texting{card}) })
	ctx := t.Context()
	check := func(account string, codes int, want ...string) {
		t.Helper()
		h, err := w.Health(ctx, account)
		w.ok(err)
		var got []string
		for _, n := range h.Nudges {
			got = append(got, strings.TrimSpace(fmt.Sprint(n.Kind, " ", n.Factor)))
			for _, lang := range []string{"en", "ko"} {
				text := n.Text(lang)
				if strings.HasPrefix(text, "nudge.") || strings.ContainsAny(text, "{}") || !strings.Contains(text, n.Factor) ||
					n.Left > 0 && !strings.Contains(text, fmt.Sprint(n.Left)) {
					t.Errorf("%s: %q", n.Kind, text)
				}
			}
		}
		if h.CodesLeft != codes || strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("%s: %d codes, %q, want %q", account, h.CodesLeft, got, want)
		}
	}
	check("kim", 0, "off")
	e, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "texting", Name: "card"})
	w.ok(err)
	_, err = w.FinishEnroll(ctx, "kim", e.FactorID, "arrived", home)
	w.ok(err)
	check("kim", 10, "restricted")
	a := w.enroll("lee", "phone", nil)
	check("lee", 10)
	for i := range 10 {
		w.signIn("lee", mfa.RecoveryCode, a.recoveryCodes[i])
		switch left := 9 - i; {
		case left == 0:
			check("lee", 0, "no_codes")
		case left <= 3:
			check("lee", left, "few_codes")
		default:
			check("lee", left)
		}
	}
	w.clock.Add(mfa.UnusedAfter - time.Minute)
	check("kim", 10, "restricted")
	w.clock.Add(time.Minute)
	check("kim", 10, "restricted", "unused card")
	check("lee", 0, "no_codes", "unused phone")
	w.signIn("lee", a.id, a.code())
	check("lee", 0, "no_codes")
	if h, err := w.Health(ctx, "lee"); err != nil || w.clock.now.Sub(h.UsedAt) > time.Second || len(h.Factors) != 1 {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestAdoption(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	a := w.enroll("kim", "phone", nil)
	proof := w.prove("kim", a)
	w.enrollKey("kim", "k1", &proof)
	w.enroll("lee", "phone", nil)
	w.start("park", "phone", nil)
	got, err := w.Adoption(t.Context())
	w.ok(err)
	if got.Accounts != 2 || !maps.Equal(got.Methods, map[string]int{"totp": 2, "key": 1}) {
		t.Errorf("got %+v", got)
	}
}

func TestRequirement(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		r     mfa.Requirement
		level mfa.Level
		age   time.Duration
		want  bool
	}{
		{mfa.Requirement{}, mfa.LevelFactor, 0, true},
		{mfa.Requirement{}, mfa.LevelFactor, mfa.ProofLifetime, true},
		{mfa.Requirement{}, mfa.LevelFactor, mfa.ProofLifetime + 1, false},
		{mfa.Requirement{}, mfa.LevelFactor, -1, false},
		{mfa.Requirement{}, mfa.LevelPassword, 0, false},
		{mfa.Requirement{}, 0, 0, false},
		{mfa.Requirement{Level: mfa.LevelPassword}, 0, 0, false},
		{mfa.Requirement{Level: mfa.LevelPassword}, mfa.LevelPassword, 0, true},
		{mfa.Requirement{Level: mfa.LevelPhishingResistant, MaxAge: time.Minute}, mfa.LevelFactor, 0, false},
		{mfa.Requirement{Level: mfa.LevelPhishingResistant, MaxAge: time.Minute}, mfa.LevelPhishingResistant, time.Minute, true},
		{mfa.Requirement{Level: mfa.LevelPhishingResistant, MaxAge: time.Minute}, mfa.LevelPhishingResistant, time.Minute + 1, false},
	} {
		if got := c.r.Met(c.level, now.Add(-c.age), now); got != c.want {
			t.Errorf("%+v by level %d, %v old: %v", c.r, c.level, c.age, got)
		}
	}
	w := newWorld(t, withKey(&key{}))
	best := func(want mfa.Level) {
		t.Helper()
		if got, err := w.Best(t.Context(), "kim"); got != want || err != nil {
			t.Errorf("best %d, %v, want %d", got, err, want)
		}
	}
	best(mfa.LevelPassword)
	a := w.enroll("kim", "phone", nil)
	best(mfa.LevelFactor)
	proof := w.prove("kim", a)
	if proof.Level() != mfa.LevelFactor {
		t.Errorf("level %d", proof.Level())
	}
	w.enrollKey("kim", "k1", &proof)
	best(mfa.LevelPhishingResistant)
}

// The reward is given once, also to 64 who finish 64 enrolments at once.
func TestPitfall03RewardOnce(t *testing.T) {
	var rewards atomic.Int64
	w := newWorld(t, func(c *mfa.Config) {
		c.OnEnabled = func(context.Context, string, string) error { rewards.Add(1); return nil }
	})
	ctx := t.Context()
	for range 3 {
		a, _ := w.start("kim", "phone", nil)
		code := a.code()
		racing.Go(func(int) { w.FinishEnroll(ctx, "kim", a.id, code, home) }) //nolint:errcheck // one succeeds
		w.ok(w.Remove(ctx, w.prove("kim", a), a.id, home))
	}
	if rewards.Load() != 1 {
		t.Errorf("%d rewards", rewards.Load())
	}
}

package mfa_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
)

// signIn proves a factor for signing in.
func (w *world) signIn(account, factor, response string) mfa.Proof {
	w.Helper()
	p, err := w.Verify(w.Context(), w.challenge(account, "signin"), "signin", factor, response, home)
	w.ok(err)
	return p
}

// trust gives a trusted device of an account that has just enrolled an app.
func (w *world) trust(account string) (app, mfa.DeviceToken, mfa.Device) {
	w.Helper()
	a := w.enroll(account, "phone", nil)
	w.clock.Add(time.Minute)
	token, d, err := w.TrustDevice(w.Context(), w.signIn(account, a.id, a.code()), "laptop", home)
	w.ok(err)
	return a, token, d
}

func TestTrustedDevice(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, token, d := w.trust("kim")
	if n := len(string(token)) - len(d.ID) - 1; n*6 < 256 {
		t.Errorf("the token has %d bits", n*6)
	}
	trusted := func(account string, token mfa.DeviceToken, want bool) {
		t.Helper()
		got, err := w.Trusted(ctx, account, token)
		if want && (got.ID != d.ID || err != nil) || !want && !errors.Is(err, mfa.ErrNoDevice) {
			t.Errorf("trusted %+v, %v, want %v", got, err, want)
		}
	}
	trusted("kim", token, true)
	trusted("lee", token, false)
	_, err := w.UseDevice(ctx, "lee", token, home) // another account on the same browser: no theft
	w.want(err, mfa.ErrNoDevice)
	next, err := w.UseDevice(ctx, "kim", token, home)
	w.ok(err)
	if next == "" || next == token {
		t.Fatal("the token was not rotated")
	}
	w.clock.Add(mfa.DeviceGrace / 2)
	again, err := w.UseDevice(ctx, "kim", token, home) // the form was sent twice
	if again != "" || err != nil {
		t.Errorf("within the grace: %v", err)
	}
	trusted("kim", token, true)
	w.clock.Add(-mfa.DeviceGrace) // an instance whose clock is behind
	_, err = w.UseDevice(ctx, "kim", token, home)
	w.ok(err)
	w.clock.Add(mfa.DeviceGrace)
	list, err := w.Devices(ctx, "kim")
	w.ok(err)
	if len(list) != 1 || list[0].ID != d.ID || list[0].Name != "laptop" || !list[0].UsedAt.After(list[0].TrustedAt) || list[0].ExpiresAt.Sub(list[0].TrustedAt) != mfa.TrustLifetime {
		t.Errorf("listed %+v", list)
	}
	w.clock.Add(mfa.TrustLifetime - 2*time.Minute) // use did not prolong it
	trusted("kim", next, true)
	w.clock.Add(2 * time.Minute)
	trusted("kim", next, false)
	_, err = w.UseDevice(ctx, "kim", next, home)
	w.want(err, mfa.ErrNoDevice)
	if e := w.rec.last(); e.Type == activity.DeviceDistrusted {
		t.Error("an expired device counts as stolen")
	}
}

// Pitfall 14: a token that was replaced comes from a copy. Whoever shows it
// ends the trust, for both holders.
func TestPitfall14CopiedDevice(t *testing.T) {
	for name, after := range map[string]int{"the last": 1, "an older one": 3} {
		w := newWorld(t)
		ctx := t.Context()
		_, stolen, _ := w.trust("kim")
		next := stolen
		for range after {
			var err error
			next, err = w.UseDevice(ctx, "kim", next, home)
			w.ok(err)
			w.clock.Add(mfa.DeviceGrace + time.Second)
		}
		if _, err := w.Trusted(ctx, "kim", stolen); !errors.Is(err, mfa.ErrNoDevice) {
			t.Errorf("%s: trusted, %v", name, err)
		}
		_, err := w.UseDevice(ctx, "kim", stolen, home)
		w.want(err, mfa.ErrNoDevice)
		if e := w.rec.last(); e.Type != activity.DeviceDistrusted || e.Outcome != activity.OutcomeDenied || e.Detail["reason"] != "reused" || e.Detail["device"] != "laptop" {
			t.Errorf("%s: recorded %+v", name, e)
		}
		_, err = w.UseDevice(ctx, "kim", next, home)
		w.want(err, mfa.ErrNoDevice)
	}
}

// Pitfall 4: trust needs a factor that was proved just now.
func TestPitfall04TrustNeedsAFreshFactor(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	stale := w.signIn("kim", a.id, a.code())
	w.clock.Add(mfa.ProofLifetime + time.Second)
	for name, proof := range map[string]mfa.Proof{"zero": {}, "stale": stale, "recovery code": w.signIn("kim", mfa.RecoveryCode, a.recoveryCodes[0])} {
		if _, _, err := w.TrustDevice(ctx, proof, "laptop", home); !errors.Is(err, mfa.ErrProofNeeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fresh := w.signIn("kim", a.id, a.code())
	for _, bad := range []string{"", " ", "\x00\u200b"} {
		_, _, err := w.TrustDevice(ctx, fresh, bad, home)
		w.want(err, mfa.ErrBadName)
	}
	_, d, err := w.TrustDevice(ctx, fresh, strings.Repeat("긴 이름 ", 1<<10), home)
	w.ok(err)
	if n := utf8.RuneCountInString(d.Name); n != mfa.MaxName-1 && n != mfa.MaxName {
		t.Errorf("the name has %d characters", n)
	}
}

// Any text may come in the cookie.
func TestHostileDeviceTokens(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, token, d := w.trust("kim")
	id, secret, _ := strings.Cut(string(token), ".")
	bad := []string{"", ".", "x", id, id + ".", "." + secret, id + ".x", secret + "." + id, id + "." + secret + "x", strings.Repeat("A", 1<<20),
		"\x00." + secret, id + "\n." + secret, "\xff.\xff", strings.ToLower(string(token))}
	for _, b := range bad {
		if _, err := w.Trusted(ctx, "kim", mfa.DeviceToken(b)); !errors.Is(err, mfa.ErrNoDevice) {
			t.Errorf("%.60q: trusted, %v", b, err)
		}
		_, err := w.UseDevice(ctx, "kim", mfa.DeviceToken(b), home)
		w.want(err, mfa.ErrNoDevice)
	}
	for _, account := range []string{"", "\x00", strings.Repeat("k", 1<<20)} {
		_, err := w.UseDevice(ctx, account, token, home)
		w.want(err, mfa.ErrNoDevice)
		w.want(w.RevokeDevice(ctx, account, d.ID, home), mfa.ErrNoDevice)
	}
	if _, err := w.Trusted(ctx, "kim", token); err != nil { // nothing of it was a known id with another secret
		t.Errorf("the device was lost: %v", err)
	}
	w.logs.Reset()
	w.cfg.Logger.Info("x", "t", token)
	fmt.Fprintf(w.logs, "%v %+v %#v %s %q %x %d", token, token, token, token, token, token, token)
	if strings.Contains(w.logs.String(), secret) || strings.Contains(w.logs.String(), fmt.Sprintf("%x", secret)) {
		t.Error("the token is printed")
	}
}

func TestRevokingDevices(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, first, d := w.trust("kim")
	w.clock.Add(time.Minute)
	proof := w.signIn("kim", a.id, a.code())
	second, _, err := w.TrustDevice(ctx, proof, "tablet", home)
	w.ok(err)
	w.want(w.RevokeDevice(ctx, "lee", d.ID, home), mfa.ErrNoDevice)
	w.ok(w.RevokeDevice(ctx, "kim", d.ID, home))
	if e := w.rec.last(); e.Type != activity.DeviceDistrusted || e.Outcome != activity.OutcomeSuccess || e.Detail["device"] != "laptop" {
		t.Errorf("recorded %+v", e)
	}
	w.want(w.RevokeDevice(ctx, "kim", d.ID, home), mfa.ErrNoDevice)
	_, err = w.UseDevice(ctx, "kim", first, home)
	w.want(err, mfa.ErrNoDevice)
	w.ok(w.RevokeDevices(ctx, "kim"))
	_, err = w.UseDevice(ctx, "kim", second, home)
	w.want(err, mfa.ErrNoDevice)

	for i := range mfa.MaxDevices + 2 {
		w.clock.Add(time.Second)
		_, _, err := w.TrustDevice(ctx, proof, fmt.Sprint("device ", i), home)
		w.ok(err)
	}
	list, err := w.Devices(ctx, "kim")
	w.ok(err)
	if len(list) != mfa.MaxDevices || list[len(list)-1].Name != "device 2" {
		t.Errorf("%d devices, the last %v", len(list), list[len(list)-1])
	}
	w.clock.Add(time.Minute)
	w.ok(w.Remove(ctx, w.prove("kim", a), a.id, home)) // the last factor: nothing to be spared from
	if list, err := w.Devices(ctx, "kim"); len(list) != 0 || err != nil {
		t.Errorf("%d devices, %v", len(list), err)
	}
}

// Pitfall 3: of 64 uses of one token at once, one gets the next one, the others
// are let through, and nobody is called a thief.
func TestPitfall03DeviceUsedAtOnce(t *testing.T) {
	w := newWorld(t)
	_, token, _ := w.trust("kim")
	rotated := racing.Wins(t, func(int) (bool, error) {
		next, err := w.UseDevice(t.Context(), "kim", token, home)
		return next != "", err
	})
	if rotated != 1 {
		t.Errorf("%d rotated", rotated)
	}
}

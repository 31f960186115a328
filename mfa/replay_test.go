package mfa_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
)

// Pitfall 1: a code is good once, however it is spelt.
func TestPitfall01SameCodeTwice(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	code := a.code()
	w.ok(w.try("kim", a.id, code))
	wide := ""
	for _, c := range code {
		wide += string(c - '0' + '０')
	}
	for _, again := range []string{code, " " + code, code + " ", code[:3] + " " + code[3:], code + "\u00a0", "\u2007" + code,
		code + "\n", code + "\x00", wide, code + ".0", "+" + code, "0" + code} {
		if err := w.try("kim", a.id, again); err == nil {
			t.Errorf("%q was accepted after %q", again, code)
		}
		w.clock.Add(time.Microsecond)
		w.ok(w.store.ResetLanes(t.Context(), "kim", ""))
	}
}

// Pitfall 1: A, B, A; and the older code of the window after the newer one.
func TestPitfall01OlderCodes(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(2 * time.Minute)
	older, now, newer := a.at(-30*time.Second), a.code(), a.at(30*time.Second)
	w.ok(w.try("kim", a.id, now))
	w.want(w.try("kim", a.id, older), mfa.ErrWrongCode)
	w.ok(w.try("kim", a.id, newer)) // the owner's clock is ahead
	w.want(w.try("kim", a.id, now), mfa.ErrWrongCode)
	w.want(w.try("kim", a.id, newer), mfa.ErrWrongCode)
}

// Pitfall 1: the mark outlives the whole window of a code.
func TestPitfall01MarkOutlivesTheWindow(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(2 * time.Minute)
	ahead := a.at(30 * time.Second)
	w.ok(w.try("kim", a.id, ahead))
	for range 20 { // 100 s > (2·1+1)·30 s
		w.clock.Add(5 * time.Second)
		w.ok(w.store.ResetLanes(t.Context(), "kim", ""))
		if err := w.try("kim", a.id, ahead); err == nil {
			t.Fatal("the code was accepted again within its window")
		}
	}
	_, err := w.Purge(t.Context())
	w.ok(err)
	w.want(w.try("kim", a.id, ahead), mfa.ErrWrongCode)
}

// Pitfall 1: the code that ended the enrolment does not sign in.
func TestPitfall01EnrolThenSignIn(t *testing.T) {
	w := newWorld(t)
	a, _ := w.start("kim", "phone", nil)
	code := a.code()
	_, err := w.FinishEnroll(t.Context(), "kim", a.id, code, home)
	w.ok(err)
	w.want(w.try("kim", a.id, code), mfa.ErrWrongCode)
	w.want(w.try("kim", a.id, a.at(-30*time.Second)), mfa.ErrWrongCode)
	_, err = w.FinishEnroll(t.Context(), "kim", a.id, a.at(30*time.Second), home)
	w.want(err, mfa.ErrNoEnrollment)
	w.clock.Add(30 * time.Second)
	w.ok(w.try("kim", a.id, a.code()))
}

// Pitfall 1: neither an old code nor an old app survives disable and enable.
func TestPitfall01DisableAndEnable(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	proof := w.prove("kim", a)
	spent := a.code()
	w.ok(w.Remove(ctx, proof, a.id, home))
	b := w.enroll("kim", "phone", nil)
	for _, code := range []string{spent, b.code(), a.at(30 * time.Second)} {
		for _, id := range []string{a.id, b.id} {
			if err := w.try("kim", id, code); err == nil {
				t.Errorf("%s was accepted", code)
			}
			w.ok(w.store.ResetLanes(ctx, "kim", ""))
		}
	}
	if a.seed == b.seed {
		t.Error("the seed came back")
	}
}

// Pitfalls 1 and 3: of 64 callers with one code, one succeeds: with one
// challenge, and with a challenge each.
func TestPitfall03OneCodeOneSuccess(t *testing.T) {
	for _, shared := range []bool{true, false} {
		w := newWorld(t)
		a := w.enroll("kim", "phone", nil)
		w.clock.Add(time.Minute)
		code := a.code()
		tokens, purposes := make([]string, racing.Racers), make([]string, racing.Racers)
		for i := range tokens {
			if purposes[i] = fmt.Sprint("p", i); shared {
				purposes[i] = "signin"
			}
			if tokens[i] = tokens[0]; i == 0 || !shared {
				tokens[i] = w.challenge("kim", purposes[i])
			}
		}
		wins := racing.Wins(t, func(i int) (bool, error) {
			_, err := w.Verify(t.Context(), tokens[i], purposes[i], a.id, code, home)
			return err == nil, nil
		})
		if wins != 1 {
			t.Errorf("shared challenge %v: %d of 64 succeeded, want 1", shared, wins)
		}
	}
}

// Pitfall 3: one recovery code, one enrolment.
func TestPitfall03RecoveryCodeAndEnrolment(t *testing.T) {
	w := newWorld(t)
	a, _ := w.start("kim", "phone", nil)
	code, codes := a.code(), make([][]string, racing.Racers)
	enrolled := racing.Wins(t, func(i int) (bool, error) {
		done, err := w.FinishEnroll(t.Context(), "kim", a.id, code, home)
		codes[i] = done.RecoveryCodes
		return err == nil, nil
	})
	if a.recoveryCodes = slices.Concat(codes...); enrolled != 1 || len(a.recoveryCodes) != mfa.RecoveryCodes {
		t.Fatalf("%d enrolments with %d codes, want 1 with 10", enrolled, len(a.recoveryCodes))
	}
	tokens := make([]string, racing.Racers)
	for i := range tokens {
		tokens[i] = w.challenge("kim", fmt.Sprint("p", i))
	}
	used := racing.Wins(t, func(i int) (bool, error) {
		_, err := w.Verify(t.Context(), tokens[i], fmt.Sprint("p", i), mfa.RecoveryCode, a.recoveryCodes[0], home)
		return err == nil, nil
	})
	if left, err := w.RecoveryCodesLeft(t.Context(), "kim"); used != 1 || left != 9 || err != nil {
		t.Errorf("used %d times, %d left, %v", used, left, err)
	}
}

package mfa_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
)

// Pitfall 2: a challenge takes five responses, the right one included.
func TestPitfall02AttemptsOfAChallenge(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	token := w.challenge("kim", "signin")
	for range mfa.MaxAttempts {
		_, err := w.Verify(t.Context(), token, "signin", a.id, a.wrong(), home)
		w.want(err, mfa.ErrWrongCode)
	}
	w.clock.Add(5 * time.Minute)
	_, err := w.Verify(t.Context(), token, "signin", a.id, a.code(), home)
	w.want(err, mfa.ErrNoChallenge)
	_, err = w.Peek(t.Context(), token, "signin")
	w.want(err, mfa.ErrNoChallenge)
	w.ok(w.try("kim", a.id, a.code()))
}

// Pitfall 2: a new challenge, purpose, factor or address refills nothing, and
// the wait ends by itself.
func TestPitfall02NothingRefills(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	proof := w.prove("kim", a)
	b := w.enroll("kim", "tablet", &proof)
	w.clock.Add(time.Minute)
	var throttled *mfa.ThrottledError
	for i := range 5 {
		c := activity.Client{IP: netip.AddrFrom4([4]byte{100, 64, 0, byte(i)}), DeviceID: string(rune('a' + i))}
		id, purpose := []string{a.id, b.id}[i%2], []string{"signin", "recovery", mfa.PurposeManage}[i%3]
		_, err := w.Verify(t.Context(), w.challenge("kim", purpose), purpose, id, "000000", c)
		w.want(err, mfa.ErrWrongCode)
	}
	for _, account := range []string{"kim"} {
		err := w.try(account, a.id, a.code()) // right, but not even looked at
		if !errors.As(err, &throttled) || throttled.RetryAfter <= 0 || throttled.RetryAfter > 30*time.Second {
			t.Fatalf("after five failures: %v", err)
		}
	}
	w.clock.Add(throttled.RetryAfter)
	w.ok(w.try("kim", a.id, a.code()))
}

// Pitfall 2: the attempt is counted before the method looks at the response,
// and stays counted if the method fails.
func TestPitfall02CountedBeforeComparing(t *testing.T) {
	card, seen := &postcard{}, -1
	w := newWorld(t, withPostcard(card))
	e, err := w.StartEnroll(t.Context(), mfa.StartEnrollRequest{Account: "kim", Method: "postcard", Name: "card", Client: home})
	w.ok(err)
	_, err = w.FinishEnroll(t.Context(), "kim", e.FactorID, "arrived", home)
	w.ok(err)
	token := w.challenge("kim", "signin")
	broken := errors.New("broken")
	card.verify = func() error {
		seen = -1
		c, _, err := w.store.Challenge(t.Context(), hash(token), w.clock.now)
		w.ok(err)
		seen = c.Attempts
		return broken
	}
	_, err = w.Verify(t.Context(), token, "signin", e.FactorID, "x", home)
	w.want(err, broken)
	if seen != 1 {
		t.Errorf("%d attempts were counted when the method was asked, want 1", seen)
	}
}

// A success starts the count of failures in a row anew.
func TestFailuresInARow(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	for range 3 * mfa.MaxFailures / 4 {
		w.clock.Add(time.Minute)
		for range 4 { // below the free attempts
			w.want(w.try("kim", a.id, a.wrong()), mfa.ErrWrongCode)
		}
		w.ok(w.try("kim", a.id, a.code()))
	}
}

// Pitfall 2: recovery codes have a bucket of their own, which closes too.
func TestPitfall02RecoveryCodesAreThrottledApart(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	var throttled *mfa.ThrottledError
	for range 5 {
		w.want(w.try("kim", mfa.RecoveryCode, "0000-0000-0000-0000"), mfa.ErrWrongCode)
	}
	if err := w.try("kim", mfa.RecoveryCode, a.recoveryCodes[0]); !errors.As(err, &throttled) {
		t.Fatalf("after five failures: %v", err)
	}
	w.ok(w.try("kim", a.id, a.code())) // the app is not closed by it
	w.clock.Add(throttled.RetryAfter)
	w.ok(w.try("kim", mfa.RecoveryCode, a.recoveryCodes[0])) // and the refused attempt did not spend the code
	for range 4 {                                            // the owner's success empties the bucket
		w.want(w.try("kim", mfa.RecoveryCode, "0000-0000-0000-0000"), mfa.ErrWrongCode)
	}
	w.ok(w.try("kim", mfa.RecoveryCode, a.recoveryCodes[1]))
}

// Pitfall 2: the fifth wrong code ends an enrolment.
func TestPitfall02AttemptsOfAnEnrolment(t *testing.T) {
	w := newWorld(t)
	a, _ := w.start("kim", "phone", nil)
	for range mfa.MaxAttempts {
		_, err := w.FinishEnroll(t.Context(), "kim", a.id, a.wrong(), home)
		w.want(err, mfa.ErrWrongCode)
	}
	_, err := w.FinishEnroll(t.Context(), "kim", a.id, a.code(), home)
	w.want(err, mfa.ErrNoEnrollment)
	if on, err := w.Enabled(t.Context(), "kim"); on || err != nil {
		t.Errorf("enabled %v, %v", on, err)
	}
}

// Pitfall 9: a wrong code, a factor that is not there and another account's
// factor look alike and cost alike.
func TestPitfall09FailuresLookAlike(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	other := w.enroll("lee", "phone", nil)
	w.clock.Add(time.Minute)
	want := w.try("kim", a.id, a.wrong()).Error()
	for _, id := range []string{other.id, "absent", "", "\x00", "\xff", string(make([]byte, 1<<20))} {
		w.ok(w.store.ResetLanes(t.Context(), "kim", ""))
		token := w.challenge("kim", "signin")
		if _, err := w.Verify(t.Context(), token, "signin", id, other.code(), home); err == nil || err.Error() != want {
			t.Errorf("factor %.10q: %v, want %q", id, err, want)
		}
		if c, _, err := w.store.Challenge(t.Context(), hash(token), w.clock.now); err != nil || c.Attempts != 1 {
			t.Errorf("factor %.10q: %d attempts were counted, %v", id, c.Attempts, err)
		}
	}
}

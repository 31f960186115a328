// Package mfatest is the definition of an [mfa.Store]: every store, this SDK's
// and a user's own, must pass [TestStore], and [TestTransactions] if it has
// transactions.
package mfatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"example.com/accountsec/internal/throttle/throttletest"
	"example.com/accountsec/mfa"
)

// T0 is the time that the suite's rows are made at: not on a whole second.
var T0 = time.Date(2026, 11, 1, 9, 0, 0, 123456000, time.UTC)

const tick = time.Microsecond

// TestStore checks a store; open gives a fresh, empty one.
func TestStore(t *testing.T, open func(t *testing.T) mfa.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s mfa.Store)
	}{
		{"round trip", roundTrip},
		{"no aliasing", noAliasing},
		{"adding factors", addFactors},
		{"activating", activate},
		{"enrolment attempts", enrollAttempts},
		{"steps", steps},
		{"renaming", rename},
		{"removing", remove},
		{"owner only", ownerOnly},
		{"absent", absent},
		{"resealing", resealing},
		{"challenges", challenges},
		{"challenge expiry", challengeExpiry},
		{"preparing", preparing},
		{"slots", slots},
		{"lanes", lanes},
		{"lookups", lookups},
		{"spending", spending},
		{"settling", settling},
		{"settling at once", atOnce},
		{"devices", devices},
		{"device lists", deviceLists},
		{"recovery codes", recoveryCodes},
		{"once enabled", onceEnabled},
		{"counting methods", countMethods},
		{"NUL", nul},
		{"purge", purge},
		{"delete pending", deletePending},
		{"delete account", deleteAccount},
		{"cancelled", cancelled},
		{"race: one winner", raceOneWinner},
		{"race: limited attempts", raceLimited},
		{"race: steps", raceSteps},
		{"race: settling at once", raceAtOnce},
		{"race: devices", raceDevices},
		{"race: changes of one account", raceChanges},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
	t.Run("throttle", func(t *testing.T) {
		throttletest.TestStore(t, func(t *testing.T) throttletest.Store { return open(t) })
	})
}

// Pending gives a pending factor with every field filled. Text holds four-byte
// UTF-8.
func Pending(account, id, name string) mfa.FactorRow {
	return mfa.FactorRow{
		Account: account, ID: id, Method: "totp", Name: name, Sealed: []byte("\x00\xffsealed for " + id), Proved: true,
		CreatedAt: T0, ExpiresAt: T0.Add(15 * time.Minute), SealedAt: T0.Add(time.Second),
	}
}

// Row gives a challenge with every field filled.
func Row(account, purpose, id string) mfa.ChallengeRow {
	return mfa.ChallengeRow{
		ID: id, Account: account, Purpose: purpose, Binding: "v1 😀", Slot: "n7", Device: "d😀",
		CreatedAt: T0, ExpiresAt: T0.Add(10 * time.Minute),
	}
}

// with gives a factor as it is activated.
func with(f mfa.FactorRow, step int64, sealed []byte) mfa.FactorRow {
	f.Step, f.Sealed = step, sealed
	return f
}

// strangers is the lane that the suite's attempts are counted in.
func strangers(account string, max int) mfa.Lane {
	return mfa.Lane{Account: account, Name: "totp", Max: max, Free: 1 << 20, Base: time.Minute, Longest: time.Hour}
}

// take counts an attempt in a lane that never closes.
func take(ctx context.Context, s mfa.Store, id string, max int, now time.Time) (bool, error) {
	wait, err := s.TakeAttempt(ctx, id, max, strangers("kim", 0), now)
	if errors.Is(err, mfa.ErrNoChallenge) {
		return false, nil
	}
	return err == nil && wait == 0, err
}

// advance settles a response with a step, of a challenge that is not there.
func advance(ctx context.Context, s mfa.Store, account, id string, step int64, now time.Time) (bool, error) {
	how, err := s.Settle(ctx, mfa.Settlement{Account: account, Factor: id, Step: step, Challenge: "none"}, now)
	return how != mfa.SettledUsed, err
}

// spend settles a response to a token, of the factor f1 of spender.
func spend(ctx context.Context, s mfa.Store, token string, until time.Time) (bool, error) {
	how, err := s.Settle(ctx, mfa.Settlement{Account: "spender", Factor: "f1", Token: token, TokenUntil: until}, T0)
	return how == mfa.SettledWon, err
}

func challenge(ctx context.Context, s mfa.Store, id string, now time.Time) (mfa.ChallengeRow, error) {
	c, _, err := s.Challenge(ctx, id, now)
	return c, err
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: error %v, want %v", what, err, target)
	}
}

// won checks the answer of a conditional change.
func won(t *testing.T, what string, want bool) func(got bool, err error) {
	t.Helper()
	return func(got bool, err error) {
		t.Helper()
		ok(t, err)
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
}

// active adds an active factor.
func active(t *testing.T, s mfa.Store, account, id, name string) mfa.FactorRow {
	t.Helper()
	f := Pending(account, id, name)
	ok(t, s.AddFactor(t.Context(), f, mfa.MaxFactors))
	_, err := s.ActivateFactor(t.Context(), with(f, 7, nil), T0.Add(time.Minute))
	ok(t, err)
	f.Active, f.ExpiresAt, f.Step, f.UsedAt = true, time.Time{}, 7, T0.Add(time.Minute)
	return f
}

func names(t *testing.T, s mfa.Store, account string) string {
	t.Helper()
	list, err := s.Factors(t.Context(), account)
	ok(t, err)
	out := ""
	for _, f := range list {
		out += f.Name + " "
	}
	return out
}

func get(t *testing.T, s mfa.Store, account, id string) mfa.FactorRow {
	t.Helper()
	f, err := s.Factor(t.Context(), account, id)
	ok(t, err)
	return f
}

func roundTrip(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	f := Pending("kim 😀", "f1", "내 휴대전화 📱")
	ok(t, s.AddFactor(ctx, f, mfa.MaxFactors))
	if got := get(t, s, f.Account, "f1"); !reflect.DeepEqual(got, f) {
		t.Errorf("pending\n got %+v\nwant %+v", got, f)
	}
	if got := names(t, s, f.Account); got != "" {
		t.Errorf("a pending factor is listed: %s", got)
	}
	sealed := []byte{0, 1, 2, 0xff}
	first, err := s.ActivateFactor(ctx, with(f, 59000000, sealed), T0.Add(90*time.Second+tick))
	won(t, "first", true)(first, err)
	f.Active, f.Step, f.Sealed, f.ExpiresAt, f.UsedAt = true, 59000000, sealed, time.Time{}, T0.Add(90*time.Second+tick)
	f.SealedAt = f.UsedAt
	list, err := s.Factors(ctx, f.Account)
	ok(t, err)
	if len(list) != 1 || !reflect.DeepEqual(list[0], f) {
		t.Errorf("active\n got %+v\nwant %+v", list, f)
	}
	c := Row(f.Account, "signin", "c1")
	ok(t, s.PutChallenge(ctx, c))
	if got, err := challenge(ctx, s, "c1", T0); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("challenge\n got %+v, %v\nwant %+v", got, err, c)
	}
}

func noAliasing(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	f := Pending("kim", "f1", "phone")
	f.Sealed = []byte("one")
	ok(t, s.AddFactor(ctx, f, mfa.MaxFactors))
	f.Sealed[0] = 'X'
	get(t, s, "kim", "f1").Sealed[0] = 'Y'
	if got := get(t, s, "kim", "f1").Sealed; !bytes.Equal(got, []byte("one")) {
		t.Errorf("the stored state became %q", got)
	}
	state := []byte("two")
	ok(t, s.PutChallenge(ctx, Row("kim", "signin", "c1")))
	won(t, "prepare", true)(s.PrepareChallenge(ctx, "c1", "f1", state, T0))
	state[0] = 'X'
	for range 2 {
		c, err := challenge(ctx, s, "c1", T0)
		ok(t, err)
		if !bytes.Equal(c.Prepared, []byte("two")) {
			t.Fatalf("the prepared state became %q", c.Prepared)
		}
		c.Prepared[0] = 'Y'
	}
}

func addFactors(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	f := Pending("kim", "f1", "phone")
	f.Proved = false
	ok(t, s.AddFactor(ctx, f, 2)) // the first needs no proof
	second := Pending("kim", "f2", "Phone")
	second.Proved = false
	ok(t, s.AddFactor(ctx, second, 2)) // replaces the pending one, name and all
	_, err := s.Factor(ctx, "kim", "f1")
	want(t, "the replaced factor", err, mfa.ErrNoFactor)
	_, err = s.ActivateFactor(ctx, with(second, 1, second.Sealed), T0)
	ok(t, err)

	unproved := Pending("kim", "f3", "tablet")
	unproved.Proved = false
	want(t, "beside an active one, unproved", s.AddFactor(ctx, unproved, 2), mfa.ErrProofNeeded)
	want(t, "the same name", s.AddFactor(ctx, Pending("kim", "f3", "ＰＨＯＮＥ "), 2), mfa.ErrNameTaken)
	ok(t, s.AddFactor(ctx, Pending("kim", "f3", "tablet"), 2))
	_, err = s.ActivateFactor(ctx, with(Pending("kim", "f3", ""), 1, second.Sealed), T0)
	ok(t, err)
	want(t, "one too many", s.AddFactor(ctx, Pending("kim", "f4", "laptop"), 2), mfa.ErrTooManyFactors)
	ok(t, s.AddFactor(ctx, Pending("lee", "f5", "phone"), 2))
	if got := names(t, s, "kim"); got != "Phone tablet " {
		t.Errorf("kim has %s", got)
	}
}

func activate(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	f := Pending("kim", "f1", "phone")
	ok(t, s.AddFactor(ctx, f, mfa.MaxFactors))
	at := func(id string, now time.Time) error {
		_, err := s.ActivateFactor(ctx, with(Pending("kim", id, ""), 1, f.Sealed), now)
		return err
	}
	want(t, "at its end", at("f1", f.ExpiresAt), mfa.ErrNoEnrollment)
	want(t, "after its end", at("f1", f.ExpiresAt.Add(tick)), mfa.ErrNoEnrollment)
	ok(t, at("f1", f.ExpiresAt.Add(-tick)))
	want(t, "twice", at("f1", T0), mfa.ErrNoEnrollment)
	want(t, "absent", at("f9", T0), mfa.ErrNoEnrollment)

	ok(t, s.AddFactor(ctx, Pending("kim", "f2", "tablet"), mfa.MaxFactors))
	ok(t, s.RenameFactor(ctx, "kim", "f1", "tablet")) // meanwhile
	want(t, "a name taken meanwhile", at("f2", T0), mfa.ErrNameTaken)
	ok(t, s.RenameFactor(ctx, "kim", "f1", "phone"))
	first, err := s.ActivateFactor(ctx, with(Pending("kim", "f2", ""), 1, f.Sealed), T0)
	won(t, "first, beside another", false)(first, err)
}

func enrollAttempts(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	f := Pending("kim", "f1", "phone")
	ok(t, s.AddFactor(ctx, f, mfa.MaxFactors))
	take := func(now time.Time) (bool, error) { return s.TakeEnrollAttempt(ctx, "kim", "f1", 3, now) }
	won(t, "at its end", false)(take(f.ExpiresAt))
	won(t, "first", true)(take(T0))
	won(t, "second", true)(take(f.ExpiresAt.Add(-tick)))
	won(t, "third", true)(take(T0))
	won(t, "fourth", false)(take(T0))
	won(t, "another account's", false)(s.TakeEnrollAttempt(ctx, "lee", "f1", 3, T0))
	won(t, "absent", false)(s.TakeEnrollAttempt(ctx, "kim", "f2", 3, T0))
	active(t, s, "kim", "f3", "tablet")
	won(t, "active", false)(s.TakeEnrollAttempt(ctx, "kim", "f3", 3, T0))
}

func steps(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	active(t, s, "kim", "f1", "phone") // enrolled at step 7
	active(t, s, "kim", "f2", "tablet")
	at := T0.Add(time.Hour)
	kims := func(step int64, now time.Time) (bool, error) { return advance(ctx, s, "kim", "f1", step, now) }
	won(t, "the step of the enrolment", false)(kims(7, at))
	won(t, "an earlier step", false)(kims(6, at))
	won(t, "a negative step", false)(kims(-1, at))
	if got := get(t, s, "kim", "f1"); got.Step != 7 || !got.UsedAt.Equal(T0.Add(time.Minute)) {
		t.Errorf("a refused step changed the factor: %+v", got)
	}
	won(t, "a later step", true)(kims(9, at))
	won(t, "the same again", false)(kims(9, at))
	won(t, "between", false)(kims(8, at))
	won(t, "no step", true)(kims(0, at.Add(time.Second)))
	if got := get(t, s, "kim", "f1"); got.Step != 9 || !got.UsedAt.Equal(at.Add(time.Second)) {
		t.Errorf("got %+v", got)
	}
	if got := get(t, s, "kim", "f2"); got.Step != 7 {
		t.Errorf("another factor's step became %d", got.Step)
	}
	ok(t, s.AddFactor(ctx, Pending("kim", "f3", "laptop"), mfa.MaxFactors))
	won(t, "pending", false)(advance(ctx, s, "kim", "f3", 100, at))
	won(t, "pending, no step", false)(advance(ctx, s, "kim", "f3", 0, at))
	won(t, "another account's", false)(advance(ctx, s, "lee", "f1", 100, at))
	won(t, "absent", false)(advance(ctx, s, "kim", "f9", 100, at))
}

func rename(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	active(t, s, "kim", "f1", "phone")
	active(t, s, "kim", "f2", "tablet")
	active(t, s, "lee", "f3", "laptop")
	ok(t, s.RenameFactor(ctx, "kim", "f1", "PHONE")) // its own name, spelt otherwise
	ok(t, s.RenameFactor(ctx, "kim", "f1", "laptop"))
	want(t, "a name in use", s.RenameFactor(ctx, "kim", "f1", "TABLET"), mfa.ErrNameTaken)
	want(t, "another account's", s.RenameFactor(ctx, "kim", "f3", "x"), mfa.ErrNoFactor)
	ok(t, s.AddFactor(ctx, Pending("kim", "f4", "phone"), mfa.MaxFactors))
	want(t, "pending", s.RenameFactor(ctx, "kim", "f4", "x"), mfa.ErrNoFactor)
	ok(t, s.RenameFactor(ctx, "kim", "f2", "phone")) // a pending factor holds no name
	if got := names(t, s, "kim"); got != "laptop phone " {
		t.Errorf("kim has %s", got)
	}
}

func remove(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	active(t, s, "kim", "f1", "phone")
	active(t, s, "kim", "f2", "tablet")
	active(t, s, "lee", "f3", "phone")
	for _, account := range []string{"kim", "lee"} {
		ok(t, s.ReplaceRecoveryCodes(ctx, account, []string{"h1", "h2"}, T0))
	}
	ok(t, s.AddFactor(ctx, Pending("kim", "f4", "laptop"), mfa.MaxFactors))
	left := func(id string, want int) {
		t.Helper()
		n, err := s.RemoveFactor(ctx, "kim", id)
		if err != nil || n != want {
			t.Errorf("remove %s: %d left, %v, want %d", id, n, err, want)
		}
	}
	for _, id := range []string{"f3", "f4", "f9"} {
		_, err := s.RemoveFactor(ctx, "kim", id)
		want(t, "remove "+id, err, mfa.ErrNoFactor)
	}
	left("f1", 1)
	if n, err := s.RecoveryCodesLeft(ctx, "kim"); err != nil || n != 2 {
		t.Errorf("codes beside a factor: %d, %v", n, err)
	}
	left("f2", 0)
	if n, err := s.RecoveryCodesLeft(ctx, "kim"); err != nil || n != 0 {
		t.Errorf("codes without a factor: %d, %v", n, err)
	}
	_, err := s.Factor(ctx, "kim", "f4")
	want(t, "pending after the last", err, mfa.ErrNoFactor)
	if n, err := s.RecoveryCodesLeft(ctx, "lee"); err != nil || n != 2 {
		t.Errorf("another account's codes: %d, %v", n, err)
	}
}

func ownerOnly(t *testing.T, s mfa.Store) {
	for i, account := range []string{"kim", "Kim", "kim ", "ki", "kim%", "김"} {
		active(t, s, account, fmt.Sprint("f", i), "phone")
	}
	for i, account := range []string{"kim", "Kim", "kim ", "ki", "kim%", "김"} {
		list, err := s.Factors(t.Context(), account)
		if err != nil || len(list) != 1 || list[0].ID != fmt.Sprint("f", i) {
			t.Errorf("%q has %v, %v", account, list, err)
		}
	}
	_, err := s.Factor(t.Context(), "Kim", "f0")
	want(t, "another account's factor", err, mfa.ErrNoFactor)
}

func absent(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	active(t, s, "lee", "f1", "phone")
	for _, id := range []string{"", "x", "'", "f1"} {
		_, err := s.Factor(ctx, "kim", id)
		want(t, "factor "+id, err, mfa.ErrNoFactor)
		_, err = challenge(ctx, s, id, T0)
		want(t, "challenge "+id, err, mfa.ErrNoChallenge)
		won(t, "attempt", false)(take(ctx, s, id, 5, T0))
		won(t, "finish", false)(s.FinishChallenge(ctx, id, T0))
		won(t, "code", false)(s.UseRecoveryCode(ctx, "kim", id, T0))
		won(t, "reseal", false)(s.ReplaceSealed(ctx, "kim", id, nil, []byte("x"), T0))
	}
	ok(t, s.ResetLane(ctx, "kim", "totp"))
	ok(t, s.ResetLanes(ctx, "kim", ""))
	ok(t, s.DeleteAccount(ctx, "kim"))
	if n, err := s.RecoveryCodesLeft(ctx, "kim"); n != 0 || err != nil {
		t.Errorf("%d codes, %v", n, err)
	}
	if got := names(t, s, "kim"); got != "" {
		t.Errorf("an absent account has %s", got)
	}
}

func cancelled(t *testing.T, s mfa.Store) {
	active(t, s, "kim", "f1", "phone")
	ok(t, s.PutChallenge(t.Context(), Row("kim", "signin", "c1")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, errFactor := s.Factor(ctx, "kim", "f1")
	_, errFactors := s.Factors(ctx, "kim")
	_, errChallenge := challenge(ctx, s, "c1", T0)
	_, errAttempt := take(ctx, s, "c1", 5, T0)
	_, errFinish := s.FinishChallenge(ctx, "c1", T0)
	_, errLookup := s.FactorByLookup(ctx, "totp", "x")
	_, errSpend := spend(ctx, s, "x", T0)
	_, errCheck := s.CheckLane(ctx, strangers("kim", 1), T0)
	_, errDevice := s.Device(ctx, "kim", "d1")
	_, errDevices := s.Devices(ctx, "kim", T0)
	_, errRotate := s.RotateDevice(ctx, "kim", "d1", "h1", "h2", T0)
	_, errDrop := s.DropDevice(ctx, "kim", "d1")
	_, errStep := advance(ctx, s, "kim", "f1", 99, T0)
	_, errAtOnce := s.SettleAtOnce(ctx, mfa.Settlement{Account: "kim", Factor: "f1", Step: 99, Challenge: "c1"}, 5, T0)
	_, errCode := s.UseRecoveryCode(ctx, "kim", "h", T0)
	_, errMark := s.MarkEnabled(ctx, "kim", "totp", T0)
	_, errRemove := s.RemoveFactor(ctx, "kim", "f1")
	_, errPurge := s.Purge(ctx, T0)
	for name, err := range map[string]error{
		"Factor": errFactor, "Factors": errFactors, "Challenge": errChallenge, "TakeAttempt": errAttempt, "FinishChallenge": errFinish,
		"AddDevice": s.AddDevice(ctx, Device("kim", "d1"), 3), "DropDevices": s.DropDevices(ctx, "kim"), "Device": errDevice,
		"Devices": errDevices, "RotateDevice": errRotate, "DropDevice": errDrop, "CheckLane": errCheck, "FactorByLookup": errLookup, "Spend": errSpend, "ResetLane": s.ResetLane(ctx, "kim", "x"), "ResetLanes": s.ResetLanes(ctx, "kim", ""), "Settle": errStep, "SettleAtOnce": errAtOnce, "UseRecoveryCode": errCode, "MarkEnabled": errMark, "RemoveFactor": errRemove,
		"Purge": errPurge, "DeleteAccount": s.DeleteAccount(ctx, "kim"), "AddFactor": s.AddFactor(ctx, Pending("kim", "f2", "x"), 9),
		"PutChallenge": s.PutChallenge(ctx, Row("kim", "signin", "c2")), "ReplaceRecoveryCodes": s.ReplaceRecoveryCodes(ctx, "kim", nil, T0),
		"InTx": s.InTx(ctx, func(ctx context.Context) error { return nil }),
	} {
		if err == nil || errors.Is(err, mfa.ErrNoFactor) || errors.Is(err, mfa.ErrNoChallenge) || errors.Is(err, mfa.ErrNoDevice) {
			t.Errorf("%s ignored the cancelled context: %v", name, err)
		}
	}
	if got := get(t, s, "kim", "f1"); got.Step != 7 {
		t.Errorf("cancelled calls changed the factor: %+v", got)
	}
	if c, err := challenge(t.Context(), s, "c1", T0); err != nil || c.Attempts != 0 {
		t.Errorf("cancelled calls changed the challenge: %+v, %v", c, err)
	}
}

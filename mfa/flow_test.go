package mfa_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
)

func TestEnrolAndManage(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	if on, err := w.Enabled(ctx, "kim"); on || err != nil {
		t.Fatal(on, err)
	}
	_, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: home})
	w.want(err, mfa.ErrNoFactor)
	a, e := w.start("kim", " My  phone\t📱 ", nil)
	if got := e.ExpiresAt.Sub(w.clock.now); got > mfa.EnrollLifetime || got < mfa.EnrollLifetime-time.Second {
		t.Errorf("the enrolment lives for %v", got)
	}
	if on, err := w.Enabled(ctx, "kim"); on || err != nil { // unfinished: gates nothing
		t.Fatal(on, err)
	}
	_, err = w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: home})
	w.want(err, mfa.ErrNoFactor)
	done, err := w.FinishEnroll(ctx, "kim", a.id, a.code(), home)
	w.ok(err)
	if f := done.Factor; f.ID != a.id || f.Method != "totp" || f.Name != "My  phone 📱" || f.EnrolledAt.IsZero() || f.UsedAt.IsZero() || len(done.RecoveryCodes) != 10 {
		t.Errorf("got %+v and %d codes", f, len(done.RecoveryCodes))
	}
	list, err := w.Enrolled(ctx, "kim")
	w.ok(err)
	if !reflect.DeepEqual(list, []mfa.Factor{done.Factor}) {
		t.Errorf("listed %+v, enrolled %+v", list, done.Factor)
	}

	proof := w.prove("kim", a)
	b := w.enroll("kim", "tablet", &proof)
	if b.recoveryCodes != nil {
		t.Error("the second factor made new recovery codes")
	}
	w.want(w.Rename(ctx, proof, b.id, "MY  PHONE 📱", home), mfa.ErrNameTaken)
	for _, name := range []string{"", "  \u200b ", "\x00", strings.Repeat("x", 65), strings.Repeat("x", 1<<20)} {
		w.want(w.Rename(ctx, proof, b.id, name, home), mfa.ErrBadName)
		_, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: name, Proof: &proof})
		w.want(err, mfa.ErrBadName)
	}
	w.ok(w.Rename(ctx, proof, b.id, "old tablet", home))
	_, err = w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "Old Tablet", Proof: &proof})
	w.want(err, mfa.ErrNameTaken)

	w.ok(w.Remove(ctx, proof, a.id, home))
	w.want(w.Remove(ctx, proof, a.id, home), mfa.ErrNoFactor)
	w.want(w.Rename(ctx, proof, a.id, "x", home), mfa.ErrNoFactor)
	if left, err := w.RecoveryCodesLeft(ctx, "kim"); left != 10 || err != nil {
		t.Errorf("%d codes beside a factor, %v", left, err)
	}
	token := w.challenge("kim", "signin")
	w.ok(w.Remove(ctx, proof, b.id, home))
	if left, err := w.RecoveryCodesLeft(ctx, "kim"); left != 0 || err != nil {
		t.Errorf("%d codes without a factor, %v", left, err)
	}
	_, err = w.NewRecoveryCodes(ctx, proof, home)
	w.want(err, mfa.ErrNoFactor)
	for _, code := range done.RecoveryCodes[:3] { // of a factor that is gone
		_, err := w.Verify(ctx, token, "signin", mfa.RecoveryCode, code, home)
		w.want(err, mfa.ErrWrongCode)
	}
}

func TestMaxFactors(t *testing.T) {
	w := newWorld(t)
	first := w.enroll("kim", "factor 0", nil)
	proof := w.prove("kim", first)
	for i := 1; i < mfa.MaxFactors; i++ {
		w.enroll("kim", fmt.Sprint("factor ", i), &proof)
	}
	_, err := w.StartEnroll(t.Context(), mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "another", Proof: &proof})
	w.want(err, mfa.ErrTooManyFactors)
}

func TestEnrolmentEnds(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	finish := func(a app, account string) error {
		_, err := w.FinishEnroll(ctx, account, a.id, a.code(), home)
		return err
	}
	older, _ := w.start("kim", "phone", nil)
	a, _ := w.start("kim", "phone", nil)
	w.want(finish(older, "kim"), mfa.ErrNoEnrollment) // replaced
	w.want(finish(a, "lee"), mfa.ErrNoEnrollment)     // another account's
	w.clock.Add(mfa.EnrollLifetime)
	w.want(finish(a, "kim"), mfa.ErrNoEnrollment) // too late
	b, _ := w.start("kim", "phone", nil)
	w.clock.Add(mfa.EnrollLifetime - time.Second)
	w.ok(finish(b, "kim"))
}

// A phone whose clock is off is told so at enrolment; the attempt counts, and
// the code is good neither then nor later.
func TestDriftAtEnrolment(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, _ := w.start("kim", "phone", nil)
	for _, off := range []time.Duration{5 * time.Minute, -5 * time.Minute} {
		_, err := w.FinishEnroll(ctx, "kim", a.id, a.at(off), home)
		w.want(err, mfa.ErrWrongCode)
		var drift *mfa.DriftError
		if !errors.As(err, &drift) || drift.Drift != off {
			t.Fatalf("%v off: %v", off, err)
		}
		for _, lang := range []string{"en", "ko"} {
			if text := drift.Text(lang); !strings.Contains(text, "5") || strings.ContainsAny(text, "{}") {
				t.Errorf("%v off: %q", off, text)
			}
		}
	}
	_, err := w.FinishEnroll(ctx, "kim", a.id, a.code(), home)
	w.ok(err)
	w.clock.Add(time.Minute)
	err = w.try("kim", a.id, a.at(5*time.Minute))
	var drift *mfa.DriftError
	if w.want(err, mfa.ErrWrongCode); errors.As(err, &drift) {
		t.Error("at sign-in a guesser is told which code to wait for")
	}
	p := w.signIn("kim", a.id, a.at(30*time.Second))
	if p.Drift() != 30*time.Second {
		t.Errorf("drift %v", p.Drift())
	}
}

// A name is counted as its owner counts, whatever bytes it takes, and is stored in
// one form.
func TestNamesAreCountedInCharacters(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	for char, stored := range map[string]string{
		"x": "x", "각": "각", "\u1100\u1161\u11a8": "각", "e\u0301": "é", "🔑": "🔑",
	} {
		proof := w.prove("kim", a)
		w.ok(w.Rename(ctx, proof, a.id, strings.Repeat(char, mfa.MaxName), home))
		list, err := w.Enrolled(ctx, "kim")
		w.ok(err)
		if want := strings.Repeat(stored, mfa.MaxName); list[0].Name != want {
			t.Errorf("stored as %q, not %q", list[0].Name, want)
		}
		w.want(w.Rename(ctx, proof, a.id, strings.Repeat(char, mfa.MaxName+1), home), mfa.ErrBadName)
		w.clock.Add(time.Minute)
		_, d, err := w.TrustDevice(ctx, proof, strings.Repeat(char, mfa.MaxName+1), home)
		w.ok(err)
		if want := strings.Repeat(stored, mfa.MaxName); d.Name != want {
			t.Errorf("a device's name was cut to %q, not %q", d.Name, want)
		}
	}
}

func TestRecoverySheet(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	for _, lang := range []string{"en", "ko"} {
		sheet := mfa.RecoverySheet(lang, "Example\nShop", "kim@customer.example", a.recoveryCodes, w.clock.now)
		for _, want := range append(a.recoveryCodes, "kim@customer.example", "2026-11-02", " 1  ", "10  ", "Example Shop") {
			if !strings.Contains(sheet, want) {
				t.Errorf("%s: %q is missing in\n%s", lang, want, sheet)
			}
		}
		if strings.ContainsAny(sheet, "{}") || strings.Contains(strings.ReplaceAll(sheet, "\r\n", ""), "\n") {
			t.Errorf("%s:\n%s", lang, sheet)
		}
	}
}

// OnEnabled is called once for ever for an account and method.
func TestOnEnabledOnce(t *testing.T) {
	var calls []string
	var fail error
	w := newWorld(t, withPostcard(&postcard{}), func(c *mfa.Config) {
		c.OnEnabled = func(_ context.Context, account, method string) error {
			calls = append(calls, account+" "+method)
			return fail
		}
	})
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	proof := w.prove("kim", a)
	w.enroll("kim", "tablet", &proof)
	for _, f := range func() []mfa.Factor { l, _ := w.Enrolled(ctx, "kim"); return l }() {
		w.ok(w.Remove(ctx, proof, f.ID, home))
	}
	w.enroll("kim", "phone", nil)
	w.enroll("lee", "phone", nil)
	e, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "lee", Method: "postcard", Name: "card", Proof: ptr(w.prove("lee", w.appOf("lee")))})
	w.ok(err)
	fail = errors.New("no points left")
	_, err = w.FinishEnroll(ctx, "lee", e.FactorID, "arrived", home)
	w.want(err, fail)
	if want := []string{"kim totp", "lee totp", "lee postcard"}; !reflect.DeepEqual(calls, want) {
		t.Errorf("called for %q, want %q", calls, want)
	}
}

func ptr[T any](v T) *T { return &v }

// appOf enrols one more app to prove with, in a store where that is allowed.
func (w *world) appOf(account string) app {
	w.Helper()
	list, err := w.Enrolled(w.Context(), account)
	w.ok(err)
	for _, f := range list {
		w.ok(func() error { _, err := w.store.RemoveFactor(w.Context(), account, f.ID); return err }())
	}
	return w.enroll(account, "app", nil)
}

// A method of the shop's own goes through the same flow, with a prepared
// challenge and a state that changes.
func TestOwnMethod(t *testing.T) {
	card := &postcard{}
	w := newWorld(t, withPostcard(card))
	ctx := t.Context()
	e, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "postcard", Name: "card", Label: "Seoul", Client: home})
	w.ok(err)
	if e.Show != "a card is on its way" {
		t.Errorf("shows %v", e.Show)
	}
	_, err = w.FinishEnroll(ctx, "kim", e.FactorID, "lost", home)
	w.want(err, mfa.ErrWrongCode)
	_, err = w.FinishEnroll(ctx, "kim", e.FactorID, "arrived", home)
	w.ok(err)
	verify := func(token, response string) error {
		_, err := w.Verify(ctx, token, "signin", e.FactorID, response, home)
		return err
	}
	token := w.challenge("kim", "signin")
	w.want(verify(token, ""), mfa.ErrWrongCode) // nothing was prepared
	show, err := w.Prepare(ctx, token, "signin", e.FactorID, home)
	w.ok(err)
	if show != "look into your letter box" {
		t.Errorf("shows %v", show)
	}
	first := card.sent[e.FactorID]
	_, err = w.Prepare(ctx, token, "signin", e.FactorID, home)
	w.ok(err)
	w.want(verify(token, first), mfa.ErrWrongCode) // replaced
	next := w.challenge("kim", "signin")
	w.want(verify(next, card.sent[e.FactorID]), mfa.ErrWrongCode) // prepared for another challenge
	_, err = w.Prepare(ctx, token, "signin", e.FactorID, home)
	w.want(err, mfa.ErrNoChallenge)
	_, err = w.Prepare(ctx, next, "manage", e.FactorID, home)
	w.want(err, mfa.ErrNoChallenge)
	_, err = w.Prepare(ctx, next, "signin", "absent", home)
	w.want(err, mfa.ErrNoFactor)
	_, err = w.Prepare(ctx, next, "signin", e.FactorID, home)
	w.ok(err)
	w.ok(verify(next, card.sent[e.FactorID]))

	// What cannot be guessed is not stopped by failures in a row.
	for range mfa.MaxFailures {
		w.clock.Add(time.Hour)
		w.want(w.try("kim", e.FactorID, "no"), mfa.ErrWrongCode)
	}
	w.clock.Add(time.Hour)
	token = w.challenge("kim", "signin")
	_, err = w.Prepare(ctx, token, "signin", e.FactorID, home)
	w.ok(err)
	w.ok(verify(token, card.sent[e.FactorID]))

	// A step that goes backwards is refused, whatever the method says.
	card.step = 5
	token = w.challenge("kim", "signin")
	_, err = w.Prepare(ctx, token, "signin", e.FactorID, home)
	w.ok(err)
	w.ok(verify(token, card.sent[e.FactorID]))
	card.step = 4
	token = w.challenge("kim", "signin")
	_, err = w.Prepare(ctx, token, "signin", e.FactorID, home)
	w.ok(err)
	w.want(verify(token, card.sent[e.FactorID]), mfa.ErrWrongCode)
}

// An account whose method is no longer on offer is still asked; it has its
// recovery codes.
func TestMethodNoLongerOffered(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	cfg := w.cfg
	cfg.Methods = nil
	var err error
	w.Manager, err = mfa.New(w.store, cfg)
	w.ok(err)
	if on, err := w.Enabled(ctx, "kim"); !on || err != nil {
		t.Fatal("the second factor fell away with its method", err)
	}
	ch, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: home})
	w.ok(err)
	if len(ch.Factors) != 0 {
		t.Errorf("offers %v", ch.Factors)
	}
	_, err = w.Verify(ctx, ch.Token, "signin", a.id, a.code(), home)
	w.want(err, mfa.ErrNoMethod)
	_, err = w.Verify(ctx, ch.Token, "signin", mfa.RecoveryCode, a.recoveryCodes[0], home)
	w.ok(err)
}

func TestGuide(t *testing.T) {
	w := newWorld(t)
	for _, method := range append(w.Methods(), mfa.RecoveryCode) {
		en, err := w.Guide("en", method)
		w.ok(err)
		ko, err := w.Guide("ko-KR,ko;q=0.9", method)
		w.ok(err)
		for _, g := range []mfa.Guide{en, ko} {
			all := append([]string{g.Title, g.Recommendation}, g.Why...)
			all = append(append(append(all, g.Steps...), g.Pros...), g.Cons...)
			if g.Method != method || len(g.Why) < 1 || len(g.Steps) < 2 || len(g.Pros) < 2 || len(g.Cons) < 2 {
				t.Errorf("%s: %+v", method, g)
			}
			for _, s := range all {
				if s == "" || strings.ContainsAny(s, "{}") || strings.HasPrefix(s, "why.") || strings.HasPrefix(s, "recovery.") {
					t.Errorf("%s: text %q", method, s)
				}
			}
		}
		if en.Title == ko.Title {
			t.Errorf("%s is called %q in both languages", method, en.Title)
		}
	}
	_, err := w.Guide("en", "sms")
	w.want(err, mfa.ErrNoMethod)
}

func TestDeleteAccountAndPurge(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	w.challenge("kim", "signin")
	w.start("lee", "phone", nil)
	w.clock.Add(mfa.EnrollLifetime)
	if n, err := w.Purge(ctx); n != 2 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
	w.ok(w.DeleteAccount(ctx, "kim"))
	w.ok(w.DeleteAccount(ctx, "kim"))
	if on, err := w.Enabled(ctx, "kim"); on || err != nil {
		t.Error(on, err)
	}
	_ = a
	w.enroll("kim", "phone", nil) // a new customer of that id starts from nothing
}

func TestNewRefuses(t *testing.T) {
	good := newWorld(t).cfg
	for name, change := range map[string]func(*mfa.Config){
		"no recorder":    func(c *mfa.Config) { c.Recorder = nil },
		"no AEAD":        func(c *mfa.Config) { c.AEAD = nil },
		"broken AEAD":    func(c *mfa.Config) { c.AEAD = rotating{secrettest.AEAD(), noAEAD{}} },
		"a method twice": func(c *mfa.Config) { c.Methods = append(c.Methods, c.Methods[0]) },
		"a nil method":   func(c *mfa.Config) { c.Methods = append(c.Methods, nil) },
		"a bad name":     func(c *mfa.Config) { c.Methods = append(c.Methods, named{&postcard{}, "Post Card"}) },
		"a taken name":   func(c *mfa.Config) { c.Methods = append(c.Methods, named{&postcard{}, mfa.RecoveryCode}) },
	} {
		cfg := good
		cfg.Methods = append([]mfa.Method(nil), good.Methods...)
		change(&cfg)
		if _, err := mfa.New(mfa.NewMemoryStore(), cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := mfa.New(nil, good); err == nil {
		t.Error("no store: accepted")
	}
}

type noAEAD struct{}

func (noAEAD) Encrypt(p, _ []byte) ([]byte, error) { return p, nil }
func (noAEAD) Decrypt(c, _ []byte) ([]byte, error) { return c, nil }

type named struct {
	mfa.Method
	name string
}

func (n named) Info() mfa.Info { return mfa.Info{Name: n.name} }

// Every entry point refuses malformed input with an error and leaves nothing
// behind.
func TestInvalidInput(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	events := len(w.rec.events)
	for _, bad := range []string{"", "\x00", "a\x00b", "\xff", "a\nb", "\u202e", strings.Repeat("a", 1<<20)} {
		_, errStart := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: bad, Method: "totp", Name: "x"})
		_, errMethod := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "lee", Method: bad, Name: "x"})
		_, errFinish := w.FinishEnroll(ctx, bad, a.id, "123456", home)
		_, errFactor := w.FinishEnroll(ctx, "kim", bad, "123456", home)
		_, errChallenge := w.Challenge(ctx, mfa.ChallengeRequest{Account: bad, Purpose: "signin", Client: home})
		_, errPurpose := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: bad, Client: home})
		_, errBinding := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Binding: bad + "\x00", Client: home})
		_, errPeek := w.Peek(ctx, bad, "signin")
		_, errPrepare := w.Prepare(ctx, bad, "signin", a.id, home)
		_, errVerify := w.Verify(ctx, bad, "signin", a.id, "123456", home)
		_, errEnrolled := w.Enrolled(ctx, bad)
		_, errEnabled := w.Enabled(ctx, bad)
		_, errLeft := w.RecoveryCodesLeft(ctx, bad)
		for entry, err := range map[string]error{
			"StartEnroll": errStart, "StartEnroll method": errMethod, "FinishEnroll": errFinish, "FinishEnroll factor": errFactor,
			"Challenge": errChallenge, "Challenge purpose": errPurpose, "Challenge binding": errBinding, "Peek": errPeek,
			"Prepare": errPrepare, "Verify": errVerify, "Enrolled": errEnrolled, "Enabled": errEnabled, "RecoveryCodesLeft": errLeft,
			"DeleteAccount": w.DeleteAccount(ctx, bad),
		} {
			if err == nil || len(err.Error()) > 200 {
				t.Errorf("%s with %.10q: %.100v", entry, bad, err)
			}
		}
	}
	if n := len(w.rec.events); n != events {
		t.Errorf("malformed input made %d events", n-events)
	}
	// Text that is only shown is cleaned, not refused.
	_, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "lee", Method: "totp", Name: "x", Label: "\x00\u202e" + strings.Repeat("é", 1<<19)})
	w.ok(err)
}

// Whatever is typed in place of a recovery code is refused without a fault.
func FuzzRecoveryCode(f *testing.F) {
	for _, s := range []string{"0000-0000-0000-0000", "oooo iiii llll ABCD", "", "\x00", "０", "U"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		w := newWorld(t)
		w.enroll("kim", "phone", nil)
		w.want(w.try("kim", mfa.RecoveryCode, typed), mfa.ErrWrongCode)
	})
}

// Whatever comes in place of a token of a device or of a discovery is refused
// without a fault.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", ".", "a.b", "AAAA", strings.Repeat("A", 100), "\x00", "id.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		w := newWorld(t, withKey(&key{}))
		_, err := w.Trusted(t.Context(), "kim", mfa.DeviceToken(token))
		w.want(err, mfa.ErrNoDevice)
		_, err = w.UseDevice(t.Context(), "kim", mfa.DeviceToken(token), home)
		w.want(err, mfa.ErrNoDevice)
		_, err = w.VerifyDiscovered(t.Context(), token, "signin", "k1 x 9", home)
		w.want(err, mfa.ErrNoChallenge)
		_, err = w.Verify(t.Context(), token, "signin", "f", "000000", home)
		w.want(err, mfa.ErrNoChallenge)
	})
}

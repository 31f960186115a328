package sms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

func TestEnrolAndSignIn(t *testing.T) {
	w := newWorld(t)
	f := w.enroll("kim", "010-1234-5678")
	if m := w.last(); m.to != "+821012345678" {
		t.Errorf("sent to %s", m.to)
	}
	code, shown := f.challenge() // at once: the verified code ended the wait
	if want := (sms.Sent{Number: "010-****-5678", ExpiresAt: t0.Add(5 * time.Minute), ResendAt: t0.Add(time.Minute)}); shown != want {
		t.Errorf("shown %#v", shown)
	}
	if !f.verify(code) {
		t.Error("the code was refused")
	}
	if n := w.provider.count(); n != 2 {
		t.Errorf("%d messages", n)
	}
	if strings.Contains(fmt.Sprintf("%v %+v %s", shown, &shown, shown), "5678") {
		t.Error("what is shown prints itself")
	}
}

func TestThroughTheManager(t *testing.T) {
	w := newWorld(t)
	m, ctx := w.manager(), t.Context()
	start := mfa.StartEnrollRequest{Account: "kim", Method: "sms", Name: "phone", Label: "010 1234 5678", Client: home}
	e, err := m.StartEnroll(ctx, start)
	w.ok(err)
	_, err = m.FinishEnroll(ctx, "kim", e.FactorID, w.last().code(), home)
	w.ok(err)
	first := w.last().code()
	c, err := m.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: home})
	w.ok(err)
	_, err = m.Prepare(ctx, c.Token, "signin", e.FactorID, home)
	w.ok(err)
	code := w.last().code()
	if code != first { // the code of the enrolment does not sign in
		_, err = m.Verify(ctx, c.Token, "signin", e.FactorID, first, home)
		w.want(err, mfa.ErrWrongCode)
	}
	// A code for one purpose is worth nothing for another.
	other, err := m.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: mfa.PurposeManage, Client: home})
	w.ok(err)
	_, err = m.Verify(ctx, other.Token, mfa.PurposeManage, e.FactorID, code, home)
	w.want(err, mfa.ErrWrongCode)
	_, err = m.Verify(ctx, c.Token, "signin", e.FactorID, code, home)
	w.ok(err)
	_, err = m.Verify(ctx, c.Token, "signin", e.FactorID, code, home)
	w.want(err, mfa.ErrNoChallenge)
	// Errors come through, for the page to tell what is wrong.
	start.Account, start.Label = "lee", "02-312-3456"
	_, err = m.StartEnroll(ctx, start)
	w.want(err, sms.ErrNumberType)
}

// Pitfall 2: the sixth try is refused, right or not, and asking for another
// code does not make it the first.
func TestPitfall02FiveTries(t *testing.T) {
	w := newWorld(t)
	m, ctx := w.manager(), t.Context()
	e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "sms", Name: "phone", Label: "010-1234-5678"})
	w.ok(err)
	_, err = m.FinishEnroll(ctx, "kim", e.FactorID, w.last().code(), home)
	w.ok(err)
	c, err := m.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: home})
	w.ok(err)
	_, err = m.Prepare(ctx, c.Token, "signin", e.FactorID, home)
	w.ok(err)
	for i := range 5 {
		if i == 3 {
			w.now = w.now.Add(time.Minute)
			_, err = m.Prepare(ctx, c.Token, "signin", e.FactorID, home)
			w.ok(err)
		}
		if _, err = m.Verify(ctx, c.Token, "signin", e.FactorID, other(w.last().code()), home); err == nil {
			t.Fatal("a wrong code was accepted")
		}
	}
	w.now = w.now.Add(3 * time.Minute)
	_, err = m.Verify(ctx, c.Token, "signin", e.FactorID, w.last().code(), home)
	w.want(err, mfa.ErrNoChallenge)
}

// other gives a code that is not the one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// Pitfall 11: a number that was removed is dead: a code that waits for it does
// not verify, and neither does a code sent to another number.
func TestPitfall11RemovedNumber(t *testing.T) {
	w := newWorld(t)
	m, ctx := w.manager(), t.Context()
	e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "sms", Name: "phone", Label: "010-1234-5678"})
	w.ok(err)
	_, err = m.FinishEnroll(ctx, "kim", e.FactorID, w.last().code(), home)
	w.ok(err)
	ask := func(purpose string) (token, code string) {
		c, err := m.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: purpose, Client: home})
		w.ok(err)
		_, err = m.Prepare(ctx, c.Token, purpose, e.FactorID, home)
		w.ok(err)
		return c.Token, w.last().code()
	}
	manage, code := ask(mfa.PurposeManage)
	proof, err := m.Verify(ctx, manage, mfa.PurposeManage, e.FactorID, code, home)
	w.ok(err)
	signin, code := ask("signin")
	w.ok(m.Remove(ctx, proof, e.FactorID, home))
	if _, err = m.Verify(ctx, signin, "signin", e.FactorID, code, home); err == nil {
		t.Error("a code sent to a removed number verified")
	}
	if _, err = m.Prepare(ctx, signin, "signin", e.FactorID, home); err == nil {
		t.Error("a removed number is still sent to")
	}
	// The same factor with another number: what was sent to the old one is void.
	f := w.enroll("lee", "010-1111-1111")
	code, _ = f.challenge()
	f.state = []byte(strings.ReplaceAll(string(f.state), "+821011111111", "+821022222222"))
	if f.verify(code) {
		t.Error("a code sent to the old number verified for the new one")
	}
}

func TestCodeIsBound(t *testing.T) {
	w := newWorld(t)
	f := w.enroll("kim", "010-1234-5678")
	code, _ := f.challenge()
	answer := func(change func(a *mfa.Answer)) bool {
		a := mfa.Answer{Subject: f.subject(), Challenge: f.asked, Response: code}
		change(&a)
		v, err := w.Verify(t.Context(), a)
		return err == nil && v.OK
	}
	for name, change := range map[string]func(a *mfa.Answer){
		"another account": func(a *mfa.Answer) { a.Account = "lee" },
		"another factor":  func(a *mfa.Answer) { a.FactorID = "f-lee" },
		"no challenge":    func(a *mfa.Answer) { a.Challenge = nil },
		"no code":         func(a *mfa.Answer) { a.Challenge = f.state },
		"junk":            func(a *mfa.Answer) { a.Challenge = []byte("{") },
		"no state":        func(a *mfa.Answer) { a.State = nil },
		"wrong":           func(a *mfa.Answer) { a.Response = other(code) },
	} {
		if answer(change) {
			t.Errorf("%s: accepted", name)
		}
	}
	if !answer(func(*mfa.Answer) {}) {
		t.Error("the right one was refused")
	}
	another, err := sms.New(w.store, func() sms.Config { c := w.cfg; c.Key = []byte(strings.Repeat("x", 32)); return c }())
	w.ok(err)
	if v, err := another.Verify(t.Context(), mfa.Answer{Subject: f.subject(), Challenge: f.asked, Response: code}); err != nil || v.OK {
		t.Errorf("under another key: %v, %v", v, err)
	}
}

func TestCodeEnds(t *testing.T) {
	w := newWorld(t)
	f := w.enroll("kim", "010-1234-5678")
	code, shown := f.challenge()
	for _, c := range []struct {
		at   time.Time
		want bool
	}{{shown.ExpiresAt.Add(-time.Microsecond), true}, {shown.ExpiresAt, false}, {shown.ExpiresAt.Add(time.Microsecond), false}} {
		w.now = c.at
		if got := f.verify(code); got != c.want {
			t.Errorf("at %v: %v", c.at, got)
		}
	}
	// The same for an enrolment.
	s := w.subject("lee", "f-lee")
	s.Label = "010-2345-6789"
	begun, err := w.Enroll(t.Context(), s)
	w.ok(err)
	s.State, s.Now = begun.State, w.now.Add(sms.Lifetime)
	if v, err := w.Confirm(t.Context(), mfa.Answer{Subject: s, Response: w.last().code()}); err != nil || v.OK {
		t.Errorf("an expired code enrolled: %v, %v", v, err)
	}
}

// A new message has a new code, and the one before ends with it: the Manager
// keeps the last state only.
func TestResend(t *testing.T) {
	w := newWorld(t)
	f := w.enroll("kim", "010-1234-5678")
	old, shown := f.challenge()
	w.now = shown.ResendAt.Add(-time.Microsecond)
	_, err := w.Challenge(t.Context(), f.subject())
	if l := w.limited(err); l.RetryAfter != time.Microsecond || l.Paused {
		t.Errorf("too early: %+v", l)
	}
	if !f.verify(old) {
		t.Error("a refusal ended the code before")
	}
	w.now = shown.ResendAt
	code, _ := f.challenge()
	if code != old && f.verify(old) {
		t.Error("the old code is still good")
	}
	if !f.verify(code) {
		t.Error("the new code is not")
	}
}

func TestEnrolledAlready(t *testing.T) {
	w := newWorld(t)
	f := w.enroll("kim", "010-1234-5678")
	sent := w.provider.count()
	s := w.subject("kim", "f-2")
	s.Others = []mfa.Other{{FactorID: "f-kim", State: f.state}}
	for _, same := range []string{"010-1234-5678", "+82 10 1234 5678", "+82 (0)10.1234.5678"} {
		s.Label = same
		_, err := w.Enroll(t.Context(), s)
		w.want(err, sms.ErrEnrolled)
	}
	s.Label, s.Others[0].State = "010-1111-2222", []byte("junk")
	if _, err := w.Enroll(t.Context(), s); err == nil {
		t.Error("a damaged factor went unnoticed")
	}
	if w.provider.count() != sent {
		t.Error("a message was sent")
	}
	s.Label, s.Others[0].State = "010-1111-2222", f.state
	_, err := w.Enroll(t.Context(), s)
	w.ok(err)
}

// Codes are spread over the whole million: ten bins of the first digit, and no
// leading zero is lost.
func TestCodesAreUnbiased(t *testing.T) {
	racing.SkipAlone(t)
	w := newWorld(t, func(c *sms.Config) {
		big := sms.Rate{Hour: 1 << 20, Day: 1 << 20}
		c.Limits = sms.Limits{Account: big, Number: big, Network: big, WideNetwork: big, Country: big, Unverified: big, Resend: time.Nanosecond * 1000}
		c.SpendPerHour = 1 << 20
	})
	const n = 5000
	var first, last [10]int
	for i := range n {
		w.now = w.now.Add(time.Second)
		s := w.subject("kim", "f")
		s.Label = phone(i)
		_, err := w.Enroll(t.Context(), s)
		w.ok(err)
		if i%32 == 31 {
			w.ok(w.Wait(t.Context()))
		}
	}
	for _, m := range w.messages() {
		code := m.code()
		first[code[0]-'0']++
		last[code[5]-'0']++
	}
	for _, bins := range [][10]int{first, last} {
		chi := 0.0
		for _, b := range bins {
			chi += (float64(b) - n/10) * (float64(b) - n/10) / (n / 10)
		}
		if chi > 50 { // 9 degrees of freedom: p < 1e-7
			t.Errorf("chi² = %.1f: %v", chi, bins)
		}
	}
}

func TestBadResponses(t *testing.T) {
	w := newWorld(t)
	f := w.enroll("kim", "010-1234-5678")
	code, _ := f.challenge()
	for name, typed := range map[string]string{
		"empty": "", "spaces": "      ", "short": code[:5], "long": code + "0", "NUL": code + "\x00", "NBSP": code[:3] + "\u00a0" + code[3:],
		"line": code + "\n", "tab": code[:3] + "\t" + code[3:], "sign": "+" + code[1:], "dash": code[:3] + "-" + code[3:],
		"full width": fullWidth(code), "arabic": arabic(code), "1 MiB": strings.Repeat("1", 1<<20), "1 MiB of spaces": code + strings.Repeat(" ", 1<<20),
		"not UTF-8": code + "\xff", "hex": "0x" + code[2:], "twice": code + code,
	} {
		if f.verify(typed) {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, typed := range []string{" " + code + " ", code[:3] + " " + code[3:]} {
		if !f.verify(typed) {
			t.Errorf("%q: refused", typed)
		}
	}
}

func fullWidth(code string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
}

func arabic(code string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '٠' }, code)
}

// Pitfall 11: the erasure of an account refills no other, of nearly the same id
// neither.
func TestPitfall11ErasureRefillsNoOther(t *testing.T) {
	w := newWorld(t, only(func(l *sms.Limits) { l.Account = sms.Rate{} }))
	sent := w.burst(40, func(i int) (string, string, activity.Client) {
		w.ok(w.DeleteAccount(t.Context(), "KIM"))
		return "kim", phone(i), from(i)
	})
	if sent != 5 {
		t.Errorf("%d messages, want 5", sent)
	}
}

func TestDeleteAccountAndPurge(t *testing.T) {
	w := newWorld(t)
	w.enroll("Kim", "010-1234-5678")
	w.ok(w.DeleteAccount(t.Context(), "Kim"))
	n, err := w.Purge(t.Context())
	w.ok(err)
	if n != 0 {
		t.Errorf("%d open windows purged", n)
	}
	w.now = w.now.Add(24 * time.Hour)
	n, err = w.Purge(t.Context())
	w.ok(err)
	if n == 0 {
		t.Error("nothing purged")
	}
	if left, err := w.Purge(t.Context()); err != nil || left != 0 {
		t.Errorf("%d rows left, %v", left, err)
	}
	w.ok(w.DeleteAccount(t.Context(), "nobody"))
}

func TestGuide(t *testing.T) {
	w := newWorld(t)
	for lang, want := range map[string]string{"ko": "문자 메시지", "en": "Text message", "ko-KR,en;q=0.5": "문자 메시지", "xx": "Text message", "": "Text message"} {
		g := w.Guide(lang)
		if g.Title != want || g.Method != "sms" {
			t.Errorf("%s: %+v", lang, g)
		}
		for _, list := range [][]string{g.Why, g.Steps, g.Pros, g.Cons, {g.Recommendation}} {
			if len(list) == 0 {
				t.Errorf("%s: a part is missing", lang)
			}
			for _, text := range list {
				if strings.ContainsAny(text, "{}") || strings.Contains(text, "con.") || text == "" {
					t.Errorf("%s: %q", lang, text)
				}
			}
		}
	}
}

// A store that fails lets no message out, and says so.
func TestStoreFails(t *testing.T) {
	broken := errors.New("broken")
	w := newWorld(t)
	method, err := sms.New(brokenStore{err: broken}, w.cfg)
	w.ok(err)
	s := mfa.Subject{Account: "kim", FactorID: "f", Label: "010-1234-5678", Now: t0, Client: activity.Client{}}
	_, err = method.Enroll(t.Context(), s)
	w.want(err, broken)
	w.ok(method.Wait(t.Context()))
	if n := w.provider.count(); n != 0 {
		t.Errorf("%d messages were sent without a count", n)
	}
	// A check goes on when its credit is not counted.
	f := w.enroll("kim", "010-1234-5678")
	code, _ := f.challenge()
	v, err := method.Verify(t.Context(), mfa.Answer{Subject: f.subject(), Challenge: f.asked, Response: code})
	if err != nil || !v.OK {
		t.Errorf("%v, %v", v, err)
	}
	w.clean(code, "5678")
}

type brokenStore struct {
	sms.Store
	err error
}

func (b brokenStore) Spend(context.Context, []sms.Quota, time.Time) (sms.Refusal, error) {
	return sms.Refusal{}, b.err
}

func (b brokenStore) Return(context.Context, sms.Quota, []sms.Quota, time.Time) (bool, error) {
	return false, b.err
}

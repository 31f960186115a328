package sms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
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

func TestDeleteAccountAndPurge(t *testing.T) {
	w := newWorld(t)
	w.enroll("Kim", "010-1234-5678")
	w.ok(w.DeleteAccount(t.Context(), "kim"))
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

func TestExplain(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []struct {
		err    error
		ko, en string
	}{
		{sms.ErrNumber, "올바른 전화번호가 아닙니다.", "This is not a valid phone number."},
		{sms.ErrCountry, "이 국가의 번호로는 문자를 보내지 않습니다.", "We do not send text messages to numbers of this country."},
		{sms.ErrNumberType, "휴대전화 번호가 아닙니다.", "This is not a mobile number."},
		{sms.ErrEnrolled, "이미 등록된 번호입니다.", "This number is registered already."},
		{sms.ErrBusy, "지금은 문자를 보낼 수 없습니다. 잠시 후 다시 시도해 주세요.", "We cannot send a text message right now. Please try again in a moment."},
		{&sms.LimitError{RetryAfter: time.Hour, Paused: true}, "지금은 문자를 보낼 수 없습니다. 다른 방법을 이용해 주세요.", "Text messages are paused for now. Please use another method."},
		{&sms.LimitError{RetryAfter: 41*time.Second + 1}, "42초 후에 다시 요청해 주세요.", "Please wait 42 seconds before you ask for another message."},
		{&sms.LimitError{RetryAfter: 91 * time.Second}, "문자 요청이 너무 많습니다. 2분 후에 다시 시도해 주세요.", "Too many messages. Please try again in 2 minutes."},
		{mfa.ErrWrongCode, "", ""},
		{nil, "", ""},
	} {
		err := c.err
		if err != nil {
			err = fmt.Errorf("mfa: enrol sms: %w", err)
		}
		ko, en := sms.Explain("ko", err), sms.Explain("en", err)
		if ko != c.ko || en != c.en || ko != "" && seen[ko] {
			t.Errorf("%v: %q, %q", c.err, ko, en)
		}
		seen[ko] = true
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

// A hook that panics is the program's fault; its place is free again.
func TestHookPanics(t *testing.T) {
	w := newWorld(t, only(func(l *sms.Limits) { l.Unverified = sms.Rate{} }), func(c *sms.Config) {
		c.MaxInFlight = 1
		c.OnPaused = func(context.Context, sms.Pause) { panic("hook") }
	})
	panics := 0
	for i := range 52 {
		func() {
			defer func() {
				if recover() != nil {
					panics++
				}
			}()
			w.now = w.now.Add(time.Second)
			s := w.subject(fmt.Sprint("u", i), "f")
			s.Label, s.Client = phone(i), from(i)
			_, err := w.Enroll(t.Context(), s)
			w.ok(w.Wait(t.Context()))
			if errors.Is(err, sms.ErrBusy) {
				t.Error("the place is lost")
			}
		}()
	}
	if panics != 1 {
		t.Errorf("%d panics, want 1", panics)
	}
}

func TestConfig(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(c *sms.Config){
		"sender":            func(c *sms.Config) { c.Sender = nil },
		"key":               func(c *sms.Config) { c.Key = c.Key[:31] },
		"no brand":          func(c *sms.Config) { c.Brand = "" },
		"long brand":        func(c *sms.Config) { c.Brand = strings.Repeat("가", 21) },
		"two lines":         func(c *sms.Config) { c.Brand = "a\nb" },
		"brand with code":   func(c *sms.Config) { c.Brand = "shop 1234" },
		"brand with domain": func(c *sms.Config) { c.Brand = "@evil.example" },
		"brand with link":   func(c *sms.Config) { c.Brand = "http://x" },
		"no domain":         func(c *sms.Config) { c.Domain = "" },
		"URL":               func(c *sms.Config) { c.Domain = "https://shop.example" },
		"port":              func(c *sms.Config) { c.Domain = "shop.example:8080" },
		"upper case":        func(c *sms.Config) { c.Domain = "Shop.example" },
		"IDN":               func(c *sms.Config) { c.Domain = "가게.example" },
		"bare":              func(c *sms.Config) { c.Domain = "localhost" },
		"address":           func(c *sms.Config) { c.Domain = "192.0.2.1" },
		"code in domain":    func(c *sms.Config) { c.Domain = "shop.example #123456" },
		"long domain":       func(c *sms.Config) { c.Domain = strings.Repeat("a", 60) + ".example" },
		"no region":         func(c *sms.Config) { c.Region = "" },
		"lower region":      func(c *sms.Config) { c.Region = "kr" },
		"region":            func(c *sms.Config) { c.Region = "ZZ" },
		"country":           func(c *sms.Config) { c.Countries = []string{"KR", "ZZ"} },
		"no country":        func(c *sms.Config) { c.Countries = []string{""} },
		"world":             func(c *sms.Config) { c.Countries = []string{"001"} },
		"price":             func(c *sms.Config) { c.Prices = map[string]int64{"KR": 0} },
		"price's country":   func(c *sms.Config) { c.Prices = map[string]int64{"Korea": 1} },
		"dear":              func(c *sms.Config) { c.Prices = map[string]int64{"KR": 1 << 60} },
		"cap":               func(c *sms.Config) { c.SpendPerHour = -1 },
		"small cap":         func(c *sms.Config) { c.Prices, c.SpendPerDay = map[string]int64{"KR": 30}, 100 },
		"timeout":           func(c *sms.Config) { c.SendTimeout = -1 },
		"in flight":         func(c *sms.Config) { c.MaxInFlight = -1 },
		"resend":            func(c *sms.Config) { c.Limits.Resend = 2 * time.Hour },
		"rate":              func(c *sms.Config) { c.Limits.Network = sms.Rate{Hour: -1} },
		"day below hour":    func(c *sms.Config) { c.Limits.Country = sms.Rate{Hour: 10, Day: 5} },
	} {
		cfg := w.cfg
		change(&cfg)
		if m, err := sms.New(w.store, cfg); err == nil || m != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := sms.New(nil, w.cfg); err == nil {
		t.Error("no store: accepted")
	}
	cfg := w.cfg
	cfg.Limits = sms.Limits{Account: sms.Rate{Hour: 50}, Network: sms.Rate{Day: 3}}
	if _, err := sms.New(w.store, cfg); err != nil {
		t.Errorf("half a rate: %v", err)
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

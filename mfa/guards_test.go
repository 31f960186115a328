package mfa_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/mfa"
)

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Pitfall 4: every change of factors needs a fresh proof of the same account
// for the right purpose.
func TestPitfall04ChangesNeedAProof(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	eve := w.enroll("eve", "phone", nil)
	stale := w.prove("kim", a)
	w.clock.Add(mfa.ProofLifetime)
	signIn, err := w.Verify(ctx, w.challenge("kim", "signin"), "signin", a.id, a.code(), home)
	w.ok(err)
	others := w.prove("eve", eve)
	for name, proof := range map[string]mfa.Proof{"zero": {}, "stale": stale, "for sign-in": signIn, "another account's": others} {
		// A proof names its account, so another account's reaches only its own.
		tries := map[string]error{
			"StartEnroll": func() error {
				_, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "evil", Proof: &proof})
				return err
			}(),
			"Remove": w.Remove(ctx, proof, a.id, home),
			"Rename": w.Rename(ctx, proof, a.id, "evil", home),
		}
		if name != "another account's" {
			_, tries["NewRecoveryCodes"] = w.NewRecoveryCodes(ctx, proof, home)
		}
		for entry, err := range tries {
			if !errors.Is(err, mfa.ErrProofNeeded) && !(name == "another account's" && errors.Is(err, mfa.ErrNoFactor)) {
				t.Errorf("%s with a proof that is %s: %v", entry, name, err)
			}
		}
	}
	_, err = w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "evil"})
	w.want(err, mfa.ErrProofNeeded)
	if left, err := w.RecoveryCodesLeft(ctx, "kim"); left != mfa.RecoveryCodes || err != nil {
		t.Errorf("%d codes, %v", left, err)
	}
}

// Pitfall 4: an enrolment begun before the first factor was there does not slip
// in beside it without a proof.
func TestPitfall04EarlierEnrolment(t *testing.T) {
	w := newWorld(t)
	thief, _ := w.start("kim", "thief's", nil)
	w.enroll("kim", "phone", nil)
	_, err := w.FinishEnroll(t.Context(), "kim", thief.id, thief.code(), home)
	w.want(err, mfa.ErrNoEnrollment)
}

// Pitfall 5: what a challenge hands out holds no secret and passes for nothing
// else.
func TestPitfall05ChallengeIsWorthNothing(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	ch, err := w.Challenge(t.Context(), mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Binding: "v1", Client: home})
	w.ok(err)
	info, err := w.Peek(t.Context(), ch.Token, "signin")
	w.ok(err)
	data, err := json.Marshal([]any{ch, info})
	w.ok(err)
	for _, s := range append(a.recoveryCodes, a.seed, a.code(), strings.ReplaceAll(a.recoveryCodes[0], "-", "")) {
		if strings.Contains(string(data), s) {
			t.Errorf("the challenge holds %s", s)
		}
	}
	for _, id := range []string{a.id, mfa.RecoveryCode} {
		for _, response := range []string{"", ch.Token, a.id, hash(ch.Token), "signin", "v1"} {
			w.ok(w.store.ResetLanes(t.Context(), "kim", ""))
			if err := w.try("kim", id, response); !errors.Is(err, mfa.ErrWrongCode) {
				t.Errorf("%s with %q: %v", id, response, err)
			}
		}
	}
}

// Pitfall 6: every mutation of a good recovery code is refused, and every
// spelling of it is accepted once.
func TestPitfall06RecoveryCodes(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	other := w.enroll("lee", "phone", nil)
	try := func(account, response string) error {
		w.ok(w.store.ResetLanes(ctx, account, ""))
		return w.try(account, mfa.RecoveryCode, response)
	}
	good := a.recoveryCodes[0]
	bad := []string{"", " ", "-", good[:18], good + "0", good + good, "0000-0000-0000-0000", strings.Repeat("A", 1<<20),
		strings.ReplaceAll(good, "-", "_"), strings.ReplaceAll(good, "-", "\u2010"), good + "\x00", good + "\n", "\ufeff" + good,
		other.recoveryCodes[0], hash(good), "\xff\xfe", "U" + good[1:], "%"}
	for i := range good {
		if good[i] != '-' {
			swap := byte('0')
			if good[i] == '0' {
				swap = '2'
			}
			bad = append(bad, good[:i]+string(swap)+good[i+1:])
		}
	}
	for _, b := range bad {
		if err := try("kim", b); !errors.Is(err, mfa.ErrWrongCode) {
			t.Errorf("%.40q: %v", b, err)
		}
	}
	if left, err := w.RecoveryCodesLeft(ctx, "kim"); left != 10 || err != nil {
		t.Fatalf("%d left, %v", left, err)
	}
	spell := []func(string) string{
		func(s string) string { return s }, strings.ToLower,
		func(s string) string { return strings.ReplaceAll(s, "-", "") },
		func(s string) string { return " " + strings.ReplaceAll(s, "-", "  ") + " " },
		func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "0", "O"), "1", "I") },
		func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "0", "o"), "1", "l") },
	}
	for i, code := range a.recoveryCodes {
		w.ok(try("kim", spell[i%len(spell)](code)))
		for _, again := range spell {
			w.want(try("kim", again(code)), mfa.ErrWrongCode)
		}
	}
	if left, err := w.RecoveryCodesLeft(ctx, "kim"); left != 0 || err != nil {
		t.Errorf("%d left, %v", left, err)
	}
}

// Pitfall 13: 80 bits a recovery code, all unlike, in an unbiased alphabet; 160
// bits a seed; 256 bits a token.
func TestPitfall13Entropy(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	if len(a.seed)*5 < 160 {
		t.Errorf("the seed has %d bits", len(a.seed)*5)
	}
	if n := len(w.challenge("kim", "signin")); n*6 < 256 {
		t.Errorf("the token has %d bits", n*6)
	}
	proof := w.prove("kim", a)
	seen, symbols := map[string]bool{}, map[rune]int{}
	for range 200 {
		codes, err := w.NewRecoveryCodes(t.Context(), proof, home)
		w.ok(err)
		for _, c := range codes {
			groups := strings.Split(c, "-")
			if len(groups) != 4 || len(c) != 19 || seen[c] {
				t.Fatalf("code %s", c)
			}
			seen[c] = true
			for _, r := range strings.Join(groups, "") {
				symbols[r]++
			}
		}
	}
	if len(symbols) != 32 || symbols['I']+symbols['L']+symbols['O']+symbols['U'] > 0 {
		t.Errorf("the alphabet is %v", symbols)
	}
	for r, n := range symbols { // 1000 expected, 6 sigma = 187
		if n < 800 || n > 1200 {
			t.Errorf("%c was drawn %d times of 32000", r, n)
		}
	}
}

// Pitfall 14: a challenge is good for its purpose, once, for ten minutes, and
// until a newer one is made.
func TestPitfall14Challenge(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, eve := w.enroll("kim", "phone", nil), w.enroll("eve", "phone", nil)
	verify := func(token, purpose string) error {
		_, err := w.Verify(ctx, token, purpose, a.id, a.code(), home)
		return err
	}
	w.clock.Add(time.Minute)
	older := w.challenge("kim", "signin")
	token := w.challenge("kim", "signin")
	manage := w.challenge("kim", mfa.PurposeManage) // another purpose's does not matter
	for _, purpose := range []string{mfa.PurposeManage, "recovery", "", "SIGNIN", "signin ", "\x00"} {
		w.want(verify(token, purpose), mfa.ErrNoChallenge)
	}
	for _, forged := range []string{older, "", "x", token + "x", token[:42], strings.ToLower(token), hash(token), "\x00", strings.Repeat("A", 1<<20)} {
		if err := verify(forged, "signin"); forged != token && !errors.Is(err, mfa.ErrNoChallenge) {
			t.Errorf("%.50q: %v", forged, err)
		}
	}
	// Another account's factor does not answer it.
	_, err := w.Verify(ctx, token, "signin", eve.id, eve.code(), home)
	w.want(err, mfa.ErrWrongCode)
	w.ok(verify(token, "signin"))
	w.clock.Add(time.Minute)
	w.want(verify(token, "signin"), mfa.ErrNoChallenge)
	w.ok(verify(manage, mfa.PurposeManage))

	last := w.challenge("kim", "signin")
	w.clock.Add(mfa.ChallengeLifetime)
	w.want(verify(last, "signin"), mfa.ErrNoChallenge)
}

// Pitfall 14: the proof says what it is good for.
func TestPitfall14Proof(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	ch, err := w.Challenge(t.Context(), mfa.ChallengeRequest{Account: "kim", Purpose: "recovery", Binding: "ticket 7", Client: home})
	w.ok(err)
	p, err := w.Verify(t.Context(), ch.Token, "recovery", a.id, a.code(), home)
	w.ok(err)
	if !p.Valid() || p.Account() != "kim" || p.Purpose() != "recovery" || p.Binding() != "ticket 7" || p.Factor() != a.id ||
		p.Method() != "totp" || p.RecoveryCodesLeft() != 0 || w.clock.now.Sub(p.At()) > time.Second {
		t.Errorf("got %s %s %s %s %s %v", p.Account(), p.Purpose(), p.Binding(), p.Factor(), p.Method(), p.At())
	}
	ch, err = w.Challenge(t.Context(), mfa.ChallengeRequest{Account: "kim", Purpose: "recovery", Client: home})
	w.ok(err)
	p, err = w.Verify(t.Context(), ch.Token, "recovery", mfa.RecoveryCode, a.recoveryCodes[3], home)
	w.ok(err)
	if p.Factor() != mfa.RecoveryCode || p.Method() != mfa.RecoveryCode || p.RecoveryCodesLeft() != 9 {
		t.Errorf("got %s %s %d", p.Factor(), p.Method(), p.RecoveryCodesLeft())
	}
	if (mfa.Proof{}).Valid() {
		t.Error("the zero proof is valid")
	}
}

// Pitfall 15: the events of each flow, failures included, are a fixed list.
func TestPitfall15GoldenEvents(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, _ := w.start("kim", "phone", nil)
	_, err := w.FinishEnroll(ctx, "kim", a.id, a.wrong(), home)
	w.want(err, mfa.ErrWrongCode)
	done, err := w.FinishEnroll(ctx, "kim", a.id, a.code(), home)
	w.ok(err)
	w.want(w.try("kim", a.id, a.code()), mfa.ErrWrongCode) // used
	w.clock.Add(time.Minute)
	w.want(w.try("kim", a.id, "12"), mfa.ErrWrongCode)
	proof := w.prove("kim", a)
	w.enroll("kim", "tablet", &proof)
	w.ok(w.Rename(ctx, proof, a.id, "old phone", home))
	w.ok(w.try("kim", mfa.RecoveryCode, done.RecoveryCodes[0]))
	w.want(w.try("kim", mfa.RecoveryCode, done.RecoveryCodes[0]), mfa.ErrWrongCode)
	_, err = w.NewRecoveryCodes(ctx, proof, home)
	w.ok(err)
	for range 5 {
		w.want(w.try("kim", a.id, "12"), mfa.ErrWrongCode)
	}
	if err := w.try("kim", a.id, "12"); err == nil {
		t.Fatal("not throttled")
	}
	w.ok(w.Remove(ctx, proof, a.id, home))
	var got []string
	for _, e := range w.rec.events {
		got = append(got, strings.TrimSpace(fmt.Sprint(e.Type, " ", e.Outcome, " ", e.Detail["reason"], e.Detail["left"])))
		if e.Account != "kim" || e.Client != home || e.At.IsZero() {
			t.Errorf("got %+v", e)
		}
	}
	wrong := "mfa.failed failure wrong"
	want := []string{
		"mfa.enroll_started pending", wrong, "mfa.enrolled success", "mfa.codes_made success",
		"mfa.failed failure used", wrong, "mfa.verified success",
		"mfa.enroll_started pending", "mfa.enrolled success", "mfa.renamed success",
		"mfa.code_used success 9", wrong, "mfa.codes_made success",
		wrong, wrong, wrong, wrong, wrong, "mfa.failed denied throttled", "mfa.removed success 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events\n got %q\nwant %q", got, want)
	}
}

// Pitfall 15: no secret reaches a log, an event, an error or a print.
func TestPitfall15NoSecretIsLogged(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, e := w.start("kim", "phone", nil)
	ch0 := a.code()
	done, err := w.FinishEnroll(ctx, "kim", a.id, ch0, home)
	w.ok(err)
	w.clock.Add(time.Minute)
	ch, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: home})
	w.ok(err)
	code := a.code()
	w.rec.err = errors.New("log is full") // the check goes on, and says so
	p, err := w.Verify(ctx, ch.Token, "signin", a.id, code, home)
	w.ok(err)
	if !strings.Contains(w.logs.String(), "was not recorded") {
		t.Errorf("the lost event was not logged: %s", w.logs)
	}
	w.rec.err = nil
	for _, v := range []any{e, done, ch, p, &e, &done, &ch, &p, e.Show, mfa.Answer{Response: code}, mfa.Subject{State: []byte(a.seed)},
		mfa.Begun{State: []byte(a.seed)}, mfa.Verdict{OK: true, State: []byte(a.seed)}} {
		w.cfg.Logger.Info("value", "v", v)
		fmt.Fprintf(w.logs, "%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v)
	}
	text := w.logs.String() + fmt.Sprintf("%+v", w.rec.events)
	for _, s := range append(done.RecoveryCodes, a.seed, a.uri, code, ch0, ch.Token, hex.EncodeToString([]byte(a.seed)), hex.EncodeToString([]byte(ch.Token))) {
		if strings.Contains(text, s) {
			t.Errorf("%q was printed", s)
		}
	}
}

// Pitfall 15: a change that cannot be recorded fails.
func TestPitfall15ChangesNeedTheLog(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	proof := w.prove("kim", a)
	full := errors.New("log is full")
	w.rec.err = full
	_, errStart := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "lee", Method: "totp", Name: "x"})
	_, errUse := w.Verify(ctx, w.challenge("kim", "signin"), "signin", mfa.RecoveryCode, a.recoveryCodes[0], home)
	_, errCodes := w.NewRecoveryCodes(ctx, proof, home)
	for name, err := range map[string]error{
		"StartEnroll": errStart, "NewRecoveryCodes": errCodes, "recovery code": errUse,
		"Rename": w.Rename(ctx, proof, a.id, "x", home), "Remove": w.Remove(ctx, proof, a.id, home),
	} {
		if !errors.Is(err, full) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Pitfall 3: whoever loses the challenge while the response is judged has
// proved nothing, however right the response.
func TestPitfall03ChallengeWonByAnother(t *testing.T) {
	card := &postcard{}
	w := newWorld(t, withPostcard(card))
	ctx := t.Context()
	e, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "postcard", Name: "card"})
	w.ok(err)
	_, err = w.FinishEnroll(ctx, "kim", e.FactorID, "arrived", home)
	w.ok(err)
	for name, overtake := range map[string]func(token string){
		"finished": func(token string) {
			_, err := w.store.FinishChallenge(ctx, hash(token), w.clock.now)
			w.ok(err)
		},
		"replaced": func(string) { w.challenge("kim", "signin") },
		"expired":  func(string) { w.clock.Add(mfa.ChallengeLifetime); w.ok(purgeOf(w)) },
	} {
		token := w.challenge("kim", "signin")
		_, err := w.Prepare(ctx, token, "signin", e.FactorID, home)
		w.ok(err)
		card.verify = func() error { overtake(token); return nil }
		p, err := w.Verify(ctx, token, "signin", e.FactorID, card.sent[e.FactorID], home)
		if !errors.Is(err, mfa.ErrNoChallenge) || p.Valid() {
			t.Errorf("%s: %v, %v", name, p, err)
		}
		card.verify = nil
	}
}

func purgeOf(w *world) error {
	_, err := w.Purge(w.Context())
	return err
}

// Pitfall 13: what was prepared for one challenge does not open in another.
func TestPitfall13SwappedChallengeState(t *testing.T) {
	card := &postcard{}
	w := newWorld(t, withPostcard(card))
	ctx := t.Context()
	e, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "postcard", Name: "card"})
	w.ok(err)
	_, err = w.FinishEnroll(ctx, "kim", e.FactorID, "arrived", home)
	w.ok(err)
	manage, signIn := w.challenge("kim", mfa.PurposeManage), w.challenge("kim", "signin")
	_, err = w.Prepare(ctx, signIn, "signin", e.FactorID, home)
	w.ok(err)
	row, _, err := w.store.Challenge(ctx, hash(signIn), w.clock.now)
	w.ok(err)
	if bytes.Contains(row.Prepared, []byte(card.sent[e.FactorID])) {
		t.Error("the prepared code is stored in clear")
	}
	_, err = w.store.PrepareChallenge(ctx, hash(manage), e.FactorID, row.Prepared, w.clock.now)
	w.ok(err)
	_, err = w.Verify(ctx, manage, mfa.PurposeManage, e.FactorID, card.sent[e.FactorID], home)
	w.want(err, mfa.ErrSealed)
}

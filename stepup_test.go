package accountsec_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/mfa"
	"example.com/accountsec/recovery"
)

func session(id string) activity.Client {
	c := home
	c.SessionID = id
	return c
}

func (w *world) require(want error, evidence string, level mfa.Level, age time.Duration, c activity.Client) {
	w.Helper()
	err := w.guard.Require(w.Context(), "kim", evidence, mfa.Requirement{Level: level, MaxAge: age}, c)
	if !errors.Is(err, want) {
		w.Errorf("level %d, %v: %v, want %v", level, age, err, want)
	}
}

// An account without factors is asked for its password, and again when that is
// too long ago.
func TestStepUpByPassword(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := session("s1")
	grant := w.signIn("kim", c).Grant
	w.require(nil, grant.Evidence, mfa.LevelFactor, 5*time.Minute, c) // lowered: there is no factor
	w.clock.Add(6 * time.Minute)
	w.require(accountsec.ErrStepUp, grant.Evidence, mfa.LevelFactor, 5*time.Minute, c)
	step, err := w.guard.StartStepUp(ctx, "kim", mfa.Requirement{}, c)
	w.ok(err)
	if !step.Password || step.Pending != nil {
		t.Fatalf("asked for %+v", step)
	}
	_, err = w.guard.StepUpPassword(ctx, "kim", "wrong", c)
	w.want(err, accountsec.ErrSignIn)
	fresh, err := w.guard.StepUpPassword(ctx, "kim", goodPassword, c)
	w.ok(err)
	w.require(nil, fresh, mfa.LevelFactor, 5*time.Minute, c)
	if got := w.types("kim"); got[len(got)-1] != activity.PasswordFailed {
		t.Errorf("recorded %v", got)
	}
}

// An account with factors is asked for one, of the level that is needed.
func TestStepUpByFactor(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := session("s1")
	before := w.signIn("kim", c).Grant.Evidence
	code, codes := w.authenticator("kim")
	w.require(nil, before, mfa.LevelPassword, time.Hour, c)
	w.require(accountsec.ErrStepUp, before, mfa.LevelFactor, time.Hour, c)
	start := func(level mfa.Level) *accountsec.Pending {
		t.Helper()
		step, err := w.guard.StartStepUp(ctx, "kim", mfa.Requirement{Level: level}, c)
		w.ok(err)
		return step.Pending
	}
	if start(mfa.LevelPassword) != nil {
		t.Error("a factor is asked for where the password is enough")
	}
	p := start(mfa.LevelPhishingResistant) // lowered to what there is
	_, err := w.guard.FinishStepUp(ctx, p.Token, p.Factors[0].ID, "000000", c)
	w.want(err, accountsec.ErrWrongCode)
	_, err = w.guard.FinishStepUp(ctx, p.Token, p.Factors[0].ID, code(), session("s2"))
	w.want(err, accountsec.ErrPending) // of another session
	byApp, err := w.guard.FinishStepUp(ctx, p.Token, p.Factors[0].ID, code(), c)
	w.ok(err)
	w.require(nil, byApp, mfa.LevelFactor, time.Minute, c)
	w.require(nil, byApp, mfa.LevelPhishingResistant, time.Minute, c)

	w.clock.Add(time.Minute)
	proof := w.manage("kim", code(), c)
	w.passkey("kim", "k1", &proof)
	w.require(accountsec.ErrStepUp, byApp, mfa.LevelPhishingResistant, time.Hour, c)
	p = start(mfa.LevelPhishingResistant)
	if len(p.Factors) != 1 || p.Factors[0].Method != "key" {
		t.Fatalf("offers %v", p.Factors)
	}
	show, err := w.guard.PrepareStepUp(ctx, p.Token, p.Factors[0].ID, c)
	w.ok(err)
	_, err = w.guard.PrepareStepUp(ctx, p.Token, p.Factors[0].ID, session("s2"))
	w.want(err, accountsec.ErrPending)
	byKey, err := w.guard.FinishStepUp(ctx, p.Token, p.Factors[0].ID, fmt.Sprint("k1 ", show), c)
	w.ok(err)
	w.require(nil, byKey, mfa.LevelPhishingResistant, time.Minute, c)

	// A recovery code is a factor, and no more, as is the app: where more is asked
	// for they are neither prepared nor spent.
	app := start(mfa.LevelFactor).Factors[0].ID
	w.clock.Add(time.Minute)
	p = start(mfa.LevelPhishingResistant)
	for range mfa.MaxAttempts + 1 {
		for factor, response := range map[string]string{mfa.RecoveryCode: codes[0], app: code()} {
			_, err = w.guard.FinishStepUp(ctx, p.Token, factor, response, c)
			w.want(err, accountsec.ErrStepUp)
			_, err = w.guard.PrepareStepUp(ctx, p.Token, factor, c)
			w.want(err, accountsec.ErrStepUp)
		}
	}
	show, err = w.guard.PrepareStepUp(ctx, p.Token, p.Factors[0].ID, c)
	w.ok(err)
	_, err = w.guard.FinishStepUp(ctx, p.Token, p.Factors[0].ID, fmt.Sprint("k1 ", show), c)
	w.ok(err) // still open
	p = start(mfa.LevelFactor)
	_, err = w.guard.FinishStepUp(ctx, p.Token, app, code(), c)
	w.ok(err)
	p = start(mfa.LevelFactor)
	byCode, err := w.guard.FinishStepUp(ctx, p.Token, mfa.RecoveryCode, codes[0], c)
	w.ok(err)
	w.require(nil, byCode, mfa.LevelFactor, time.Minute, c)
	w.require(accountsec.ErrStepUp, byCode, mfa.LevelPhishingResistant, time.Minute, c)
}

// Pitfall 14: evidence is good for its account and session, under the password
// that it began with, and cannot be made up.
func TestPitfall14Evidence(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := session("s1")
	good := w.signIn("kim", c).Grant.Evidence
	w.require(nil, good, mfa.LevelPassword, time.Hour, c)
	w.require(accountsec.ErrStepUp, good, mfa.LevelPassword, time.Hour, session("s2"))
	w.require(accountsec.ErrStepUp, good, mfa.LevelPassword, time.Hour, session(""))
	w.want(w.guard.Require(ctx, "lee", good, mfa.Requirement{Level: mfa.LevelPassword}, c), accountsec.ErrStepUp)
	other := "A"
	if good[0] == 'A' {
		other = "B"
	}
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"level":3,"at":9999999999999999,"version":1}`))
	for _, bad := range []string{"", "x", forged, good + "A", good[1:], other + good[1:], strings.Repeat("A", 1<<20), "\x00"} {
		w.require(accountsec.ErrStepUp, bad, mfa.LevelPassword, time.Hour, c)
	}
	w.clock.Add(-time.Minute) // a clock set back: from the future
	w.require(accountsec.ErrStepUp, good, mfa.LevelPassword, time.Hour, c)
	w.clock.Add(time.Minute)
	code, _ := w.authenticator("kim")
	w.require(nil, good, mfa.LevelPassword, time.Hour, c)
	_, err := w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, c)
	w.ok(err)
	w.require(accountsec.ErrStepUp, good, mfa.LevelPassword, time.Hour, c)

	// A pending sign-in is no step-up, and a step-up no sign-in.
	res, err := w.guard.SignIn(ctx, "kim@customer.example", otherPassword, c)
	w.ok(err)
	step, err := w.guard.StartStepUp(ctx, "kim", mfa.Requirement{}, c)
	w.ok(err)
	factor := res.Pending.Factors[0].ID
	_, err = w.guard.FinishStepUp(ctx, res.Pending.Token, factor, code(), c)
	w.want(err, accountsec.ErrPending)
	_, err = w.guard.FinishManage(ctx, res.Pending.Token, factor, code(), c)
	w.want(err, accountsec.ErrPending)
	manage, err := w.guard.StartManage(ctx, "kim", c)
	w.ok(err)
	_, err = w.guard.FinishManage(ctx, manage.Token, factor, code(), session("s2"))
	w.want(err, accountsec.ErrPending)
	_, err = w.guard.FinishSignIn(ctx, step.Pending.Token, factor, code(), c)
	w.want(err, accountsec.ErrPending)
	_, err = w.guard.PrepareSignIn(ctx, step.Pending.Token, factor, c)
	w.want(err, accountsec.ErrPending)
}

// A revoked password proves nothing.
func TestStepUpAfterDisowning(t *testing.T) {
	w := newWorld(t)
	c := w.knownDevice("kim", session("s1"))
	_, err := w.guard.Disown(t.Context(), "kim", "kim", w.events("kim")[0].ID, c)
	w.ok(err)
	_, err = w.guard.StepUpPassword(t.Context(), "kim", goodPassword, c)
	w.want(err, accountsec.ErrPasswordRevoked)
}

// Pitfall 4: it sets no answers and no rules either, nor does evidence of before
// or of the way in to a new password stand; with the new password all is well.
func TestPitfall04RevokedPasswordProvesNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.knownDevice("kim", session("s1"))
	w.questions("kim")
	before := w.signIn("kim", c).Grant.Evidence
	w.require(nil, before, mfa.LevelPassword, time.Hour, c)
	w.disown("kim", activity.AccountCreated, c)
	w.require(accountsec.ErrStepUp, before, mfa.LevelPassword, time.Hour, c)
	w.require(accountsec.ErrStepUp, w.signIn("kim", c).Grant.Evidence, mfa.LevelPassword, time.Hour, c)
	_, err := w.guard.StartStepUp(ctx, "kim", mfa.Requirement{}, c)
	w.want(err, accountsec.ErrPasswordRevoked)
	try := func(pw string) []error {
		return []error{
			w.guard.SetAnswers(ctx, "kim", pw, []recovery.Answer{
				{Own: "Which boat carried us to the island?", Answer: "The Golden Heron"},
				{Own: "What did we bury under the plum tree?", Answer: "Biscuit box of pebbles"},
				{Own: "Who taught me to whistle on the bridge?", Answer: "Uncle Halmi Sooni"},
			}, c),
			w.guard.RemoveAnswers(ctx, "kim", pw, c),
			w.guard.SetRules(ctx, "kim", pw, alerts.Rules{KnownDevices: true}, c),
		}
	}
	for _, err := range try(goodPassword) {
		w.want(err, accountsec.ErrPasswordRevoked)
	}
	if s, err := w.guard.RecoveryStatus(ctx, "kim"); err != nil || s.Set != 3 {
		t.Errorf("answers: %+v, %v", s, err)
	}
	_, err = w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, c)
	w.ok(err)
	for _, err := range try(otherPassword) {
		w.ok(err)
	}
	text, err := w.guard.StepUpPassword(ctx, "kim", otherPassword, c)
	w.ok(err)
	w.require(nil, text, mfa.LevelPassword, time.Hour, c)
}

// A step-up that was under way does not finish after a revocation, and spends no
// code; with a new password it does.
func TestPitfall03StepUpOvertaken(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := session("s1")
	code, _ := w.authenticator("kim")
	step, err := w.guard.StartStepUp(ctx, "kim", mfa.Requirement{}, c)
	w.ok(err)
	finish := func() (string, error) {
		return w.guard.FinishStepUp(ctx, step.Pending.Token, step.Pending.Factors[0].ID, code(), c)
	}
	if won, err := w.config.Stores.Password.Revoke(ctx, "kim", w.clock.Now()); !won || err != nil {
		t.Fatal(won, err)
	}
	_, err = finish()
	w.want(err, accountsec.ErrPasswordRevoked)
	_, err = w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, c)
	w.ok(err)
	text, err := finish()
	w.ok(err)
	w.require(nil, text, mfa.LevelFactor, time.Hour, c)
}

// Whatever a session holds in place of evidence proves nothing.
func FuzzEvidence(f *testing.F) {
	for _, s := range []string{"", "AAAA", "e30", "\x00", "eyJsZXZlbCI6M30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld(t)
		w.require(accountsec.ErrStepUp, text, mfa.LevelPassword, time.Hour, home)
	})
}

// Pitfall 4: whoever took a session over, and has no more, enrols no factor that
// locks the owner out. The password of before, or of another session, is not it.
func TestPitfall04FirstFactorNeedsEvidence(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := session("s1")
	start := func(evidence string, proof *mfa.Proof) error {
		_, err := w.guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{
			Account: "kim", Method: "totp", Name: "phone", Proof: proof, Evidence: evidence, Client: c})
		return err
	}
	old := w.signIn("kim", c).Grant.Evidence
	w.clock.Add(mfa.ProofLifetime + time.Second)
	for _, bad := range []string{"", "x", old, w.evidence("kim", session("s2")), w.evidence("lee", c)} {
		w.want(start(bad, nil), accountsec.ErrStepUp)
		w.want(start(bad, &mfa.Proof{}), mfa.ErrProofNeeded) // a made-up one is none
	}
	w.ok(start(w.evidence("kim", c), nil))
	w.ok(start(w.signIn("kim", c).Grant.Evidence, nil))
	code, _ := w.authenticator("kim")
	w.want(start(w.evidence("kim", c), nil), mfa.ErrProofNeeded) // the factor, no less
	proof := w.manage("kim", code(), c)
	_, err := w.guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "tablet", Proof: &proof, Client: c})
	w.ok(err)
}

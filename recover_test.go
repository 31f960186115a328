package accountsec_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

func TestRecovery(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.questions("kim")
	_, step := w.recoverTo("kim", abroad)
	if step.Pending != nil || step.Grant == "" {
		t.Fatalf("got %+v", step)
	}
	var weak *password.PolicyError
	if _, err := w.guard.FinishRecovery(ctx, step.Grant, "password", abroad); !errors.As(err, &weak) {
		t.Fatalf("a weak password gives %v", err)
	}
	end, err := w.guard.FinishRecovery(ctx, step.Grant, otherPassword, abroad)
	w.ok(err) // the refused password left the grant unspent
	if end != (accountsec.EndSessions{Account: "kim"}) {
		t.Errorf("got %+v", end)
	}
	_, err = w.guard.FinishRecovery(ctx, step.Grant, goodPassword+"!", abroad)
	w.want(err, accountsec.ErrRecovery)
	if _, err := w.guard.SignIn(ctx, "kim@customer.example", otherPassword, abroad); err != nil {
		t.Error(err)
	}
}

// Pitfall 4: recovery does not skip the second factor, neither on the way nor
// afterwards.
func TestPitfall04RecoveryKeepsTheSecondFactor(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.questions("kim")
	code, _ := w.authenticator("kim")
	ticket, step := w.recoverTo("kim", abroad)
	if step.Grant != "" || step.Pending == nil {
		t.Fatalf("got %+v", step)
	}
	for _, forged := range []string{ticket, step.Pending.Token, "", "x"} {
		if _, err := w.guard.FinishRecovery(ctx, forged, otherPassword, abroad); err == nil {
			t.Error("a recovery was finished without the second factor")
		}
	}
	// A pending sign-in is not a pending recovery, nor the other way round.
	signIn := w.signIn("kim", home).Pending
	_, err := w.guard.ProveRecoveryFactor(ctx, ticket, signIn.Token, signIn.Factors[0].ID, code(), abroad)
	w.want(err, accountsec.ErrPending)
	_, err = w.guard.FinishSignIn(ctx, step.Pending.Token, step.Pending.Factors[0].ID, code(), abroad)
	w.want(err, accountsec.ErrPending)
	// Nor is it a pending recovery of another ticket.
	_, err = w.guard.ProveRecoveryFactor(ctx, "another", step.Pending.Token, step.Pending.Factors[0].ID, code(), abroad)
	w.want(err, accountsec.ErrRecovery)

	grant, err := w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, step.Pending.Factors[0].ID, code(), abroad)
	w.ok(err)
	_, err = w.guard.FinishRecovery(ctx, grant, otherPassword, abroad)
	w.ok(err)
	res, err := w.guard.SignIn(ctx, "kim@customer.example", otherPassword, abroad)
	w.ok(err)
	if res.Grant != nil || res.Pending == nil {
		t.Error("a recovered account was let in without its second factor")
	}
}

// Pitfall 4: whoever holds a session alone cannot set the answers by which an
// account is recovered; a wrong password there is counted and recorded.
func TestPitfall04AnswersNeedThePassword(t *testing.T) {
	w := newWorld(t)
	var answers []recovery.Answer
	for q, a := range answersTo {
		answers = append(answers, recovery.Answer{Own: q, Answer: a})
	}
	w.want(w.guard.SetAnswers(t.Context(), "kim", "wrong", answers, home), accountsec.ErrSignIn)
	if s, err := w.guard.RecoveryStatus(t.Context(), "kim"); err != nil || s.Set != 0 {
		t.Errorf("set with a wrong password: %+v, %v", s, err)
	}
	if got := w.types("kim"); got[len(got)-1] != activity.PasswordFailed {
		t.Errorf("the log ends with %v", got[len(got)-1])
	}
	var throttled *accountsec.ThrottledError
	for range 30 {
		if errors.As(w.guard.SetAnswers(t.Context(), "kim", "wrong", answers, home), &throttled) {
			break
		}
	}
	if throttled == nil {
		t.Error("guessing the password there is not slowed down")
	}
	w.clock.Add(time.Hour)
	w.ok(w.guard.SetAnswers(t.Context(), "kim", goodPassword, answers, home))
}

// Pitfall 14: a grant dies when the password changes, with a newer ticket, with
// time, and for another client.
func TestPitfall14RecoveryGrant(t *testing.T) {
	ctx := t.Context()
	for name, spoil := range map[string]func(w *world, grant string){
		"password changed": func(w *world, _ string) {
			_, err := w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, home)
			w.ok(err)
		},
		"newer ticket": func(w *world, _ string) {
			_, err := w.guard.StartRecovery(ctx, "kim@customer.example", abroad)
			w.ok(err)
		},
		"expired": func(w *world, _ string) { w.clock.Add(16 * time.Minute) },
		"spent": func(w *world, grant string) {
			_, err := w.guard.FinishRecovery(ctx, grant, otherPassword, abroad)
			w.ok(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.questions("kim")
			_, step := w.recoverTo("kim", abroad)
			spoil(w, step.Grant)
			_, err := w.guard.FinishRecovery(ctx, step.Grant, otherPassword+"!", abroad)
			w.want(err, accountsec.ErrRecovery)
		})
	}
	t.Run("other client", func(t *testing.T) {
		w := newWorld(t)
		w.questions("kim")
		_, step := w.recoverTo("kim", abroad)
		_, err := w.guard.FinishRecovery(ctx, step.Grant, otherPassword, activity.Client{IP: netipAdd(9), UserAgent: "thief"})
		w.want(err, accountsec.ErrRecovery)
	})
}

// Pitfall 9: a recovery of an unknown account runs the same hashes, gives a
// ticket of the same form, fails with the same words, and mails nobody.
func TestPitfall09UnknownRecoveryLooksTheSame(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.questions("kim")
	type seen struct {
		start, prove, answer string
		token                int
		hashes               int64
	}
	try := func(identifier string, c activity.Client) (s seen) {
		before := w.hashes.verified.Load() + w.hashes.hashed.Load()
		token, err := w.guard.StartRecovery(ctx, identifier, c)
		s.start, s.token = fmt.Sprint(err), len(token)
		_, err = w.guard.ProveRecovery(ctx, token, "12345678", c)
		s.prove = fmt.Sprint(err)
		_, err = w.guard.AnswerRecovery(ctx, token, []string{"a", "b"}, c)
		s.answer = fmt.Sprint(err)
		s.hashes = w.hashes.verified.Load() + w.hashes.hashed.Load() - before
		return s
	}
	a, b := home, home
	a.IP, b.IP = netipAdd(1), netipAdd(2)
	for i := range 8 {
		known, unknown := try("kim@customer.example", a), try("nobody@customer.example", b)
		if known != unknown {
			t.Fatalf("try %d:\n  known %+v\nunknown %+v", i+1, known, unknown)
		}
	}
	w.deliver()
	for _, m := range w.mail.got {
		if m.Recipient.Email != "kim@customer.example" {
			t.Errorf("mailed %q", m.Recipient.Email)
		}
	}
}

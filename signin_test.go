package accountsec_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	res := w.signIn("kim", home)
	if res.Pending != nil || res.Grant == nil || res.Grant.Account != "kim" || res.Grant.Method != "" {
		t.Fatalf("got %+v", res)
	}
	if c := res.Grant.DeviceCookie; c == nil || !c.Secure || !c.HttpOnly || !strings.HasPrefix(c.Name, "__Host-") || c.Path != "/" || c.Domain != "" {
		t.Errorf("the device cookie is %v", res.Grant.DeviceCookie)
	}
	_, err := w.guard.SignIn(t.Context(), "kim@customer.example", "wrong", home)
	w.want(err, accountsec.ErrSignIn)
	w.ok(w.guard.SignOut(t.Context(), "kim", home))
}

// Pitfall 15: the events of each flow, failures included, are a fixed list.
func TestPitfall15GoldenEvents(t *testing.T) {
	w := newWorld(t)
	w.signIn("kim", home)
	_, err := w.guard.SignIn(t.Context(), "kim@customer.example", "wrong", home)
	w.want(err, accountsec.ErrSignIn)
	code, codes := w.authenticator("kim")
	pending := w.signIn("kim", home).Pending
	_, err = w.guard.FinishSignIn(t.Context(), pending.Token, pending.Factors[0].ID, "000000", home)
	w.want(err, accountsec.ErrWrongCode)
	_, err = w.guard.FinishSignIn(t.Context(), pending.Token, pending.Factors[0].ID, code(), home)
	w.ok(err)
	w.questions("kim")
	ticket, err := w.guard.StartRecovery(t.Context(), "kim@customer.example", abroad)
	w.ok(err)
	_, err = w.guard.ProveRecovery(t.Context(), ticket, "00000000", abroad)
	w.want(err, accountsec.ErrWrongCode)
	asked, err := w.guard.ProveRecovery(t.Context(), ticket, w.code(), abroad)
	w.ok(err)
	_, err = w.guard.AnswerRecovery(t.Context(), ticket, []string{"no", "no"}, abroad)
	w.want(err, accountsec.ErrWrongAnswers)
	step, err := w.guard.AnswerRecovery(t.Context(), ticket, []string{answersTo[asked[0].Own], answersTo[asked[1].Own]}, abroad)
	w.ok(err)
	grant, err := w.guard.ProveRecoveryFactor(t.Context(), ticket, step.Pending.Token, mfa.RecoveryCode, codes[0], abroad)
	w.ok(err)
	_, err = w.guard.FinishRecovery(t.Context(), grant, otherPassword, abroad)
	w.ok(err)
	_, err = w.guard.ChangePassword(t.Context(), "kim", "wrong", goodPassword+"!", home)
	w.want(err, accountsec.ErrSignIn)
	_, err = w.guard.ChangePassword(t.Context(), "kim", otherPassword, goodPassword+"!", home)
	w.ok(err)
	want := []activity.Type{
		activity.AccountCreated, activity.PasswordSet,
		activity.SignInSucceeded, activity.SignInFailed,
		activity.FactorEnrollStarted, activity.FactorEnrolled, activity.RecoveryCodesMade,
		activity.SignInChallenged, activity.SecondFactorFailed, activity.SignInSucceeded,
		activity.AnswersSet,
		activity.RecoveryStarted, activity.RecoveryChannelFailed, activity.RecoveryChannelProved, activity.RecoveryFailed, activity.RecoveryAnswered,
		activity.RecoveryCodeUsed, activity.RecoveryCompleted, activity.PasswordSet,
		activity.PasswordFailed, activity.PasswordChanged,
	}
	if got := w.types("kim"); !slices.Equal(got, want) {
		t.Errorf("events\n got %v\nwant %v", got, want)
	}
}

// Pitfall 5: what is handed out before the second factor opens nothing else,
// and holds no secret.
func TestPitfall05PendingIsWorthNothing(t *testing.T) {
	w := newWorld(t)
	code, _ := w.authenticator("kim")
	pending := w.signIn("kim", home).Pending
	if pending == nil {
		t.Fatal("an account with a second factor was let in without it")
	}
	ctx := t.Context()
	tries := map[string]func() error{
		"finish a recovery": func() error { _, err := w.guard.FinishRecovery(ctx, pending.Token, otherPassword, home); return err },
		"prove a recovery":  func() error { _, err := w.guard.ProveRecovery(ctx, pending.Token, "00000000", home); return err },
		"answer a recovery": func() error {
			_, err := w.guard.AnswerRecovery(ctx, pending.Token, []string{"a", "b"}, home)
			return err
		},
		"as a code": func() error {
			_, err := w.guard.FinishSignIn(ctx, pending.Token, pending.Factors[0].ID, pending.Token, home)
			return err
		},
		"as a password": func() error { _, err := w.guard.SignIn(ctx, "kim@customer.example", pending.Token, home); return err },
		"empty code": func() error {
			_, err := w.guard.FinishSignIn(ctx, pending.Token, pending.Factors[0].ID, "", home)
			return err
		},
		"empty recovery code": func() error {
			_, err := w.guard.FinishSignIn(ctx, pending.Token, mfa.RecoveryCode, "", home)
			return err
		},
	}
	for name, try := range tries {
		if err := try(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// Someone else's pending sign-in does not take this account's code.
	w.ok(w.signUp(accountsec.Account{ID: "eve", Email: "eve@customer.example"}, goodPassword, abroad))
	w.people.byID["eve"] = accountsec.Account{ID: "eve", Email: "eve@customer.example"}
	w.authenticator("eve")
	eve := w.signIn("eve", abroad).Pending
	if _, err := w.guard.FinishSignIn(ctx, eve.Token, pending.Factors[0].ID, code(), abroad); err == nil {
		t.Error("a code of one account finished the sign-in of another")
	}
}

// Pitfall 14: a pending sign-in dies with the password that began it, with a
// newer one, and with its use.
func TestPitfall14PendingSignIn(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	code, _ := w.authenticator("kim")
	older := w.signIn("kim", home).Pending
	newer := w.signIn("kim", home).Pending
	finish := func(p *accountsec.Pending) error {
		_, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, code(), home)
		return err
	}
	w.want(finish(older), accountsec.ErrPending)
	w.ok(finish(newer))
	w.clock.Add(time.Minute)
	w.want(finish(newer), accountsec.ErrPending)

	before := w.signIn("kim", home).Pending
	_, err := w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, home)
	w.ok(err)
	w.want(finish(before), accountsec.ErrPending)
}

// Pitfall 1: the code that enrolled, and the code that signed in, are spent.
func TestPitfall01CodeSpentAcrossFlows(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	code, _ := w.authenticator("kim")
	now := code()
	p := w.signIn("kim", home).Pending
	_, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, now, home)
	w.ok(err)
	p = w.signIn("kim", abroad).Pending
	for _, c := range []string{now, now + " ", " " + now, now[:3] + " " + now[3:]} {
		if _, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, c, abroad); err == nil {
			t.Errorf("the code was accepted twice, as %q", c)
		}
	}
}

// Pitfall 8: while someone guesses from many networks, the owner gets in from
// the device that is known; a stranger with the right password waits.
func TestPitfall08OwnerGetsInUnderAttack(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	mine := w.knownDevice("kim", home)
	var throttled *accountsec.ThrottledError
	for i := range 400 {
		c := abroad
		c.IP = netipAdd(i)
		if _, err := w.guard.SignIn(ctx, "kim@customer.example", "guess", c); errors.As(err, &throttled) {
			break
		}
	}
	if throttled == nil {
		t.Fatal("400 guesses from 400 networks were not slowed down")
	}
	if throttled.RetryAfter <= 0 || throttled.RetryAfter > time.Hour {
		t.Errorf("RetryAfter is %v", throttled.RetryAfter)
	}
	if _, err := w.guard.SignIn(ctx, "KIM@customer.example ", goodPassword, home); !errors.As(err, &throttled) {
		t.Errorf("another spelling of the name opened a fresh bucket: %v", err)
	}
	if _, err := w.guard.SignIn(ctx, "kim@customer.example", goodPassword, mine); err != nil {
		t.Errorf("the owner is locked out of the known device: %v", err)
	}
	w.clock.Add(throttled.RetryAfter)
	if _, err := w.guard.SignIn(ctx, "kim@customer.example", goodPassword, home); err != nil {
		t.Errorf("the wait did not end by itself: %v", err)
	}
}

// Pitfall 7: the spellings of a name share its tries, whether it is somebody's
// or nobody's.
func TestPitfall07SpellingsShareTheTries(t *testing.T) {
	w := newWorld(t)
	for name, spellings := range map[string][]string{
		"kim":    {"kim@customer.example", "KIM@customer.example", " Kim@Customer.example "},
		"nobody": {"nobody@customer.example", "NOBODY@customer.example", " Nobody@Customer.example ", "ｎobody@customer.example"},
	} {
		judged := 0
		for i := range 60 {
			c := abroad
			c.IP = netipAdd(i)
			if _, err := w.guard.SignIn(t.Context(), spellings[i%len(spellings)], "guess", c); errors.Is(err, accountsec.ErrSignIn) {
				judged++
			}
		}
		if judged != 10 {
			t.Errorf("%s: %d guesses were judged, want 10", name, judged)
		}
	}
}

// Pitfall 9: an unknown account costs the same hash computation and answers
// the same, also when throttled.
func TestPitfall09UnknownAccountLooksTheSame(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	type seen struct {
		err              string
		hashed, verified int64
	}
	try := func(identifier string, c activity.Client) seen {
		h, v := w.hashes.hashed.Load(), w.hashes.verified.Load()
		_, err := w.guard.SignIn(ctx, identifier, "wrong", c)
		return seen{err.Error(), w.hashes.hashed.Load() - h, w.hashes.verified.Load() - v}
	}
	a, b := home, home
	a.IP, b.IP = netipAdd(1), netipAdd(2)
	throttled := 0
	for i := range 30 {
		known, unknown := try("kim@customer.example", a), try("nobody@customer.example", b)
		if known != unknown {
			t.Fatalf("try %d: known %+v, unknown %+v", i+1, known, unknown)
		}
		if known.verified == 0 {
			throttled++
		}
	}
	if throttled == 0 {
		t.Error("the tries never reached the throttle")
	}
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := home
	c.SessionID = "this one"
	end, err := w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, c)
	w.ok(err)
	if end != (accountsec.EndSessions{Account: "kim", Except: "this one"}) {
		t.Errorf("got %+v", end)
	}
	_, err = w.guard.SignIn(ctx, "kim@customer.example", goodPassword, home)
	w.want(err, accountsec.ErrSignIn)
	if _, err := w.guard.SignIn(ctx, "kim@customer.example", otherPassword, home); err != nil {
		t.Error(err)
	}
	var weak *password.PolicyError
	if _, err := w.guard.ChangePassword(ctx, "kim", otherPassword, "password", home); !errors.As(err, &weak) || weak.Report.OK {
		t.Errorf("a weak password gives %v", err)
	}
	_, err = w.guard.ChangePassword(ctx, "nobody", goodPassword, otherPassword, home)
	w.want(err, accountsec.ErrUnknownAccount)
}

func TestSignUpTwice(t *testing.T) {
	w := newWorld(t)
	w.want(w.signUp(w.people.byID["kim"], otherPassword, abroad), accountsec.ErrConflict)
	if res := w.signIn("kim", home); res.Grant == nil {
		t.Error("a second sign-up touched the password")
	}
	if err := w.signUp(accountsec.Account{ID: "~forged"}, otherPassword, abroad); err == nil {
		t.Error("an id in the shadow accounts' range was accepted")
	}
}

func TestAlertsOfASignIn(t *testing.T) {
	w := newWorld(t)
	known := w.knownDevice("kim", home)
	w.signIn("kim", known)
	w.deliver()
	if kinds := w.mail.kinds(); slices.Contains(kinds, "new_device") {
		t.Errorf("the known device raised %v", kinds)
	}
	w.signIn("kim", abroad)
	w.deliver()
	if kinds := w.mail.kinds(); !slices.Contains(kinds, "new_device") {
		t.Errorf("a new device raised %v", kinds)
	}
}

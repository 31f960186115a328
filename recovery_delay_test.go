package accountsec_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/mfa"
	"example.com/accountsec/recovery"
)

const cancelURL = "https://shop.example/recovery/cancel"

// newDelayWorld is a shop with two channels on which a lost factor can be
// waited for.
func newDelayWorld(t *testing.T, change ...func(*accountsec.Config)) (*world, *textbox) {
	t.Helper()
	w := newWorld(t)
	sms := &textbox{}
	w.config.Notifiers = append(w.config.Notifiers, sms)
	w.config.Recovery = accountsec.RecoveryConfig{CancelURL: cancelURL, Channels: []string{"email", "sms"}}
	for _, f := range change {
		f(&w.config)
	}
	var err error
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	return w, sms
}

// textbox is a mailbox on the SMS channel.
type textbox struct{ mailbox }

func (*textbox) Channel() string { return "sms" }

// code is the only code that came.
func (m *mailbox) code() (code string) {
	for _, msg := range m.all() {
		code += msg.Code
	}
	return code
}

func (m *mailbox) all() []alerts.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.got)
}

// delayed walks to a recovery that waits, and reads the link from the mail.
func (w *world) delayed(account string, c activity.Client) (wait recovery.Waiting, cancel string) {
	w.Helper()
	ticket, step := w.recoverTo(account, c)
	if step.Pending == nil || step.Delay != 48*time.Hour {
		w.Fatalf("got %+v", step)
	}
	wait, err := w.guard.DelayRecovery(w.Context(), ticket, c)
	w.ok(err)
	w.deliver()
	for _, m := range w.mail.all() {
		if m.Kind == alerts.RecoveryDelayed {
			link := string(m.Alert.Link)
			var found bool
			if cancel, found = strings.CutPrefix(link, cancelURL+"?t="); !found {
				w.Fatalf("the link is %q", link)
			}
			if b := alerts.Compose(w.config.Sender, m).Button; b == nil || b.URL != link {
				w.Errorf("the button is %+v", b)
			}
		}
	}
	if cancel == "" {
		w.Fatal("the wait was not announced")
	}
	return wait, cancel
}

// An owner who has lost the second factor waits, and then signs in with the new
// password alone; the lost factor is gone, what carries value away is held.
func TestRecoveryWithALostFactor(t *testing.T) {
	w, sms := newDelayWorld(t)
	ctx := t.Context()
	w.questions("kim")
	w.authenticator("kim")
	wait, _ := w.delayed("kim", abroad)
	for _, m := range [][]alerts.Message{w.mail.all(), sms.all()} {
		if !slices.ContainsFunc(m, func(m alerts.Message) bool { return m.Kind == alerts.RecoveryDelayed && m.Alert.Link != "" }) {
			t.Error("the wait was not announced on every channel")
		}
	}
	var early *recovery.WaitingError
	if _, err := w.guard.ResumeRecovery(ctx, wait.Token, abroad); !errors.As(err, &early) {
		t.Fatalf("at once: %v", err)
	}
	// Until then everything is as before.
	if res := w.signIn("kim", home); res.Pending == nil {
		t.Error("the second factor is not asked for while a recovery waits")
	}
	w.clock.Add(48 * time.Hour)
	grant, err := w.guard.ResumeRecovery(ctx, wait.Token, abroad)
	w.ok(err)
	_, err = w.guard.FinishRecovery(ctx, grant, otherPassword, abroad)
	w.ok(err)
	res, err := w.guard.SignIn(ctx, "kim@customer.example", otherPassword, home)
	w.ok(err)
	if res.Grant == nil {
		t.Errorf("got %+v", res)
	}
	if n, err := w.guard.MFA().RecoveryCodesLeft(ctx, "kim"); err != nil || n != 0 {
		t.Errorf("%d recovery codes of the lost factor are left, %v", n, err)
	}
	want := []activity.Type{activity.RecoveryCompleted, activity.FactorRemoved, activity.PasswordSet}
	if got := w.types("kim"); !slices.Equal(got[len(got)-4:len(got)-1], want) {
		t.Errorf("the log ends with %v", got)
	}
	w.deliver()
	for _, kind := range []string{"recovery_started", "recovery_delayed", "recovery_completed", "factor_removed"} {
		if !slices.Contains(w.mail.kinds(), kind) {
			t.Errorf("no mail tells of %s", kind)
		}
	}
}

// Pitfall 17: the link shows what it would do and does it once it is confirmed;
// afterwards nothing of the recovery works.
func TestPitfall17CancelFromTheMail(t *testing.T) {
	w, _ := newDelayWorld(t)
	ctx := t.Context()
	w.questions("kim")
	w.authenticator("kim")
	wait, cancel := w.delayed("kim", abroad)
	for range 3 {
		ready, err := w.guard.LookAtCancel(ctx, cancel)
		w.ok(err)
		if !ready.Equal(wait.ReadyAt) {
			t.Errorf("shows %v", ready)
		}
	}
	if _, err := w.guard.DelayedRecovery(ctx, wait.Token, abroad); err != nil {
		t.Errorf("after looking: %v", err)
	}
	w.ok(w.guard.CancelByLink(ctx, cancel, home))
	w.want(w.guard.CancelByLink(ctx, cancel, home), accountsec.ErrRecovery)
	_, err := w.guard.LookAtCancel(ctx, cancel)
	w.want(err, accountsec.ErrRecovery)
	w.clock.Add(48 * time.Hour)
	_, err = w.guard.ResumeRecovery(ctx, wait.Token, abroad)
	w.want(err, accountsec.ErrRecovery)
	w.deliver()
	if !slices.Contains(w.mail.kinds(), "recovery_cancelled") {
		t.Error("nobody was told that it was called off")
	}
	if res := w.signIn("kim", home); res.Pending == nil {
		t.Error("the account lost its factor")
	}
}

// What a recovery does is told at the addresses that were replaced within 30
// days, sealed on the way, and the code goes to the present one alone.
func TestEarlierAddressesAreTold(t *testing.T) {
	w, sms := newDelayWorld(t)
	ctx := t.Context()
	w.questions("kim")
	w.authenticator("kim")
	w.ok(w.guard.ContactChanged(ctx, "kim", "old@customer.example", "kim@customer.example", home))
	w.ok(w.guard.ContactChanged(ctx, "kim", "same@customer.example", "same@customer.example", home))
	w.ok(w.guard.ContactChanged(ctx, "kim", "+82 10-9999-8888", "+82 10-1234-5678", home))
	w.clock.Add(29 * 24 * time.Hour)
	w.delayed("kim", abroad)
	to := func(box *mailbox) (kinds []string) {
		for _, m := range box.all() {
			if m.Recipient.Email == "old@customer.example" || m.Recipient.Phone == "+82 10-9999-8888" {
				kinds = append(kinds, string(m.Kind))
				if m.Recipient.Email != "" && m.Recipient.Phone != "" {
					t.Errorf("sent to %q and %q", m.Recipient.Email, m.Recipient.Phone)
				}
			}
		}
		return kinds
	}
	want := []string{"recovery_started", "recovery_delayed"}
	if got := to(w.mail); !slices.Equal(got, want) {
		t.Errorf("the old address was told %v", got)
	}
	if got := to(&sms.mailbox); !slices.Equal(got, want) {
		t.Errorf("the old number was told %v", got)
	}
	w.clock.Add(2 * 24 * time.Hour)
	w.delayed("kim", abroad)
	if got := to(w.mail); !slices.Equal(got, want) {
		t.Errorf("after 31 days the old address was told %v", got)
	}
	if strings.Contains(w.logs.String(), "old@customer") || strings.Contains(w.logs.String(), "9999-8888") {
		t.Error("an old address is in the log")
	}
}

// Pitfall 11: a number or address that was replaced is dead: a code that went
// there proves nothing.
func TestPitfall11ReplacedAddressRecoversNothing(t *testing.T) {
	w, _ := newDelayWorld(t)
	ctx := t.Context()
	w.questions("kim")
	ticket, err := w.guard.StartRecovery(ctx, "kim@customer.example", abroad)
	w.ok(err)
	code := w.code()
	w.ok(w.guard.ContactChanged(ctx, "kim", "kim@customer.example", "new@customer.example", home))
	_, err = w.guard.ProveRecovery(ctx, ticket, code, abroad)
	w.want(err, accountsec.ErrRecovery)
}

// sentMethod is a second factor whose codes are sent by a channel.
type sentMethod struct {
	mfa.Method
	name, channel string
}

func (m sentMethod) Info() mfa.Info  { return mfa.Info{Name: m.name, Guessable: true} }
func (m sentMethod) Channel() string { return m.channel }
func (sentMethod) Enroll(context.Context, mfa.Subject) (mfa.Begun, error) {
	return mfa.Begun{State: []byte("s")}, nil
}
func (sentMethod) Confirm(context.Context, mfa.Answer) (mfa.Verdict, error) {
	return mfa.Verdict{OK: true}, nil
}
func (sentMethod) Challenge(context.Context, mfa.Subject) (mfa.Begun, error) {
	return mfa.Begun{}, nil
}
func (sentMethod) Verify(_ context.Context, a mfa.Answer) (mfa.Verdict, error) {
	return mfa.Verdict{OK: a.Response == "sent"}, nil
}

// nameless is a sentMethod that does not say its channel: its name tells.
type nameless struct{ sentMethod }

func (nameless) Channel(int) {}

// Pitfall 4: one channel never counts as two proofs.
func TestPitfall04OneChannelIsOneProof(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		method  mfa.Method
		channel string
		allowed bool
	}{
		"text by text":            {nameless{sentMethod{name: "sms"}}, "sms", false},
		"text by mail":            {nameless{sentMethod{name: "sms"}}, "email", true},
		"mailed code by mail":     {sentMethod{name: "mailed", channel: "email"}, "email", false},
		"mailed code by text":     {sentMethod{name: "mailed", channel: "email"}, "sms", true},
		"own name, text channel":  {sentMethod{name: "kakao", channel: "sms"}, "sms", false},
		"own name, other channel": {sentMethod{name: "kakao", channel: "kakao"}, "sms", true},
	} {
		t.Run(name, func(t *testing.T) {
			w, sms := newDelayWorld(t, func(cfg *accountsec.Config) { cfg.Methods = []mfa.Method{c.method} })
			w.questions("kim")
			e, err := w.guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: c.method.Info().Name, Name: "n", Evidence: w.evidence("kim", home), Client: home})
			w.ok(err)
			done, err := w.guard.MFA().FinishEnroll(ctx, "kim", e.FactorID, "x", home)
			w.ok(err)
			ticket, err := w.guard.StartRecoveryBy(ctx, "kim@customer.example", c.channel, abroad)
			w.ok(err)
			w.deliver()
			asked, err := w.guard.ProveRecovery(ctx, ticket, map[string]*mailbox{"email": w.mail, "sms": &sms.mailbox}[c.channel].code(), abroad)
			w.ok(err)
			step, err := w.guard.AnswerRecovery(ctx, ticket, []string{answersTo[asked[0].Own], answersTo[asked[1].Own]}, abroad)
			w.ok(err)
			if (len(step.Pending.Factors) == 1) != c.allowed {
				t.Errorf("offered %+v", step.Pending.Factors)
			}
			if _, err := w.guard.PrepareRecoveryFactor(ctx, ticket, step.Pending.Token, e.FactorID, abroad); (err == nil) != c.allowed {
				t.Errorf("prepared: %v", err)
			}
			grant, err := w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, e.FactorID, "sent", abroad)
			if (err == nil) != c.allowed || err != nil && !errors.Is(err, accountsec.ErrWrongCode) {
				t.Fatalf("proved: %v", err)
			}
			if !c.allowed { // the recovery code works all the same
				grant, err = w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, mfa.RecoveryCode, done.RecoveryCodes[0], abroad)
				w.ok(err)
			}
			_, err = w.guard.FinishRecovery(ctx, grant, otherPassword, abroad)
			w.ok(err)
		})
	}
}

// Pitfall 4: a factor that was enrolled after the grant was given was never
// asked for; that grant is void.
func TestPitfall04FactorEnrolledMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.questions("kim")
	_, step := w.recoverTo("kim", abroad)
	w.authenticator("kim")
	_, err := w.guard.FinishRecovery(t.Context(), step.Grant, otherPassword, abroad)
	w.want(err, accountsec.ErrRecovery)
	if res := w.signIn("kim", home); res.Pending == nil {
		t.Error("the old password or the factor is gone")
	}
}

// A recovery code is not spent for a ticket that is dead or somebody else's.
func TestRecoveryCodeIsNotSpentInVain(t *testing.T) {
	w, _ := newDelayWorld(t)
	ctx := t.Context()
	w.questions("kim")
	_, codes := w.authenticator("kim")
	ticket, step := w.recoverTo("kim", abroad)
	for name, try := range map[string]func() error{
		"other client": func() error {
			_, err := w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, mfa.RecoveryCode, codes[0], home)
			return err
		},
		"other ticket": func() error {
			_, err := w.guard.ProveRecoveryFactor(ctx, step.Pending.Token, step.Pending.Token, mfa.RecoveryCode, codes[0], abroad)
			return err
		},
	} {
		w.want(try(), accountsec.ErrRecovery)
		if n, err := w.guard.MFA().RecoveryCodesLeft(ctx, "kim"); err != nil || n != 10 {
			t.Errorf("%s: %d codes are left, %v", name, n, err)
		}
	}
}

// Pitfall 5: nothing that is handed out before the second factor, or before the
// wait is over, is worth anything by itself, also to the very client that holds
// it.
func TestPitfall05NothingBeforeTheSecondFactor(t *testing.T) {
	w, _ := newDelayWorld(t)
	ctx := t.Context()
	w.questions("kim")
	w.authenticator("kim")
	ticket, step := w.recoverTo("kim", abroad)
	artefacts := []string{ticket, step.Pending.Token}
	for _, f := range step.Pending.Factors {
		artefacts = append(artefacts, f.ID)
	}
	try := func() {
		t.Helper()
		for _, a := range artefacts {
			for name, err := range map[string]error{
				"FinishRecovery": second(w.guard.FinishRecovery(ctx, a, otherPassword, abroad)),
				"ResumeRecovery": second(w.guard.ResumeRecovery(ctx, a, abroad)),
				"FinishSignIn":   second(w.guard.FinishSignIn(ctx, a, mfa.RecoveryCode, a, abroad)),
				"CancelByLink":   w.guard.CancelByLink(ctx, a, abroad),
			} {
				if err == nil {
					t.Errorf("%s takes something that was handed out before the second factor", name)
				}
			}
		}
	}
	try()
	wait, err := w.guard.DelayRecovery(ctx, ticket, abroad)
	w.ok(err)
	artefacts = append(artefacts, wait.Token)
	w.clock.Add(47 * time.Hour)
	try()
	if res := w.signIn("kim", home); res.Pending == nil {
		t.Error("the old password or the factor is gone")
	}
}

// Pitfall 15: what a recovery that waits leaves in the log, to the owner.
func TestPitfall15EventsOfAWait(t *testing.T) {
	w, _ := newDelayWorld(t)
	w.questions("kim")
	w.authenticator("kim")
	_, cancel := w.delayed("kim", abroad)
	before := len(w.types("kim"))
	w.ok(w.guard.CancelByLink(t.Context(), cancel, home))
	got := w.types("kim")
	want := []activity.Type{activity.RecoveryStarted, activity.RecoveryChannelProved, activity.RecoveryAnswered, activity.RecoveryDelayed, activity.RecoveryCancelled}
	if !slices.Equal(got[before-4:], want) {
		t.Errorf("events %v, want %v", got[before-4:], want)
	}
}

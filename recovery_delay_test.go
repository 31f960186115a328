package accountsec_test

import (
	"bytes"
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
			e, err := w.guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: c.method.Info().Name, Name: "n", Client: home})
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

// While actions are held, neither the Guard's own doors nor the packages behind
// it let them through.
func TestHoldAfterRecovery(t *testing.T) {
	w, _ := newDelayWorld(t, func(cfg *accountsec.Config) {
		cfg.Recovery.Holds = map[recovery.Action]time.Duration{"gift": time.Hour}
	})
	ctx := t.Context()
	w.questions("kim")
	code, codes := w.authenticator("kim")
	var out bytes.Buffer
	export := func() error {
		_, err := w.guard.Log().Export(ctx, "kim", "kim", activity.Filter{}, &out, activity.ExportOptions{})
		return err
	}
	w.ok(export())
	out.Reset()
	ticket, step := w.recoverTo("kim", abroad)
	grant, err := w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, mfa.RecoveryCode, codes[0], abroad)
	w.ok(err)
	_, err = w.guard.FinishRecovery(ctx, grant, otherPassword, abroad)
	w.ok(err)
	var held *accountsec.HeldError
	remove := func() error {
		w.clock.Add(time.Minute)
		factors, err := w.guard.MFA().Enrolled(ctx, "kim")
		w.ok(err)
		ch, err := w.guard.MFA().Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: mfa.PurposeManage, Client: home})
		w.ok(err)
		proof, err := w.guard.MFA().Verify(ctx, ch.Token, mfa.PurposeManage, factors[0].ID, code(), home)
		w.ok(err)
		return w.guard.MFA().Remove(ctx, proof, factors[0].ID, home)
	}
	for name, err := range map[string]error{
		"export": export(), "removing a factor": remove(), "a refund": w.guard.Held(ctx, "kim", recovery.ActionRefund),
		"an action of the shop's": w.guard.Held(ctx, "kim", "gift"),
	} {
		if !errors.As(err, &held) || !held.Until.After(w.clock.Now()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if out.Len() > 0 {
		t.Errorf("%d bytes were exported", out.Len())
	}
	w.ok(w.guard.Held(ctx, "lee", recovery.ActionRefund))
	w.clock.Add(time.Hour)
	w.ok(w.guard.Held(ctx, "kim", "gift"))
	w.clock.Add(72 * time.Hour)
	w.ok(export())
	w.ok(remove())
}

// The end of a recovery takes back what others may hold.
func TestRecoveryTakesBack(t *testing.T) {
	ended := ""
	w, _ := newDelayWorld(t, func(cfg *accountsec.Config) {
		cfg.Recovery.OnRecovered = func(_ context.Context, account string) error { ended += account; return nil }
	})
	ctx := t.Context()
	w.questions("kim")
	thief := w.knownDevice("kim", home)
	if known, err := w.guard.Alerts().KnownDevice(ctx, "kim", thief.DeviceID); !known || err != nil {
		t.Fatalf("the device is not known to begin with: %v", err)
	}
	enrolment, err := w.guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "thief's", Label: "x", Client: thief})
	w.ok(err)
	// Two recoveries, one on a known device: the one that ends takes the other.
	ours, err := w.guard.StartRecovery(ctx, "kim@customer.example", thief)
	w.ok(err)
	code := w.code()
	_, step := w.recoverTo("kim", abroad)
	_, err = w.guard.FinishRecovery(ctx, step.Grant, otherPassword, abroad)
	w.ok(err)
	if ended != "kim" {
		t.Errorf("sessions were ended of %q", ended)
	}
	_, err = w.guard.ProveRecovery(ctx, ours, code, thief)
	w.want(err, accountsec.ErrRecovery)
	_, err = w.guard.MFA().FinishEnroll(ctx, "kim", enrolment.FactorID, "000000", thief)
	w.want(err, mfa.ErrNoEnrollment)
	if known, err := w.guard.Alerts().KnownDevice(ctx, "kim", thief.DeviceID); known || err != nil {
		t.Errorf("the device is still known: %v", err)
	}
}

// The operator's block is told to who proves the channel, and to nobody else.
func TestOperator(t *testing.T) {
	w, _ := newDelayWorld(t)
	ctx := t.Context()
	w.questions("kim")
	w.ok(w.guard.BlockRecovery(ctx, "kim", w.clock.Now().Add(time.Hour), home))
	ticket, err := w.guard.StartRecovery(ctx, "kim@customer.example", abroad)
	w.ok(err)
	_, err = w.guard.ProveRecovery(ctx, ticket, "12345678", abroad)
	w.want(err, accountsec.ErrWrongCode)
	_, err = w.guard.ProveRecovery(ctx, ticket, w.code(), abroad)
	w.want(err, accountsec.ErrRecoveryBlocked)
	w.ok(w.guard.UnblockRecovery(ctx, "kim", home))
	_, step := w.recoverTo("kim", abroad)
	w.ok(w.guard.CancelRecovery(ctx, "kim", true, home))
	_, err = w.guard.FinishRecovery(ctx, step.Grant, otherPassword, abroad)
	w.want(err, accountsec.ErrRecovery)
	list, err := w.guard.RecoveryReport(ctx, w.clock.Now(), w.clock.Now())
	w.ok(err)
	got := map[recovery.Outcome]int64{}
	for _, c := range list {
		got[c.Outcome] = c.N
	}
	if got[recovery.Started] != 2 || got[recovery.Refused] != 1 || got[recovery.Cancelled] != 1 || got[recovery.Completed] != 0 {
		t.Errorf("the report says %v", got)
	}
	for _, account := range []string{"", "~shadow", "a\x00"} {
		for name, err := range map[string]error{
			"block": w.guard.BlockRecovery(ctx, account, w.clock.Now(), home), "unblock": w.guard.UnblockRecovery(ctx, account, home),
			"cancel": w.guard.CancelRecovery(ctx, account, true, home), "contact": w.guard.ContactChanged(ctx, account, "a@b.c", "", home),
		} {
			if err == nil {
				t.Errorf("%s of %q: accepted", name, account)
			}
		}
	}
}

// The profile is refused in the spellings that people use.
func TestAnswersAboutTheOwner(t *testing.T) {
	w := newWorld(t)
	kim := w.people.byID["kim"]
	kim.BirthDate = time.Date(1990, 4, 12, 0, 0, 0, 0, time.UTC)
	w.people.byID["kim"] = kim
	for _, answer := range []string{"010-1234-5678", "1234 5678", "김민준", "kim@customer", "1990-04-12", "April 12", "4월 12일", "Example Shop", goodPassword} {
		var refused *recovery.AnswerError
		err := w.guard.SetAnswers(t.Context(), "kim", goodPassword, []recovery.Answer{
			{Question: "lost_object", Answer: answer}, {Question: "first_lie", Answer: "a second answer"}, {Question: "wrong_bus", Answer: "a third answer"},
		}, home)
		if !errors.As(err, &refused) || refused.Index != 0 {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

func TestRecoveryConfig(t *testing.T) {
	w := newWorld(t)
	for name, r := range map[string]accountsec.RecoveryConfig{
		"other domain": {CancelURL: "https://evil.example/cancel"}, "no TLS": {CancelURL: "http://shop.example/cancel"},
		"query": {CancelURL: cancelURL + "?a=b"}, "fragment": {CancelURL: cancelURL + "#a"},
		"channel": {Channels: []string{"pigeon"}}, "channel twice": {Channels: []string{"email", "email"}},
		"short delay": {Delay: 23 * time.Hour}, "long delay": {Delay: 73 * time.Hour}, "long hold": {Hold: 91 * 24 * time.Hour},
		"negative hold": {Holds: map[recovery.Action]time.Duration{"gift": -1}}, "negative starts": {StartsPerHour: -1},
	} {
		cfg := w.config
		cfg.Recovery = r
		if _, err := accountsec.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if got := w.guard.RecoveryChannels(); !slices.Equal(got, []string{"email"}) {
		t.Errorf("channels %v", got)
	}
	if _, err := w.guard.StartRecoveryBy(t.Context(), "kim@customer.example", "pigeon", home); !errors.Is(err, recovery.ErrNoChannel) {
		t.Errorf("an unknown channel: %v", err)
	}
}

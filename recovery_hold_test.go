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
	enrolment, err := w.guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "thief's", Label: "x", Evidence: w.evidence("kim", thief), Client: thief})
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
	// Until a change of the sender comes, messages are of the old one.
	cfg := w.config
	cfg.Sender.Domain, cfg.Sender.From, cfg.Sender.SecurityURL = "new.example", "security@new.example", "https://new.example/security"
	cfg.Sender.Change = &alerts.Change{Old: w.config.Sender, At: w.clock.Now().AddDate(0, 0, 20), Announced: w.clock.Now()}
	for page, fits := range map[string]bool{cancelURL: true, "https://new.example/recovery/cancel": false} {
		cfg.Recovery = accountsec.RecoveryConfig{CancelURL: page}
		if _, err := accountsec.New(cfg); (err == nil) != fits {
			t.Errorf("%s before the sender changes: %v", page, err)
		}
	}
	if got := w.guard.RecoveryChannels(); !slices.Equal(got, []string{"email"}) {
		t.Errorf("channels %v", got)
	}
	if _, err := w.guard.StartRecoveryBy(t.Context(), "kim@customer.example", "pigeon", home); !errors.Is(err, recovery.ErrNoChannel) {
		t.Errorf("an unknown channel: %v", err)
	}
}

// A process that outlives a change of the sender says that its page is of the
// domain of before.
func TestCancelPageOfADomainOfBefore(t *testing.T) {
	w, _ := newDelayWorld(t, func(cfg *accountsec.Config) {
		old, at := cfg.Sender, cfg.Now().AddDate(0, 0, 20)
		cfg.Sender.Domain, cfg.Sender.From, cfg.Sender.SecurityURL = "new.example", "security@new.example", "https://new.example/security"
		cfg.Sender.Change = &alerts.Change{Old: old, Announced: cfg.Now(), At: at, Until: at.AddDate(0, 0, 20)}
	})
	w.questions("kim")
	w.authenticator("kim")
	for _, outdated := range []bool{false, true} {
		ticket, _ := w.recoverTo("kim", abroad)
		_, err := w.guard.DelayRecovery(t.Context(), ticket, abroad)
		w.ok(err)
		if got := strings.Contains(w.logs.String(), "goes without its link"); got != outdated {
			t.Errorf("logged %v, want %v", got, outdated)
		}
		w.clock.Add(40 * 24 * time.Hour)
	}
}

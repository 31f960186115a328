package recovery_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/recovery"
)

// waiting walks to a wait and gives it with the token that calls it off.
func (w *world) waiting(account string, c activity.Client) (recovery.Waiting, string) {
	w.Helper()
	token, err := w.Begin(w.Context(), account, "", c, false)
	w.ok(err)
	asked, err := w.ProveChannel(w.Context(), token, w.codes.last(), c)
	w.ok(err)
	_, err = w.Answer(w.Context(), token, answersFor(asked), c)
	w.ok(err)
	wait, err := w.Wait(w.Context(), token, c)
	w.ok(err)
	_, err = w.Complete(w.Context(), token, recovery.ProofNone, c) // the ticket was traded
	w.want(err, recovery.ErrBadTicket)
	_, err = w.Wait(w.Context(), token, c)
	w.want(err, recovery.ErrBadTicket)
	return wait, w.codes.cancels[len(w.codes.cancels)-1]
}

func TestWait(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	wait, _ := w.waiting("kim", phone)
	if d := wait.ReadyAt.Sub(w.now); d != 48*time.Hour {
		t.Errorf("the wait is %v", d)
	}
	if text := fmt.Sprintf("%v %+v %#v", wait, wait, wait); strings.Contains(text, wait.Token) {
		t.Error("a wait prints its token")
	}
	var early *recovery.WaitingError
	for _, at := range []time.Duration{0, 48*time.Hour - time.Microsecond} {
		w.now = wait.ReadyAt.Add(at - 48*time.Hour)
		if _, err := w.Resume(ctx, wait.Token, phone); !errors.As(err, &early) || !early.Until.Equal(wait.ReadyAt) {
			t.Fatalf("after %v: %v", at, err)
		}
	}
	// A stranger who begins recoveries in between does not end it.
	_, err := w.Begin(ctx, "kim", "", activity.Client{UserAgent: "stranger"}, false)
	w.ok(err)
	w.now = wait.ReadyAt
	grant, err := w.Resume(ctx, wait.Token, phone)
	w.ok(err)
	_, err = w.Resume(ctx, wait.Token, phone)
	w.want(err, recovery.ErrBadTicket)
	info, err := w.Redeem(ctx, grant, phone)
	w.ok(err)
	if info.Proof != recovery.ProofDelay || info.Account != "kim" {
		t.Errorf("got %+v", info)
	}
	want := []activity.Type{activity.AnswersSet, activity.RecoveryStarted, activity.RecoveryChannelProved, activity.RecoveryAnswered,
		activity.RecoveryDelayed, activity.RecoveryStarted, activity.RecoveryCompleted}
	if got := w.events.types("kim"); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

// Pitfall 14: a wait ends with time, with a newer one, for another device, with
// new answers, a block, and when the account itself changes.
func TestPitfall14Wait(t *testing.T) {
	ctx := t.Context()
	device := activity.Client{IP: phone.IP, UserAgent: "phone", DeviceID: "cookie"}
	for name, spoil := range map[string]func(w *world, wait recovery.Waiting) activity.Client{
		"too late": func(w *world, wait recovery.Waiting) activity.Client { w.now = wait.ExpiresAt; return device },
		"other device": func(w *world, _ recovery.Waiting) activity.Client {
			return activity.Client{UserAgent: "phone", DeviceID: "another"}
		},
		"no device": func(w *world, _ recovery.Waiting) activity.Client { return phone },
		"newer wait": func(w *world, _ recovery.Waiting) activity.Client {
			now := w.now
			w.now = now.Add(-40 * time.Hour)
			w.waiting("kim", device)
			w.now = now
			return device
		},
		"new answers": func(w *world, _ recovery.Waiting) activity.Client { w.set("kim"); return device },
		"no answers": func(w *world, _ recovery.Waiting) activity.Client {
			w.ok(w.RemoveAnswers(ctx, "kim", phone))
			return device
		},
		"account changed": func(w *world, _ recovery.Waiting) activity.Client {
			w.ok(w.End(ctx, "kim", phone))
			return device
		},
		"blocked": func(w *world, _ recovery.Waiting) activity.Client {
			w.ok(w.Block(ctx, "kim", w.now.Add(time.Hour), phone))
			return device
		},
		"operator": func(w *world, _ recovery.Waiting) activity.Client {
			w.ok(w.Cancel(ctx, "kim", true, phone))
			return device
		},
		"another recovery": func(w *world, _ recovery.Waiting) activity.Client {
			_, err := w.Redeem(ctx, w.granted("kim"), phone)
			w.ok(err)
			return device
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.set("kim")
			wait, _ := w.waiting("kim", device)
			w.now = wait.ReadyAt
			c := spoil(w, wait)
			_, err := w.Resume(ctx, wait.Token, c)
			w.want(err, recovery.ErrBadTicket)
			_, err = w.Pending(ctx, wait.Token, c)
			w.want(err, recovery.ErrBadTicket)
		})
	}
}

// Pitfall 17: looking at the cancel link changes nothing, as often as it is
// looked at; confirming there acts, once.
func TestPitfall17CancelLink(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	wait, cancel := w.waiting("kim", phone)
	calls := len(w.events.types("kim"))
	for range 5 {
		ready, err := w.LookAtCancel(ctx, cancel)
		w.ok(err)
		if !ready.Equal(wait.ReadyAt) {
			t.Errorf("shows %v", ready)
		}
	}
	if len(w.events.types("kim")) != calls {
		t.Error("looking left an event")
	}
	// Neither token does the other's work.
	_, err := w.LookAtCancel(ctx, wait.Token)
	w.want(err, recovery.ErrBadTicket)
	_, err = w.CancelByLink(ctx, wait.Token, phone)
	w.want(err, recovery.ErrBadTicket)
	w.now = wait.ReadyAt
	_, err = w.Resume(ctx, cancel, phone)
	w.want(err, recovery.ErrBadTicket)
	for _, forged := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 1<<20)} {
		_, err = w.CancelByLink(ctx, forged, phone)
		w.want(err, recovery.ErrBadTicket)
	}
	account, err := w.CancelByLink(ctx, cancel, activity.Client{UserAgent: "anybody"}) // nobody is signed in there
	w.ok(err)
	if account != "kim" {
		t.Errorf("cancelled for %q", account)
	}
	_, err = w.CancelByLink(ctx, cancel, phone)
	w.want(err, recovery.ErrBadTicket)
	_, err = w.LookAtCancel(ctx, cancel)
	w.want(err, recovery.ErrBadTicket)
	_, err = w.Resume(ctx, wait.Token, phone)
	w.want(err, recovery.ErrBadTicket)
	if got := w.events.types("kim"); got[len(got)-1] != activity.RecoveryCancelled {
		t.Errorf("the log ends with %v", got)
	}
}

// A recovery cancelled by link takes the tickets with it that the same person
// holds.
func TestCancelLinkEndsTickets(t *testing.T) {
	w := newWorld(t)
	w.set("kim")
	_, cancel := w.waiting("kim", phone)
	grant := w.granted("kim")
	_, err := w.CancelByLink(t.Context(), cancel, phone)
	w.ok(err)
	_, err = w.Redeem(t.Context(), grant, phone)
	w.want(err, recovery.ErrBadTicket)
}

func TestNoDelayWithoutAnnouncer(t *testing.T) {
	w := newWorld(t)
	w.set("kim")
	cfg := w.config
	cfg.Announcer = nil
	m, err := recovery.New(w.store, cfg)
	w.ok(err)
	if m.Delay() != 0 {
		t.Error("a delay is on offer that nobody would be told of")
	}
	token, asked := w.proved("kim")
	w.answer(token, asked)
	_, err = m.Wait(t.Context(), token, phone)
	w.want(err, recovery.ErrNoDelay)
	_, err = w.Complete(t.Context(), token, recovery.ProofDelay, phone)
	w.want(err, recovery.ErrBadTicket) // a delay is waited for, never claimed
}

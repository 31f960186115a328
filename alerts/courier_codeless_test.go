package alerts_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// idle is a notifier that does nothing.
type idle string

func (c idle) Channel() string                            { return string(c) }
func (idle) Notify(context.Context, alerts.Message) error { return nil }

type codeless struct{ idle }

func (codeless) Codeless() {}

// No code goes where whoever holds the device reads it.
func TestCodelessChannels(t *testing.T) {
	cfg := alerts.CourierConfig{
		Notifiers: []alerts.Notifier{codeless{"webpush"}, idle("email")}, Directory: directory{}, AEAD: secrettest.AEAD(),
	}
	c, err := alerts.NewCourier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.CodeChannels(); !slices.Equal(got, []string{"email"}) {
		t.Errorf("codes go by %v", got)
	}
	m := alerts.CodeMessage{Kind: alerts.SignInCode, Account: "kim", Channels: []string{"webpush"}, Code: "123456", Expires: time.Now().Add(time.Hour)}
	if _, err := c.PlanCode(m); !errors.Is(err, alerts.ErrNoChannel) {
		t.Errorf("a code by a channel that takes none: %v", err)
	}
	cfg.CodeChannels = []string{"webpush"}
	if _, err := alerts.NewCourier(cfg); err == nil {
		t.Error("CodeChannels with a channel that takes none: accepted")
	}
	cfg.Notifiers, cfg.CodeChannels = cfg.Notifiers[:1], nil
	if c, err = alerts.NewCourier(cfg); err != nil || len(c.CodeChannels()) != 0 {
		t.Errorf("with no other channel: %v, %v", c.CodeChannels(), err)
	}
}

// Whoever holds a session can subscribe a browser of their own. What must reach
// the owner does not go there alone, whatever is chosen or was stored; unless
// there is nothing else.
func TestMandatoryGoesToAKnownAddress(t *testing.T) {
	ctx, store, push, mail := t.Context(), alerts.NewMemoryStore(), &channel{name: "webpush"}, &channel{name: "email"}
	with := func(list ...alerts.Notifier) (*alerts.Monitor, *alerts.Dispatcher) {
		t.Helper()
		d, err := newDispatcher(store, alerts.CourierConfig{Notifiers: list, Directory: directory{}, AEAD: secrettest.AEAD(), Now: func() time.Time { return t0 }})
		if err != nil {
			t.Fatal(err)
		}
		m, err := alerts.New(store, alerts.Config{Queue: d, Now: func() time.Time { return t0 }})
		if err != nil {
			t.Fatal(err)
		}
		return m, d
	}
	theirs, mine := map[alerts.Kind][]string{}, map[alerts.Kind][]string{}
	for _, info := range alerts.Kinds() {
		theirs[info.Kind], mine[info.Kind] = []string{"webpush"}, []string{"webpush", "email"}
	}
	m, d := with(pushed{push}, mail)
	err := m.SetPreferences(ctx, "kim", channels(theirs), activity.Client{})
	if !errors.Is(err, alerts.ErrMandatory) || !strings.Contains(err.Error(), "an address which the shop knows") {
		t.Errorf("everything to the intruder's browser: %v", err)
	}
	for _, c := range []map[alerts.Kind][]string{{alerts.NewDevice: {"webpush"}}, {alerts.PasswordChanged: {"email"}}, mine} {
		if err := m.SetPreferences(ctx, "kim", channels(c), activity.Client{}); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
	// A row of before.
	if err := store.PutPreferences(ctx, "kim", []byte(`{"v":2,"channels":{"password_changed":["webpush"],"new_device":["webpush"]}}`), t0); err != nil {
		t.Fatal(err)
	}
	p, err := m.Preferences(ctx, "kim")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "mandatory", p.Channels[alerts.PasswordChanged], []string{"webpush", "email"})
	equal(t, "other", p.Channels[alerts.NewDevice], []string{"webpush"})
	if err := m.Observe(ctx, activity.Event{Account: "kim", Type: activity.PasswordChanged, Outcome: activity.OutcomeSuccess, At: t0, ID: "e"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.DeliverDue(ctx); err != nil {
		t.Fatal(err)
	}
	equal(t, "mailed", mail.take(), []alerts.Kind{alerts.PasswordChanged})
	equal(t, "pushed", push.take(), []alerts.Kind{alerts.PasswordChanged})
	// A shop that has push alone.
	m, _ = with(pushed{push})
	if err := m.SetPreferences(ctx, "kim", channels(theirs), activity.Client{}); err != nil {
		t.Errorf("push alone: %v", err)
	}
}

// pushed is a channel that takes no codes.
type pushed struct{ *channel }

func (pushed) Codeless() {}

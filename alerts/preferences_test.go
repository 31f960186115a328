package alerts_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

func TestPreferences(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	p, err := w.monitor.Preferences(ctx, "kim")
	w.ok(err)
	if len(p) != len(alerts.Kinds()) {
		t.Errorf("%d kinds of %d", len(p), len(alerts.Kinds()))
	}
	for kind, channels := range p {
		equal(t, string(kind), channels, []string{"email", "sms"})
	}
	w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{
		alerts.NewDevice: {}, alerts.PasswordChanged: {"sms"},
	}, activity.Client{}))
	equal(t, "the change is told on the old channels", w.mailed(), []alerts.Kind{alerts.SettingsChanged})
	w.sms.take()
	equal(t, "recorded", w.events.got, []activity.Type{activity.AlertSettingsChanged})
	p, err = w.monitor.Preferences(ctx, "kim")
	w.ok(err)
	equal(t, "muted", p[alerts.NewDevice], nil)
	equal(t, "chosen", p[alerts.PasswordChanged], []string{"sms"})

	w.home(5)
	w.signIn(w.attempt("new", "KR"))
	w.observe(activity.Event{Type: activity.PasswordChanged})
	equal(t, "mailed", w.mailed(), nil)
	equal(t, "texted", w.sms.take(), []alerts.Kind{alerts.PasswordChanged})
	// A message with two reasons goes where either one goes.
	w.signIn(w.attempt("newer", "US"))
	equal(t, "mailed", w.mailed(), []alerts.Kind{alerts.NewCountry})
}

func TestMandatory(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	for _, info := range alerts.Kinds() {
		err := w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{info.Kind: {}}, activity.Client{})
		if errors.Is(err, alerts.ErrMandatory) != info.Mandatory || (err == nil) == info.Mandatory {
			t.Errorf("muting %s: %v", info.Kind, err)
		}
	}
	for _, p := range []alerts.Preferences{
		{"no_such_kind": {"email"}}, {alerts.RecoveryCode: {}}, {alerts.NewDevice: {"pigeon"}}, {alerts.NewDevice: {"email", "email"}}, {"a\x00": nil},
	} {
		w.want(w.monitor.SetPreferences(ctx, "kim", p, activity.Client{}), alerts.ErrPreferences)
	}
	// A channel that was taken out of service mutes nothing mandatory; nor does
	// a damaged row.
	for _, stored := range []string{`{"password_changed":["pigeon"],"new_device":["pigeon"]}`, `{"password_changed":[]`, "\x00", strings.Repeat(" ", 9000)} {
		w.ok(w.store.PutPreferences(ctx, "kim", []byte(stored), w.now))
		p, err := w.monitor.Preferences(ctx, "kim")
		w.ok(err)
		equal(t, stored[:1], p[alerts.PasswordChanged], []string{"email", "sms"})
	}
	// What cannot be recorded is not changed.
	w.events.err = errors.New("the log is full")
	if err := w.monitor.SetPreferences(ctx, "lee", alerts.Preferences{alerts.NewDevice: {}}, activity.Client{}); !errors.Is(err, w.events.err) {
		t.Errorf("got %v", err)
	}
	if stored, err := w.store.Preferences(ctx, "lee"); err != nil || stored != nil {
		t.Errorf("changed unrecorded: %q, %v", stored, err)
	}
}

package alerts_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

func channels(c map[alerts.Kind][]string) alerts.Preferences { return alerts.Preferences{Channels: c} }

func TestPreferences(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	p, err := w.monitor.Preferences(ctx, "kim")
	w.ok(err)
	if len(p.Channels) != len(alerts.Kinds()) || p.Lang != "" || p.Quiet.On() {
		t.Errorf("%d kinds of %d, %q, %+v", len(p.Channels), len(alerts.Kinds()), p.Lang, p.Quiet)
	}
	for kind, channels := range p.Channels {
		equal(t, string(kind), channels, []string{"email", "sms"})
	}
	w.ok(w.monitor.SetPreferences(ctx, "kim", channels(map[alerts.Kind][]string{
		alerts.NewDevice: {}, alerts.PasswordChanged: {"sms"},
	}), activity.Client{}))
	equal(t, "the change is told on the old channels", w.mailed(), []alerts.Kind{alerts.SettingsChanged})
	w.sms.take()
	equal(t, "recorded", w.events.got, []activity.Type{activity.AlertSettingsChanged})
	p, err = w.monitor.Preferences(ctx, "kim")
	w.ok(err)
	equal(t, "muted", p.Channels[alerts.NewDevice], nil)
	equal(t, "chosen", p.Channels[alerts.PasswordChanged], []string{"sms"})

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
		err := w.monitor.SetPreferences(ctx, "kim", channels(map[alerts.Kind][]string{info.Kind: {}}), activity.Client{})
		if errors.Is(err, alerts.ErrMandatory) != info.Mandatory || (err == nil) == info.Mandatory {
			t.Errorf("muting %s: %v", info.Kind, err)
		}
	}
	for _, p := range []map[alerts.Kind][]string{
		{"no_such_kind": {"email"}}, {alerts.RecoveryCode: {}}, {alerts.NewDevice: {"pigeon"}}, {alerts.NewDevice: {"email", "email"}}, {"a\x00": nil},
	} {
		w.want(w.monitor.SetPreferences(ctx, "kim", channels(p), activity.Client{}), alerts.ErrPreferences)
	}
	for _, lang := range []string{"fr", "ko-KR", "KO", "en,ko", "\x00", strings.Repeat("k", 1<<20)} {
		w.want(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{Lang: lang}, activity.Client{}), alerts.ErrPreferences)
	}
	// A channel that was taken out of service mutes nothing mandatory; nor does
	// a damaged row.
	for _, stored := range []string{
		`{"password_changed":["pigeon"],"new_device":["pigeon"]}`, `{"password_changed":[]`, "\x00", strings.Repeat(" ", 9000), `[]`, `null`,
		`{"v":2,"channels":{"password_changed":["pigeon"]},"lang":"xx"}`, `{"v":2,"channels":{"password_changed":[]}}`, `{"v":3,"channels":{"password_changed":["sms"]}}`,
	} {
		w.ok(w.store.PutPreferences(ctx, "kim", []byte(stored), w.now))
		p, err := w.monitor.Preferences(ctx, "kim")
		w.ok(err)
		equal(t, stored[:1], p.Channels[alerts.PasswordChanged], []string{"email", "sms"})
		if p.Lang != "" || p.Quiet.On() {
			t.Errorf("%.40s: %+v", stored, p)
		}
	}
	// What cannot be recorded is not changed.
	w.events.err = errors.New("the log is full")
	if err := w.monitor.SetPreferences(ctx, "lee", channels(map[alerts.Kind][]string{alerts.NewDevice: {}}), activity.Client{}); !errors.Is(err, w.events.err) {
		t.Errorf("got %v", err)
	}
	if stored, _, err := w.store.Preferences(ctx, "lee"); err != nil || stored != nil {
		t.Errorf("changed unrecorded: %q, %v", stored, err)
	}
}

// What was stored before there was anything but channels is still read, and
// changed by an owner as anything else.
func TestPreferencesOfBefore(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.ok(w.store.PutPreferences(ctx, "kim", []byte(`{"new_device":[],"new_country":["sms"],"password_changed":["email"]}`), w.now))
	p, err := w.monitor.Preferences(ctx, "kim")
	w.ok(err)
	equal(t, "muted", p.Channels[alerts.NewDevice], nil)
	equal(t, "chosen", p.Channels[alerts.NewCountry], []string{"sms"})
	equal(t, "mandatory", p.Channels[alerts.PasswordChanged], []string{"email"})
	equal(t, "others", p.Channels[alerts.Anonymised], []string{"email", "sms"})
	p.Lang = "ko"
	w.ok(w.monitor.SetPreferences(ctx, "kim", p, activity.Client{}))
	again, err := w.monitor.Preferences(ctx, "kim")
	w.ok(err)
	equal(t, "still chosen", again.Channels[alerts.NewCountry], []string{"sms"})
	if again.Lang != "ko" {
		t.Errorf("the language is %q", again.Lang)
	}
}

// Messages are in the language that the owner chose; the one about the choice is
// still in the old one.
func TestPreferredLanguage(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	langs := func() (out []string) {
		w.deliver()
		w.mail.mu.Lock()
		defer w.mail.mu.Unlock()
		for _, m := range w.mail.got {
			out = append(out, string(m.Kind)+" "+m.Recipient.Lang)
		}
		w.mail.got = nil
		slices.Sort(out)
		return out
	}
	w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{Lang: "ko"}, activity.Client{}))
	w.observe(activity.Event{Type: activity.PasswordChanged})
	w.ok(w.monitor.SendCode(ctx, alerts.SignInCode, "kim", nil, "83019274", w.now.Add(time.Minute)))
	w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{}, activity.Client{}))
	w.observe(activity.Event{Type: activity.FactorRemoved})
	equal(t, "languages", langs(), []string{
		"alert_settings_changed en", "alert_settings_changed ko", "factor_removed en", "password_changed ko", "signin.code ko",
	})
}

// To mute leaves everything else as it is, is recorded once, and loses nothing
// to another change of the same moment.
func TestMute(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	quiet := alerts.Quiet{From: 60, To: 120, Zone: "Asia/Seoul"}
	w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{
		Channels: map[alerts.Kind][]string{alerts.NewCountry: {"sms"}}, Quiet: quiet, Lang: "ko",
	}, activity.Client{}))
	w.events.got = nil
	both := []alerts.Kind{alerts.NewDevice, alerts.NewCountry}
	for range 2 {
		w.ok(w.monitor.Mute(ctx, "kim", both, "email", activity.ByLink, activity.Client{}))
	}
	p, err := w.monitor.Preferences(ctx, "kim")
	w.ok(err)
	equal(t, "muted", p.Channels[alerts.NewDevice], []string{"sms"})
	equal(t, "muted there already", p.Channels[alerts.NewCountry], []string{"sms"})
	equal(t, "others", p.Channels[alerts.Anonymised], []string{"email", "sms"})
	if p.Quiet != quiet || p.Lang != "ko" {
		t.Errorf("left %+v", p)
	}
	equal(t, "recorded", w.events.got, []activity.Type{activity.AlertSettingsChanged})
	w.want(w.monitor.Mute(ctx, "kim", []alerts.Kind{alerts.NewDevice, alerts.PasswordChanged}, "email", "", activity.Client{}), alerts.ErrMandatory)
	w.want(w.monitor.Mute(ctx, "kim", []alerts.Kind{"pigeon"}, "email", "", activity.Client{}), alerts.ErrPreferences)
	w.want(w.monitor.Mute(ctx, "kim", both, "pigeon", "", activity.Client{}), alerts.ErrPreferences)
	if w.monitor.Mute(ctx, "", both, "email", "", activity.Client{}) == nil {
		t.Error("of nobody")
	}
}

// To mute touches the kind that it names, and nothing that the owner, or an
// instance which knows more channels and kinds, chose beside it.
func TestMuteTouchesOneKind(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"nothing chosen": {``, `{"v":2,"channels":{"new_device":["sms"]}}`},
		"others chosen": {
			`{"v":2,"channels":{"new_country":["pigeon"],"password_changed":["email"],"tomorrow":["email"]},"lang":"ko"}`,
			`{"v":2,"channels":{"new_country":["pigeon"],"new_device":["sms"],"password_changed":["email"],"tomorrow":["email"]},"lang":"ko"}`,
		},
		"a channel of another instance": {`{"v":2,"channels":{"new_device":["pigeon","email"]}}`, `{"v":2,"channels":{"new_device":["pigeon"]}}`},
		"that one alone":                {`{"v":2,"channels":{"new_device":["pigeon"]}}`, `{"v":2,"channels":{"new_device":["pigeon"]}}`},
		"a row of before":               {`{"new_device":["email"],"anonymised":["sms"]}`, `{"v":2,"channels":{"anonymised":["sms"],"new_device":[]}}`},
	} {
		w := newWorld(t)
		ctx := t.Context()
		w.ok(w.store.PutPreferences(ctx, "kim", []byte(c.before), w.now))
		w.ok(w.monitor.Mute(ctx, "kim", []alerts.Kind{alerts.NewDevice}, "email", "", activity.Client{}))
		after, _, err := w.store.Preferences(ctx, "kim")
		w.ok(err)
		if string(after) != c.after {
			t.Errorf("%s: %s", name, after)
		}
		if recorded := len(w.events.got) > 0; recorded != (c.before != c.after) {
			t.Errorf("%s: recorded %v", name, recorded)
		}
	}
}

// Kinds that are muted at once are all muted.
func TestMuteRace(t *testing.T) {
	store := alerts.NewMemoryStore()
	m, err := alerts.New(store, alerts.Config{Queue: newWorld(t).dispatcher})
	if err != nil {
		t.Fatal(err)
	}
	var of []alerts.Kind
	for _, info := range alerts.Kinds() {
		if !info.Mandatory {
			of = append(of, info.Kind)
		}
	}
	of = of[:6] // at most as many as there are tries
	var wg sync.WaitGroup
	for _, k := range of {
		wg.Go(func() {
			if err := m.Mute(t.Context(), "kim", []alerts.Kind{k}, "email", "", activity.Client{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p, err := m.Preferences(t.Context(), "kim")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range of {
		equal(t, string(k), p.Channels[k], []string{"sms"})
	}
}

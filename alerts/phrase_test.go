package alerts_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/secret/secrettest"
)

const phrase = "두 마리 purple 여우"

// phrases takes what came by mail, as kind and phrase.
func (w *world) phrases() (out []string) {
	w.Helper()
	w.deliver()
	w.mail.mu.Lock()
	defer w.mail.mu.Unlock()
	for _, m := range w.mail.got {
		out = append(out, string(m.Kind)+" "+string(m.Phrase))
	}
	w.mail.got = nil
	slices.Sort(out)
	return out
}

// A phrase stands in every message, and the message about its change has the old.
func TestOwnersPhrase(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.ok(w.monitor.SetPhrase(ctx, "kim", "  "+phrase+"\u3000", activity.Client{}))
	equal(t, "set", w.phrases(), []string{"alert_settings_changed "})
	got, err := w.monitor.Phrase(ctx, "kim")
	w.ok(err)
	if string(got) != phrase {
		t.Errorf("kept as %q", string(got))
	}
	w.observe(activity.Event{Type: activity.PasswordChanged})
	w.ok(w.monitor.SendCode(ctx, alerts.RecoveryCode, "kim", nil, "83019274", w.now.Add(time.Minute)))
	equal(t, "alert and code", w.phrases(), []string{"password_changed " + phrase, "recovery.code " + phrase})
	w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{Lang: "ko"}, activity.Client{})) // keeps it
	w.ok(w.monitor.SetPhrase(ctx, "kim", "another one", activity.Client{}))
	w.ok(w.monitor.SetPhrase(ctx, "kim", "", activity.Client{}))
	w.observe(activity.Event{Type: activity.FactorEnrolled})
	equal(t, "changed and removed", w.phrases(), []string{
		"alert_settings_changed another one", "alert_settings_changed " + phrase, "alert_settings_changed " + phrase, "factor_enrolled ",
	})
	if p, err := w.monitor.Preferences(ctx, "kim"); err != nil || p.Lang != "ko" {
		t.Errorf("the preferences became %+v, %v", p, err)
	}
	w.events.err = errors.New("the log is full")
	if err := w.monitor.SetPhrase(ctx, "kim", "unrecorded", activity.Client{}); !errors.Is(err, w.events.err) {
		t.Errorf("got %v", err)
	}
	if got, err := w.monitor.Phrase(ctx, "kim"); got != "" || err != nil {
		t.Errorf("changed unrecorded: %q, %v", string(got), err)
	}
}

func TestPhraseIsOnePlainLine(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	for _, bad := range []string{
		"a", "가", strings.Repeat("가", 65), strings.Repeat("x", 1<<20), "two\nlines", "two\r\nBcc: x", "a\x00b", "a\u202eb", "a\u2066b", "a\u200bb", "\u3164\u3164", "x\u0301\u0301",
		"a\xffb", "see evil.example", "https://evil.example", "www.evil", "a@b", "shop.example", "\u2800\u2800\u2800",
		"kim", "KIM", "Kim Minjun", "kim-minjun", "ｋｉｍ minjun", "+82 10-1234-5678", "821012345678", "kim@customer.example",
	} {
		if err := w.monitor.SetPhrase(ctx, "kim", bad, activity.Client{}); !errors.Is(err, alerts.ErrPhrase) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	if got, err := w.monitor.Phrase(ctx, "kim"); got != "" || err != nil || len(w.events.got) > 0 {
		t.Errorf("kept %q, %v; recorded %v", string(got), err, w.events.got)
	}
	for in, want := range map[string]string{
		"ab": "ab", strings.Repeat("가", 64): strings.Repeat("가", 64), "\u1112\u1161\u11ab글": "한글", "🦊🌙": "🦊🌙",
		"<b>&'\"": "<b>&'\"", "my cat's 3rd nap": "my cat's 3rd nap",
	} {
		w.ok(w.monitor.SetPhrase(ctx, "kim", in, activity.Client{}))
		if got, err := w.monitor.Phrase(ctx, "kim"); err != nil || string(got) != want {
			t.Errorf("%q is kept as %q, %v", in, string(got), err)
		}
	}
	for _, account := range []string{"", "a\x00"} {
		_, err := w.monitor.Phrase(ctx, account)
		if err == nil || w.monitor.SetPhrase(ctx, account, phrase, activity.Client{}) == nil {
			t.Errorf("%q passed", account)
		}
	}
}

// Pitfall 13: a phrase is sealed under its account, moved to another it does not
// open, and a message without it is better than none.
func TestPitfall13PhraseSealed(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.ok(w.monitor.SetPhrase(ctx, "kim", phrase, activity.Client{}))
	w.phrases()
	_, sealed, err := w.store.Preferences(ctx, "kim")
	w.ok(err)
	if len(sealed) == 0 || strings.Contains(string(sealed), "purple") {
		t.Fatalf("kept as %q", sealed)
	}
	w.ok(w.store.PutPhrase(ctx, "eve", sealed, w.now))
	if got, err := w.monitor.Phrase(ctx, "eve"); got != "" || !errors.Is(err, secret.ErrSealed) {
		t.Errorf("another account reads %q, %v", string(got), err)
	}
	w.observe(activity.Event{Account: "eve", Type: activity.PasswordChanged})
	equal(t, "told without", w.phrases(), []string{"password_changed "})

	w.observe(activity.Event{Type: activity.PasswordChanged})
	w.ok(w.monitor.SendCode(ctx, alerts.RecoveryCode, "kim", nil, "83019274", w.now.Add(time.Minute)))
	rows, err := w.store.MemoryStore.Lease(ctx, "", "t", w.now.Add(time.Minute), w.now, 10)
	w.ok(err)
	for _, row := range rows {
		if strings.Contains(string(row.Payload), "purple") {
			t.Errorf("it waits in clear: %s", row.Payload)
		}
	}
	data, err := json.Marshal(alerts.Alert{Phrase: phrase})
	w.ok(err)
	if out := fmt.Sprintf("%s %v %+v %#v", data, alerts.Alert{Phrase: phrase}, alerts.Message{Phrase: phrase}, alerts.CodeMessage{Phrase: phrase}); strings.Contains(out, "purple") {
		t.Errorf("printed: %s", out)
	}
	if logs := w.logs.String(); strings.Contains(logs, "purple") || !strings.Contains(logs, "does not open") {
		t.Errorf("logged: %s", logs)
	}
}

// An earlier address may have been an intruder's: the phrase that the owner chose
// since is neither sent there nor sealed for it, and is left out of a row of before.
func TestNoPhraseAtAnEarlierAddress(t *testing.T) {
	w := newWorld(t)
	key := secrettest.AEAD()
	w.monitorUnder(key)
	ctx := t.Context()
	w.ok(w.monitor.ContactChanged(ctx, "kim", "intruder@customer.example"))
	w.ok(w.monitor.SetPhrase(ctx, "kim", phrase, activity.Client{}))
	w.observe(activity.Event{Type: activity.PasswordChanged})
	rows, err := w.store.MemoryStore.Lease(ctx, "email", "t", w.now, w.now, 10)
	w.ok(err)
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	before := alerts.Delivery{ID: "before", Account: "kim", Channel: "email", Kind: alerts.PasswordChanged, Dedupe: "before", State: alerts.Pending, CreatedAt: w.now, DueAt: w.now}
	for _, row := range rows {
		var e map[string]any
		w.ok(json.Unmarshal(row.Payload, &e))
		if (e["sealed_to"] == nil) != (e["sealed_phrase"] != nil) {
			t.Errorf("waits as %s", row.Payload)
		}
	}
	seal := func(what, text string) []byte {
		sealed, err := secret.Seal(key, secret.At(what, "kim", before.ID), []byte(text))
		w.ok(err)
		return sealed
	}
	before.Payload, err = json.Marshal(map[string]any{
		"account": "kim", "kind": alerts.PasswordChanged, "at": w.now, "client": activity.Client{},
		"sealed_to": seal("alerts.to", "intruder@customer.example"), "sealed_phrase": seal("alerts.phrase", phrase),
	})
	w.ok(err)
	_, err = w.store.MemoryStore.Enqueue(ctx, []alerts.Delivery{before})
	w.ok(err)
	w.deliver()
	there := 0
	for _, m := range w.mail.got {
		if m.Earlier != (m.Recipient.Email == "intruder@customer.example") || m.Earlier == (m.Phrase != "") || m.Phrase != m.Alert.Phrase {
			t.Errorf("to %s, earlier %v: %q", m.Recipient.Email, m.Earlier, string(m.Phrase))
		}
		if m.Earlier {
			there++
		}
	}
	if there != 2 || len(w.mail.got) != 3 {
		t.Errorf("%d of %d mails went to the earlier address", there, len(w.mail.got))
	}
}

// After a rotation and a reseal the old key is not needed; erasure leaves nothing.
func TestResealPhrases(t *testing.T) {
	old, fresh := secrettest.AEAD(), secrettest.AEAD()
	w := newContactWorld(t, old)
	ctx := t.Context()
	for _, account := range []string{"kim", "lee"} {
		w.ok(w.monitor.SetPhrase(ctx, account, phrase+account, activity.Client{}))
	}
	w.monitorUnder(keyring{fresh, old})
	w.ok(w.monitor.ResealPhrases(ctx))
	w.monitorUnder(fresh)
	for _, account := range []string{"kim", "lee"} {
		if got, err := w.monitor.Phrase(ctx, account); err != nil || string(got) != phrase+account {
			t.Errorf("%s has %q, %v", account, string(got), err)
		}
	}
	w.ok(w.monitor.DeleteAccount(ctx, "kim"))
	if got, err := w.monitor.Phrase(ctx, "kim"); err != nil || got != "" {
		t.Errorf("left %q, %v", string(got), err)
	}
	w.monitorUnder(secrettest.AEAD())
	if err := w.monitor.ResealPhrases(ctx); err == nil {
		t.Error("resealed under a foreign key")
	}
	bare, err := alerts.New(w.store, alerts.Config{Queue: w.dispatcher})
	w.ok(err)
	if err := bare.SetPhrase(ctx, "kim", phrase, activity.Client{}); err == nil {
		t.Error("kept without a key")
	}
}

// Pitfall 9: a code costs the same store calls for every account, and an alert
// reads preferences and phrase by one.
func TestPitfall09CodesCostTheSame(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.ok(w.monitor.SetPhrase(ctx, "kim", phrase, activity.Client{}))
	w.store.take()
	for _, account := range []string{"kim", "lee", "~shadow"} {
		w.ok(w.monitor.SendCode(ctx, alerts.RecoveryCode, account, nil, "83019274", w.now.Add(time.Minute)))
		equal(t, account, w.store.take(), []string{"Preferences", "Enqueue 1"})
	}
	w.observe(activity.Event{Type: activity.DeviceTrusted})
	equal(t, "an alert", w.store.take(), []string{"Preferences", "Enqueue 2"})
	w.want(w.monitor.SendCode(ctx, alerts.RecoveryCode, "a\x00", nil, "83019274", w.now.Add(time.Minute)), alerts.ErrAttempt)
	w.want(w.monitor.SendCode(ctx, alerts.PasswordChanged, "kim", nil, "83019274", w.now.Add(time.Minute)), alerts.ErrAttempt)
	w.want(w.monitor.SendCode(ctx, alerts.RecoveryCode, "kim", []string{"pigeon"}, "83019274", w.now.Add(time.Minute)), alerts.ErrNoChannel)
}

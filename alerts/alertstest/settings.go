package alertstest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/racing"
)

func settingsAre(t *testing.T, s alerts.Store, account, wantData, wantPhrase string) {
	t.Helper()
	data, phrase, err := s.Preferences(t.Context(), account)
	ok(t, err)
	if string(data) != wantData || string(phrase) != wantPhrase || (data == nil) != (wantData == "") || (phrase == nil) != (wantPhrase == "") {
		t.Errorf("%s has %q and %q, want %q and %q", account, data, phrase, wantData, wantPhrase)
	}
}

// preferences: put and swapped, beside a phrase, which stays.
func preferences(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	settingsAre(t, s, "kim", "", "")
	for _, want := range []string{"first", "second 😀"} {
		ok(t, s.PutPreferences(ctx, "kim", []byte(want), T0))
		settingsAre(t, s, "kim", want, "")
	}
	ok(t, s.PutPhrase(ctx, "kim", []byte{'p', 0, 255}, T0))
	settingsAre(t, s, "kim", "second 😀", "p\x00\xff")
	ok(t, s.PutPhrase(ctx, "lee", []byte("alone"), T0))
	settingsAre(t, s, "lee", "", "alone")
	for i, step := range []struct {
		account, old, data string
		want               bool
		now                string
	}{
		{"kim", "", "x", false, "second 😀"}, {"kim", "first", "x", false, "second 😀"}, {"kim", "second 😀", "third", true, "third"},
		{"kim", "second 😀", "x", false, "third"}, {"lee", "x", "y", false, ""}, {"lee", "", "first", true, "first"}, {"lee", "", "second", false, "first"},
		{"oh", "x", "y", false, ""}, {"oh", "", "first", true, "first"},
	} {
		var old []byte
		if step.old != "" {
			old = []byte(step.old)
		}
		won, err := s.SwapPreferences(ctx, step.account, old, []byte(step.data), T0)
		ok(t, err)
		data, _, err := s.Preferences(ctx, step.account)
		ok(t, err)
		if won != step.want || string(data) != step.now {
			t.Errorf("step %d: %v, now %q", i, won, data)
		}
	}
	settingsAre(t, s, "lee", "first", "alone")
	ok(t, s.PutPreferences(ctx, "lee", []byte("put"), T0))
	settingsAre(t, s, "lee", "put", "alone")
	ok(t, s.PutPhrase(ctx, "lee", nil, T0))
	settingsAre(t, s, "lee", "put", "")
}

// preferencesRace: of 64 who read the same, one wins; first when there is
// nothing, then when there is something.
func preferencesRace(t *testing.T, s alerts.Store) {
	for _, old := range [][]byte{nil, []byte("old")} {
		if old != nil {
			ok(t, s.PutPreferences(t.Context(), "kim", old, T0))
		}
		wins := racing.Wins(t, func(i int) (bool, error) {
			return s.SwapPreferences(t.Context(), "kim", old, fmt.Appendf(nil, "racer %d", i), T0)
		})
		if wins != 1 {
			t.Errorf("%d of 64 swapped %q", wins, old)
		}
	}
}

// phrases: each account's own, walked once, swapped if nobody was faster.
func phrases(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	for _, account := range []string{"kim", "lee", "oh", "김"} {
		ok(t, s.PutPhrase(ctx, account, []byte("of "+account), T0))
	}
	ok(t, s.PutPhrase(ctx, "lee", nil, T0)) // removed: no part of the walk
	ok(t, s.PutPreferences(ctx, "park", []byte("none"), T0))
	seen := map[string]bool{}
	for at := ""; len(seen) < 9; {
		account, sealed, found, err := s.NextPhrase(ctx, at)
		ok(t, err)
		if !found {
			break
		}
		if seen[account] || string(sealed) != "of "+account {
			t.Errorf("%q has %q, seen %v", account, sealed, seen)
		}
		seen[account], at = true, account
		for i, want := range []bool{true, false} { // the second time it is no longer what was read
			won, err := s.SwapPhrase(ctx, account, sealed, []byte("again"))
			if err != nil || won != want {
				t.Errorf("swap %d of %q: %v, %v", i, account, won, err)
			}
		}
		settingsAre(t, s, account, "", "again")
	}
	if len(seen) != 3 || !seen["kim"] || !seen["oh"] || !seen["김"] {
		t.Errorf("walked %v", seen)
	}
	for _, account := range []string{"lee", "park", "absent"} {
		if won, err := s.SwapPhrase(ctx, account, []byte("x"), []byte("y")); won || err != nil {
			t.Errorf("swapped an absent one of %q: %v, %v", account, won, err)
		}
	}
}

// answers: spent once an account and key, and not when they have expired.
func answers(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	expires := T0.Add(time.Hour)
	for i, step := range []struct {
		account, key string
		now          time.Time
		want         bool
	}{
		{"kim", "mine|a 😀", expires, false}, {"kim", "mine|a 😀", expires.Add(time.Microsecond), false},
		{"kim", "mine|a 😀", expires.Add(-time.Microsecond), true}, {"kim", "mine|a 😀", T0, false},
		{"kim", "not_mine|a 😀", T0, true}, {"lee", "mine|a 😀", T0, true}, {"kim", "mine|A 😀", T0, true},
	} {
		won, err := s.SpendAnswer(ctx, step.account, step.key, expires, step.now)
		if err != nil || won != step.want {
			t.Errorf("step %d: %v, %v", i, won, err)
		}
	}
	for i, step := range []struct {
		before time.Time
		max    int
		want   int64
	}{{expires, 9, 0}, {expires.Add(time.Microsecond), 3, 3}, {expires.Add(time.Microsecond), 3, 1}} {
		if n, err := s.Purge(ctx, alerts.Horizon{Answers: step.before}, step.max); err != nil || n != step.want {
			t.Errorf("purge %d: %d, %v", i, n, err)
		}
	}
}

// answersRace: of 64 who answer, one is first.
func answersRace(t *testing.T, s alerts.Store) {
	wins := racing.Wins(t, func(int) (bool, error) { return s.SpendAnswer(t.Context(), "kim", "mine|a", T0.Add(time.Hour), T0) })
	if wins != 1 {
		t.Errorf("%d of 64 spent one answer", wins)
	}
}

// settingsErased: of a deleted account nothing is left, of others everything;
// what is given out is nobody's memory.
func settingsErased(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	phrase := []byte("phrase")
	for _, account := range []string{"kim", "lee"} {
		ok(t, s.PutPhrase(ctx, account, phrase, T0))
		_, err := s.SpendAnswer(ctx, account, "mine|a", T0.Add(time.Hour), T0)
		ok(t, err)
	}
	copy(phrase, "other!")
	_, got, err := s.Preferences(ctx, "lee")
	ok(t, err)
	copy(got, "theirs")
	if _, got, err = s.Preferences(ctx, "lee"); err != nil || !bytes.Equal(got, []byte("phrase")) {
		t.Errorf("the phrase became %q, %v", got, err)
	}
	ok(t, s.DeleteAccount(ctx, "kim"))
	settingsAre(t, s, "kim", "", "")
	settingsAre(t, s, "lee", "", "phrase")
	for account, want := range map[string]bool{"kim": true, "lee": false} {
		if won, err := s.SpendAnswer(ctx, account, "mine|a", T0.Add(time.Hour), T0); err != nil || won != want {
			t.Errorf("the answer of %s is free: %v, %v", account, won, err)
		}
	}
}

package activity_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

func list(t testing.TB, l *activity.Log, account string, f activity.Filter, after string) (activity.Listing, error) {
	t.Helper()
	return l.List(t.Context(), account, account, f, activity.Page{After: after, Limit: 2})
}

// cursorLog has five events each of two accounts, and gives kim's first cursor.
func cursorLog(t testing.TB, f activity.Filter) (*activity.Log, string) {
	t.Helper()
	return cursorLogKeyed(t, f, key)
}

func cursorLogKeyed(t testing.TB, f activity.Filter, key []byte) (*activity.Log, string) {
	t.Helper()
	l := newLog(t, func(c *activity.Config) { c.CursorKey = key })
	for i := range 5 {
		for _, account := range []string{"kim", "lee"} {
			e := event(account)
			e.At = t0.Add(-time.Duration(i) * time.Hour)
			record(t, l, e)
		}
	}
	got, err := list(t, l, "kim", f, "")
	if err != nil || got.Next == "" {
		t.Fatalf("%v, %v", got, err)
	}
	return l, got.Next
}

func TestCursorIsBoundToAccountFilterAndKey(t *testing.T) {
	f := activity.Filter{Types: []activity.Type{activity.SignInSucceeded, activity.SignedOut}, From: t0.Add(-24 * time.Hour)}
	l, cursor := cursorLog(t, f)
	same := f
	same.Types = []activity.Type{activity.SignedOut, activity.SignInSucceeded, activity.SignedOut}
	same.From = f.From.In(time.FixedZone("KST", 9*3600))
	if got, err := list(t, l, "kim", same, cursor); err != nil || len(got.Events) != 2 {
		t.Errorf("the same filter, said otherwise: %v, %v", got, err)
	}
	for name, other := range map[string]activity.Filter{
		"none":      {},
		"from":      {Types: f.Types, From: f.From.Add(time.Microsecond)},
		"to":        {Types: f.Types, From: f.From, To: t0.Add(time.Hour)},
		"types":     {Types: f.Types[:1], From: f.From},
		"outcomes":  {Types: f.Types, From: f.From, Outcomes: []activity.Outcome{activity.OutcomeSuccess}},
		"countries": {Types: f.Types, From: f.From, Countries: []string{"KR"}},
		"device":    {Types: f.Types, From: f.From, Device: "x"},
	} {
		if _, err := list(t, l, "kim", other, cursor); !errors.Is(err, activity.ErrBadCursor) {
			t.Errorf("another filter (%s): %v", name, err)
		}
	}
	if _, err := list(t, l, "lee", f, cursor); !errors.Is(err, activity.ErrBadCursor) {
		t.Errorf("another account: %v", err)
	}
	stranger := newLog(t, func(c *activity.Config) { c.CursorKey = bytes.Repeat([]byte{2}, 32) })
	if _, err := list(t, stranger, "kim", f, cursor); !errors.Is(err, activity.ErrBadCursor) {
		t.Errorf("another key: %v", err)
	}
	sibling := newLog(t, nil)
	if _, err := list(t, sibling, "kim", f, cursor); err != nil {
		t.Errorf("another instance with the same key: %v", err)
	}
}

func TestForgedCursors(t *testing.T) {
	l, cursor := cursorLog(t, activity.Filter{})
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{"x", "\x00", cursor + "A", cursor[1:], cursor + "=", "\n" + cursor[1:], strings.Repeat("A", len(cursor)), strings.Repeat("A", 1<<20)}
	for i := range raw {
		forged := slices.Clone(raw)
		forged[i] ^= 1
		bad = append(bad, base64.RawURLEncoding.EncodeToString(forged))
	}
	for _, c := range bad {
		if got, err := list(t, l, "kim", activity.Filter{}, c); !errors.Is(err, activity.ErrBadCursor) || len(got.Events) != 0 {
			t.Errorf("%.80q: %v, %v", c, got, err)
		}
	}
}

func TestIDs(t *testing.T) {
	var ids []string
	times := []time.Time{time.UnixMicro(1), time.Date(1999, 12, 31, 23, 59, 59, 999999000, time.UTC), t0, t0.Add(time.Microsecond), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, at := range times {
		id := activity.NewID(at)
		if got, err := activity.IDTime(id); err != nil || !got.Equal(at.Truncate(time.Microsecond)) {
			t.Errorf("%v: %v, %v", at, got, err)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) {
		t.Errorf("ids do not sort by time: %v", ids)
	}
	if first, second := activity.NewID(t0), activity.NewID(t0); first == second {
		t.Error("two ids are the same")
	}
	for _, at := range []time.Time{{}, time.Unix(-1<<60, 0), time.Unix(1<<60, 0)} {
		if _, err := activity.IDTime(activity.NewID(at)); err != nil {
			t.Errorf("%v: %v", at, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	key := make([]byte, 32) // of this process: a cursor of another fuzzing worker is a forgery
	rand.Read(key)          //nolint:errcheck // never fails
	l, cursor := cursorLogKeyed(f, activity.Filter{}, key)
	f.Add(cursor)
	f.Add("")
	f.Add(strings.Repeat("A", len(cursor)))
	f.Fuzz(func(t *testing.T, after string) {
		got, err := list(t, l, "kim", activity.Filter{}, after)
		if after != "" && after != cursor && (!errors.Is(err, activity.ErrBadCursor) || len(got.Events) != 0) {
			t.Fatalf("%q was accepted: %v, %v", after, got, err)
		}
	})
}

func FuzzIDTime(f *testing.F) {
	f.Add(activity.NewID(t0))
	f.Add("vvvvvvvvvvvvvvvvvvvvvvvvvv")
	f.Fuzz(func(t *testing.T, id string) {
		at, err := activity.IDTime(id)
		if err == nil && (len(id) != 26 || at.Year() < 1970 || at.Year() > 3000) {
			t.Fatalf("%q gives %v", id, at)
		}
	})
}

package alerts_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

// The profile stays bounded; what was used last is kept.
func TestProfileForgetsTheOldest(t *testing.T) {
	w := newWorld(t)
	for i := range 200 {
		w.now = w.now.Add(time.Hour)
		a := w.attempt(strings.Repeat("d", 200)+string(rune('가'+i)), string(rune('A'+i%26))+string(rune('A'+i/26)))
		w.ok(w.monitor.Learn(t.Context(), a))
		data, _, err := w.store.MemoryStore.Profile(t.Context(), "kim")
		w.ok(err)
		if len(data) > alerts.MaxProfile {
			t.Fatalf("%d bytes after %d sign-ins", len(data), i+1)
		}
	}
	for i, want := range map[int]bool{199: true, 180: true, 0: false, 100: false} {
		known, err := w.monitor.KnownDevice(t.Context(), "kim", strings.Repeat("d", 200)+string(rune('가'+i)))
		w.ok(err)
		if known != want {
			t.Errorf("device %d is known: %v", i, known)
		}
	}
	// A clock that jumped back must not make the sign-in itself forgotten.
	w.now = t0.Add(-1000 * time.Hour)
	w.ok(w.monitor.Learn(t.Context(), w.attempt("late", "KR")))
	if known, err := w.monitor.KnownDevice(t.Context(), "kim", "late"); err != nil || !known {
		t.Errorf("the device of the last sign-in is known: %v, %v", known, err)
	}
}

// FuzzProfile: whatever is stored as a profile, nothing panics, nothing makes a
// device known, and what is learned on top of it is bounded and kept.
func FuzzProfile(f *testing.F) {
	for _, s := range []string{
		"", "{}", "null", "[]", `{"v":1,"n":5,"t":1}`, `{"v":2,"n":5,"t":1,"d":[]}`, `{"v":1,"n":-1}`, `{"v":1,"n":9,"d":[{"k":"","t":0}]}`,
		`{"v":1,"n":9,"c":[{"k":"kr","t":0}]}`, `{"v":1,"n":1}{}`, `{"v":1,"n":9223372036854775807,"t":9223372036854775807}`, "\x00\xff", strings.Repeat("[", 5000),
	} {
		f.Add([]byte(s), "device")
	}
	f.Fuzz(func(t *testing.T, data []byte, device string) {
		w := newWorld(t)
		if won, err := w.store.MemoryStore.PutProfile(t.Context(), "kim", data, 0, t0); !won || err != nil {
			t.Fatal(won, err)
		}
		known, err := w.monitor.KnownDevice(t.Context(), "kim", device)
		w.ok(err)
		if known {
			t.Fatalf("%q makes %q known", data, device)
		}
		got, err := w.monitor.Assess(t.Context(), w.attempt(device, "KR"))
		w.ok(err)
		if !(got.Score >= -100 && got.Score <= 100) {
			t.Fatalf("score %v", got.Score)
		}
		w.ok(w.monitor.Learn(t.Context(), w.attempt("learned", "KR")))
		if known, err = w.monitor.KnownDevice(t.Context(), "kim", "learned"); err != nil || !known {
			t.Fatalf("over %q the device was not learned: %v", data, err)
		}
		out, _, err := w.store.MemoryStore.Profile(t.Context(), "kim")
		w.ok(err)
		if len(out) > alerts.MaxProfile {
			t.Fatalf("%d bytes", len(out))
		}
	})
}

// version1 is a profile as version 1 stored it: the device "home", and Korea.
const version1 = `{"v":1,"n":9,"t":1795410300,"d":[{"k":"TqFAWOCGdaeXKWlTNfhF9RDTwa6CMPbQ3hZG67L6FZo","t":1795410300}],"c":[{"k":"KR","t":1795410300}]}`

// What version 1 knew is still known, and survives what is learned on top.
func TestProfileOfVersion1(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	won, err := w.store.MemoryStore.PutProfile(ctx, "kim", []byte(strings.Replace(version1, "TqFAWOCGdaeXKWlTNfhF9RDTwa6CMPbQ3hZG67L6FZo", deviceKey("home"), 1)), 0, w.now)
	w.ok(err)
	if !won {
		t.Fatal("not stored")
	}
	check := func(when string) {
		t.Helper()
		for device, want := range map[string]bool{"home": true, "other": false} {
			if known, err := w.monitor.KnownDevice(ctx, "kim", device); err != nil || known != want {
				t.Errorf("%s: %q is known: %v, %v", when, device, known, err)
			}
		}
		if got, err := w.monitor.Assess(ctx, w.attempt("home", "KR")); err != nil || keys(got) != "" || got.Level != alerts.LevelLow {
			t.Errorf("%s: the owner is %v: %q, %v", when, got.Level, keys(got), err)
		}
		if got, err := w.monitor.Assess(ctx, w.attempt("new", "US")); err != nil || got.Level < alerts.LevelNotice || !strings.Contains(keys(got), "new_country") {
			t.Errorf("%s: a stranger is %v: %q, %v", when, got.Level, keys(got), err)
		}
		if got, err := w.monitor.Assess(ctx, w.attempt("new", "KR")); err != nil || strings.Contains(keys(got), "new_country") {
			t.Errorf("%s: Korea is new: %q, %v", when, keys(got), err)
		}
	}
	check("as stored")
	w.ok(w.monitor.Learn(ctx, w.attempt("home", "KR")))
	check("learned on")
	data, _, err := w.store.MemoryStore.Profile(ctx, "kim")
	w.ok(err)
	if data[0] == '{' {
		t.Error("still stored as version 1")
	}
}

func deviceKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// A profile that no version wrote is no knowledge, however alike it looks.
func TestProfileOfAnotherVersion(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	data, version, err := w.store.MemoryStore.Profile(t.Context(), "kim")
	w.ok(err)
	good := strings.Replace(version1, "TqFAWOCGdaeXKWlTNfhF9RDTwa6CMPbQ3hZG67L6FZo", deviceKey("home"), 1)
	for i, other := range []string{
		strings.Replace(good, `"v":1`, `"v":2`, 1), strings.Replace(good, `"v":1`, `"v":1,"trusted":true`, 1), good + "{}",
		string(data) + "x", string(data[:len(data)-1]), "\x01" + string(data[1:]), strings.Replace(string(data), "\x00", "\x01", 1),
	} {
		won, err := w.store.MemoryStore.PutProfile(t.Context(), "kim", []byte(other), version+int64(i), w.now)
		w.ok(err)
		if known, err := w.monitor.KnownDevice(t.Context(), "kim", "home"); !won || err != nil || known {
			t.Errorf("%q makes the device known: %v, %v", other, known, err)
		}
	}
}

// A profile that everybody keeps changing is an error, not a loop.
func TestLearnGivesUp(t *testing.T) {
	w := newWorld(t)
	m, err := alerts.New(losing{w.store.MemoryStore}, alerts.Config{Queue: w.dispatcher, Now: w.clock})
	w.ok(err)
	w.want(m.Learn(t.Context(), w.attempt("d", "KR")), alerts.ErrConflict)
}

type losing struct{ *alerts.MemoryStore }

func (losing) PutProfile(context.Context, string, []byte, int64, time.Time) (bool, error) {
	return false, nil
}

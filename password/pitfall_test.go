package password_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/password"
)

// Pitfall 2: guesses are counted before they are judged, whatever becomes of
// them, and from wherever they come.
func TestPitfall02GuessesAreLimited(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	judged := 0
	for i := range 1000 { // each from a network of its own
		_, err := w.Verify(t.Context(), "kim", fmt.Sprint("guess number ", i), host(i), false)
		var throttled *password.ThrottledError
		switch {
		case errors.Is(err, password.ErrMismatch):
			judged++
		case !errors.As(err, &throttled) || throttled.RetryAfter <= 0:
			t.Fatal(err)
		}
	}
	if judged != 10 {
		t.Errorf("%d guesses were judged at once, want 10", judged)
	}
	day := w.now.Add(24 * time.Hour)
	for i := 0; w.now.Before(day); i++ {
		if _, err := w.Verify(t.Context(), "kim", "a guess", host(i), false); errors.Is(err, password.ErrMismatch) {
			judged++
		}
		w.now = w.now.Add(time.Minute)
	}
	if judged > 120 {
		t.Errorf("%d guesses were judged in a day, want at most 120", judged)
	}
	// The wait ends by itself: the owner's right password is let in.
	w.now = w.now.Add(15 * time.Minute)
	if _, err := w.Verify(t.Context(), "kim", good, home, false); err != nil {
		t.Error(err)
	}
}

// Pitfall 2: changing the password is no second way to guess it.
func TestPitfall02ChangeSharesTheCount(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	for i := range 10 {
		w.want(w.Change(t.Context(), "kim", "a guess", other, password.Person{}, host(i), false), password.ErrMismatch)
	}
	var throttled *password.ThrottledError
	if _, err := w.Verify(t.Context(), "kim", good, abroad, false); !errors.As(err, &throttled) {
		t.Error(err)
	}
	if err := w.Change(t.Context(), "kim", good, other, password.Person{}, abroad, false); !errors.As(err, &throttled) {
		t.Error(err)
	}
}

// Pitfall 7: v4-mapped addresses and the addresses of one /64 share one bucket.
func TestPitfall07KeysAreCanonical(t *testing.T) {
	w := newWorld(t, nil)
	for name, addrs := range map[string]func(i int) netip.Addr{
		"/64":       func(i int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8:1:2::%x", i+1)) },
		"v4-mapped": func(i int) netip.Addr { return netip.MustParseAddr([]string{"192.0.2.99", "::ffff:192.0.2.99"}[i%2]) },
		"no address": func(int) netip.Addr {
			return netip.Addr{}
		},
	} {
		judged := 0
		for i := range 100 { // each against an account of its own
			if _, err := w.Verify(t.Context(), fmt.Sprint(name, i), "a guess", activity.Client{IP: addrs(i)}, false); errors.Is(err, password.ErrMismatch) {
				judged++
			}
		}
		if judged != 30 {
			t.Errorf("%s: %d guesses from one network were judged, want 30", name, judged)
		}
	}
}

// Pitfall 8: an attacked owner gets in from a known device, and a device that
// is only claimed to be known elsewhere gains nothing.
func TestPitfall08AttackedOwnerGetsIn(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	var throttled *password.ThrottledError
	attack := func() {
		for i := range 200 {
			c := host(i)
			c.DeviceID = fmt.Sprint("forged", i)
			w.Verify(t.Context(), "kim", "a guess", c, false) //nolint:errcheck // most are throttled
			c.IP = home.IP                                    // from the owner's own network too
			w.Verify(t.Context(), "kim", "a guess", c, false) //nolint:errcheck
		}
	}
	attack()
	if _, err := w.Verify(t.Context(), "kim", good, home, false); !errors.As(err, &throttled) {
		t.Fatal("a stranger is let through:", err)
	}
	for range 50 {
		if _, err := w.Verify(t.Context(), "kim", good, home, true); err != nil {
			t.Fatal("the owner is locked out:", err)
		}
	}
	if _, err := w.Verify(t.Context(), "kim", good, abroad, false); !errors.As(err, &throttled) {
		t.Error("the owner's success opened the account's bucket to strangers:", err)
	}
	// A known device is no licence to guess, and "known" without a device is nothing.
	judged := 0
	for range 100 {
		if _, err := w.Verify(t.Context(), "kim", "a guess", home, true); errors.Is(err, password.ErrMismatch) {
			judged++
		}
	}
	if judged != 10 {
		t.Errorf("a known device had %d guesses, want 10", judged)
	}
	if _, err := w.Verify(t.Context(), "kim", good, abroad, true); !errors.As(err, &throttled) {
		t.Error("an empty device id counts as known:", err)
	}
}

// Pitfall 8: an attacker's success in an account of his own resets nothing
// that protects others.
func TestPitfall08OwnSuccessResetsNothingShared(t *testing.T) {
	w := newWorld(t, nil)
	w.set("mallory", good)
	judged := 0
	for i := range 200 {
		if _, err := w.Verify(t.Context(), fmt.Sprint("victim", i), "a guess", abroad, false); errors.Is(err, password.ErrMismatch) {
			judged++
		}
		w.Verify(t.Context(), "mallory", good, abroad, false) //nolint:errcheck
	}
	if judged > 30 {
		t.Errorf("%d guesses from one network were judged, want at most 30", judged)
	}
	// Nor does an account of nearly the victim's id, or its erasure.
	w.set("kim", good)
	for _, own := range []string{"KIM", "ｋｉｍ", "kim "} {
		w.now = w.now.Add(25 * time.Hour)
		judged = 0
		for i := range 200 {
			c := host(i % 20)
			if _, err := w.Verify(t.Context(), "kim", "a guess", c, false); errors.Is(err, password.ErrMismatch) {
				judged++
			}
			w.set(own, fmt.Sprint(good, i))
			if _, err := w.Verify(t.Context(), own, fmt.Sprint(good, i), c, false); err != nil {
				t.Fatalf("%q is kept out by guesses at another account: %v", own, err)
			}
			if i%2 == 0 {
				w.ok(w.DeleteAccount(t.Context(), own))
			}
		}
		if judged != 10 {
			t.Errorf("%q: %d guesses at kim were judged, want 10", own, judged)
		}
	}
}

// Pitfall 9: the same error, store calls and number of hashes for an unknown
// account, a known one, and texts that can be no password; none while throttled.
func TestPitfall09SameWork(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	want := "1 [Count net Count net Count account Get]"
	for i, c := range []struct{ account, password string }{{"kim", other}, {"nobody", other}, {"~shadow", good}, {"kim", "\xff"}, {"nobody", ""}, {"kim", strings.Repeat("x", 1<<20)}} {
		work, err := w.verify(c.account, c.password, host(i), false)
		if work != want || !errors.Is(err, password.ErrMismatch) || err.Error() != password.ErrMismatch.Error() {
			t.Errorf("%s: %s, %v; want %s", c.account, work, err, want)
		}
	}
	if work, err := w.verify("kim", good, abroad, false); work != want || err != nil {
		t.Errorf("right: %s, %v", work, err)
	}
	for _, account := range []string{"kim", "nobody"} {
		for i := range 20 {
			w.verify(account, other, host(100+i), false) //nolint:errcheck
		}
		var throttled *password.ThrottledError
		if work, err := w.verify(account, good, host(200), false); !errors.As(err, &throttled) || work != "0 [Count net Count net Count account]" {
			t.Errorf("throttled %s: %s, %v", account, work, err)
		}
	}
}

// Pitfall 13 and 15: neither the store nor the log nor an error holds a
// password; the log holds no hash either.
func TestPitfall15NoPasswordInLogsOrErrors(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	rec, err := w.store.Get(t.Context(), "kim")
	w.ok(err)
	p, err := w.Prepare(t.Context(), "kim", other, password.Person{})
	w.ok(err)
	w.broken = errors.New("the log is full")
	var said []string
	say := func(v any) { said = append(said, fmt.Sprintf("%v %+v %#v %s", v, v, v, v)) }
	say(rec)
	say(p)
	for i := range 15 {
		_, err := w.Verify(t.Context(), "kim", "zebra-secret-guess", host(i), false)
		say(err)
		say(w.Change(t.Context(), "kim", good, "zebra", password.Person{}, host(i+100), false))
		say(w.Set(t.Context(), "kim", other, password.Person{}, home))
	}
	raised, err := password.New(w.store, password.Config{Hasher: busyHasher{newHasher(t, password.Argon2idConfig{MemoryKiB: 128, Time: 1})}, Recorder: w})
	w.ok(err)
	_, err = raised.Verify(t.Context(), "lee", good, abroad, false)
	say(err)
	all := strings.Join(said, "\n") + w.logs.String()
	for _, secret := range []string{good, other, "zebra", rec.Hash, rec.Hash[40:], "$argon2id"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is said:\n%s", secret, all)
		}
	}
}

// An attempt that was never judged is not held against the owner.
func TestBusyIsNotCounted(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	busy, err := password.New(w.store, password.Config{Hasher: busyHasher{newHasher(t, cheapConfig)}, Recorder: w, Now: func() time.Time { return w.now }})
	w.ok(err)
	for range 100 {
		_, err := busy.Verify(t.Context(), "kim", good, abroad, false)
		w.want(err, password.ErrBusy)
	}
	_, err = w.Verify(t.Context(), "kim", good, abroad, false)
	w.ok(err)
	w.now = w.now.Add(25 * time.Hour)
	if n, err := w.Purge(t.Context()); n != 1 || err != nil { // the network's, of which all was refunded
		t.Errorf("purged %d, %v", n, err)
	}
}

// Pitfall 2: a guess in letters whose form is changed, for a hash that another
// system may have made, is compared twice. Leaving between the two takes back
// nothing: the first was a guess.
func TestPitfall02LeavingBetweenTwoHashes(t *testing.T) {
	w := newWorld(t, func(cfg *password.Config) { cfg.Hasher = newImporting(t, password.ImportingConfig{}) })
	w.set("kim", good)
	const guess = "ａ ｇｕｅｓｓ"
	whole := &cutContext{Context: t.Context(), left: 1 << 30}
	_, err := w.Verify(whole, "nobody", guess, abroad, false)
	w.want(err, password.ErrMismatch)
	judged := 0
	for i := range 100 {
		// The last look at the context is before the second hash.
		ctx := &cutContext{Context: t.Context(), left: 1<<30 - whole.left - 1}
		var throttled *password.ThrottledError
		if _, err := w.Verify(ctx, "kim", guess, host(i), false); errors.Is(err, context.Canceled) {
			judged++
		} else if !errors.As(err, &throttled) {
			t.Fatal(err)
		}
	}
	if judged != 10 {
		t.Errorf("%d guesses were judged, want 10", judged)
	}
}

// cutContext is canceled after it was looked at so many times.
type cutContext struct {
	context.Context
	left int
}

func (c *cutContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

type busyHasher struct{ *password.Argon2id }

func (busyHasher) Verify(context.Context, string, string) (ok, upgrade bool, err error) {
	return false, false, password.ErrBusy
}

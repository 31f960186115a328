package recovery_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/recovery"
)

// guess begins and guesses as long as the manager lets the stranger, and says
// how many codes were judged.
func (w *world) guess(ticket string, c activity.Client) (token string, judged int) {
	w.Helper()
	var throttled *recovery.ThrottledError
	for token = ticket; ; {
		_, err := w.ProveChannel(w.Context(), token, "x", c)
		switch {
		case errors.Is(err, recovery.ErrWrongCode):
			judged++
		case errors.As(err, &throttled):
			return token, judged
		case !errors.Is(err, recovery.ErrBadTicket):
			w.Fatal(err)
		default:
			if token, err = w.Begin(w.Context(), "kim", "", c, false); errors.As(err, &throttled) {
				return "", judged
			} else if err != nil {
				w.Fatal(err)
			}
		}
	}
}

// Pitfall 8: whoever has one network, an IPv6 one with 65,536 households too,
// and no mailbox, does not keep the owner out, who is elsewhere and has no known
// device, however long it goes on.
func TestPitfall08OneNetworkDoesNotStopTheOwner(t *testing.T) {
	for name, from := range map[string]func(i int) netip.Addr{
		"one address": func(int) netip.Addr { return netip.MustParseAddr("198.51.100.7") },
		"a /24":       func(i int) netip.Addr { return netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}) },
		"a /48": func(i int) netip.Addr {
			return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, 1, byte(i >> 8), byte(i), 15: 1})
		},
		"no address": func(int) netip.Addr { return netip.Addr{} },
	} {
		for minutes := 5; minutes < 12*24*60; minutes += max(5, minutes/8) {
			t.Run(fmt.Sprint(name, ", ", minutes, " minutes"), func(t *testing.T) {
				w := newWorld(t)
				w.set("kim")
				token := ""
				for i := range minutes / 5 {
					w.now = w.now.Add(5 * time.Minute)
					token, _ = w.guess(token, activity.Client{IP: from(i), UserAgent: "stranger"})
				}
				w.proved("kim")
			})
		}
	}
}

// Pitfall 8: one network does not use up everybody's starts either.
func TestPitfall08OneNetworkDoesNotSlowAll(t *testing.T) {
	w := newWorld(t)
	w.config.StartsPerHour = 50
	m, err := recovery.New(w.store, w.config)
	w.ok(err)
	var throttled *recovery.ThrottledError
	begun := 0
	for i := range 200 {
		c := activity.Client{IP: netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, 1, byte(i >> 8), byte(i), 15: 1})}
		_, err := m.Begin(t.Context(), fmt.Sprint("~name", i), "", c, false)
		if err != nil && !errors.As(err, &throttled) {
			t.Fatal(err)
		}
		if err == nil {
			begun++
		}
	}
	if begun != 10 || throttled.RetryAfter > time.Minute {
		t.Errorf("%d began from one /48, want 10; wait %v", begun, throttled.RetryAfter)
	}
	for i := range 40 {
		if _, err := m.Begin(t.Context(), fmt.Sprint("~other", i), "", network(i), false); err != nil {
			t.Fatalf("start %d from elsewhere: %v", i, err)
		}
	}
}

// Pitfall 2: the chance of somebody with all networks of the world to guess a
// code, and the number of messages that one account gets for it.
func TestPitfall02CodeOdds(t *testing.T) {
	const codes, target, days = 1e8, 0.0003, 3
	w := newWorld(t)
	w.set("kim")
	start, token, all := w.now.Truncate(24*time.Hour), "", 0
	for day := range days {
		judged, sent := 0, len(w.codes.sent)
		for minute := range 24 * 60 {
			w.now = start.Add(time.Duration(day*24*60+minute) * time.Minute)
			for i, n := 0, 1; n > 0; i++ {
				token, n = w.guess(token, network(minute*10+i))
				judged += n
			}
		}
		sent = len(w.codes.sent) - sent
		t.Logf("day %d: %d codes judged, %d sent", day+1, judged, sent)
		if all += judged; sent > 48 {
			t.Errorf("%d messages a day", sent)
		}
	}
	odds := float64(all) / days * 365 / codes
	t.Logf("guessed within a year that never pauses: %.4f %%, target %.2f %%", 100*odds, 100*target)
	if odds > target || all < 40*days {
		t.Errorf("%d codes in %d days", all, days)
	}
}

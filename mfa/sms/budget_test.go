package sms_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

// only leaves one limit as it is by default and lifts the others.
func only(keep func(lifted *sms.Limits)) func(*sms.Config) {
	return func(c *sms.Config) {
		open(c)
		keep(&c.Limits)
	}
}

// Challenges have the whole of what enrolments have a part of.
func TestChallengesGetMore(t *testing.T) {
	racing.SkipAlone(t)
	for name, c := range map[string]struct {
		keep func(l *sms.Limits)
		want int
	}{
		"network":  {func(l *sms.Limits) { l.Network = sms.Rate{} }, 40},
		"wide":     {func(l *sms.Limits) { l.WideNetwork = sms.Rate{} }, 200},
		"country":  {func(l *sms.Limits) { l.Country = sms.Rate{} }, 500},
		"breaker":  {func(l *sms.Limits) { l.Unverified = sms.Rate{} }, 100},
		"account":  {func(l *sms.Limits) { l.Account = sms.Rate{} }, 5},
		"number":   {func(l *sms.Limits) { l.Number = sms.Rate{} }, 5},
		"all open": {func(*sms.Limits) {}, 520},
	} {
		w := newWorld(t, only(c.keep))
		sent := 0
		for i := range 520 {
			w.now = w.now.Add(time.Second)
			s := mfa.Subject{Account: "kim", FactorID: "f", State: fmt.Appendf(nil, `{"number":"+8210%08d"}`, 20000000+i), Client: from(1), Now: w.now}
			if name == "number" {
				s.Account, s.State = fmt.Sprint("u", i), []byte(`{"number":"+821020000000"}`)
			}
			_, err := w.Challenge(t.Context(), s)
			w.ok(w.Wait(t.Context()))
			if err == nil {
				sent++
			} else if shop := name == "country" || name == "breaker"; w.limited(err).Paused != shop {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if sent != c.want {
			t.Errorf("%s: %d messages, want %d", name, sent, c.want)
		}
	}
}

// burst asks for n enrolments a second apart and counts the messages.
func (w *world) burst(n int, who func(i int) (account, number string, c activity.Client)) (sent int) {
	w.Helper()
	before := w.provider.count()
	for i := range n {
		w.now = w.now.Add(time.Second)
		account, number, client := who(i)
		s := mfa.Subject{Account: account, FactorID: "f", Label: number, Client: client, Now: w.now}
		_, err := w.Enroll(w.Context(), s)
		w.ok(w.Wait(w.Context()))
		if err != nil {
			w.limited(err)
			continue
		}
		sent++
	}
	if got := w.provider.count() - before; got != sent {
		w.Errorf("%d messages for %d answers", got, sent)
	}
	return sent
}

// Pitfalls 7 and 11: each limit holds by itself, whatever else is new.
func TestPitfall11NothingRefills(t *testing.T) {
	ip := func(s string) activity.Client { return activity.Client{IP: netip.MustParseAddr(s)} }
	for _, c := range []struct {
		name string
		keep func(l *sms.Limits)
		who  func(i int) (account, number string, c activity.Client)
		want int
	}{
		{"account, with new numbers, networks and sessions", func(l *sms.Limits) { l.Account = sms.Rate{} },
			func(i int) (string, string, activity.Client) {
				c := from(i)
				c.SessionID, c.DeviceID = fmt.Sprint("s", i), fmt.Sprint("d", i)
				return "kim", phone(i), c
			}, 5},
		{"account, beside one of nearly the same id", func(l *sms.Limits) { l.Account = sms.Rate{} },
			func(i int) (string, string, activity.Client) { return []string{"kim", "KIM"}[i%2], phone(i), from(i) }, 10},
		{"number, with new accounts, networks and spellings", func(l *sms.Limits) { l.Number = sms.Rate{} },
			func(i int) (string, string, activity.Client) {
				return fmt.Sprint("u", i), []string{"010-1234-5678", "+82 10 1234 5678", "01012345678", "+82 (0)10-1234-5678"}[i%4], from(i)
			}, 5},
		{"address, with new accounts and numbers", func(l *sms.Limits) { l.Network = sms.Rate{} },
			func(i int) (string, string, activity.Client) {
				return fmt.Sprint("u", i), phone(i), ip([]string{"192.0.2.1", "::ffff:192.0.2.1"}[i%2])
			}, 10},
		{"no address, with new accounts and numbers", func(l *sms.Limits) { l.Network = sms.Rate{} },
			func(i int) (string, string, activity.Client) { return fmt.Sprint("u", i), phone(i), activity.Client{} }, 10},
		{"/64, with new addresses in it", func(l *sms.Limits) { l.Network = sms.Rate{} },
			func(i int) (string, string, activity.Client) {
				return fmt.Sprint("u", i), phone(i), ip(fmt.Sprintf("2001:db8:1:2:%x::%x", i, i))
			}, 10},
		{"/48, with new /64s in it", func(l *sms.Limits) { l.WideNetwork = sms.Rate{} },
			func(i int) (string, string, activity.Client) {
				return fmt.Sprint("u", i), phone(i), ip(fmt.Sprintf("2001:db8:1:%x::1", i))
			}, 50},
		{"/24, with new addresses in it", func(l *sms.Limits) { l.WideNetwork = sms.Rate{} },
			func(i int) (string, string, activity.Client) {
				return fmt.Sprint("u", i), phone(i), ip(fmt.Sprintf("192.0.2.%d", i))
			}, 50},
		{"country, with everything new", func(l *sms.Limits) { l.Country = sms.Rate{} },
			func(i int) (string, string, activity.Client) { return fmt.Sprint("u", i), phone(i), from(i) }, 250},
		{"breaker, with everything new", func(l *sms.Limits) { l.Unverified = sms.Rate{} },
			func(i int) (string, string, activity.Client) { return fmt.Sprint("u", i), phone(i), from(i) }, 50},
		{"wait, with a new network and session", func(l *sms.Limits) { l.Resend = 0 },
			func(i int) (string, string, activity.Client) { return "kim", phone(1), from(i) }, 1},
	} {
		w := newWorld(t, only(c.keep))
		n := min(c.want+20, 255)
		if c.want > 200 {
			n = c.want + 20
		}
		if c.want == 1 {
			n = 59
		}
		if got := w.burst(n, c.who); got != c.want {
			t.Errorf("%s: %d messages, want %d", c.name, got, c.want)
		}
	}
}

// Spreading over countries gets twice what one of them has.
func TestPitfall11BreakerOfAllCountries(t *testing.T) {
	w := newWorld(t, only(func(l *sms.Limits) { l.Unverified = sms.Rate{} }), func(c *sms.Config) {
		c.Countries = []string{"KR", "US", "JM", "LV", "GB"}
	})
	numbers := []string{"+82 10 2000 %04d", "+1 201 555 %04d", "+1 876 210 %04d", "+371 2123 %04d", "+44 7912 34%04d"}
	n := w.burst(250, func(i int) (string, string, activity.Client) {
		return fmt.Sprint("u", i), fmt.Sprintf(numbers[i%5], 1000+i), from(i)
	})
	if n != 100 || len(w.pauses) != 1 || w.pauses[0].Country != "" || w.pauses[0].Scope != sms.ScopeUnverified {
		t.Errorf("%d messages, want 100; told %+v", n, w.pauses)
	}
}

// Where no cap on cost is configured there is one.
func TestSpendingIsCappedByDefault(t *testing.T) {
	racing.SkipAlone(t)
	for _, price := range []int64{1, 30} {
		w := newWorld(t, open, func(c *sms.Config) {
			c.SpendPerHour, c.SpendPerDay, c.Prices = 0, 0, map[string]int64{"KR": price}
		})
		sent := 0
		for hour := range 6 {
			n := w.burst(501, func(i int) (string, string, activity.Client) {
				return fmt.Sprint("u", i), phone(1000*hour + i), from(i)
			})
			if n > 500 {
				t.Errorf("%d messages an hour, want 500", n)
			}
			sent += n
			w.now = w.now.Add(time.Hour)
		}
		if sent != 2500 {
			t.Errorf("at %d: %d messages a day, want 2500", price, sent)
		}
	}
}

// Hours and days are both bounds.
func TestDaysAreBounded(t *testing.T) {
	w := newWorld(t)
	sent := 0
	for range 24 {
		sent += w.hourOf("kim")
		w.now = w.now.Add(time.Hour)
	}
	if sent != 10 {
		t.Errorf("%d messages a day, want 10", sent)
	}
	w.now = w.now.Add(time.Minute)
	if n := w.hourOf("kim"); n != 5 {
		t.Errorf("%d messages in the next day's first hour, want 5", n)
	}
}

// hourOf asks for as many messages as an account gets at once.
func (w *world) hourOf(account string) (sent int) {
	for i := range 8 {
		s := w.subject(account, "f")
		s.Label, s.Client = phone(i), from(i)
		if _, err := w.Enroll(w.Context(), s); err == nil {
			sent++
		}
	}
	return sent
}

// Pitfalls 8 and 11: whoever enrols a number again and again, from accounts of
// his own, does not keep its owner from signing in.
func TestPitfall08OwnerSignsIn(t *testing.T) {
	w := newWorld(t)
	f := w.enroll("kim", "010-1234-5678")
	n := w.provider.count()
	for i := range 30 {
		s := w.subject(fmt.Sprint("eve", i), "f")
		s.Label, s.Client = "010-1234-5678", from(i)
		_, _ = w.Enroll(t.Context(), s)
	}
	if got := len(w.messages()) - n; got != 4 {
		t.Errorf("the stranger got %d messages to the number, want 4", got)
	}
	code, _ := f.challenge()
	if !f.verify(code) {
		t.Error("the owner was locked out")
	}
}

// Pitfall 3: however often a right code is judged at once, the breaker has its
// credit once.
func TestPitfall03OneCredit(t *testing.T) {
	w := newWorld(t, only(func(l *sms.Limits) { l.Unverified = sms.Rate{} }))
	var answers []mfa.Answer
	for i := range 40 {
		s := w.subject(fmt.Sprint("u", i), "f")
		s.Label, s.Client = phone(i), from(i)
		begun, err := w.Enroll(t.Context(), s)
		w.ok(err)
		s.State = begun.State
		answers = append(answers, mfa.Answer{Subject: s, Response: w.last().code()})
	}
	racing.Go(func(int) {
		if v, err := w.Confirm(t.Context(), answers[0]); err != nil || !v.OK {
			t.Errorf("%v, %v", v, err)
		}
	})
	levels, err := w.store.Levels(t.Context(), []string{"unverified|enrol|KR|h"}, w.now)
	w.ok(err)
	if len(levels) != 1 || levels[0].Used != 36 {
		t.Errorf("got %+v, want 36 used", levels)
	}
}

// Pitfall 3: 64 callers for the last messages of a number.
func TestPitfall03LastMessages(t *testing.T) {
	w := newWorld(t)
	sent := racing.Wins(t, func(i int) (bool, error) {
		s := w.subject(fmt.Sprint("u", i), "f")
		s.Label, s.Client = "010-1234-5678", from(i)
		_, err := w.Enroll(t.Context(), s)
		if limit := new(*sms.LimitError); errors.As(err, limit) || errors.Is(err, sms.ErrBusy) {
			return false, nil
		}
		return err == nil, err
	})
	if n := len(w.messages()); n != 5 || sent != 5 {
		t.Errorf("%d messages for %d answers, want 5", n, sent)
	}
}

// What messages cost is capped: enrolments by half of it, and all of them by
// the whole.
func TestPitfall11Spending(t *testing.T) {
	prices := func(c *sms.Config) {
		open(c)
		c.Countries, c.Prices = []string{"KR", "US", "JM"}, map[string]int64{"KR": 10, "JM": 300}
		c.SpendPerHour, c.SpendPerDay = 6000, 60000
	}
	for _, c := range []struct {
		number string
		want   int
	}{{"010-1234-%04d", 300}, {"+1 876 210 %04d", 5}, {"+1 201 555 %04d", 5}} { // US: not listed, so as dear as the dearest
		w := newWorld(t, prices)
		sent := 0
		for i := range 400 {
			s := w.subject(fmt.Sprint("u", i), "f")
			s.Label, s.Client = fmt.Sprintf(c.number, 1000+i), from(i)
			_, err := w.Enroll(t.Context(), s)
			w.ok(w.Wait(t.Context()))
			if err == nil {
				sent++
			} else if !w.limited(err).Paused {
				t.Fatal(err)
			}
		}
		if sent != c.want {
			t.Errorf("%s: %d messages, want %d", c.number, sent, c.want)
		}
		if len(w.pauses) != 1 || w.pauses[0].Scope != sms.ScopeSpending || !w.pauses[0].Enrolments || w.pauses[0].Country != "" || w.pauses[0].Abroad != (c.number[0] == '+') {
			t.Errorf("told %+v", w.pauses)
		}
	}
	// Two segments cost two.
	w := newWorld(t, prices, func(c *sms.Config) {
		c.Brand, c.Domain = "아주아주아주아주긴이름의예시온라인", strings.Repeat("a", 50)+".example"
	})
	n := w.burst(400, func(i int) (string, string, activity.Client) { return fmt.Sprint("u", i), phone(i), from(i) })
	if n != 150 {
		t.Errorf("%d messages of two segments, want 150", n)
	}
}

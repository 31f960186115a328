package sms_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

// prices are in won a segment; of the order that aggregators ask.
var prices = map[string]int64{"KR": 10, "US": 12, "JM": 300, "LV": 120}

// bill is a provider that adds up.
type bill struct {
	messages int
	won      int64
}

func (b *bill) add(country string) {
	b.messages++
	b.won += prices[country]
}

// attack is 10,000 requests in a day for messages that nobody verifies, each
// from an account, a network and a number of its own unless it says otherwise.
type attack struct {
	name   string
	number func(i int) (typed, country string)
	client func(i int) activity.Client
	shop   func(*sms.Config)
	// verifies: the attacker reads what he pumps, to look like a customer.
	verifies bool
	// within is what it may get at most.
	within bill
}

const requests = 10_000

func jamaica(i int) (string, string) {
	return fmt.Sprintf("+1 876 %03d %04d", 210+i/9000, i%9000), "JM"
}

func korea(shop *sms.Config) { shop.Countries, shop.Prices = []string{"KR"}, prices }

func abroad(shop *sms.Config) {
	shop.Countries, shop.Prices = []string{"KR", "US", "JM", "LV"}, prices
	shop.SpendPerHour, shop.SpendPerDay = 20_000, 100_000
}

func TestPitfall11Pumping(t *testing.T) {
	racing.SkipAlone(t)
	t.Logf("%d requests in 24 hours, beside 20 customers an hour who sign in, and 10 who enrol", requests)
	t.Logf("%-36s %25s %25s   %s", "attack", "without guards", "with the defaults", "customers served")
	for _, a := range []attack{
		{"premium numbers at home, shop of Korea", func(i int) (string, string) { return fmt.Sprintf("060-700-%04d", i), "KR" }, from, korea, false, bill{0, 0}},
		{"dear country, shop of Korea", jamaica, from, korea, false, bill{0, 0}},
		{"numbers at home, shop of Korea", func(i int) (string, string) { return phone(i), "KR" }, from, korea, false, bill{1000, 10_000}},
		{"numbers at home, one address", func(i int) (string, string) { return phone(i), "KR" }, func(int) activity.Client { return from(1) }, korea, false, bill{30, 300}},
		{"dear country, shop that serves it", jamaica, from, abroad, false, bill{83, 25_000}},
		{"the same, every code verified", jamaica, from, abroad, true, bill{83, 25_000}},
	} {
		free, paid := a.unguarded(), a.run(t)
		t.Logf("%-36s %7d msg %9d won %7d msg %9d won   %d/%d sign-ins, %d/%d enrolments", a.name, free.messages, free.won, paid.messages, paid.won,
			paid.signedIn, paid.wanted, paid.enrolled, paid.applied)
		if paid.messages > a.within.messages || paid.won > a.within.won {
			t.Errorf("%s: %+v, want at most %+v", a.name, paid.bill, a.within)
		}
		if paid.signedIn != paid.wanted {
			t.Errorf("%s: %d of %d customers signed in", a.name, paid.signedIn, paid.wanted)
		}
		if paid.messages == 0 && paid.enrolled != paid.applied {
			t.Errorf("%s: %d of %d customers enrolled although no message was pumped", a.name, paid.enrolled, paid.applied)
		}
	}
}

// unguarded is what the same requests get where nothing is checked.
func (a attack) unguarded() (b bill) {
	for i := range requests {
		_, country := a.number(i)
		b.add(country)
	}
	return b
}

type outcome struct {
	bill
	signedIn, wanted, enrolled, applied int
}

// run spreads the attack and the customers over a day.
func (a attack) run(t *testing.T) (out outcome) {
	w := newWorld(t, a.shop)
	var customers []*factor
	for i := range 60 { // enrolled over the days before
		w.now = w.now.Add(10 * time.Minute)
		customers = append(customers, w.enrollFrom(from(300_000+i), fmt.Sprint("customer", i), fmt.Sprintf("010-9000-%04d", i)))
	}
	w.now = w.now.Add(48 * time.Hour)
	step := 24 * time.Hour / requests
	for i := range requests {
		w.now = w.now.Add(step)
		typed, country := a.number(i)
		s := mfa.Subject{Account: fmt.Sprint("eve", i), FactorID: "f", Label: typed, Client: a.client(i), Now: w.now}
		if begun, err := w.Enroll(context.Background(), s); err == nil {
			out.add(country)
			if a.verifies {
				s.State = begun.State
				v, err := w.Confirm(context.Background(), mfa.Answer{Subject: s, Response: w.last().code()})
				w.ok(err)
				if !v.OK {
					t.Fatal("the attacker's code was refused")
				}
			}
		}
		if i%(requests/24/20) == 0 {
			out.wanted++
			f := customers[out.wanted%len(customers)]
			if w.signIn(f, out.wanted) {
				out.signedIn++
			}
		}
		if i%(requests/24/10) == 5 {
			out.applied++
			if w.join(out.applied) {
				out.enrolled++
			}
		}
		w.ok(w.Wait(context.Background()))
	}
	return out
}

func (w *world) signIn(f *factor, i int) bool {
	s := f.subject()
	s.Client = from(100_000 + i)
	begun, err := w.Challenge(context.Background(), s)
	if err != nil {
		return false
	}
	v, err := w.Verify(context.Background(), mfa.Answer{Subject: s, Challenge: begun.State, Response: w.codeFor(f.account)})
	w.ok(err)
	return v.OK
}

func (w *world) join(i int) bool {
	s := mfa.Subject{Account: fmt.Sprint("new", i), FactorID: "f", Label: fmt.Sprintf("010-8000-%04d", i), Client: from(200_000 + i), Now: w.now}
	before := w.provider.count()
	begun, err := w.Enroll(context.Background(), s)
	if err != nil {
		if !errors.As(err, new(*sms.LimitError)) {
			w.Fatal(err)
		}
		return false
	}
	if len(w.messages()) <= before {
		w.Fatal("no message")
	}
	s.State = begun.State
	v, err := w.Confirm(context.Background(), mfa.Answer{Subject: s, Response: w.codeTo(fmt.Sprintf("+82108000%04d", i))})
	w.ok(err)
	return v.OK
}

// codeFor is the code that an enrolled customer just got.
func (w *world) codeFor(account string) string {
	var i int
	if _, err := fmt.Sscanf(account, "customer%d", &i); err != nil {
		w.Fatal(err)
	}
	return w.codeTo(fmt.Sprintf("+82109000%04d", i))
}

func (w *world) codeTo(e164 string) string {
	list := w.messages()
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].to == e164 {
			return list[i].code()
		}
	}
	w.Fatal("no message to the customer")
	return ""
}

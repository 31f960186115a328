package sms

import (
	"errors"
	"time"
)

// Rate is how many messages an hour and a day may see. Each window begins with
// its first message, so any span of its length sees at most twice as many.
type Rate struct{ Hour, Day int }

// Limits bound the messages. Enrolments and challenges are counted apart, but
// for the account's: whoever enrols a stranger's number again and again does
// not use up the codes that its owner signs in with. Enrolments, which an
// attacker needs no password of others for, get a quarter of what challenges get
// from a network, and half of the country's and the breaker's.
type Limits struct {
	// Resend is the least time between two messages of an account to one
	// number; a verified code ends it. Defaults to 60 seconds.
	Resend time.Duration
	// Account bounds an account. Defaults to 5 an hour, 10 a day.
	Account Rate
	// Number bounds a number, whichever accounts ask. Defaults to 5 an hour, 10
	// a day.
	Number Rate
	// Network bounds an IPv4 address, or an IPv6 /64. Mobile carriers put many
	// customers behind one. Defaults to 40 an hour, 120 a day.
	Network Rate
	// WideNetwork bounds an IPv4 /24, or an IPv6 /48. Defaults to 200 an hour,
	// 800 a day.
	WideNetwork Rate
	// Country bounds the numbers of a country. Defaults to 500 an hour, 3,000 a
	// day.
	Country Rate
	// Unverified is the breaker: messages to a country that nobody verified,
	// less three for each one that somebody did. It is used up, and
	// messages to that country are paused, when fewer than one in four
	// are verified for longer than this number of messages: codes that
	// customers asked for are entered, pumped ones are not. It must be more than
	// what is sent in the minute or two that entering a code takes. All
	// countries together have twice as much. Defaults to 100 an hour, 400 a day.
	Unverified Rate
}

// credit is what a verified code gives back to the breaker: itself and three.
const credit = 4

func (l Limits) rates() []*Rate {
	return []*Rate{&l.Account, &l.Number, &l.Network, &l.WideNetwork, &l.Country, &l.Unverified}
}

func (l Limits) check() error {
	if l.Resend < 0 || l.Resend > time.Hour {
		return errors.New("sms: Limits.Resend must be from 0 to an hour")
	}
	for _, r := range l.rates() {
		if r.Hour < 0 || r.Day < 0 || r.Day > 0 && r.Day < r.Hour {
			return errors.New("sms: a rate of Limits is negative, or has less a day than an hour")
		}
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	l.Resend = or(l.Resend, time.Minute)
	l.Account = l.Account.or(Rate{5, 10})
	l.Number = l.Number.or(Rate{5, 10})
	l.Network = l.Network.or(Rate{40, 120})
	l.WideNetwork = l.WideNetwork.or(Rate{200, 800})
	l.Country = l.Country.or(Rate{500, 3000})
	l.Unverified = l.Unverified.or(Rate{100, 400})
	return l
}

// or fills in what is zero; a day that the caller left out holds at least an
// hour's, and an hour at most a day's.
func (r Rate) or(d Rate) Rate {
	switch {
	case r.Hour == 0 && r.Day == 0:
		return d
	case r.Hour == 0:
		r.Hour = min(d.Hour, r.Day)
	case r.Day == 0:
		r.Day = max(d.Day, r.Hour)
	}
	return r
}

func (r Rate) times(n int) Rate { return Rate{n * r.Hour, n * r.Day} }

// part is one n-th, rounded up.
func (r Rate) part(n int) Rate { return Rate{(r.Hour + n - 1) / n, (r.Day + n - 1) / n} }

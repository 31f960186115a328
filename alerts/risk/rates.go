package risk

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Limits say from which counts on something goes on that one sign-in alone does
// not show. Counting is a store's work; the windows are the caller's, and the
// defaults are meant for an hour, NewDevices for a day. The weights of these
// reasons are chosen; the simulator has no such attacks.
type Limits struct {
	// Guesses is how many failures on one account are guessing. Defaults to 5.
	Guesses int
	// Accounts is how many accounts one address prefix must try for stuffing,
	// a hundred times as many an autonomous system. Half of it is enough where
	// most passwords are known from breaches. Defaults to 20.
	Accounts int
	// Success is the share of attempts that must succeed for it to be people
	// behind one address in place of a list of stolen passwords. Of the owners'
	// attempts in the public data set three in four succeed. Defaults to 0.2.
	Success float64
	// Unknown is how many accounts that do not exist must be tried for
	// enumeration, if they are at least half of the accounts. Defaults to 10.
	Unknown int
	// Absence is how long an account sleeps before its waking is told. Defaults
	// to 90 days.
	Absence time.Duration
	// NewDevices is how many new devices are many. Defaults to 3.
	NewDevices int
}

// The reasons of rates.
const (
	// ReasonGuessing: attempts on the account failed shortly before. Seen: how
	// many.
	ReasonGuessing = "guessing"
	// ReasonStuffing: the network tries many accounts and gets into few. Seen:
	// accounts; Of: attempts.
	ReasonStuffing = "stuffing"
	// ReasonEnumeration: the network tries accounts that do not exist. Seen:
	// those; Of: accounts.
	ReasonEnumeration = "enumeration"
	// ReasonAbsence: nobody signed in for long. Seen: days.
	ReasonAbsence = "long_absence"
	// ReasonDeviceBurst: many new devices in short time. Seen: how many.
	ReasonDeviceBurst = "device_burst"
)

// AccountCounts is what a store counted of one account.
type AccountCounts struct {
	// Failures are the failed attempts in the window.
	Failures int
	// NewDevices are the sign-ins on new devices in the window, this one
	// included.
	NewDevices int
	// Absence is the time since the last sign-in. Zero: unknown.
	Absence time.Duration
}

// SourceCounts is what a store counted of one address prefix or autonomous
// system.
type SourceCounts struct {
	// System tells that it is an autonomous system.
	System bool
	// Attempts are all of them in the window, Successes those that got in.
	Attempts, Successes int
	// Accounts are the different accounts that were tried, Unknown those of them
	// that do not exist.
	Accounts, Unknown int
	// Breached are the attempts with a password that is known from breaches.
	Breached int
}

// NewLimits completes limits. Errors: a value that is out of range.
func NewLimits(l Limits) (Limits, error) {
	for _, f := range []struct {
		v        *int
		standard int
	}{{&l.Guesses, 5}, {&l.Accounts, 20}, {&l.Unknown, 10}, {&l.NewDevices, 3}} {
		if *f.v == 0 {
			*f.v = f.standard
		}
		if *f.v < 2 {
			return l, errors.New("risk: a limit of less than 2 would be every attempt")
		}
	}
	if l.Success == 0 {
		l.Success = 0.2
	}
	if l.Absence == 0 {
		l.Absence = 90 * 24 * time.Hour
	}
	if !(l.Success > 0 && l.Success < 1) || l.Absence < 24*time.Hour {
		return l, fmt.Errorf("risk: Limits.Success is %v, Absence %v: must be between 0 and 1, and a day or more", l.Success, l.Absence)
	}
	return l, nil
}

// Account tells what an account's counts say of a sign-in. On a known device
// it was the owner who could not remember, and who stayed away.
func (l Limits) Account(c AccountCounts, knownDevice bool) (out []Reason) {
	if knownDevice {
		return nil
	}
	if c.Failures >= l.Guesses {
		out = append(out, Reason{Key: ReasonGuessing, Seen: c.Failures, Weight: grow(2, c.Failures, l.Guesses)})
	}
	if c.NewDevices >= l.NewDevices {
		out = append(out, Reason{Key: ReasonDeviceBurst, Seen: c.NewDevices, Weight: grow(1, c.NewDevices, l.NewDevices)})
	}
	if c.Absence >= l.Absence {
		out = append(out, Reason{Key: ReasonAbsence, Seen: int(c.Absence / (24 * time.Hour)), Weight: 0.5})
	}
	return out
}

// Source tells what the counts of the attempt's network say of it. Who shares
// an address with a thief is not told apart; a known device may be let off.
func (l Limits) Source(c SourceCounts) (out []Reason) {
	need := l.Accounts
	if c.System {
		need *= 100
	}
	if c.Breached*2 >= c.Attempts {
		need = max(need/2, 2)
	}
	if c.Accounts >= need && c.Accounts > 0 && float64(c.Successes) < l.Success*float64(c.Attempts) {
		out = append(out, Reason{Key: ReasonStuffing, Seen: c.Accounts, Of: c.Attempts, Weight: grow(3, c.Accounts, need)})
	}
	if c.Unknown >= l.Unknown && c.Unknown*2 >= c.Accounts {
		out = append(out, Reason{Key: ReasonEnumeration, Seen: c.Unknown, Of: c.Accounts, Weight: grow(1, c.Unknown, l.Unknown)})
	}
	return out
}

// grow is a weight that begins at the limit and grows by its logarithm, to
// twice of it at most.
func grow(weight float64, n, limit int) float64 {
	return weight * min(2, 1+math.Log(float64(n)/float64(limit))/4)
}

// Add counts further reasons into an assessment and grades it again. An
// assessment of an account's first sign-in stays ungraded: there is no owner's
// habit to hold the reasons against, and MinHistory holds as in [Model.Score].
func (m *Model) Add(a Assessment, more ...Reason) Assessment {
	a.Reasons = append([]Reason(nil), a.Reasons...)
	for _, r := range more {
		r.Weight = finite(r.Weight)
		a.Score = finite(a.Score + r.Weight)
		at := len(a.Reasons)
		for at > 0 && a.Reasons[at-1].Weight < r.Weight {
			at--
		}
		a.Reasons = append(a.Reasons[:at], append([]Reason{r}, a.Reasons[at:]...)...)
	}
	if a.History > 0 {
		a.Level = m.level(a)
	}
	return a
}

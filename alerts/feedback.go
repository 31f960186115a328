package alerts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/canon"
)

// confirmedFor is how long what the owner has confirmed is not told again.
const confirmedFor = 30 * 24 * time.Hour

// attemptOf is the attempt that an event recorded. The user agent is the
// event's; hints are not kept.
func attemptOf(e activity.Event) Attempt {
	return Attempt{Account: e.Account, Client: e.Client, Location: e.Location, Device: e.Device, At: e.At}
}

// Confirm is the owner's "this was me", said of the event of a sign-in: what
// was odd about it is not told again for 30 days, and an attempt of the last
// three days that was not let in (and so not learned) becomes familiar. It tells
// whether it is said for the first time; a second time, or of an event that is
// about no sign-in, changes nothing. That whoever says so is the owner is the
// caller's to check, see Guard.Confirm. Errors: [ErrAttempt], [ErrConflict], the
// store's.
func (m *Monitor) Confirm(ctx context.Context, e activity.Event) (bool, error) {
	a, err := attemptOf(e).check()
	if err != nil {
		return false, err
	}
	if e.Type != activity.SignInSucceeded && e.Type != activity.SignInDenied && e.Type != activity.SignInChallenged {
		return false, nil
	}
	now := m.cfg.Now()
	said, err := m.store.CountRate(ctx, Rate{Account: e.Account, Name: "confirmed|" + canon.Line(e.ID, canon.MaxID), N: 1}, longestWindow, now)
	if err != nil || said.N > 1 {
		return false, err
	}
	if err := m.store.Hush(ctx, m.signInTopic(e), now.Add(confirmedFor), now); err != nil {
		return false, fmt.Errorf("alerts: confirm: %w", err)
	}
	if e.Type == activity.SignInSucceeded || now.Sub(e.At) > longestWindow {
		return true, nil
	}
	return true, m.Learn(ctx, a)
}

// Unlearn is the owner's "this wasn't me", said of events of sign-ins: what they
// taught is taken back, their devices are unknown again, and others learn that
// such attacks come from there. Of the devices the one with the id except stays
// known, which is the one it was said on; everything else of the account's
// devices is forgotten, since an intruder may have signed in on more. Events of
// other types teach nothing and are left out. Errors: [ErrConflict], the store's.
func (m *Monitor) Unlearn(ctx context.Context, account, except string, events []activity.Event) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	except = canon.Line(except, canon.MaxID)
	var taught []risk.Attempt
	for _, e := range events {
		if e.Type == activity.SignInSucceeded && e.Account == account {
			taught = append(taught, m.engine(attemptOf(e)))
		}
	}
	err := m.update(ctx, account, func(p *risk.Profile) {
		mine := p.KnowsDevice(except)
		for _, a := range taught {
			if mine && p.SignIns() == 1 {
				break // what is left is the device it was said on
			}
			if a.Client.DeviceID == except && mine {
				a.Client.DeviceID = ""
			}
			m.model.Unlearn(p, a)
		}
		p.ForgetDevices(except)
	})
	if err != nil {
		return err
	}
	m.crowd.learn(func(p *risk.Population) {
		for _, a := range taught {
			p.LearnAttack(a)
		}
	})
	return nil
}

// newDevice tells whether a device of the account was first seen within
// [newFor].
func (m *Monitor) newDevice(ctx context.Context, e activity.Event) (bool, error) {
	if e.Client.DeviceID == "" {
		return false, nil
	}
	want := []Rate{{Account: e.Account, Name: deviceName(canon.Line(e.Client.DeviceID, canon.MaxID)), Since: e.At.Add(-newFor)}}
	s, err := m.store.Standing(ctx, e.Account, e.At, want)
	if err != nil {
		return false, fmt.Errorf("alerts: observe: %w", err)
	}
	return s.Rates[0].N > 0, nil
}

// noteDevice counts a sign-in on a device that was new to the account: always
// in this order, so that two transactions never wait for one another's row.
func (m *Monitor) noteDevice(ctx context.Context, a Attempt) error {
	for _, rate := range []struct {
		name   string
		window time.Duration
	}{{nameDevices, burstSpan}, {deviceName(a.Client.DeviceID), newFor}} {
		if _, err := m.store.CountRate(ctx, Rate{Account: a.Account, Name: rate.name, N: 1}, rate.window, a.At); err != nil {
			return fmt.Errorf("alerts: learn: %w", err)
		}
	}
	return nil
}

// signInTopic is what counts as the same sign-in: the browser, the country and
// the network, those that were let in and those that were refused apart. A
// carrier's phones change their address by the hour, so there the network is the
// carrier; elsewhere it is the prefix.
func (m *Monitor) signInTopic(e activity.Event) Topic {
	network := "net|" + prefix(e.Client.IP)
	if e.Location.ASN != 0 && risk.NetworkOf(e.Location.ASN) == risk.NetworkMobile {
		network = "as|" + strconv.FormatUint(uint64(e.Location.ASN), 10)
	}
	name := "signin"
	if e.Type == activity.SignInDenied {
		name = "denied"
	}
	return Topic{
		Account: e.Account, Name: dedupe(name, []string{e.Device.Name, e.Location.Country, network}),
		Classes: classes(Reasons(e)), Cooldown: cooldown,
	}
}

// gravest gives the first of the order that is there.
func gravest(of []Kind, order ...Kind) Kind {
	for _, k := range order {
		if slices.Contains(of, k) {
			return k
		}
	}
	return of[0]
}

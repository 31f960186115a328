package alerts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/accountsec/internal/canon"
)

// Pace is how many messages of one account a channel takes within a window.
// What is more waits for the window's end; what would be older than a day by
// then, or a code that would have expired, is given up. Fields default to those
// of [CourierConfig].Rates for the channel.
type Pace struct {
	// Window is at least a minute and at most a day.
	Window time.Duration
	// Alerts bounds alerts that are neither Critical nor of a mandatory kind, all
	// kinds together.
	Alerts int
	// Grave bounds the others, each kind apart: who sets off one of them a hundred
	// times keeps the owner from no other.
	Grave int
	// Codes bounds codes.
	Codes int
}

// paces are the defaults. Text messages cost money and are read at once.
var paces = map[string]Pace{
	"webpush": {time.Hour, 20, 20, 20},
	"sms":     {time.Hour, 5, 5, 10},
	"email":   {time.Hour, 20, 20, 20},
}

// setPaces fills in and checks cfg.Rates.
func (c *Courier) setPaces(cfg CourierConfig) error {
	c.paces = map[string]Pace{}
	if cfg.Counts == nil {
		if len(cfg.Rates) > 0 {
			return errors.New("alerts: CourierConfig.Rates needs Counts")
		}
		return nil
	}
	for channel := range cfg.Rates {
		if c.notifiers[channel] == nil {
			return fmt.Errorf("alerts: CourierConfig.Rates: %q has no notifier", canon.Line(channel, maxKind))
		}
	}
	for _, channel := range c.channels {
		usual, known := paces[channel]
		p, set := cfg.Rates[channel]
		if !known && !set {
			continue
		}
		if !known {
			usual = paces["email"]
		}
		for _, f := range []struct {
			n     *int
			usual int
		}{{&p.Alerts, usual.Alerts}, {&p.Grave, usual.Grave}, {&p.Codes, usual.Codes}} {
			if *f.n == 0 {
				*f.n = f.usual
			}
			if *f.n < 0 {
				return fmt.Errorf("alerts: CourierConfig.Rates: %s: a number is out of range", channel)
			}
		}
		if p.Window == 0 {
			p.Window = usual.Window
		}
		if p.Window < time.Minute || p.Window > maxPutOff {
			return fmt.Errorf("alerts: CourierConfig.Rates: %s: the window is out of range", channel)
		}
		c.paces[channel] = p
	}
	return nil
}

// throttled counts a message at its first attempt, and puts it off if there were
// too many. It is counted before anything is known of the account, which costs
// the same whether it exists. A count that fails holds nothing up: no warning is
// lost for a limit's sake.
func (c *Courier) throttled(ctx context.Context, d *Delivery, now time.Time) (Outcome, bool) {
	p, ok := c.paces[d.Channel]
	if !ok || d.Attempts > 1 {
		return Outcome{}, false
	}
	name, limit := "sent|"+d.Channel, p.Alerts
	switch {
	case d.Kind.carriesCode():
		name, limit = name+"|code", p.Codes
	case d.mustReach():
		name, limit = name+"|"+string(d.Kind), p.Grave
	}
	r, err := c.cfg.Counts.CountRate(ctx, Rate{Account: d.Account, Name: name, N: 1}, p.Window, now)
	if err != nil {
		c.cfg.Logger.ErrorContext(ctx, "alerts: a message is not counted", "delivery", d.ID, "error", canon.Line(err.Error(), maxError))
		return Outcome{}, false
	}
	if r.N <= limit {
		return Outcome{}, false
	}
	return d.putOff(later(now, r.Since.Add(p.Window)), CauseRate, "alerts: too many messages for the account on this channel"), true
}

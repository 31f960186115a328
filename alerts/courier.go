package alerts

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// CourierConfig configures a [Courier]. It is not changed after NewCourier.
type CourierConfig struct {
	// Notifiers deliver, one a channel. Without one, alerts are not queued and
	// codes cannot be sent. Defaults to none.
	Notifiers []Notifier
	// CodeChannels are the channels that codes go to. A code on two channels
	// proves either one. Defaults to the first notifier's that is not [Codeless].
	CodeChannels []string
	// Directory knows the recipients. Required.
	Directory Directory
	// AEAD seals what waits and is for the owner alone: codes, links, phrases,
	// earlier addresses. Required.
	AEAD AEAD
	// Linker makes the links of each message. Defaults to none: messages have no
	// links of their own.
	Linker Linker
	// Order is which channels go first, for what is urgent and what is not.
	// Channels that are not listed follow. Defaults to webpush, sms, email.
	Order []string
	// FallbackAfter is how long after an alert that is Critical or of a mandatory
	// kind the channels that the owner did not choose step in, unless one that was
	// chosen has reached the owner; if all of those fail, they step in at once. At
	// most an hour; a negative one has none step in. Defaults to 5 minutes.
	FallbackAfter time.Duration
	// Rates bound the messages of one account, by channel. Defaults to 20 alerts,
	// 20 of each kind that is Critical or mandatory and 20 codes an hour by webpush
	// and email; to 5, 5 and 10 by sms; to no bound on other channels.
	Rates map[string]Pace
	// Counts keeps the counts for Rates, usually the monitor's store. Defaults to
	// none: then nothing is bounded.
	Counts Rates
	// Timeout bounds one attempt to deliver, at most 5 minutes. Defaults to 30
	// seconds.
	Timeout time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives failed deliveries, without address and code. Defaults to
	// none.
	Logger *slog.Logger
}

// Courier knows how one delivery is made ([Courier.Plan]), tried and judged
// ([Courier.Try]). It keeps no
// delivery: a [Queue] keeps the deliveries and says when
// one is tried. Safe for concurrent use.
type Courier struct {
	cfg       CourierConfig
	notifiers map[string]Notifier
	channels  []string // as the notifiers came
	order     []string // in which they go
	paces     map[string]Pace
	stuck     map[string]*atomic.Int32 // by channel
	receipts  map[string]time.Duration // of channels that confirm
}

var channelName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// NewCourier makes a courier.
func NewCourier(cfg CourierConfig) (*Courier, error) {
	if cfg.Directory == nil {
		return nil, errors.New("alerts: CourierConfig.Directory is required")
	}
	if err := secret.CheckAEAD(cfg.AEAD); err != nil {
		return nil, err
	}
	c := &Courier{notifiers: map[string]Notifier{}, stuck: map[string]*atomic.Int32{}, receipts: map[string]time.Duration{}}
	for i, n := range cfg.Notifiers {
		if n == nil {
			return nil, fmt.Errorf("alerts: CourierConfig.Notifiers[%d] is nil", i)
		}
		name := n.Channel()
		if _, ok := c.notifiers[name]; ok || !channelName.MatchString(name) {
			return nil, fmt.Errorf("alerts: CourierConfig.Notifiers[%d]: the channel %q is malformed or taken", i, canon.Line(name, maxKind))
		}
		c.notifiers[name], c.channels, c.stuck[name] = n, append(c.channels, name), new(atomic.Int32)
		if r, ok := n.(Receipted); ok {
			c.receipts[name] = max(0, min(r.ReceiptWithin(), time.Hour))
		}
	}
	if err := c.setCodeChannels(&cfg); err != nil {
		return nil, err
	}
	if err := c.sort(cfg.Order); err != nil {
		return nil, err
	}
	if err := c.setPaces(cfg); err != nil {
		return nil, err
	}
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	c.cfg = cfg
	return c, nil
}

// setCodeChannels fills in and checks cfg.CodeChannels.
func (c *Courier) setCodeChannels(cfg *CourierConfig) error {
	cfg.CodeChannels = slices.Clone(cfg.CodeChannels)
	if cfg.CodeChannels == nil {
		if i := slices.IndexFunc(c.channels, c.CarriesCodes); i >= 0 {
			cfg.CodeChannels = []string{c.channels[i]}
		}
	}
	if slices.ContainsFunc(cfg.CodeChannels, func(name string) bool { return !c.CarriesCodes(name) }) {
		return errors.New("alerts: CourierConfig.CodeChannels names a channel that has no notifier or takes no codes")
	}
	return c.checkChannels("CodeChannels", cfg.CodeChannels)
}

// sort puts the channels in the order in which they go.
func (c *Courier) sort(order []string) error {
	if order == nil {
		order = []string{"webpush", "sms", "email"}
	} else if err := c.checkChannels("Order", order); err != nil {
		return err
	}
	place := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	c.order = slices.Clone(c.channels)
	slices.SortStableFunc(c.order, func(a, b string) int { return place(a) - place(b) })
	return nil
}

// checkChannels checks that each has a notifier and is listed once.
func (c *Courier) checkChannels(field string, list []string) error {
	for i, name := range list {
		if c.notifiers[name] == nil || slices.Contains(list[:i], name) {
			return fmt.Errorf("alerts: CourierConfig.%s: %q has no notifier or is listed twice", field, canon.Line(name, maxKind))
		}
	}
	return nil
}

func (cfg *CourierConfig) defaults() error {
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Timeout < 0 || cfg.Timeout > 5*time.Minute {
		return errors.New("alerts: CourierConfig.Timeout is out of range")
	}
	if cfg.FallbackAfter == 0 {
		cfg.FallbackAfter = 5 * time.Minute
	}
	if cfg.FallbackAfter > time.Hour {
		return errors.New("alerts: CourierConfig.FallbackAfter is more than an hour")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Channels names the channels that have a notifier.
func (c *Courier) Channels() []string { return slices.Clone(c.channels) }

// CodeChannels names the channels that codes go to.
func (c *Courier) CodeChannels() []string { return slices.Clone(c.cfg.CodeChannels) }

// CarriesCodes tells whether the channel has a notifier that is not [Codeless].
func (c *Courier) CarriesCodes(channel string) bool {
	n := c.notifiers[channel]
	return n != nil && CarriesCodes(n)
}

package sms

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/phone"
)

const (
	budgetWindow = time.Hour
	// maxDoubtful is how often a message is sent whose sending may have come to
	// nothing, or may not: each time may be billed.
	maxDoubtful = 3
	doubtWindow = 24 * time.Hour
	// bookkeeping is the time for noting what became of a message, also when the
	// caller's has run out.
	bookkeeping = 5 * time.Second
)

// bound fills in and checks what bounds the sending.
func (cfg *Config) bound() error {
	if cfg.Counts == nil {
		return errors.New("sms: Config.Counts is required")
	}
	cfg.Countries = slices.Clone(cfg.Countries)
	if len(cfg.Countries) == 0 && cfg.Sender.Country != "" {
		cfg.Countries = []string{cfg.Sender.Country}
	}
	if len(cfg.Countries) == 0 {
		return errors.New("sms: Config.Countries or Config.Sender.Country is required")
	}
	for _, c := range cfg.Countries {
		if !phone.HasCountry(c) {
			return errors.New(`sms: Config.Countries holds country codes, such as "KR"`)
		}
	}
	if cfg.PerHour == 0 {
		cfg.PerHour = 1000
	}
	if cfg.CountryPerHour == 0 {
		cfg.CountryPerHour = 500
	}
	if cfg.PerHour < 2*cfg.MaxSegments || cfg.CountryPerHour < cfg.MaxSegments { // abroad gets half
		return errors.New("sms: Config.PerHour or CountryPerHour is less than a message takes")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return nil
}

// budget is a number of segments for an hour, and its name in Config.Counts.
type budget struct {
	name  string
	limit int
}

// budgets lists what a message is taken from, the narrowest first: an attack on
// one country is refused there and takes nothing from the others.
func (n *Notifier) budgets(m alerts.Message, country string) []budget {
	if m.Kind == alerts.SenderChange {
		return nil
	}
	class := "sms|alert"
	if m.Code != "" {
		class = "sms|code"
	}
	list := []budget{{class + "|" + country, n.cfg.CountryPerHour}}
	if home := n.cfg.Sender.Country; home != "" && home != country {
		list = append(list, budget{class + "|abroad", n.cfg.PerHour / 2})
	}
	return append(list, budget{class, n.cfg.PerHour})
}

// taken is what a message took, and when.
type taken struct {
	budgets []budget
	at      time.Time
}

// take counts a message before it is judged. What is refused takes nothing in
// the end. A count that fails refuses, too: the queue asks again.
func (n *Notifier) take(ctx context.Context, list []budget, segments int) (taken, error) {
	t := taken{at: n.cfg.Now()}
	for _, b := range list {
		r, err := n.cfg.Counts.CountRate(ctx, alerts.Rate{Name: b.name, N: segments}, budgetWindow, t.at)
		if err != nil {
			n.giveBack(ctx, t, segments)
			return taken{}, fmt.Errorf("sms: budget: %w", err)
		}
		t.budgets = append(t.budgets, b)
		if r.N > b.limit {
			n.giveBack(ctx, t, segments)
			return taken{}, &alerts.RetryError{Err: fmt.Errorf("sms: the budget %q is used up", b.name), After: r.Since.Add(budgetWindow).Sub(t.at)}
		}
	}
	return t, nil
}

// giveBack returns what was taken. Should it fail, the budget is smaller until
// the window's end.
func (n *Notifier) giveBack(ctx context.Context, t taken, segments int) {
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookkeeping)
	defer cancel()
	for _, b := range t.budgets {
		n.cfg.Counts.CountRate(keep, alerts.Rate{Name: b.name, N: -segments}, budgetWindow, t.at) //nolint:errcheck // see above
	}
}

// settle judges what the provider said. What surely was not sent cost nothing;
// what may have been sent and may not is tried again, though not for ever: who is
// billed for a message that times out would be for every repetition.
func (n *Notifier) settle(ctx context.Context, m alerts.Message, t taken, segments int, err error) error {
	var permanent *alerts.PermanentError
	var known interface{ Unsent() bool }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known) && known.Unsent():
		n.giveBack(ctx, t, segments)
		return err
	case errors.As(err, &permanent), m.ID == "":
		return err
	}
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookkeeping)
	defer cancel()
	r, fault := n.cfg.Counts.CountRate(keep, alerts.Rate{Name: "sms|doubt|" + m.ID, N: 1}, doubtWindow, n.cfg.Now())
	if fault != nil {
		return fmt.Errorf("%w (not counted: %w)", err, fault)
	}
	if r.N >= maxDoubtful {
		return &alerts.PermanentError{Err: err}
	}
	return err
}

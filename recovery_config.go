package accountsec

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/recovery"
)

// RecoveryConfig configures recoveries; see [Guard.StartRecovery].
type RecoveryConfig struct {
	// Channels are what the code may go by, the default first; each has a
	// notifier ("email", "sms"). Defaults to the first notifier's.
	Channels []string
	// MinSet is the least number of answers to set, up to 10. Defaults to 3.
	MinSet int
	// Asked is how many of them a recovery asks for, up to MinSet. Defaults to 2.
	Asked int
	// Required is how many must be right, up to Asked. The chance to guess them is
	// measured for 2; one alone is too easy. Defaults to 2.
	Required int
	// CancelURL is the shop's page on which the owner calls off a recovery that
	// waits: HTTPS, on the sender's domain, without a query. It gets the token
	// as the parameter "t"; the page gives it to [Guard.LookAtCancel] when it is
	// opened and to [Guard.CancelByLink] when its button is pressed. Where the
	// Sender has a Change, it is on the domain of the day, as
	// [alerts.AnswersConfig].URL is. Defaults to none: without it no delay stands in
	// for a second factor.
	CancelURL string
	// Delay is how long such a recovery waits, 24 to 72 hours. Defaults to 48
	// hours.
	Delay time.Duration
	// Hold is how long sensitive actions stay held after a recovery, up to 90
	// days; see [Guard.Held]. Defaults to 72 hours.
	Hold time.Duration
	// Holds are the times of single actions, the shop's own among them; 0 holds
	// nothing. Defaults to none.
	Holds map[recovery.Action]time.Duration
	// StaleAfter is when security answers should be practised. Defaults to 365
	// days.
	StaleAfter time.Duration
	// StartsPerHour is how many recoveries may begin within an hour before all
	// but those from known devices are slowed down; one network (/24, or /48 of
	// IPv6) has a fifth of them. Defaults to 1000.
	StartsPerHour int
	// OnRecovered runs in the transaction that sets the recovered account's
	// password: it ends the account's sessions there, so that they end with the
	// old password or not at all. [Tx] gives the transaction. It may be called
	// again if the database repeats the transaction. Defaults to nothing: the
	// caller ends the sessions that [Guard.FinishRecovery] names.
	OnRecovered func(ctx context.Context, account string) error
}

func (cfg *Config) checkRecovery() error {
	r := &cfg.Recovery
	r.Channels, r.Holds = slices.Clone(r.Channels), maps.Clone(r.Holds)
	var have []string
	for _, n := range cfg.Notifiers {
		if n != nil && alerts.CarriesCodes(n) { // nil is reported by the courier
			have = append(have, n.Channel())
		}
	}
	for i, c := range r.Channels {
		if !slices.Contains(have, c) || slices.Contains(r.Channels[:i], c) {
			return fmt.Errorf("accountsec: Config.Recovery.Channels[%d] has no notifier that takes codes or is listed twice", i)
		}
	}
	if len(r.Channels) == 0 && len(have) > 0 {
		r.Channels = have[:1]
	}
	if r.CancelURL == "" {
		return nil
	}
	if err := cfg.Sender.At(cfg.Now()).CheckLink(r.CancelURL); err != nil { // messages of today take no link to the domain of tomorrow
		return fmt.Errorf("accountsec: Config.Recovery.CancelURL %w", err)
	}
	if u, err := url.Parse(r.CancelURL); err != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("accountsec: Config.Recovery.CancelURL has a query or a fragment")
	}
	return nil
}

func (g *Guard) cancelLink(token string) string { return g.cfg.Recovery.CancelURL + "?t=" + token }

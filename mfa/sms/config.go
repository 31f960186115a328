package sms

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"time"

	"github.com/nyaruka/phonenumbers"

	"example.com/accountsec/internal/secret"
)

// Sender hands a text message to a provider.
//
// SendSMS returns when the provider has taken the message, or an error. to is
// in E.164 form, "+821012345678". It is called from several goroutines at once,
// off the request, and must return soon after ctx is over. An error means that
// the message may or may not be on its way; one whose chain has a method
//
//	Unsent() bool
//
// that gives true says that it certainly is not and costs nothing, so that what
// it took from the shop's budgets is given back. Nothing is sent again on an
// error: a sender that retries must use its provider's idempotency key, or the
// customer is sent, and the shop billed, twice.
type Sender interface {
	SendSMS(ctx context.Context, to, text string) error
}

// Config configures a [Method]. It is copied; later changes have no effect.
type Config struct {
	// Sender sends. Required.
	Sender Sender
	// Key keys the hashes of numbers, networks and codes: at least 32 random
	// bytes, the same for all instances. A change of it empties the budgets and
	// voids the codes on their way; enrolled numbers stay. Required.
	Key []byte
	// Brand is the shop's name in the message: 1 to 20 characters. Required.
	Brand string
	// Domain is the host whose pages ask for the code, "shop.example": phones
	// offer the code there and nowhere else. Required.
	Domain string
	// Region is the shop's country (ISO 3166-1 alpha-2, "KR"): numbers
	// without a country code are read as of there. Required.
	Region string
	// Countries are all the countries whose numbers are sent to. Name few: an
	// attacker picks the dearest. Defaults to Region alone.
	Countries []string
	// AllowFixedLine and AllowVoIP take numbers of these types too. Default to
	// false.
	AllowFixedLine, AllowVoIP bool
	// Lang is the language of an account's messages (a BCP 47 tag; "" for the
	// default). Defaults to Korean for numbers of Korea and to English for all
	// others.
	Lang func(ctx context.Context, account string) string
	// Limits bound the messages. Default to what is said there.
	Limits Limits
	// Prices are what one segment costs, by country, in any one unit. A country
	// that is not listed costs as much as the dearest. Defaults to 1 for every
	// country, so that the two caps below count segments.
	Prices map[string]int64
	// SpendPerHour and SpendPerDay cap what all messages cost. Enrolments get
	// half of it, and of each half and whole the countries other than Region get
	// half, so that the dear ones do not use up what home needs. Default to 1,000 and 5,000 times the dearest price.
	SpendPerHour, SpendPerDay int64
	// OnPaused is called when a budget of the whole shop is used up and messages
	// are paused: tell the operator. Once per pause among all instances, on
	// the goroutine of the request that met it. Defaults to nothing; the log
	// has it too.
	OnPaused func(ctx context.Context, p Pause)
	// SendTimeout is how long the sender may take. Defaults to 15 seconds.
	SendTimeout time.Duration
	// MaxInFlight is how many messages may be on their way at once from this
	// process. Defaults to 64.
	MaxInFlight int
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives faults and pauses; never a number or a code. Defaults to
	// discarding.
	Logger *slog.Logger
}

// String keeps the key out of logs, as do every verb and the log.
func (Config) String() string { return "[sms config]" }

// Format is String.
func (cfg Config) Format(f fmt.State, _ rune) { fmt.Fprint(f, cfg.String()) } //nolint:errcheck

// LogValue is String.
func (cfg Config) LogValue() slog.Value { return slog.StringValue(cfg.String()) }

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

func (cfg Config) check() error {
	if cfg.Sender == nil {
		return errors.New("sms: Config.Sender is required")
	}
	if len(cfg.Key) < secret.MinKey {
		return fmt.Errorf("sms: Config.Key has %d bytes, at least %d are needed", len(cfg.Key), secret.MinKey)
	}
	if err := checkBrand(cfg.Brand); err != nil {
		return err
	}
	if err := checkDomain(cfg.Domain); err != nil {
		return err
	}
	for _, c := range append([]string{cfg.Region}, cfg.Countries...) {
		if !countryCode.MatchString(c) || !phonenumbers.GetSupportedRegions()[c] {
			return errors.New(`sms: Config.Region and Config.Countries hold country codes, such as "KR"`)
		}
	}
	for c, price := range cfg.Prices {
		if !countryCode.MatchString(c) || price < 1 || price > maxPrice {
			return fmt.Errorf(`sms: Config.Prices holds country codes, such as "KR", and prices from 1 to %d`, maxPrice)
		}
	}
	if cfg.SpendPerHour < 0 || cfg.SpendPerDay < 0 || cfg.SendTimeout < 0 || cfg.MaxInFlight < 0 {
		return errors.New("sms: Config holds a negative number")
	}
	// A message may take two segments, and enrolments abroad get a quarter.
	for _, limit := range []int64{cfg.SpendPerHour, cfg.SpendPerDay} {
		if limit > 0 && limit < 8*cfg.dearest() {
			return errors.New("sms: Config.SpendPerHour and SpendPerDay must pay for eight segments at the dearest price")
		}
	}
	return cfg.Limits.check()
}

// maxPrice keeps sums far inside int64.
const maxPrice = 1_000_000_000_000

func (cfg Config) withDefaults() Config {
	cfg.Limits = cfg.Limits.withDefaults()
	cfg.Prices = maps.Clone(cfg.Prices)
	dearest := cfg.dearest()
	cfg.SpendPerHour = or(cfg.SpendPerHour, 1000*dearest)
	cfg.SpendPerDay = or(cfg.SpendPerDay, max(5000*dearest, cfg.SpendPerHour))
	cfg.SendTimeout = or(cfg.SendTimeout, 15*time.Second)
	cfg.MaxInFlight = or(cfg.MaxInFlight, 64)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return cfg
}

func or[T int | int64 | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

func (cfg Config) dearest() int64 {
	dearest := int64(1)
	for _, price := range cfg.Prices {
		dearest = max(dearest, price)
	}
	return dearest
}

// price is what one segment to a country costs.
func (cfg Config) price(country string) int64 {
	if price, ok := cfg.Prices[country]; ok {
		return price
	}
	return cfg.dearest()
}

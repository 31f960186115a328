package sms

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
)

// Provider hands a text message to whoever sends it. [Twilio], [Solapi] and
// [SENS] are providers; the method is that of the second factor's sender
// (package mfa/sms), so that one value serves both.
//
// SendSMS returns nil when the provider has taken the message. to is in E.164
// form, "+821012345678". It returns a [*alerts.PermanentError] if trying again
// is pointless. An error whose chain has a method Unsent() bool that gives true
// says that the message certainly is not on its way; with any other error it
// may be. It must return soon after ctx is over, must not try again by itself
// unless the provider tells repetitions apart, and must be safe for concurrent
// use. No error may hold the number or the text.
type Provider interface {
	SendSMS(ctx context.Context, to, text string) error
}

// Tagger is a [Provider] that passes on the delivery's ID, which comes back in
// receipts and in the provider's own lists. The ID is the same when a delivery
// is repeated. It need not keep the provider from sending twice.
type Tagger interface {
	SendSMSWithID(ctx context.Context, id, to, text string) error
}

// Config configures a [Notifier]. It is copied; later changes have no effect.
type Config struct {
	// Sender is who the messages come from: Brand opens each of them, Domain is
	// what the owner is asked to type. While a Change settles both brands do.
	// Required.
	Sender alerts.Sender
	// Provider sends. Required.
	Provider Provider
	// Countries are all the countries whose numbers are sent to (ISO 3166-1
	// alpha-2, "KR"). Name few: an attacker picks the dearest. This or
	// Sender.Country is required. Defaults to Sender.Country alone.
	Countries []string
	// AllowFixedLine and AllowVoIP take numbers of these types too. Default to
	// false.
	AllowFixedLine, AllowVoIP bool
	// Counts keeps the budgets, which are the shop's and not an account's:
	// usually the monitor's store. One that lasts and that all instances share:
	// with another, each begins anew. Required.
	Counts alerts.Rates
	// PerHour bounds what is sent within an hour in all, CountryPerHour to the
	// numbers of one country, in segments; codes and alerts are counted apart. Of
	// PerHour the countries other than Sender.Country get half, so that they do
	// not use up what home needs. The windows begin with their first message. What
	// is more waits for the window's end, so that other channels step in.
	// Announcements ([alerts.SenderChange]) are the shop's own doing and not
	// counted. Default to 1,000 and 500.
	PerHour, CountryPerHour int
	// MaxSegments is the longest message, in segments as they are billed, from 1
	// to 6. A Korean long message (LMS) counts as 2 or more. One segment is
	// preferred always. Defaults to 2.
	MaxSegments int
	// App says that the shop has an app, which the owner is then asked to open.
	// Defaults to false.
	App bool
	// CodeDomain is the host whose pages ask for codes, one of the Sender's domains
	// or below it: phones offer a code there and nowhere else. Defaults to the
	// Sender's Domain at the time.
	CodeDomain string
	// Links puts the link to say "that was not me" into alerts that have one. It
	// teaches customers to follow links in text messages, which is what smishing
	// lives on. Defaults to false.
	Links bool
	// Now is the clock of the budgets. Defaults to time.Now.
	Now func() time.Time
}

// String tells no secret.
func (Config) String() string { return "[sms config]" }

// Format keeps every verb redacted: a provider of the shop's own may print
// itself.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Notifier sends text messages. Safe for concurrent use.
type Notifier struct{ cfg Config }

var _ alerts.Notifier = (*Notifier)(nil)

// New checks the configuration, and that the shortest text of every kind fits.
// It sends nothing.
func New(cfg Config) (*Notifier, error) {
	if err := cfg.Sender.Validate(); err != nil {
		return nil, fmt.Errorf("sms: Config.Sender: %w", err)
	}
	if cfg.Provider == nil {
		return nil, errors.New("sms: Config.Provider is required")
	}
	if cfg.MaxSegments == 0 {
		cfg.MaxSegments = 2
	}
	if cfg.MaxSegments < 1 || cfg.MaxSegments > 6 {
		return nil, fmt.Errorf("sms: Config.MaxSegments is %d, not 1 to 6", cfg.MaxSegments)
	}
	if err := cfg.bound(); err != nil {
		return nil, err
	}
	if err := checkOwnWords(cfg.Sender); err != nil {
		return nil, err
	}
	if d := cfg.CodeDomain; d != "" && (cfg.Sender.CheckLink("https://"+d+"/") != nil || !host.MatchString(d)) {
		return nil, errors.New("sms: Config.CodeDomain is none of the Sender's domains or below one")
	}
	n := &Notifier{cfg}
	if err := n.checkFit(); err != nil {
		return nil, err
	}
	return n, nil
}

// checkOwnWords keeps out of the text what phones take for a code.
func checkOwnWords(s alerts.Sender) error {
	words := s.Brand
	for key, text := range s.Texts {
		if strings.HasPrefix(key, "title.") {
			words += " " + text["ko"] + " " + text["en"]
		}
	}
	for _, text := range s.Notice.Texts {
		words += " " + text.Short
	}
	if strings.Contains(words, "#") || digitRun.MatchString(words) {
		return errors.New("sms: neither Config.Sender.Brand nor a title or Notice of its own may hold # or four digits in a row: phones take them for a code")
	}
	if s.Change != nil {
		return checkOwnWords(s.Change.Old)
	}
	return nil
}

var host = regexp.MustCompile(`^[a-z0-9.-]+$`)

// Channel is "sms".
func (*Notifier) Channel() string { return alerts.ChannelSMS }

// Notify sends one message. A recipient without a number is
// [alerts.ErrNoRecipient]; a number that is not in E.164 form or that is not sent
// to, or what the provider refuses for good, an [alerts.PermanentError]. A budget
// that is used up is an [alerts.RetryError]. Whatever else goes wrong is
// temporary, and the message may be on its way nevertheless; what may have been
// on its way three times is not sent again. Errors hold neither number nor text.
func (n *Notifier) Notify(ctx context.Context, m alerts.Message) error {
	to := m.Recipient.Phone
	if to == "" {
		return alerts.ErrNoRecipient
	}
	country, err := n.cfg.country(to)
	if err != nil {
		return &alerts.PermanentError{Err: err}
	}
	text, err := n.Render(m)
	if err != nil {
		return &alerts.PermanentError{Err: err}
	}
	if m.ID != "" && canon.CheckID(m.ID) != nil {
		return &alerts.PermanentError{Err: errors.New("sms: malformed message id")}
	}
	size := segments(text, strings.HasPrefix(to, "+82"))
	taken, err := n.take(ctx, n.budgets(m, country), size)
	if err != nil {
		return err
	}
	return n.settle(ctx, m, taken, size, clean(n.hand(ctx, m.ID, to, text)))
}

// hand gives a message to the provider.
func (n *Notifier) hand(ctx context.Context, id, to, text string) error {
	if t, ok := n.cfg.Provider.(Tagger); ok && id != "" {
		return t.SendSMSWithID(ctx, id, to, text)
	}
	return n.cfg.Provider.SendSMS(ctx, to, text)
}

// quoted finds what may be a number or a code in an error's text, which a
// provider of the shop's own may quote in any grouping.
var quoted = regexp.MustCompile(`[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){3,}`)

// clean strikes numbers and codes out of errors whose words are not this
// package's.
func clean(err error) error {
	var own *SendError
	if err == nil || errors.As(err, &own) && err.Error() == own.Error() {
		return err
	}
	return &cleanError{canon.Line(quoted.ReplaceAllString(err.Error(), "[…]"), 256), err}
}

type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.err }

// String tells no more than the type.
func (Notifier) String() string { return "[sms notifier]" }

// Format keeps every verb redacted: the provider holds secrets.
func (n Notifier) Format(f fmt.State, _ rune) { fmt.Fprint(f, n.String()) } //nolint:errcheck

// LogValue is String.
func (n Notifier) LogValue() slog.Value { return slog.StringValue(n.String()) }

package webpush

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret"
)

// Config configures a [Notifier]. It is not changed after New.
type Config struct {
	// Sender is who messages come from. Required.
	Sender alerts.Sender
	// Keys are the VAPID keys. Required; [NewKeys] makes them.
	Keys Keys
	// Contact is where a push service reaches the operator (RFC 8292 §2.1): an
	// address under the sender's rules, or an HTTPS link to its domain. Defaults
	// to the address that Sender's answers go to.
	Contact string
	// AEAD seals subscriptions. Required.
	AEAD alerts.AEAD
	// Services are the hosts of the push services that are sent to: names, "*."
	// and a domain for all below it, or [AnyService]. Defaults to
	// [DefaultServices].
	Services []string
	// Icon is the link of a picture of Sender's domain; a service worker shows
	// one of its own origin only. Defaults to Sender's logo.
	Icon string
	// Timeout bounds the sending to one browser. Defaults to 10 seconds.
	Timeout time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger takes faults; never an endpoint or a key. Defaults to discarding.
	Logger *slog.Logger
}

// String tells no secret.
func (Config) String() string { return "[webpush config]" }

// Format keeps every verb redacted: the AEAD may print itself.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Notifier sends to the browsers of an account. Safe for concurrent use.
type Notifier struct {
	store  Store
	cfg    Config
	client *http.Client
}

var _ alerts.Codeless = (*Notifier)(nil)

// String tells no more than the type: the keys are inside.
func (Notifier) String() string { return "[webpush notifier]" }

// Format keeps every verb redacted.
func (n Notifier) Format(f fmt.State, _ rune) { fmt.Fprint(f, n.String()) } //nolint:errcheck

// LogValue is String.
func (n Notifier) LogValue() slog.Value { return slog.StringValue(n.String()) }

// New checks the configuration. It does not connect.
func New(store Store, cfg Config) (*Notifier, error) {
	if store == nil {
		return nil, errors.New("webpush: New needs a store")
	}
	if err := cfg.Sender.Validate(); err != nil {
		return nil, fmt.Errorf("webpush: Config.Sender: %w", err)
	}
	if err := cfg.Keys.check(); err != nil {
		return nil, fmt.Errorf("webpush: Config.Keys: %w", err)
	}
	if err := secret.CheckAEAD(cfg.AEAD); err != nil {
		return nil, fmt.Errorf("webpush: Config.AEAD: %w", err)
	}
	var err error
	if cfg.Contact, err = contact(cfg); err != nil {
		return nil, fmt.Errorf("webpush: Config.Contact: %w", err)
	}
	if cfg.Icon != "" {
		if err := cfg.Sender.CheckLink(cfg.Icon); err != nil {
			return nil, fmt.Errorf("webpush: Config.Icon: %w", err)
		}
	}
	if len(cfg.Services) == 0 {
		cfg.Services = DefaultServices()
	}
	cfg.Services = append([]string(nil), cfg.Services...)
	if err := checkServices(cfg.Services); err != nil {
		return nil, err
	}
	if cfg.Timeout < 0 {
		return nil, errors.New("webpush: Config.Timeout is negative")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Notifier{store, cfg, newClient(nil)}, nil
}

// contact gives the operator's address as the library wants it: without its
// "mailto:", which it would put before one that is there.
func contact(cfg Config) (string, error) {
	c := strings.TrimPrefix(cfg.Contact, "mailto:")
	if c == "" {
		return cfg.Sender.Reply(), nil
	}
	if strings.HasPrefix(c, "https:") {
		return c, cfg.Sender.CheckLink(c)
	}
	s := cfg.Sender
	s.ReplyTo = c
	return c, s.Validate()
}

// Channel is "webpush".
func (n *Notifier) Channel() string { return "webpush" }

// PublicKey is what browsers subscribe to, in base64url.
func (n *Notifier) PublicKey() string { return n.cfg.Keys.Public }

// Codeless implements [alerts.Codeless].
func (*Notifier) Codeless() {}

// errCode: a lock screen is read by whoever holds the phone, and a code that is
// shown on the device that is to be proved proves nothing.
var errCode = errors.New("webpush: codes are not pushed")

// Notify sends an alert to every browser of m.Alert.Account at once. It is
// delivered when one push service took it. An account without browsers is
// [alerts.ErrNoRecipient]. Browsers that the service says are gone are
// removed. If nobody took it, a [*StatusError] that is temporary (an
// [alerts.RetryError] if the service says when), or a service that cannot be
// reached, is to be tried again; everything else is an [alerts.PermanentError],
// as are codes: name another channel for those.
func (n *Notifier) Notify(ctx context.Context, m alerts.Message) error {
	if m.Code != "" {
		return &alerts.PermanentError{Err: errCode}
	}
	rows, err := n.store.List(ctx, m.Alert.Account)
	if err != nil {
		return fmt.Errorf("webpush: list: %w", err)
	}
	if len(rows) == 0 {
		return alerts.ErrNoRecipient
	}
	p, err := n.push(m)
	if err != nil {
		return &alerts.PermanentError{Err: err}
	}
	outcomes := make([]error, len(rows))
	var wg sync.WaitGroup
	for i, r := range rows {
		wg.Go(func() { outcomes[i] = n.send(ctx, r, p) })
	}
	wg.Wait()
	return n.settle(ctx, m, rows, outcomes)
}

// bookkeeping is the time for noting what became of a message, also when the
// caller's has run out: what was sent is not unsent.
const bookkeeping = 5 * time.Second

// settle notes which browsers took the message and which are gone, and gives
// what became of it.
func (n *Notifier) settle(ctx context.Context, m alerts.Message, rows []Row, outcomes []error) error {
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookkeeping)
	defer cancel()
	var took []string
	var failed []error
	for i, err := range outcomes {
		var status *StatusError
		switch {
		case err == nil:
			took = append(took, rows[i].ID)
		case errors.As(err, &status) && status.gone():
			if _, err := n.store.Remove(keep, rows[i].Account, rows[i].ID); err != nil {
				n.cfg.Logger.ErrorContext(ctx, "webpush: a browser that is gone was not removed", "err", err)
			}
		default:
			failed = append(failed, err)
			n.cfg.Logger.WarnContext(ctx, "webpush: a browser was not reached", "delivery", m.ID, "err", err)
		}
	}
	if len(took) > 0 {
		if err := n.store.Used(keep, m.Alert.Account, took, n.cfg.Now()); err != nil {
			n.cfg.Logger.ErrorContext(ctx, "webpush: the time of use was not stored", "err", err)
		}
		return nil
	}
	if len(failed) == 0 {
		return alerts.ErrNoRecipient
	}
	return verdict(failed)
}

// verdict is the failure to report when nobody took the message: a temporary
// one if there is one, with the longest wait that was asked for.
func verdict(failed []error) error {
	var again error
	var wait time.Duration
	for _, err := range failed {
		if !temporary(err) {
			continue
		}
		if again == nil {
			again = err
		}
		if status := (*StatusError)(nil); errors.As(err, &status) && status.RetryAfter > wait {
			again, wait = err, status.RetryAfter
		}
	}
	switch {
	case wait > 0:
		return &alerts.RetryError{Err: again, After: wait}
	case again != nil:
		return again
	}
	return &alerts.PermanentError{Err: failed[0]}
}

func temporary(err error) bool {
	var status *StatusError
	if errors.As(err, &status) {
		return status.Temporary()
	}
	return !errors.Is(err, ErrAddress) && !errors.Is(err, ErrService) && !errors.Is(err, ErrSubscription)
}

package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

const (
	maxCode    = 64 // bytes
	maxList    = 200
	leaseBatch = 4
	// bookkeeping is how long the outcome of a delivery may take to be stored,
	// also after Run was told to stop.
	bookkeeping = 10 * time.Second
)

// DispatcherConfig configures a [Dispatcher]. It is not changed after
// NewDispatcher.
type DispatcherConfig struct {
	// Notifiers deliver, one a channel. Without one, alerts are not queued and
	// codes cannot be sent. Defaults to none.
	Notifiers []Notifier
	// CodeChannels are the channels that codes go to. A code on two channels
	// proves either one. Defaults to the first notifier's.
	CodeChannels []string
	// Directory knows the recipients. Required.
	Directory Directory
	// AEAD seals codes while they wait. Required.
	AEAD AEAD
	// Workers is how many messages [Dispatcher.Run] delivers at once, at most
	// 64. Defaults to 4.
	Workers int
	// Timeout bounds one attempt to deliver, at most 5 minutes. Defaults to 30
	// seconds.
	Timeout time.Duration
	// Poll is how often Run looks for messages that other processes queued.
	// Defaults to 5 seconds.
	Poll time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives failed deliveries, without address and code. Defaults to
	// none.
	Logger *slog.Logger
}

// Dispatcher delivers the outbox. Any number of dispatchers, in any number of
// processes, may work on one store: a message is leased by one at a time. A
// process that dies in the middle of a delivery leaves its lease to run out,
// and the message is delivered again; so delivery is at least once, and every
// repetition carries the same [Message].ID. Safe for concurrent use.
type Dispatcher struct {
	store     Outbox
	cfg       DispatcherConfig
	notifiers map[string]Notifier
	channels  []string
	wake      chan struct{}
}

var _ Queue = (*Dispatcher)(nil)

var channelName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// NewDispatcher makes a dispatcher over an outbox, usually the monitor's store.
func NewDispatcher(store Outbox, cfg DispatcherConfig) (*Dispatcher, error) {
	if store == nil || cfg.Directory == nil {
		return nil, errors.New("alerts: NewDispatcher needs a store and DispatcherConfig.Directory")
	}
	if err := secret.CheckAEAD(cfg.AEAD); err != nil {
		return nil, err
	}
	d := &Dispatcher{store: store, notifiers: map[string]Notifier{}, wake: make(chan struct{}, 1)}
	for i, n := range cfg.Notifiers {
		if n == nil {
			return nil, fmt.Errorf("alerts: DispatcherConfig.Notifiers[%d] is nil", i)
		}
		name := n.Channel()
		if _, ok := d.notifiers[name]; ok || !channelName.MatchString(name) {
			return nil, fmt.Errorf("alerts: DispatcherConfig.Notifiers[%d]: the channel %q is malformed or taken", i, canon.Line(name, maxKind))
		}
		d.notifiers[name], d.channels = n, append(d.channels, name)
	}
	if cfg.CodeChannels == nil && len(d.channels) > 0 {
		cfg.CodeChannels = d.channels[:1]
	}
	cfg.CodeChannels = slices.Clone(cfg.CodeChannels)
	for i, c := range cfg.CodeChannels {
		if !slices.Contains(d.channels, c) || slices.Contains(cfg.CodeChannels[:i], c) {
			return nil, fmt.Errorf("alerts: DispatcherConfig.CodeChannels: %q has no notifier or is listed twice", canon.Line(c, maxKind))
		}
	}
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	d.cfg = cfg
	return d, nil
}

func (cfg *DispatcherConfig) defaults() error {
	if cfg.Workers == 0 {
		cfg.Workers = 4
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Poll == 0 {
		cfg.Poll = 5 * time.Second
	}
	if cfg.Workers < 0 || cfg.Workers > 64 || cfg.Timeout < 0 || cfg.Timeout > 5*time.Minute || cfg.Poll < 0 {
		return errors.New("alerts: DispatcherConfig: Workers, Timeout or Poll is out of range")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Channels implements [Queue].
func (d *Dispatcher) Channels() []string { return slices.Clone(d.channels) }

// Enqueue implements [Queue].
func (d *Dispatcher) Enqueue(ctx context.Context, a Alert, channels []string, dedupe string) error {
	payload, err := encodeAlert(a)
	if err != nil {
		return err
	}
	now := d.cfg.Now()
	rows := make([]Delivery, len(channels))
	for i, c := range channels {
		rows[i] = Delivery{
			ID: secret.NewID(), Account: a.Account, Channel: c, Kind: a.Kind, Dedupe: dedupe, Payload: payload,
			CreatedAt: now, DueAt: now,
		}
	}
	return d.enqueue(ctx, rows)
}

func (d *Dispatcher) enqueue(ctx context.Context, rows []Delivery) error {
	n, err := d.store.Enqueue(ctx, rows)
	if err == nil && n > 0 {
		d.Wake()
	}
	return err
}

// SendCode queues a one-time code for the account's owner, in the transaction
// that ctx carries. The code waits sealed, is tried often, and is wiped when it
// is delivered or expires. An account that does not exist costs the same. It
// fits recovery's CodeSender. Errors: [ErrAttempt], [ErrNoChannel], the store's.
func (d *Dispatcher) SendCode(ctx context.Context, account, code string, expires time.Time) error {
	return d.sendCode(ctx, RecoveryCode, account, code, expires)
}

// SendSignInCode is [Dispatcher.SendCode] for a code that a sign-in asks for.
func (d *Dispatcher) SendSignInCode(ctx context.Context, account, code string, expires time.Time) error {
	return d.sendCode(ctx, SignInCode, account, code, expires)
}

// CodeChannels names the channels that codes go to.
func (d *Dispatcher) CodeChannels() []string { return slices.Clone(d.cfg.CodeChannels) }

func (d *Dispatcher) sendCode(ctx context.Context, kind Kind, account, code string, expires time.Time) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("%w: account: %w", ErrAttempt, err)
	}
	now := d.cfg.Now()
	if code == "" || len(code) > maxCode || canon.Line(code, maxCode) != code || strings.ContainsAny(code, " <>&\"'") || !expires.After(now) {
		return fmt.Errorf("%w: the code is malformed or has expired", ErrAttempt)
	}
	if len(d.cfg.CodeChannels) == 0 {
		return ErrNoChannel
	}
	rows := make([]Delivery, len(d.cfg.CodeChannels))
	for i, c := range d.cfg.CodeChannels {
		row := Delivery{
			ID: secret.NewID(), Account: account, Channel: c, Kind: kind,
			CreatedAt: now, DueAt: now, ExpiresAt: expires,
		}
		row.Dedupe = "code:" + row.ID // every code is a message of its own
		sealed, err := secret.Seal(d.cfg.AEAD, codeRow(row), []byte(code))
		if err != nil {
			return err
		}
		row.Payload = sealed
		rows[i] = row
	}
	if err := d.enqueue(ctx, rows); err != nil {
		return fmt.Errorf("alerts: send code: %w", err)
	}
	return nil
}

// Deliveries lists what was sent to the account's owner, newest first, at most
// 200. Payloads are not in it. Whether the caller may see it is the caller's
// to check.
func (d *Dispatcher) Deliveries(ctx context.Context, account string) ([]Delivery, error) {
	if err := canon.CheckID(account); err != nil {
		return nil, fmt.Errorf("alerts: account: %w", err)
	}
	list, err := d.store.Deliveries(ctx, account, maxList)
	if err != nil {
		return nil, fmt.Errorf("alerts: deliveries: %w", err)
	}
	return list, nil
}

// Wake makes a running [Dispatcher.Run] look at the outbox now.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// afterWake are the looks that follow a wake-up: the transaction that queued
// the message may commit only after it woke us.
var afterWake = []time.Duration{0, 50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// Run delivers until ctx ends, and returns its error. A failing notifier or
// store does not end it. It may run in several places at once.
func (d *Dispatcher) Run(ctx context.Context) error {
	looks := afterWake
	for {
		pause := d.cfg.Poll
		if len(looks) > 0 {
			pause, looks = min(looks[0], pause), looks[1:]
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-d.wake:
			looks = afterWake
		case <-timer.C:
			d.work(ctx)
		}
		timer.Stop()
	}
}

// work empties the outbox of what is due, by several workers.
func (d *Dispatcher) work(ctx context.Context) {
	var wg sync.WaitGroup
	for range d.cfg.Workers {
		wg.Go(func() {
			if _, err := d.DeliverDue(ctx); err != nil && ctx.Err() == nil {
				d.cfg.Logger.ErrorContext(ctx, "alerts: the outbox cannot be worked on", "error", err)
			}
		})
	}
	wg.Wait()
}

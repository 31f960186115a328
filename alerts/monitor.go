package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/canon"
)

const (
	burstSize   = 5         // failures that are a burst
	burstWindow = time.Hour // within this time
	keepDone    = 30 * 24 * time.Hour
	// minKeep is longer than the day within which repeats are told once.
	minKeep    = 48 * time.Hour
	purgeBatch = 1000
	// learnTries bounds how often a profile is read again because another
	// sign-in changed it meanwhile.
	learnTries = 32
)

// Config configures a [Monitor]. It is not changed after New.
type Config struct {
	// Queue delivers the alerts, usually a [*Dispatcher] over the same store.
	// Required.
	Queue Queue
	// Recorder records changed preferences; without one they are changed
	// unrecorded. It may be bound to its log after New: a log needs the monitor
	// first. Defaults to none.
	Recorder activity.Recorder
	// AEAD seals the addresses that an account had before, and phrases. Defaults
	// to none: then none are kept, and only present addresses are told.
	AEAD AEAD
	// Directory knows the zone that an owner's quiet hours default to, and the
	// names that are no phrase. Defaults to none: UTC, and any phrase.
	Directory Directory
	// Answers reads the links that the queue's messages have. Defaults to none:
	// no link is read.
	Answers *AnswerLinks
	// Policy says what becomes of unusual sign-ins. Defaults to what [Policy]
	// says.
	Policy Policy
	// Risk weighs the evidence. Defaults to what [risk.Config] says.
	Risk risk.Config
	// Limits say from which counts on something goes on that one sign-in alone
	// does not show. Guesses is Burst. Default to what [risk.Limits] says.
	Limits risk.Limits
	// Relays are autonomous systems whose addresses do not say where the visitor
	// is, beside those that [risk.NetworkOf] knows. Their places are neither
	// alarming nor learned. Defaults to none.
	Relays []uint
	// Burst is how many failures within BurstWindow are told. Defaults to 5.
	Burst int
	// BurstWindow defaults to one hour.
	BurstWindow time.Duration
	// Keep is how long ended deliveries are listed, at least 48 hours. Defaults
	// to 30 days.
	Keep time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives what fails without failing the caller. Defaults to none.
	Logger *slog.Logger
}

// Monitor judges sign-ins and turns events into alerts. Safe for concurrent use.
type Monitor struct {
	store  Store
	cfg    Config
	model  *risk.Model
	limits risk.Limits
	crowd  crowd
	counts actionCounts
}

var _ activity.Observer = (*Monitor)(nil)

// New makes a monitor over a store.
func New(store Store, cfg Config) (*Monitor, error) {
	if store == nil {
		return nil, errors.New("alerts: New needs a store")
	}
	if cfg.Queue == nil {
		return nil, errors.New("alerts: Config.Queue is required, for instance a Dispatcher")
	}
	cfg.Relays = slices.Clone(cfg.Relays)
	if err := cfg.Policy.check(); err != nil {
		return nil, err
	}
	model, err := risk.New(cfg.Risk)
	if err != nil {
		return nil, fmt.Errorf("alerts: Config.Risk: %w", err)
	}
	if cfg.Burst == 0 {
		cfg.Burst = burstSize
	}
	if cfg.BurstWindow == 0 {
		cfg.BurstWindow = burstWindow
	}
	if cfg.Burst < 2 || cfg.BurstWindow < time.Minute || cfg.BurstWindow > 24*time.Hour {
		return nil, fmt.Errorf("alerts: Config.Burst is %d in %v; at least 2, in a minute to a day", cfg.Burst, cfg.BurstWindow)
	}
	if cfg.Limits.Guesses != 0 && cfg.Limits.Guesses != cfg.Burst {
		return nil, fmt.Errorf("alerts: Config.Limits.Guesses is %d and Burst %d; set Burst alone", cfg.Limits.Guesses, cfg.Burst)
	}
	cfg.Limits.Guesses = cfg.Burst
	limits, err := risk.NewLimits(cfg.Limits)
	if err != nil {
		return nil, fmt.Errorf("alerts: Config.Limits: %w", err)
	}
	if cfg.Keep == 0 {
		cfg.Keep = keepDone
	}
	if cfg.Keep < minKeep {
		return nil, fmt.Errorf("alerts: Config.Keep is %v, at least %v is needed to tell repeats once", cfg.Keep, minKeep)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Monitor{store: store, cfg: cfg, model: model, limits: limits}, nil
}

// KnownDevice tells whether the owner has signed in on the device before. An
// empty id is no device, nor is one that is not in the form that is kept: of
// those, any number would name one device, each with tries of its own. The work
// is the same for every account.
func (m *Monitor) KnownDevice(ctx context.Context, account, deviceID string) (bool, error) {
	if err := canon.CheckID(account); err != nil {
		return false, fmt.Errorf("alerts: account: %w", err)
	}
	data, _, err := m.store.Profile(ctx, account)
	if err != nil {
		return false, fmt.Errorf("alerts: known device: %w", err)
	}
	return decodeProfile(data).KnowsDevice(deviceID) && canon.Line(deviceID, canon.MaxID) == deviceID, nil
}

// Learn makes the attempt familiar. Call it after full authentication only,
// best in the transaction that records the sign-in. Errors: [ErrAttempt],
// [ErrConflict], the store's.
func (m *Monitor) Learn(ctx context.Context, a Attempt) error {
	a, err := a.check()
	if err != nil {
		return err
	}
	attempt, fresh := m.engine(a), false
	err = m.update(ctx, a.Account, func(p *risk.Profile) {
		p.Readdress(a.WasDevice, a.Client.DeviceID)
		fresh = p.SignIns() > 0 && a.Client.DeviceID != "" && !p.KnowsDevice(a.Client.DeviceID)
		m.model.Learn(p, attempt, m.cfg.Now())
	})
	if err != nil {
		return err
	}
	m.crowd.learn(func(p *risk.Population) { p.Learn(attempt) })
	if !fresh {
		return nil
	}
	return m.noteDevice(ctx, a)
}

// ForgetDevices makes all of the account's devices unknown but the one with
// this id; "" forgets that one too. Errors: [ErrConflict], the store's.
func (m *Monitor) ForgetDevices(ctx context.Context, account, except string) error {
	return m.Unlearn(ctx, account, except, nil)
}

// update changes the account's profile; one that is not there, and learned
// nothing, stays unwritten.
func (m *Monitor) update(ctx context.Context, account string, change func(*risk.Profile)) error {
	for range learnTries {
		data, version, err := m.store.Profile(ctx, account)
		if err != nil {
			return fmt.Errorf("alerts: profile: %w", err)
		}
		p := decodeProfile(data)
		change(p)
		if p.SignIns() == 0 && version == 0 {
			return nil
		}
		won, err := m.store.PutProfile(ctx, account, p.Encode(), version, m.cfg.Now())
		if err != nil {
			return fmt.Errorf("alerts: profile: %w", err)
		}
		if won {
			return nil
		}
	}
	return ErrConflict
}

// DeleteAccount deletes all that is kept on an account (erasure), its waiting
// messages included. An account without rows is no error.
func (m *Monitor) DeleteAccount(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	if err := m.store.DeleteAccount(ctx, account); err != nil {
		return fmt.Errorf("alerts: delete account: %w", err)
	}
	return nil
}

// Purge deletes what has had its time, in batches, and says how many rows:
// ended deliveries after Config.Keep, counts whose window is over, what was told
// so long ago that it is new again, codes that have expired. It also merges what
// this instance learned of everybody's sign-ins. It may be cut off and called
// again.
func (m *Monitor) Purge(ctx context.Context) (int64, error) {
	now := m.cfg.Now()
	if err := m.merge(ctx, now); err != nil {
		return 0, err
	}
	before := Horizon{
		Done: now.Add(-m.cfg.Keep), Failures: now.Add(-m.cfg.BurstWindow), Rates: now.Add(-longestWindow),
		Topics: now.Add(-m.cfg.Keep), Codes: now, Answers: now,
	}
	total, err := m.store.PurgeContacts(ctx, now.Add(-keepContacts))
	if err != nil {
		return total, fmt.Errorf("alerts: purge: %w", err)
	}
	for {
		n, err := m.store.Purge(ctx, before, purgeBatch)
		total += n
		if err != nil {
			return total, fmt.Errorf("alerts: purge: %w", err)
		}
		if n < purgeBatch { // at most one kind of row filled its batch
			return total, nil
		}
	}
}

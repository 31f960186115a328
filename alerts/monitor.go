package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.com/accountsec/activity"
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

// Queue takes what the monitor has to tell. [*Dispatcher] is one.
type Queue interface {
	// Channels names the channels there are.
	Channels() []string
	// Enqueue keeps the alert for each of the channels until it is delivered,
	// in the transaction that ctx carries. An alert whose dedupe the account
	// had on that channel before is dropped.
	Enqueue(ctx context.Context, a Alert, channels []string, dedupe string) error
}

// Config configures a [Monitor]. It is not changed after New.
type Config struct {
	// Queue delivers the alerts, usually a [*Dispatcher] over the same store.
	// Required.
	Queue Queue
	// Recorder records changed preferences; without one they are changed
	// unrecorded. It may be bound to its log after New: a log needs the monitor
	// first. Defaults to none.
	Recorder activity.Recorder
	// AEAD seals the addresses that an account had before. Defaults to none:
	// then none are kept, and only present ones are told.
	AEAD AEAD
	// Relays are the autonomous systems of VPNs, relays and satellites, whose
	// addresses do not say where the visitor is. Their places are neither
	// alarming nor learned. Defaults to [DefaultRelays].
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

// DefaultRelays lists networks that were measured to place their visitors in
// another country more often than not: Cloudflare (WARP, 13335) and Akamai
// (36183) as relays, M247 (9009) and Datacamp (60068, 212238) as hosts of VPNs,
// Intelsat (22351) as a satellite operator.
func DefaultRelays() []uint { return []uint{13335, 36183, 9009, 60068, 212238, 22351} }

// Monitor judges sign-ins and turns events into alerts. Safe for concurrent use.
type Monitor struct {
	store Store
	cfg   Config
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
	if cfg.Relays == nil {
		cfg.Relays = DefaultRelays()
	}
	cfg.Relays = slices.Clone(cfg.Relays)
	if cfg.Burst == 0 {
		cfg.Burst = burstSize
	}
	if cfg.BurstWindow == 0 {
		cfg.BurstWindow = burstWindow
	}
	if cfg.Burst < 2 || cfg.BurstWindow < time.Minute || cfg.BurstWindow > 24*time.Hour {
		return nil, fmt.Errorf("alerts: Config.Burst is %d in %v; at least 2, in a minute to a day", cfg.Burst, cfg.BurstWindow)
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
	return &Monitor{store, cfg}, nil
}

// check brings an attempt into the form that is judged.
func (a Attempt) check() (Attempt, error) {
	if err := canon.CheckID(a.Account); err != nil {
		return a, fmt.Errorf("%w: account: %w", ErrAttempt, err)
	}
	if a.At.IsZero() {
		return a, fmt.Errorf("%w: At is missing", ErrAttempt)
	}
	a.Client.DeviceID = canon.Line(a.Client.DeviceID, canon.MaxID)
	a.Device.Name = canon.Line(a.Device.Name, maxText)
	return a, nil
}

// placed tells whether the location says where the person is.
func (m *Monitor) placed(l activity.Location) bool {
	return isCountry(l.Country) && !slices.Contains(m.cfg.Relays, l.ASN)
}

// Assess judges a sign-in before it is granted. It changes nothing. Errors:
// [ErrAttempt], the store's.
func (m *Monitor) Assess(ctx context.Context, a Attempt) (Assessment, error) {
	a, err := a.check()
	if err != nil {
		return Assessment{}, err
	}
	data, _, err := m.store.Profile(ctx, a.Account)
	if err != nil {
		return Assessment{}, fmt.Errorf("alerts: assess: %w", err)
	}
	failures, err := m.store.Failures(ctx, a.Account, m.cfg.BurstWindow, a.At)
	if err != nil {
		return Assessment{}, fmt.Errorf("alerts: assess: %w", err)
	}
	return assess(decodeProfile(data), a, m.placed(a.Location), failures, m.cfg.Burst), nil
}

// KnownDevice tells whether the owner has signed in on the device before. An
// empty id is no device; the work is the same for every account.
func (m *Monitor) KnownDevice(ctx context.Context, account, deviceID string) (bool, error) {
	if err := canon.CheckID(account); err != nil {
		return false, fmt.Errorf("alerts: account: %w", err)
	}
	data, _, err := m.store.Profile(ctx, account)
	if err != nil {
		return false, fmt.Errorf("alerts: known device: %w", err)
	}
	key := deviceKey(canon.Line(deviceID, canon.MaxID))
	return contains(decodeProfile(data).Devices, key), nil
}

// Learn makes the attempt's device and country familiar. Call it after full
// authentication only, best in the transaction that records the sign-in.
// Errors: [ErrAttempt], [ErrConflict], the store's.
func (m *Monitor) Learn(ctx context.Context, a Attempt) error {
	a, err := a.check()
	if err != nil {
		return err
	}
	return m.update(ctx, a.Account, func(p profile) profile { return p.learn(a, m.placed(a.Location)) })
}

// ForgetDevices makes all of the account's devices unknown but the one with
// this id; "" forgets that one too. Errors: [ErrConflict], the store's.
func (m *Monitor) ForgetDevices(ctx context.Context, account, except string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	key := deviceKey(canon.Line(except, canon.MaxID))
	return m.update(ctx, account, func(p profile) profile {
		p.Devices = slices.DeleteFunc(slices.Clone(p.Devices), func(s seen) bool { return s.Key != key })
		return p
	})
}

// update changes the account's profile; one without sign-ins stays unwritten.
func (m *Monitor) update(ctx context.Context, account string, change func(profile) profile) error {
	for range learnTries {
		data, version, err := m.store.Profile(ctx, account)
		if err != nil {
			return fmt.Errorf("alerts: profile: %w", err)
		}
		p := change(decodeProfile(data))
		if p.SignIns == 0 {
			return nil
		}
		won, err := m.store.PutProfile(ctx, account, p.encode(), version, m.cfg.Now())
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

// Purge deletes ended deliveries that are older than Config.Keep and counts of
// failures whose window is over, in batches, and says how many. It may be cut
// off and called again.
func (m *Monitor) Purge(ctx context.Context) (int64, error) {
	now := m.cfg.Now()
	total, err := m.store.PurgeContacts(ctx, now.Add(-keepContacts))
	if err != nil {
		return total, fmt.Errorf("alerts: purge: %w", err)
	}
	for {
		n, err := m.store.Purge(ctx, now.Add(-m.cfg.Keep), now.Add(-m.cfg.BurstWindow), purgeBatch)
		total += n
		if err != nil {
			return total, fmt.Errorf("alerts: purge: %w", err)
		}
		if n < purgeBatch { // at most one kind of row filled its batch
			return total, nil
		}
	}
}

package password

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/throttle"
)

const (
	// DefaultHistory is how many of the last passwords, the current one
	// included, may not be used again.
	DefaultHistory = 3
	// MaxHistory bounds [Config].History: each former password costs one hash.
	MaxHistory = 24
	// NoHistory lets any former password be used again.
	NoHistory = -1
)

// Config wires a [Manager].
type Config struct {
	// Policy is what a new password must meet. Defaults to the zero [Policy],
	// the recommended one.
	Policy Policy
	// Hasher hashes. Defaults to [NewArgon2id] with its defaults.
	Hasher Hasher
	// Recorder takes the events password.set, password.changed and
	// password.failed. Required: there is no default.
	Recorder activity.Recorder
	// History is how many of the last passwords, the current one included, may
	// not be used again, up to [MaxHistory]; [NoHistory] for none. Defaults to
	// [DefaultHistory].
	History int
	// Pepper seals hashes before they are stored, each to its account, so that
	// who has the database alone cannot even begin to guess. In production a
	// Tink keyset; rotate it by [Manager.Reseal]. Hashes of before keep
	// verifying and are sealed at the next sign-in or by Reseal. Sealed hashes
	// are worth nothing without the key: keep it for as long as they. Defaults
	// to none.
	Pepper AEAD
	// Breach looks new passwords up in leaked data; see password/breach. Defaults
	// to none.
	Breach Breach
	// BreachMode says what becomes of a new password when Breach cannot be
	// asked. Defaults to [BreachWarn].
	BreachMode BreachMode
	// BreachTimeout bounds one look-up. Defaults to [DefaultBreachTimeout].
	BreachTimeout time.Duration
	// BreachAtSignIn looks each password up that proves right, to advise its
	// owner: [Verified].Breached. Defaults to false.
	BreachAtSignIn bool
	// AdviseAfter is the age from which [Verified].AgeAdvice recommends a
	// change. Nobody is ever forced to one: NIST SP 800-63B-4 §3.1.1.2 forbids
	// it without evidence of compromise. Defaults to never.
	AdviseAfter time.Duration
	// ReportOnly is a policy that is not in force yet: new and verified
	// passwords are judged under it and counted ([Manager.Counts]); none is
	// refused by it. Defaults to none.
	ReportOnly *Policy
	// OnSet is called in the transaction that sets or changes a password, for
	// what must end with the old one; its error undoes the change on SQL
	// stores. Defaults to nothing.
	OnSet func(ctx context.Context, account string) error
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger takes what fails without failing the call; never a password, nor a
	// hash. Defaults to discarding.
	Logger *slog.Logger
}

// Manager sets, changes and checks passwords. Safe for concurrent use by any
// number of goroutines, and of processes over one store.
//
// Account ids are used as they are; only throttling folds their letter case and
// Unicode forms together. An id that is empty, longer than 255 bytes, not UTF-8
// or holds invisible characters is refused by every method.
type Manager struct {
	store Store
	cfg   Config
	dummy string // as stored, of a random text, for accounts without a password

	fresh, verified tally
}

// New checks cfg and hashes once, which takes as long as any hash.
func New(store Store, cfg Config) (*Manager, error) {
	if store == nil {
		return nil, errors.New("password: the manager needs a Store")
	}
	if cfg.Recorder == nil {
		return nil, errors.New("password: the manager needs a Config.Recorder")
	}
	if err := cfg.Policy.Validate(); err != nil {
		return nil, err
	}
	cfg.Policy = cfg.Policy.clone()
	if err := cfg.checkExtras(); err != nil {
		return nil, err
	}
	switch {
	case cfg.History < NoHistory || cfg.History > MaxHistory:
		return nil, fmt.Errorf("password: History %d is not within -1 to %d", cfg.History, MaxHistory)
	case cfg.History == 0:
		cfg.History = DefaultHistory
	}
	cfg.History = max(cfg.History, 0)
	if cfg.Hasher == nil {
		h, err := NewArgon2id(Argon2idConfig{})
		if err != nil {
			return nil, err
		}
		cfg.Hasher = h
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	dummy, err := cfg.Hasher.Hash(context.Background(), rand.Text())
	if err != nil {
		return nil, fmt.Errorf("password: the hasher does not work: %w", err)
	}
	m := &Manager{store: store, cfg: cfg}
	m.dummy, err = m.seal("", 0, dummy)
	return m, err
}

// checkExtras refuses what makes no sense of the optional settings and fills
// in their defaults.
func (c *Config) checkExtras() error {
	switch {
	case c.BreachMode < BreachWarn || c.BreachMode > BreachClosed:
		return fmt.Errorf("password: BreachMode %d is none", c.BreachMode)
	case c.BreachTimeout < 0:
		return fmt.Errorf("password: BreachTimeout %v is negative", c.BreachTimeout)
	case c.BreachAtSignIn && c.Breach == nil:
		return errors.New("password: BreachAtSignIn needs a Config.Breach")
	case c.AdviseAfter < 0:
		return fmt.Errorf("password: AdviseAfter %v is negative", c.AdviseAfter)
	}
	if c.Pepper != nil {
		if err := secret.CheckAEAD(c.Pepper); err != nil {
			return fmt.Errorf("password: Config.Pepper: %w", err)
		}
	}
	if c.BreachTimeout == 0 {
		c.BreachTimeout = DefaultBreachTimeout
	}
	if c.ReportOnly != nil {
		if err := c.ReportOnly.Validate(); err != nil {
			return fmt.Errorf("password: ReportOnly: %w", err)
		}
		p := c.ReportOnly.clone()
		c.ReportOnly = &p
	}
	return nil
}

// Check judges a password under the policy, for live feedback. The rule on
// former passwords is not judged. Nothing is stored or logged.
func (m *Manager) Check(password string, who Person) Report { return m.cfg.Policy.Check(password, who) }

// Version is the number of times that the account's password was set; 0 if it
// has none.
func (m *Manager) Version(ctx context.Context, account string) (int64, error) {
	if err := canon.CheckID(account); err != nil {
		return 0, err
	}
	rec, err := m.record(ctx, account)
	return rec.Version, err
}

// record reads the account's password; the zero Record if it has none.
func (m *Manager) record(ctx context.Context, account string) (Record, error) {
	rec, err := m.store.Get(ctx, account)
	if errors.Is(err, ErrNoPassword) {
		return Record{}, nil
	}
	return rec, err
}

// DeleteAccount deletes all that is kept on the account. An account without a
// password is no error.
func (m *Manager) DeleteAccount(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	return m.store.DeleteAccount(ctx, account)
}

// Purge deletes the counts of attempts that no longer matter; it says how many.
func (m *Manager) Purge(ctx context.Context) (int64, error) {
	return m.store.PurgeAttempts(ctx, m.cfg.Now())
}

func (m *Manager) event(account string, t activity.Type, o activity.Outcome, c activity.Client) activity.Event {
	return activity.Event{Account: account, Type: t, Outcome: o, At: m.cfg.Now(), Client: c}
}

var _ throttle.Store = Store(nil)

package recovery

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/sqldb"
)

// AEAD is authenticated encryption with associated data, in the shape of
// Tink's primitive. Implementations are safe for concurrent use.
type AEAD interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// Hasher hashes answers, slowly and salted; password.Argon2id is one. Hand in
// the one that hashes passwords, so that both share its memory budget.
type Hasher interface {
	Hash(ctx context.Context, answer string) (string, error)
	Verify(ctx context.Context, hash, answer string) (ok, upgrade bool, err error)
}

// CodeSender sends a one-time code by a channel to the address that the account
// has there. It must take the same time, and run the same statements, for an
// account that is unknown or has no address; best it only queues, in the
// transaction that ctx carries.
type CodeSender interface {
	SendCode(ctx context.Context, account, channel, code string, expires time.Time) error
}

// Announcer tells the owner of a wait, in the transaction that ctx carries: on
// every channel and at every address that the account had lately, with a link
// that holds the cancel token. e is the event of it.
type Announcer interface {
	AnnounceWait(ctx context.Context, e activity.Event, cancel string, ready time.Time) error
}

// Config configures a [Manager]. It is copied; later changes have no effect.
type Config struct {
	// AEAD seals answers and codes. Required.
	AEAD AEAD
	// Recorder takes the events. Required.
	Recorder activity.Recorder
	// Codes sends the codes. Required.
	Codes CodeSender
	// Channels are what codes can go by, the default first. Defaults to one
	// without a name.
	Channels []string
	// Hasher hashes the answers. Required.
	Hasher Hasher
	// DecoyKey is at least 32 secret bytes, the same on all instances: it
	// chooses which questions are asked, and the decoys. Required.
	DecoyKey []byte
	// MinSet is the least number of answers to set, up to 10. Defaults to 3.
	MinSet int
	// Asked is how many are asked, up to MinSet. Defaults to 2.
	Asked int
	// Required is how many must be right, up to Asked. Defaults to 2.
	Required int
	// Announcer announces waits. Defaults to none: without one no delay stands
	// in for a second factor.
	Announcer Announcer
	// Delay is how long such a wait is, 24 to 72 hours. Defaults to 48 hours.
	Delay time.Duration
	// Hold is how long actions stay held after a recovery, up to 90 days.
	// Defaults to 72 hours.
	Hold time.Duration
	// Holds are the times of actions that differ from Hold; 0 holds nothing.
	// Defaults to none.
	Holds map[Action]time.Duration
	// StaleAfter is when answers should be practised. Defaults to 365 days.
	StaleAfter time.Duration
	// StartsPerHour is how many recoveries may begin within an hour, over all
	// accounts, before they are slowed down; one network (/24, or /48 of IPv6) has
	// a fifth of them. Known devices do not count.
	// Defaults to 1000.
	StartsPerHour int
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives faults; never a secret. Defaults to discarding.
	Logger *slog.Logger
}

// Manager keeps answers and runs recoveries. Safe for concurrent use.
type Manager struct {
	store Store
	cfg   Config
	dummy string // a hash of a random text, which no answer to a decoy can match
}

// New returns a manager. It computes one hash.
func New(store Store, cfg Config) (*Manager, error) {
	if store == nil || cfg.Recorder == nil || cfg.Codes == nil || cfg.Hasher == nil {
		return nil, errors.New("recovery: New needs a store and Config's Recorder, Codes and Hasher")
	}
	if len(cfg.DecoyKey) < secret.MinKey {
		return nil, fmt.Errorf("recovery: Config.DecoyKey has %d bytes, at least %d are needed", len(cfg.DecoyKey), secret.MinKey)
	}
	if err := secret.CheckAEAD(cfg.AEAD); err != nil {
		return nil, fmt.Errorf("recovery: %w", err)
	}
	cfg.DecoyKey, cfg.Holds = slices.Clone(cfg.DecoyKey), maps.Clone(cfg.Holds)
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	dummy, err := cfg.Hasher.Hash(context.Background(), rand.Text())
	if err != nil {
		return nil, fmt.Errorf("recovery: hasher: %w", err)
	}
	return &Manager{store: store, cfg: cfg, dummy: dummy}, nil
}

const (
	minDelay, maxDelay = 24 * time.Hour, 72 * time.Hour
	maxHold            = 90 * 24 * time.Hour
)

func (cfg *Config) defaults() error {
	or(&cfg.MinSet, 3)
	or(&cfg.Asked, 2)
	or(&cfg.Required, 2)
	or(&cfg.StartsPerHour, 1000)
	or(&cfg.Delay, 48*time.Hour)
	or(&cfg.Hold, 72*time.Hour)
	or(&cfg.StaleAfter, 365*24*time.Hour)
	if cfg.Required < 1 || cfg.Required > cfg.Asked || cfg.Asked > cfg.MinSet || cfg.MinSet > maxAnswers {
		return fmt.Errorf("recovery: Config asks for Required %d <= Asked %d <= MinSet %d <= %d", cfg.Required, cfg.Asked, cfg.MinSet, maxAnswers)
	}
	if cfg.Delay < minDelay || cfg.Delay > maxDelay {
		return fmt.Errorf("recovery: Config.Delay is %v, not within %v and %v", cfg.Delay, minDelay, maxDelay)
	}
	for _, hold := range append(slices.Collect(maps.Values(cfg.Holds)), cfg.Hold) {
		if hold < 0 || hold > maxHold {
			return fmt.Errorf("recovery: Config holds an action for %v, not within 0 and %v", hold, maxHold)
		}
	}
	if cfg.StaleAfter < 0 || cfg.StartsPerHour < 0 {
		return errors.New("recovery: Config.StaleAfter or StartsPerHour is negative")
	}
	if len(cfg.Channels) == 0 {
		cfg.Channels = []string{""}
	}
	cfg.Channels = slices.Clone(cfg.Channels)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

func or[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Channels lists what codes can go by, the default first.
func (m *Manager) Channels() []string { return slices.Clone(m.cfg.Channels) }

// Delay is how long a wait in place of a second factor would be; 0 if there is
// no [Config].Announcer and so no wait.
func (m *Manager) Delay() time.Duration {
	if m.cfg.Announcer == nil {
		return 0
	}
	return m.cfg.Delay
}

// DeleteAccount deletes all that is stored on the account.
func (m *Manager) DeleteAccount(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	return m.store.DeleteAccount(ctx, account)
}

// keepOutcomes is how many days of outcomes are kept for [Manager.Report].
const keepOutcomes = 400

// Purge deletes expired tickets and waits, forgotten attempts, and outcomes
// older than 400 days, and returns how many rows it deleted.
func (m *Manager) Purge(ctx context.Context) (int64, error) {
	now := m.cfg.Now()
	n, err := m.store.PurgePending(ctx, day(now)-keepOutcomes, now)
	if err != nil {
		return n, err
	}
	k, err := m.store.PurgeAttempts(ctx, now)
	return n + k, err
}

// question opens a stored question.
func (m *Manager) question(account string, s StoredAnswer) (Question, error) {
	if !strings.HasPrefix(s.Question, ownPrefix) {
		q, _ := lookup(s.Question)
		return q, nil
	}
	text, err := secret.Open(m.cfg.AEAD, textRow(account, s.Question), s.SealedText)
	return Question{Own: string(text), Kind: Own}, err
}

func (m *Manager) event(account string, t activity.Type, o activity.Outcome, c activity.Client) activity.Event {
	return activity.Event{Account: account, Type: t, Outcome: o, At: m.cfg.Now(), Client: c}
}

// record records a step and counts its outcome, in the transaction of ctx. The
// count comes last: everybody's recoveries meet at its row.
func (m *Manager) record(ctx context.Context, o Outcome, e activity.Event) error {
	if err := m.cfg.Recorder.Record(ctx, e); err != nil || o == "" {
		return err
	}
	return m.store.CountOutcome(ctx, day(e.At), o)
}

// note records a check, which stands even if it cannot be recorded. It commits
// on its own, as the count of the attempt did.
func (m *Manager) note(ctx context.Context, o Outcome, e activity.Event) {
	if err := m.record(sqldb.Detach(ctx), o, e); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "recovery: an event was not recorded", "type", e.Type, "err", err)
	}
}

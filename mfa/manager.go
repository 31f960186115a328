package mfa

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"sync"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// The limits. They are the same for every shop: each is part of the security
// model of the package.
const (
	// MaxFactors is how many factors an account may have.
	MaxFactors = 10
	// MaxName is the longest name of a factor, in characters: Unicode code points
	// of its composed form (NFC), so a Hangul syllable is one and up to 4 bytes are
	// stored of each.
	MaxName = 64
	// MaxResponse is the longest response that a method sees, in bytes. Longer
	// ones are wrong.
	MaxResponse = 64 << 10
	// EnrollLifetime is how long an enrolment can be finished.
	EnrollLifetime = 15 * time.Minute
	// ChallengeLifetime is how long a challenge can be answered.
	ChallengeLifetime = 10 * time.Minute
	// ProofLifetime is how long a proof allows changes of factors.
	ProofLifetime = 10 * time.Minute
	// MaxAttempts is how many responses a challenge or an enrolment takes.
	MaxAttempts = 5
	// MaxFailures is how many failures in a row an account may see with one
	// guessable method before the method stops for it. The last
	// [KnownFailures] of them are kept for the owner's known devices.
	MaxFailures = 100
	// KnownFailures is how many of MaxFailures are kept for known devices.
	KnownFailures = 10
	// MaxLookup is the longest [Verdict].Lookup, in bytes.
	MaxLookup = 64
	// DiscoverLifetime is how long a [Discovery] can be answered.
	DiscoverLifetime = 5 * time.Minute
)

// AEAD is authenticated encryption with associated data, in the shape of
// Tink's primitive. Implementations are safe for concurrent use.
type AEAD interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// Config configures a [Manager]. It is copied; later changes have no effect.
type Config struct {
	// Methods are the factors on offer, each name once. An account whose
	// method is no longer here is still asked for a factor; it has its
	// recovery codes. Defaults to none.
	Methods []Method
	// AEAD seals factors and challenges at rest. Required.
	AEAD AEAD
	// Recorder takes the events. Required.
	Recorder activity.Recorder
	// OnEnabled is called the first time that an account finishes the
	// enrolment of a method, once for ever: also not again after the factor is
	// removed and enrolled anew. It runs inside the transaction that enrols,
	// carried by ctx; on SQL stores an error undoes the enrolment, and what it
	// writes through ctx is undone with it. It may be called again if the
	// database repeats the transaction. Defaults to nothing.
	OnEnabled func(ctx context.Context, account, method string) error
	// MayEnroll is asked before the enrolment of an account's first factor begins,
	// for which there is no factor to prove; its error refuses and is what
	// [Manager.StartEnroll] returns. Defaults to nothing.
	MayEnroll func(ctx context.Context, req StartEnrollRequest) error
	// MayRemove is asked before an owner's factor is removed; its error refuses
	// and is what [Manager.Remove] returns. Defaults to nothing.
	MayRemove func(ctx context.Context, account string) error
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives faults; never a secret. Defaults to discarding.
	Logger *slog.Logger
}

// Manager runs the flows of second factors; see the package comment. Safe for
// concurrent use.
type Manager struct {
	store   Store
	cfg     Config
	methods map[string]Method
	looking sync.Map // accounts with a response that may be settled at once
}

var methodName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// New checks the configuration; it does not touch the store.
func New(store Store, cfg Config) (*Manager, error) {
	if store == nil {
		return nil, errors.New("mfa: a store is required")
	}
	if cfg.Recorder == nil {
		return nil, errors.New("mfa: Config.Recorder is required")
	}
	if cfg.AEAD == nil {
		return nil, errors.New("mfa: Config.AEAD is required")
	}
	if err := secret.CheckAEAD(cfg.AEAD); err != nil {
		return nil, fmt.Errorf("mfa: Config.AEAD: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Methods = slices.Clone(cfg.Methods)
	m := &Manager{store: store, cfg: cfg, methods: map[string]Method{}}
	for _, method := range cfg.Methods {
		if method == nil {
			return nil, errors.New("mfa: Config.Methods holds nil")
		}
		name := method.Info().Name
		if !methodName.MatchString(name) || name == RecoveryCode {
			return nil, fmt.Errorf("mfa: a method may not be named %q", canon.Line(name, 64))
		}
		if m.methods[name] != nil {
			return nil, fmt.Errorf("mfa: two methods are named %q", name)
		}
		m.methods[name] = method
	}
	return m, nil
}

// Methods lists the names of the methods on offer, in the order configured.
func (m *Manager) Methods() []string {
	names := make([]string, len(m.cfg.Methods))
	for i, method := range m.cfg.Methods {
		names[i] = method.Info().Name
	}
	return names
}

// CancelPending ends what the account has begun and not finished: challenges
// and enrolments, whoever began them. Factors stay.
func (m *Manager) CancelPending(ctx context.Context, account string) error {
	if err := checkAccount(account); err != nil {
		return err
	}
	return m.store.DeletePending(ctx, account)
}

// DeleteAccount erases all that is kept on the account. An account without
// rows is no error.
func (m *Manager) DeleteAccount(ctx context.Context, account string) error {
	if err := checkAccount(account); err != nil {
		return err
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		for _, method := range m.cfg.Methods {
			if k, ok := method.(Keeper); ok {
				if err := k.DeleteAccount(ctx, account); err != nil {
					return fmt.Errorf("mfa: %s: %w", k.Info().Name, err)
				}
			}
		}
		return m.store.DeleteAccount(ctx, account)
	})
}

// Purge deletes expired challenges and enrolments and forgotten attempts, and
// says how many. Nothing depends on it but space.
func (m *Manager) Purge(ctx context.Context) (int64, error) {
	total, err := m.store.Purge(ctx, m.cfg.Now())
	for _, method := range m.cfg.Methods {
		k, ok := method.(Keeper)
		if err != nil || !ok {
			continue
		}
		var n int64
		n, err = k.Purge(ctx)
		total += n
	}
	return total, err
}

func checkAccount(account string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("mfa: account: %w", err)
	}
	return nil
}

// record makes a change's event part of it: an error fails the change.
func (m *Manager) record(ctx context.Context, account string, t activity.Type, o activity.Outcome, c activity.Client, detail map[string]string) error {
	err := m.cfg.Recorder.Record(ctx, activity.Event{
		Account: account, Type: t, Outcome: o, At: m.cfg.Now(), Client: c, Detail: detail,
	})
	if err != nil {
		return fmt.Errorf("mfa: record %s: %w", t, err)
	}
	return nil
}

// note records the outcome of a check, which stands even if that fails.
func (m *Manager) note(ctx context.Context, account string, t activity.Type, o activity.Outcome, c activity.Client, detail map[string]string) {
	if err := m.record(ctx, account, t, o, c, detail); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "mfa: an event was not recorded", "type", string(t), "error", err)
	}
}

// factorRow and challengeRow name the rows that states are sealed for.
func factorRow(method, account, id string) secret.Row { return secret.At("mfa."+method, account, id) }

func challengeRow(c ChallengeRow, whose string) secret.Row {
	return secret.At("mfa.challenge", c.Account, c.Purpose, c.ID, whose)
}

func (m *Manager) seal(row secret.Row, state []byte) ([]byte, error) {
	sealed, err := secret.Seal(m.cfg.AEAD, row, state)
	if err != nil {
		return nil, fmt.Errorf("mfa: seal: %w", err)
	}
	return sealed, nil
}

func (m *Manager) open(row secret.Row, sealed []byte) ([]byte, error) {
	state, err := secret.Open(m.cfg.AEAD, row, sealed)
	if err != nil {
		return nil, ErrSealed
	}
	return state, nil
}

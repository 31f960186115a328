package recovery

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// AEAD is authenticated encryption with associated data, in the shape of
// Tink's primitive. Implementations are safe for concurrent use.
type AEAD interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// Hasher hashes answers, slowly and salted; password.Argon2id is one.
type Hasher interface {
	Hash(ctx context.Context, answer string) (string, error)
	Verify(ctx context.Context, hash, answer string) (ok, upgrade bool, err error)
}

// CodeSender sends a one-time code to an address that the account had before.
// It must take the same time, and run the same statements, for an account that
// is unknown or has no address; best it only queues, in the transaction that
// ctx carries.
type CodeSender interface {
	SendCode(ctx context.Context, account, code string, expires time.Time) error
}

// Config configures a [Manager].
type Config struct {
	// AEAD seals answers and codes. Required.
	AEAD AEAD
	// Recorder takes the events. Required.
	Recorder activity.Recorder
	// Codes sends the codes. Required.
	Codes CodeSender
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
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	dummy, err := cfg.Hasher.Hash(context.Background(), rand.Text())
	if err != nil {
		return nil, fmt.Errorf("recovery: hasher: %w", err)
	}
	return &Manager{store: store, cfg: cfg, dummy: dummy}, nil
}

func (cfg *Config) defaults() error {
	for _, d := range []struct {
		v   *int
		def int
	}{{&cfg.MinSet, 3}, {&cfg.Asked, 2}, {&cfg.Required, 2}} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if cfg.Required < 1 || cfg.Required > cfg.Asked || cfg.Asked > cfg.MinSet || cfg.MinSet > maxAnswers {
		return fmt.Errorf("recovery: Config asks for Required %d <= Asked %d <= MinSet %d <= %d", cfg.Required, cfg.Asked, cfg.MinSet, maxAnswers)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// SetAnswers replaces the account's answers. The caller has made sure that the
// owner asks. Errors: [ErrTooFew], [ErrTooMany], *[AnswerError].
func (m *Manager) SetAnswers(ctx context.Context, account string, answers []Answer, about Facts, c activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	if len(answers) < m.cfg.MinSet {
		return ErrTooFew
	}
	if len(answers) > maxAnswers {
		return ErrTooMany
	}
	normal, err := check(answers, about)
	if err != nil {
		return err
	}
	old, err := m.store.GetAnswers(ctx, account)
	if err != nil {
		return err
	}
	set := Answers{Version: old.Version + 1, SetAt: m.cfg.Now()}
	for i, a := range answers {
		stored, err := m.seal(ctx, account, set.Version, a, normal[i])
		if err != nil {
			return err
		}
		set.List = append(set.List, stored)
	}
	return m.store.InTx(ctx, func(ctx context.Context) error {
		won, err := m.store.SetAnswers(ctx, account, set)
		if err != nil {
			return err
		}
		if !won {
			return errors.New("recovery: the answers were changed elsewhere at the same time")
		}
		return m.cfg.Recorder.Record(ctx, m.event(account, activity.AnswersSet, activity.OutcomeSuccess, c))
	})
}

const ownPrefix = "own:"

func (m *Manager) seal(ctx context.Context, account string, version int64, a Answer, normal string) (s StoredAnswer, err error) {
	s.Question = a.Question
	if a.Own != "" {
		s.Question = ownPrefix + secret.NewID()
		if s.SealedText, err = secret.Seal(m.cfg.AEAD, textRow(account, s.Question), []byte(a.Own)); err != nil {
			return s, err
		}
	}
	hash, err := m.cfg.Hasher.Hash(ctx, normal)
	if err != nil {
		return s, err
	}
	s.SealedHash, err = secret.Seal(m.cfg.AEAD, answerRow(account, s.Question, version), []byte(hash))
	return s, err
}

func answerRow(account, question string, version int64) secret.Row {
	return secret.At("recovery.answer", account, question, fmt.Sprint(version))
}

func textRow(account, question string) secret.Row {
	return secret.At("recovery.question", account, question)
}

// Status tells that answers are set, never which.
type Status struct {
	// Set is how many are set; 0 means that recovery is not possible.
	Set int
	// At is when they were set.
	At time.Time
}

// Configured tells how many answers the account has set, and when.
func (m *Manager) Configured(ctx context.Context, account string) (Status, error) {
	if err := canon.CheckID(account); err != nil {
		return Status{}, err
	}
	a, err := m.store.GetAnswers(ctx, account)
	return Status{len(a.List), a.SetAt}, err
}

// RemoveAnswers deletes the account's answers.
func (m *Manager) RemoveAnswers(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	return m.store.DeleteAnswers(ctx, account)
}

// Cancel ends the account's pending tickets and grants.
func (m *Manager) Cancel(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	return m.store.DeleteTickets(ctx, account)
}

// DeleteAccount deletes all that is stored on the account.
func (m *Manager) DeleteAccount(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	return m.store.DeleteAccount(ctx, account)
}

// Purge deletes expired tickets and forgotten attempts, and returns how many
// rows it deleted.
func (m *Manager) Purge(ctx context.Context) (int64, error) {
	now := m.cfg.Now()
	n, err := m.store.PurgeTickets(ctx, now)
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

// note records a check, which stands even if it cannot be recorded.
func (m *Manager) note(ctx context.Context, e activity.Event) {
	if err := m.cfg.Recorder.Record(ctx, e); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "recovery: an event was not recorded", "type", e.Type, "err", err)
	}
}

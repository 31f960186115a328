package recovery

import (
	"context"
	"fmt"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// SetAnswers replaces the account's answers, which costs one hash each. The
// caller has made sure that the owner asks. Recoveries under way end, and
// failures under the old answers are forgotten. Errors: [ErrTooFew],
// [ErrTooMany], *[AnswerError], [ErrChanged].
func (m *Manager) SetAnswers(ctx context.Context, account string, answers []Answer, owner Owner, c activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	if len(answers) < m.cfg.MinSet {
		return fmt.Errorf("%w: %d, at least %d are needed", ErrTooFew, len(answers), m.cfg.MinSet)
	}
	if len(answers) > maxAnswers {
		return fmt.Errorf("%w: %d, at most %d are kept", ErrTooMany, len(answers), maxAnswers)
	}
	normal, err := check(answers, owner)
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
	return m.replace(ctx, account, set, m.event(account, activity.AnswersSet, activity.OutcomeSuccess, c))
}

// RemoveAnswers deletes the account's answers, and ends recoveries under way.
// Errors: [ErrNoAnswers], [ErrChanged].
func (m *Manager) RemoveAnswers(ctx context.Context, account string, c activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	old, err := m.store.GetAnswers(ctx, account)
	if err != nil {
		return err
	}
	if len(old.List) == 0 {
		return ErrNoAnswers
	}
	set := Answers{Version: old.Version + 1, SetAt: m.cfg.Now()}
	return m.replace(ctx, account, set, m.event(account, activity.AnswersRemoved, activity.OutcomeSuccess, c))
}

func (m *Manager) replace(ctx context.Context, account string, set Answers, e activity.Event) error {
	return m.store.InTx(ctx, func(ctx context.Context) error {
		won, err := m.store.SetAnswers(ctx, account, set)
		if err != nil {
			return err
		}
		if !won {
			return ErrChanged
		}
		if err := m.store.ResetFailures(ctx, account, "", true); err != nil {
			return err
		}
		if err := m.end(ctx, account, reasonAnswers, e.Client); err != nil {
			return err
		}
		return m.record(ctx, "", e)
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

// Status tells that answers are set, never which. It is all that a support
// agent may see.
type Status struct {
	// Set is how many are set; 0 means that recovery is not possible.
	Set int
	// At is when they were set, Used when a recovery by them was last
	// completed; zero: never.
	At, Used time.Time
	// Stale tells that they were neither set nor practised ([Manager.Drill]) for
	// [Config].StaleAfter: ask the owner whether they still know them.
	Stale bool
}

// Configured tells how many answers the account has set, and when.
func (m *Manager) Configured(ctx context.Context, account string) (Status, error) {
	if err := canon.CheckID(account); err != nil {
		return Status{}, err
	}
	a, err := m.store.GetAnswers(ctx, account)
	if err != nil || len(a.List) == 0 {
		return Status{}, err
	}
	last := a.SetAt
	for _, at := range []time.Time{a.ProvedAt, a.UsedAt} {
		if at.After(last) {
			last = at
		}
	}
	return Status{Set: len(a.List), At: a.SetAt, Used: a.UsedAt, Stale: m.cfg.Now().Sub(last) >= m.cfg.StaleAfter}, nil
}

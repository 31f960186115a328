package recovery

import (
	"context"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/throttle"
)

// DrillQuestions gives the questions of a drill: those that a recovery would
// ask, and no others, so that a stolen session learns nothing that a stolen
// mailbox would not. Errors: [ErrNoAnswers].
func (m *Manager) DrillQuestions(ctx context.Context, account string) ([]Question, error) {
	a, err := m.practice(ctx, account)
	return a.questions, err
}

func (m *Manager) practice(ctx context.Context, account string) (asked, error) {
	if err := canon.CheckID(account); err != nil {
		return asked{}, err
	}
	a, err := m.ask(ctx, account)
	if err == nil && len(a.answers) == 0 {
		err = ErrNoAnswers
	}
	return a, err
}

// Drill lets the owner, who is signed in, find out whether they still know the
// answers. Knowing them makes them fresh again and forgets failures; not
// knowing them has no consequences: no alert, and nothing is counted against a
// recovery. Three tries a day, so that a stolen session is no place to guess.
// The cost is that of answering in a recovery. Errors: [ErrNoAnswers],
// *[ThrottledError].
func (m *Manager) Drill(ctx context.Context, account string, answers []string, c activity.Client) (known bool, err error) {
	a, err := m.practice(ctx, account)
	if err != nil {
		return false, err
	}
	bucket := drillBucket(account)
	if err := m.take(ctx, bucket); err != nil {
		return false, err
	}
	right, err := m.compare(ctx, account, a, answers)
	if err != nil {
		return false, err
	}
	if right < m.cfg.Required {
		m.note(ctx, "", m.event(account, activity.AnswersDrilled, activity.OutcomeFailure, c))
		return false, nil
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.TouchAnswers(ctx, account, true, m.cfg.Now()); err != nil {
			return err
		}
		if err := m.store.ResetFailures(ctx, account, "", true); err != nil {
			return err
		}
		if err := throttle.Succeed(ctx, m.store, bucket); err != nil {
			return err
		}
		return m.record(ctx, "", m.event(account, activity.AnswersDrilled, activity.OutcomeSuccess, c))
	})
	return err == nil, err
}

package recovery

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/sqldb"
)

// MaxFailures is how often in a row the answers of an account may be wrong,
// over all tickets and days, before it takes another way to open it again; see
// [ErrStopped]. What it bounds is a thief of the mailbox who has all the time
// in the world.
const MaxFailures = 10

// asked is what an account is asked. Decoys have questions and no answers.
type asked struct {
	version   int64
	questions []Question
	answers   []StoredAnswer
}

// ask chooses the questions by a keyed hash of the account, the version and
// the question, so that a new ticket does not draw easier ones; weak ones come
// last.
func (m *Manager) ask(ctx context.Context, account string) (asked, error) {
	set, err := m.store.GetAnswers(ctx, account)
	if err != nil {
		return asked{}, err
	}
	a := asked{version: set.Version}
	if len(set.List) < m.cfg.Asked {
		for _, i := range m.draw(account, 0, decoys) {
			q, _ := lookup(decoys[i])
			a.questions = append(a.questions, q)
		}
		return a, nil
	}
	ids := make([]string, len(set.List))
	for i, s := range set.List {
		ids[i] = s.Question
	}
	for _, i := range m.draw(account, set.Version, ids) {
		q, err := m.question(account, set.List[i])
		if err != nil {
			return asked{}, err
		}
		a.questions = append(a.questions, q)
		a.answers = append(a.answers, set.List[i])
	}
	return a, nil
}

// askFor is ask for a ticket: [ErrBadTicket] if the answers were set anew since
// it was begun.
func (m *Manager) askFor(ctx context.Context, t Ticket) (asked, error) {
	a, err := m.ask(ctx, t.Account)
	if err == nil && a.version != t.Version {
		err = ErrBadTicket
	}
	return a, err
}

// draw gives the places of Asked of the ids, the same for the same input.
func (m *Manager) draw(account string, version int64, ids []string) []int {
	order := make([]int, len(ids))
	rank := make([]string, len(ids))
	for i, id := range ids {
		mac := hmac.New(sha256.New, m.cfg.DecoyKey)
		fmt.Fprintf(mac, "accountsec/v1|recovery.draw|%d|%s|%d|%s", len(account), account, version, id)
		weak := "0"
		if q, ok := lookup(id); ok && q.Grade == Weak {
			weak = "1"
		}
		order[i], rank[i] = i, weak+string(mac.Sum(nil))
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(rank[a], rank[b]) })
	return order[:min(len(ids), m.cfg.Asked)]
}

// Answer checks the answers, in the order of the questions, and tells whose
// they were. It always costs Config.Asked hashes, and never tells which answer
// was wrong. Errors: [ErrWrongAnswers], [ErrBadTicket], [ErrStopped],
// *[ThrottledError].
func (m *Manager) Answer(ctx context.Context, token string, answers []string, c activity.Client) (Info, error) {
	t, err := m.ticket(ctx, token, stepProved, c)
	if err != nil {
		return Info{}, err
	}
	if err := m.take(ctx, answerBucket(t)); err != nil {
		return Info{}, err
	}
	if err := counted(m.store.TakeAnswerTry(ctx, t.Hash, maxAnswerTries, m.cfg.Now())); err != nil {
		return Info{}, err
	}
	ok, err := m.store.TakeFailure(ctx, t.Account, t.Slot, MaxFailures) // until it proves right
	if err != nil {
		return Info{}, err
	}
	if !ok {
		m.note(ctx, Refused, m.event(t.Account, activity.RecoveryFailed, activity.OutcomeDenied, c))
		return Info{}, ErrStopped
	}
	a, err := m.askFor(ctx, t)
	if err != nil {
		return Info{}, err
	}
	right, err := m.compare(ctx, t.Account, a, answers)
	if err != nil {
		m.refund(ctx, t) // nothing was judged
		return Info{}, err
	}
	if right < m.cfg.Required {
		m.note(ctx, WrongAnswers, m.event(t.Account, activity.RecoveryFailed, activity.OutcomeFailure, c))
		return Info{}, ErrWrongAnswers
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.ResetFailures(ctx, t.Account, t.Slot, false); err != nil {
			return err
		}
		return m.advance(ctx, t, stepProved, stepAnswered, Answered, m.event(t.Account, activity.RecoveryAnswered, activity.OutcomeSuccess, c), answerBucket(t))
	})
	if err != nil {
		return Info{}, err
	}
	return t.info(), nil
}

// compare counts the right answers, with Asked hashes whatever is stored and
// given.
func (m *Manager) compare(ctx context.Context, account string, a asked, answers []string) (right int, err error) {
	for i := range m.cfg.Asked {
		given, hash := "", m.dummy
		if i < len(answers) {
			given = normalize(answers[i])
		}
		if i < len(a.answers) {
			raw, err := secret.Open(m.cfg.AEAD, answerRow(account, a.answers[i].Question, a.version), a.answers[i].SealedHash)
			if err != nil {
				return 0, err
			}
			hash = string(raw)
		}
		ok, _, err := m.cfg.Hasher.Verify(ctx, hash, given)
		if err != nil {
			return 0, err
		}
		if ok && given != "" {
			right++
		}
	}
	return right, nil
}

// refund gives back an attempt that was never judged, for instance because the
// hashing budget was exhausted, even if the caller has left meanwhile. It tells
// nobody anything: a result is given when all answers were compared, or not at
// all.
func (m *Manager) refund(ctx context.Context, t Ticket) {
	ctx, cancel := context.WithTimeout(sqldb.Detach(context.WithoutCancel(ctx)), time.Second)
	defer cancel()
	b := answerBucket(t)
	if err := m.store.RefundAttempt(ctx, b.Account, b.Name); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "recovery: an attempt was not refunded", "err", err)
	}
	if err := m.store.RefundFailure(ctx, t.Account, t.Slot); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "recovery: a failure was not refunded", "err", err)
	}
}

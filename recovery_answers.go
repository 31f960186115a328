package accountsec

import (
	"context"
	"strings"

	"example.com/accountsec/activity"
	"example.com/accountsec/recovery"
)

// SetAnswers sets the account's security questions, at least
// [RecoveryConfig].MinSet of them, so three, and at most 10. They are what
// [Guard.AnswerRecovery] asks for; [Guard.Answer] is something else, a link in a
// message. The current password is asked for, because whoever sets the answers
// can later recover the account. Errors: [ErrSignIn], [ErrPasswordRevoked],
// *[ThrottledError], *recovery.AnswerError, [ErrConflict], recovery.ErrTooFew,
// recovery.ErrTooMany.
func (g *Guard) SetAnswers(ctx context.Context, account, current string, answers []recovery.Answer, c activity.Client) error {
	a, err := g.proveOwner(ctx, account, current, c)
	if err != nil {
		return err
	}
	return translate(g.recovery.SetAnswers(ctx, a.ID, answers, recovery.Owner{Facts: g.facts(a), Password: current}, c))
}

// RemoveAnswers removes the account's security questions: it cannot be
// recovered any more. Errors: [ErrSignIn], [ErrPasswordRevoked], *[ThrottledError],
// [ErrConflict], recovery.ErrNoAnswers.
func (g *Guard) RemoveAnswers(ctx context.Context, account, current string, c activity.Client) error {
	a, err := g.proveOwner(ctx, account, current, c)
	if err != nil {
		return err
	}
	return translate(g.recovery.RemoveAnswers(ctx, a.ID, c))
}

// proveOwner checks the current password, as a sign-in does.
func (g *Guard) proveOwner(ctx context.Context, account, current string, c activity.Client) (Account, error) {
	a, err := g.cfg.Accounts.Account(ctx, account)
	if err != nil {
		return Account{}, err
	}
	_, err = g.provePassword(ctx, a.ID, current, c)
	return a, err
}

// RecoveryStatus tells how many security questions are set, since when, when
// they were last used and whether they should be practised; never which
// answers. It is what a support agent may see.
func (g *Guard) RecoveryStatus(ctx context.Context, account string) (recovery.Status, error) {
	return g.recovery.Configured(ctx, account)
}

// DrillQuestions gives the questions that [Guard.Drill] asks. account is the
// one that is signed in. Errors: recovery.ErrNoAnswers.
func (g *Guard) DrillQuestions(ctx context.Context, account string) ([]recovery.Question, error) {
	if err := checkID(account); err != nil {
		return nil, err
	}
	return g.recovery.DrillQuestions(ctx, account)
}

// Drill lets an owner who is signed in find out, once a year or so
// (recovery.Status.Stale), whether they still know the answers. Not knowing
// them has no consequences. Errors: recovery.ErrNoAnswers, *[ThrottledError].
func (g *Guard) Drill(ctx context.Context, account string, answers []string, c activity.Client) (known bool, err error) {
	if err := checkID(account); err != nil {
		return false, err
	}
	known, err = g.recovery.Drill(ctx, account, answers, c)
	return known, translate(err)
}

// facts are what an answer must not simply repeat.
func (g *Guard) facts(a Account) []string {
	f := []string{a.Name, a.Email, a.Phone, a.ID, g.cfg.Sender.Brand}
	// The number without its prefixes, which are written in several ways:
	// +82 10-1234-5678 and 010-1234-5678 are one.
	if digits := onlyDigits(a.Phone); len(digits) > phoneTail {
		f = append(f, digits[len(digits)-phoneTail:])
	}
	if !a.BirthDate.IsZero() {
		for _, layout := range []string{"20060102", "060102", "02012006", "01022006", "0102", "January 2", "2 January", "Jan 2", "2006년1월2일", "1월2일"} {
			f = append(f, a.BirthDate.Format(layout))
		}
	}
	return f
}

const phoneTail = 8

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

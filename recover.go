package accountsec

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"example.com/accountsec/activity"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

// SetAnswers sets the account's security questions. The current password is
// asked for, because whoever sets the answers can later recover the account.
// Errors: [ErrSignIn], *[ThrottledError], *recovery.AnswerError and the other
// errors of recovery.Manager.SetAnswers.
func (g *Guard) SetAnswers(ctx context.Context, account, current string, answers []recovery.Answer, c activity.Client) error {
	a, err := g.cfg.Accounts.Account(ctx, account)
	if err != nil {
		return err
	}
	known, err := g.monitor.KnownDevice(ctx, a.ID, c.DeviceID)
	if err != nil {
		return err
	}
	if _, err := g.passwords.Verify(ctx, a.ID, current, c, known); err != nil {
		if errors.Is(err, password.ErrMismatch) {
			g.note(ctx, g.event(a.ID, activity.PasswordFailed, activity.OutcomeFailure, c))
		}
		return translate(err)
	}
	return translate(g.recovery.SetAnswers(ctx, a.ID, answers, facts(a), c))
}

// RecoveryStatus tells how many security questions are set and since when;
// never which answers.
func (g *Guard) RecoveryStatus(ctx context.Context, account string) (recovery.Status, error) {
	return g.recovery.Configured(ctx, account)
}

// RecoveryStep is what follows the answers: exactly one field is set.
type RecoveryStep struct {
	// Grant continues with [Guard.FinishRecovery].
	Grant string
	// Pending asks for a second factor, with [Guard.ProveRecoveryFactor].
	Pending *Pending
}

// StartRecovery sends a code to the account's address and returns a ticket. It
// does the same, at the same cost, for an identifier that names nobody. A
// newer ticket ends the older; but a stranger's ends none that was begun on a
// device of the owner's. Errors: *[ThrottledError].
func (g *Guard) StartRecovery(ctx context.Context, identifier string, c activity.Client) (token string, err error) {
	a, err := g.resolve(ctx, identifier)
	if err != nil {
		return "", err
	}
	known, err := g.monitor.KnownDevice(ctx, a.ID, c.DeviceID)
	if err != nil {
		return "", err
	}
	g.sought(ctx, g.attempt(ctx, a.ID, c))
	token, err = g.recovery.Begin(ctx, a.ID, c, known)
	return token, translate(err)
}

// ProveRecovery checks the code and, if it is right, returns the questions to
// answer. Errors: [ErrWrongCode], [ErrRecovery], *[ThrottledError].
func (g *Guard) ProveRecovery(ctx context.Context, token, code string, c activity.Client) ([]recovery.Question, error) {
	questions, err := g.recovery.ProveChannel(ctx, token, code, c)
	return questions, translate(err)
}

// AnswerRecovery checks the answers, in the order of the questions. An account
// with second factors is asked for one next; recovery never skips it. Errors:
// [ErrWrongAnswers], [ErrRecovery], *[ThrottledError].
func (g *Guard) AnswerRecovery(ctx context.Context, token string, answers []string, c activity.Client) (RecoveryStep, error) {
	if err := g.recovery.Answer(ctx, token, answers, c); err != nil {
		return RecoveryStep{}, translate(err)
	}
	info, err := g.recovery.State(ctx, token)
	if err != nil {
		return RecoveryStep{}, translate(err)
	}
	enabled, err := g.factors.Enabled(ctx, info.Account)
	if err != nil {
		return RecoveryStep{}, err
	}
	if enabled {
		p, err := g.challenge(ctx, info.Account, purposeRecovery, ticketBinding(token), c)
		return RecoveryStep{Pending: p}, err
	}
	grant, err := g.recovery.Complete(ctx, token, c)
	return RecoveryStep{Grant: grant}, translate(err)
}

// ProveRecoveryFactor proves the second factor that [Guard.AnswerRecovery]
// asked for. Errors as of [Guard.FinishSignIn], and [ErrRecovery].
func (g *Guard) ProveRecoveryFactor(ctx context.Context, token, pendingToken, factorID, response string, c activity.Client) (grant string, err error) {
	pending, err := g.factors.Peek(ctx, pendingToken, purposeRecovery)
	if err != nil {
		return "", translate(err)
	}
	if pending.Binding != ticketBinding(token) {
		return "", ErrPending
	}
	if _, err := g.factors.Verify(ctx, pendingToken, purposeRecovery, factorID, response, c); err != nil {
		return "", translate(err)
	}
	grant, err = g.recovery.Complete(ctx, token, c)
	return grant, translate(err)
}

// ticketBinding ties a second-factor proof to the one recovery that it was
// asked for.
func ticketBinding(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "r" + hex.EncodeToString(sum[:])
}

// FinishRecovery spends the grant and sets the new password, together or not
// at all: a refused password leaves the grant unspent. Nobody is signed in by
// it; the customer signs in with the new password, and with the second factor
// where there is one. All sessions must end. Errors: [ErrRecovery],
// *[password.PolicyError], [ErrConflict].
func (g *Guard) FinishRecovery(ctx context.Context, grant, next string, c activity.Client) (EndSessions, error) {
	info, err := g.recovery.Grant(ctx, grant, c)
	if err != nil {
		return EndSessions{}, translate(err)
	}
	a, err := g.cfg.Accounts.Account(ctx, info.Account)
	if err != nil {
		return EndSessions{}, err
	}
	// Hashing is slow and must not hold a write lock; so first hash, then
	// spend and set.
	prepared, err := g.passwords.Prepare(ctx, a.ID, next, g.person(a))
	if err != nil {
		return EndSessions{}, translate(err)
	}
	err = g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		if _, err := g.recovery.Redeem(ctx, grant, c); err != nil {
			return err
		}
		if err := g.passwords.Commit(ctx, prepared, c); err != nil {
			return err
		}
		return g.monitor.PauseRules(ctx, a.ID) // the way back in, whatever the owner refused
	})
	if err != nil {
		return EndSessions{}, translate(err)
	}
	return EndSessions{Account: a.ID}, nil
}

// facts are what an answer must not simply repeat.
func facts(a Account) recovery.Facts {
	f := recovery.Facts{a.Name, a.Email, a.Phone, a.ID}
	if !a.BirthDate.IsZero() {
		f = append(f, a.BirthDate.Format("20060102"), a.BirthDate.Format("060102"))
	}
	return f
}

package accountsec

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
	"example.com/accountsec/recovery"
)

// RecoveryStep is what follows the answers: Grant or Pending is set.
type RecoveryStep struct {
	// Grant continues with [Guard.FinishRecovery].
	Grant string
	// Pending asks for a second factor, with [Guard.ProveRecoveryFactor]. A
	// factor that is sent by the channel that the code came by is not among
	// them: one channel does not prove two things. A recovery code is accepted
	// in any case.
	Pending *Pending
	// Delay is, with Pending, how long a wait that may stand in for the factor
	// is ([Guard.DelayRecovery]); 0 if there is none.
	Delay time.Duration
}

// RecoveryChannels lists what the code of a recovery can go by, the default
// first.
func (g *Guard) RecoveryChannels() []string { return slices.Clone(g.cfg.Recovery.Channels) }

// StartRecovery sends a code to the account's address on the default channel
// and returns a ticket. It does the same, at the same cost, for an identifier
// that names nobody. A newer ticket ends the older; but a stranger's ends none
// that was begun on a device of the owner's. Errors: *[ThrottledError],
// alerts.ErrNoChannel where no notifier takes codes.
func (g *Guard) StartRecovery(ctx context.Context, identifier string, c activity.Client) (token string, err error) {
	return g.StartRecoveryBy(ctx, identifier, "", c)
}

// StartRecoveryBy is [Guard.StartRecovery] by one of [Guard.RecoveryChannels].
// Errors: recovery.ErrNoChannel for another one.
func (g *Guard) StartRecoveryBy(ctx context.Context, identifier, channel string, c activity.Client) (token string, err error) {
	a, err := g.resolve(ctx, identifier)
	if err != nil {
		return "", err
	}
	known, err := g.monitor.KnownDevice(ctx, a.ID, c.DeviceID)
	if err != nil {
		return "", err
	}
	g.sought(ctx, g.attempt(ctx, a.ID, c))
	token, err = g.recovery.Begin(ctx, a.ID, channel, c, known)
	return token, translate(err)
}

// ProveRecovery checks the code and, if it is right, returns the questions to
// answer. Errors: [ErrWrongCode], [ErrRecovery], [ErrRecoveryBlocked],
// *[ThrottledError].
func (g *Guard) ProveRecovery(ctx context.Context, token, code string, c activity.Client) ([]recovery.Question, error) {
	questions, err := g.recovery.ProveChannel(ctx, token, code, c)
	return questions, translate(err)
}

// AnswerRecovery checks the answers to the security questions that were set with
// [Guard.SetAnswers], in the order of the questions. An account
// with second factors is asked for one next; recovery never skips it. Errors:
// [ErrWrongAnswers], [ErrRecovery], [ErrRecoveryStopped], *[ThrottledError].
func (g *Guard) AnswerRecovery(ctx context.Context, token string, answers []string, c activity.Client) (RecoveryStep, error) {
	info, err := g.recovery.Answer(ctx, token, answers, c)
	if err != nil {
		return RecoveryStep{}, translate(err)
	}
	enabled, err := g.factors.Enabled(ctx, info.Account)
	if err != nil {
		return RecoveryStep{}, err
	}
	if !enabled {
		grant, err := g.recovery.Complete(ctx, token, recovery.ProofNone, c)
		return RecoveryStep{Grant: grant}, translate(err)
	}
	known, err := g.monitor.KnownDevice(ctx, info.Account, c.DeviceID)
	if err != nil {
		return RecoveryStep{}, err
	}
	p, err := g.challenge(ctx, mfa.ChallengeRequest{
		Account: info.Account, Purpose: purposeRecovery, Binding: ticketBinding(token), Known: known, Client: c,
	})
	if err != nil {
		return RecoveryStep{}, err
	}
	p.Factors = slices.DeleteFunc(p.Factors, func(f mfa.Factor) bool { return g.sentBy(f.Method) == info.Channel })
	return RecoveryStep{Pending: p, Delay: g.recovery.Delay()}, nil
}

// PrepareRecoveryFactor is [Guard.PrepareSignIn] for the second factor that
// [Guard.AnswerRecovery] asked for. Errors likewise, and [ErrRecovery].
func (g *Guard) PrepareRecoveryFactor(ctx context.Context, token, pendingToken, factorID string, c activity.Client) (show any, err error) {
	if err := g.mayProve(ctx, token, pendingToken, factorID, c); err != nil {
		return nil, err
	}
	return g.prepare(ctx, pendingToken, purposeRecovery, ticketBinding(token), factorID, c)
}

// ProveRecoveryFactor proves the second factor that [Guard.AnswerRecovery]
// asked for. Errors as of [Guard.FinishSignIn], and [ErrRecovery].
func (g *Guard) ProveRecoveryFactor(ctx context.Context, token, pendingToken, factorID, response string, c activity.Client) (grant string, err error) {
	if err := g.mayProve(ctx, token, pendingToken, factorID, c); err != nil {
		return "", err
	}
	if _, err := g.factors.Verify(ctx, pendingToken, purposeRecovery, factorID, response, c); err != nil {
		return "", translate(err)
	}
	grant, err = g.recovery.Complete(ctx, token, recovery.ProofFactor, c)
	return grant, translate(err)
}

// mayProve refuses a factor that would prove nothing: of a ticket that is dead,
// for which no recovery code should be spent and no code sent, of another
// ticket, or by the channel that the ticket's code came by.
func (g *Guard) mayProve(ctx context.Context, token, pendingToken, factorID string, c activity.Client) error {
	info, err := g.recovery.Answered(ctx, token, c)
	if err != nil {
		return translate(err)
	}
	pending, err := g.factors.Peek(ctx, pendingToken, purposeRecovery)
	if err != nil {
		return translate(err)
	}
	if pending.Binding != ticketBinding(token) || pending.Account != info.Account {
		return ErrPending
	}
	same := func(f mfa.Factor) bool { return f.ID == factorID && g.sentBy(f.Method) == info.Channel }
	if slices.ContainsFunc(pending.Factors, same) {
		return ErrWrongCode
	}
	return nil
}

// sentBy names the channel that a method's codes are sent by: what the method
// says, else its own name, as of "sms".
func (g *Guard) sentBy(method string) string {
	for _, m := range g.cfg.Methods {
		if sender, ok := m.(interface{ Channel() string }); ok && m.Info().Name == method {
			return sender.Channel()
		}
	}
	return method
}

// ticketBinding ties a second-factor proof to the one recovery that it was
// asked for.
func ticketBinding(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "r" + hex.EncodeToString(sum[:])
}

// FinishRecovery spends the grant and sets the new password, together or not
// at all: a refused password leaves the grant unspent. In the same transaction
// end all other recoveries, pending sign-ins and enrolments, the memory of
// known devices, sessions by [RecoveryConfig].OnRecovered, and, after a wait,
// the second factors that are lost; and the hold begins ([Guard.Held]). Nobody
// is signed in by it; the customer signs in with the new password, and with the
// second factor where there is one. All sessions must end. Errors:
// [ErrRecovery], [ErrRecoveryBlocked], *[password.PolicyError], [ErrConflict].
func (g *Guard) FinishRecovery(ctx context.Context, grant, next string, c activity.Client) (EndSessions, error) {
	info, err := g.recovery.Grant(ctx, grant, c)
	if err != nil {
		return EndSessions{}, translate(err)
	}
	a, err := g.cfg.Accounts.Account(ctx, info.Account)
	if errors.Is(err, ErrUnknownAccount) { // deleted meanwhile
		err = ErrRecovery
	}
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
		if err := g.passwords.Claim(ctx, prepared); err != nil { // first: whoever grants locks this row first
			return err
		}
		info, err := g.recovery.Redeem(ctx, grant, c)
		if err != nil {
			return err
		}
		if err := g.takeBack(ctx, info, c); err != nil {
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

// takeBack ends what others may hold of a recovered account. A factor that was
// enrolled since the grant was given was never asked for: that grant is void.
func (g *Guard) takeBack(ctx context.Context, info recovery.Info, c activity.Client) error {
	enabled, err := g.factors.Enabled(ctx, info.Account)
	if err != nil {
		return err
	}
	if enabled && info.Proof == recovery.ProofNone {
		return ErrRecovery
	}
	if err := g.factors.CancelPending(ctx, info.Account); err != nil {
		return err
	}
	if info.Proof == recovery.ProofDelay {
		if err := g.factors.RemoveLost(ctx, info.Account, c); err != nil {
			return err
		}
	}
	if err := g.monitor.ForgetDevices(ctx, info.Account, ""); err != nil {
		return err
	}
	if g.cfg.Recovery.OnRecovered == nil {
		return nil
	}
	return g.cfg.Recovery.OnRecovered(ctx, info.Account)
}

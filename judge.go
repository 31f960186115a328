package accountsec

import (
	"context"
	"maps"
	"strings"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/password/strength"
)

// judged is a sign-in that was looked at, and what follows.
type judged struct {
	alerts.Assessment
	attempt alerts.Attempt
	odd     map[string]string // of the factor that was proved, for the event
}

// judge looks at a sign-in whose password was right. Every way in passes it,
// here or in grant.
func (g *Guard) judge(ctx context.Context, attempt alerts.Attempt) (judged, error) {
	a, err := g.monitor.Assess(ctx, attempt)
	return judged{Assessment: a, attempt: attempt}, err
}

// event is an event of the attempt, with the reasons.
func (j judged) event(g *Guard, t activity.Type, o activity.Outcome) activity.Event {
	e := g.event(j.attempt.Account, t, o, j.attempt.Client)
	e.Location, e.Device, e.Detail = j.attempt.Location, j.attempt.Device, alerts.SignInDetail(j.Assessment, "")
	maps.Copy(e.Detail, j.odd)
	return e
}

// deny records a sign-in that is refused though its password was right, of
// which the owner is told. What whoever tried is told is [ErrSignIn]: that the
// password was right is worth more to a thief than anything else here, so the
// answer, the count of attempts and the hashes are those of a wrong one, and
// nothing is looked up elsewhere. What it does cost beside is a few statements, to
// judge it and to queue the owner's message.
func (g *Guard) deny(ctx context.Context, j judged) error {
	g.note(ctx, j.event(g, activity.SignInDenied, activity.OutcomeDenied))
	return ErrSignIn
}

// tried counts an attempt for the networks that it came from, the same for
// every account, apart from the caller's transaction: others share the row.
// Counts are evidence and no throttle: a sign-in stands without.
func (g *Guard) tried(ctx context.Context, attempt alerts.Attempt, passed bool, pw string) {
	ctx, cancel := sqldb.Apart(ctx)
	defer cancel()
	err := g.monitor.CountTry(ctx, alerts.Try{
		Attempt: attempt, Passed: passed, Unknown: strings.HasPrefix(attempt.Account, shadowPrefix), Leaked: strength.Common(pw),
	})
	if err != nil {
		g.cfg.Logger.ErrorContext(ctx, "accountsec: an attempt was not counted", "err", err)
	}
}

// sought counts the beginning of a recovery, which can look for accounts as a
// sign-in can.
func (g *Guard) sought(ctx context.Context, attempt alerts.Attempt) {
	err := g.monitor.CountTry(ctx, alerts.Try{Attempt: attempt, Recovery: true, Unknown: strings.HasPrefix(attempt.Account, shadowPrefix)})
	if err != nil {
		g.cfg.Logger.ErrorContext(ctx, "accountsec: a recovery was not counted", "err", err)
	}
}

// Confirm is the owner's "this was me", said of a sign-in in their log: what was
// odd about it is not told again for 30 days, and one that was refused or never
// finished becomes familiar. It undoes no rule of the owner's. It is recorded.
//
// The word counts only from a device on which the owner has signed in before,
// and not from the one that it is about: a thief would gladly confirm himself.
// Errors: [ErrConfirm], activity.ErrNotOwner, activity.ErrNotFound.
func (g *Guard) Confirm(ctx context.Context, viewer, account, eventID string, c activity.Client) error {
	e, err := g.log.Get(ctx, viewer, account, eventID)
	if err != nil {
		return err
	}
	if err := g.mayConfirm(ctx, e, c); err != nil {
		return err
	}
	return g.cfg.Stores.inTx(ctx, func(ctx context.Context) error { return g.confirm(ctx, e, "", c) })
}

// SetRules replaces what the owner wants of sign-ins, see [alerts.Rules]. The
// current password is asked for, because an intruder would lift them first. c is
// who asks: rules that would refuse it are alerts.ErrLockout. Errors also:
// [ErrSignIn] if current is wrong, [ErrPasswordRevoked], *[ThrottledError],
// alerts.ErrRules.
func (g *Guard) SetRules(ctx context.Context, account, current string, r alerts.Rules, c activity.Client) error {
	if _, err := g.provePassword(ctx, account, current, c); err != nil {
		return err
	}
	return g.monitor.SetRules(ctx, g.attempt(ctx, account, c), r)
}

// taught lists the sign-ins that an intruder may have taught the account's
// profile with: the disowned one, and the newest others on the same device,
// unless it is the one that the owner speaks from.
func (g *Guard) taught(ctx context.Context, account string, e activity.Event, c activity.Client) ([]activity.Event, error) {
	if e.Client.DeviceID == "" || e.Client.DeviceID == c.DeviceID {
		return []activity.Event{e}, nil
	}
	list, err := g.log.List(ctx, account, account, activity.Filter{
		Types: []activity.Type{activity.SignInSucceeded}, Device: e.Client.DeviceID,
	}, activity.Page{Limit: maxTaught})
	if err != nil {
		return nil, err
	}
	out := list.Events
	for i := range out {
		if out[i].ID == e.ID {
			return out, nil
		}
	}
	return append(out, e), nil
}

const maxTaught = 100

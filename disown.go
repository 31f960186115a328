package accountsec

import (
	"context"

	"example.com/accountsec/activity"
)

// Disown is the owner's "this wasn't me", said of an event of their log. In one
// transaction it marks the event, alerts the owner on every channel, and takes
// away what an intruder may hold: pending sign-ins (and those under way),
// enrolments and recoveries end, no device is trusted any more, all devices but the caller's own become unknown, and the password no
// longer suffices to sign in ([ErrPasswordRevoked]) until another one is set.
// What the sign-ins of that device taught is unlearned.
//
// Second factors go that the event enrolled, or that the same device or session
// enrolled after it or came in with, and so do recovery codes that were made there;
// each is recorded, and the others stay. Since this takes no proof, it is only done
// on the word of a device on which the account was signed in to before they were
// enrolled: a thief who came later cannot disown the owner's.
// The caller's session stays, all others must end. Lead the owner to the page
// that sets a new password.
//
// A second time it changes nothing. viewer is the account that is signed in.
// Errors: activity.ErrNotOwner, activity.ErrNotFound.
func (g *Guard) Disown(ctx context.Context, viewer, account, eventID string, c activity.Client) (EndSessions, error) {
	err := g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		e, err := g.log.Get(ctx, viewer, account, eventID)
		if err != nil || !e.Disowned.IsZero() {
			return err
		}
		return g.disown(ctx, e, "", c, c)
	})
	if err != nil {
		return EndSessions{}, translate(err)
	}
	return EndSessions{Account: account, Except: c.SessionID}, nil
}

// disown is what is done in the transaction of ctx. c says it, how is by what,
// keep is whose device stays known if it is.
func (g *Guard) disown(ctx context.Context, e activity.Event, how string, c, keep activity.Client) error {
	account := e.Account
	if err := g.passwords.Revoke(ctx, account); err != nil { // first: whoever grants locks this row first
		return err
	}
	if _, err := g.log.DisownHow(ctx, account, account, e.ID, how, c); err != nil {
		return err
	}
	for _, revoke := range []func(context.Context, string) error{g.factors.CancelPending, g.factors.RevokeDevices} {
		if err := revoke(ctx, account); err != nil {
			return err
		}
	}
	if err := g.removeLeftBehind(ctx, e, c, keep); err != nil {
		return err
	}
	if err := g.recovery.End(ctx, account, c); err != nil {
		return err
	}
	taught, err := g.taught(ctx, account, e, keep)
	if err != nil {
		return err
	}
	if err := g.cfg.Stores.Alerts.DropCodes(ctx, account); err != nil {
		return err
	}
	return g.monitor.Unlearn(ctx, account, keep.DeviceID, taught)
}

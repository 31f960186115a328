package main

import (
	"context"

	"example.com/accountsec/activity"
)

// disown is "this wasn't me": the Guard takes away what an intruder may hold,
// the shop ends the other sessions and asks for a new password in this one.
func (a *app) disown(ctx context.Context, account, eventID string, c activity.Client) error {
	end, err := a.guard.Disown(ctx, account, account, eventID, c)
	if err != nil {
		return err
	}
	if err := a.endSessions(ctx, end); err != nil {
		return err
	}
	a.sessions.Put(ctx, keyMustChange, true)
	a.sessions.Put(ctx, keyFlash, "flash.must_change")
	return nil
}

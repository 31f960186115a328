package accountsec

import (
	"context"
	"errors"

	"example.com/accountsec/activity"
	"example.com/accountsec/password"
)

// A sign-in takes its time: it waits for a hash, a look-up, a person with a
// phone. What ends sign-ins meanwhile, a new password, a disowned event, the
// account's end, must end those too that are under way. So whatever grants holds
// the password first, and all of these lock that row first as well.

// hold is the first statement of a transaction that grants under the password of
// this version, which may be revoked if revoked is true. Errors: [ErrPending] if
// it is another by now.
func (g *Guard) hold(ctx context.Context, account string, version int64, revoked bool) error {
	if version == 0 { // a passkey's account without a password: it ends with its factors
		enabled, err := g.factors.Enabled(ctx, account)
		if err == nil && !enabled {
			err = ErrPending
		}
		return err
	}
	err := g.passwords.Hold(ctx, account, version, revoked)
	if errors.Is(err, password.ErrChanged) {
		err = ErrPending
	}
	return err
}

// stillGood is [Guard.hold] for a grant on a device. Where the device is all that
// makes up for a revoked password, it must be known even now: what is disowned a
// second time makes devices unknown and changes nothing of the password.
func (g *Guard) stillGood(ctx context.Context, grant Grant, device string) error {
	if err := g.hold(ctx, grant.Account, grant.version, grant.MustChangePassword); err != nil {
		return err
	}
	if !grant.MustChangePassword || grant.proof.Valid() {
		return nil
	}
	known, err := g.monitor.KnownDevice(ctx, grant.Account, device)
	if err == nil && !known {
		err = ErrPasswordRevoked
	}
	return err
}

// overtaken records a sign-in that came too late, unless the account is gone.
func (g *Guard) overtaken(ctx context.Context, j judged) {
	if version, err := g.passwords.Version(ctx, j.attempt.Account); err == nil && version > 0 {
		g.note(ctx, j.event(g, activity.SignInDenied, activity.OutcomeDenied))
	}
}

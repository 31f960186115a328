package accountsec

import (
	"context"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
)

func (g *Guard) event(account string, t activity.Type, o activity.Outcome, c activity.Client) activity.Event {
	return activity.Event{Account: account, Type: t, Outcome: o, At: g.cfg.Now(), Client: c}
}

// note records the outcome of a check. A check that cannot be recorded still
// stands: refusing the owner because the log is full would be the greater
// harm. What grants or changes something uses the log's Record, and fails.
//
// It commits on its own, as the count of the attempt did: an attempt that was
// refused happened, whatever becomes of the caller's transaction.
func (g *Guard) note(ctx context.Context, e activity.Event) {
	ctx, cancel := sqldb.Apart(ctx)
	defer cancel()
	if err := g.log.Record(ctx, e); err != nil {
		g.cfg.Logger.ErrorContext(ctx, "accountsec: an event was not recorded", "type", e.Type, "err", err)
	}
}

// attempt is what the alerts judge: who, from where, with what.
func (g *Guard) attempt(ctx context.Context, account string, c activity.Client) alerts.Attempt {
	e := g.log.Enrich(ctx, g.event(account, activity.SignInSucceeded, activity.OutcomeSuccess, c))
	a := alerts.Attempt{Account: account, Client: e.Client, Location: e.Location, Device: e.Device, At: e.At}
	if g.cfg.NetworkOf != nil {
		a.Network = g.cfg.NetworkOf(c.IP)
	}
	return a
}

// factorRecorder makes one event of what the factors report about a sign-in
// and what the Guard reports itself: a wrong code is the sign-in's event, and
// a right one is part of the sign-in's success.
type factorRecorder struct{ log *activity.Log }

var _ activity.Recorder = factorRecorder{}

// Record implements [activity.Recorder].
func (r factorRecorder) Record(ctx context.Context, e activity.Event) error {
	if e.Detail["purpose"] == purposeSignIn {
		switch e.Type {
		case activity.FactorVerified:
			return nil
		case activity.FactorFailed:
			e.Type = activity.SecondFactorFailed
		}
	}
	return r.log.Record(ctx, e)
}

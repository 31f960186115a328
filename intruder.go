package accountsec

import (
	"context"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
)

// intruder is whoever did a disowned event, as the log tells.
type intruder struct {
	disowned activity.Event
	keep     activity.Client // whose device and session are the owner's
	enrolled []activity.Event
}

// maxEnrolled is how many events are looked at: many times what an owner has in
// years.
const maxEnrolled = 100

// removeLeftBehind removes the second factors and recovery codes that an intruder
// left behind, in the transaction of ctx, in which enrolments were ended before.
// keep is who gives the word.
func (g *Guard) removeLeftBehind(ctx context.Context, e activity.Event, c, keep activity.Client) error {
	enrolled, err := g.newest(ctx, e.Account, activity.FactorEnrolled, maxEnrolled)
	if err != nil {
		return err
	}
	made, err := g.newest(ctx, e.Account, activity.RecoveryCodesMade, 1)
	if err != nil {
		return err
	}
	all, err := g.factors.Enrolled(ctx, e.Account)
	if err != nil {
		return err
	}
	in := intruder{disowned: e, keep: keep, enrolled: enrolled}
	var theirs []string
	for _, f := range all {
		if !in.has(f) {
			continue
		}
		ok, err := g.wasIn(ctx, e.Account, keep, f.EnrolledAt)
		if err != nil {
			return err
		}
		if ok {
			theirs = append(theirs, f.ID)
		}
	}
	codes := len(made) > 0 && in.did(made[0])
	if codes {
		if codes, err = g.wasIn(ctx, e.Account, keep, made[0].At); err != nil {
			return err
		}
	}
	return g.factors.RemoveDisowned(ctx, e.Account, theirs, codes, c)
}

func (g *Guard) newest(ctx context.Context, account string, typ activity.Type, limit int) ([]activity.Event, error) {
	list, err := g.log.List(ctx, account, account, activity.Filter{Types: []activity.Type{typ}}, activity.Page{Limit: limit})
	return list.Events, err
}

// wasIn tells whether a device had signed in before a time.
func (g *Guard) wasIn(ctx context.Context, account string, c activity.Client, before time.Time) (bool, error) {
	if c.DeviceID == "" {
		return false, nil
	}
	list, err := g.log.List(ctx, account, account, activity.Filter{
		Types: []activity.Type{activity.SignInSucceeded}, Device: c.DeviceID, To: before,
	}, activity.Page{Limit: 1})
	return len(list.Events) > 0, err
}

// has tells whether a factor is the intruder's. One that may have been
// enrolled since, and of which the log says nothing any more, is: whoever was in
// the account could push events out of sight.
func (in intruder) has(f mfa.Factor) bool {
	for _, e := range in.enrolled {
		id, name := e.Detail[activity.DetailFactorID], e.Detail["factor"]
		if id == f.ID || id == "" && name == f.Name { // before there were ids
			return in.did(e) || in.disowned.Detail[activity.DetailFactorID] == f.ID && in.same(e)
		}
	}
	return !f.EnrolledAt.Add(mfa.EnrollLifetime).Before(in.disowned.At)
}

// did tells whether the disowned event is e, or e was done after it by the same.
func (in intruder) did(e activity.Event) bool {
	return e.ID == in.disowned.ID || !e.At.Before(in.disowned.At) && in.same(e)
}

// same tells whether e was done by the device or session of the disowned event.
// Those that the owner speaks from tell nothing.
func (in intruder) same(e activity.Event) bool {
	d, c := in.disowned.Client, e.Client
	return d.DeviceID != "" && d.DeviceID != in.keep.DeviceID && c.DeviceID == d.DeviceID ||
		d.SessionID != "" && d.SessionID != in.keep.SessionID && c.SessionID == d.SessionID
}

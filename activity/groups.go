package activity

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// Group is a run of events that belong together: failures or denials of one
// type, each within an hour of the next. Every other event is alone.
type Group struct {
	// Events are newest first, 1 to 100.
	Events []Event
	// Addresses is the number of distinct known addresses among them.
	Addresses int
}

// Grouping is one page of groups; its fields are as in [Listing].
type Grouping struct {
	// Groups are newest first.
	Groups     []Group
	Next, Prev string
	Until      time.Time
}

const (
	groupGap  = time.Hour
	groupMax  = 100 // events of a group
	groupRead = 500 // events that one page of groups is made of at most
)

// Groups is [Log.List] with repeats drawn together, so that seventeen failed
// sign-ins are one row: Page.Limit is the number of groups. At most 500 events
// are read for a page, which may therefore be shorter.
func (l *Log) Groups(ctx context.Context, viewer, account string, f Filter, p Page) (Grouping, error) {
	if err := checkOwner(viewer, account); err != nil {
		return Grouping{}, err
	}
	limit, err := p.limit()
	if err != nil {
		return Grouping{}, err
	}
	r, err := l.reading(account, f, p)
	if err != nil || r.none {
		return Grouping{}, err
	}
	groups, more, until, err := r.groups(ctx, limit)
	if err != nil {
		return Grouping{}, err
	}
	out := Grouping{Groups: groups, Until: until}
	first := r.query.Start
	if len(groups) > 0 {
		first = groups[0].Events[0].position()
	}
	out.Next, out.Prev, err = r.cursors(p, first, more)
	if r.query.Upwards {
		slices.Reverse(out.Groups)
	}
	for i := range out.Groups {
		out.Groups[i].settle(r.query.Upwards)
	}
	return out, err
}

// groups reads on until limit groups are whole, and leaves the walk after the
// last of them.
func (r *reading) groups(ctx context.Context, limit int) (out []Group, more bool, until time.Time, err error) {
	for read := 0; ; {
		events, more, until, err := r.next(ctx, maxLimit)
		if err != nil {
			return nil, false, until, err
		}
		for _, e := range events {
			n := len(out)
			if n > 0 && out[n-1].takes(e) {
				out[n-1].Events = append(out[n-1].Events, e)
				continue
			}
			if n == limit { // e begins the next page
				last := out[n-1].Events
				r.query.Start = last[len(last)-1].position()
				return out, true, time.Time{}, nil
			}
			out = append(out, Group{Events: []Event{e}})
		}
		if read += len(events); !more || !until.IsZero() || read >= groupRead {
			return out, more, until, nil
		}
	}
}

// takes tells whether e goes on the run, in either direction.
func (g Group) takes(e Event) bool {
	last := g.Events[len(g.Events)-1]
	return len(g.Events) < groupMax && e.Type == last.Type && e.Outcome == last.Outcome &&
		(e.Outcome == OutcomeFailure || e.Outcome == OutcomeDenied) && last.At.Sub(e.At).Abs() <= groupGap
}

func (g *Group) settle(upwards bool) {
	if upwards {
		slices.Reverse(g.Events)
	}
	seen := map[netip.Addr]bool{}
	for _, e := range g.Events {
		if e.Client.IP.IsValid() {
			seen[e.Client.IP] = true
		}
	}
	g.Addresses = len(seen)
}

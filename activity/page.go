package activity

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Listing is one page of events.
type Listing struct {
	// Events are newest first.
	Events []Event
	// Next is [Page].After of the page that follows, Prev [Page].Before of the
	// one that precedes; empty at the ends.
	Next, Prev string
	// Until is not zero where the search was cut off to bound its cost: it
	// looked back (or, with Page.Before, ahead) as far as this and goes on with
	// Next (or Prev), although the page is not full.
	Until time.Time
}

// List gives one page of the account's events. Its cost depends neither on how
// deep the page is, nor on how many events the account or others have: a filter
// that few events match is searched for in steps (see [Listing].Until). viewer
// is the account that is signed in: anyone but the owner gets [ErrNotOwner].
// Other errors: [ErrBadFilter], [ErrBadPage], [ErrBadCursor], the store's.
func (l *Log) List(ctx context.Context, viewer, account string, f Filter, p Page) (Listing, error) {
	if err := checkOwner(viewer, account); err != nil {
		return Listing{}, err
	}
	limit, err := p.limit()
	if err != nil {
		return Listing{}, err
	}
	r, err := l.reading(account, f, p)
	if err != nil || r.none {
		return Listing{}, err
	}
	events, more, until, err := r.next(ctx, limit)
	if err != nil {
		return Listing{}, err
	}
	out := Listing{Events: events, Until: until}
	first := r.query.Start
	if len(events) > 0 {
		first = events[0].position()
	}
	out.Next, out.Prev, err = r.cursors(p, first, more)
	if r.query.Upwards {
		slices.Reverse(out.Events)
	}
	return out, err
}

// reading is a walk through one account's log in one direction.
type reading struct {
	log     *Log
	account string
	query   Query // its Start is where the walk goes on
	none    bool  // nothing can match
}

// reading checks filter and page and opens the cursor.
func (l *Log) reading(account string, f Filter, p Page) (*reading, error) {
	q, none, err := l.cat.query(f)
	if err != nil {
		return nil, err
	}
	cursor := p.After
	if p.Before != "" {
		if cursor != "" {
			return nil, fmt.Errorf("%w: both After and Before", ErrBadPage)
		}
		cursor, q.Upwards = p.Before, true
	}
	if cursor != "" {
		if q.Start, err = openCursor(l.cursorKey, account, q, cursor); err != nil {
			return nil, err
		}
	}
	return &reading{log: l, account: account, query: q, none: none}, nil
}

// next gives the next events, at most limit, in the walk's direction. more
// tells that the walk can go on; until is not zero if it was cut off by
// maxScan. It does not read on by itself.
func (r *reading) next(ctx context.Context, limit int) (events []Event, more bool, until time.Time, err error) {
	q := r.query
	q.Limit, q.Scan = limit+1, max(maxScan, limit+1) // one more tells whether there is more
	events, cut, err := r.log.store.List(ctx, r.account, q)
	if err != nil {
		return nil, false, until, fmt.Errorf("activity: list: %w", err)
	}
	switch {
	case len(events) > limit:
		events = events[:limit]
		r.query.Start = events[limit-1].position()
		return events, true, until, nil
	case cut != Position{}:
		r.query.Start = cut
		return events, true, cut.At, nil
	}
	return events, false, until, nil
}

// cursors gives the cursors to both sides of a page that begins with the event
// at first. Where the walk came from there is something, or there was.
func (r *reading) cursors(p Page, first Position, more bool) (next, prev string, err error) {
	on, back := "", ""
	if more {
		if on, err = makeCursor(r.log.cursorKey, r.account, r.query, r.query.Start); err != nil {
			return "", "", err
		}
	}
	if p.After != "" || p.Before != "" {
		if back, err = makeCursor(r.log.cursorKey, r.account, r.query, first); err != nil {
			return "", "", err
		}
	}
	if r.query.Upwards {
		return back, on, nil
	}
	return on, back, nil
}

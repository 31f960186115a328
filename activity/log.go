package activity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/accountsec/internal/canon"
)

// Config sets up a [Log]. It is not changed after New.
type Config struct {
	// CursorKey authenticates the cursors of listings: at least 32 secret
	// random bytes, the same on every instance. Changing it sends readers back
	// to the first page. Required; there is no default.
	CursorKey []byte
	// Locator finds the place of an event's address. Defaults to none: places
	// stay unknown.
	Locator Locator
	// Observers are told of every event, in this order. Defaults to none.
	Observers []Observer
	// Types are the shop's own types of event. Defaults to none.
	Types []TypeInfo
	// Categories are the shop's own categories, for Types. Defaults to none.
	Categories []CategoryInfo
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives what fails without failing the event. Defaults to none.
	Logger *slog.Logger
}

// Log records and lists events. Safe for concurrent use.
type Log struct {
	store     Store
	cat       *catalogue
	cursorKey []byte
	locator   Locator
	observers []Observer
	now       func() time.Time
	logger    *slog.Logger
}

var _ Recorder = (*Log)(nil)

const minCursorKey = 32

// New makes a log over a store.
func New(store Store, cfg Config) (*Log, error) {
	if store == nil {
		return nil, errors.New("activity: New needs a store")
	}
	if len(cfg.CursorKey) < minCursorKey {
		return nil, fmt.Errorf("activity: Config.CursorKey has %d bytes, at least %d are needed", len(cfg.CursorKey), minCursorKey)
	}
	cat, err := newCatalogue(cfg.Types, cfg.Categories)
	if err != nil {
		return nil, err
	}
	l := &Log{
		store: store, cat: cat, locator: cfg.Locator, now: cfg.Now, logger: cfg.Logger,
		cursorKey: append([]byte(nil), cfg.CursorKey...),
		observers: append([]Observer(nil), cfg.Observers...),
	}
	for i, o := range l.observers {
		if o == nil {
			return nil, fmt.Errorf("activity: Config.Observers[%d] is nil", i)
		}
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.logger == nil {
		l.logger = slog.New(slog.DiscardHandler)
	}
	return l, nil
}

// Listing is one page of events.
type Listing struct {
	// Events are newest first.
	Events []Event
	// Next is [Page].After of the page that follows; empty at the end.
	Next string
}

// List gives one page of the account's events. Its cost does not depend on how
// deep the page is nor on how many events other accounts have. viewer is the
// account that is signed in: anyone but the owner gets [ErrNotOwner]. Other
// errors: [ErrBadFilter], [ErrBadPage], [ErrBadCursor], the store's.
func (l *Log) List(ctx context.Context, viewer, account string, f Filter, p Page) (Listing, error) {
	if err := checkOwner(viewer, account); err != nil {
		return Listing{}, err
	}
	q, none, err := l.cat.query(f)
	if err != nil {
		return Listing{}, err
	}
	limit, err := p.limit()
	if err != nil {
		return Listing{}, err
	}
	if p.After != "" {
		if q.BeforeID, err = openCursor(l.cursorKey, account, q, p.After); err != nil {
			return Listing{}, err
		}
		if q.BeforeAt, err = IDTime(q.BeforeID); err != nil {
			return Listing{}, fmt.Errorf("%w: malformed", ErrBadCursor)
		}
	}
	if none {
		return Listing{}, nil
	}
	q.Limit = limit + 1 // one more tells whether there is a next page
	events, err := l.store.List(ctx, account, q)
	if err != nil {
		return Listing{}, fmt.Errorf("activity: list: %w", err)
	}
	if len(events) <= limit {
		return Listing{Events: events}, nil
	}
	events = events[:limit]
	next, err := makeCursor(l.cursorKey, account, q, events[limit-1].ID)
	return Listing{Events: events, Next: next}, err
}

// Get gives one event of the account. An id of another account's event, a
// malformed one and an absent one are all [ErrNotFound]; a viewer who is not
// the owner gets [ErrNotOwner].
func (l *Log) Get(ctx context.Context, viewer, account, id string) (Event, error) {
	if err := checkOwner(viewer, account); err != nil {
		return Event{}, err
	}
	if _, ok := decodeID(id); !ok {
		return Event{}, ErrNotFound
	}
	e, err := l.store.Get(ctx, account, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Event{}, fmt.Errorf("activity: get: %w", err)
	}
	return e, err
}

func checkOwner(viewer, account string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("activity: account: %w", err)
	}
	if viewer != account {
		return ErrNotOwner
	}
	return nil
}

// DeleteAccount deletes all events of an account (erasure). It is the shop's
// to decide who may; there is no viewer. An account without events is no error.
func (l *Log) DeleteAccount(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("activity: account: %w", err)
	}
	if err := l.store.DeleteAccount(ctx, account); err != nil {
		return fmt.Errorf("activity: delete account: %w", err)
	}
	return nil
}

const purgeBatch = 1000

// Purge deletes the events of all accounts that happened before the given
// time (retention), in batches so that no lock is held for long, and says how
// many. It may be cut off and called again.
func (l *Log) Purge(ctx context.Context, before time.Time) (int64, error) {
	var total int64
	for {
		n, err := l.store.Purge(ctx, clampTime(before), purgeBatch)
		total += n
		if err != nil {
			return total, fmt.Errorf("activity: purge: %w", err)
		}
		if n < purgeBatch {
			return total, nil
		}
	}
}

// Info describes a type to people; false if this log does not know it.
func (l *Log) Info(t Type) (TypeInfo, bool) {
	info, ok := l.cat.types[t]
	return info.clone(), ok
}

// Label names a type in a language (a BCP 47 tag or an Accept-Language
// header). A type that is not known any more is its own label.
func (l *Log) Label(lang string, t Type) string { return l.cat.Label(lang, t) }

// Types lists the types that this log knows: the built-in ones, then the shop's.
func (l *Log) Types() []TypeInfo {
	out := make([]TypeInfo, len(l.cat.order))
	for i, t := range l.cat.order {
		out[i] = l.cat.types[t].clone()
	}
	return out
}

// Categories lists the categories: the built-in ones, then the shop's.
func (l *Log) Categories() []CategoryInfo {
	out := make([]CategoryInfo, len(l.cat.catOrder))
	for i, c := range l.cat.catOrder {
		out[i] = l.cat.categories[c].clone()
	}
	return out
}

// CategoryLabel names a category in a language; an unknown one is its own label.
func (l *Log) CategoryLabel(lang, category string) string {
	info, ok := l.cat.categories[category]
	if !ok {
		return canon.Line(category, maxName)
	}
	return pick(info.Labels, lang)
}

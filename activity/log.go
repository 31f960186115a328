package activity

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	// Retention says how long events are kept. Defaults to 180 days.
	Retention Retention
	// SessionLife is how long a session of the shop lives at most, for
	// [Log.Sessions]. Defaults to 30 days.
	SessionLife time.Duration
	// ChainKey turns the hash chain on: every event is then linked to all
	// earlier ones of its account, and [Log.VerifyChain] tells whether one was
	// changed or taken away since. At least 32 secret random bytes, kept where
	// whoever can write to the database cannot read it. It costs four
	// statements an event, and writers of one account wait for one another. A link
	// holds its event's type, outcome and time; [Log.Purge] takes it away with the
	// event, or later where an earlier event of the account is kept longer.
	// Defaults to none: no chain.
	ChainKey []byte
	// MayExport is asked before an account's log is exported; its error refuses
	// and is what [Log.Export] returns. Defaults to nothing.
	MayExport func(ctx context.Context, account string) error
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
	chainKey  []byte // nil: no chain
	locator   Locator
	observers []Observer
	retention Retention

	sessionLife time.Duration
	mayExport   func(ctx context.Context, account string) error
	now         func() time.Time
	logger      *slog.Logger
}

var _ Recorder = (*Log)(nil)

const (
	minKey             = 32
	defaultSessionLife = 30 * 24 * time.Hour
)

// New makes a log over a store.
func New(store Store, cfg Config) (*Log, error) {
	if store == nil {
		return nil, errors.New("activity: New needs a store")
	}
	if len(cfg.CursorKey) < minKey {
		return nil, fmt.Errorf("activity: Config.CursorKey has %d bytes, at least %d are needed", len(cfg.CursorKey), minKey)
	}
	if n := len(cfg.ChainKey); 0 < n && n < minKey {
		return nil, fmt.Errorf("activity: Config.ChainKey has %d bytes, at least %d are needed", n, minKey)
	}
	if cfg.SessionLife < 0 {
		return nil, errors.New("activity: Config.SessionLife is negative")
	}
	cat, err := newCatalogue(cfg.Types, cfg.Categories)
	if err != nil {
		return nil, err
	}
	retention, err := cfg.Retention.withDefaults(cat)
	if err != nil {
		return nil, err
	}
	l := &Log{
		store: store, cat: cat, locator: cfg.Locator, now: cfg.Now, logger: cfg.Logger,
		cursorKey: bytes.Clone(cfg.CursorKey), chainKey: bytes.Clone(cfg.ChainKey),
		observers: slices.Clone(cfg.Observers), retention: retention,
		sessionLife: cmp.Or(cfg.SessionLife, defaultSessionLife), mayExport: cfg.MayExport,
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

// Erase deletes the address, place, device and details of all of an account's
// events, and keeps what happened, when and how it ended: the log stays
// countable, and its chain whole. It is the shop's to decide who may.
func (l *Log) Erase(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("activity: account: %w", err)
	}
	if err := l.store.Erase(ctx, account); err != nil {
		return fmt.Errorf("activity: erase: %w", err)
	}
	return nil
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

package activity

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/accountsec/internal/canon"
)

// DefaultRetention is how long events are kept unless [Retention] says
// otherwise.
const DefaultRetention = 180 * 24 * time.Hour

// Retention says how long events are kept. No duration may be less than a day.
type Retention struct {
	// Events is for all categories that Categories does not name. Defaults to
	// [DefaultRetention].
	Events time.Duration
	// Categories are those that are kept shorter or longer. Defaults to none.
	Categories map[string]time.Duration
	// Personal is for addresses, places, devices and details, in every
	// category; it may end before the event. Defaults to as long as the event.
	Personal time.Duration
}

func (r Retention) withDefaults(cat *catalogue) (Retention, error) {
	if r.Events == 0 {
		r.Events = DefaultRetention
	}
	r.Categories = maps.Clone(r.Categories)
	check := func(name string, d time.Duration) error {
		if d < 24*time.Hour {
			return fmt.Errorf("activity: Config.Retention.%s is less than a day", name)
		}
		return nil
	}
	if err := check("Events", r.Events); err != nil {
		return r, err
	}
	for name, d := range r.Categories {
		if _, ok := cat.categories[name]; !ok {
			return r, fmt.Errorf("activity: Config.Retention.Categories: unknown category %q", canon.Line(name, maxName))
		}
		if err := check(fmt.Sprintf("Categories[%q]", name), d); err != nil {
			return r, err
		}
	}
	if r.Personal == 0 {
		r.Personal = r.longest()
	}
	return r, check("Personal", r.Personal)
}

func (r Retention) longest() time.Duration {
	d := r.Events
	for _, c := range r.Categories {
		d = max(d, c)
	}
	return d
}

// of gives the retention of a type's category.
func (r Retention) of(cat *catalogue, t Type) time.Duration {
	if d, ok := r.Categories[cat.types[t].Category]; ok {
		return d
	}
	return r.Events
}

// Purged says what [Log.Purge] deleted, what went with whole months left out.
type Purged struct {
	// Events and Personal count rows.
	Events, Personal int64
}

const purgeBatch = 1000

// Purge deletes what has had its time by [Config].Retention. Call it once a day
// or so. It works in batches, so that no lock is held for long; it may be cut
// off and called again, and run on several instances at once.
//
// On a store that keeps [Months] it also makes the tables of the months to
// come, and what ends for all categories alike goes a whole month at a time:
// up to a month later than the retention says, at the cost of one statement.
//
// With [Config].ChainKey the links of what is gone go too, once all that was
// recorded before has had its time, and are verified first: what is left of the
// chain can be verified from there on.
func (l *Log) Purge(ctx context.Context) (Purged, error) {
	done, err := l.purgeEvents(ctx)
	if err == nil {
		err = l.pruneChains(ctx)
	}
	return done, err
}

func (l *Log) purgeEvents(ctx context.Context) (Purged, error) {
	var done Purged
	now := clampTime(l.now())
	longest := l.retention.longest()
	byMonths := false
	if m, ok := l.store.(Months); ok {
		var err error
		if byMonths, err = m.KeepMonths(ctx, now, now.Add(-longest), now.Add(-min(longest, l.retention.Personal))); err != nil {
			return done, fmt.Errorf("activity: purge: %w", err)
		}
	}
	for keep, types := range l.retained() {
		if byMonths && keep == longest {
			continue
		}
		n, err := l.purge(ctx, Purge{Before: now.Add(-keep), Types: types, Max: purgeBatch})
		if done.Events += n; err != nil {
			return done, err
		}
	}
	if byMonths {
		return done, nil
	}
	n, err := l.purge(ctx, Purge{Before: now.Add(-longest), Max: purgeBatch}) // of types that are not known any more
	if done.Events += n; err != nil {
		return done, err
	}
	done.Personal, err = l.purge(ctx, Purge{Before: now.Add(-l.retention.Personal), Personal: true, Max: purgeBatch})
	return done, err
}

// retained groups the known types by how long they are kept.
func (l *Log) retained() map[time.Duration][]Type {
	out := map[time.Duration][]Type{}
	for _, t := range slices.Sorted(maps.Keys(l.cat.types)) {
		d := l.retention.of(l.cat, t)
		out[d] = append(out[d], t)
	}
	return out
}

func (l *Log) purge(ctx context.Context, p Purge) (total int64, err error) {
	for {
		n, err := l.store.Purge(ctx, p)
		if total += n; err != nil {
			return total, fmt.Errorf("activity: purge: %w", err)
		}
		if n < int64(p.Max) {
			return total, nil
		}
	}
}

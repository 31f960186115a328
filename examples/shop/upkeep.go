package main

import (
	"context"
	"errors"
	"time"
)

// tidyEvery is how often what has had its time is deleted.
const tidyEvery = 24 * time.Hour

// tidy deletes what has had its time: of accountsec's by its retention, and of the
// shop's own.
func (a *app) tidy(ctx context.Context) error {
	return errors.Join(a.guard.Purge(ctx), a.tidySessions(ctx))
}

// keepTidy tidies at each tick until ctx ends. What fails is tried again at the
// next.
func (a *app) keepTidy(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			if err := a.tidy(ctx); err != nil && ctx.Err() == nil {
				a.log.ErrorContext(ctx, "the upkeep failed", "err", err)
			}
		}
	}
}

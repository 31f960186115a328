package riverqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/riverqueue/river"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/sqldb"
)

// Receipt is [alerts.Dispatcher.Receipt]. A receipt that comes within the moment
// that the end of its delivery takes to be stored is [alerts.ErrNoDelivery]: ask
// again for some seconds.
func (q *Queue) Receipt(ctx context.Context, id string, delivered bool) error {
	if err := canon.CheckID(id); err != nil {
		return fmt.Errorf("%w: %w", alerts.ErrNoDelivery, err)
	}
	now := q.now()
	set := q.merge(`{"output":{"receipt":` + fmt.Sprint(sqldb.Micros(now)) + `}}`)
	args := []any{}
	if !delivered {
		entry, err := attemptError(now, alerts.CauseUndelivered, "")
		if err != nil {
			return fmt.Errorf("riverqueue: receipt: %w", err)
		}
		set += `, state = 'cancelled', errors = ` + q.appended()
		args = append(args, entry)
	}
	var job int64
	var group string
	err := q.db.QueryRow(ctx, q.rename(`UPDATE $jobs SET `+set+` WHERE args->>'id' = ? AND metadata->'output'->>'end' = 'sent' AND state = 'completed'
		RETURNING id, coalesce(args->>'group', '')`), append(args, id), &job, &group)
	if errors.Is(err, sqldb.ErrNoRows) {
		return alerts.ErrNoDelivery
	}
	if err == nil && !delivered {
		err = q.stepIn(ctx, group, job)
	}
	if err != nil {
		return fmt.Errorf("riverqueue: receipt: %w", err)
	}
	return nil
}

// merge sets the metadata to a constant: at the end there is nothing else in it.
func (q *Queue) merge(constant string) string {
	if q.db.Dialect() == sqldb.SQLite {
		return `metadata = jsonb('` + constant + `')`
	}
	return `metadata = '` + constant + `'::jsonb`
}

// appended is a job's errors with one more.
func (q *Queue) appended() string {
	if q.db.Dialect() == sqldb.SQLite {
		return `jsonb_insert(coalesce(errors, jsonb('[]')), '$[#]', jsonb(?))`
	}
	return `array_append(errors, ?::jsonb)`
}

// Dead is [alerts.Dispatcher.Dead]: what was given up, of all accounts, the
// newest first, at most limit (1 to 200), after the last of the page before.
func (q *Queue) Dead(ctx context.Context, after alerts.Delivery, limit int) ([]alerts.Delivery, error) {
	where, args := "", []any{}
	if after.ID != "" {
		where = ` AND (finalized_at, args->>'id') < (?, ?)`
		args = append(args, q.stamp(after.DoneAt), after.ID)
	}
	var ids []int64
	err := q.db.Query(ctx, q.rename(`SELECT id FROM $jobs WHERE state IN ('cancelled', 'discarded')`+where+`
		ORDER BY finalized_at DESC, args->>'id' DESC LIMIT ?`), append(args, max(1, min(maxList, limit))), func(row func(...any) error) error {
		var id int64
		err := row(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("riverqueue: dead letters: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := q.list(ctx, river.NewJobListParams().First(len(ids)).States().IDs(ids...))
	if err != nil {
		return nil, fmt.Errorf("riverqueue: dead letters: %w", err)
	}
	list = slices.DeleteFunc(list, func(d alerts.Delivery) bool { return d.State != alerts.Dead }) // revived meanwhile
	slices.SortFunc(list, func(a, b alerts.Delivery) int { return cmp.Or(b.DoneAt.Compare(a.DoneAt), cmp.Compare(b.ID, a.ID)) })
	return list, nil
}

// Revive is [alerts.Dispatcher.Revive]: it gives a dead alert another eight
// attempts, beginning now.
func (q *Queue) Revive(ctx context.Context, id string) error {
	if err := canon.CheckID(id); err != nil {
		return fmt.Errorf("%w: %w", alerts.ErrNoDelivery, err)
	}
	now := q.now()
	entry, err := attemptError(now, alerts.CauseRevived, "")
	if err != nil {
		return fmt.Errorf("riverqueue: revive: %w", err)
	}
	n, err := q.db.Exec(ctx, q.rename(`UPDATE $jobs SET state = 'available', attempt = 0, finalized_at = NULL, scheduled_at = ?, errors = `+q.appended()+`
		WHERE args->>'id' = ? AND state IN ('cancelled', 'discarded') AND metadata->'output'->>'payload' IS NOT NULL`), q.stamp(now), entry, id)
	if err != nil {
		return fmt.Errorf("riverqueue: revive: %w", err)
	}
	if n == 0 {
		return alerts.ErrNoDelivery
	}
	return nil
}

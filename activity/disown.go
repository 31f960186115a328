package activity

import (
	"context"
	"errors"
	"fmt"
)

// Disown is the owner's "this wasn't me": it marks the event and records
// [EventDisowned], of which the observers hear, in one transaction. It gives
// the event, whose Client says what to revoke. A second time changes nothing
// and records nothing. c is who disowns.
//
// [ErrNotOwner] for another viewer, [ErrNotFound] for an event that the
// account does not have or whose personal part is erased.
func (l *Log) Disown(ctx context.Context, viewer, account, id string, c Client) (Event, error) {
	return l.DisownHow(ctx, viewer, account, id, "", c)
}

// DisownHow is [Log.Disown] with a word on by what it was said, for
// [DetailHow].
func (l *Log) DisownHow(ctx context.Context, viewer, account, id, how string, c Client) (Event, error) {
	e, err := l.Get(ctx, viewer, account, id)
	if err != nil {
		return Event{}, err
	}
	detail := map[string]string{DetailEvent: id, DetailType: string(e.Type)}
	if how != "" {
		detail[DetailHow] = how
	}
	record, err := l.prepare(Event{
		Account: account, Type: EventDisowned, Outcome: OutcomeSuccess, Client: c, Detail: detail,
	})
	if err != nil {
		return Event{}, err
	}
	record = l.Enrich(ctx, record)
	err = l.store.InTx(ctx, func(ctx context.Context) error {
		won, err := l.store.Disown(ctx, account, id, record.At)
		if err != nil || !won {
			return err
		}
		return l.append(ctx, []Event{record})
	})
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return Event{}, ErrNotFound
		}
		return Event{}, fmt.Errorf("activity: disown: %w", err)
	}
	if e.Disowned.IsZero() {
		e.Disowned = record.At
	}
	return e, nil
}

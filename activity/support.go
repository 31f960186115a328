package activity

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"example.com/accountsec/internal/canon"
)

// MaxSupport is the longest time that [Log.GrantSupport] may last.
const MaxSupport = 7 * 24 * time.Hour

// GrantSupport lets an agent of the shop's support read the account's log,
// redacted, for a while. Only the owner can grant it. It is an event of the
// log, [SupportGranted], and its ID is the grant; [Log.RevokeSupport] ends it
// early. The duration is at least a minute and at most [MaxSupport].
func (l *Log) GrantSupport(ctx context.Context, viewer, account, agent string, d time.Duration, c Client) (grant string, err error) {
	if err := checkOwner(viewer, account); err != nil {
		return "", err
	}
	if err := canon.CheckID(agent); err != nil {
		return "", fmt.Errorf("activity: agent: %w", err)
	}
	if d < time.Minute || d > MaxSupport {
		return "", fmt.Errorf("activity: support may be granted for a minute to %v", MaxSupport)
	}
	now := clampTime(l.now())
	e := Event{
		ID: NewID(now), Account: account, Type: SupportGranted, Outcome: OutcomeSuccess, Client: c,
		Detail: map[string]string{DetailAgent: agent, DetailUntil: strconv.FormatInt(now.Add(d).UnixMicro(), 10)},
	}
	return e.ID, l.Record(ctx, e)
}

// RevokeSupport ends a grant. One that has ended, or never was, is no error.
func (l *Log) RevokeSupport(ctx context.Context, viewer, account, grant string) error {
	e, err := l.Get(ctx, viewer, account, grant)
	if errors.Is(err, ErrNotFound) || err == nil && e.Type != SupportGranted {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := l.store.Disown(ctx, account, grant, l.now()); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("activity: revoke support: %w", err)
	}
	return nil
}

// Support is [Log.List] for an agent with a grant: without addresses, cities,
// devices' and sessions' ids, user agents and details; what happened, when, how
// it ended, in which country and on what kind of device is left. Every call is
// itself recorded, [SupportViewed], before anything is read. Only From, To,
// Types, Categories, Outcomes and MinSeverity of the filter may be set, lest the
// rest be asked for one guess at a time ([ErrBadFilter]).
//
// [ErrNoGrant] without a grant of this account to this agent that is running.
func (l *Log) Support(ctx context.Context, agent, account, grant string, f Filter, p Page) (Listing, error) {
	if err := l.checkGrant(ctx, agent, account, grant); err != nil {
		return Listing{}, err
	}
	if len(f.Countries) > 0 || f.IP.IsValid() || f.Device != "" {
		return Listing{}, fmt.Errorf("%w: support may not search for places and devices", ErrBadFilter)
	}
	if err := l.Record(ctx, Event{
		Account: account, Type: SupportViewed, Outcome: OutcomeSuccess, Detail: map[string]string{DetailAgent: agent},
	}); err != nil {
		return Listing{}, err
	}
	out, err := l.List(ctx, account, account, f, p)
	for i, e := range out.Events {
		out.Events[i] = redact(e)
	}
	return out, err
}

func (l *Log) checkGrant(ctx context.Context, agent, account, grant string) error {
	if agent == "" {
		return ErrNoGrant
	}
	e, err := l.Get(ctx, account, account, grant)
	if errors.Is(err, ErrNotFound) {
		return ErrNoGrant
	}
	if err != nil {
		return err
	}
	until, _ := strconv.ParseInt(e.Detail[DetailUntil], 10, 64)
	if e.Type != SupportGranted || e.Detail[DetailAgent] != agent || !e.Disowned.IsZero() || !l.now().Before(time.UnixMicro(until)) {
		return ErrNoGrant
	}
	return nil
}

func redact(e Event) Event {
	e.Client, e.Detail = Client{}, nil
	e.Location = Location{Country: e.Location.Country}
	e.Device = Device{Class: e.Device.Class}
	return e
}

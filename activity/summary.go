package activity

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Summary is an account's log at a glance.
type Summary struct {
	// Events is how many were counted, Failed how many of them failed or were
	// denied.
	Events, Failed int
	// Since is when the oldest of them happened.
	Since time.Time
	// Complete tells that there are no older ones that match.
	Complete bool
	// Countries (ISO 3166-1 alpha-2 codes) and Devices (names) are the known
	// ones, most events first, at most 50 each.
	Countries, Devices []Tally
}

// Tally counts the events of one country or device.
type Tally struct {
	Name           string
	Events, Failed int
	// Last is when the newest happened.
	Last time.Time
}

const (
	summaryEvents = maxScan
	summaryRows   = 50
	// readPage is how many events are read at once where many are.
	readPage = 500
)

// Summary counts the newest 5,000 events that match the filter, by country and
// by device. Errors: [ErrNotOwner], [ErrBadFilter], the store's.
func (l *Log) Summary(ctx context.Context, viewer, account string, f Filter) (Summary, error) {
	if err := checkOwner(viewer, account); err != nil {
		return Summary{}, err
	}
	s := Summary{Complete: true}
	r, err := l.reading(account, f, Page{})
	if err != nil || r.none {
		return s, err
	}
	countries, devices := map[string]*Tally{}, map[string]*Tally{}
	for s.Complete && s.Events < summaryEvents {
		events, more, until, err := r.next(ctx, readPage)
		if err != nil {
			return Summary{}, err
		}
		for _, e := range events {
			failed := s.add(e)
			count(countries, e.Location.Country, e, failed)
			count(devices, e.Device.Name, e, failed)
		}
		if !more {
			break
		}
		s.Complete = until.IsZero() && s.Events < summaryEvents
	}
	s.Countries, s.Devices = tallies(countries), tallies(devices)
	return s, nil
}

func (s *Summary) add(e Event) (failed int) {
	if e.Outcome == OutcomeFailure || e.Outcome == OutcomeDenied {
		failed = 1
	}
	s.Events++
	s.Failed += failed
	s.Since = e.At
	return failed
}

func count(in map[string]*Tally, name string, e Event, failed int) {
	if name == "" {
		return
	}
	t := in[name]
	if t == nil {
		t = &Tally{Name: name, Last: e.At} // the first seen is the newest
		in[name] = t
	}
	t.Events++
	t.Failed += failed
}

func tallies(in map[string]*Tally) []Tally {
	out := make([]Tally, 0, len(in))
	for _, t := range in {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Tally) int { return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Name, b.Name)) })
	return out[:min(len(out), summaryRows)]
}

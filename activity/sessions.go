package activity

import (
	"cmp"
	"context"
	"slices"
	"time"

	"example.com/accountsec/internal/canon"
)

// Session is a place where the account is signed in, as its log tells: a
// sign-in with a Client.SessionID that no sign-out, ended session or new
// password (which ends all but the one that it was set from) followed.
// The shop's session store is what decides; this is what its owner reads.
type Session struct {
	// ID is the SessionID.
	ID string
	// Started is when it was signed in, LastSeen when the log has the last
	// event of it.
	Started, LastSeen time.Time
	// Client, Location and Device are those of the sign-in.
	Client   Client
	Location Location
	Device   Device
	// Current tells that it is the reader's own.
	Current bool
}

const maxSessions = 100

// Sessions lists where the account is signed in, the reader's own session
// first, then the last seen first, at most 100. current is the reader's
// SessionID, or empty. Sessions older than [Config].SessionLife are taken to have
// ended. Errors: [ErrNotOwner], the store's.
func (l *Log) Sessions(ctx context.Context, viewer, account, current string) ([]Session, error) {
	if err := checkOwner(viewer, account); err != nil {
		return nil, err
	}
	current = canon.Line(current, canon.MaxID)
	r, err := l.reading(account, Filter{From: l.now().Add(-l.sessionLife)}, Page{})
	if err != nil {
		return nil, err
	}
	open := sessions{byID: map[string]*Session{}, ended: map[string]bool{}}
	for read := 0; read < maxScan; {
		events, more, _, err := r.next(ctx, readPage)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			open.add(e)
		}
		if read += len(events); !more {
			break
		}
	}
	return open.list(current), nil
}

// sessions gathers from events, newest first.
type sessions struct {
	byID     map[string]*Session
	ended    map[string]bool
	endedAll bool
}

func (s *sessions) add(e Event) {
	id, done := e.Client.SessionID, e.Outcome == OutcomeSuccess
	one := e.Detail[DetailSession]
	endsOne := e.Type == SessionEnded && done && one != ""
	endsOthers := done && !endsOne && (e.Type == SessionEnded || e.Type == PasswordChanged || e.Type == PasswordSet)
	if id != "" && !s.ended[id] {
		if e.Type == SignedOut || s.endedAll && s.byID[id] == nil {
			s.ended[id] = true
		} else {
			s.see(id, e)
		}
	}
	if endsOne {
		s.ended[one] = true
	}
	s.endedAll = s.endedAll || endsOthers
}

// see notes an event of a session that has not ended.
func (s *sessions) see(id string, e Event) {
	o := s.byID[id]
	if o == nil {
		o = &Session{ID: id, LastSeen: e.At}
		s.byID[id] = o
	}
	if e.Type == SignInSucceeded {
		o.Started, o.Client, o.Location, o.Device = e.At, e.Client, e.Location, e.Device
	}
}

func (s *sessions) list(current string) []Session {
	var out []Session
	for id, o := range s.byID {
		if o.Current = id == current && current != ""; !o.Started.IsZero() {
			out = append(out, *o)
		}
	}
	slices.SortFunc(out, func(a, b Session) int {
		if a.Current != b.Current {
			return map[bool]int{true: -1, false: 1}[a.Current]
		}
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), maxSessions)]
}

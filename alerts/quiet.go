package alerts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/accountsec/activity"
)

// Quiet are hours of every day in which alerts wait that are neither critical
// nor mandatory. Codes never wait.
type Quiet struct {
	// From and To are minutes of the day on the owner's clock, 0 to 1439: quiet
	// from From until just before To, over midnight where To is the earlier. Equal:
	// there are no quiet hours.
	From int `json:"from"`
	To   int `json:"to"`
	// Zone is the IANA name of the zone that the clock is in. Defaults, when it is
	// set, to the recipient's, and to UTC.
	Zone string `json:"zone,omitempty"`
}

const (
	dayMinutes = 24 * 60
	daySeconds = dayMinutes * 60
	// maxTransitions bounds the changes of a clock within one quiet night.
	maxTransitions = 8
)

var errZone = errors.New("not the IANA name of a time zone")

// On tells whether there are quiet hours.
func (q Quiet) On() bool { return q.From != q.To }

func (q Quiet) check() error {
	if q.From < 0 || q.From >= dayMinutes || q.To < 0 || q.To >= dayMinutes {
		return fmt.Errorf("not minutes of a day, 0 to %d", dayMinutes-1)
	}
	if q.Zone == "" {
		return nil
	}
	_, err := loadZone(q.Zone)
	return err
}

// loadZone knows no "Local", which differs from one machine to the next.
func loadZone(name string) (*time.Location, error) {
	if name == "Local" || len(name) > maxKind {
		return nil, errZone
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, errZone
	}
	return loc, nil
}

// settleQuiet fills in the zone.
func (m *Monitor) settleQuiet(ctx context.Context, account string, q Quiet) (Quiet, error) {
	if !q.On() {
		return Quiet{}, nil
	}
	if q.Zone != "" || m.cfg.Directory == nil {
		return q, nil
	}
	r, err := m.cfg.Directory.Recipient(ctx, account)
	if err != nil && !errors.Is(err, ErrNoRecipient) {
		return Quiet{}, fmt.Errorf("alerts: quiet hours: the recipient's zone: %w", err)
	}
	if _, err := loadZone(r.TimeZone); err == nil {
		q.Zone = r.TimeZone
	}
	return q, nil
}

// Until gives the end of the quiet hours that at is in; at itself if it is in
// none. The clock is the zone's, summer time and its changes included: where the
// clock jumps over To, quiet ends at the jump; where it repeats To, at the first.
// A zone that is unknown delays nothing.
func (q Quiet) Until(at time.Time) time.Time {
	if !q.On() {
		return at
	}
	loc, err := loadZone(q.Zone)
	if err != nil {
		return at
	}
	end := at.In(loc)
	for range maxTransitions {
		if !q.holds(end) {
			break
		}
		next := end.Add(q.left(end))
		_, change := end.ZoneBounds()
		if change.IsZero() || next.Before(change) {
			end = next
			break
		}
		end = change // the clock changes before To comes: look again from there
	}
	return end.UTC()
}

// clock is the second of the day.
func clock(at time.Time) int { return at.Hour()*3600 + at.Minute()*60 + at.Second() }

// holds tells whether a time is quiet by its own clock.
func (q Quiet) holds(at time.Time) bool {
	minute := clock(at) / 60
	if q.From < q.To {
		return minute >= q.From && minute < q.To
	}
	return minute >= q.From || minute < q.To
}

// left is how long it is until To, on a clock that does not change.
func (q Quiet) left(at time.Time) time.Duration {
	seconds := (q.To*60 - clock(at) + daySeconds) % daySeconds
	return time.Duration(seconds)*time.Second - time.Duration(at.Nanosecond())
}

// urgent tells the kinds that no quiet hours delay.
func (k Kind) urgent() bool {
	info, ok := k.Info()
	return !ok || info.Mandatory || info.Severity >= activity.Critical
}

// delay gives until when an alert waits; zero if it does not.
func (q Quiet) delay(a Alert, of []Kind, now time.Time) time.Time {
	for _, k := range append([]Kind{a.Kind}, of...) {
		if k.urgent() {
			return time.Time{}
		}
	}
	if end := q.Until(now); end.After(now) {
		return end
	}
	return time.Time{}
}

package alerts

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"example.com/accountsec/activity"
)

// Change announces that the sender's identity changes, so that owners do not
// take the new one for a fraud, nor a fraud for the new one. The Sender that
// holds it is the new identity; Old is the one until then.
//
// Which of them a message has, and what it tells, is decided by the time at
// which the message was made ([Message].CreatedAt), so that all instances change
// over at once and a repetition is the same message. Before Announced nothing is
// said. Then messages come from Old and tell what changes when. From At they come
// from the new identity and show both, and links to Old's domains are still
// accepted. After Until only the new one is left, and Change can be removed. Pages
// that links lead to ([AnswersConfig].URL) move to the new domain between At and
// Until.
//
// A notice to everybody is a [Message] of the kind [SenderChange] that the shop
// hands to its notifiers, best in the days after Announced.
type Change struct {
	// Old is the identity until At; it holds no Change. Required.
	Old Sender
	// Announced is 14 to 180 days before At. Defaults to 30 days before.
	Announced time.Time
	// At is when the new identity begins. Required.
	At time.Time
	// Until is 14 to 180 days after At. Defaults to 90 days after.
	Until time.Time
}

// SenderChange is the kind of a notice to everybody about a [Change]: what it
// was, what it will be and from when. It is none of [Kinds], has no preferences,
// and is handed to notifiers by the shop itself.
const SenderChange Kind = "sender.change"

const (
	day             = 24 * time.Hour
	minAdaptation   = 14 * day
	maxAdaptation   = 180 * day
	announcedBefore = 30 * day
	adaptation      = 90 * day
)

func (c *Change) announced() time.Time {
	if c.Announced.IsZero() {
		return c.At.Add(-announcedBefore)
	}
	return c.Announced
}

func (c *Change) until() time.Time {
	if c.Until.IsZero() {
		return c.At.Add(adaptation)
	}
	return c.Until
}

func (s Sender) checkChange() error {
	c := s.Change
	if c == nil {
		return nil
	}
	if c.Old.Change != nil {
		return errors.New("the old sender holds a Change itself; let one settle before the next")
	}
	if err := c.Old.Validate(); err != nil {
		return fmt.Errorf("old: %w", err)
	}
	if c.At.IsZero() {
		return errors.New("its At is required")
	}
	if d := c.At.Sub(c.announced()); d < minAdaptation || d > maxAdaptation {
		return errors.New("its Announced is not 14 to 180 days before At")
	}
	if d := c.until().Sub(c.At); d < minAdaptation || d > maxAdaptation {
		return errors.New("its Until is not 14 to 180 days after At")
	}
	if c.Old.Brand == s.Brand && c.Old.Domain == s.Domain && c.Old.From == s.From && maps.Equal(c.Old.Addresses, s.Addresses) {
		return errors.New("neither Brand nor Domain nor an address changes")
	}
	return nil
}

// announcing tells whether messages made then tell of a change to come.
func (s Sender) announcing(at time.Time) bool {
	return s.Change != nil && !at.Before(s.Change.announced()) && at.Before(s.Change.At)
}

// settling tells whether messages made then show both identities.
func (s Sender) settling(at time.Time) bool {
	return s.Change != nil && !at.Before(s.Change.At) && at.Before(s.Change.until())
}

// At is the sender of a message made at a time, with the domains that its links
// may lead to. The zero time is after every change.
func (s Sender) At(at time.Time) Sender {
	out := s
	switch {
	case s.Change != nil && !at.IsZero() && at.Before(s.Change.At):
		out = s.Change.Old
	case s.settling(at):
		out.LinkDomains = append(s.domains()[1:], s.Change.Old.domains()...)
	}
	out.Change = nil
	return out
}

// change says old and new side by side, while a change is ahead or settling.
func (c composer) change(out *Content) {
	next, at := c.whole, c.m.made()
	switch {
	case next.announcing(at):
		out.ChangeTitle = c.text("change.title.before")
	case next.settling(at):
		out.ChangeTitle = c.text("change.title.after")
	default:
		return
	}
	for _, f := range c.identities() {
		out.Change = append(out.Change, f.Label+": "+f.Value)
	}
	out.Change = append(out.Change, c.text("change.nothing"))
}

// identities are the old and the new, each with its dates.
func (c composer) identities() []Fact {
	change, zone := c.whole.Change, c.m.Recipient.TimeZone
	show := func(s Sender) string {
		return strings.Join([]string{s.Brand, s.Domain, strings.Join(s.Froms(), ", ")}, " · ")
	}
	date := Date(c.lang, zone, change.At)
	return []Fact{{c.text("change.until", "date", date), show(change.Old)}, {c.text("change.from", "date", date), show(c.whole)}}
}

// announcement is the whole message about a change, for those who have an
// account.
func (c composer) announcement(out *Content) {
	out.Severity = activity.Notice
	out.ActionsTitle, out.Why = c.text("actions.title.sender.change"), c.text("why.sender.change")
	for i := 1; i <= 3; i++ {
		out.Actions = append(out.Actions, c.text(c.action(i)))
	}
	out.ChangeTitle, out.Change = "", nil // the facts say it
	if c.whole.Change == nil {
		return
	}
	out.Facts = c.identities()
	if old := c.whole.Change.Old.Domain; old != c.whole.Domain {
		until := Date(c.lang, c.m.Recipient.TimeZone, c.whole.Change.until())
		out.Facts = append(out.Facts, Fact{c.text("change.settled"), c.text("change.settled.until", "date", until, "domain", old)})
	}
}

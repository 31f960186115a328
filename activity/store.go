package activity

import (
	"context"
	"time"
)

// Store keeps events. Implementations must be safe for concurrent use, keep
// times to the microsecond in UTC, honour a cancelled context, give away no
// memory of theirs (an event that was handed in or out may be changed by the
// caller), and join a transaction that the context carries if they can.
// [example.com/accountsec/activity/activitytest] checks an implementation.
//
// An event has two parts. The skeleton (ID, Account, Type, Outcome, At) is
// written once and never changed. The personal part (Client, Location, Device,
// Detail, Disowned) can be deleted before it: what is left is an event with
// Erased set and these fields empty, which matches no filter on them.
//
// Events arrive checked by [Log]: ids by [NewID] whose time is the event's,
// fields bounded and free of NUL, Client.Hints empty, Disowned and Erased not
// set, no two of one account and id.
type Store interface {
	// Append adds the events, all of them or none. An event that the account
	// already has by its ID changes nothing and is no error: one of any number
	// of concurrent callers adds it, and nothing is ever overwritten or, after
	// an erasure, brought back.
	Append(ctx context.Context, events ...Event) error
	// List gives the account's events that match q, in q's direction. It reads
	// no more than the account's own rows from q.Start on, and no more than
	// q.Scan of them. cut is the position of the last row looked at if the
	// search ended there, by q.Scan, with fewer than q.Limit events found; the
	// zero Position otherwise.
	List(ctx context.Context, account string, q Query) (events []Event, cut Position, err error)
	// Get gives one event of the account; [ErrNotFound] if the account has
	// none of this id, whoever else may have one.
	Get(ctx context.Context, account, id string) (Event, error)
	// Count counts the account's events from from (inclusive) to to
	// (exclusive) by local day, type and outcome, in no order. shifts says
	// what local is; it is never empty.
	Count(ctx context.Context, account string, from, to time.Time, shifts []Shift) ([]DayCount, error)
	// Disown sets Event.Disowned to at if it is not set yet, and reports
	// whether it did: true for one of any number of concurrent callers.
	// [ErrNotFound] if the account has no such event with a personal part.
	Disown(ctx context.Context, account, id string, at time.Time) (bool, error)
	// Erase deletes the personal part of all of the account's events.
	Erase(ctx context.Context, account string) error
	// DeleteAccount deletes all that the store holds on the account.
	DeleteAccount(ctx context.Context, account string) error
	// Purge deletes at most p.Max events, or personal parts, of any account,
	// and says how many.
	Purge(ctx context.Context, p Purge) (int64, error)
	// Link adds the event's link to the account's chain: it calls next with the
	// chain's end and keeps what next gives. Concurrent callers of one account
	// go one after the other, each with the end that the one before left. An
	// event that has a link already gets no other. salt is for an account whose
	// chain has none; the end carries the one that is kept. [Store.Erase]
	// deletes it.
	Link(ctx context.Context, account, id string, salt []byte, next func(end Chain) Link) error
	// Chain gives the end of the account's chain; the zero Chain if it has none.
	Chain(ctx context.Context, account string) (Chain, error)
	// Links gives at most max links of the account's chain, those after the
	// given number, in order.
	Links(ctx context.Context, account string, after int64, max int) ([]Link, error)
	// DueChains gives at most max accounts whose chain's Due is not after now,
	// the longest due first.
	DueChains(ctx context.Context, now time.Time, max int) ([]string, error)
	// Prune takes the chain's links up to cut.Number away, keeps cut in their
	// place, and sets the chain's Due. It does so if the chain has a link of this
	// number and digest, or was last cut at this number; otherwise it does
	// nothing. A chain whose last link goes is gone altogether. All of it or
	// nothing, and one after the other with [Store.Link] of the account.
	Prune(ctx context.Context, account string, cut Cut, due time.Time) error
	// InTx runs fn in a transaction that ctx then carries; in the carried one
	// if there is one. fn may be called again if the database asks for it. A
	// store without transactions just calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Months is what a [Store] may do beside: keep events in one table a month, so
// that a month is dropped as a whole.
type Months interface {
	// KeepMonths makes the tables of now's month and the three after it, and
	// drops those whose last event is older than events, or, of personal
	// parts, older than personal. It reports false, and has done nothing, if
	// the store does not keep months after all.
	KeepMonths(ctx context.Context, now, events, personal time.Time) (bool, error)
}

// Position is a place in an account's log: that of the event which happened at
// At and has this ID. The zero Position is the newest end, or when reading
// upwards the oldest.
type Position struct {
	At time.Time
	ID string
}

func (e Event) position() Position { return Position{e.At, e.ID} }

// Query is a [Filter] as the stores get it: checked, sorted, its categories
// and severity turned into types, its network a range of [AddrKey] texts.
type Query struct {
	// From is inclusive, To exclusive; zero is open.
	From, To time.Time
	// Types, Outcomes and Countries are sorted, without doubles; any event
	// matches an empty list.
	Types     []Type
	Outcomes  []Outcome
	Countries []string
	// AddrFrom and AddrTo bound [AddrKey] inclusively. Both empty: any address
	// or none.
	AddrFrom, AddrTo string
	// Device equals Device.Name or Client.DeviceID. Empty: any.
	Device string
	// Start is where to begin: only events beyond it are wanted.
	Start Position
	// Upwards asks for the oldest first: by time, then by ID, both ascending.
	// Otherwise both descend.
	Upwards bool
	// Limit is the largest number of events to give, always positive.
	Limit int
	// Scan is the largest number of rows to look at, always at least Limit.
	Scan int
}

// selective tells whether rows between From and To may fail to match.
func (q Query) selective() bool {
	return len(q.Types)+len(q.Outcomes) > 0 || q.personal()
}

// personal tells whether q asks for something of the personal part.
func (q Query) personal() bool { return len(q.Countries) > 0 || q.AddrTo != "" || q.Device != "" }

// Shift says how far local time is ahead of UTC from a time on: one a change
// of the clocks, oldest first, the first one's From being the zero time.
type Shift struct {
	From  time.Time
	Ahead time.Duration
}

// DayCount is the number of events of one kind on one local day.
type DayCount struct {
	// Day counts from 1970-01-01, local.
	Day     int
	Type    Type
	Outcome Outcome
	Events  int
}

// Purge says what to delete.
type Purge struct {
	// Before is the end of what goes, exclusive.
	Before time.Time
	// Types limits it to these; empty: all.
	Types []Type
	// Personal deletes the personal parts only.
	Personal bool
	// Max bounds the number of rows.
	Max int
}

// Link is an event's place in its account's chain; see [Config].ChainKey.
type Link struct {
	// Number counts from 1 without gaps.
	Number int64
	// ID, Type and Outcome are the event's.
	ID      string
	Type    Type
	Outcome Outcome
	// Personal is the keyed and salted digest of the personal part, Digest
	// that of this link and all before it.
	Personal, Digest []byte
}

// Chain is the end of an account's chain: the number and the digest of its
// last link, and the salt of its personal digests.
type Chain struct {
	Number       int64
	Digest, Salt []byte
	// Cut is what its beginning was; the zero Cut while all links are there.
	Cut Cut
	// Due is when retention may next take links away; zero, so at once, for a
	// chain that it has not looked at.
	Due time.Time
}

// Cut stands for the links that retention took away: the number and the digest
// of the last of them, and a keyed proof that it was retention.
type Cut struct {
	Number        int64
	Digest, Proof []byte
}

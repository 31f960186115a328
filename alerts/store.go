package alerts

import (
	"context"
	"time"
)

// Store keeps profiles, counts, settings and the outbox.
// Implementations must be safe for concurrent use by any number of processes,
// keep times to the microsecond in UTC, honour a cancelled context, give away
// no memory of theirs, and join a transaction that the context carries if they
// can. [example.com/accountsec/alerts/alertstest] checks an implementation.
type Store interface {
	Profiles
	Rates
	Topics
	Codes
	Populations
	Settings
	Phrases
	Answers
	Outbox
	Contacts

	// DeleteAccount deletes all that the store holds on the account.
	DeleteAccount(ctx context.Context, account string) error
	// Purge deletes at most max rows of each kind that are older than the
	// horizon; it says how many.
	Purge(ctx context.Context, before Horizon, max int) (int64, error)
	// InTx runs fn in a transaction that ctx then carries; in the carried one
	// if there is one. fn may be called again if the database asks for it. A
	// store without transactions just calls fn.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Profiles keeps what is known of accounts' habits.
type Profiles interface {
	// Profile gives the account's profile and its version: nil and 0 if there
	// is none.
	Profile(ctx context.Context, account string) (data []byte, version int64, err error)
	// PutProfile replaces the profile if its version is still the one that was
	// read (0: if there is none), and raises the version by one. Of any number
	// of concurrent callers with one version, one wins.
	PutProfile(ctx context.Context, account string, data []byte, version int64, now time.Time) (bool, error)
	// CountFailure counts one failed attempt and returns how many there were
	// in the window, this one included. A window begins with its first failure.
	CountFailure(ctx context.Context, account string, window time.Duration, now time.Time) (int, error)
	// Standing reads at once all that a sign-in is judged by: the account's
	// profile and rules, its failures if their window began after failuresSince,
	// and of each wanted rate the one that began after its Since. What is absent
	// is zero; rates come in the order of want, absent ones as they were given.
	Standing(ctx context.Context, account string, failuresSince time.Time, want []Rate) (Standing, error)
}

// Standing is what is known when a sign-in is judged.
type Standing struct {
	Profile  []byte
	Version  int64
	Rules    []byte
	Paused   time.Time
	Failures int
	Rates    []Rate
}

// Rate counts attempts within a window: an account's own, or, with the empty
// account, those from a network whoever they are aimed at. Its size does not
// depend on what it counts.
type Rate struct {
	Account, Name string
	// N counts attempts, Unknown those at accounts that do not exist, Leaked
	// those with passwords that everybody knows.
	N, Unknown, Leaked int
	// Failed and Passed are the accounts that were tried in vain and signed in to.
	Failed, Passed Sketch
	// Since is when the window began.
	Since time.Time
}

// Rates keeps counts for a window.
type Rates interface {
	// CountRate adds r to the rate of the same account and name and gives the
	// sum, as one atomic step: numbers, which may be negative, are added,
	// sketches united. A window begins with what is counted first; one that began
	// at now-window or before is begun anew.
	CountRate(ctx context.Context, r Rate, window time.Duration, now time.Time) (Rate, error)
}

// Topic is what alerts are about that count as repeats of one another.
type Topic struct {
	Account, Name string
	// Classes are the classes of evidence, one bit each.
	Classes int64
	// Cooldown is how long repeats are not told after the first time; then it
	// doubles each time, up to eight times as long.
	Cooldown time.Duration
}

// Told is what became of a topic.
type Told struct {
	// Send tells that it is to be told now.
	Send bool
	// Times is how often it was told, this time included.
	Times int
	// Repeats is how many repeats were kept back since Since, when it was told
	// before. Zero unless Send.
	Repeats int
	Since   time.Time
}

// Topics keeps what was told, so that repeats are not.
type Topics interface {
	// Tell notes that there is something to tell. It is told if the topic is
	// new, if its cool-down is over, or if a class of evidence is new; else it is
	// counted as a repeat. Of any number of concurrent callers with one topic
	// that is due, one sends.
	Tell(ctx context.Context, t Topic, now time.Time) (Told, error)
	// Hush notes that the owner knows: the classes are not told until then.
	// Cooldown is not looked at. A longer silence stays.
	Hush(ctx context.Context, t Topic, until, now time.Time) error
}

// Code is a one-time code that a sign-in waits for.
type Code struct {
	// Hash is the SHA-256 of the token that the code belongs to, in hex.
	Hash, Account string
	// Binding is what the caller tied it to.
	Binding string
	// Sealed is the code, sealed for its row.
	Sealed    []byte
	Tries     int
	ExpiresAt time.Time
}

// Codes keeps codes that sign-ins wait for.
type Codes interface {
	// PutCode adds a code.
	PutCode(ctx context.Context, c Code) error
	// Code gives a code that has not expired at now. [ErrNoCode] if there is none.
	Code(ctx context.Context, hash string, now time.Time) (Code, error)
	// TakeCode counts one try and gives the code, as one step. [ErrNoCode] if it
	// is not there, has expired at now or has had max tries. It must not join a
	// transaction carried in ctx: a count that is rolled back is a free guess.
	TakeCode(ctx context.Context, hash string, max int, now time.Time) (Code, error)
	// FinishCode deletes a code that has not expired at now and tells whether
	// it was there: of any number of callers, one wins.
	FinishCode(ctx context.Context, hash string, now time.Time) (bool, error)
	// DropCodes deletes all codes of the account.
	DropCodes(ctx context.Context, account string) error
}

// Populations keeps what all accounts' sign-ins have in common.
type Populations interface {
	// Population gives the counts and their version: nil and 0 if there are none.
	Population(ctx context.Context) (data []byte, version int64, err error)
	// PutPopulation replaces them as PutProfile does a profile.
	PutPopulation(ctx context.Context, data []byte, version int64, now time.Time) (bool, error)
}

// Horizon says what is old.
type Horizon struct {
	// Done is for deliveries by when they ended, Failures and Rates for counts
	// by when their window began, Topics by when their silence ended, Codes and
	// Answers by when they expired.
	Done, Failures, Rates, Topics, Codes, Answers time.Time
}

// Settings keeps owners' preferences and rules.
type Settings interface {
	// Preferences gives at once the preferences and the sealed phrase that were
	// put; nil for what was not, or was put empty.
	Preferences(ctx context.Context, account string) (data, phrase []byte, err error)
	// PutPreferences replaces the preferences.
	PutPreferences(ctx context.Context, account string, data []byte, now time.Time) error
	// SwapPreferences replaces the preferences if they still are old (nil: none),
	// and tells whether it did. Of any number of concurrent callers with one old,
	// one wins.
	SwapPreferences(ctx context.Context, account string, old, data []byte, now time.Time) (bool, error)
	// Rules gives the account's own rules for sign-ins, and until when they are
	// set aside; nil and zero if there are none.
	Rules(ctx context.Context, account string) (data []byte, paused time.Time, err error)
	// PutRules replaces them, and puts them in force.
	PutRules(ctx context.Context, account string, data []byte, now time.Time) error
	// PauseRules sets them aside until then, if there are any.
	PauseRules(ctx context.Context, account string, until time.Time) error
}

// Phrases keeps what owners recognise the shop's messages by, beside their
// preferences.
type Phrases interface {
	// PutPhrase replaces the account's sealed phrase; nil takes it away.
	PutPhrase(ctx context.Context, account string, sealed []byte, now time.Time) error
	// NextPhrase gives the first phrase of an account after this one, in the
	// order of accounts; false if there is none.
	NextPhrase(ctx context.Context, after string) (account string, sealed []byte, found bool, err error)
	// SwapPhrase replaces a phrase if it still is old, and tells whether it did.
	SwapPhrase(ctx context.Context, account string, old, sealed []byte) (bool, error)
}

// Answers keeps which links were answered.
type Answers interface {
	// SpendAnswer notes until expires that the account's key is spent, and tells
	// whether it was not before, and expires is after now: of any number of
	// callers, one wins. It may be forgotten from then on.
	SpendAnswer(ctx context.Context, account, key string, expires, now time.Time) (bool, error)
}

// Contacts keeps addresses that accounts had before.
type Contacts interface {
	// PutContact adds a contact.
	PutContact(ctx context.Context, c Contact) error
	// Contacts gives, of each channel, the max newest and the max oldest of the
	// account's contacts that were replaced at or after since, each once, the
	// newest of all first.
	Contacts(ctx context.Context, account string, since time.Time, max int) ([]Contact, error)
	// NextContact gives the first contact after this one in the order of
	// accounts and IDs; false if there is none.
	NextContact(ctx context.Context, after Contact) (Contact, bool, error)
	// SwapContact replaces what is sealed of a contact, if it still is c.Sealed.
	SwapContact(ctx context.Context, c Contact, sealed []byte) (bool, error)
	// PurgeContacts deletes the contacts that were replaced before the given
	// time; it says how many.
	PurgeContacts(ctx context.Context, before time.Time) (int64, error)
}

// Outbox keeps messages until they are delivered.
type Outbox interface {
	// Enqueue adds deliveries in one statement, as pending or as standbys, and
	// returns how many were new: one whose (Account, Channel, Dedupe) is there
	// already, ended or not, is left out.
	Enqueue(ctx context.Context, rows []Delivery) (int, error)
	// Lease hands out at most max deliveries of a channel that are due, urgent
	// ones first, then the longest due: pending ones and standbys whose DueAt has
	// come, and leased ones whose lease has run out. The channel "" is all of
	// them, and then urgent ones are not first. It marks them leased under the
	// token until the given time and counts the attempt, as one atomic step: no
	// two callers get the same one. They come urgent ones first, in the order in
	// which they were created.
	Lease(ctx context.Context, channel, token string, until, now time.Time, max int) ([]Delivery, error)
	// Settle stores what became of a delivery, if it is leased under d.Token: its
	// State, Attempts, DueAt, DoneAt, LastError and Log. Unless it is pending, or
	// an alert that is dead, its payload is wiped. It reports whether it was
	// leased so.
	Settle(ctx context.Context, d Delivery) (bool, error)
	// StandDown ends a delivery as skipped at now and wipes its payload, if it is
	// leased under d.Token and another delivery of d.Group is done, as one step;
	// it reports whether it did. d.Log is stored.
	StandDown(ctx context.Context, d Delivery, now time.Time) (bool, error)
	// StepIn makes the standbys of the group due at now, if none of the group's
	// deliveries is done or may still be: none is pending, leased or sent. It
	// reports how many.
	StepIn(ctx context.Context, group string, now time.Time) (int, error)
	// Receipt makes a sent delivery done or dead, and adds it to its log; it
	// gives its group, and reports whether it was sent: of any number of
	// callers, one wins.
	Receipt(ctx context.Context, id string, delivered bool, now time.Time) (group string, won bool, err error)
	// Revive makes a dead delivery that has its payload pending and due at now,
	// without attempts, and adds it to its log; it reports whether it was so. It
	// is never a code.
	Revive(ctx context.Context, id string, now time.Time) (bool, error)
	// Dead lists dead deliveries after this one, by DoneAt and ID, the newest
	// first, at most max, without payloads and tokens. The zero Delivery is
	// before all.
	Dead(ctx context.Context, after Delivery, max int) ([]Delivery, error)
	// Deliveries lists the account's deliveries, newest first, at most max,
	// without payloads and tokens.
	Deliveries(ctx context.Context, account string, max int) ([]Delivery, error)
	// Undelivered lists what has a payload, whatever its state, by ID, after this
	// one, at most max: ID, Account, Channel, Kind, State and Payload. What has none
	// costs nothing.
	Undelivered(ctx context.Context, after string, max int) ([]Delivery, error)
	// SwapPayload replaces a delivery's payload if it still is d.Payload, whatever
	// its state, and tells whether it did. A lease stays.
	SwapPayload(ctx context.Context, d Delivery, payload []byte) (bool, error)
}

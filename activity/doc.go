// Package activity is the account owner's own log: who signed in, when, from
// where and with what, which password, profile or factor changed, what was
// ordered and paid. The owner reads it to find what was not theirs; the
// shop's other parts write to it through [Recorder].
//
// # Use
//
//	log, err := activity.New(activity.NewMemoryStore(), activity.Config{CursorKey: key})
//	err = log.Record(ctx, activity.Event{
//		Account: "u-1", Type: activity.SignInSucceeded, Outcome: activity.OutcomeSuccess,
//		Client: activity.ClientFromRequest(r, trustedProxies),
//	})
//	page, err := log.List(ctx, viewer, "u-1", activity.Filter{}, activity.Page{})
//
// # Layout
//
// An event has two parts. The skeleton says what happened, when and how it
// ended; it is written once and never changed. The personal part holds the
// address, the place, the device and the details; it may go before the
// skeleton, by [Retention] or by [Log.Erase], and what is left can still be
// counted. On PostgreSQL both are kept in one table a month, which [Log.Purge]
// makes ahead and drops as a whole.
//
// # At scale
//
// One PostgreSQL holds tens of millions of events: a page takes a millisecond or
// two at any depth (README.md has the figures), a month is dropped in one
// statement, and what grows is disk. Beyond one machine's writes or disk:
//
//   - Every statement but retention's names one account, so accounts spread by
//     hash: over several databases, one [Log] and [SQLStore] each, chosen by the
//     account in front of them; or in one Citus cluster, with the four tables
//     distributed by account and co-located. No statement joins two accounts.
//     Purge runs on every node for itself.
//   - What must commit together (a shop's row, the event, the alert, [Log.Disown])
//     has to be on the account's own node, in one database.
//   - Read replicas serve listings, charts and exports. A replica lags: whoever
//     has just written reads from the primary for some seconds, or waits until
//     the replica has replayed the write's LSN (pg_last_wal_replay_lsn). A cursor
//     made on one is good on the other: it is a position, not a snapshot, and a
//     page on a lagging replica only lacks what is newer.
//   - Writers share commits by [Buffer]: one a process. With synchronous_commit
//     off an acknowledged event can be lost with the machine; with it on, only
//     with the disk.
//   - An account whose events are all failures of somebody else's guessing stays
//     cheap to read, since no page or chart looks at more than it shows or at
//     5,000 rows; its chart alone counts its whole span.
//
// # Security model
//
//   - Only the owner reads: every method that reads takes the viewer and
//     compares it with the account; another account's event id is answered as
//     absent. Support reads by the owner's grant ([Log.GrantSupport]), for a
//     while, without what is personal, and every look is itself an event.
//   - What is stored is bounded and harmless: one line of valid UTF-8 a field,
//     without control, bidirectional or invisible characters, so a user agent
//     or a city can forge neither a log line nor a mail header.
//   - The address comes from forwarding headers only where a trusted proxy
//     wrote them ([ClientFromRequest]).
//   - Events are appended, never rewritten: an id is unique to its event, and
//     a second event under the same id changes nothing. With
//     [Config].ChainKey, [Log.VerifyChain] shows what was changed or taken away
//     behind the log's back.
//   - A cursor is authenticated and bound to the account and the filter it was
//     made for; it gives nothing to whoever finds it.
//   - No request costs more as the history grows: pages are found by the key,
//     and a search for what is rare stops after 5,000 rows, says how far it
//     came, and goes on from there ([Listing].Until).
//   - Details are shown to the owner. Callers put no secret in them: no
//     password, code, answer, token, whole phone or card number.
//
// Location and device are estimates for people to read. A user agent is
// chosen by the client and an address says little about a street.
package activity

// Package recovery lets an owner back in by security questions, as one proof
// among others.
//
// # Security model
//
// Answers are low-entropy and often findable, so they are never the only
// proof (NIST SP 800-63B-4 does not accept them as such): first comes a
// one-time code to an address that the account had before, then the answers,
// then, by the caller, the second factor where there is one. The channel that
// the code came by proves nothing else.
//
// An owner who has lost the second factor may wait instead ([Manager.Wait]): 24
// to 72 hours, announced on every channel and at every address that the account
// had lately, with a link that calls it off once. Looking at the link changes
// nothing. After any recovery what carries value away stays held for a while
// ([Manager.Held]).
//
// # What is kept
//
// An answer is normalised, hashed with argon2id, and the hash sealed under its
// account, question and version; nothing gives it back, and [Status] is all
// that anybody sees of it. Tickets, waits, grants and cancel links are random
// tokens of 256 bits, stored as SHA-256. A ticket or grant is bound to the
// client that began, to one account and to one version of the answers; each of
// its steps is one conditional statement, so of any number of concurrent
// callers one goes on. A newer ticket ends the older; new answers, a new
// password or address, a block and a recovery that came to its end end all.
//
// # Guessing
//
// Attempts are counted before they are judged, outside of the caller's
// transaction: five codes a day and network, 40 and then one an hour a day and
// account, three tries a ticket at the
// answers, five a day and growing waits, and [MaxFailures] in a row however
// long that takes. Both answers must be right, and which was wrong is never
// told. What most people answer is refused when answers are set, by a list for
// each topic. A device on which the owner has signed in before has counts of
// its own, so that a stranger uses up a stranger's tries only. Beginning is
// slowed by network, by account and over all.
//
// An account that is unknown, or has no answers, is treated like any other:
// the same statements, the same number of hashes, stable decoy questions, and
// the same errors.
//
// # What it does not do
//
// Whoever reads the owner's messages, knows the owner well enough to answer,
// and is not called off in time, gets in: that is what the wait, the alerts and
// the hold are for. Forgotten answers cannot be helped; [Manager.Drill] finds
// out early.
package recovery

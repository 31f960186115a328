// Package accountsec lets an online shop's customers protect their accounts.
// A shop gives it a database, a key and its own users table, and gets back one
// [Guard] through which every sign-in, password change and recovery passes.
//
// # The house
//
// The five domains stand side by side and never import one another: password,
// mfa, recovery and alerts on one floor, activity (who, where, when) below
// them. This package stands above and wires them: it is the one place that
// grants anything.
//
//	SignIn        throttle → password → judge → (second factor or sent code: FinishSignIn → judge) → record → learn → alert
//	…Passkey      a passkey alone, without user name and password → judge → record → learn → alert
//	…Recovery     channel proof → security questions → second factor, or a wait that can be called off → new password → hold
//
// # What the shop keeps
//
// Sessions stay the shop's own. The Guard returns a [Grant] when someone may
// come in, and an [EndSessions] when others have to go. The customers' table
// stays the shop's own, too; the Guard reads it through [Accounts].
//
// Once a day the shop calls [Guard.Purge], which deletes what has had its time: the
// log's events by [Config].Retention, and whatever else waited, was delivered or
// counted. Nothing here does it by itself, and without it the log grows for ever.
//
// # A fresh proof
//
// Signed in is not enough for a refund or a new address. [Guard.Require] asks
// how lately, and how well, the customer has proved themselves; what a sign-in
// and a step-up proved is a sealed text in the shop's session. Changes of the
// factors themselves take a proof of the same request ([Guard.StartManage]), and the
// first factor the session's evidence ([mfa.StartEnrollRequest].Evidence), not older
// than [mfa.ProofLifetime].
//
// A device that the owner trusts skips the second factor, unless the sign-in is
// unusual, and never the password ([Guard.SignInTrusted], [Guard.TrustDevice]); a
// new password, a recovery and [Guard.Disown] end all trust.
//
// # Unknown accounts
//
// An identifier that names nobody is given a stable shadow account, an id made
// by a keyed hash. It has no rows, and everything below treats it like any
// other account: the same statements run, one password hash is computed, the
// same error comes back. That is how an answer keeps from telling who is a
// customer (OWASP ASVS 5.0, 6.3.8).
//
// # Unusual sign-ins
//
// Every way in is judged by the alerts, [Config].SignIns says what follows. More
// proof is a second factor; an account without one is sent a code ([SentCode]),
// and one that no code can reach is let in and told. A refusal looks like a wrong
// password in answer, count and hashes, since that the password was right is worth
// most to a thief; the owner is told. "This was me" and "this wasn't me" are
// [Guard.Confirm] and [Guard.Disown], and by one click in a message
// [Guard.Answer], which needs no session and starts none: whoever holds the
// message can lock the account or mute what may be muted, and nothing else. Only on
// a device of the owner's, one from before, does "this wasn't me" also remove the
// second factors that an intruder enrolled.
//
// # Transactions
//
// [WithTx] carries the shop's own transaction: what the shop writes, the
// activity event and the queued alert commit together or not at all. Guesses
// are the exception. SignIn, FinishSignIn, ChangePassword and the recovery
// steps count an attempt in a transaction of its own, and record it there where
// it fails, because a count that is rolled back is a free guess, and an event
// that is rolled back a guess that nobody hears of. Inside a carried transaction that takes a second
// connection on PostgreSQL, and is refused on SQLite ([ErrInTx]); so call them
// before the transaction, not in it.
package accountsec

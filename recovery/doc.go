// Package recovery lets an owner back in by security questions.
//
// # Security model
//
// Answers are low-entropy and often findable, so they are never the only
// proof (NIST SP 800-63B-4 does not accept them as such): first comes a
// one-time code to an address that the account had before, then the answers,
// then, by the caller, the second factor where there is one.
//
// An answer is normalised, hashed with argon2id, and the hash sealed under its
// account, question and version; nothing gives it back. A ticket is a random
// token, stored as SHA-256, bound to the client that began and to one
// account; each of its steps is one conditional statement, so of any number of
// concurrent callers one goes on. A newer ticket ends the older.
//
// An account that is unknown, or has no answers, is treated like any other:
// the same statements, the same number of hashes, stable decoy questions, and
// the same errors. Attempts are counted before they are judged, per ticket and
// per account and day, outside of the caller's transaction.
package recovery

// Package password keeps customers' passwords: what a good one is ([Policy]),
// how it is hashed ([Argon2id]), and setting, changing and checking it
// ([Manager]).
//
// # Policy
//
// A policy judges a password rule by rule ([Report]), so that a page can tick
// the rules off while the customer types. Its defaults follow NIST SP 800-63B-4
// §3.1.1: length and guessability count, kinds of characters and regular
// changes are not asked for. [Policy.Check] is pure and does bounded work on any
// input. Passwords are normalised by NFKC before they are counted and hashed,
// so that what was typed on one device is right on every other.
//
// # Hashing
//
// Argon2id (RFC 9106) with OWASP's parameters, stored as a PHC string. A memory
// budget bounds the hashes computed at once: a burst of sign-ins waits, then is
// told to come back ([ErrBusy]), and never exhausts the machine. When the
// parameters are raised, each hash follows at its owner's next sign-in.
//
// [Config].Pepper seals the hashes by a key that is kept apart from the
// database. Whoever has the database alone then has nothing to try guesses on,
// and whoever can write to it cannot put one account's hash, or a former one, in
// another's place. He can still put a hash of his own there: a pepper keeps
// secrets, it does not replace the database's access control. [Manager.Reseal]
// rotates the key.
//
// # Moving from another system
//
// [NewImporting] makes a Hasher that reads bcrypt, scrypt, PBKDF2 and argon2i in
// the spellings of Django, passlib, Werkzeug and Spring; [Manager.Import] stores
// such a hash, and its owner's first sign-in replaces it. Fast digests (MD5,
// SHA-1, SHA-2, MySQL's PASSWORD) are never compared as they are:
// [Importing.Wrap] hashes all of them at once, without the passwords. Where the
// time of a sign-in must not tell imported accounts from others, see
// [ImportingConfig].Typical.
//
// # Guessing
//
// Every attempt is counted before the password is looked at, in the store that
// all instances share: for the network, for the network and the account, and
// for the account. After its free attempts a bucket closes for a time that
// grows and always ends. A device that the account is known to use has a bucket
// of its own and is not stopped by the others: an attacked owner still gets in.
// An unknown account costs the same statements and the same one hash as a known
// one, and gives the same error.
//
// What this package does not do: it sends no sign-in events (the facade does),
// knows no sessions, and forces nobody to change a password by its age. Leaked
// passwords it refuses if it is given a [Breach] to ask.
package password

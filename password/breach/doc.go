// Package breach looks passwords up among those that are known from breaches,
// without giving the password away.
//
// [Client] asks a service that speaks the range protocol of Have I Been Pwned
// (k-anonymity): only the first five of the forty hex digits of the password's
// SHA-1 leave the machine, the answer lists every known hash that begins like
// it, padded so that its size tells nothing, and the comparison is made here.
// SHA-1 is the protocol's choice and protects nothing here.
//
// [Filter] looks up offline, in a file that [FilterBuilder] made of a list: of
// the service's own download, or of plain passwords. It keeps fingerprints, so
// that a stranger is taken for known once in 65,536 times, or in 256 with the
// smaller ones. [Tiers] asks a filter first and the service about what that
// leaves open. examples/breachfilter is a command that makes the file.
//
// An answer that is not whole is never read as "not breached": whatever fails
// is [ErrUnavailable], and what follows from it is decided by the caller, in
// the open. Neither the password nor its hash is in an error or a log.
package breach

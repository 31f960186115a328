// Package mfa gives accounts an optional second factor: enrolment, challenge,
// verification, recovery codes. The factors themselves are [Method] values, such as
// [example.com/accountsec/mfa/totp]; a shop's own method plugs in the same way.
//
// # Use
//
// An account is enrolled in two steps, and asked in two steps:
//
//	e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "u-1", Method: "totp", Name: "phone", Label: "kim@shop.example"})
//	// show e.Show (for totp a totp.Setup with the QR code), read the first code
//	done, err := m.FinishEnroll(ctx, "u-1", e.FactorID, code, client)
//	// show done.RecoveryCodes: this is the only time
//
//	ch, err := m.Challenge(ctx, mfa.ChallengeRequest{Account: "u-1", Purpose: "signin", Client: client})
//	proof, err := m.Verify(ctx, ch.Token, "signin", ch.Factors[0].ID, code, client)
//
// A [Proof] grants nothing by itself. Sign-in and recovery belong to the root
// package, which cannot be made to skip a step; the purpose [PurposeManage] is
// for changes of the factors themselves.
//
// # Security model
//
//   - A method only computes. Counting, replay, expiry and sealing happen here,
//     once, so that no method can forget one.
//   - An attempt is counted before its response is looked at: five for a
//     challenge, a growing delay for the account and method, and at most 100 in a
//     row without a success, of which the last 10 are kept for the owner's known
//     devices ([MaxFailures]). Then the method stops for strangers until another
//     channel opens it. The counts are apart from the password's, and committed on
//     their own: a new challenge, session or address, or a rolled-back transaction
//     refills nothing, nor does the owner's sign-in on a known device. A code of 6
//     digits with three live values is guessed with a chance of 0.03 % in all.
//   - One response at a time is looked at before it is counted, by each instance of
//     the program: of an account without a failure, with a method that only computes
//     ([Info].Instant, such as totp). If it is good, one step of the store counts and
//     clears it; if not, it is counted. Either is committed before it is told.
//   - Nobody can lock the owner out. What is guessed closes its own lane only:
//     other methods, recovery codes, and known and trusted devices go on. No
//     stranger's challenge ends one that began on a known device. On a device that
//     is not known the owner shares 64 places with all networks: who knows the
//     password and has very many networks can end a challenge there again and again,
//     as a nuisance; it begins anew, or a known device goes on.
//   - A response is good once. A verdict's step must be greater than every step
//     accepted before (RFC 6238 §5.2), the one at enrolment included, and the
//     challenge has a single winner. Each guard is one conditional statement.
//   - An unfinished enrolment never gates a sign-in. Once an account has a
//     factor, changing its factors takes a fresh proof; for the first one
//     [Config].MayEnroll decides, by which the root package asks for the password.
//   - A challenge is bound to its account, purpose and binding, lives for ten
//     minutes, and dies when a newer one of the same account, purpose and place is
//     made: a network has a place, as has a known device, which others may share.
//     Only its SHA-256 is stored. What is asked before the account is known
//     ([Manager.Discover]) is kept by the visitor, sealed, and stored only once it
//     was answered well.
//   - A trusted device is asked for no factor, for 30 days. Its token has 256
//     random bits, is stored as SHA-256, and rotates with each use; an older one
//     that comes again is a copy, and ends the trust.
//   - The state of factors and challenges is sealed by an AEAD under the row it
//     belongs to; recovery codes have 80 random bits and are stored hashed
//     together with the account.
//
// It does not protect a customer who types a good code into an attacker's page
// (only origin-bound methods such as WebAuthn do), and it slows down, but does
// not stop, someone who knows the password and wants to be a nuisance.
package mfa

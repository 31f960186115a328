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
//     challenge, a growing delay for the account, and at most 100 in a row
//     without a success; then codes that can be guessed are refused until a
//     recovery code is used. The counts belong to the account, apart from the
//     password's, and are committed on their own: a new challenge, session or
//     address, or a rolled-back transaction refills nothing. A code of 6 digits
//     with three live values is guessed with a chance of 0.03 % in all.
//   - A response is good once. A verdict's step must be greater than every step
//     accepted before (RFC 6238 §5.2), the one at enrolment included, and the
//     challenge has a single winner. Each guard is one conditional statement.
//   - An unfinished enrolment never gates a sign-in. Once an account has a
//     factor, changing its factors takes a fresh proof.
//   - A challenge is bound to its account, purpose and binding, lives for ten
//     minutes, and dies when a newer one of the same account and purpose is
//     made. Only its SHA-256 is stored.
//   - The state of factors and challenges is sealed by an AEAD under the row it
//     belongs to; recovery codes have 80 random bits and are stored hashed
//     together with the account.
//
// It does not protect a customer who types a good code into an attacker's page
// (only origin-bound methods such as WebAuthn do), and it slows down, but does
// not stop, someone who knows the password and wants to be a nuisance.
package mfa

// Package totp is the second factor of an authenticator app: time-based
// one-time passwords of RFC 6238.
//
//	method, err := totp.New(totp.Config{Issuer: "Example Shop"})
//	m, err := mfa.New(store, mfa.Config{Methods: []mfa.Method{method}, …})
//	e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "u-1", Method: "totp", Name: "phone", Label: "kim@customer.example"})
//	setup := e.Show.(totp.Setup) // URI, Secret, PNG and SVG to show once
//
// # Security model
//
//   - Seeds are random and as long as the hash's output, at least 160 bits
//     (RFC 6238 §5.1, RFC 4226 §4). The Manager seals them at rest.
//   - A code is accepted in its own time step and one to either side (RFC 6238
//     §5.2), 90 seconds in all. All three are computed and compared in constant
//     time. The matched step goes to the Manager, which accepts it only if it
//     is later than every step accepted before: a code is good once, and older
//     codes of the window die with it.
//   - A typed code is canonicalised in one way only: spaces (U+0020) are
//     dropped, as apps show codes in groups. What remains must be exactly the
//     digits 0–9 in the right number; digits of other scripts, other spaces and
//     signs are refused, so no code has a second spelling that could count as
//     another code.
//   - A code that is wrong by the clock alone is told as such at enrolment only,
//     up to 20 minutes off, and is not accepted: there the visitor holds the seed
//     anyway. At sign-in the same hint would tell a guesser which code to wait for.
//   - The parameters are kept with the seed, so a change of [Config] concerns
//     new factors only.
//
// A code can be phished: whoever gets the customer to type it into another page
// has up to 90 seconds to use it.
package totp

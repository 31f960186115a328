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
// # Security model
//
//   - Only the owner reads: [Log.List] and [Log.Get] take the viewer and compare
//     it with the account; another account's event id is answered as absent.
//   - What is stored is bounded and harmless: one line of valid UTF-8 a field,
//     without control, bidirectional or invisible characters, so a user agent
//     or a city can forge neither a log line nor a mail header.
//   - The address comes from forwarding headers only where a trusted proxy
//     wrote them ([ClientFromRequest]).
//   - Events are appended, never rewritten: an id is unique to its event, and
//     a second event under the same id changes nothing.
//   - A cursor is authenticated and bound to the account and the filter it was
//     made for; it gives nothing to whoever finds it.
//   - Details are shown to the owner. Callers put no secret in them: no
//     password, code, answer, token, whole phone or card number.
//
// Location and device are estimates for people to read. A user agent is
// chosen by the client and an address says little about a street.
package activity

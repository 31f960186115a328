// Package sms is the second factor of a code sent to a mobile phone.
//
//	store, err := sms.NewSQLStore(db, "postgres") // and store.Migrate(ctx), or Guard.Migrate
//	method, err := sms.New(store, sms.Config{
//		Sender: provider, Key: key, Brand: "Example Shop", Domain: "shop.example", Region: "KR",
//	})
//	m, err := mfa.New(…, mfa.Config{Methods: []mfa.Method{method}, …})
//	e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "u-1", Method: "sms", Name: "phone", Label: "010-1234-5678"})
//	shown := e.Show.(sms.Sent) // the masked number, when the code ends, when to ask again
//
// The number travels as the enrolment's Label. It is read in the international
// form, or in the one that people of [Config].Region use; see [Sent] for what
// comes back. Close the method when the program ends.
//
// # Security model
//
//   - A code is six random digits, each of the million as likely as any other,
//     good for [Lifetime], for one message, one account, one factor, one
//     number and, by the Manager's seal, one purpose. The Manager takes five tries
//     for a challenge. Of the code only a keyed hash is kept, sealed.
//   - Asking again sends a new code, and the one before ends: a code that was
//     read over a shoulder or redirected is not kept alive by its owner's
//     impatience (NIST SP 800-63B-4 §3.1.3.2 wants each accepted once). The
//     wait between two messages keeps the number of codes on one screen small.
//   - A typed code is canonicalised in one way only: spaces (U+0020) are dropped.
//     What remains must be six digits 0–9.
//   - The message is sent after the answer, on a bounded number of goroutines,
//     so that neither time nor outcome tells of the provider. A sender that
//     hangs, panics or errs loses its message and nothing else; one that
//     delivers twice delivers the same code twice, which is accepted once.
//   - The message's last line binds the code to [Config].Domain, for phones
//     that offer it on that site's pages only. It holds no link.
//   - A number that was removed verifies nothing: its factor is gone, and a code
//     sent to one number is wrong for every other.
//
// # Pumping
//
// Whoever can make a shop send messages to numbers of a friendly carrier earns
// with each. So every message is taken, before it is sent, from all of these
// budgets or from none: the account's, the number's, the network's (an address or
// an IPv6 /64), the wider network's, the country's, the breaker's (messages that
// nobody verified) and the two caps on cost; see [Limits]. They are counted in a
// [Store] that all instances share. No session, address or account refills
// another's. Only countries that [Config].Countries names, and only mobile
// numbers where the plan tells, are sent to. What is taken stays taken: call the
// Manager's StartEnroll and Prepare outside a transaction, inside of which
// SQLite could not count, and the method refuses.
//
// Enrolments and challenges have budgets of their own, and enrolments a part of
// each shared one. An attack that needs no more than accounts therefore pauses
// enrolments, while customers who have proved their number still sign in.
// Countries abroad have a part of what may be spent, so that a dear one uses up
// nothing of home's.
// Pauses end by themselves with their window or by [Method.Resume], are logged,
// and are told to [Config].OnPaused.
//
// Numbers and addresses are kept in the budgets under keyed hashes, for a day at
// most.
//
// # What it does not do
//
// A code can be phished, and whoever talks a carrier into a new SIM card
// receives it: NIST SP 800-63B-4 §3.1.3.3 calls the telephone network a
// restricted authenticator. The [Method.Guide] says so. Whoever has an account's
// password can use up its messages for a day; other factors and recovery codes
// stay. Whoever sends a number messages from an account of his own can tell that
// somebody else did so within the hour, from being refused early.
package sms

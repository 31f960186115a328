// Package alerts notices unusual sign-ins and changes to an account, and tells
// the owner by the channels that the owner chose.
//
// A [Monitor] judges a sign-in before it is granted ([Monitor.Assess]), learns
// from it afterwards ([Monitor.Learn]), and observes the activity log
// ([Monitor.Observe]). What it has to tell goes into the outbox, in the same
// transaction as the event. A [Dispatcher] delivers the outbox through
// [Notifier] values such as [example.com/accountsec/alerts/email].
//
// # How a sign-in is judged
//
// Package [example.com/accountsec/alerts/risk] scores it by the account's habits
// and by everybody's. To that come counts: failures of the account, attempts from
// the address prefix and from the provider ([Monitor.CountTry]), new devices. The
// [Policy] turns the level into an [Action], the shop's networks and the owner's
// own [Rules] may refuse. All that it needs is one statement, whatever the
// history. Each [Reason] names its evidence and has a sentence in Korean and
// English, then and later ([Reasons]).
//
// # What it is careful about
//
// Alerts that cry wolf are switched off and then protect nobody. Nothing is
// said about an account's first sign-in; below [MinHistory] sign-ins there are
// notices but no grade; a place that is unknown, private, or behind a VPN or
// relay is neither an alarm nor a habit. What is like something that was told is
// kept back for a day, then two, four and eight; the next message says how many
// there were. Only a new class of evidence breaks that silence, and nothing that
// the owner has just confirmed ([Monitor.Confirm]).
//
// Only [Monitor.Learn] teaches, and it is to be called after full
// authentication: somebody who merely guessed a password makes nothing
// familiar. What an intruder taught can be taken back ([Monitor.Unlearn]). A
// profile that cannot be read is no knowledge; it never makes a device known.
//
// Counts of networks are sketches of bounded size. They count accounts and not
// attempts, so that one who signs in to an account of his own again and again
// dilutes nothing, and no success resets them. They are evidence against devices
// that are not known, and refuse nobody: that is the throttles' part.
//
// An owner's rules cannot lock the owner out for good: see [Rules].
//
// A message must not look like phishing or serve it. It names one sender of
// the shop's own domain ([Sender.Validate]), links only to pages of that
// domain over HTTPS, and links never act: a mail scanner that follows one
// changes nothing. Text from outside is cleaned before it is stored, and
// escaped for its medium when it is shown.
//
// What the owner wants of messages is theirs to choose ([Preferences]): channels
// by kind, quiet hours, the language, and a phrase ([Monitor.SetPhrase]) that no
// forger knows. What must reach the owner stays on at least one channel and does
// not wait; a change of these is told by what was chosen before; and an address
// that was replaced is told of all that must reach the owner for a week longer.
//
// The links that answer a message ([AnswerLinks]) are ciphertext: nothing can be
// read from one and none can be made. Each is good for one purpose and for a
// week, opening it shows and only a button acts, an answer counts once for an
// alert whatever channels it went by ([Monitor.Spend]), and whatever is wrong with
// one is the same error. There is none to mute what must reach the owner.
//
// Codes wait in the outbox sealed under the row they belong to, for minutes,
// and are wiped when they are delivered or have expired. An account that does
// not exist costs the same statements as one that does; its messages are
// dropped at delivery.
package alerts

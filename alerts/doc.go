// Package alerts notices unusual sign-ins and changes to an account, and tells
// the owner by the channels that the owner chose.
//
// A [Monitor] judges a sign-in before it is granted ([Monitor.Assess]), learns
// from it afterwards ([Monitor.Learn]), and observes the activity log
// ([Monitor.Observe]). What it has to tell goes into the outbox, in the same
// transaction as the event. A [Dispatcher] delivers the outbox through
// [Notifier] values such as [example.com/accountsec/alerts/email].
//
// # What it is careful about
//
// Alerts that cry wolf are switched off and then protect nobody. Nothing is
// said about an account's first sign-in; below [MinHistory] sign-ins there are
// notices but no high level; a place that is unknown, private, or behind a VPN
// or relay is neither an alarm nor a habit; repeats within a day are told once;
// a burst of failures is one message, not one a failure.
//
// Only [Monitor.Learn] teaches, and it is to be called after full
// authentication: somebody who merely guessed a password makes nothing
// familiar. A profile that cannot be read is no knowledge; it never makes a
// device known.
//
// A message must not look like phishing or serve it. It names one sender of
// the shop's own domain ([Sender.Validate]), links only to pages of that
// domain over HTTPS, and links never act: a mail scanner that follows one
// changes nothing. Text from outside is cleaned before it is stored, and
// escaped for its medium when it is shown.
//
// Codes wait in the outbox sealed under the row they belong to, for minutes,
// and are wiped when they are delivered or have expired. An account that does
// not exist costs the same statements as one that does; its messages are
// dropped at delivery.
package alerts

// Package alerts notices unusual sign-ins and changes to an account, and tells
// the owner by the channels that the owner chose.
//
// A [Monitor] judges a sign-in before it is granted ([Monitor.Assess]), learns
// from it afterwards ([Monitor.Learn]), and observes the activity log
// ([Monitor.Observe]). What it has to tell goes into the outbox, in the same
// transaction as the event. A [Courier] knows how one message is made, sent
// through [Notifier] values such as [example.com/accountsec/alerts/email], and
// judged; a [Dispatcher], or another [Queue], says when.
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
// # How a message is told from a forged one
//
// A message must not look like phishing or serve it. It names one sender of
// the shop's own domain, the same on every channel ([Sender.Signature]), which
// cannot be read as another ([Sender.Validate]); a change of it is announced and
// shown beside the old ([Change]). It links only to pages of that domain over
// HTTPS, and links never act: a mail scanner that follows one changes nothing.
// It shows the phrase that the owner chose, which a forger does not know, and
// warns of phishing ([Notice]). Text from outside is cleaned before it is stored,
// cannot become a link, and is escaped for its medium when it is shown.
//
// [Compose] turns a message into words in the owner's language; channels lay out
// its [Content]. The words of single kinds can be replaced ([Sender].Texts), the
// notice as well, and the layout by the channel, as in package email.
//
// # What owners choose and answer
//
// What the owner wants of messages is theirs to choose ([Preferences]): channels
// by kind, quiet hours, the language, and a phrase ([Monitor.SetPhrase]) that no
// forger knows. What must reach the owner stays on at least one channel that leads
// to an address which the shop knows, and does not wait; a change of these is told by what was chosen before; and an address
// that was replaced is told of all that must reach the owner for a week longer.
//
// The links that answer a message ([AnswerLinks]) are ciphertext: nothing can be
// read from one and none can be made. Each is good for one purpose and for a
// week, opening it shows and only a button acts, an answer counts once for an
// alert whatever channels it went by ([Monitor.Spend]), and whatever is wrong with
// one is the same error. There is none to mute what must reach the owner.
//
// # How it is delivered
//
// At least once: what is queued commits with the event, by one statement, and
// stays until it is done or given up. A message keeps its ID over all attempts and
// processes; what is sent again, after a crash between the sending and its record,
// carries the same one, for channels to go by.
//
// Each channel is worked on by itself, what is urgent first: a mail server that
// hangs holds up no push. A call that panics, hangs or outlives its context is a
// failed attempt. Eight are made, at doubling and scattered distances, or when the
// provider says ([RetryError]); a [PermanentError] ends it. What is given up is
// listed by [Dispatcher.Dead] and can be revived; a code dies with its expiry.
//
// A Critical alert has standbys on the channels that the owner did not choose for
// it. They stand down if a chosen one has reached the owner, which a [Receipted]
// channel has when the receipt says so, and step in if none has in time, or at once
// when the last one failed.
//
// Messages of one account are bounded ([Pace]): what is too much waits, and is
// given up only when it would be a day old. Grave alerts are counted each kind
// apart, codes apart from alerts; somebody who sets off warnings can neither drown
// nor delay the one that matters.
//
// When Run's context ends, nothing more is leased, the attempts under way are
// completed, which takes [Courier.Longest] at most, what became of them is stored,
// and the rest is given back. A process that is killed leaves its leases to run
// out.
//
// Every attempt is in the delivery's Log, in words for the owner
// ([Delivery.Text]): no address, no code, no server's answer.
//
// Codes wait in the outbox sealed under the row they belong to, for minutes,
// and are wiped when they are delivered or have expired. An account that does
// not exist costs the same statements as one that does; its messages are
// dropped at delivery.
package alerts

// Package riverqueue delivers alerts and codes by River, a job queue that lives
// in the shop's own database: PostgreSQL for any number of processes, SQLite
// for one machine. It is the queue for a shop that runs more than one worker,
// or that runs River's tools beside it; a shop on one machine needs no more than
// [alerts.Dispatcher].
//
//	guard, err := accountsec.New(accountsec.Config{
//		Queue: func(c *alerts.Courier) (alerts.Queue, error) {
//			return riverqueue.New(db, "postgres", c, riverqueue.Config{})
//		},
//		// Stores, AEAD and the rest
//	})
//
// # One job is one message
//
// A job's arguments are the delivery itself; there is no outbox row and no
// second bookkeeping. What is queued is one statement in the transaction that
// the context carries: it commits with the sign-in or not at all. Which message
// was had before is River's unique index over account, channel and dedupe, for
// as long as the job is kept. Retries, their times and the end of a message are
// decided by the [alerts.Courier], as they are everywhere else; River's own
// policy has no say.
//
// Delivery is at least once. A worker that is killed leaves its jobs behind as
// running; the leader among the workers takes them back a little after the
// courier's time-out, and they are delivered again under the same [alerts.Message].ID.
//
// # What is kept, and for how long
//
// While a message waits, its job holds what the courier planned: links, phrases,
// codes and earlier addresses sealed to the message, so that they do not open in
// another job; place, device and address of the sign-in in clear. The statement
// that completes the job wipes all of it. What stays is the account, the
// channel, the kind, the times and why attempts failed, in words that hold no
// address: [Queue.Deliveries] shows it to the owner, for Config.Keep. A message
// that was given up keeps its payload as long, so that it can be revived; a code
// never outlives its end.
//
// # Tables of its own
//
// River's leader deletes what is old and takes back what is stuck for all jobs
// in its tables, those of other programs too, and gives up jobs that it does not
// know. So this queue has River's tables to itself: on PostgreSQL in a schema of
// their own, on SQLite in the file that the store is given. A shop that uses
// River for other things keeps those in another schema, or another file.
//
// River indexes every key and value of its jobs and asks neither index; [Queue.Migrate]
// takes both away, and puts them back before a later version of River changes the
// tables.
//
// On SQLite, give the queue a *sql.DB with one open connection (River's driver
// asks for it), or one that begins its transactions immediately and waits while
// the file is busy.
package riverqueue

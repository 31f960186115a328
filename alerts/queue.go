package alerts

import "context"

// Queue keeps messages until they are delivered, and delivers them by what a
// [Courier] knows. [*Dispatcher] is one. What every queue does is written as
// tests, alertstest.TestQueue. Safe for concurrent use.
//
// Delivery is at least once, and every repetition has the same [Message].ID.
// What a failure, a code's end or a standby comes to is the courier's to say; a
// queue makes no attempt before it is due, and has the standbys of an alert step
// in at once when the last delivery that could reach the owner is dead. Two of
// them that are due together may both be delivered.
//
// What a queue keeps was sealed by its courier. One that keeps it outside of the
// monitor's store has DeleteAccount(ctx, account) error as well, and every one
// Reseal(ctx) (int64, error), by [Courier.Reseal]: the facade calls both.
type Queue interface {
	// Channels names the channels there are.
	Channels() []string
	// CodeChannels names those that codes go to.
	CodeChannels() []string
	// CarriesCodes tells whether a code may go by the channel: it is there and not
	// [Codeless], and so leads to an address that the shop knows.
	CarriesCodes(channel string) bool
	// Enqueue keeps the alert for each of the channels until it is delivered,
	// in the transaction that ctx carries. An alert whose dedupe the account
	// had on that channel before is dropped, also when the first has ended, for as
	// long as that is kept. It asks no notifier and waits for none.
	Enqueue(ctx context.Context, a Alert, channels []string, dedupe string) error
	// SendCode keeps a code likewise. Errors: [ErrAttempt], [ErrNoChannel], the
	// store's.
	SendCode(ctx context.Context, m CodeMessage) error
	// Deliveries lists what was sent to the account's owner, newest first,
	// without payloads. Whether the caller may see it is the caller's to check.
	Deliveries(ctx context.Context, account string) ([]Delivery, error)
	// Run delivers until ctx ends, and returns its error.
	Run(ctx context.Context) error
}

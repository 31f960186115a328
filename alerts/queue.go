package alerts

import "context"

// Queue keeps messages until they are delivered, and delivers them by what a
// [Courier] knows. [*Dispatcher] is one. Safe for concurrent use.
type Queue interface {
	// Channels names the channels there are.
	Channels() []string
	// CodeChannels names those that codes go to.
	CodeChannels() []string
	// Enqueue keeps the alert for each of the channels until it is delivered,
	// in the transaction that ctx carries. An alert whose dedupe the account
	// had on that channel before is dropped.
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

package alerts

import (
	"fmt"
	"log/slog"
	"time"
)

// State is how far a delivery is.
type State string

// The states.
const (
	// Pending waits for DueAt.
	Pending State = "pending"
	// Leased is being delivered by a dispatcher.
	Leased State = "leased"
	// Done was taken over by the channel, or had nobody to go to.
	Done State = "done"
	// Dead was given up.
	Dead State = "dead"
	// Standby steps in if no other delivery of its Group reaches the owner by
	// DueAt.
	Standby State = "standby"
	// Skipped was not needed, or the owner has no address on the channel.
	Skipped State = "skipped"
)

// Delivery is one message on one channel, a row of the outbox.
type Delivery struct {
	// ID is random.
	ID      string
	Account string
	Channel string
	Kind    Kind
	// Group is the alert's ID, the same on all its channels. Empty for codes, and
	// for what goes to an earlier address.
	Group string
	// Dedupe is unique within account and channel: a repeat is not sent again.
	Dedupe string
	// Payload is an encoded [Alert], or a sealed code. It is wiped at the end.
	Payload []byte
	State   State
	// Attempts counts the leases.
	Attempts int
	// CreatedAt is when it was made, DueAt when it is to be tried next (while
	// leased: when the lease runs out), ExpiresAt when it is pointless (zero:
	// never), DoneAt when it ended (zero: it has not).
	CreatedAt, DueAt, ExpiresAt, DoneAt time.Time
	// Token is the current lease's.
	Token string
	// LastError says why the last attempt failed. It holds no address.
	LastError string
}

// String hides the payload.
func (d Delivery) String() string {
	return fmt.Sprintf("[delivery %s %s %s %s]", d.ID, d.Channel, d.Kind, d.State)
}

// GoString hides the payload.
func (d Delivery) GoString() string { return d.String() }

// LogValue hides the payload.
func (d Delivery) LogValue() slog.Value { return slog.StringValue(d.String()) }

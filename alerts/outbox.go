package alerts

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// State is how far a delivery is.
type State string

// The states.
const (
	// Pending waits for DueAt.
	Pending State = "pending"
	// Standby steps in if no other delivery of its Group reaches the owner by
	// DueAt.
	Standby State = "standby"
	// Leased is being delivered by a dispatcher.
	Leased State = "leased"
	// Sent was taken over by the channel, which is to confirm it later.
	Sent State = "sent"
	// Done was taken over by the channel, and confirmed if the channel does; or
	// it was for an account that does not exist.
	Done State = "done"
	// Skipped was not needed, or the owner has no address on the channel.
	Skipped State = "skipped"
	// Dead was given up.
	Dead State = "dead"
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
	// Urgent goes before what is not: codes and Critical alerts.
	Urgent bool
	// Spare began as a standby.
	Spare bool
	// Payload is an encoded [Alert], or a sealed code. It is wiped at the end; a
	// dead alert keeps it, for [Dispatcher.Revive].
	Payload []byte
	State   State
	// Attempts counts the leases.
	Attempts int
	// CreatedAt is when it was made, DueAt when it is to be tried next (while
	// leased: when the lease runs out), ExpiresAt when it is pointless (zero:
	// never), DoneAt when it ended (zero: it has not), ReceiptAt when the channel
	// said what became of it (zero: it has not).
	CreatedAt, DueAt, ExpiresAt, DoneAt, ReceiptAt time.Time
	// Token is the current lease's.
	Token string
	// LastError says why the last attempt failed. It holds no address. It is for
	// operators; owners are shown Log.
	LastError string
	// Log is what became of the last attempts, at most 16, the oldest first.
	Log []Tried
}

// Tried is an entry of a delivery's log.
type Tried struct {
	At time.Time
	// State is what the delivery became by it.
	State State
	// Reason says why; empty if there is nothing to say.
	Reason Cause
}

// maxLog is how many attempts a delivery's log holds; each is some 40 bytes.
const maxLog = 16

// logged gives the delivery with one more entry in its log.
func (d Delivery) logged(a Tried) Delivery {
	log := append(append([]Tried{}, d.Log...), a)
	d.Log = log[max(0, len(log)-maxLog):]
	return d
}

// encodeLog has a line an attempt, so that a store can add one at the end.
func encodeLog(log []Tried) string {
	var b strings.Builder
	for _, a := range log {
		fmt.Fprintf(&b, "%d %s %s\n", sqldb.Micros(a.At), a.State, a.Reason)
	}
	return b.String()
}

// decodeLog leaves out what is no entry.
func decodeLog(text string) (log []Tried) {
	for line := range strings.Lines(text) {
		at, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		state, cause, ok := strings.Cut(rest, " ")
		us, err := strconv.ParseInt(at, 10, 64)
		if ok && err == nil {
			log = append(log, Tried{sqldb.Time(us), State(state), Cause(cause)})
		}
	}
	return log[max(0, len(log)-maxLog):]
}

// keepsPayload tells whether a delivery in this state can still be sent. A code
// never outlives its end.
func (d Delivery) keepsPayload() bool {
	return d.State == Pending || d.State == Dead && !d.Kind.carriesCode()
}

// String hides the payload.
func (d Delivery) String() string {
	return fmt.Sprintf("[delivery %s %s %s %s]", d.ID, d.Channel, d.Kind, d.State)
}

// GoString hides the payload.
func (d Delivery) GoString() string { return d.String() }

// LogValue hides the payload.
func (d Delivery) LogValue() slog.Value { return slog.StringValue(d.String()) }

// asQueued is what a store keeps of a delivery that is new.
func (d Delivery) asQueued() Delivery {
	d.Spare = d.State == Standby
	if !d.Spare {
		d.State = Pending
	}
	d.Attempts, d.DoneAt, d.ReceiptAt, d.Token, d.LastError, d.Log = 0, time.Time{}, time.Time{}, "", "", nil
	return d
}

// receiptOf is a receipt's entry in the log.
func receiptOf(delivered bool, now time.Time) Tried {
	if delivered {
		return Tried{now, Done, ""}
	}
	return Tried{now, Dead, CauseUndelivered}
}

package risk

import (
	"time"

	"example.com/accountsec/activity"
)

// Attempt is a sign-in to judge or to learn from. Every field may be missing:
// what is missing is no evidence, except the device, whose absence is that of a
// device that was never seen.
type Attempt struct {
	// At is when it happened.
	At time.Time
	// Client is who calls. IPv4-mapped addresses count as IPv4, zones do not
	// count; private and reserved addresses are no evidence.
	Client activity.Client
	// Location is where the client's address is.
	Location activity.Location
	// Device is what the client says it is, see [activity.DeviceOf].
	Device activity.Device
	// Network is the kind of network, where the caller knows better than the
	// table of [NetworkOf]: from a database of anonymous addresses, or a list
	// of its own. Defaults to what the table says.
	Network Network
	// RTT is the round-trip time that was measured to the client. Zero: not
	// measured.
	RTT time.Duration
}

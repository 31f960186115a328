package activity

import (
	"context"
	"maps"
	"net/netip"
	"time"
)

// Event is one line of an account's log. The zero values of ID, At, Location
// and Device are filled in by [Log.Record].
type Event struct {
	// ID names the event, see [NewID]. Empty: made from At by Record. A caller
	// that may repeat a Record sets it, so that the repetition is the same event.
	ID string
	// Account is the owner's id, as the shop knows it.
	Account string
	// Type is one of the constants of this package or of [Config].Types.
	Type Type
	// Outcome is how it ended. Required.
	Outcome Outcome
	// At is when it happened, kept in UTC to the microsecond. Zero: now.
	At time.Time
	// Client is who did it.
	Client Client
	// Location is where the client's address is. Zero: looked up.
	Location Location
	// Device is what the client's user agent says. Zero: parsed.
	Device Device
	// Detail holds what else the owner should see ("order": "A-1027"): at most
	// 16 entries, keys of at most 64 bytes, values cut to 512 bytes; a value
	// beyond 4 KiB is refused. Never a secret.
	Detail map[string]string
	// Disowned is when the owner said "this wasn't me"; zero: never. Set by
	// [Log.Disown] alone.
	Disowned time.Time
	// Erased tells that Client, Location, Device and Detail were deleted, by
	// retention or on the owner's wish. Set by the log alone.
	Erased bool
}

func (e Event) clone() Event {
	e.Detail = maps.Clone(e.Detail)
	return e
}

// Client says who calls. A Client whose fields are all empty is valid: an
// event of a background job has none.
type Client struct {
	// IP is the client's address; the zero Addr means unknown.
	IP netip.Addr `json:",omitzero"`
	// UserAgent is the User-Agent header, at most 512 bytes.
	UserAgent string `json:",omitzero"`
	// DeviceID names the browser that holds the shop's device cookie: a hash of
	// the cookie's value, never the value. Empty: no cookie.
	DeviceID string `json:",omitzero"`
	// SessionID names the session to its owner ("sign this one out"): a handle
	// or a hash, never the cookie's value.
	SessionID string `json:",omitzero"`
	// Hints are the browser's client hints; not stored.
	Hints Hints `json:",omitzero"`
}

// Location is an estimate of where an address is used. Zero fields are unknown.
type Location struct {
	// Country is an ISO 3166-1 alpha-2 code, "KR".
	Country string `json:",omitzero"`
	// City is the city's English name, "Seoul".
	City string `json:",omitzero"`
	// Latitude and Longitude are degrees (WGS 84). Both 0: unknown.
	Latitude, Longitude float64 `json:",omitzero"`
	// RadiusKM is the accuracy radius around the position, in kilometres.
	RadiusKM int `json:",omitzero"`
	// ASN is the number of the autonomous system (RFC 6793), ASOrg its operator.
	ASN   uint   `json:",omitzero"`
	ASOrg string `json:",omitzero"`
	// TimeZone is an IANA name, "Asia/Seoul".
	TimeZone string `json:",omitzero"`
	// Network is the address's /24, or /64 of IPv6: what is kept apart from
	// the address for comparing.
	Network netip.Prefix `json:",omitzero"`
	// DataDate is the day on which the database that knew the place was built,
	// "2026-09-18". An estimate ages.
	DataDate string `json:",omitzero"`
}

// Known reports whether the country is known; nothing finer is without it.
func (l Location) Known() bool { return l.Country != "" }

// HasPosition reports whether there is a position to measure distances from.
func (l Location) HasPosition() bool { return l.Latitude != 0 || l.Longitude != 0 }

// Device is what a user agent claims to be, for people to recognise. It is
// chosen by the client and proves nothing.
type Device struct {
	// Browser and OS are names without versions, "Chrome", "Windows".
	Browser, OS string `json:",omitzero"`
	// Class is "desktop", "mobile", "tablet", "bot" or empty.
	Class string `json:",omitzero"`
	// Name is how the device is called in a list, "Chrome on Windows".
	Name string `json:",omitzero"`
	// Model is the hardware where the client names it, "Pixel 8".
	Model string `json:",omitzero"`
}

// Outcome is how an event ended.
type Outcome string

// The outcomes.
const (
	// OutcomeSuccess: done.
	OutcomeSuccess Outcome = "success"
	// OutcomeFailure: tried and wrong (a bad password, a declined card).
	OutcomeFailure Outcome = "failure"
	// OutcomeDenied: refused by a rule (throttled, blocked, too risky).
	OutcomeDenied Outcome = "denied"
	// OutcomePending: begun, waits for a further step.
	OutcomePending Outcome = "pending"
)

func (o Outcome) known() bool {
	return o == OutcomeSuccess || o == OutcomeFailure || o == OutcomeDenied || o == OutcomePending
}

// Recorder takes events. [Log] is one; the packages that write to the log
// depend on this interface alone.
//
// Record must be safe for concurrent use, must join the transaction that ctx
// carries, and must have stored the event when it returns nil.
type Recorder interface {
	Record(ctx context.Context, e Event) error
}

// Observer is told of every event after it was appended, in the same context
// and transaction; its error fails [Log.Record] and thereby undoes the append
// on SQL stores. Observe may be called again with the same event (the same ID)
// when the database asks for the transaction to be repeated, or when a caller
// repeats a Record with an ID of its own. It must be safe for concurrent use.
type Observer interface {
	Observe(ctx context.Context, e Event) error
}

// Locator finds the place of an address. A private, reserved or unknown
// address gives the zero Location and no error. Locate must be safe for
// concurrent use and fast: every Record waits for it.
type Locator interface {
	Locate(ip netip.Addr) (Location, error)
}

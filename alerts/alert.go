package alerts

import (
	"context"
	"log/slog"
	"time"

	"example.com/accountsec/activity"
)

// Alert is what the owner is told.
type Alert struct {
	// ID is the same on every channel.
	ID       string            `json:"id"`
	Account  string            `json:"account"`
	Kind     Kind              `json:"kind"`
	Severity activity.Severity `json:"severity"`
	// At is when it happened, in UTC.
	At time.Time `json:"at"`
	// Event is the id of the event in the activity log.
	Event    string            `json:"event,omitempty"`
	Client   activity.Client   `json:"client,omitzero"`
	Location activity.Location `json:"location,omitzero"`
	Device   activity.Device   `json:"device,omitzero"`
	// Reasons say what was odd; empty for a change.
	Reasons []Reason `json:"reasons,omitempty"`
	// Repeats is how many like it were kept back since Since, when the last was
	// told.
	Repeats int       `json:"repeats,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	// Detail is the event's: "factor", "fields", "failures".
	Detail map[string]string `json:"detail,omitempty"`
	// Link is for the owner alone: opening it and confirming there undoes what
	// the alert is about. It is no part of the JSON; a queue keeps it sealed.
	Link Private `json:"-"`
	// Earlier are addresses that the owner had until lately, which are told as
	// well. Likewise kept sealed.
	Earlier []EarlierAddress `json:"-"`
	// Phrase is what the owner chose to recognise the shop's messages by.
	// Likewise kept sealed.
	Phrase Private `json:"-"`
	// Lang is a BCP 47 tag that the owner chose; empty for the directory's.
	Lang string `json:"lang,omitempty"`
	// NotBefore is when it may be delivered: the end of the owner's quiet hours.
	// Zero for now.
	NotBefore time.Time `json:"-"`
}

// EarlierAddress is an address that an account had, and its contact's id.
type EarlierAddress struct {
	ID      string
	Address Private
}

// Private is an address or a link that prints and logs itself redacted.
type Private string

// String is redacted.
func (Private) String() string { return "[private]" }

// GoString is redacted.
func (Private) GoString() string { return "[private]" }

// LogValue is redacted.
func (Private) LogValue() slog.Value { return slog.StringValue("[private]") }

// Recipient is where an account's messages go.
type Recipient struct {
	// Name addresses the owner. May be empty.
	Name string
	// Email and Phone are the addresses; empty where there is none.
	Email, Phone string
	// Lang is a BCP 47 tag. Defaults to English.
	Lang string
	// TimeZone is an IANA name. Defaults to UTC.
	TimeZone string
}

// String hides the person.
func (Recipient) String() string { return "[recipient]" }

// GoString hides the person.
func (Recipient) GoString() string { return "[recipient]" }

// LogValue hides the person.
func (Recipient) LogValue() slog.Value { return slog.StringValue("[recipient]") }

// Directory knows how to reach an account's owner. Recipient answers
// [ErrNoRecipient] for an account that does not exist; another error is taken
// as passing and the message is tried again. Implementations are safe for
// concurrent use.
type Directory interface {
	Recipient(ctx context.Context, account string) (Recipient, error)
}

// Links answer an alert with one click. Each leads to a page that shows what it
// is about, and only what is pressed there acts: scanners open links. Empty
// where there is nothing to answer.
type Links struct {
	// Mine and NotMine say that it was, or was not, the owner.
	Mine, NotMine Private
	// Mute switches the kind off on the message's channel. Programs follow it by
	// a POST (RFC 8058). Only where the kind may be muted.
	Mute Private
}

// Linker makes the links of a delivery. Safe for concurrent use.
type Linker interface {
	Links(d Delivery, a Alert) (Links, error)
}

// Message is one delivery: an alert, or a code.
type Message struct {
	// ID names the delivery. It stays the same when the delivery is repeated:
	// an idempotency key, and half of a mail's Message-ID.
	ID   string
	Kind Kind
	// Recipient is the owner as the directory knows them now.
	Recipient Recipient
	// Alert is what happened; zero when the message carries a code.
	Alert Alert
	// Code is the code to hand over; empty for an alert.
	Code string
	// Phrase is what the owner chose to recognise the shop's messages by; empty
	// if nothing, and where Earlier is set. It is for channels that only the owner
	// reads.
	Phrase Private
	// Earlier tells that the message goes to an address that the account had
	// before, which may have been an intruder's.
	Earlier bool
	// Links are for one click by the owner.
	Links Links
	// CreatedAt is when the message was made; ExpiresAt when its code stops
	// working.
	CreatedAt, ExpiresAt time.Time
	// Attempt counts the tries to deliver it, from 1.
	Attempt int
}

// String hides everything but the delivery's id and kind.
func (m Message) String() string { return "[message " + m.ID + " " + string(m.Kind) + "]" }

// GoString hides everything but the delivery's id and kind.
func (m Message) GoString() string { return m.String() }

// LogValue hides everything but the delivery's id and kind.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.String()) }

// Notifier delivers messages over one channel.
//
// Notify returns nil when the channel has taken the message over. It returns a
// [*PermanentError] if trying again is pointless, any other error if it may be
// tried again. It must honour ctx, be safe for concurrent use, and may be
// called with a message (the same ID) that it delivered before. No error may
// hold the code or the address. Channel is a constant short word: "email".
type Notifier interface {
	Channel() string
	Notify(ctx context.Context, m Message) error
}

// Codeless is a [Notifier] that takes alerts but no codes, for instance because
// whoever holds the device can read what arrives there. Nor may what must reach
// the owner go there alone: whoever is signed in can add such a device.
type Codeless interface {
	Notifier
	Codeless()
}

// CarriesCodes tells whether codes can go by a notifier.
func CarriesCodes(n Notifier) bool {
	_, codeless := n.(Codeless)
	return !codeless
}

package alerts

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"example.com/accountsec/internal/secret"
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
)

// Delivery is one message on one channel, a row of the outbox.
type Delivery struct {
	// ID is random.
	ID      string
	Account string
	Channel string
	Kind    Kind
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

// AEAD is authenticated encryption with associated data, in the shape of
// Tink's primitive. Implementations are safe for concurrent use.
type AEAD interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

func codeRow(d Delivery) secret.Row { return secret.At("alerts.code", d.Account, d.ID) }

// envelope is an alert's payload: the alert, and sealed what of it is for the
// owner alone.
type envelope struct {
	Alert
	// SealedTo is an earlier address to go to in place of the present one.
	SealedTo []byte `json:"sealed_to,omitempty"`
	// SealedLink is [Alert].Link.
	SealedLink []byte `json:"sealed_link,omitempty"`
}

func toRow(d Delivery) secret.Row   { return secret.At("alerts.to", d.Account, d.ID) }
func linkRow(d Delivery) secret.Row { return secret.At("alerts.link", d.Account, d.ID) }

// encode makes a delivery's payload; to is "" for the present address.
func (d Delivery) encode(aead AEAD, a Alert, to Private) (data []byte, err error) {
	e := envelope{Alert: a}
	if to != "" {
		if e.SealedTo, err = secret.Seal(aead, toRow(d), []byte(to)); err != nil {
			return nil, err
		}
	}
	if a.Link != "" {
		if e.SealedLink, err = secret.Seal(aead, linkRow(d), []byte(a.Link)); err != nil {
			return nil, err
		}
	}
	if data, err = json.Marshal(e); err != nil {
		return nil, fmt.Errorf("alerts: encode: %w", err)
	}
	return data, nil
}

// decode opens a delivery's payload into a message without a recipient; to is
// the earlier address that it goes to, "" for the present one.
func (d Delivery) decode(a AEAD) (_ Message, to Private, err error) {
	m := Message{ID: d.ID, Kind: d.Kind, CreatedAt: d.CreatedAt, ExpiresAt: d.ExpiresAt, Attempt: d.Attempts}
	if d.Kind.carriesCode() {
		code, err := secret.Open(a, codeRow(d), d.Payload)
		if err != nil {
			return Message{}, "", err
		}
		m.Code = string(code)
		return m, "", nil
	}
	var e envelope
	if err := json.Unmarshal(d.Payload, &e); err != nil {
		return Message{}, "", fmt.Errorf("alerts: the payload of delivery %s is malformed", d.ID)
	}
	if m.Alert = e.Alert; m.Alert.Account != d.Account || m.Alert.Kind != d.Kind {
		return Message{}, "", fmt.Errorf("alerts: the payload of delivery %s belongs to another", d.ID)
	}
	if m.Alert.Link, err = open(a, linkRow(d), e.SealedLink); err != nil {
		return Message{}, "", err
	}
	to, err = open(a, toRow(d), e.SealedTo)
	return m, to, err
}

func open(a AEAD, row secret.Row, sealed []byte) (Private, error) {
	if sealed == nil {
		return "", nil
	}
	plain, err := secret.Open(a, row, sealed)
	return Private(plain), err
}

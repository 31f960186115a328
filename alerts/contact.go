package alerts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// The channels that have addresses which a customer can change.
const (
	ChannelEmail = "email"
	ChannelSMS   = "sms"
)

const (
	// keepContacts is how long an address that was replaced is still told of
	// recoveries, tellContacts of everything else that is mandatory: an intruder
	// changes the address first.
	keepContacts = 30 * 24 * time.Hour
	tellContacts = 7 * 24 * time.Hour
	// maxContacts is how many of the first, and how many of the last addresses of
	// each channel are told: whoever changes them ten times more hides neither the
	// owner's own, which came first, nor those of another channel.
	maxContacts = 5
	maxAddress  = 320 // bytes, RFC 3696 errata 1690
)

// Contact is an address that an account had before, sealed.
type Contact struct {
	Account, ID string
	// Channel is the one that it is an address for: [ChannelEmail] or [ChannelSMS];
	// empty in rows of before.
	Channel string
	Sealed  []byte
	// ReplacedAt is when. Microseconds, UTC.
	ReplacedAt time.Time
}

// String hides the address.
func (c Contact) String() string { return "[contact " + c.ID + "]" }

func contactRow(c Contact) secret.Row { return secret.At("alerts.contact", c.Account, c.ID) }

// ContactChanged remembers for 30 days that the account had an address or a
// telephone number until now. What concerns a recovery is told there as well all
// that time, and every other mandatory kind for 7 days, whatever the preferences;
// where there were more than ten of a channel, at the first five and the last five.
// Call it before the change is recorded, so that the old address is told of the
// change itself. It joins the transaction that ctx carries. Nothing is kept if old
// is empty, or without Config.AEAD.
func (m *Monitor) ContactChanged(ctx context.Context, account, old string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	old = canon.Line(old, maxAddress)
	if old == "" || m.cfg.AEAD == nil {
		return nil
	}
	c := Contact{Account: account, ID: secret.NewID(), Channel: ChannelSMS, ReplacedAt: m.cfg.Now()}
	if Private(old).isEmail() {
		c.Channel = ChannelEmail
	}
	var err error
	if c.Sealed, err = secret.Seal(m.cfg.AEAD, contactRow(c), []byte(old)); err != nil {
		return err
	}
	if err := m.store.PutContact(ctx, c); err != nil {
		return fmt.Errorf("alerts: contact: %w", err)
	}
	return nil
}

// earlier gives the addresses that the account had lately and that are told of
// the kind. One that does not open is left out: the others must be told.
func (m *Monitor) earlier(ctx context.Context, account string, k Kind) ([]EarlierAddress, error) {
	info, _ := k.Info()
	if !info.Mandatory {
		return nil, nil
	}
	within := tellContacts
	if aboutRecovery(k) {
		within = keepContacts
	}
	list, err := m.store.Contacts(ctx, account, m.cfg.Now().Add(-within), maxContacts)
	if err != nil {
		return nil, fmt.Errorf("alerts: contacts: %w", err)
	}
	var out []EarlierAddress
	for _, c := range list {
		if m.cfg.AEAD == nil {
			break
		}
		old, err := secret.Open(m.cfg.AEAD, contactRow(c), c.Sealed)
		if err != nil {
			m.cfg.Logger.ErrorContext(ctx, "alerts: an earlier address does not open", "account", account, "contact", c.ID)
			continue
		}
		same := func(e EarlierAddress) bool { return string(e.Address) == string(old) }
		if !slices.ContainsFunc(out, same) {
			out = append(out, EarlierAddress{c.ID, Private(old)})
		}
	}
	return out, nil
}

// AnnounceWait tells the owner that a recovery waits, until when e's
// [activity.DetailUntil] says, on every channel whatever the preferences, and at
// the addresses that the account had within 30 days ([Monitor.ContactChanged]);
// link leads to where it can be called off.
func (m *Monitor) AnnounceWait(ctx context.Context, e activity.Event, link string) error {
	if err := canon.CheckID(e.Account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	a := newAlert(RecoveryDelayed, e, nil)
	a.Link = Private(link)
	return m.tell(ctx, a, []Kind{RecoveryDelayed}, a.ID) // each has a link of its own
}

// aboutRecovery tells the kinds that go everywhere: whoever recovers somebody
// else's account may hold one of its channels, or may just have changed it.
func aboutRecovery(k Kind) bool {
	return slices.Contains([]Kind{RecoveryStarted, RecoveryDelayed, RecoveryCompleted, RecoveryCancelled}, k)
}

// ResealContacts encrypts the earlier addresses anew under the AEAD's primary
// key. It may be cut off and started again. An address that does not open is left
// as it is; the rest is done, and then the error is [ErrSealed] with their number.
func (m *Monitor) ResealContacts(ctx context.Context) error {
	if m.cfg.AEAD == nil {
		return nil
	}
	_, err := secret.ResealAll("earlier addresses", func(after Contact) ([]Contact, error) {
		c, found, err := m.store.NextContact(ctx, after)
		if err != nil || !found {
			return nil, err
		}
		return []Contact{c}, nil
	}, func(c Contact) (bool, error) {
		sealed, err := secret.Again(m.cfg.AEAD, contactRow(c), c.Sealed)
		if err != nil {
			return false, err
		}
		return m.store.SwapContact(ctx, c, sealed) // lost: deleted meanwhile
	})
	if err != nil {
		return fmt.Errorf("alerts: reseal contacts: %w", err)
	}
	return nil
}

// isEmail tells an e-mail address from a telephone number.
func (p Private) isEmail() bool { return strings.Contains(string(p), "@") }

// earlierOn gives the earlier addresses that a channel can reach.
func (a Alert) earlierOn(channel string) (out []EarlierAddress) {
	for _, e := range a.Earlier {
		if channel == ChannelEmail && e.Address.isEmail() || channel == ChannelSMS && !e.Address.isEmail() {
			out = append(out, e)
		}
	}
	return out
}

// at is the same person at an earlier address.
func (r Recipient) at(p Private) Recipient {
	r.Email, r.Phone = "", ""
	if p.isEmail() {
		r.Email = string(p)
	} else {
		r.Phone = string(p)
	}
	return r
}

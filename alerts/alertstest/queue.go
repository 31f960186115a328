package alertstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// QueueUnderTest is a queue for [TestQueue].
type QueueUnderTest struct {
	alerts.Queue
	// Deliver has the queue deliver what is due by the suite's clock, until none
	// of the [QueueAccounts] has anything due. Required.
	Deliver func(t *testing.T)
	// Erase deletes all that the queue holds on an account. Required.
	Erase func(ctx context.Context, account string) error
	// Begin begins a transaction and gives a context that carries it. Defaults to
	// none: the queue has no transactions.
	Begin func(t *testing.T) (ctx context.Context, commit, rollback func() error)
}

// letters is what a queue has that keeps dead letters, as both of this SDK do.
type letters interface {
	Dead(ctx context.Context, after alerts.Delivery, max int) ([]alerts.Delivery, error)
	Revive(ctx context.Context, id string) error
	Receipt(ctx context.Context, id string, delivered bool) error
}

// QueueAccounts are the accounts of [TestQueue]. The directory does not know the
// last.
func QueueAccounts() []string { return []string{"kim", "lee", "~nobody"} }

// TestQueue checks an [alerts.Queue]. open gives a fresh, empty one over the
// courier; now is the courier's clock, which the suite sets.
func TestQueue(t *testing.T, open func(t *testing.T, c *alerts.Courier, now func() time.Time) QueueUnderTest) {
	for _, c := range []struct {
		name string
		run  func(q *queueTest)
	}{
		{"once on each channel", onceEach},
		{"dedupe", queueDedupe},
		{"temporary failure", temporaryFailure},
		{"permanent failure", permanentFailure},
		{"code arrives", codeArrives},
		{"code expires", codeExpires},
		{"standby not needed", standbyNotNeeded},
		{"standby steps in", standbyStepsIn},
		{"receipts", queueReceipts},
		{"nobody", nobodyHears},
		{"listing", listing},
		{"transaction", queueTransaction},
		{"erasure", queueErasure},
		{"a notifier that hangs", hanging},
		{"rotation", rotation},
		{"rotation while a message is under way", rotationMeanwhile},
		{"rotation that comes too late", rotationTooLate},
		{"rotation with a lost key", rotationWithLoss},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := &queueTest{T: t, now: T0, sms: &box{name: "sms"}, mail: &box{name: "email"}, keys: &keyring{list: []alerts.AEAD{secrettest.AEAD()}}}
			courier, err := alerts.NewCourier(alerts.CourierConfig{
				Notifiers: []alerts.Notifier{q.sms, q.mail, confirming{&box{name: "kakao"}}}, CodeChannels: []string{"email"},
				Directory: somebody{}, AEAD: q.keys, Now: q.clock,
			})
			ok(t, err)
			q.QueueUnderTest = open(t, courier, q.clock)
			c.run(q)
		})
	}
	t.Run("channels", func(t *testing.T) {
		courier, err := alerts.NewCourier(alerts.CourierConfig{
			Notifiers: []alerts.Notifier{codeless{&box{name: "webpush"}}, &box{name: "sms"}, &box{name: "email"}}, Directory: somebody{}, AEAD: secrettest.AEAD(),
		})
		ok(t, err)
		queueChannels(t, open(t, courier, time.Now))
	})
}

// queueChannels: those of the courier, in its order, and which of them a code may
// go by.
func queueChannels(t *testing.T, q alerts.Queue) {
	if got, codes := q.Channels(), q.CodeChannels(); !slices.Equal(got, []string{"webpush", "sms", "email"}) || !slices.Equal(codes, []string{"sms"}) {
		t.Errorf("the channels are %v, codes go to %v", got, codes)
	}
	for channel, want := range map[string]bool{"webpush": false, "sms": true, "email": true, "pigeon": false, "": false} {
		if got := q.CarriesCodes(channel); got != want {
			t.Errorf("codes may go by %q: %v", channel, got)
		}
	}
}

// queueTest is a queue with two channels that tests can see into, and one that
// confirms later.
type queueTest struct {
	*testing.T
	QueueUnderTest
	sms, mail *box
	keys      *keyring
	mu        sync.Mutex
	now       time.Time
}

func (q *queueTest) clock() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.now
}

// pass lets time pass.
func (q *queueTest) pass(d time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.now = q.now.Add(d)
}

func (q *queueTest) deliver() {
	q.Helper()
	q.Deliver(q.T)
}

// enqueue queues an alert of the account, Critical if grave.
func (q *queueTest) enqueue(ctx context.Context, account, dedupe string, grave bool, channels ...string) {
	q.Helper()
	a := alerts.Alert{ID: "alert " + dedupe, Account: account, Kind: alerts.NewDevice, Severity: activity.Warning, At: T0, Link: "https://shop.example/undo"}
	if grave {
		a.Severity = activity.Critical
	}
	ok(q.T, q.Enqueue(ctx, a, channels, dedupe))
}

func (q *queueTest) sendCode(ctx context.Context) {
	q.Helper()
	ok(q.T, q.SendCode(ctx, alerts.CodeMessage{Kind: alerts.RecoveryCode, Account: "kim", Code: "83019274", Expires: q.clock().Add(10 * time.Minute)}))
}

// list gives the account's deliveries, which hold no payload.
func (q *queueTest) list(ctx context.Context, account string) []alerts.Delivery {
	q.Helper()
	rows, err := q.Deliveries(ctx, account)
	ok(q.T, err)
	for _, d := range rows {
		if d.Payload != nil || d.Account != account {
			q.Errorf("listed %v of %s with %d bytes of payload", d, d.Account, len(d.Payload))
		}
	}
	return rows
}

// on gives kim's one delivery on the channel.
func (q *queueTest) on(channel string) alerts.Delivery {
	q.Helper()
	rows := slices.DeleteFunc(q.list(q.Context(), "kim"), func(d alerts.Delivery) bool { return d.Channel != channel })
	if len(rows) != 1 {
		q.Fatalf("on %s: %v", channel, rows)
	}
	return rows[0]
}

// cause is the last entry in a delivery's log.
func cause(d alerts.Delivery) alerts.Cause {
	if len(d.Log) == 0 {
		return ""
	}
	return d.Log[len(d.Log)-1].Reason
}

// letters skips what a queue without them does not promise.
func (q *queueTest) letters() letters {
	q.Helper()
	l, has := q.Queue.(letters)
	if !has {
		q.Skip("the queue keeps no dead letters")
	}
	return l
}

// box is a channel that keeps what it is given, or fails with what fail gives.
type box struct {
	name      string
	mu        sync.Mutex
	fail      func(m alerts.Message) error
	got, seen []alerts.Message // seen: the failed ones too
}

func (b *box) Channel() string { return b.name }

func (b *box) Notify(_ context.Context, m alerts.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, m)
	if b.fail != nil {
		if err := b.fail(m); err != nil {
			return err
		}
	}
	b.got = append(b.got, m)
	return nil
}

func (b *box) failWith(fail func(m alerts.Message) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = fail
}

func (b *box) messages() []alerts.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

func (b *box) attempts() []alerts.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen)
}

func busy(alerts.Message) error { return errors.New("451 try again") }

func refused(m alerts.Message) error {
	return &alerts.PermanentError{Err: fmt.Errorf("550 no such address %s", m.Recipient.Email)}
}

// confirming is a channel that confirms later.
type confirming struct{ *box }

func (confirming) ReceiptWithin() time.Duration { return time.Minute }

// codeless is a channel that takes no codes.
type codeless struct{ *box }

func (codeless) Codeless() {}

type somebody struct{}

func (somebody) Recipient(_ context.Context, account string) (alerts.Recipient, error) {
	if strings.HasPrefix(account, "~") {
		return alerts.Recipient{}, alerts.ErrNoRecipient
	}
	return alerts.Recipient{Email: account + "@customer.example", Phone: "+821012345678"}, nil
}

package sms_test

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
	"example.com/accountsec/internal/secret/secrettest"
)

// directory reaches everybody on one phone.
type directory struct{}

func (directory) Recipient(context.Context, string) (alerts.Recipient, error) {
	return alerts.Recipient{Phone: phone, Lang: "ko", TimeZone: "Asia/Seoul"}, nil
}

// queue is a real one, with its clock.
type queue struct {
	*alerts.Dispatcher
	now time.Time
}

func newQueue(t *testing.T, n alerts.Notifier) *queue {
	t.Helper()
	q := &queue{now: t0}
	courier, err := alerts.NewCourier(alerts.CourierConfig{
		Notifiers: []alerts.Notifier{n}, Directory: directory{}, AEAD: secrettest.AEAD(), Now: func() time.Time { return q.now },
	})
	fine(t, err)
	q.Dispatcher, err = alerts.NewDispatcher(alerts.NewMemoryStore(), courier, alerts.DispatcherConfig{})
	fine(t, err)
	return q
}

func (q *queue) deliver(t *testing.T) alerts.Delivery {
	t.Helper()
	_, err := q.DeliverDue(t.Context())
	fine(t, err)
	return q.only(t)
}

func (q *queue) only(t *testing.T) alerts.Delivery {
	t.Helper()
	list, err := q.Deliveries(t.Context(), "kim")
	fine(t, err)
	if len(list) != 1 {
		t.Fatalf("%d deliveries", len(list))
	}
	return list[0]
}

func (q *queue) changed(t *testing.T) {
	t.Helper()
	a := alerts.Alert{ID: "a-1", Account: "kim", Kind: alerts.PasswordChanged, At: t0}
	fine(t, q.Enqueue(t.Context(), a, []string{"sms"}, "once"))
}

// Twilio takes an alert, reports that it arrived, and later that it was read.
func TestReceiptReachesTheQueue(t *testing.T) {
	s := serve(t, answer(201, makers[0].yes))
	twilio, err := sms.NewTwilio(sms.TwilioConfig{
		AccountSID: accountSID, Secret: twilioSecret, From: "+15005550006", ReceiptURL: receiptURL, HTTP: s.reach(),
	})
	fine(t, err)
	n, err := sms.New(config(twilio))
	fine(t, err)
	r, err := sms.WithReceipts(n, 5*time.Minute)
	fine(t, err)
	q := newQueue(t, r)
	q.changed(t)
	d := q.deliver(t)
	if d.State != alerts.Sent {
		t.Fatalf("the delivery is %v", d.State)
	}
	form, err := url.ParseQuery(s.last(t).body)
	fine(t, err)
	callback := form.Get("StatusCallback")
	if callback != receiptURL+"?id="+d.ID {
		t.Fatalf("called back at %s", callback)
	}

	h, err := sms.NewTwilioReceipts(sms.TwilioReceiptsConfig{AuthToken: authToken, URL: receiptURL, OnReceipt: q.Receipt})
	fine(t, err)
	page := &receipts{Handler: h}
	for _, status := range []string{"sent", "delivered", "read"} {
		form := delivered()
		form.Set("MessageStatus", status)
		synctest.Test(t, func(t *testing.T) { // "read" is waited for in vain
			if got := page.post("/sms/receipts?id="+d.ID, form.Encode(), sign(callback, form, authToken)); got != 204 {
				t.Errorf("%s is answered with %d", status, got)
			}
		})
	}
	if d := q.only(t); d.State != alerts.Done || d.ReceiptAt.IsZero() {
		t.Errorf("after the receipt it is %v", d.State)
	}
}

// early is a provider whose receipt comes before its answer.
type early struct {
	kept
	report func(id string)
}

func (e *early) SendSMSWithID(ctx context.Context, id, to, text string) error {
	e.report(id)
	return e.SendSMS(ctx, to, text)
}

// A receipt that comes before the sending is stored is not lost.
func TestEarlyReceipt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, answered, asked := &early{}, make(chan int), make(chan struct{})
		n, err := sms.New(config(p))
		fine(t, err)
		r, err := sms.WithReceipts(n, 5*time.Minute)
		fine(t, err)
		q := newQueue(t, r)
		first := sync.OnceFunc(func() { close(asked) })
		h, err := sms.NewTwilioReceipts(sms.TwilioReceiptsConfig{AuthToken: authToken, URL: receiptURL, OnReceipt: func(ctx context.Context, id string, delivered bool) error {
			defer first()
			return q.Receipt(ctx, id, delivered)
		}})
		fine(t, err)
		p.report = func(id string) {
			go func() {
				page := &receipts{Handler: h}
				answered <- page.post("/sms/receipts?id="+id, delivered().Encode(), sign(receiptURL+"?id="+id, delivered(), authToken))
			}()
			<-asked
		}
		q.changed(t)
		q.deliver(t)
		if code := <-answered; code != 204 {
			t.Errorf("answered with %d", code)
		}
		if d := q.only(t); d.State != alerts.Done || d.ReceiptAt.IsZero() {
			t.Errorf("the receipt is lost: %v", d.State)
		}
	})
}

// Receipts are not waited for where none can come.
func TestWithReceipts(t *testing.T) {
	wait := func(p sms.Provider, within time.Duration) error {
		n, err := sms.New(config(p))
		fine(t, err)
		r, err := sms.WithReceipts(n, within)
		if err == nil && r.ReceiptWithin() != within {
			t.Errorf("it waits for %v", r.ReceiptWithin())
		}
		return err
	}
	reporting, err := sms.NewTwilio(sms.TwilioConfig{AccountSID: accountSID, Secret: twilioSecret, From: "+15005550006", ReceiptURL: receiptURL})
	fine(t, err)
	for name, err := range map[string]error{
		"twilio": wait(reporting, time.Minute), "solapi": wait(provider(t, makers[1], sms.HTTP{}), time.Minute), "another's": wait(&tagged{}, time.Minute),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"twilio without a URL": wait(provider(t, makers[0], sms.HTTP{}), time.Minute), "sens": wait(provider(t, makers[2], sms.HTTP{}), time.Minute),
		"no ID": wait(&kept{}, time.Minute), "no time": wait(reporting, 0),
	} {
		if err == nil {
			t.Errorf("%s: receipts are waited for that cannot come", name)
		}
	}
}

// What a provider says decides what the queue does: try again as late as it asks
// for, or give up at once.
func TestQueueHeedsTheProvider(t *testing.T) {
	each(t, func(t *testing.T, m maker) {
		reply := answer(429, `{}`, "Retry-After", "3600")
		s := serve(t, func(w http.ResponseWriter, r *http.Request) { reply(w, r) })
		n, err := sms.New(config(provider(t, m, s.reach())))
		fine(t, err)
		q := newQueue(t, n)
		q.changed(t)
		if d := q.deliver(t); d.State != alerts.Pending || d.DueAt.Before(t0.Add(time.Hour)) {
			t.Errorf("429: %v, due %v", d.State, d.DueAt)
		}
		q.now = q.now.Add(2 * time.Hour)
		reply = answer(400, `{"code":21610,"errorCode":"ValidationError","errorMessage":"01012345678"}`)
		d := q.deliver(t)
		if d.State != alerts.Dead || s.count() != 2 {
			t.Errorf("400: %v after %d requests", d.State, s.count())
		}
		leaksNothing(t, d.LastError)
	})
}

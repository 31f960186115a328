package alertstest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"example.com/accountsec/alerts"
)

func onceEach(q *queueTest) {
	q.enqueue(q.Context(), "kim", "a", false, "sms", "email")
	q.deliver()
	q.deliver()
	sms, mail := q.sms.attempts(), q.mail.attempts()
	if len(sms) != 1 || len(mail) != 1 {
		q.Fatalf("%d on sms, %d on email", len(sms), len(mail))
	}
	if sms[0].ID == mail[0].ID || sms[0].Alert.ID != mail[0].Alert.ID || mail[0].Attempt != 1 || mail[0].Alert.Link != "https://shop.example/undo" {
		q.Errorf("%v and %v", sms[0], mail[0])
	}
	if d := q.on("email"); d.ID != mail[0].ID || d.State != alerts.Done || d.Attempts != 1 || !d.DoneAt.Equal(q.clock().Round(time.Millisecond)) && !d.DoneAt.Equal(q.clock()) {
		q.Errorf("%+v", d)
	}
}

// A repeat is dropped while the first waits and when it has ended, on that
// channel and of that account alone.
func queueDedupe(q *queueTest) {
	ctx := q.Context()
	for range 2 {
		q.enqueue(ctx, "kim", "a", false, "email")
		q.enqueue(ctx, "kim", "a", false, "email")
		q.deliver()
	}
	if n := len(q.mail.messages()); n != 1 || len(q.list(ctx, "kim")) != 1 {
		q.Errorf("mailed %d times: %v", n, q.list(ctx, "kim"))
	}
	q.enqueue(ctx, "kim", "b", false, "email")
	q.enqueue(ctx, "kim", "a", false, "sms")
	q.enqueue(ctx, "lee", "a", false, "email")
	q.deliver()
	if len(q.mail.messages()) != 3 || len(q.sms.messages()) != 1 {
		q.Errorf("what is no repeat: %v, %v", q.mail.messages(), q.sms.messages())
	}
	for _, key := range []string{"c\x00d", "c\x00e", "\xff", strings.Repeat("long", 1000), ""} { // not all is text to a database
		for range 2 {
			ok(q.T, q.Enqueue(ctx, alerts.Alert{Account: "lim", Kind: alerts.NewDevice, At: T0}, []string{"email"}, key))
		}
	}
	if list := q.list(ctx, "lim"); len(list) != 5 {
		q.Errorf("hostile keys: %v", list)
	}
}

func temporaryFailure(q *queueTest) {
	q.mail.failWith(busy)
	q.enqueue(q.Context(), "kim", "a", false, "email")
	q.deliver()
	d := q.on("email")
	if d.State != alerts.Pending || d.Attempts != 1 || !d.DueAt.After(q.clock()) || d.LastError != "451 try again" || cause(d) != alerts.CauseUnreachable {
		q.Fatalf("%v: %d attempts, due in %v, %q, cause %q", d, d.Attempts, d.DueAt.Sub(q.clock()), d.LastError, cause(d))
	}
	q.mail.failWith(nil)
	q.deliver()
	if n := len(q.mail.attempts()); n != 1 {
		q.Fatalf("tried %d times before it was due", n)
	}
	q.pass(d.DueAt.Sub(q.clock()) + time.Second)
	q.deliver()
	seen := q.mail.attempts()
	if len(seen) != 2 || seen[0].ID != seen[1].ID || seen[1].Attempt != 2 {
		q.Fatalf("%v", seen)
	}
	if d := q.on("email"); d.State != alerts.Done || d.Attempts != 2 || len(d.Log) != 2 {
		q.Errorf("%+v", d)
	}
}

func permanentFailure(q *queueTest) {
	ctx, l := q.Context(), q.letters()
	q.mail.failWith(refused)
	q.enqueue(ctx, "lee", "a", false, "email")
	q.enqueue(ctx, "kim", "a", false, "email")
	q.deliver()
	for _, limit := range []int{-1, 0, 1} { // one is the least
		if dead, err := l.Dead(ctx, alerts.Delivery{}, limit); err != nil || len(dead) != 1 {
			q.Errorf("at most %d dead letters: %v, %v", limit, dead, err)
		}
	}
	ok(q.T, q.Erase(ctx, "lee"))
	d := q.on("email")
	if d.State != alerts.Dead || d.Attempts != 1 || d.LastError != "550 no such address […]" || cause(d) != alerts.CauseRefused {
		q.Errorf("%+v", d)
	}
	dead, err := l.Dead(ctx, alerts.Delivery{}, 10)
	ok(q.T, err)
	if len(dead) != 1 || dead[0].ID != d.ID || dead[0].LastError != d.LastError || dead[0].Payload != nil {
		q.Errorf("dead letters: %+v", dead)
	}
	if err := l.Revive(ctx, "unknown"); !errors.Is(err, alerts.ErrNoDelivery) {
		q.Errorf("what there is not: %v", err)
	}
	ok(q.T, l.Revive(ctx, d.ID))
	if err := l.Revive(ctx, d.ID); !errors.Is(err, alerts.ErrNoDelivery) {
		q.Errorf("revived twice: %v", err)
	}
	q.mail.failWith(nil)
	q.deliver()
	if got := q.mail.messages(); len(got) != 1 || got[0].ID != d.ID || q.on("email").State != alerts.Done {
		q.Errorf("revived: %v, %+v", got, q.on("email"))
	}
}

func codeArrives(q *queueTest) {
	q.sendCode(q.Context())
	q.deliver()
	got := q.mail.messages()
	if len(got) != 1 || got[0].Code != "83019274" || got[0].Kind != alerts.RecoveryCode || got[0].Alert.ID != "" || !got[0].ExpiresAt.Equal(T0.Add(10*time.Minute)) {
		q.Errorf("%v", got)
	}
	if d := q.on("email"); d.State != alerts.Done || !d.Urgent || d.Group != "" {
		q.Errorf("%+v", d)
	}
}

// A code is not sent at its end, and no operator brings it back; nor one that
// was refused before.
func codeExpires(q *queueTest) {
	ctx, l := q.Context(), q.letters()
	q.sendCode(ctx)
	q.pass(10 * time.Minute)
	q.deliver()
	d := q.on("email")
	if d.State != alerts.Dead || cause(d) != alerts.CauseExpired || len(q.mail.attempts()) != 0 {
		q.Errorf("%+v", d)
	}
	q.mail.failWith(refused)
	q.sendCode(ctx)
	q.deliver()
	q.mail.failWith(nil)
	for _, d := range q.list(ctx, "kim") {
		if err := l.Revive(ctx, d.ID); d.State != alerts.Dead || !errors.Is(err, alerts.ErrNoDelivery) {
			q.Errorf("%v is revived: %v", d, err)
		}
	}
	q.deliver()
	if got := q.mail.messages(); len(got) != 0 {
		q.Errorf("sent %v", got)
	}
}

func standbyNotNeeded(q *queueTest) {
	q.enqueue(q.Context(), "kim", "a", true, "sms")
	if d := q.on("email"); d.State != alerts.Standby || !d.Spare || q.on("sms").State != alerts.Pending {
		q.Errorf("waiting: %+v", d)
	}
	q.deliver()
	q.pass(time.Hour)
	q.deliver()
	if d := q.on("email"); d.State != alerts.Skipped || cause(d) != alerts.CauseNotNeeded || len(q.mail.attempts()) != 0 || len(q.sms.messages()) != 1 {
		q.Errorf("%+v", d)
	}
}

// The standbys step in at once when the last sibling died, not before.
func standbyStepsIn(q *queueTest) {
	q.sms.failWith(refused)
	q.enqueue(q.Context(), "kim", "a", true, "sms")
	q.deliver()
	if d := q.on("email"); d.State != alerts.Done || q.on("sms").State != alerts.Dead || len(q.mail.messages()) != 1 {
		q.Errorf("%+v", d)
	}
}

func queueReceipts(q *queueTest) {
	ctx, l := q.Context(), q.letters()
	q.enqueue(ctx, "kim", "a", true, "kakao")
	q.deliver()
	d := q.on("kakao")
	if d.State != alerts.Sent || q.on("email").State != alerts.Standby {
		q.Fatalf("%+v", d)
	}
	ok(q.T, l.Receipt(ctx, d.ID, false))
	for _, delivered := range []bool{true, false} {
		if err := l.Receipt(ctx, d.ID, delivered); !errors.Is(err, alerts.ErrNoDelivery) {
			q.Errorf("a second receipt: %v", err)
		}
	}
	if d := q.on("kakao"); d.State != alerts.Dead || cause(d) != alerts.CauseUndelivered || d.ReceiptAt.IsZero() {
		q.Errorf("%+v", d)
	}
	q.deliver()
	if len(q.sms.messages())+len(q.mail.messages()) == 0 { // two at once may both be told
		q.Errorf("no standby stepped in: %+v", q.on("email"))
	}
}

// To the caller an account that does not exist is as any other; nobody hears.
func nobodyHears(q *queueTest) {
	ctx := q.Context()
	q.enqueue(ctx, "~nobody", "a", true, "sms")
	ok(q.T, q.SendCode(ctx, alerts.CodeMessage{Kind: alerts.RecoveryCode, Account: "~nobody", Code: "83019274", Expires: T0.Add(10 * time.Minute)}))
	q.deliver()
	q.pass(time.Hour)
	q.deliver()
	if n := len(q.sms.attempts()) + len(q.mail.attempts()); n != 0 {
		q.Errorf("%d messages for nobody", n)
	}
	for _, d := range q.list(ctx, "~nobody") {
		if d.State == alerts.Dead || d.DoneAt.IsZero() {
			q.Errorf("%+v", d)
		}
	}
}

// Newest first, each with its state and the owner's cause.
func listing(q *queueTest) {
	ctx := q.Context()
	q.mail.failWith(refused)
	q.enqueue(ctx, "kim", "first", false, "email")
	q.deliver()
	q.pass(time.Second)
	q.sms.failWith(func(alerts.Message) error { return alerts.ErrNoRecipient })
	q.enqueue(ctx, "kim", "second", false, "sms")
	q.deliver()
	q.pass(time.Second)
	q.enqueue(ctx, "kim", "third", false, "email")
	q.enqueue(ctx, "lee", "theirs", false, "email")
	rows := q.list(ctx, "kim")
	if len(rows) != 3 {
		q.Fatalf("%v", rows)
	}
	for i, want := range []struct {
		dedupe string
		state  alerts.State
		cause  alerts.Cause
	}{{"third", alerts.Pending, ""}, {"second", alerts.Skipped, alerts.CauseNoAddress}, {"first", alerts.Dead, alerts.CauseRefused}} {
		d := rows[i]
		if d.Dedupe != want.dedupe || d.State != want.state || cause(d) != want.cause || d.Group != "alert "+want.dedupe || !d.CreatedAt.Equal(T0.Add(time.Duration(2-i)*time.Second)) {
			q.Errorf("%d: %+v", i, d)
		}
	}
	if _, err := q.Deliveries(ctx, ""); err == nil {
		q.Error("the list of no account")
	}
}

// What the caller rolls back was never queued; what it commits is.
func queueTransaction(q *queueTest) {
	if q.Begin == nil {
		q.Skip("the queue has no transactions")
	}
	for _, commit := range []bool{false, true} {
		ctx, accept, undo := q.Begin(q.T)
		q.enqueue(ctx, "kim", "a", false, "sms")
		q.sendCode(ctx)
		if rows := q.list(ctx, "kim"); len(rows) != 2 {
			q.Errorf("inside: %v", rows)
		}
		end, want := undo, 0
		if commit {
			end, want = accept, 1
		}
		ok(q.T, end())
		q.deliver()
		if len(q.sms.messages()) != want || len(q.mail.messages()) != want {
			q.Errorf("commit %v: %v, %v", commit, q.sms.messages(), q.mail.messages())
		}
	}
}

// Erasure takes what waits and what has ended, of one account.
func queueErasure(q *queueTest) {
	ctx := q.Context()
	for _, account := range []string{"kim", "lee"} {
		q.enqueue(ctx, account, "ended", false, "sms")
	}
	q.deliver()
	for _, account := range []string{"kim", "lee"} {
		q.enqueue(ctx, account, "waits", true, "sms")
	}
	q.sendCode(ctx)
	before := len(q.list(ctx, "lee"))
	ok(q.T, q.Erase(ctx, "kim"))
	if rows := q.list(ctx, "kim"); len(rows) != 0 {
		q.Errorf("left %v", rows)
	}
	if rows := q.list(ctx, "lee"); len(rows) != before {
		q.Errorf("%d of %d of another are left", len(rows), before)
	}
	q.deliver()
	if len(q.sms.messages()) != 3 || len(q.mail.messages()) != 0 {
		q.Errorf("delivered %v, %v", q.sms.messages(), q.mail.messages())
	}
	q.enqueue(ctx, "kim", "ended", false, "sms") // what was is forgotten
	if rows := q.list(ctx, "kim"); len(rows) != 1 {
		q.Errorf("anew: %v", rows)
	}
}

// While a notifier hangs, and when the next attempt will fail, Enqueue and
// SendCode succeed. Run ends with its context's error.
func hanging(q *queueTest) {
	entered, let := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(entered); <-let })
	q.sms.failWith(func(alerts.Message) error { once(); return nil })
	q.enqueue(q.Context(), "kim", "hangs", false, "sms")
	run, cancel := context.WithCancel(q.Context())
	done := make(chan error, 1)
	go func() { done <- q.Queue.Run(run) }()
	<-entered
	q.mail.failWith(refused)
	limited, release := context.WithTimeout(q.Context(), 20*time.Second)
	q.enqueue(limited, "kim", "meanwhile", false, "email", "sms")
	q.sendCode(limited)
	release()
	cancel()
	close(let)
	if err := <-done; !errors.Is(err, context.Canceled) {
		q.Errorf("Run ended with %v", err)
	}
	if got := q.sms.messages(); len(got) == 0 || len(q.list(q.Context(), "kim")) != 4 {
		q.Errorf("%v of %v", got, q.list(q.Context(), "kim"))
	}
}

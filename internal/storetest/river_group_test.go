package storetest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/storetest"
)

// receipted is a channel that confirms later.
type receipted struct{ *inbox }

func (receipted) ReceiptWithin() time.Duration { return time.Minute }

func graveAlert(account string) alerts.Alert {
	a := riverAlert(account)
	a.Severity = activity.Critical
	return a
}

// byChannel gives the account's deliveries.
func byChannel(t testing.TB, q *riverqueue.Queue, account string) map[string]alerts.Delivery {
	t.Helper()
	list, err := q.Deliveries(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]alerts.Delivery{}
	for _, d := range list {
		out[d.Channel] = d
	}
	return out
}

// A standby stays where it is when the owner was reached, and is ended when its
// time comes; when the first channel fails for good, it steps in long before.
func TestRiverStandbys(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprintf("fails %v", fails), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
				t.Parallel()
				sms, mail := &inbox{name: "sms"}, &inbox{name: "email"}
				if fails {
					sms.fail = func(alerts.Message) error { return &alerts.PermanentError{Err: errors.New("no such number")} }
				}
				raw := d.Open(t)
				after := time.Second
				if fails {
					after = time.Hour
				}
				q := riverOn(t, raw, d.Name, alerts.CourierConfig{Notifiers: []alerts.Notifier{sms, mail}, FallbackAfter: after}, riverqueue.Config{})
				fine(t, q.Migrate(t.Context()))
				fine(t, q.Enqueue(t.Context(), graveAlert("kim"), []string{"sms"}, "once"))
				if got := byChannel(t, q, "kim"); got["email"].State != alerts.Standby || got["sms"].State != alerts.Pending || !got["email"].Spare {
					t.Errorf("waiting: %+v", got)
				}
				running(t, q)
				until(t, "the end", func() bool { return !byChannel(t, q, "kim")["email"].DoneAt.IsZero() })
				got := byChannel(t, q, "kim")
				if fails && (got["sms"].State != alerts.Dead || got["email"].State != alerts.Done || len(mail.messages()) != 1) {
					t.Errorf("the standby did not step in: %+v", got)
				}
				if !fails && (got["sms"].State != alerts.Done || got["email"].State != alerts.Skipped || len(mail.messages()) != 0 ||
					got["email"].Log[0].Reason != alerts.CauseNotNeeded) {
					t.Errorf("the standby did not stand down: %+v", got)
				}
			})
		})
	}
}

// A channel that confirms later: its delivery is sent until the receipt comes;
// one that says "undelivered" is a dead letter, and the standby steps in.
func TestRiverReceipts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		sms := receipted{&inbox{name: "sms"}}
		raw := d.Open(t)
		q := riverOn(t, raw, d.Name, alerts.CourierConfig{Notifiers: []alerts.Notifier{sms, &inbox{name: "email"}}}, riverqueue.Config{})
		fine(t, q.Migrate(t.Context()))
		for _, account := range []string{"kim", "lee"} {
			fine(t, q.Enqueue(t.Context(), graveAlert(account), []string{"sms"}, "once"))
		}
		running(t, q)
		for account, delivered := range map[string]bool{"kim": true, "lee": false} {
			until(t, "sending", func() bool { return byChannel(t, q, account)["sms"].State == alerts.Sent })
			id := byChannel(t, q, account)["sms"].ID
			fine(t, q.Receipt(t.Context(), id, delivered))
			if err := q.Receipt(t.Context(), id, !delivered); !errors.Is(err, alerts.ErrNoDelivery) {
				t.Errorf("a second receipt: %v", err)
			}
			got := byChannel(t, q, account)
			want := map[bool]alerts.State{true: alerts.Done, false: alerts.Dead}[delivered]
			if got["sms"].State != want || got["sms"].ReceiptAt.IsZero() || got["email"].DueAt.After(time.Now().Add(time.Minute)) == !delivered {
				t.Errorf("%s: %+v", account, got)
			}
		}
		dead, err := q.Dead(t.Context(), alerts.Delivery{}, 10)
		fine(t, err)
		if len(dead) != 1 || dead[0].Account != "lee" || dead[0].Log[0].Reason != alerts.CauseUndelivered {
			t.Errorf("dead letters: %+v", dead)
		}
		if err := q.Revive(t.Context(), dead[0].ID); !errors.Is(err, alerts.ErrNoDelivery) {
			t.Errorf("what has no payload was revived: %v", err)
		}
	})
}

// Dead letters are listed page by page, and an alert among them gets its
// attempts anew; a code never does.
func TestRiverDeadLetters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		broken := true
		mail := &inbox{name: "email"}
		mail.fail = func(alerts.Message) error {
			if broken {
				return &alerts.PermanentError{Err: errors.New("no")}
			}
			return nil
		}
		_, q := openRiver(t, d, mail)
		for i := range 5 {
			fine(t, q.Enqueue(t.Context(), riverAlert(fmt.Sprint("account ", i)), []string{"email"}, "once"))
		}
		fine(t, q.SendCode(t.Context(), alerts.CodeMessage{Kind: alerts.SignInCode, Account: "code", Code: "123456", Expires: time.Now().Add(time.Hour)}))
		stop := running(t, q)
		var dead []alerts.Delivery
		until(t, "the end", func() bool {
			var err error
			dead, err = q.Dead(t.Context(), alerts.Delivery{}, 10)
			fine(t, err)
			return len(dead) == 6
		})
		var paged []alerts.Delivery
		for {
			var after alerts.Delivery
			if len(paged) > 0 {
				after = paged[len(paged)-1]
			}
			page, err := q.Dead(t.Context(), after, 4)
			fine(t, err)
			if len(page) == 0 {
				break
			}
			paged = append(paged, page...)
		}
		for i := range dead {
			if len(paged) != 6 || paged[i].ID != dead[i].ID || dead[i].Payload != nil || dead[i].State != alerts.Dead || dead[i].LastError != "no" {
				t.Fatalf("page by page %+v, at once %+v", paged, dead)
			}
		}
		stop()
		broken = false
		for _, letter := range dead {
			err := q.Revive(t.Context(), letter.ID)
			if letter.Account == "code" {
				if !errors.Is(err, alerts.ErrNoDelivery) {
					t.Errorf("a code was revived: %v", err)
				}
				continue
			}
			fine(t, err)
			if err := q.Revive(t.Context(), letter.ID); !errors.Is(err, alerts.ErrNoDelivery) {
				t.Errorf("revived twice: %v", err)
			}
		}
		if got := only(t, q, "account 3"); got.State != alerts.Pending || got.Attempts != 0 || got.Log[len(got.Log)-1].Reason != alerts.CauseRevived {
			t.Errorf("revived: %+v", got)
		}
		running(t, q)
		until(t, "delivery", func() bool { return len(mail.messages()) == 5 })
		until(t, "its end", ended(t, q, "account 3"))
		if got := only(t, q, "account 3"); got.State != alerts.Done || got.Attempts != 1 || len(got.Log) != 3 {
			t.Errorf("in the end: %+v", got)
		}
	})
}

// What is sealed in a job does not open in another.
func TestPitfall13RiverJobMoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		mail := &inbox{name: "email"}
		raw, q := openRiver(t, d, mail)
		fine(t, q.SendCode(t.Context(), alerts.CodeMessage{Kind: alerts.SignInCode, Account: "kim", Code: "83019274", Expires: time.Now().Add(time.Hour)}))
		move := map[string]string{
			"postgres": `UPDATE river_job SET args = jsonb_set(args, '{account}', '"eve"')`,
			"sqlite":   `UPDATE river_job SET args = jsonb_set(args, '$.account', 'eve')`,
		}[d.Name]
		_, err := raw.ExecContext(t.Context(), move)
		fine(t, err)
		running(t, q)
		until(t, "an attempt", func() bool { return only(t, q, "eve").Attempts == 1 && only(t, q, "eve").LastError != "" })
		if len(mail.attempts()) != 0 {
			t.Errorf("a code that was moved to another account was delivered: %v", mail.attempts())
		}
	})
}

package sms_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

// A provider that hangs delays no answer, is cut off by the deadline, and takes
// its own place only.
func TestProviderHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, open, func(c *sms.Config) { c.MaxInFlight = 3 })
		w.provider.hang = make(chan struct{})
		start := time.Now()
		for i := range 3 {
			w.ok(w.try(phone(i)))
		}
		w.want(w.try(phone(3)), sms.ErrBusy)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the answers took %v", waited)
		}
		synctest.Wait()
		if n := w.provider.count(); n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
		w.ok(w.Wait(t.Context()))
		if waited := time.Since(start); waited != 15*time.Second {
			t.Errorf("the provider was cut off after %v", waited)
		}
		for _, err := range w.provider.over {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		}
		w.provider.hang = nil
		w.ok(w.try(phone(3)))
		w.clean("10200000", "+82")
	})
}

// One that does not honour its context keeps its places, no more; the others
// go on and Wait says so.
func TestProviderIsDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, open, func(c *sms.Config) { c.MaxInFlight = 2 })
		hang := make(chan struct{})
		w.provider.hang, w.provider.deaf = hang, true
		w.ok(w.try(phone(1)))
		synctest.Wait()
		w.provider.hang = nil
		for i := range 5 {
			w.ok(w.try(phone(10 + i)))
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		w.want(w.Wait(ctx), context.DeadlineExceeded)
		close(hang)
		w.ok(w.Wait(t.Context()))
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, open)
		w.provider.hang = make(chan struct{})
		w.ok(w.try(phone(1)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w.want(w.Close(ctx), context.DeadlineExceeded)
		synctest.Wait()
		if len(w.provider.over) != 1 || !errors.Is(w.provider.over[0], context.Canceled) {
			t.Errorf("what was on its way was not cancelled: %v", w.provider.over)
		}
		w.ok(w.Close(t.Context()))
		before := w.provider.count()
		w.want(w.try(phone(2)), sms.ErrBusy)
		if w.provider.count() != before {
			t.Error("a closed method sent")
		}
	})
}

// The request's end does not end its message.
func TestRequestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, open)
		hang := make(chan struct{})
		w.provider.hang = hang
		ctx, cancel := context.WithCancel(t.Context())
		s := w.subject("kim", "f")
		s.Label = phone(1)
		_, err := w.Enroll(ctx, s)
		w.ok(err)
		cancel()
		synctest.Wait()
		if len(w.provider.over) != 0 {
			t.Error("the message was cut off with its request")
		}
		close(hang)
		w.ok(w.Wait(t.Context()))
	})
}

// The sender runs when the caller's transaction may be over: it is given none.
func TestSenderHasNoTransaction(t *testing.T) {
	var carries []bool
	w := newWorld(t, func(c *sms.Config) {
		c.Sender = senderFunc(func(ctx context.Context) { carries = append(carries, sqldb.CarriesTx(ctx)) })
	})
	s := w.subject("kim", "f")
	s.Label = phone(1)
	_, err := w.Enroll(sqldb.WithTx(t.Context(), new(sql.Tx)), s)
	w.ok(err)
	w.ok(w.Wait(t.Context()))
	if len(carries) != 1 || carries[0] {
		t.Errorf("got %v", carries)
	}
}

type senderFunc func(ctx context.Context)

func (f senderFunc) SendSMS(ctx context.Context, _, _ string) error {
	f(ctx)
	return nil
}

// An error or a panic of the provider reaches the log, without number or code,
// and nobody else; and neither does what it quotes.
func TestProviderFails(t *testing.T) {
	w := newWorld(t)
	f := w.enroll("kim", "010-1234-5678")
	w.provider.err = errors.New("HTTP 503: cannot send to +82 10-1234-5678 (010.1234.5678, %2B821012345678): upstream timed out")
	code, _ := f.challenge()
	if !f.verify(code) {
		t.Error("a message that came in spite of an error has a code that is refused")
	}
	w.clean("5678", "1234", code)
	if log := w.logs.String(); !strings.Contains(log, "503") || !strings.Contains(log, "upstream timed out") || !strings.Contains(log, "country=KR") {
		t.Errorf("the log does not tell what is wrong: %s", log)
	}
	w.logs.Reset()
	w.provider.err, w.provider.panics = nil, true
	code, _ = f.challenge()
	w.clean("5678", "1234", code)
	w.provider.panics = false
	if _, err := w.Challenge(t.Context(), f.subject()); err == nil {
		t.Error("a failed message ended the wait for the next one")
	}
}

// A message delivered twice has one code, which is accepted once by the
// Manager and counted once by the breaker.
func TestProviderDeliversTwice(t *testing.T) {
	w := newWorld(t, func(c *sms.Config) { c.Sender = twice{c.Sender} })
	m, ctx := w.manager(), t.Context()
	e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "sms", Name: "phone", Label: "010-1234-5678", Client: home})
	w.ok(err)
	list := w.messages()
	if len(list) != 2 || list[0] != list[1] {
		t.Fatalf("got %d messages", len(list))
	}
	_, err = m.FinishEnroll(ctx, "kim", e.FactorID, list[0].code(), home)
	w.ok(err)
	_, err = m.FinishEnroll(ctx, "kim", e.FactorID, list[1].code(), home)
	w.want(err, mfa.ErrNoEnrollment)
}

type twice struct{ sms.Sender }

func (p twice) SendSMS(ctx context.Context, to, text string) error {
	if err := p.Sender.SendSMS(ctx, to, text); err != nil {
		return err
	}
	return p.Sender.SendSMS(ctx, to, text)
}

// What certainly was not sent is given back to the shop's budgets; what may
// have been is not; the customer's own limits stay taken in both cases.
func TestFailedMessages(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		back bool
	}{"refused": {unsent{errors.New("no such subscriber")}, true}, "unclear": {errors.New("timeout"), false}, "wrapped": {errors.Join(errors.New("x"), unsent{errors.New("y")}), true}} {
		w := newWorld(t, func(c *sms.Config) { c.SpendPerHour, c.SpendPerDay = 20, 20 })
		w.provider.err = c.err
		n := 0
		for i := range 30 { // enrolments get 10 of 20
			s := w.subject("kim"+phone(i), "f")
			s.Label, s.Client = phone(i), from(i)
			if _, err := w.Enroll(t.Context(), s); err == nil {
				n++
			}
			w.messages()
		}
		if want := map[bool]int{true: 30, false: 10}[c.back]; n != want {
			t.Errorf("%s: %d messages, want %d", name, n, want)
		}
		s := w.subject("kim"+phone(0), "f")
		s.Label = phone(0)
		if _, err := w.Enroll(t.Context(), s); err == nil {
			t.Errorf("%s: the wait for the next message was given back", name)
		}
	}
}

// names records which accounts are written after an erasure.
type names struct {
	sms.Store
	erased atomic.Bool
	after  []string
}

func (n *names) Return(ctx context.Context, once sms.Quota, back []sms.Quota, now time.Time) (bool, error) {
	for _, q := range append([]sms.Quota{once}, back...) {
		if n.erased.Load() && q.Account != "" {
			n.after = append(n.after, q.Name)
		}
	}
	return n.Store.Return(ctx, once, back, now)
}

// A message that fails after its account was erased does not bring the account's
// name back.
func TestFailureAfterErasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		store := &names{Store: w.store}
		var err error
		w.Method, err = sms.New(store, w.cfg)
		w.ok(err)
		w.provider.hang, w.provider.err = make(chan struct{}), unsent{errors.New("refused")}
		w.ok(w.try(phone(1)))
		synctest.Wait()
		w.ok(w.DeleteAccount(t.Context(), "kim"))
		store.erased.Store(true)
		close(w.provider.hang)
		w.ok(w.Wait(t.Context()))
		if len(store.after) > 0 {
			t.Errorf("written after the erasure: %v", store.after)
		}
	})
}

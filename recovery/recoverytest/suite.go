// Package recoverytest is the conformance suite of recovery.Store.
package recoverytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/internal/throttle/throttletest"
	"example.com/accountsec/recovery"
)

var t0 = time.Date(2026, 11, 1, 9, 0, 0, 123456789, time.UTC)

// TestStore checks a store; open gives a fresh, empty one.
func TestStore(t *testing.T, open func(t *testing.T) recovery.Store) {
	t.Run("answers", func(t *testing.T) { testAnswers(t, open(t)) })
	t.Run("reseal", func(t *testing.T) { testReseal(t, open(t)) })
	t.Run("tickets", func(t *testing.T) { testTickets(t, open(t)) })
	t.Run("waits", func(t *testing.T) { testWaits(t, open(t)) })
	t.Run("failures", func(t *testing.T) { testFailures(t, open(t)) })
	t.Run("state", func(t *testing.T) { testState(t, open(t)) })
	t.Run("outcomes", func(t *testing.T) { testOutcomes(t, open(t)) })
	t.Run("expiry", func(t *testing.T) { testExpiry(t, open(t)) })
	t.Run("races", func(t *testing.T) { testRaces(t, open) })
	t.Run("delete account", func(t *testing.T) { testDelete(t, open(t)) })
	t.Run("cancelled", func(t *testing.T) { testCancelled(t, open(t)) })
	t.Run("attempts", func(t *testing.T) {
		throttletest.TestStore(t, func(t *testing.T) throttletest.Store { return attempts{open(t)} })
	})
}

// attempts erases an account's attempts with all else that is stored on it.
type attempts struct{ recovery.Store }

func (a attempts) DeleteAttempts(ctx context.Context, account string) error {
	return a.DeleteAccount(ctx, account)
}

var errUndo = errors.New("undo")

// TestTransactions checks a store that has transactions: what is rolled back
// leaves nothing, but for the counts of attempts, and nobody escapes an end by
// going on at the same time.
func TestTransactions(t *testing.T, open func(t *testing.T) recovery.Store) {
	t.Run("ends", func(t *testing.T) { testEnds(t, open) })
	s, ctx := open(t), t.Context()
	ok(t, s.PutTicket(ctx, ticket("lee", "h")))
	ok(t, s.PutWait(ctx, wait("lee")))
	err := s.InTx(ctx, func(ctx context.Context) error {
		won(t, true)(s.SetAnswers(ctx, "kim", answers(1)))
		ok(t, s.PutTicket(ctx, ticket("kim", "h2")))
		won(t, true)(s.Advance(ctx, "h", "begun", "proved", t0.Add(2*time.Minute), t0))
		if _, err := s.DeletePending(ctx, "kim"); err != nil {
			return err
		}
		won(t, true)(s.CancelWait(ctx, "c-lee", t0))
		ok(t, s.SetRecovered(ctx, "kim", t0))
		ok(t, s.CountOutcome(ctx, 7, recovery.Started))
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatalf("InTx gives %v", err)
	}
	if a, err := s.GetAnswers(ctx, "kim"); err != nil || a.Version != 0 {
		t.Errorf("left answers: %+v, %v", a, err)
	}
	if _, err := s.GetTicket(ctx, "h2", t0); !errors.Is(err, recovery.ErrBadTicket) {
		t.Errorf("left a ticket: %v", err)
	}
	if tk, err := s.GetTicket(ctx, "h", t0); err != nil || tk.Step != "begun" {
		t.Errorf("a ticket was changed: %+v, %v", tk, err)
	}
	if w, err := s.GetWait(ctx, "w-lee", t0); err != nil || w.Account != "lee" {
		t.Errorf("a wait was called off: %+v, %v", w, err)
	}
	if st, err := s.GetState(ctx, "kim"); err != nil || st != (recovery.State{}) {
		t.Errorf("left a state: %+v, %v", st, err)
	}
	if c, err := s.Outcomes(ctx, 0, 9); err != nil || len(c) != 0 {
		t.Errorf("left outcomes: %+v, %v", c, err)
	}
	ok(t, s.InTx(ctx, func(ctx context.Context) error {
		won(t, true)(s.SetAnswers(ctx, "kim", answers(1)))
		return nil
	}))
	if a, err := s.GetAnswers(ctx, "kim"); err != nil || a.Version != 1 {
		t.Errorf("committed, and there is %+v, %v", a, err)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func won(t *testing.T, want bool) func(bool, error) {
	return func(got bool, err error) {
		t.Helper()
		ok(t, err)
		if got != want {
			t.Fatalf("won = %v, want %v", got, want)
		}
	}
}

func answers(version int64) recovery.Answers {
	return recovery.Answers{Version: version, SetAt: t0, List: []recovery.StoredAnswer{
		{Question: "lost_object", SealedHash: []byte("hash 1")},
		{Question: "own:😀한글", SealedText: []byte{0, 255, 1}, SealedHash: []byte("hash\x00 2")},
	}}
}

func testAnswers(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	got, err := s.GetAnswers(ctx, "kim")
	ok(t, err)
	if got.Version != 0 || got.List != nil {
		t.Fatalf("an absent account has %+v", got)
	}
	won(t, false)(s.SetAnswers(ctx, "kim", answers(2)))
	won(t, true)(s.SetAnswers(ctx, "kim", answers(1)))
	won(t, false)(s.SetAnswers(ctx, "kim", answers(1)))
	won(t, true)(s.SetAnswers(ctx, "kim", answers(2)))
	got, err = s.GetAnswers(ctx, "kim")
	ok(t, err)
	want := answers(2)
	if got.Version != 2 || !got.SetAt.Equal(t0.Truncate(time.Microsecond)) || len(got.List) != 2 {
		t.Fatalf("got %+v", got)
	}
	for i, a := range got.List {
		w := want.List[i]
		if a.Question != w.Question || !bytes.Equal(a.SealedText, w.SealedText) || !bytes.Equal(a.SealedHash, w.SealedHash) || (a.SealedText == nil) != (w.SealedText == nil) {
			t.Errorf("answer %d is %+v, want %+v", i, a, w)
		}
	}
	got.List[0].SealedHash[0] ^= 1 // what was handed out is the caller's
	again, err := s.GetAnswers(ctx, "kim")
	ok(t, err)
	if !bytes.Equal(again.List[0].SealedHash, want.List[0].SealedHash) {
		t.Error("the store gave away its own memory")
	}
	ok(t, s.TouchAnswers(ctx, "kim", false, t0.Add(time.Hour)))
	ok(t, s.TouchAnswers(ctx, "kim", true, t0.Add(2*time.Hour)))
	ok(t, s.TouchAnswers(ctx, "nobody", true, t0))
	times := func(used, proved time.Time) {
		t.Helper()
		a, err := s.GetAnswers(ctx, "kim")
		ok(t, err)
		if !a.UsedAt.Equal(used.Truncate(time.Microsecond)) || !a.ProvedAt.Equal(proved.Truncate(time.Microsecond)) {
			t.Errorf("used %v, proved %v", a.UsedAt, a.ProvedAt)
		}
	}
	times(t0.Add(time.Hour), t0.Add(2*time.Hour))
	// An empty list removes the answers; the version counts on, so that what was
	// sealed for an older one stays shut.
	won(t, true)(s.SetAnswers(ctx, "kim", recovery.Answers{Version: 3, SetAt: t0}))
	if a, err := s.GetAnswers(ctx, "kim"); err != nil || a.Version != 3 || len(a.List) != 0 {
		t.Errorf("removed, and there is %+v, %v", a, err)
	}
	if next, err := s.NextAccount(ctx, ""); err != nil || next != "" {
		t.Errorf("an account without answers is walked: %q, %v", next, err)
	}
	won(t, false)(s.SetAnswers(ctx, "kim", answers(1)))
	won(t, true)(s.SetAnswers(ctx, "kim", answers(4)))
	times(t0.Add(time.Hour), time.Time{})
}

func testReseal(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	for _, a := range []string{"b", "a", "c"} {
		won(t, true)(s.SetAnswers(ctx, a, answers(1)))
	}
	var order []string
	for at := ""; ; {
		next, err := s.NextAccount(ctx, at)
		ok(t, err)
		if next == "" {
			break
		}
		order, at = append(order, next), next
	}
	if fmt.Sprint(order) != "[a b c]" {
		t.Errorf("walked %v", order)
	}
	old := answers(1).List[0]
	sealed := recovery.StoredAnswer{Question: old.Question, SealedHash: []byte("again")}
	won(t, true)(s.SwapAnswer(ctx, "a", 0, old, sealed))
	won(t, false)(s.SwapAnswer(ctx, "a", 0, old, sealed))
	won(t, false)(s.SwapAnswer(ctx, "a", 9, old, sealed))
	won(t, false)(s.SwapAnswer(ctx, "absent", 0, old, sealed))
}

func ticket(account, hash string) recovery.Ticket {
	return recovery.Ticket{Hash: hash, Account: account, Client: "client", Channel: "email", Version: 3, Step: "begun", SealedCode: []byte{0, 1, 255}, ExpiresAt: t0.Add(time.Minute)}
}

func testTickets(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	ok(t, s.PutTicket(ctx, ticket("kim", "h1")))
	ok(t, s.PutTicket(ctx, ticket("lee", "h2")))
	got, err := s.GetTicket(ctx, "h1", t0)
	ok(t, err)
	if w := ticket("kim", "h1"); got.Account != w.Account || got.Client != w.Client || got.Channel != w.Channel || got.Version != w.Version || got.Proof != "" || got.Step != w.Step || !bytes.Equal(got.SealedCode, w.SealedCode) || !got.ExpiresAt.Equal(w.ExpiresAt.Truncate(time.Microsecond)) {
		t.Fatalf("got %+v", got)
	}
	won(t, false)(s.Advance(ctx, "h1", "proved", "answered", t0.Add(2*time.Minute), t0))
	won(t, false)(s.Complete(ctx, "h1", "g1", recovery.ProofFactor, t0.Add(time.Hour), t0))
	if got, err := s.GetTicket(ctx, "h1", t0); err != nil || !got.ExpiresAt.Equal(ticket("kim", "h1").ExpiresAt.Truncate(time.Microsecond)) {
		t.Fatalf("a lost step moved the end: %+v, %v", got, err)
	}
	won(t, true)(s.Advance(ctx, "h1", "begun", "proved", t0.Add(2*time.Minute), t0))
	won(t, true)(s.Advance(ctx, "h1", "proved", "answered", t0.Add(2*time.Minute), t0))
	if got, err := s.GetTicket(ctx, "h1", t0.Add(90*time.Second)); err != nil || !got.ExpiresAt.Equal(t0.Add(2*time.Minute).Truncate(time.Microsecond)) {
		t.Fatalf("the step did not move the end: %+v, %v", got, err)
	}
	won(t, true)(s.Complete(ctx, "h1", "g1", recovery.ProofFactor, t0.Add(time.Hour), t0))
	if _, err := s.GetTicket(ctx, "h1", t0); !errors.Is(err, recovery.ErrBadTicket) {
		t.Errorf("the ticket's token outlived its grant: %v", err)
	}
	if got, err := s.GetTicket(ctx, "g1", t0); err != nil || got.Proof != recovery.ProofFactor || got.Version != 3 || got.Step != "completed" {
		t.Errorf("the grant is %+v, %v", got, err)
	}
	won(t, false)(s.Spend(ctx, "g1", "another client", "completed", t0))
	won(t, false)(s.Spend(ctx, "g1", "client", "answered", t0))
	won(t, false)(s.Spend(ctx, "h2", "client", "completed", t0)) // a ticket is no grant
	won(t, true)(s.Spend(ctx, "g1", "client", "completed", t0.Add(30*time.Minute)))
	won(t, false)(s.Spend(ctx, "g1", "client", "completed", t0))

	ok(t, s.PutTicket(ctx, ticket("lee", "h3"))) // the newer one ends the older
	if _, err := s.GetTicket(ctx, "h2", t0); !errors.Is(err, recovery.ErrBadTicket) {
		t.Errorf("an older ticket is still open: %v", err)
	}
	known := ticket("lee", "h4")
	known.Slot = "device"
	ok(t, s.PutTicket(ctx, known)) // another slot ends nothing
	if got, err := s.GetTicket(ctx, "h3", t0); err != nil || got.Slot != "" {
		t.Errorf("a ticket of another slot ended this one: %+v, %v", got, err)
	}
	if got, err := s.GetTicket(ctx, "h4", t0); err != nil || got.Slot != "device" {
		t.Errorf("got %+v, %v", got, err)
	}
	ended(t, s, "lee", 0)
	ended(t, s, "nobody", 0)
	for _, hash := range []string{"h3", "h4"} {
		if _, err := s.GetTicket(ctx, hash, t0); !errors.Is(err, recovery.ErrBadTicket) {
			t.Errorf("a deleted ticket is still open: %v", err)
		}
	}
}

func testExpiry(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	end := t0.Add(time.Minute).Truncate(time.Microsecond)
	ok(t, s.PutTicket(ctx, ticket("kim", "h")))
	won(t, true)(s.TakeCodeTry(ctx, "h", 9, end.Add(-time.Microsecond)))
	for _, at := range []time.Time{end, end.Add(time.Microsecond)} {
		won(t, false)(s.TakeCodeTry(ctx, "h", 9, at))
		won(t, false)(s.TakeAnswerTry(ctx, "h", 9, at))
		won(t, false)(s.Advance(ctx, "h", "begun", "proved", t0.Add(2*time.Minute), at))
		if _, err := s.GetTicket(ctx, "h", at); !errors.Is(err, recovery.ErrBadTicket) {
			t.Errorf("open at %v: %v", at, err)
		}
	}
	if n, err := s.PurgePending(ctx, 0, end.Add(-time.Microsecond)); err != nil || n != 0 {
		t.Errorf("purged %d open tickets, %v", n, err)
	}
	if n, err := s.PurgePending(ctx, 0, end); err != nil || n != 1 {
		t.Errorf("purged %d, %v", n, err)
	}
}

func testDelete(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	for _, a := range []string{"kim", "Kim", "lee"} {
		won(t, true)(s.SetAnswers(ctx, a, answers(1)))
		ok(t, s.PutTicket(ctx, ticket(a, "h-"+a)))
		ok(t, s.PutWait(ctx, wait(a)))
		ok(t, s.SetRecovered(ctx, a, t0))
		won(t, true)(s.TakeFailure(ctx, a, "device", 1))
		_, _, err := s.CountAttempt(ctx, a, "code", 1, time.Hour, time.Hour, t0)
		ok(t, err)
	}
	ok(t, s.DeleteAccount(ctx, "kim"))
	ok(t, s.DeleteAccount(ctx, "nobody"))
	if a, err := s.GetAnswers(ctx, "kim"); err != nil || a.Version != 0 || len(a.List) != 0 {
		t.Errorf("left %+v, %v", a, err)
	}
	if _, err := s.GetTicket(ctx, "h-kim", t0); !errors.Is(err, recovery.ErrBadTicket) {
		t.Errorf("left a ticket: %v", err)
	}
	if w, err := s.GetWait(ctx, "w-kim", t0); !errors.Is(err, recovery.ErrBadTicket) {
		t.Errorf("left a wait: %+v, %v", w, err)
	}
	if st, err := s.GetState(ctx, "kim"); err != nil || st != (recovery.State{}) {
		t.Errorf("left a state: %+v, %v", st, err)
	}
	won(t, true)(s.TakeFailure(ctx, "kim", "device", 1))
	won(t, false)(s.TakeFailure(ctx, "lee", "device", 1))
	if n, _, err := s.CountAttempt(ctx, "kim", "code", 1, time.Hour, time.Hour, t0); err != nil || n != 1 {
		t.Errorf("left %d attempts, %v", n-1, err)
	}
	for _, other := range []string{"Kim", "lee"} {
		if a, err := s.GetAnswers(ctx, other); err != nil || a.Version != 1 {
			t.Errorf("%s lost the answers: %+v, %v", other, a, err)
		}
		if n, wait, err := s.CountAttempt(ctx, other, "code", 1, time.Hour, time.Hour, t0); err != nil || wait == 0 {
			t.Errorf("%s lost %d attempts, %v", other, 2-n, err)
		}
	}
}

func testCancelled(t *testing.T, s recovery.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.SetAnswers(ctx, "kim", answers(1)); err == nil {
		t.Error("SetAnswers ignored a cancelled context")
	}
	if err := s.PutTicket(ctx, ticket("kim", "h")); err == nil {
		t.Error("PutTicket ignored a cancelled context")
	}
	if err := s.PutWait(ctx, wait("kim")); err == nil {
		t.Error("PutWait ignored a cancelled context")
	}
	if _, err := s.TakeFailure(ctx, "kim", "", 1); err == nil {
		t.Error("TakeFailure ignored a cancelled context")
	}
	if a, err := s.GetAnswers(t.Context(), "kim"); err != nil || a.Version != 0 {
		t.Errorf("something was stored: %+v, %v", a, err)
	}
}

package recoverytest

import (
	"errors"
	"testing"
	"time"

	"example.com/accountsec/recovery"
)

var (
	ready   = t0.Add(48 * time.Hour).Truncate(time.Microsecond)
	tooLate = t0.Add(72 * time.Hour).Truncate(time.Microsecond)
)

func wait(account string) recovery.Wait {
	return recovery.Wait{
		Hash: "w-" + account, Cancel: "c-" + account, Account: account, Slot: "slot", Device: "device", Version: 5,
		StartedAt: t0, ReadyAt: ready, ExpiresAt: tooLate,
	}
}

// ended deletes what is pending of an account.
func ended(t *testing.T, s recovery.Store, account string, want int64) {
	t.Helper()
	if n, err := s.DeletePending(t.Context(), account); err != nil || n != want {
		t.Errorf("ended %d waits, %v; want %d", n, err, want)
	}
}

func testWaits(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	ok(t, s.PutWait(ctx, wait("kim")))
	ok(t, s.PutWait(ctx, wait("lee")))
	for _, hash := range []string{"w-kim", "c-kim"} {
		w, err := s.GetWait(ctx, hash, tooLate.Add(-time.Microsecond))
		ok(t, err)
		want := wait("kim")
		if !w.StartedAt.Equal(t0.Truncate(time.Microsecond)) || !w.ReadyAt.Equal(ready) || !w.ExpiresAt.Equal(tooLate) {
			t.Errorf("got %+v", w)
		}
		w.StartedAt, w.ReadyAt, w.ExpiresAt = want.StartedAt, want.ReadyAt, want.ExpiresAt
		if w != want {
			t.Errorf("got %+v, want %+v", w, want)
		}
	}
	for _, hash := range []string{"", "h", "slot", "device"} {
		if _, err := s.GetWait(ctx, hash, t0); !errors.Is(err, recovery.ErrBadTicket) {
			t.Errorf("found a wait by %q: %v", hash, err)
		}
	}
	if _, err := s.GetWait(ctx, "w-kim", tooLate); !errors.Is(err, recovery.ErrBadTicket) {
		t.Errorf("found an expired wait: %v", err)
	}
	won(t, false)(s.FinishWait(ctx, "w-kim", ready.Add(-time.Microsecond))) // too early
	won(t, false)(s.FinishWait(ctx, "w-kim", tooLate))
	won(t, false)(s.FinishWait(ctx, "c-kim", ready)) // each token has its own use
	won(t, false)(s.CancelWait(ctx, "w-kim", t0))
	won(t, false)(s.CancelWait(ctx, "c-kim", tooLate))
	won(t, true)(s.FinishWait(ctx, "w-kim", ready))
	won(t, false)(s.CancelWait(ctx, "c-kim", t0))
	won(t, true)(s.CancelWait(ctx, "c-lee", t0))
	won(t, false)(s.FinishWait(ctx, "w-lee", ready))

	ok(t, s.PutWait(ctx, wait("kim")))
	newer := wait("kim")
	newer.Hash, newer.Cancel = "w2", "c2"
	ok(t, s.PutWait(ctx, newer)) // takes the older one's place
	won(t, false)(s.CancelWait(ctx, "c-kim", t0))
	won(t, false)(s.FinishWait(ctx, "w-kim", ready))
	ok(t, s.PutTicket(ctx, ticket("kim", "h1"))) // a stranger's ticket ends no wait
	if w, err := s.GetWait(ctx, "w2", t0); err != nil || w.Cancel != "c2" {
		t.Errorf("got %+v, %v", w, err)
	}
	if n, err := s.PurgePending(ctx, 0, tooLate.Add(-time.Microsecond)); err != nil || n != 1 { // the ticket
		t.Errorf("purged %d, %v", n, err)
	}
	ended(t, s, "kim", 1)
	ended(t, s, "kim", 0)
	ok(t, s.PutWait(ctx, wait("kim")))
	if n, err := s.PurgePending(ctx, 0, tooLate); err != nil || n != 1 {
		t.Errorf("purged %d, %v", n, err)
	}
}

func testFailures(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	for range 3 {
		won(t, true)(s.TakeFailure(ctx, "kim", "", 3))
	}
	won(t, false)(s.TakeFailure(ctx, "kim", "", 3))
	ok(t, s.RefundFailure(ctx, "kim", ""))
	won(t, true)(s.TakeFailure(ctx, "kim", "", 3))
	won(t, false)(s.TakeFailure(ctx, "kim", "", 3))
	for range 2 { // never below none
		ok(t, s.RefundFailure(ctx, "kim", "device"))
	}
	won(t, true)(s.TakeFailure(ctx, "kim", "device", 1))
	won(t, false)(s.TakeFailure(ctx, "kim", "device", 1))
	won(t, true)(s.TakeFailure(ctx, "lee", "", 3))
	ok(t, s.ResetFailures(ctx, "kim", "device", false))
	won(t, false)(s.TakeFailure(ctx, "kim", "", 3))
	ok(t, s.ResetFailures(ctx, "kim", "", false))
	won(t, true)(s.TakeFailure(ctx, "kim", "", 3))
	for range 3 {
		won(t, true)(s.TakeFailure(ctx, "kim", "device", 3))
	}
	ok(t, s.ResetFailures(ctx, "kim", "", true))
	won(t, true)(s.TakeFailure(ctx, "kim", "device", 1))
	won(t, true)(s.TakeFailure(ctx, "kim", "", 1))
	won(t, false)(s.TakeFailure(ctx, "lee", "", 1))
}

func testState(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	at := t0.Truncate(time.Microsecond)
	expect := func(account string, blocked, recovered time.Time) {
		t.Helper()
		st, err := s.GetState(ctx, account)
		ok(t, err)
		if !st.BlockedUntil.Equal(blocked) || !st.RecoveredAt.Equal(recovered) {
			t.Errorf("%s: got %+v", account, st)
		}
	}
	expect("kim", time.Time{}, time.Time{})
	ok(t, s.SetRecovered(ctx, "kim", t0))
	expect("kim", time.Time{}, at)
	ok(t, s.SetBlocked(ctx, "kim", t0.Add(time.Hour)))
	expect("kim", at.Add(time.Hour), at)
	ok(t, s.SetRecovered(ctx, "kim", t0.Add(time.Minute)))
	ok(t, s.SetBlocked(ctx, "kim", time.Time{}))
	expect("kim", time.Time{}, at.Add(time.Minute))
	expect("lee", time.Time{}, time.Time{})
}

func testOutcomes(t *testing.T, s recovery.Store) {
	ctx := t.Context()
	for _, d := range []int64{20000, 20001, 20001, 20002} {
		ok(t, s.CountOutcome(ctx, d, recovery.Started))
	}
	ok(t, s.CountOutcome(ctx, 20001, recovery.Completed))
	got, err := s.Outcomes(ctx, 20001, 20002)
	ok(t, err)
	midnight := time.Unix(20001*24*60*60, 0).UTC()
	want := []recovery.Count{
		{Day: midnight, Outcome: recovery.Completed, N: 1}, {Day: midnight, Outcome: recovery.Started, N: 2},
		{Day: midnight.Add(24 * time.Hour), Outcome: recovery.Started, N: 1},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	if n, err := s.PurgePending(ctx, 20001, t0); err != nil || n != 1 {
		t.Errorf("purged %d, %v", n, err)
	}
}

package activitytest

import (
	"context"
	"errors"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
)

func isNotFound(err error) bool { return errors.Is(err, activity.ErrNotFound) }

// appendOnce: a repeated id changes nothing, in its own account or another's.
func appendOnce(t *testing.T, s activity.Store) {
	first := Event("kim", 1)
	second := first
	second.Detail = map[string]string{"order": "forged"}
	second.Type, second.Outcome = activity.PasswordChanged, activity.OutcomeFailure
	add(t, s, first, second, first)
	other := first
	other.Account = "lee"
	add(t, s, other)
	got := list(t, s, "kim", activity.Query{})
	if len(got) != 1 {
		t.Fatalf("%d events under one id", len(got))
	}
	Check(t, got[0], first)
	if got := list(t, s, "lee", activity.Query{}); len(got) != 1 {
		t.Errorf("another account's event of the same id: %v", got)
	}
}

// appendRace: 64 writers of one id make one event, whole; and 64 writers of
// events of their own lose none.
func appendRace(t *testing.T, s activity.Store) {
	same := Event("kim", 1)
	racing.Go(func(i int) {
		e := same
		e.Detail = maps.Clone(same.Detail)
		e.Detail["order"] = string(rune('A' + i))
		e.Location.ASN = uint(i)
		if err := s.Append(t.Context(), e); err != nil {
			t.Error(err)
		}
		if err := s.Append(t.Context(), Event("kim", 2)); err != nil {
			t.Error(err)
		}
	})
	got := list(t, s, "kim", activity.Query{})
	if len(got) != racing.Racers+1 {
		t.Fatalf("%d events, want %d", len(got), racing.Racers+1)
	}
	if e := got[racing.Racers]; e.Detail["order"] != string(rune('A'+int(e.Location.ASN))) {
		t.Errorf("two events were mixed: %+v", e)
	}
}

// nul: text with a NUL is refused or kept, never cut. (Log strips it before.)
func nul(t *testing.T, s activity.Store) {
	e := Event("kim", 1)
	e.Detail = map[string]string{"order": "A\x00B"}
	e.Location.City = "Seo\x00ul"
	if err := s.Append(t.Context(), e); err != nil {
		if got := list(t, s, "kim", activity.Query{}); len(got) != 0 {
			t.Errorf("refused, yet stored: %v", got)
		}
		return
	}
	got, err := s.Get(t.Context(), "kim", e.ID)
	if err != nil {
		t.Fatal(err)
	}
	Check(t, got, e)
}

func purge(t *testing.T, s activity.Store) {
	ctx := t.Context()
	for n := range 5 {
		add(t, s, Event("kim", n), Event("lee", n))
	}
	edge := T0.Add(3 * time.Minute) // events 0, 1 and 2 are older
	for _, step := range []struct {
		before time.Time
		max    int
		want   int64
	}{{T0, 100, 0}, {edge, 2, 2}, {edge, 100, 4}, {edge, 100, 0}, {edge.Add(time.Microsecond), 100, 2}} {
		if n, err := s.Purge(ctx, activity.Purge{Before: step.before, Max: step.max}); err != nil || n != step.want {
			t.Fatalf("purge before %v, at most %d: %d, %v, want %d", step.before, step.max, n, err, step.want)
		}
	}
	for _, account := range []string{"kim", "lee"} {
		if got := list(t, s, account, activity.Query{}); len(got) != 1 || !got[0].At.After(edge) {
			t.Errorf("%s keeps %v", account, got)
		}
	}
}

// purgeRace: however many purge at once, each event is counted once.
func purgeRace(t *testing.T, s activity.Store) {
	const events = 40
	for n := range events {
		add(t, s, Event("kim", n))
	}
	var total atomic.Int64
	racing.Go(func(int) {
		n, err := s.Purge(t.Context(), activity.Purge{Before: T0.Add(time.Hour), Max: 5})
		if err != nil {
			t.Error(err)
		}
		total.Add(n)
	})
	if left := len(list(t, s, "kim", activity.Query{})); int(total.Load())+left != events {
		t.Errorf("%d counted as purged and %d left of %d", total.Load(), left, events)
	}
}

func deleteAccount(t *testing.T, s activity.Store) {
	e := Event("kim", 1)
	add(t, s, e, Event("kim", 2), Event("lee", 3))
	for range 2 {
		if err := s.DeleteAccount(t.Context(), "kim"); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(t, s, "kim", activity.Query{}); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
	if _, err := s.Get(t.Context(), "kim", e.ID); !isNotFound(err) {
		t.Errorf("Get after deletion: %v", err)
	}
	if got := list(t, s, "lee", activity.Query{}); len(got) != 1 {
		t.Errorf("another account lost events: %v", got)
	}
	add(t, s, e) // the account may come back
	if got := list(t, s, "kim", activity.Query{}); len(got) != 1 {
		t.Errorf("after coming back: %v", got)
	}
}

// TestTransactions checks a store with transactions: what a failed one did is
// undone, what a successful one did stays, and reads inside see its writes.
func TestTransactions(t *testing.T, open func(t *testing.T) activity.Store) {
	s, stop := open(t), errors.New("stop")
	ctx := t.Context()
	kept := Event("kim", 0)
	add(t, s, kept)
	err := s.InTx(ctx, func(ctx context.Context) error {
		e := Event("kim", 1)
		if err := s.Append(ctx, e); err != nil {
			return err
		}
		if err := s.Append(ctx, e); err != nil { // a duplicate does not spoil the transaction
			return err
		}
		if _, err := s.Get(ctx, "kim", e.ID); err != nil {
			return err
		}
		if err := s.DeleteAccount(ctx, "kim"); err != nil {
			return err
		}
		return s.InTx(ctx, func(ctx context.Context) error { // joins
			return errors.Join(s.Append(ctx, Event("lee", 2)), stop)
		})
	})
	if !errors.Is(err, stop) {
		t.Fatalf("InTx gave %v", err)
	}
	if got := list(t, s, "kim", activity.Query{}); len(got) != 1 || got[0].ID != kept.ID {
		t.Errorf("after the rollback kim has %v", ids(got))
	}
	if got := list(t, s, "lee", activity.Query{}); len(got) != 0 {
		t.Errorf("after the rollback lee has %v", ids(got))
	}
	if err := s.InTx(ctx, func(ctx context.Context) error { return s.Append(ctx, Event("kim", 3)) }); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, "kim", activity.Query{}); len(got) != 2 {
		t.Errorf("after the commit: %v", ids(got))
	}
	if l := logOver(t, s, failing{stop}); !errors.Is(l.Record(ctx, eventOnly(Event("park", 4))), stop) {
		t.Error("an observer's error was lost")
	}
	if got := list(t, s, "park", activity.Query{}); len(got) != 0 {
		t.Errorf("an observer failed, yet the event stayed: %v", ids(got))
	}
}

type failing struct{ err error }

func (f failing) Observe(context.Context, activity.Event) error { return f.err }

func logOver(t *testing.T, s activity.Store, observers ...activity.Observer) *activity.Log {
	t.Helper()
	l, err := activity.New(s, activity.Config{
		CursorKey: make([]byte, 32), Observers: observers, Now: func() time.Time { return T0.Add(time.Hour) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// eventOnly drops what Log fills in.
func eventOnly(e activity.Event) activity.Event {
	e.ID, e.Location, e.Device = "", activity.Location{}, activity.Device{}
	return e
}

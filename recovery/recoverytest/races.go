package recoverytest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/recovery"
)

// testRaces lets 64 callers race for each guard.
func testRaces(t *testing.T, open func(t *testing.T) recovery.Store) {
	for name, c := range map[string]struct {
		step string
		try  func(s recovery.Store, ctx context.Context, i int) (bool, error)
		want int
	}{
		"code try": {"begun", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return s.TakeCodeTry(ctx, "h", 5, t0)
		}, 5},
		"answer try": {"proved", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return s.TakeAnswerTry(ctx, "h", 3, t0)
		}, 3},
		"advance": {"begun", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return s.Advance(ctx, "h", "begun", "proved", t0.Add(2*time.Minute), t0)
		}, 1},
		"complete": {"answered", func(s recovery.Store, ctx context.Context, i int) (bool, error) {
			return s.Complete(ctx, "h", fmt.Sprint("g", i), recovery.ProofNone, t0.Add(time.Hour), t0)
		}, 1},
		"spend": {"completed", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return s.Spend(ctx, "h", "client", "completed", t0)
		}, 1},
		"failure": {"proved", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return s.TakeFailure(ctx, "kim", "", 10)
		}, 10},
		"resume": {"begun", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return s.FinishWait(ctx, "w-kim", ready)
		}, 1},
		"cancel": {"begun", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return s.CancelWait(ctx, "c-kim", t0)
		}, 1},
		"resume against cancel": {"begun", func(s recovery.Store, ctx context.Context, i int) (bool, error) {
			if i%2 == 0 {
				return s.FinishWait(ctx, "w-kim", ready)
			}
			return s.CancelWait(ctx, "c-kim", ready)
		}, 1},
		"outcome": {"begun", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return true, s.CountOutcome(ctx, 7, recovery.Started)
		}, 64},
		"set answers": {"begun", func(s recovery.Store, ctx context.Context, _ int) (bool, error) {
			return s.SetAnswers(ctx, "kim", answers(1))
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			tk := ticket("kim", "h")
			tk.Step = c.step
			ok(t, s.PutTicket(t.Context(), tk))
			ok(t, s.PutWait(t.Context(), wait("kim")))
			if n := racing.Wins(t, func(i int) (bool, error) { return c.try(s, t.Context(), i) }); n != c.want {
				t.Errorf("%d of 64 won, want %d", n, c.want)
			}
			if list, err := s.Outcomes(t.Context(), 7, 7); err != nil || name == "outcome" && (len(list) != 1 || list[0].N != 64) {
				t.Errorf("64 outcomes were counted as %+v, %v", list, err)
			}
		})
	}
}

package recoverytest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/recovery"
)

// testEnds lets recoveries go on, from a ticket to a wait and from a wait to a
// grant, while they are ended: nothing of them is left, whichever came first.
func testEnds(t *testing.T, open func(t *testing.T) recovery.Store) {
	for name, goOn := range map[string]func(s recovery.Store, ctx context.Context, account string) (bool, error){
		"wait": func(s recovery.Store, ctx context.Context, account string) (bool, error) {
			won, err := s.Spend(ctx, "h-"+account, "client", "begun", t0)
			if err != nil || !won {
				return false, err
			}
			return true, s.PutWait(ctx, wait(account))
		},
		"resume": func(s recovery.Store, ctx context.Context, account string) (bool, error) {
			won, err := s.FinishWait(ctx, "w-"+account, ready)
			if err != nil || !won {
				return false, err
			}
			tk := ticket(account, "g-"+account)
			tk.Slot, tk.ExpiresAt = "another", tooLate
			return true, s.PutTicket(ctx, tk)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, ctx := open(t), t.Context()
			for range 4 {
				for i := range racing.Racers / 2 {
					ok(t, s.PutTicket(ctx, ticket(fmt.Sprint(i), fmt.Sprint("h-", i))))
					if name == "resume" {
						ok(t, s.PutWait(ctx, wait(fmt.Sprint(i))))
					}
				}
				racing.Go(func(i int) {
					account := fmt.Sprint(i / 2)
					var err error
					if i%2 == 0 {
						_, err = s.DeletePending(ctx, account)
					} else {
						err = s.InTx(ctx, func(ctx context.Context) error { _, err := goOn(s, ctx, account); return err })
					}
					if err != nil {
						t.Error(err)
					}
				})
				for i := range racing.Racers / 2 {
					if _, err := s.GetTicket(ctx, fmt.Sprint("g-", i), t0); !errors.Is(err, recovery.ErrBadTicket) {
						t.Errorf("a grant is left: %v", err)
					}
					if _, err := s.GetWait(ctx, fmt.Sprint("w-", i), t0); !errors.Is(err, recovery.ErrBadTicket) {
						t.Errorf("a wait is left: %v", err)
					}
				}
			}
		})
	}
}

package storetest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/storetest"
)

// Pitfalls 2 and 15: what becomes of the shop's transaction changes nothing about
// what is known of the guesses in it, several in one included, whether the
// password was right or wrong; and nobody else waits for its end.
func TestPitfall15GuessesInsideOneTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		if d.Name == "sqlite" {
			t.Skip("a guess inside a transaction is refused, see TestPitfall02GuessInsideATransaction")
		}
		s := openShop(t, d.Open(t), d.Name)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		ok(t, s.signUp(ctx, kim, goodPassword))
		tx, err := s.db.BeginTx(ctx, nil)
		ok(t, err)
		inTx := accountsec.WithTx(ctx, tx)
		neighbour := func() { // of the same network, on another connection
			t.Helper()
			if _, err := s.SignIn(ctx, "neighbour", "guess", home); !errors.Is(err, accountsec.ErrSignIn) {
				t.Fatalf("the neighbour waits for the transaction: %v", err)
			}
		}
		for range 2 {
			_, err = s.SignIn(inTx, kim.Email, goodPassword, home)
			ok(t, err)
			for name, guess := range map[string]func() error{
				"sign-in": func() error { _, err := s.SignIn(inTx, kim.Email, "guess", home); return err },
				"unknown": func() error { _, err := s.SignIn(inTx, "nobody", "guess", home); return err },
				"change":  func() error { _, err := s.ChangePassword(inTx, kim.ID, "guess", otherPassword, home); return err },
				"step-up": func() error { _, err := s.StepUpPassword(inTx, kim.ID, "guess", home); return err },
				"rules":   func() error { return s.SetRules(inTx, kim.ID, "guess", alerts.Rules{}, home) },
				"answers": func() error { return s.SetAnswers(inTx, kim.ID, "guess", nil, home) },
			} {
				if err := guess(); !errors.Is(err, accountsec.ErrSignIn) {
					t.Fatalf("%s: %v", name, err)
				}
			}
			neighbour()
		}
		var throttled *accountsec.ThrottledError
		for i := range 6 { // the second right password set the count to nothing
			_, err := s.SignIn(inTx, kim.Email, "guess", home)
			if errors.As(err, &throttled) != (i == 5) {
				t.Fatalf("guess %d after those five: %v", i+1, err)
			}
		}
		neighbour()
		ok(t, tx.Rollback())
		if _, err := s.SignIn(ctx, kim.Email, goodPassword, home); !errors.As(err, &throttled) {
			t.Errorf("the rollback gave tries back: %v", err)
		}
		list, err := s.Log().List(ctx, kim.ID, kim.ID, activity.Filter{Outcomes: []activity.Outcome{activity.OutcomeFailure}}, activity.Page{Limit: 100})
		ok(t, err)
		seen := map[activity.Type]int{}
		for _, e := range list.Events {
			seen[e.Type]++
		}
		if seen[activity.SignInFailed] != 7 || seen[activity.PasswordFailed] != 8 {
			t.Errorf("of 15 wrong passwords the log holds %v", seen)
		}
		if logs := s.logs.String(); strings.Contains(logs, "not recorded") || strings.Contains(logs, "not counted") || strings.Contains(logs, "not settled") {
			t.Error(logs)
		}
	})
}

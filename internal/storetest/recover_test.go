package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
	otp "github.com/pquerna/otp/totp"
)

// factor enrols an authenticator app.
func (s *shop) factor(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	e, err := s.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: kim.ID, Method: "totp", Name: "phone", Label: kim.Email, Evidence: s.evidence(t, home), Client: home})
	ok(t, err)
	code, err := otp.GenerateCode(strings.ReplaceAll(e.Show.(totp.Setup).Secret, " ", ""), time.UnixMicro(s.now.Load()))
	ok(t, err)
	_, err = s.MFA().FinishEnroll(ctx, kim.ID, e.FactorID, code, home)
	ok(t, err)
}

// answered walks a recovery up to the answered questions.
func (s *shop) answered(t *testing.T) (ticket string, step accountsec.RecoveryStep) {
	t.Helper()
	ctx := t.Context()
	ticket, err := s.StartRecovery(ctx, kim.Email, home)
	ok(t, err)
	asked, err := s.ProveRecovery(ctx, ticket, s.code(t), home)
	ok(t, err)
	step, err = s.AnswerRecovery(ctx, ticket, []string{myAnswers[asked[0].Own], myAnswers[asked[1].Own]}, home)
	ok(t, err)
	return ticket, step
}

// The shop's sessions end in the transaction that sets the password: if they
// cannot be ended the password is the old one and the grant unspent.
func TestOnRecoveredIsInTheTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ctx := t.Context()
		ok(t, s.signUp(ctx, kim, goodPassword))
		s.setAnswers(t)
		_, err := s.db.Exec(`CREATE TABLE sessions (account TEXT NOT NULL)`)
		ok(t, err)
		_, err = s.db.Exec(`INSERT INTO sessions VALUES ('kim')`)
		ok(t, err)
		sessions := func() (n int) {
			ok(t, s.db.QueryRow(`SELECT COUNT(*) FROM sessions`).Scan(&n))
			return n
		}
		fail := errors.New("the shop's table is gone")
		s.onRecovered = func(ctx context.Context, account string) error {
			if _, err := accountsec.Tx(ctx).ExecContext(ctx, fmt.Sprintf(`DELETE FROM sessions WHERE account = '%s'`, account)); err != nil {
				return err
			}
			return fail
		}
		_, step := s.answered(t)
		if _, err := s.FinishRecovery(ctx, step.Grant, otherPassword, home); !errors.Is(err, fail) {
			t.Fatalf("got %v", err)
		}
		if _, err := s.SignIn(ctx, kim.Email, goodPassword, home); err != nil || sessions() != 1 {
			t.Errorf("the old password gives %v, %d sessions", err, sessions())
		}
		fail = nil
		_, err = s.FinishRecovery(ctx, step.Grant, otherPassword, home)
		ok(t, err)
		if _, err := s.SignIn(ctx, kim.Email, otherPassword, home); err != nil || sessions() != 0 {
			t.Errorf("the new password gives %v, %d sessions", err, sessions())
		}
	})
}

// However far the end of a waited recovery came: either everything is as before
// and can be finished, or the password is new and the lost factor is gone.
func TestDatabaseGoesAwayDuringDelayedRecovery(t *testing.T) {
	ctx := t.Context()
	var grant string
	eachStatement(t, func(s *shop) {
		s.setAnswers(t)
		s.factor(t)
		ticket, _ := s.answered(t)
		wait, err := s.DelayRecovery(ctx, ticket, home)
		ok(t, err)
		s.now.Add((48 * time.Hour).Microseconds())
		grant, err = s.ResumeRecovery(ctx, wait.Token, home)
		ok(t, err)
	}, func(s *shop) error {
		_, err := s.FinishRecovery(ctx, grant, otherPassword, home)
		return err
	}, func(s *shop, err error) {
		_, old := s.SignIn(ctx, kim.Email, goodPassword, home)
		_, next := s.SignIn(ctx, kim.Email, otherPassword, home)
		on, mfaErr := s.MFA().Enabled(ctx, kim.ID)
		ok(t, mfaErr)
		if (old == nil) == (next == nil) || err == nil && next != nil || on != (old == nil) {
			t.Errorf("old password: %v, new password: %v, factor on: %v", old, next, on)
		}
		_, again := s.FinishRecovery(ctx, grant, otherPassword+"!", home)
		if (again == nil) != (old == nil) {
			t.Errorf("the grant gives %v while the old password gives %v", again, old)
		}
	})
}

// Pitfall 3: 64 tabs finish one recovery, and 64 resume one wait: once each.
func TestPitfall03RecoveryEndsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ctx := t.Context()
		ok(t, s.signUp(ctx, kim, goodPassword))
		s.setAnswers(t)
		s.factor(t)
		ticket, _ := s.answered(t)
		wait, err := s.DelayRecovery(ctx, ticket, home)
		ok(t, err)
		s.now.Add((48 * time.Hour).Microseconds())
		grants := make([]string, racing.Racers)
		n := racing.Wins(t, func(i int) (bool, error) {
			var err error
			grants[i], err = s.ResumeRecovery(ctx, wait.Token, home)
			return err == nil, nil
		})
		if n != 1 {
			t.Fatalf("%d of 64 resumed", n)
		}
		grant := strings.Join(grants, "") // the others got none
		if n := racing.Wins(t, func(i int) (bool, error) {
			_, err := s.FinishRecovery(ctx, grant, fmt.Sprint(otherPassword, i), home)
			return err == nil, nil
		}); n != 1 {
			t.Errorf("%d of 64 finished", n)
		}
	})
}

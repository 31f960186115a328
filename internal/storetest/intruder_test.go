package storetest_test

import (
	"errors"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	otp "github.com/pquerna/otp/totp"
)

// Pitfall 3: whichever comes first, an intruder's enrolment that ends while the
// owner disowns the sign-in leaves no factor and no recovery code.
func TestPitfall03DisownAgainstAnEnrolment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		enrolled := 0
		for i := range 4 { // each of its own: the word revokes all evidence of before
			s := openShop(t, d.Open(t), d.Name)
			ctx := t.Context()
			ok(t, s.signUp(ctx, kim, goodPassword))
			in := func(session string) (c activity.Client, event, evidence string) {
				t.Helper()
				s.now.Add(time.Second.Microseconds())
				c = activity.Client{IP: home.IP, SessionID: session}
				res, err := s.SignIn(ctx, kim.Email, goodPassword, c)
				ok(t, err)
				list, err := s.Log().List(ctx, kim.ID, kim.ID, activity.Filter{Types: []activity.Type{activity.SignInSucceeded}}, activity.Page{Limit: 1})
				ok(t, err)
				return list.Events[0].Client, list.Events[0].ID, res.Grant.Evidence
			}
			owner, _, _ := in("owner")
			thief, event, evidence := in("thief")
			e, err := s.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{Account: kim.ID, Method: "totp", Name: "phone", Evidence: evidence, Client: thief})
			ok(t, err)
			code, err := otp.GenerateCode(seedOf(e), time.UnixMicro(s.now.Load()))
			ok(t, err)
			racing.Go(func(n int) {
				switch n {
				case 0:
					_, err := s.MFA().FinishEnroll(ctx, kim.ID, e.FactorID, code, thief)
					if err == nil {
						enrolled++
					} else if !errors.Is(err, mfa.ErrNoEnrollment) {
						t.Error(err)
					}
				case 1:
					if _, err := s.Disown(ctx, kim.ID, kim.ID, event, owner); err != nil {
						t.Error(err)
					}
				}
			})
			on, err := s.MFA().Enabled(ctx, kim.ID)
			ok(t, err)
			if left, err := s.MFA().RecoveryCodesLeft(ctx, kim.ID); on || left != 0 || err != nil {
				t.Fatalf("round %d: enabled %v, %d codes, %v", i, on, left, err)
			}
		}
		t.Logf("%d of 4 enrolments came first", enrolled)
	})
}

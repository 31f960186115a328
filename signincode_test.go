package accountsec_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
)

// An unusual sign-in of an account without factors waits for a code that is
// sent to the owner; with it the device is known.
func TestUnusualSignInAsksForACode(t *testing.T) {
	w := newPlacedWorld(t, nil)
	ctx := t.Context()
	w.settle("kim", 6)
	p := w.signIn("kim", abroad).Pending
	if p == nil || len(p.Factors) != 1 || p.Factors[0].ID != accountsec.SentCode || p.ExpiresAt.Sub(w.clock.Now()) > 10*time.Minute {
		t.Fatalf("got %+v", p)
	}
	code := w.code()
	if show, err := w.guard.PrepareSignIn(ctx, p.Token, accountsec.SentCode, abroad); show != nil || err != nil {
		t.Errorf("preparing: %v, %v", show, err)
	}
	for token, id := range map[string]string{p.Token: "totp", "code_": accountsec.SentCode, "code_" + string(secret.NewToken()): accountsec.SentCode} {
		_, err := w.guard.PrepareSignIn(ctx, token, id, abroad)
		w.want(err, accountsec.ErrPending)
	}
	if w.count(alerts.SignInCode) != 1 || w.count(alerts.NewDevice)+w.count(alerts.NewCountry) != 0 {
		t.Error("not one code and nothing else was mailed")
	}
	for _, wrong := range []string{"", "00000000", code[:7], code + "1", accountsec.SentCode} {
		_, err := w.guard.FinishSignIn(ctx, p.Token, accountsec.SentCode, wrong, abroad)
		if !errors.Is(err, accountsec.ErrWrongCode) {
			t.Errorf("code %q: %v", wrong, err)
		}
	}
	// Five tries were all of them.
	_, err := w.guard.FinishSignIn(ctx, p.Token, accountsec.SentCode, code, abroad)
	w.want(err, accountsec.ErrPending)

	p = w.signIn("kim", abroad).Pending
	code = w.code()
	for _, id := range []string{"", "totp", mfa.RecoveryCode} {
		_, err = w.guard.FinishSignIn(ctx, p.Token, id, code, abroad)
		w.want(err, accountsec.ErrPending)
	}
	grant, err := w.guard.FinishSignIn(ctx, p.Token, accountsec.SentCode, " "+code[:4]+" "+code[4:], abroad)
	w.ok(err)
	if grant.Account != "kim" || grant.Method != accountsec.SentCode || grant.DeviceCookie == nil || grant.Assessment.Level < alerts.LevelHigh {
		t.Errorf("got %+v", grant)
	}
	_, err = w.guard.FinishSignIn(ctx, p.Token, accountsec.SentCode, code, abroad)
	w.want(err, accountsec.ErrPending) // once
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(grant.DeviceCookie)
	there := abroad
	there.DeviceID = w.guard.Client(r).DeviceID
	if res := w.signIn("kim", there); res.Grant == nil {
		t.Error("the device that was proved is asked again")
	}
	want := []activity.Type{
		activity.SignInChallenged, activity.SecondFactorFailed, activity.SecondFactorFailed, activity.SecondFactorFailed,
		activity.SecondFactorFailed, activity.SecondFactorFailed, activity.SignInChallenged, activity.SignInSucceeded, activity.SignInSucceeded,
	}
	if types := w.types("kim"); !slices.Equal(types[len(types)-len(want):], want) {
		t.Errorf("recorded %v", types)
	}
}

// Pitfall 14: a sent code is good for the sign-in that it was sent for, and
// dies with the password, the address, with a factor, with "this wasn't me", and
// by time.
func TestPitfall14SentCode(t *testing.T) {
	for name, end := range map[string]func(w *world, known activity.Client){
		"a new password": func(w *world, known activity.Client) {
			_, err := w.guard.ChangePassword(w.Context(), "kim", goodPassword, otherPassword, known)
			w.ok(err)
		},
		"a factor":       func(w *world, _ activity.Client) { w.authenticator("kim") },
		"this wasn't me": func(w *world, known activity.Client) { w.disown("kim", activity.SignInChallenged, known) },
		"a new address": func(w *world, known activity.Client) {
			w.ok(w.guard.ContactChanged(w.Context(), "kim", "kim@customer.example", "new@customer.example", known))
		},
		"time":              func(w *world, _ activity.Client) { w.clock.Add(10 * time.Minute) },
		"the account's end": func(w *world, _ activity.Client) { w.ok(w.guard.DeleteAccount(w.Context(), "kim")) },
	} {
		w := newPlacedWorld(t, nil)
		known := w.settle("kim", 6)
		p := w.signIn("kim", abroad).Pending
		code := w.code()
		end(w, known)
		if g, err := w.guard.FinishSignIn(t.Context(), p.Token, accountsec.SentCode, code, abroad); !errors.Is(err, accountsec.ErrPending) {
			t.Errorf("after %s: %+v, %v", name, g, err)
		}
	}
	w := newPlacedWorld(t, nil)
	w.settle("kim", 6)
	w.settle("lee", 6)
	kim := w.signIn("kim", abroad).Pending
	code := w.code()
	lee := w.signIn("lee", abroad).Pending
	_, err := w.guard.FinishSignIn(t.Context(), lee.Token, accountsec.SentCode, code, abroad)
	w.want(err, accountsec.ErrWrongCode)
	for _, token := range []string{"", "code_", strings.TrimPrefix(kim.Token, "code_"), kim.Token + "A", "code_" + string(secret.NewToken())} {
		_, err := w.guard.FinishSignIn(t.Context(), token, accountsec.SentCode, code, abroad)
		w.want(err, accountsec.ErrPending)
	}
}

// Nobody is locked out for want of an address, and whoever has a factor is
// asked for that and never for a mail.
func TestWhoIsAskedForWhat(t *testing.T) {
	w := newPlacedWorld(t, nil)
	w.settle("kim", 6)
	w.people.byID["kim"] = accountsec.Account{ID: "kim"} // whom this shop finds by no address
	res, err := w.guard.SignIn(t.Context(), "", goodPassword, abroad)
	w.ok(err)
	if res.Grant == nil || res.Grant.Assessment.Action != alerts.ActionChallenge {
		t.Errorf("without an address: %+v", res)
	}

	w = newPlacedWorld(t, nil)
	w.settle("kim", 6)
	w.authenticator("kim")
	p := w.signIn("kim", abroad).Pending
	if p == nil || p.Factors[0].Method != "totp" || w.count(alerts.SignInCode) != 0 {
		t.Errorf("with a factor: %+v", p)
	}
}

// Pitfall 8: an attacker uses up his own codes, not the owner's; and asking for
// codes floods nobody.
func TestPitfall08CodesAreCounted(t *testing.T) {
	w := newPlacedWorld(t, nil)
	w.settle("kim", 6)
	var throttled *accountsec.ThrottledError
	asked := 0
	for range 10 {
		res, err := w.try("kim", goodPassword, abroad)
		if errors.As(err, &throttled) {
			break
		}
		w.ok(err)
		if res.Pending != nil {
			asked++
		}
	}
	if asked != 4 || throttled == nil || throttled.RetryAfter <= 0 || throttled.RetryAfter > time.Hour {
		t.Errorf("%d codes, then %v", asked, throttled)
	}
	elsewhere := abroad
	elsewhere.IP = netip.MustParseAddr("203.0.113.9")
	if res, err := w.try("kim", goodPassword, elsewhere); err != nil || res.Pending == nil {
		t.Errorf("the owner on another network: %+v, %v", res, err)
	}
	w.clock.Add(throttled.RetryAfter)
	if res, err := w.try("kim", goodPassword, abroad); err != nil || res.Pending == nil {
		t.Errorf("the wait does not end by itself: %+v, %v", res, err)
	}
}

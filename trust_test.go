package accountsec_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
)

// trusted signs kim in with a code and trusts the device; it gives what makes
// codes, the recovery codes, and the client and token of the device.
func (w *world) trusted() (code func() string, codes []string, c activity.Client, trust mfa.DeviceToken) {
	w.Helper()
	code, codes = w.authenticator("kim")
	p := w.signIn("kim", home).Pending
	grant, err := w.guard.FinishSignIn(w.Context(), p.Token, p.Factors[0].ID, code(), home)
	w.ok(err)
	cookie, err := w.guard.TrustDevice(w.Context(), grant, "laptop", home)
	w.ok(err)
	if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != 30*24*3600 {
		w.Errorf("the cookie is %v", cookie)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	r.AddCookie(grant.DeviceCookie)
	w.clock.Add(time.Minute)
	return code, codes, w.guard.Client(r), w.guard.Trust(r)
}

func (w *world) signInTrusted(pw string, trust mfa.DeviceToken, c activity.Client) (accountsec.SignInResult, error) {
	return w.guard.SignInTrusted(w.Context(), "kim@customer.example", pw, trust, c)
}

// A trusted device is asked for the password and for nothing else, and gets the
// next token with each sign-in.
func TestTrustedDevice(t *testing.T) {
	w := newWorld(t)
	_, _, c, trust := w.trusted()
	first := trust
	for range 3 {
		w.clock.Add(time.Hour)
		res, err := w.signInTrusted(goodPassword, trust, c)
		w.ok(err)
		if res.Grant == nil || !res.Grant.Trusted || res.Grant.Method != "" || res.Grant.TrustCookie == nil {
			t.Fatalf("got %+v", res)
		}
		if next := mfa.DeviceToken(res.Grant.TrustCookie.Value); next == trust {
			t.Fatal("the token was not rotated")
		} else {
			trust = next
		}
	}
	if events := w.events("kim"); events[len(events)-1].Detail["trusted"] != "true" {
		t.Errorf("recorded %v", events[len(events)-1].Detail)
	}
	res := w.signIn("kim", c)
	if res.Pending == nil {
		t.Error("without the cookie no factor is asked for")
	}
	// A copy of an old cookie ends the trust, but only with the password.
	_, err := w.signInTrusted("wrong", first, c)
	w.want(err, accountsec.ErrSignIn)
	if list, err := w.guard.MFA().Devices(t.Context(), "kim"); err != nil || len(list) != 1 {
		t.Errorf("%d devices, %v", len(list), err)
	}
	for _, token := range []mfa.DeviceToken{first, trust} {
		res, err := w.signInTrusted(goodPassword, token, c)
		w.ok(err)
		if res.Pending == nil {
			t.Error("trusted after a copy was seen")
		}
	}
}

// Pitfall 4: trust never stands in for the password, for another account's
// factor, for a recovery's factor, or for a revoked password's.
func TestPitfall04TrustIsNoPassword(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	code, _, c, trust := w.trusted()
	for _, pw := range []string{"", "wrong", string(trust)} {
		_, err := w.signInTrusted(pw, trust, c)
		w.want(err, accountsec.ErrSignIn)
	}
	w.questions("kim")
	if _, step := w.recoverTo("kim", c); step.Pending == nil {
		t.Error("a recovery skipped the factor on a trusted device")
	}
	w.people.byID["lee"] = accountsec.Account{ID: "lee", Email: "lee@customer.example"}
	w.authenticator("lee")
	res, err := w.guard.SignInTrusted(ctx, "lee@customer.example", goodPassword, trust, c)
	w.ok(err)
	if res.Pending == nil {
		t.Error("trusted in another account")
	}
	if res, err := w.signInTrusted(goodPassword, trust, c); err != nil || res.Grant == nil {
		t.Fatalf("the attempt in another account ended the trust: %v", err)
	}
	_ = code
}

// Trust needs a factor of this very sign-in.
func TestTrustNeedsAFactor(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	password := *w.signIn("kim", home).Grant
	code, codes := w.authenticator("kim")
	p := w.signIn("kim", home).Pending
	byCode, err := w.guard.FinishSignIn(ctx, p.Token, mfa.RecoveryCode, codes[0], home)
	w.ok(err)
	p = w.signIn("kim", home).Pending
	good, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, code(), home)
	w.ok(err)
	stolen := good
	stolen.Account = "lee"
	for name, grant := range map[string]accountsec.Grant{
		"the password's": password, "a recovery code's": byCode, "a made-up": {Account: "kim", Method: "totp"}, "another account's": stolen,
	} {
		if _, err := w.guard.TrustDevice(ctx, grant, "laptop", home); !errors.Is(err, mfa.ErrProofNeeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = w.guard.TrustDevice(ctx, good, "laptop", home)
	w.ok(err)
	w.clock.Add(mfa.ProofLifetime)
	_, err = w.guard.TrustDevice(ctx, good, "laptop", home)
	w.want(err, mfa.ErrProofNeeded)
}

// Pitfall 14: a new password, a recovery and a disowned event end all trust.
func TestPitfall14TrustEnds(t *testing.T) {
	for name, end := range map[string]func(w *world, code func() string, codes []string, c activity.Client) string{
		"change": func(w *world, _ func() string, _ []string, c activity.Client) string {
			_, err := w.guard.ChangePassword(w.Context(), "kim", goodPassword, otherPassword, c)
			w.ok(err)
			return otherPassword
		},
		"recovery": func(w *world, code func() string, _ []string, c activity.Client) string {
			w.questions("kim")
			ticket, step := w.recoverTo("kim", c)
			grant, err := w.guard.ProveRecoveryFactor(w.Context(), ticket, step.Pending.Token, step.Pending.Factors[0].ID, code(), c)
			w.ok(err)
			_, err = w.guard.FinishRecovery(w.Context(), grant, otherPassword, c)
			w.ok(err)
			return otherPassword
		},
		"disown": func(w *world, _ func() string, _ []string, c activity.Client) string {
			_, err := w.guard.Disown(w.Context(), "kim", "kim", w.events("kim")[0].ID, c)
			w.ok(err)
			return goodPassword
		},
		"removal of the last factor": func(w *world, code func() string, _ []string, c activity.Client) string {
			proof := w.manage("kim", code(), c)
			w.ok(w.guard.MFA().Remove(w.Context(), proof, proof.Factor(), c))
			w.authenticator("kim")
			return goodPassword
		},
	} {
		w := newWorld(t)
		code, codes, c, trust := w.trusted()
		pw := end(w, code, codes, c)
		res, err := w.signInTrusted(pw, trust, c)
		w.ok(err)
		if res.Pending == nil {
			t.Errorf("%s: still trusted", name)
		}
		if list, err := w.guard.MFA().Devices(t.Context(), "kim"); err != nil || len(list) != 0 {
			t.Errorf("%s: %d devices, %v", name, len(list), err)
		}
	}
}

// Pitfall 8: while a stranger who knows the password keeps the codes closed,
// the owner gets in: on a trusted device without a code, on a known one with it.
func TestPitfall08OwnerGetsInWhileCodesAreGuessed(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	code, _, c, trust := w.trusted()
	guess := func(c activity.Client) error {
		p := w.signIn("kim", c).Pending
		_, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, "000000", c)
		return err
	}
	mine := w.signIn("kim", c).Pending
	var throttled *accountsec.ThrottledError
	for i := range 10 {
		from := abroad
		from.IP = netipAdd(i)
		if err := guess(from); errors.As(err, &throttled) {
			break
		}
	}
	if throttled == nil {
		t.Fatal("ten guesses were not slowed down")
	}
	_, err := w.guard.FinishSignIn(ctx, mine.Token, mine.Factors[0].ID, code(), c)
	if err != nil {
		t.Errorf("on a known device: %v", err)
	}
	res, err := w.signInTrusted(goodPassword, trust, c)
	if err != nil || res.Grant == nil {
		t.Errorf("on a trusted device: %v", err)
	}
	far := abroad
	far.IP = netipAdd(999)
	if err := guess(far); !errors.As(err, &throttled) {
		t.Errorf("the owner's sign-in refilled the stranger's guesses: %v", err)
	}
}

// Pitfall 2: a copied trust cookie buys the tries of one device, whatever
// devices its holder claims to be.
func TestPitfall02TrustIsOneDevice(t *testing.T) {
	w := newWorld(t)
	_, _, _, trust := w.trusted()
	for name, device := range map[string]func() string{
		"made-up devices": func() string { return w.unsigned().DeviceID },
		"no device":       func() string { return "" },
	} {
		w.clock.Add(25 * time.Hour)
		judged := 0
		for i := range 100 {
			c := abroad
			c.IP, c.DeviceID = netipAdd(i), device()
			var throttled *accountsec.ThrottledError
			if _, err := w.signInTrusted("wrong", trust, c); errors.Is(err, accountsec.ErrSignIn) {
				judged++
			} else if !errors.As(err, &throttled) {
				t.Fatal(err)
			}
		}
		if judged != 10 {
			t.Errorf("%s: %d guesses were judged, want 10", name, judged)
		}
	}
}

// Pitfall 8: the owner gets in on a trusted device that has lost its device
// cookie, while others keep the account's tries used up.
func TestPitfall08OwnerGetsInByTrustAlone(t *testing.T) {
	w := newWorld(t)
	_, _, _, trust := w.trusted()
	var throttled *accountsec.ThrottledError
	for i := range 100 {
		c := abroad
		c.IP = netipAdd(i)
		if _, err := w.guard.SignIn(t.Context(), "kim@customer.example", "guess", c); errors.As(err, &throttled) {
			break
		}
	}
	if throttled == nil {
		t.Fatal("a hundred guesses were not slowed down")
	}
	for i, c := range []activity.Client{home, w.unsigned()} {
		res, err := w.signInTrusted(goodPassword, trust, c)
		if err != nil || res.Grant == nil {
			t.Fatalf("client %d: the owner is locked out: %+v, %v", i, res, err)
		}
		trust = mfa.DeviceToken(res.Grant.TrustCookie.Value)
	}
}

// unsigned is a client at home with a device cookie that its holder made up.
func (w *world) unsigned() activity.Client {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: accountsec.DeviceCookie, Value: string(secret.NewToken())})
	c := home
	if c.DeviceID = w.guard.Client(r).DeviceID; c.DeviceID == "" {
		w.Fatal("the made-up cookie names no device")
	}
	return c
}

// The owner is told of a recovery code that was used.
func TestRecoveryCodeAlerts(t *testing.T) {
	w := newWorld(t)
	_, codes := w.authenticator("kim")
	p := w.signIn("kim", home).Pending
	grant, err := w.guard.FinishSignIn(t.Context(), p.Token, mfa.RecoveryCode, codes[0], home)
	w.ok(err)
	w.deliver()
	if grant.RecoveryCodesLeft != 9 || !slices.Contains(w.mail.kinds(), "recovery_code_used") {
		t.Errorf("%d left, told of %v", grant.RecoveryCodesLeft, w.mail.kinds())
	}
}

// Pitfall 16: trust spares the owner a question, not a thief. A token that
// comes from an unknown device in a country that was never seen is asked for
// the factor all the same.
func TestPitfall16TrustFromElsewhere(t *testing.T) {
	w := newPlacedWorld(t, nil)
	device := w.settle("kim", 5)
	code, _ := w.authenticator("kim")
	p := w.signIn("kim", device).Pending
	grant, err := w.guard.FinishSignIn(t.Context(), p.Token, p.Factors[0].ID, code(), device)
	w.ok(err)
	cookie, err := w.guard.TrustDevice(t.Context(), grant, "laptop", device)
	w.ok(err)
	w.clock.Add(time.Hour)
	stolen := mfa.DeviceToken(cookie.Value)
	res, err := w.signInTrusted(goodPassword, stolen, abroad)
	w.ok(err)
	if res.Pending == nil {
		t.Error("a copied cookie abroad skips the factor")
	}
	res, err = w.signInTrusted(goodPassword, stolen, device)
	w.ok(err)
	if res.Grant == nil || !res.Grant.Trusted {
		t.Error("the owner is asked on the trusted device")
	}
}

// Pitfall 4: who was let in before the owner disowned something is not trusted
// any more; and where trust came by another way, a revoked password takes the
// factor all the same.
func TestPitfall04TrustAfterDisown(t *testing.T) {
	w := newWorld(t)
	code, _ := w.authenticator("kim")
	p := w.signIn("kim", abroad).Pending
	grant, err := w.guard.FinishSignIn(t.Context(), p.Token, p.Factors[0].ID, code(), abroad)
	w.ok(err)
	_, err = w.guard.Disown(t.Context(), "kim", "kim", w.events("kim")[0].ID, home)
	w.ok(err)
	_, err = w.guard.TrustDevice(t.Context(), grant, "laptop", abroad)
	w.want(err, mfa.ErrProofNeeded)
	w.clock.Add(time.Minute)
	token, _, err := w.guard.MFA().TrustDevice(t.Context(), w.manage("kim", code(), abroad), "laptop", abroad)
	w.ok(err)
	res, err := w.signInTrusted(goodPassword, token, abroad)
	w.ok(err)
	if res.Pending == nil {
		t.Error("trust stands in for the factor of a revoked password")
	}
}

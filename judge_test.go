package accountsec_test

import (
	"errors"
	"fmt"
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
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
)

// atlas places the documentation's networks.
type atlas struct{}

func (atlas) Locate(ip netip.Addr) (activity.Location, error) {
	switch {
	case netip.MustParsePrefix("192.0.2.0/24").Contains(ip):
		return activity.Location{Country: "KR", City: "Seoul", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20, ASN: 64496, ASOrg: "Demo Telecom"}, nil
	case netip.MustParsePrefix("198.51.100.0/24").Contains(ip):
		return activity.Location{Country: "US", City: "New York", Latitude: 40.71, Longitude: -74, RadiusKM: 20, ASN: 64498, ASOrg: "Demo Cable"}, nil
	case netip.MustParsePrefix("203.0.113.0/24").Contains(ip):
		return activity.Location{Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.4, RadiusKM: 20, ASN: 64500, ASOrg: "Demo Netz"}, nil
	}
	return activity.Location{}, nil
}

// newPlacedWorld is a world with an atlas and whatever else change does.
func newPlacedWorld(t *testing.T, change func(cfg *accountsec.Config)) *world {
	t.Helper()
	w := newWorld(t)
	w.config.Locator = atlas{}
	if change != nil {
		change(&w.config)
	}
	var err error
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	return w
}

// settle signs the owner in n times at home and gives the device.
func (w *world) settle(account string, n int) activity.Client {
	w.Helper()
	c := w.knownDevice(account, home)
	for range n - 1 {
		w.clock.Add(24 * time.Hour)
		if res := w.signIn(account, c); res.Grant == nil {
			w.Fatalf("the owner is asked for more: %+v", res)
		}
	}
	w.clock.Add(24 * time.Hour)
	return c
}

func (w *world) try(account, pw string, c activity.Client) (accountsec.SignInResult, error) {
	return w.guard.SignIn(w.Context(), w.people.byID[account].Email, pw, c)
}

// count is how many messages of a kind were mailed; codes by "signin.code".
func (w *world) count(kind alerts.Kind) (n int) {
	w.Helper()
	w.deliver()
	w.mail.mu.Lock()
	defer w.mail.mu.Unlock()
	for _, m := range w.mail.got {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

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
// dies with the password, with a factor, with "this wasn't me", and by time.
func TestPitfall14SentCode(t *testing.T) {
	for name, end := range map[string]func(w *world, known activity.Client){
		"a new password": func(w *world, known activity.Client) {
			_, err := w.guard.ChangePassword(w.Context(), "kim", goodPassword, otherPassword, known)
			w.ok(err)
		},
		"a factor":          func(w *world, _ activity.Client) { w.authenticator("kim") },
		"this wasn't me":    func(w *world, known activity.Client) { w.disown("kim", activity.SignInChallenged, known) },
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

// Pitfall 9 and the owner's rules: what is refused looks like a wrong password
// in every answer and in the count of attempts, and is told to the owner.
func TestPitfall09RefusedLooksLikeAWrongPassword(t *testing.T) {
	w := newPlacedWorld(t, func(cfg *accountsec.Config) { cfg.SignIns.Home = []string{"KR"} })
	ctx := t.Context()
	for _, account := range []string{"kim", "lee"} {
		known := w.settle(account, 6)
		w.ok(w.guard.SetRules(ctx, account, goodPassword, alerts.Rules{BlockOverseas: true}, known))
	}
	type seen struct {
		err              string
		hashed, verified int64
		pending          bool
	}
	try := func(account, pw string, c activity.Client) seen {
		h, v := w.hashes.hashed.Load(), w.hashes.verified.Load()
		res, err := w.try(account, pw, c)
		if err == nil {
			return seen{pending: res.Pending != nil}
		}
		var throttled *accountsec.ThrottledError
		if errors.As(err, &throttled) {
			err = errors.New("throttled")
		}
		return seen{err.Error(), w.hashes.hashed.Load() - h, w.hashes.verified.Load() - v, res.Pending != nil}
	}
	a, b := abroad, abroad
	b.IP = abroad.IP.Next()
	throttled := 0
	for i := range 15 {
		right, wrong := try("kim", goodPassword, a), try("lee", "not "+goodPassword, b)
		if right != wrong {
			t.Fatalf("try %d: the right password %+v, a wrong one %+v", i+1, right, wrong)
		}
		if right.err == "throttled" {
			throttled++
		}
	}
	if throttled == 0 {
		t.Error("the tries never reached the throttle")
	}
	w.deliver()
	if n := w.count(alerts.OverseasAttempt); n != 1 {
		t.Errorf("the owner was told %d times", n)
	}
	denied := 0
	for _, e := range w.events("kim") {
		if e.Type == activity.SignInDenied {
			denied++
			if r := alerts.Reasons(e); len(r) == 0 || r[0].Key != alerts.ReasonOverseas {
				t.Errorf("recorded for %v", r)
			}
		}
	}
	if denied == 0 {
		t.Error("nothing was recorded")
	}
}

// Every way in passes the rules: a factor, a sent code and a recovery no less
// than a password. A recovery is the way back in: it sets the rules aside for a
// day, in which more proof is asked for.
func TestPitfall04EveryWayInPassesTheRules(t *testing.T) {
	w := newPlacedWorld(t, func(cfg *accountsec.Config) { cfg.SignIns.Home = []string{"KR"} })
	ctx := t.Context()
	code, _ := w.authenticator("kim")
	known := home
	known.DeviceID = "" // asked for the factor each time
	p := w.signIn("kim", known).Pending
	w.ok(w.guard.SetRules(ctx, "kim", goodPassword, alerts.Rules{BlockOverseas: true}, known))
	_, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, code(), abroad) // begun at home, ended abroad
	w.want(err, accountsec.ErrSignIn)

	w = newPlacedWorld(t, func(cfg *accountsec.Config) { cfg.SignIns.Home = []string{"KR"} })
	mine := w.settle("kim", 6)
	w.questions("kim")
	w.ok(w.guard.SetRules(ctx, "kim", goodPassword, alerts.Rules{KnownDevices: true}, mine))
	_, err = w.try("kim", goodPassword, home)
	w.want(err, accountsec.ErrSignIn)
	if n := w.count(alerts.SignInRefused); n != 1 {
		t.Errorf("told %d times", n)
	}
	w.clock.Add(time.Hour)
	_, step := w.recoverTo("kim", home)
	_, err = w.guard.FinishRecovery(ctx, step.Grant, otherPassword, home)
	w.ok(err)
	res, err := w.try("kim", otherPassword, home)
	w.ok(err)
	if res.Pending == nil || res.Pending.Factors[0].ID != accountsec.SentCode {
		t.Fatalf("after a recovery: %+v", res)
	}
	_, err = w.guard.FinishSignIn(ctx, res.Pending.Token, accountsec.SentCode, w.code(), home)
	w.ok(err)
	w.clock.Add(alerts.RulesPause)
	_, err = w.try("kim", otherPassword, home)
	w.want(err, accountsec.ErrSignIn) // in force again
}

// Rules that would refuse whoever sets them are not taken.
func TestRulesLockNobodyOut(t *testing.T) {
	w := newPlacedWorld(t, func(cfg *accountsec.Config) { cfg.SignIns.Home = []string{"KR"} })
	ctx := t.Context()
	known := w.settle("kim", 2)
	there := known
	there.IP = abroad.IP
	for name, c := range map[string]struct {
		rules alerts.Rules
		from  activity.Client
		want  error
	}{
		"overseas":        {alerts.Rules{BlockOverseas: true}, there, alerts.ErrLockout},
		"other countries": {alerts.Rules{Countries: []string{"JP"}}, known, alerts.ErrLockout},
		"unknown device":  {alerts.Rules{KnownDevices: true}, home, alerts.ErrLockout},
		"no country":      {alerts.Rules{Countries: []string{"kr"}}, known, alerts.ErrRules},
		"twice":           {alerts.Rules{Countries: []string{"KR", "KR"}}, known, alerts.ErrRules},
		"too many":        {alerts.Rules{Countries: make([]string, 33)}, known, alerts.ErrRules},
		"good":            {alerts.Rules{BlockOverseas: true, KnownDevices: true, Countries: []string{"KR", "US"}}, known, nil},
	} {
		if err := w.guard.SetRules(ctx, "kim", goodPassword, c.rules, c.from); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	w.want(w.guard.SetRules(ctx, "kim", "wrong", alerts.Rules{}, known), accountsec.ErrSignIn)
	if n := w.count(alerts.SettingsChanged); n != 1 {
		t.Errorf("told %d times", n)
	}
	got, err := w.guard.Alerts().Rules(ctx, "kim")
	if err != nil || !got.KnownDevices || !got.BlockOverseas || len(got.Countries) != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	w = newPlacedWorld(t, nil)
	if err := w.guard.SetRules(ctx, "kim", goodPassword, alerts.Rules{BlockOverseas: true}, w.knownDevice("kim", home)); !errors.Is(err, alerts.ErrRules) {
		t.Errorf("overseas without a home: %v", err)
	}
}

// Pitfall 16: one who has the password alone makes nothing familiar, however
// often he tries, and wears no alarm out.
func TestPitfall16ThePasswordAloneTeachesNothing(t *testing.T) {
	w := newPlacedWorld(t, nil)
	w.settle("kim", 6)
	for range 8 {
		res, err := w.try("kim", goodPassword, abroad)
		var throttled *accountsec.ThrottledError
		if !errors.As(err, &throttled) && (err != nil || res.Pending == nil) {
			t.Fatalf("got %+v, %v", res, err)
		}
		w.clock.Add(30 * time.Minute)
	}
	w.clock.Add(24 * time.Hour)
	if res := w.signIn("kim", abroad); res.Pending == nil {
		t.Error("the thief became familiar")
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

// A wave of stuffing is seen by its networks; whom it hits is asked for more,
// at home too, and the owner on a known device is not.
func TestPitfall08StuffingIsSeen(t *testing.T) {
	w := newPlacedWorld(t, nil)
	ctx := t.Context()
	mine := w.settle("kim", 6)
	w.settle("lee", 2)
	thief := func(i int) activity.Client {
		return activity.Client{IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(i%200 + 20)}), UserAgent: "curl"}
	}
	for i := range 60 {
		if i%10 == 5 { // an account of his own, to look like people
			w.clock.Add(time.Second)
			if _, err := w.try("lee", goodPassword, thief(i)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.guard.SignIn(ctx, fmt.Sprintf("customer-%d@customer.example", i), "password1", thief(i))
		w.want(err, accountsec.ErrSignIn)
	}
	res, err := w.try("kim", goodPassword, thief(61))
	w.ok(err)
	if res.Pending == nil {
		t.Fatalf("the hit is let in: %+v", res.Grant.Assessment)
	}
	if res := w.signIn("kim", mine); res.Grant == nil {
		t.Error("the owner on the same network is asked for more")
	}
	_, err = w.guard.FinishSignIn(ctx, res.Pending.Token, accountsec.SentCode, w.code(), thief(61))
	w.ok(err)
	if w.count(alerts.StuffingHit) != 1 {
		t.Error("the hit is not told as what it is")
	}
	w.clock.Add(2 * time.Hour)
	if res := w.signIn("kim", home); res.Grant == nil {
		t.Error("the network is suspect for ever")
	}
}

func TestPolicies(t *testing.T) {
	prefix := netip.MustParsePrefix
	for name, c := range map[string]struct {
		policy alerts.Policy
		want   string
		counts alerts.Counts
	}{
		"default":       {alerts.Policy{}, "pending", alerts.Counts{Challenge: 1}},
		"report only":   {alerts.Policy{ReportOnly: true}, "grant", alerts.Counts{Challenge: 1}},
		"only notices":  {alerts.Policy{Decisions: alerts.Decisions{Notice: 1, High: 1, Severe: 1}}, "grant", alerts.Counts{Notify: 1}},
		"deny":          {alerts.Policy{Decisions: alerts.Decisions{High: alerts.ActionDeny, Severe: alerts.ActionDeny}}, "refused", alerts.Counts{Deny: 1}},
		"denied net":    {alerts.Policy{Deny: []netip.Prefix{prefix("::ffff:198.51.100.0/120")}}, "refused", alerts.Counts{Deny: 1}},
		"allowed net":   {alerts.Policy{Allow: []netip.Prefix{prefix("198.51.100.0/24")}}, "grant", alerts.Counts{Allow: 1}},
		"both":          {alerts.Policy{Allow: []netip.Prefix{prefix("0.0.0.0/0")}, Deny: []netip.Prefix{prefix("198.51.100.66/32")}}, "refused", alerts.Counts{Deny: 1}},
		"another's net": {alerts.Policy{Deny: []netip.Prefix{prefix("198.51.100.128/25")}}, "pending", alerts.Counts{Challenge: 1}},
	} {
		w := newPlacedWorld(t, nil)
		w.settle("kim", 6)
		w.config.SignIns = c.policy
		var err error
		w.guard, err = accountsec.New(w.config)
		w.ok(err)
		mapped := abroad
		mapped.IP = netip.AddrFrom16(abroad.IP.As16()) // ::ffff:198.51.100.66
		res, err := w.try("kim", goodPassword, mapped)
		got := "refused"
		switch {
		case err == nil && res.Grant != nil:
			got = "grant"
		case err == nil:
			got = "pending"
		case !errors.Is(err, accountsec.ErrSignIn):
			got = err.Error()
		}
		if counts := w.guard.Alerts().Counts(); got != c.want || counts != c.counts {
			t.Errorf("%s: %s, %+v; want %s, %+v", name, got, counts, c.want, c.counts)
		}
	}
	for name, p := range map[string]alerts.Policy{
		"falling": {Decisions: alerts.Decisions{Notice: alerts.ActionDeny}}, "too much": {Decisions: alerts.Decisions{Severe: 4}},
		"silent": {Decisions: alerts.Decisions{Notice: -1}}, "no country": {Home: []string{"Korea"}}, "no prefix": {Deny: []netip.Prefix{{}}},
	} {
		w := newWorld(t)
		w.config.SignIns = p
		if _, err := accountsec.New(w.config); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// "This was me" silences and teaches, if it is said where a thief cannot.
func TestConfirm(t *testing.T) {
	w := newPlacedWorld(t, func(cfg *accountsec.Config) { cfg.SignIns.Decisions = alerts.Decisions{High: 1, Severe: 1} })
	ctx := t.Context()
	mine := w.settle("kim", 6)
	there := w.withDevice("kim", abroad)
	id := w.newest("kim", activity.SignInSucceeded).ID
	stranger := home
	for name, c := range map[string]activity.Client{"itself": there, "no device": stranger} {
		if err := w.guard.Confirm(ctx, "kim", "kim", id, c); !errors.Is(err, accountsec.ErrConfirm) {
			t.Errorf("said by %s: %v", name, err)
		}
	}
	w.want(w.guard.Confirm(ctx, "lee", "kim", id, mine), activity.ErrNotOwner)
	w.want(w.guard.Confirm(ctx, "kim", "kim", "nonsense", mine), activity.ErrNotFound)
	w.clock.Add(25 * time.Hour) // the cool-down is over
	for range 2 {
		w.ok(w.guard.Confirm(ctx, "kim", "kim", id, mine))
	}
	confirmed := 0
	for _, e := range w.events("kim") {
		if e.Type == activity.EventConfirmed && e.Detail[activity.DetailEvent] == id {
			confirmed++
		}
	}
	before := w.count(alerts.NewCountry) + w.count(alerts.NewDevice) + w.count(alerts.ImpossibleTravel)
	w.signIn("kim", abroad) // another device, alike
	if after := w.count(alerts.NewCountry) + w.count(alerts.NewDevice) + w.count(alerts.ImpossibleTravel); after != before || confirmed != 1 {
		t.Errorf("recorded %d times; told %d times before and %d after the owner said so", confirmed, before, after)
	}
}

// What was refused and is confirmed becomes familiar.
func TestConfirmTeaches(t *testing.T) {
	w := newPlacedWorld(t, nil)
	ctx := t.Context()
	mine := w.settle("kim", 6)
	if w.signIn("kim", abroad).Pending == nil {
		t.Fatal("not asked")
	}
	challenged := w.newest("kim", activity.SignInChallenged)
	w.ok(w.guard.Confirm(ctx, "kim", "kim", challenged.ID, mine))
	res := w.signIn("kim", abroad)
	reasons := ""
	if res.Grant != nil {
		for _, r := range res.Grant.Assessment.Reasons {
			reasons += r.Key + " "
		}
	}
	if res.Grant == nil || strings.Contains(reasons, "new_country") {
		t.Errorf("still unfamiliar: %+v %s", res, reasons)
	}
}

// "This wasn't me" takes back what the thief's sign-ins taught.
func TestDisownUnlearns(t *testing.T) {
	w := newPlacedWorld(t, func(cfg *accountsec.Config) { cfg.SignIns.Decisions = alerts.Decisions{High: 1, Severe: 1} })
	mine := w.settle("kim", 6)
	thief := w.withDevice("kim", abroad)
	for range 5 { // makes himself at home
		w.clock.Add(time.Hour)
		w.signIn("kim", thief)
	}
	look := func() alerts.Assessment {
		a, err := w.guard.Alerts().Assess(t.Context(), alerts.Attempt{Account: "kim", Client: abroad, Location: must(atlas{}.Locate(abroad.IP)), At: w.clock.Now()})
		w.ok(err)
		return a
	}
	before := look()
	id := w.newest("kim", activity.SignInSucceeded).ID
	_, err := w.guard.Disown(t.Context(), "kim", "kim", id, mine)
	w.ok(err)
	after := look()
	known, err := w.guard.Alerts().KnownDevice(t.Context(), "kim", thief.DeviceID)
	w.ok(err)
	if known || after.Score <= before.Score+2 || !slices.ContainsFunc(after.Reasons, func(r alerts.Reason) bool { return r.Key == "new_country" }) {
		t.Errorf("the thief's device is known: %v; the score was %v and is %v: %+v", known, before.Score, after.Score, after.Reasons)
	}
	if known, err := w.guard.Alerts().KnownDevice(t.Context(), "kim", mine.DeviceID); err != nil || !known {
		t.Errorf("the owner's device is known: %v, %v", known, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (w *world) newest(account string, typ activity.Type) activity.Event {
	w.Helper()
	events := w.events(account)
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Type == typ {
			return events[i]
		}
	}
	w.Fatalf("no %s", typ)
	return activity.Event{}
}

// The device cookie is signed; one of before there were signatures is known
// where it was, and is replaced; one that nobody was given is never learned.
func TestDeviceCookieSigned(t *testing.T) {
	w := newPlacedWorld(t, nil)
	ctx := t.Context()
	client := func(value string) activity.Client {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: accountsec.DeviceCookie, Value: value})
		c := home
		c.DeviceID = w.guard.Client(r).DeviceID
		return c
	}
	first := w.signIn("kim", home).Grant.DeviceCookie
	token, signature, signed := strings.Cut(first.Value, ".")
	if !signed || client(first.Value).DeviceID == "" || client(first.Value).DeviceID == client(token).DeviceID {
		t.Fatalf("the cookie is %q", first.Value)
	}
	other := string(secret.NewToken())
	for _, forged := range []string{other + "." + signature, token + ".", token + "." + signature[:42] + "A", token + "." + signature + "A", first.Value + ".x", "." + signature} {
		if id := client(forged).DeviceID; id != "" && forged != first.Value {
			t.Errorf("%q is a device: %s", forged, id)
		}
	}
	w.config.Secret = slices.Repeat([]byte{8}, 32)
	stranger, err := accountsec.New(w.config)
	w.ok(err)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(first)
	if id := stranger.Client(r).DeviceID; id != "" {
		t.Errorf("signed under another secret: %s", id)
	}

	old := client(string(secret.NewToken())) // of before there were signatures
	w.ok(w.guard.Alerts().Learn(ctx, alerts.Attempt{Account: "kim", Client: old, At: w.clock.Now()}))
	res := w.signIn("kim", old)
	if res.Grant == nil || !res.Grant.Assessment.KnownDevice || res.Grant.DeviceCookie == nil {
		t.Fatalf("the owner's old cookie: %+v", res.Grant)
	}
	now := client(res.Grant.DeviceCookie.Value)
	for name, c := range map[string]activity.Client{"new": now, "old": old} {
		if known, err := w.guard.Alerts().KnownDevice(ctx, "kim", c.DeviceID); err != nil || !known {
			t.Errorf("the %s id is known: %v, %v", name, known, err)
		}
	}
	if res := w.signIn("kim", now); res.Grant.DeviceCookie != nil || len(res.Grant.Assessment.Reasons) != 0 {
		t.Errorf("the replaced cookie: %+v", res.Grant)
	}
	made := client(other)
	w.signIn("kim", made)
	if known, err := w.guard.Alerts().KnownDevice(ctx, "kim", made.DeviceID); err != nil || known {
		t.Errorf("an id that the visitor made up was learned: %v, %v", known, err)
	}
}

// What the shop knows of a network goes before what the table knows.
func TestNetworkOf(t *testing.T) {
	for kind, want := range map[risk.Network]string{risk.NetworkUnknown: "new_country", risk.NetworkVPN: "anonymous_network"} {
		w := newPlacedWorld(t, func(cfg *accountsec.Config) {
			cfg.NetworkOf = func(ip netip.Addr) risk.Network {
				if ip == abroad.IP {
					return kind
				}
				return risk.NetworkUnknown
			}
			cfg.SignIns.Decisions = alerts.Decisions{High: 1, Severe: 1}
		})
		w.settle("kim", 6)
		var keys []string
		for _, r := range w.signIn("kim", abroad).Grant.Assessment.Reasons {
			keys = append(keys, r.Key)
		}
		if !slices.Contains(keys, want) || len(keys) > 3 || slices.Contains(keys, "new_country") != (kind == risk.NetworkUnknown) {
			t.Errorf("%v: %v", kind, keys)
		}
	}
}

package accountsec_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

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

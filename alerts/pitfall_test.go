package alerts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// Pitfall 8: an attacker's failures raise no alarm about the owner on a known
// device, and an attacker's success in an account of his own, or the owner's,
// resets no count: what was guessed is still told.
func TestPitfall08SuccessResetsNothing(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	w.fail(6)
	if got := w.signIn(w.attempt("home", "KR")); got.Level != alerts.LevelLow {
		t.Errorf("the attacked owner at home is %v: %q", got.Level, keys(got))
	}
	if got := w.signIn(w.attempt("attacker", "KR")); sorted(got) != "guessing,new_device" || got.Level != alerts.LevelHigh {
		t.Errorf("the guesser after the owner's own success is %v: %q", got.Level, keys(got))
	}
}

// Pitfall 9: an account that does not exist costs the same statements, in the
// same order, in every call; its messages go nowhere.
func TestPitfall09ShadowAccountCostsTheSame(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	run := func(account string) (steps []string) {
		a := w.attempt("d", "KR")
		a.Account = account
		step := func(name string, err error) {
			w.ok(err)
			steps = append(steps, name+": "+strings.Join(w.store.take(), ", "))
		}
		for i := range 7 {
			step(fmt.Sprint("failure ", i), w.monitor.Observe(ctx, activity.Event{
				ID: activity.NewID(w.now), Account: account, Type: activity.SignInFailed, Outcome: activity.OutcomeFailure, At: w.now}))
		}
		_, err := w.monitor.KnownDevice(ctx, account, "d")
		step("known", err)
		_, err = w.monitor.Assess(ctx, a)
		step("assess", err)
		step("recovery", w.monitor.Observe(ctx, activity.Event{
			ID: activity.NewID(w.now), Account: account, Type: activity.RecoveryStarted, Outcome: activity.OutcomePending, At: w.now}))
		step("code", w.dispatcher.SendCode(ctx, code(account, "123456", w.now.Add(time.Minute))))
		return steps
	}
	known, shadow := run("kim"), run("~shadow")
	equal(t, "statements", shadow, known)
	if !slices.Contains(known, "code: Enqueue 1") || !slices.Contains(known, "failure 4: CountFailure, Tell, Preferences, Enqueue 2") ||
		!slices.Contains(known, "failure 5: CountFailure") {
		t.Errorf("the calls are not what is meant to be compared: %q", known)
	}
	w.deliver()
	for _, c := range []*channel{w.mail, w.sms} {
		for _, m := range c.got {
			if m.Recipient.Email != "kim@customer.example" {
				t.Errorf("%s went to %q", c.name, m.Recipient.Email)
			}
		}
	}
	rows, err := w.dispatcher.Deliveries(ctx, "~shadow")
	w.ok(err)
	for _, row := range rows {
		if row.State != alerts.Done || row.LastError != "" || row.Attempts != 1 {
			t.Errorf("the shadow's message is %v: %+v", row, row)
		}
	}
}

// Pitfall 13: a waiting code is sealed, bound to its row, wiped at its end, and
// printed by nothing.
func TestPitfall13Code(t *testing.T) {
	w := newWorld(t)
	const digits = "83019274"
	w.mail.fail = func(m alerts.Message) error {
		return fmt.Errorf("no luck with %s for %s", m.Code, m.Recipient.Email)
	}
	w.ok(w.dispatcher.SendCode(t.Context(), code("kim", digits, w.now.Add(10*time.Minute))))
	rows, err := w.store.Lease(t.Context(), "", "t", w.now, w.now, 10)
	w.ok(err)
	if len(rows) != 1 || strings.Contains(string(rows[0].Payload), digits) {
		t.Fatalf("the outbox holds the code: %q", rows[0].Payload)
	}
	w.now = w.now.Add(time.Microsecond)
	w.deliver()
	rows, err = w.dispatcher.Deliveries(t.Context(), "kim")
	w.ok(err)
	if strings.Contains(rows[0].LastError, digits) || strings.Contains(rows[0].LastError, "customer.example") || rows[0].LastError == "" {
		t.Errorf("the row says %q", rows[0].LastError)
	}
	w.mail.fail = nil
	w.now = rows[0].DueAt
	w.deliver()
	if len(w.mail.got) != 1 || w.mail.got[0].Code != digits {
		t.Fatalf("delivered %v", w.mail.got)
	}
	m := w.mail.got[0]
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{m, m.Recipient, rows[0]} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, digits) || strings.Contains(s, "customer.example") {
				t.Errorf("%s prints %s", verb, s)
			}
		}
	}
	if logs := w.logs.String(); strings.Contains(logs, digits) || strings.Contains(logs, "customer.example") || !strings.Contains(logs, "tried again") {
		t.Errorf("the log: %s", logs)
	}
}

// Pitfall 15: which event is told to whom, failures included, is a fixed list.
func TestPitfall15GoldenAlerts(t *testing.T) {
	want := map[activity.Type]alerts.Kind{
		activity.PasswordChanged: alerts.PasswordChanged, activity.PasswordSet: alerts.PasswordChanged,
		activity.FactorEnrolled: alerts.FactorEnrolled, activity.FactorRemoved: alerts.FactorRemoved,
		activity.RecoveryCodeUsed: alerts.RecoveryCodeUsed, activity.RecoveryCodesMade: alerts.RecoveryCodesMade, activity.AnswersSet: alerts.AnswersSet,
		activity.RecoveryStarted: alerts.RecoveryStarted, activity.RecoveryCompleted: alerts.RecoveryCompleted,
		activity.RecoveryCancelled: alerts.RecoveryCancelled,
		activity.ProfileChanged:    alerts.ProfileChanged, activity.AlertSettingsChanged: alerts.SettingsChanged,
		activity.RecoveryFailed: alerts.RecoveryAttempted, activity.DeviceTrusted: alerts.DeviceTrusted,
		activity.EventDisowned: alerts.Disowned, activity.DataExported: alerts.DataExported,
	}
	all := []activity.Type{
		activity.SignInSucceeded, activity.SignInFailed, activity.SignInDenied, activity.SignInChallenged, activity.SecondFactorFailed,
		activity.SignedOut, activity.PasswordSet, activity.PasswordChanged, activity.PasswordFailed, activity.ProfileChanged,
		activity.FactorEnrollStarted, activity.FactorEnrolled, activity.FactorRemoved, activity.FactorRenamed, activity.RecoveryCodesMade,
		activity.RecoveryCodeUsed, activity.FactorVerified, activity.FactorFailed, activity.AnswersSet, activity.RecoveryStarted,
		activity.RecoveryChannelProved, activity.RecoveryChannelFailed, activity.RecoveryAnswered, activity.RecoveryFailed,
		activity.RecoveryCompleted, activity.AlertSettingsChanged, activity.OrderPlaced, activity.OrderCancelled, activity.OrderRefunded,
		activity.PaymentMade, activity.PaymentFailed, activity.AccountCreated, activity.AccountDeleted, "gift.sent",
		activity.DeviceTrusted, activity.DeviceDistrusted, activity.EventDisowned, activity.DataExported, activity.AddressBookChanged,
		activity.PayoutChanged, activity.SessionEnded, activity.SupportGranted, activity.SupportViewed, activity.RecoveryCancelled,
	}
	for _, typ := range all {
		w := newWorld(t)
		w.home(1)
		w.observe(activity.Event{Type: typ})
		var expect []alerts.Kind
		if kind, ok := want[typ]; ok {
			expect = []alerts.Kind{kind}
		}
		equal(t, string(typ), w.mailed(), expect)
		equal(t, string(typ)+" by text", w.sms.take(), expect)
	}
	// An attempt that failed changed nothing.
	w := newWorld(t)
	for _, typ := range all {
		w.observe(activity.Event{Type: typ, Outcome: activity.OutcomeFailure})
	}
	failures := w.mailed()
	slices.Sort(failures)
	equal(t, "failures", failures, []alerts.Kind{alerts.RecoveryAttempted, alerts.RecoveryStarted})
	w.observe(activity.Event{Type: activity.DeviceDistrusted, Outcome: activity.OutcomeDenied})
	equal(t, "a copied device", w.mailed(), []alerts.Kind{alerts.DeviceCopied})
	w.observe(activity.Event{Type: activity.RecoveryCodesMade, Detail: map[string]string{"method": "totp"}})
	equal(t, "codes that come with a first factor", w.mailed(), nil)
	// The first password of an account that nobody has used is nothing to tell.
	w = newWorld(t)
	w.observe(activity.Event{Type: activity.AccountCreated})
	w.observe(activity.Event{Type: activity.PasswordSet})
	equal(t, "sign-up", w.mailed(), nil)
}

// Pitfall 10: a passkey that may have been copied is told to its owner, whatever
// it was used for and whether it let in; from one place once, from another again.
func TestPitfall10CopiedPasskeyIsTold(t *testing.T) {
	odd := map[string]string{activity.DetailWarning: activity.WarningClone, "factor": "my key"}
	told := []alerts.Kind{alerts.PasskeyCopied}
	for _, typ := range []activity.Type{activity.SignInSucceeded, activity.SignInDenied, activity.FactorVerified} {
		w := newWorld(t)
		w.home(1)
		e := activity.Event{Type: typ, Detail: odd, Location: activity.Location{Country: "KR"}}
		w.observe(e)
		w.deliver()
		if list := w.mail.got; len(list) != 1 || list[0].Alert.Detail["factor"] != "my key" || list[0].Links.Mute != "" {
			t.Errorf("%s: %v", typ, list)
		}
		equal(t, string(typ), w.mailed(), told)
		equal(t, string(typ)+" by text", w.sms.take(), told)
		w.observe(e)
		equal(t, string(typ)+" again", w.mailed(), nil)
		e.Location.Country = "BR"
		w.observe(e)
		equal(t, string(typ)+" elsewhere", w.mailed(), told)
	}
	w := newWorld(t)
	for _, e := range []activity.Event{
		{Type: activity.FactorVerified, Detail: map[string]string{activity.DetailWarning: "dusty"}},
		{Type: "gift.sent", Detail: odd},
	} {
		w.observe(e)
	}
	equal(t, "what is no copy", w.mailed(), nil)
}

// Pitfall 15: every event is told, none overwrites another; the same event,
// observed again, is told once.
func TestPitfall15NothingIsSwallowed(t *testing.T) {
	w := newWorld(t)
	e := activity.Event{Type: activity.PasswordChanged, ID: activity.NewID(w.now)}
	w.observe(e)
	w.observe(e)
	equal(t, "one event twice", w.mailed(), []alerts.Kind{alerts.PasswordChanged})
	for range 3 {
		w.observe(activity.Event{Type: activity.PasswordChanged}) // within one instant
	}
	equal(t, "three events", w.mailed(), []alerts.Kind{alerts.PasswordChanged, alerts.PasswordChanged, alerts.PasswordChanged})
}

// Pitfall 16: alerts that cry wolf.
func TestPitfall16CriesNoWolf(t *testing.T) {
	t.Run("the first sign-in is the baseline", func(t *testing.T) {
		w := newWorld(t)
		w.home(1)
		equal(t, "mailed", w.mailed(), nil)
	})
	t.Run("repeats are told once a day", func(t *testing.T) {
		w := newWorld(t)
		w.home(60)
		for range 20 { // a browser that drops its cookies
			w.now = w.now.Add(time.Minute)
			w.signIn(w.attempt("fresh"+w.now.String(), "KR"))
		}
		equal(t, "first day", w.mailed(), []alerts.Kind{alerts.NewDevice})
		w.now = w.now.Add(24 * time.Hour)
		w.signIn(w.attempt("another", "KR"))
		equal(t, "second day", w.mailed(), []alerts.Kind{alerts.NewDevice})
	})
	t.Run("a burst is one message", func(t *testing.T) {
		w := newWorld(t)
		w.fail(4)
		equal(t, "four", w.mailed(), nil)
		w.fail(500)
		equal(t, "many", w.mailed(), []alerts.Kind{alerts.FailedBurst})
		w.now = w.now.Add(2 * time.Hour)
		w.fail(50)
		equal(t, "again that day", w.mailed(), nil)
		w.now = w.now.Add(24 * time.Hour)
		w.fail(4)
		equal(t, "four the next day", w.mailed(), nil)
		w.fail(1)
		equal(t, "five the next day", w.mailed(), []alerts.Kind{alerts.FailedBurst})
	})
	t.Run("unknown, private and relayed places", func(t *testing.T) {
		w := newWorld(t)
		w.home(5)
		for _, asn := range []uint{13335, 36183, 9009, 60068, 22351} {
			a := w.attempt("home", "US")
			a.Location.ASN = asn
			if got := w.signIn(a); got.Level != alerts.LevelLow || strings.Contains(keys(got), "country") {
				t.Errorf("AS%d alarms: %v %q", asn, got.Level, keys(got))
			}
		}
		if got := w.signIn(w.attempt("home", "")); keys(got) != "" {
			t.Errorf("no place alarms: %q", keys(got))
		}
		equal(t, "mailed", w.mailed(), nil)
		// None of it was learned as home.
		if got := w.signIn(w.attempt("home", "US")); !strings.Contains(keys(got), "new_country") {
			t.Errorf("the relays' country was learned: %q", keys(got))
		}
		equal(t, "mailed", w.mailed(), []alerts.Kind{alerts.NewCountry})
	})
	t.Run("a place that was never known cannot be left", func(t *testing.T) {
		w := newWorld(t)
		for range 5 {
			w.signIn(w.attempt("home", ""))
		}
		if got := w.signIn(w.attempt("home", "US")); got.Level != alerts.LevelLow {
			t.Errorf("alarms: %q", keys(got))
		}
	})
	t.Run("who keeps no cookies is told nothing after a while", func(t *testing.T) {
		w := newWorld(t)
		var last alerts.Assessment
		for range 12 {
			w.now = w.now.Add(10 * 24 * time.Hour)
			last = w.signIn(w.attempt("", "KR"))
		}
		if kinds := w.mailed(); last.Level != alerts.LevelLow || len(kinds) > 2 {
			t.Errorf("mailed %v; the last is %v", kinds, last.Level)
		}
	})
	t.Run("recoveries by anybody are told once a day", func(t *testing.T) {
		w := newWorld(t)
		for range 30 {
			w.observe(activity.Event{Type: activity.RecoveryStarted, Outcome: activity.OutcomePending})
		}
		equal(t, "mailed", w.mailed(), []alerts.Kind{alerts.RecoveryStarted})
	})
}

// Pitfall 16: only Learn teaches; neither an event nor an assessment does.
func TestPitfall16OnlyProvenSignInsTeach(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	a := w.attempt("attacker", "US")
	for range 10 {
		_, err := w.monitor.Assess(t.Context(), a)
		w.ok(err)
		w.observe(activity.Event{Type: activity.SignInChallenged, Outcome: activity.OutcomePending, Client: a.Client, Location: a.Location})
		w.observe(activity.Event{Type: activity.SignInSucceeded, Client: a.Client, Location: a.Location})
	}
	got, err := w.monitor.Assess(t.Context(), a)
	w.ok(err)
	if sorted(got) != "new_country,new_device" {
		t.Errorf("the attacker became familiar: %q", keys(got))
	}
}

// Guessed, then in: told as such, urgently, and not only as a new device.
func TestGuessedIn(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	w.fail(8)
	w.mailed()
	w.sms.take()
	w.signIn(w.attempt("attacker", "US"))
	w.deliver()
	if len(w.mail.got) != 1 {
		t.Fatalf("mailed %v", w.mail.got)
	}
	m := w.mail.got[0]
	i := slices.IndexFunc(m.Alert.Reasons, func(r alerts.Reason) bool { return r.Key == "guessing" })
	if m.Kind != alerts.GuessedIn || m.Alert.Severity != activity.Critical || len(m.Alert.Reasons) != 3 || i < 0 || m.Alert.Reasons[i].Args["seen"] != "8" {
		t.Errorf("got %+v", m.Alert)
	}
	if m.Alert.Client.DeviceID != "" || m.Alert.Client.SessionID != "" || m.Alert.Client.UserAgent != "" {
		t.Errorf("the message carries %+v", m.Alert.Client)
	}
}

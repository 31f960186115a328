package alerts_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

func TestAssess(t *testing.T) {
	for name, c := range map[string]struct {
		signIns         int
		device, country string
		failures        int
		level           alerts.Level
		reasons         string
	}{
		"first sign-in":                    {0, "new", "US", 0, alerts.LevelLow, ""},
		"first sign-in after a burst":      {0, "new", "US", 9, alerts.LevelLow, ""},
		"as always":                        {9, "home", "KR", 0, alerts.LevelLow, ""},
		"place unknown":                    {9, "home", "", 0, alerts.LevelLow, ""},
		"new device":                       {9, "new", "KR", 0, alerts.LevelNotice, "new_device"},
		"no device":                        {9, "", "KR", 0, alerts.LevelNotice, "new_device"},
		"new device, place unknown":        {9, "new", "", 0, alerts.LevelNotice, "new_device"},
		"known device abroad":              {9, "home", "US", 0, alerts.LevelNotice, "new_country"},
		"new device abroad":                {9, "new", "US", 0, alerts.LevelHigh, "new_device,new_country"},
		"new device abroad, short history": {3, "new", "US", 0, alerts.LevelNotice, "new_device,new_country"},
		"at the fourth sign-in known":      {4, "new", "US", 0, alerts.LevelHigh, "new_device,new_country"},
		"guessed":                          {9, "new", "KR", 5, alerts.LevelHigh, "new_device,guessing"},
		"guessed, short history":           {3, "new", "KR", 5, alerts.LevelNotice, "new_device,guessing"},
		"four failures are no burst":       {9, "new", "KR", 4, alerts.LevelNotice, "new_device"},
		"everything":                       {9, "new", "US", 12, alerts.LevelSevere, "new_device,guessing,new_country"},
		"the owner fumbled at home":        {9, "home", "KR", 12, alerts.LevelLow, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.home(c.signIns)
			w.fail(c.failures)
			got, err := w.monitor.Assess(t.Context(), w.attempt(c.device, c.country))
			w.ok(err)
			if got.Level != c.level && (c.level < alerts.LevelHigh || got.Level < c.level) || sorted(got) != sorted2(c.reasons) {
				t.Errorf("got %v (%v) for %q", got.Level, got.Score, keys(got))
			}
			if got.KnownDevice != (c.device == "home" && c.signIns > 0) {
				t.Errorf("the device is known: %v", got.KnownDevice)
			}
		})
	}
}

// sorted and sorted2 leave the order of weights to package risk.
func sorted(a alerts.Assessment) string { return sorted2(keys(a)) }

func sorted2(keys string) string {
	list := strings.Split(keys, ",")
	slices.Sort(list)
	return strings.Join(list, ",")
}

func TestReasonsNameTheirEvidence(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	w.fail(7)
	got, err := w.monitor.Assess(t.Context(), w.attempt("new", "US"))
	w.ok(err)
	var en, ko []string
	for _, r := range got.Reasons {
		en, ko = append(en, r.Text("en-GB")), append(ko, r.Text("ko-KR,ko;q=0.9"))
		if r.Args["weight"] == "" || r.Key == "new_country" && (r.Args["value"] != "US" || r.Args["of"] != "5") {
			t.Errorf("evidence %v", r)
		}
	}
	slices.Sort(en)
	equal(t, "en", en, []string{
		"7 attempts to sign in failed shortly before.",
		"The device (Chrome on Windows) had not been used to sign in to this account before.",
		"There was no earlier sign-in from this country: United States.",
	})
	for i, want := range []string{"미국", "7회", "Windows의 Chrome"} {
		if !strings.Contains(strings.Join(ko, "\n"), want) {
			t.Errorf("ko %d: %q", i, ko)
		}
	}
}

// What version 1 put into messages that still wait reads as before.
func TestReasonsOfVersion1(t *testing.T) {
	for want, r := range map[string]alerts.Reason{
		"The device (Chrome on Windows) had not been used to sign in to this account before.": {Key: "new_device", Args: map[string]string{"device": "Chrome on Windows", "known": "1"}},
		"There was no earlier sign-in from this country: United States.":                      {Key: "new_country", Args: map[string]string{"country": "US", "known": "KR"}},
		"7 attempts to sign in failed shortly before.":                                        {Key: "failed_burst", Args: map[string]string{"count": "7"}},
	} {
		if got := r.Text("en"); got != want {
			t.Errorf("%v: %q", r, got)
		}
	}
	got := alerts.Reasons(activity.Event{
		Detail:   map[string]string{"reasons": "new_device,new_country,failed_burst,nonsense", "failures": "8"},
		Location: activity.Location{Country: "US"}, Device: activity.Device{Name: "Chrome on Windows"},
	})
	if len(got) != 3 || got[0].Args["value"] != "Chrome on Windows" || got[1].Args["value"] != "US" || got[2].Args["seen"] != "8" {
		t.Errorf("got %v", got)
	}
}

// What an event keeps of an assessment gives the reasons back, evidence and all.
func TestReasonsRoundTrip(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	w.fail(7)
	a := w.attempt("new", "US")
	got, err := w.monitor.Assess(t.Context(), a)
	w.ok(err)
	detail := alerts.SignInDetail(got, "totp")
	for k, v := range detail {
		if len(v) > 512 {
			t.Errorf("%s has %d bytes", k, len(v))
		}
	}
	back := alerts.Reasons(activity.Event{Account: "kim", Device: a.Device, Location: a.Location, Detail: detail})
	if !reflect.DeepEqual(back, got.Reasons) || detail["method"] != "totp" || detail["level"] != got.Level.String() {
		t.Errorf("got  %v of %v\nwant %v", back, detail, got.Reasons)
	}
	// However long the evidence, the reasons stay.
	for i := range got.Reasons {
		got.Reasons[i].Args = map[string]string{"value": strings.Repeat("é", 100), "weight": "1.00"}
	}
	detail = alerts.SignInDetail(got, "")
	if len(detail["evidence"]) > 512 || len(alerts.Reasons(activity.Event{Detail: detail})) != len(got.Reasons) {
		t.Errorf("%v", detail)
	}
}

// More that is unusual never lowers the score.
func TestScoreIsMonotone(t *testing.T) {
	w := newWorld(t)
	w.home(9)
	last := math.Inf(-1)
	for _, step := range []func() alerts.Attempt{
		func() alerts.Attempt { return w.attempt("home", "KR") },
		func() alerts.Attempt { return w.attempt("new", "KR") },
		func() alerts.Attempt { return w.attempt("new", "US") },
		func() alerts.Attempt { w.fail(5); return w.attempt("new", "US") },
	} {
		got, err := w.monitor.Assess(t.Context(), step())
		w.ok(err)
		if got.Score <= last {
			t.Errorf("%q scores %v after %v", keys(got), got.Score, last)
		}
		last = got.Score
	}
}

func TestAssessChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	w.store.take()
	for range 3 {
		_, err := w.monitor.Assess(t.Context(), w.attempt("new", "US"))
		w.ok(err)
		known, err := w.monitor.KnownDevice(t.Context(), "kim", "new")
		w.ok(err)
		if known {
			t.Fatal("looking made the device known")
		}
	}
	equal(t, "calls", w.store.take(), []string{"Standing 3", "Profile", "Standing 3", "Profile", "Standing 3", "Profile"})
}

func TestKnownDevice(t *testing.T) {
	w := newWorld(t)
	w.home(1)
	for device, want := range map[string]bool{"home": true, "Home": false, "": false, "home ": false, "home\u200b": false, "other": false, strings.Repeat("x", 1<<20): false} {
		known, err := w.monitor.KnownDevice(t.Context(), "kim", device)
		w.ok(err)
		if known != want {
			t.Errorf("%.20q is known: %v", device, known)
		}
	}
	if known, err := w.monitor.KnownDevice(t.Context(), "lee", "home"); err != nil || known {
		t.Errorf("another account's device is known: %v, %v", known, err)
	}
}

func TestBadInput(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	good := w.attempt("d", "KR")
	for _, account := range []string{"", "nul\x00", "\xff", strings.Repeat("a", 1<<20), "a\nb", "a\u202eb"} {
		a := good
		a.Account = account
		_, err := w.monitor.Assess(ctx, a)
		w.want(err, alerts.ErrAttempt)
		w.want(w.monitor.Learn(ctx, a), alerts.ErrAttempt)
		w.want(w.dispatcher.SendCode(ctx, code(account, "123456", w.now.Add(time.Minute))), alerts.ErrAttempt)
		calls := map[string]error{
			"Observe":        w.monitor.Observe(ctx, activity.Event{Account: account, Type: activity.PasswordChanged}),
			"SetPreferences": w.monitor.SetPreferences(ctx, account, alerts.Preferences{}, activity.Client{}),
			"DeleteAccount":  w.monitor.DeleteAccount(ctx, account),
		}
		_, calls["KnownDevice"] = w.monitor.KnownDevice(ctx, account, "d")
		_, calls["Preferences"] = w.monitor.Preferences(ctx, account)
		_, calls["Deliveries"] = w.dispatcher.Deliveries(ctx, account)
		for name, err := range calls {
			if err == nil {
				t.Errorf("%s took the account %.20q", name, account)
			}
		}
	}
	a := good
	a.At = time.Time{}
	_, err := w.monitor.Assess(ctx, a)
	w.want(err, alerts.ErrAttempt)
	for _, text := range []string{"", "12 34", "a\nb", "1\x00", strings.Repeat("1", 65), "<b>", `"1"`, "\u202e1"} {
		err := w.dispatcher.SendCode(ctx, code("kim", text, w.now.Add(time.Minute)))
		w.want(err, alerts.ErrAttempt)
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error holds the code: %v", err)
		}
	}
	w.want(w.dispatcher.SendCode(ctx, code("kim", "123456", w.now)), alerts.ErrAttempt)
	// A country that is none is no place.
	for _, country := range []string{"kr", "KOR", "K", "😀", "K\x00"} {
		a := good
		a.Location.Country = country
		w.ok(w.monitor.Learn(ctx, a))
	}
	if got := w.signIn(w.attempt("d", "US")); strings.Contains(keys(got), "country") {
		t.Errorf("malformed countries were learned: %q", keys(got))
	}
}

func TestNewRefuses(t *testing.T) {
	store, queue := alerts.NewMemoryStore(), newWorld(t).dispatcher
	for name, cfg := range map[string]alerts.Config{
		"no queue": {}, "burst of one": {Queue: queue, Burst: 1}, "window": {Queue: queue, BurstWindow: time.Second},
		"keeps too short": {Queue: queue, Keep: time.Hour},
	} {
		if _, err := alerts.New(store, cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := alerts.New(nil, alerts.Config{Queue: queue}); err == nil {
		t.Error("no store: accepted")
	}
}

func TestPurgeAndDelete(t *testing.T) {
	w := newWorld(t)
	w.home(5)
	w.signIn(w.attempt("new", "US"))
	w.fail(5)
	w.deliver()
	w.now = w.now.Add(32 * 24 * time.Hour)
	n, err := w.monitor.Purge(t.Context())
	w.ok(err)
	if n != 9 { // two messages on two channels, a count of failures, two of devices, two topics
		t.Errorf("purged %d", n)
	}
	w.ok(w.monitor.DeleteAccount(t.Context(), "kim"))
	if got := w.signIn(w.attempt("new", "US")); keys(got) != "" {
		t.Errorf("the deleted profile still speaks: %q", keys(got))
	}
}

// After ForgetDevices only the device that was excepted is known.
func TestForgetDevices(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.ok(w.monitor.ForgetDevices(ctx, "kim", "home")) // nothing to forget
	w.home(5)
	w.ok(w.monitor.Learn(ctx, w.attempt("phone", "KR")))
	known := func(want map[string]bool) {
		t.Helper()
		for device, is := range want {
			got, err := w.monitor.KnownDevice(ctx, "kim", device)
			w.ok(err)
			if got != is {
				t.Errorf("%q is known: %v", device, got)
			}
		}
	}
	known(map[string]bool{"home": true, "phone": true, "": false})
	w.ok(w.monitor.ForgetDevices(ctx, "kim", "phone"))
	known(map[string]bool{"home": false, "phone": true, "": false})
	w.ok(w.monitor.ForgetDevices(ctx, "kim", ""))
	known(map[string]bool{"home": false, "phone": false, "": false})
	got, err := w.monitor.Assess(ctx, w.attempt("phone", "US"))
	w.ok(err)
	if sorted(got) != "new_country,new_device" {
		t.Errorf("got %q", keys(got))
	}
	if got, err = w.monitor.Assess(ctx, w.attempt("phone", "KR")); err != nil || keys(got) != "new_device" {
		t.Errorf("what else was known is gone: %q, %v", keys(got), err)
	}
}

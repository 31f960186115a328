package alerts_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/alerts"
)

// rebuilt is the monitor with another configuration over the same store.
func (w *world) rebuilt(change func(cfg *alerts.Config)) {
	w.Helper()
	cfg := alerts.Config{Queue: w.dispatcher, Recorder: w.events, Now: w.clock}
	change(&cfg)
	var err error
	w.monitor, err = alerts.New(w.store, cfg)
	w.ok(err)
	w.events.to = w.monitor
}

// A rule of the owner's is checked also where the place cannot be.
func TestRulesAndHiddenPlaces(t *testing.T) {
	w := newWorld(t)
	w.rebuilt(func(cfg *alerts.Config) { cfg.Policy.Home = []string{"KR"} })
	w.home(6)
	w.ok(w.monitor.SetRules(t.Context(), w.attempt("home", "KR"), alerts.Rules{BlockOverseas: true}))
	vpn := func(device string) alerts.Attempt {
		a := w.attempt(device, "KR")
		a.Location.ASN = 9009
		return a
	}
	for name, c := range map[string]struct {
		a      alerts.Attempt
		want   alerts.Action
		reason string
	}{
		"home":                  {w.attempt("home", "KR"), alerts.ActionAllow, ""},
		"new at home":           {w.attempt("new", "KR"), alerts.ActionNotify, "new_device"},
		"known abroad":          {w.attempt("home", "US"), alerts.ActionDeny, alerts.ReasonOverseas},
		"new abroad":            {w.attempt("new", "US"), alerts.ActionDeny, alerts.ReasonOverseas},
		"nowhere":               {w.attempt("new", ""), alerts.ActionChallenge, alerts.ReasonNowhere},
		"nowhere, known device": {w.attempt("home", ""), alerts.ActionAllow, ""},
		"a VPN at home":         {vpn("new"), alerts.ActionChallenge, alerts.ReasonNowhere},
	} {
		got := w.assess(c.a)
		if got.Action != c.want || c.reason != "" && (len(got.Reasons) == 0 || got.Reasons[0].Key != c.reason) {
			t.Errorf("%s: %v %q", name, got.Action, keys(got))
		}
	}
	// A damaged row locks nobody out.
	for _, junk := range []string{"\x00", `{"block_overseas":"yes"}`, strings.Repeat(" ", 5000), `[]`} {
		w.ok(w.store.PutRules(t.Context(), "kim", []byte(junk), w.now))
		if got := w.assess(w.attempt("home", "US")); got.Action == alerts.ActionDeny {
			t.Errorf("%.20q refuses", junk)
		}
	}
}

// Every reason that a rule gives has a sentence in both languages.
func TestRuleReasonsHaveTexts(t *testing.T) {
	var seen []string
	for _, key := range []string{alerts.ReasonOverseas, alerts.ReasonCountries, alerts.ReasonDevices, alerts.ReasonNetwork, alerts.ReasonNowhere} {
		for _, lang := range []string{"en", "ko"} {
			text := alerts.Reason{Key: key, Args: map[string]string{"value": "US"}}.Text(lang)
			if text == key || strings.ContainsAny(text, "{}") || slices.Contains(seen, text) {
				t.Errorf("%s in %s: %q", key, lang, text)
			}
			seen = append(seen, text)
		}
	}
}

package risk_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts/risk"
)

func limits(t *testing.T) risk.Limits {
	t.Helper()
	l, err := risk.NewLimits(risk.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func names(list []risk.Reason) string {
	var out []string
	for _, r := range list {
		out = append(out, r.Key)
	}
	return strings.Join(out, " ")
}

func TestAccountRates(t *testing.T) {
	l := limits(t)
	for name, c := range map[string]struct {
		counts risk.AccountCounts
		known  bool
		want   string
	}{
		"quiet":                   {risk.AccountCounts{}, false, ""},
		"four failures":           {risk.AccountCounts{Failures: 4}, false, ""},
		"five failures":           {risk.AccountCounts{Failures: 5}, false, "guessing"},
		"on the owner's device":   {risk.AccountCounts{Failures: 50, NewDevices: 9, Absence: 1000 * day}, true, ""},
		"two new devices":         {risk.AccountCounts{NewDevices: 2}, false, ""},
		"three new devices":       {risk.AccountCounts{NewDevices: 3}, false, "device_burst"},
		"away for 89 days":        {risk.AccountCounts{Absence: 90*day - time.Second}, false, ""},
		"away for 90 days":        {risk.AccountCounts{Absence: 90 * day}, false, "long_absence"},
		"everything":              {risk.AccountCounts{Failures: 9, NewDevices: 4, Absence: 400 * day}, false, "guessing device_burst long_absence"},
		"counts that went astray": {risk.AccountCounts{Failures: math.MinInt, NewDevices: -1, Absence: -1}, false, ""},
	} {
		if got := names(l.Account(c.counts, c.known)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSourceRates(t *testing.T) {
	l := limits(t)
	for name, c := range map[string]struct {
		counts risk.SourceCounts
		want   string
	}{
		"quiet":                     {risk.SourceCounts{}, ""},
		"a campus":                  {risk.SourceCounts{Attempts: 400, Successes: 300, Accounts: 250, Unknown: 4}, ""},
		"nineteen accounts":         {risk.SourceCounts{Attempts: 19, Accounts: 19}, ""},
		"twenty accounts":           {risk.SourceCounts{Attempts: 20, Accounts: 20, Successes: 1}, "stuffing"},
		"one in five gets in":       {risk.SourceCounts{Attempts: 100, Accounts: 90, Successes: 20}, ""},
		"ten, of breached ones":     {risk.SourceCounts{Attempts: 10, Accounts: 10, Breached: 5}, "stuffing"},
		"nine, of breached ones":    {risk.SourceCounts{Attempts: 9, Accounts: 9, Breached: 9}, ""},
		"one account, many guesses": {risk.SourceCounts{Attempts: 900, Accounts: 1}, ""},
		"a whole provider":          {risk.SourceCounts{System: true, Attempts: 1500, Accounts: 1500}, ""},
		"stuffing by a provider":    {risk.SourceCounts{System: true, Attempts: 9000, Accounts: 2000, Successes: 90}, "stuffing"},
		"names that do not exist":   {risk.SourceCounts{Attempts: 12, Accounts: 12, Unknown: 10}, "enumeration"},
		"few of many":               {risk.SourceCounts{Attempts: 300, Accounts: 300, Unknown: 20, Successes: 200}, ""},
		"both":                      {risk.SourceCounts{Attempts: 500, Accounts: 500, Unknown: 300, Successes: 2}, "stuffing enumeration"},
	} {
		if got := names(l.Source(c.counts)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestLimitsAreChecked(t *testing.T) {
	for _, l := range []risk.Limits{{Guesses: 1}, {Accounts: -1}, {Unknown: 1}, {NewDevices: 1}, {Success: 1}, {Success: -1}, {Success: math.NaN()}, {Absence: time.Hour}} {
		if _, err := risk.NewLimits(l); err == nil {
			t.Errorf("%+v: no error", l)
		}
	}
}

func TestAdd(t *testing.T) {
	m := newModel(t, risk.Config{})
	a := home()
	a.Client.DeviceID = "new"
	before := m.Score(known(m, 12), nil, a)
	more := limits(t).Account(risk.AccountCounts{Failures: 500}, false)
	more = append(more, limits(t).Source(risk.SourceCounts{Attempts: 1000, Accounts: 900})...)
	after := m.Add(before, more...)
	if after.Level <= before.Level || after.Score <= before.Score || len(after.Reasons) != len(before.Reasons)+2 || len(before.Reasons) != 1 {
		t.Errorf("%v (%v) after %v (%v): %v", after.Level, after.Score, before.Level, before.Score, after.Reasons)
	}
	for i := 1; i < len(after.Reasons); i++ {
		if after.Reasons[i].Weight > after.Reasons[i-1].Weight {
			t.Errorf("out of order: %v", after.Reasons)
		}
	}
	if got := m.Add(m.Score(nil, nil, a), more...); got.Level != risk.LevelLow {
		t.Errorf("the first sign-in is graded %v", got.Level)
	}
	if got := m.Add(m.Score(known(m, 3), nil, a), more...); got.Level != risk.LevelNotice {
		t.Errorf("the fourth sign-in is graded %v", got.Level)
	}
	if got := m.Add(before, risk.Reason{Key: "x", Weight: math.NaN()}); math.IsNaN(got.Score) || got.Reasons[0].Key != "x" || math.IsNaN(got.Reasons[0].Weight) {
		t.Errorf("NaN came through: %+v", got)
	}
}

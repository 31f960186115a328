package accountsec_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

// What the domains can be set to, the Guard can: it refuses what they refuse,
// and says which setting it is.
func TestSettingsOfTheDomains(t *testing.T) {
	w := newWorld(t)
	for want, change := range map[string]func(*accountsec.Config){
		"History 25":              func(c *accountsec.Config) { c.PasswordHistory = password.MaxHistory + 1 },
		"History -2":              func(c *accountsec.Config) { c.PasswordHistory = -2 },
		"ReportOnly":              func(c *accountsec.Config) { c.PolicyReportOnly = &password.Policy{MinLength: 9, MaxLength: 8} },
		"SessionLife":             func(c *accountsec.Config) { c.SessionLife = -1 },
		`unknown category "gift"`: func(c *accountsec.Config) { c.EventTypes = []activity.TypeInfo{giftSent} },
		"gift":                    func(c *accountsec.Config) { c.EventCategories = []activity.CategoryInfo{{Category: "gift"}} },
		"Required 3 <= Asked 2":   func(c *accountsec.Config) { c.Recovery.Required = 3 },
		"Asked 4 <= MinSet 3":     func(c *accountsec.Config) { c.Recovery.Asked = 4 },
		"MinSet 11":               func(c *accountsec.Config) { c.Recovery.MinSet = 11 },
	} {
		cfg := w.config
		change(&cfg)
		if _, err := accountsec.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

var giftSent = activity.TypeInfo{Type: "gift.sent", Category: "gift", Labels: map[string]string{"en": "Gift sent"}}

// And what is set has its effect.
func TestSettingsReachTheDomains(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.config.PasswordHistory = 1
	w.config.PolicyReportOnly = &password.Policy{MinLength: 100, MaxLength: 128}
	w.config.EventTypes = []activity.TypeInfo{giftSent}
	w.config.EventCategories = []activity.CategoryInfo{{Category: "gift", Labels: map[string]string{"en": "Gifts"}}}
	w.config.Retention.Categories = map[string]time.Duration{"gift": 48 * time.Hour}
	w.config.SessionLife = time.Hour
	w.config.Recovery.MinSet, w.config.Recovery.Asked, w.config.Recovery.Required = 4, 4, 3
	guard, err := accountsec.New(w.config)
	w.ok(err)

	for _, pw := range [][2]string{{goodPassword, otherPassword}, {otherPassword, goodPassword}} { // the default keeps three
		_, err := guard.ChangePassword(ctx, "kim", pw[0], pw[1], home)
		w.ok(err)
	}
	if got := guard.PasswordCounts(); got.New.Judged != 2 || got.New.Failing != 2 {
		t.Errorf("counted %+v", got)
	}
	at := home
	at.SessionID = "s-1"
	_, err = guard.SignIn(ctx, "kim@customer.example", goodPassword, at)
	w.ok(err)
	w.ok(guard.Log().Record(ctx, activity.Event{Account: "kim", Type: giftSent.Type, Outcome: activity.OutcomeSuccess}))
	sessions := func(want int) {
		t.Helper()
		got, err := guard.Log().Sessions(ctx, "kim", "kim", "")
		if err != nil || len(got) != want {
			t.Errorf("%d sessions, %v, want %d", len(got), err, want)
		}
	}
	sessions(1)
	w.clock.Add(time.Hour + time.Minute)
	sessions(0)

	answers := []recovery.Answer{{Question: "lost_object", Answer: "a tin whistle"}, {Question: "first_lie", Answer: "about the vase"}, {Question: "wrong_bus", Answer: "to the harbour"}}
	err = guard.SetAnswers(ctx, "kim", goodPassword, answers, home)
	if !errors.Is(err, recovery.ErrTooFew) || !strings.Contains(err.Error(), "3, at least 4") {
		t.Errorf("too few answers: %v", err)
	}
	for len(answers) < 11 {
		answers = append(answers, answers[0])
	}
	err = guard.SetAnswers(ctx, "kim", goodPassword, answers, home)
	if !errors.Is(err, recovery.ErrTooMany) || !strings.Contains(err.Error(), "11, at most 10") {
		t.Errorf("too many answers: %v", err)
	}
}

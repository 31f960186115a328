package sms_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
	"example.com/accountsec/internal/racing"
)

// Pitfall 11: numbers that are not sent to are refused before anybody is asked,
// and take nothing.
func TestPitfall11Numbers(t *testing.T) {
	premium := []string{"+82607001234", "+19005550123", "+449098790123"}
	for name, c := range map[string]struct {
		change  func(*sms.Config)
		taken   []string
		refused []string
	}{
		"home alone": {nil,
			[]string{phone},
			[]string{"+12125550123", "+18762101234", "+37120000000", "+881612345678", "+88213300655", "+82212345678", "+827012345678", "+82801234567"}},
		"named": {func(c *sms.Config) { c.Countries = []string{"US"} },
			[]string{"+12125550123"},
			[]string{phone, "+18762101234", "+14165550123", "+18005550123"}}, // Jamaica and Canada are behind +1, too
		"kinds": {func(c *sms.Config) {
			c.Countries, c.AllowFixedLine, c.AllowVoIP = []string{"KR", "GB", "US"}, true, true
		},
			[]string{phone, "+82212345678", "+827012345678", "+442071234567"},
			[]string{"+447700300000"}}, // Jersey
	} {
		n, k := notifier(t, c.change)
		for _, to := range append(c.refused, premium...) {
			var permanent *alerts.PermanentError
			if err := n.Notify(t.Context(), plain(alerts.SignInCode, "en", to)); !errors.As(err, &permanent) || k.n != 0 {
				t.Errorf("%s: %s: %v, %d messages", name, to, err, k.n)
			}
		}
		for i, to := range c.taken {
			if err := n.Notify(t.Context(), plain(alerts.SignInCode, "en", to)); err != nil || k.n != i+1 {
				t.Errorf("%s: %s: %v", name, to, err)
			}
		}
	}
	for name, change := range map[string]func(*sms.Config){
		"no country":        func(c *sms.Config) { c.Sender.Country = "" },
		"no counts":         func(c *sms.Config) { c.Counts = nil },
		"small letters":     func(c *sms.Config) { c.Countries = []string{"kr"} },
		"no such country":   func(c *sms.Config) { c.Countries = []string{"KR", "XX"} },
		"less than one":     func(c *sms.Config) { c.PerHour = 3 },
		"one country, less": func(c *sms.Config) { c.CountryPerHour = 1 },
		"negative":          func(c *sms.Config) { c.PerHour = -1 },
	} {
		cfg := config(&kept{})
		change(&cfg)
		if _, err := sms.New(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// Pitfall 11: what accounts without number set off in an hour is bounded, by
// country and in all, whichever process sends; home is served on, and alerts are
// when codes are pumped.
func TestPitfall11Pumping(t *testing.T) {
	clock := t0
	counts := alerts.NewMemoryStore()
	var sent []string
	open := func() *sms.Notifier {
		cfg := config(provide(func(to string) error { sent = append(sent, to); return nil }))
		cfg.Countries, cfg.PerHour, cfg.CountryPerHour = []string{"KR", "JM", "LV", "US"}, 200, 80
		cfg.Counts, cfg.Now = counts, func() time.Time { return clock }
		n, err := sms.New(cfg)
		fine(t, err)
		return n
	}
	var process *sms.Notifier
	pump := func(format string, n int) int {
		before := len(sent)
		for i := range n {
			if i%50 == 0 {
				process = open()
			}
			m := plain(alerts.SignInCode, "en", fmt.Sprintf(format, i))
			m.ID = fmt.Sprint("d-", format, i)
			err := process.Notify(t.Context(), m)
			var again *alerts.RetryError
			if err != nil && (!errors.As(err, &again) || again.After <= 0 || again.After > time.Hour) {
				t.Fatal(err)
			}
		}
		return len(sent) - before
	}
	for _, attack := range []struct {
		format string
		want   int
	}{{"+1876210%04d", 80}, {"+3712000%04d", 20}, {"+1212555%04d", 0}, {"+821012%06d", 80}} { // 100 abroad
		if got := pump(attack.format, 150); got != attack.want {
			t.Errorf("%s: %d messages, want %d", attack.format, got, attack.want)
		}
	}
	alarm := plain(alerts.PasswordChanged, "en", phone)
	if err := open().Notify(t.Context(), alarm); err != nil {
		t.Errorf("an alert while codes are pumped: %v", err)
	}
	clock = clock.Add(time.Hour - time.Second)
	if got := pump("+1876220%04d", 10); got != 0 {
		t.Errorf("%d messages before the hour is over", got)
	}
	clock = clock.Add(time.Second)
	if got := pump("+1876220%04d", 150); got != 80 {
		t.Errorf("%d messages in the next hour", got)
	}
}

// The budgets are in segments, and an announcement of the shop's own takes none.
func TestBudgetsCountSegments(t *testing.T) {
	sent := 0
	cfg := config(provide(func(string) error { sent++; return nil }))
	day := t0.AddDate(0, 0, 20)
	cfg.Sender.Change = &alerts.Change{Old: sender(), At: day}
	cfg.Sender.Brand, cfg.Links, cfg.PerHour, cfg.CountryPerHour = "새예시", true, 100, 10
	n, err := sms.New(cfg)
	fine(t, err)
	m := plain(alerts.PasswordChanged, "ko", phone)
	m.Links.NotMine = "https://shop.example/a/AbCdEfGhIjKlMnOpQrStUvWxYz012345" // makes it a long message
	for range 20 {
		n.Notify(t.Context(), m) //nolint:errcheck // counted below
	}
	if sent != 5 {
		t.Errorf("%d long messages from 10 segments", sent)
	}
	notice := alerts.Message{Kind: alerts.SenderChange, CreatedAt: t0, Recipient: alerts.Recipient{Phone: phone, Lang: "en"}}
	for range 20 {
		fine(t, n.Notify(t.Context(), notice))
	}
}

// What one budget refuses is not taken from another.
func TestBudgetGivesBack(t *testing.T) {
	sent, clock := 0, t0
	cfg := config(provide(func(string) error { sent++; return nil }))
	cfg.Countries, cfg.PerHour, cfg.CountryPerHour = []string{"JM", "LV"}, 20, 10
	cfg.Now = func() time.Time { return clock }
	n, err := sms.New(cfg)
	fine(t, err)
	for _, c := range []struct {
		after time.Duration
		to    string
		want  int
	}{{0, "+18762101234", 10}, {30 * time.Minute, "+37120000000", 10}, {time.Hour, "+37120000000", 20}} { // 10 abroad
		clock = t0.Add(c.after)
		for range 15 {
			n.Notify(t.Context(), plain(alerts.SignInCode, "en", c.to)) //nolint:errcheck // counted below
		}
		if sent != c.want {
			t.Errorf("after %v %d messages, want %d", c.after, sent, c.want)
		}
	}
}

// Of any number of callers no more are served than there is.
func TestBudgetRace(t *testing.T) {
	var sent atomic.Int64
	cfg := config(provide(func(string) error { sent.Add(1); return nil }))
	cfg.CountryPerHour = 10
	n, err := sms.New(cfg)
	fine(t, err)
	racing.Go(func(i int) {
		n.Notify(context.Background(), plain(alerts.SignInCode, "en", phone)) //nolint:errcheck // counted below
	})
	if sent.Load() > 10 {
		t.Errorf("%d messages from a budget of 10", sent.Load())
	}
	for range 20 { // callers who were refused gave back what they took
		n.Notify(context.Background(), plain(alerts.SignInCode, "en", phone)) //nolint:errcheck
	}
	if sent.Load() != 10 {
		t.Errorf("%d messages in the end", sent.Load())
	}
}

// A provider that is away costs nothing; counts that are refuse.
func TestBudgetAndFaults(t *testing.T) {
	s := serve(t, answer(403, `{}`))
	cfg := config(provider(t, makers[0], s.reach()))
	cfg.CountryPerHour = 2
	n, err := sms.New(cfg)
	fine(t, err)
	for range 5 {
		wants(t, n.Notify(t.Context(), plain(alerts.SignInCode, "en", phone)), false, true)
	}
	n, k := notifier(t, func(c *sms.Config) { c.Counts = broken{} })
	var permanent *alerts.PermanentError
	if err := n.Notify(t.Context(), plain(alerts.SignInCode, "en", phone)); !errors.Is(err, errBroken) || errors.As(err, &permanent) || k.n != 0 {
		t.Errorf("%v, %d messages", err, k.n)
	}
}

// Pitfall 11: a provider that takes messages and does not say so is not paid for
// every repetition.
func TestPitfall11Repetitions(t *testing.T) {
	sent, lost, stop := 0, errors.New("no answer"), func() {}
	n, err := sms.New(config(provide(func(string) error { sent++; stop(); return lost })))
	fine(t, err)
	q := newQueue(t, n)
	fine(t, q.SendCode(t.Context(), alerts.CodeMessage{Kind: alerts.SignInCode, Account: "kim", Code: "83019274", Expires: t0.Add(10 * time.Minute)}))
	var d alerts.Delivery
	for range 40 { // ten minutes
		d = q.deliver(t)
		q.now = q.now.Add(15 * time.Second)
	}
	if sent != 3 || d.State != alerts.Dead {
		t.Errorf("%d messages, then %v", sent, d.State)
	}

	// What surely was not sent is no repetition.
	sent = 0
	m := plain(alerts.SignInCode, "ko", phone)
	lost = unsent{}
	var permanent *alerts.PermanentError
	for range 10 {
		if err := n.Notify(t.Context(), m); !errors.Is(err, unsent{}) || errors.As(err, &permanent) {
			t.Fatal(err)
		}
	}
	lost = errors.New("no answer")
	for i := range 3 { // it is noted though the time is over
		ctx, cancel := context.WithCancel(t.Context())
		stop = cancel
		if err := n.Notify(ctx, m); errors.As(err, &permanent) != (i == 2) {
			t.Errorf("doubtful %d times: %v", i+1, err)
		}
		cancel()
	}
	if sent != 13 {
		t.Errorf("%d messages", sent)
	}
}

// provide is a provider of one function.
type provide func(to string) error

func (p provide) SendSMS(_ context.Context, to, _ string) error { return p(to) }

type unsent struct{}

func (unsent) Error() string { return "not sent" }
func (unsent) Unsent() bool  { return true }

var errBroken = errors.New("no store")

type broken struct{}

func (broken) CountRate(context.Context, alerts.Rate, time.Duration, time.Time) (alerts.Rate, error) {
	return alerts.Rate{}, errBroken
}

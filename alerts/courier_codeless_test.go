package alerts_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// idle is a notifier that does nothing.
type idle string

func (c idle) Channel() string                            { return string(c) }
func (idle) Notify(context.Context, alerts.Message) error { return nil }

type codeless struct{ idle }

func (codeless) Codeless() {}

// No code goes where whoever holds the device reads it.
func TestCodelessChannels(t *testing.T) {
	cfg := alerts.CourierConfig{
		Notifiers: []alerts.Notifier{codeless{"webpush"}, idle("email")}, Directory: directory{}, AEAD: secrettest.AEAD(),
	}
	c, err := alerts.NewCourier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.CodeChannels(); !slices.Equal(got, []string{"email"}) {
		t.Errorf("codes go by %v", got)
	}
	m := alerts.CodeMessage{Kind: alerts.SignInCode, Account: "kim", Channels: []string{"webpush"}, Code: "123456", Expires: time.Now().Add(time.Hour)}
	if _, err := c.PlanCode(m); !errors.Is(err, alerts.ErrNoChannel) {
		t.Errorf("a code by a channel that takes none: %v", err)
	}
	cfg.CodeChannels = []string{"webpush"}
	if _, err := alerts.NewCourier(cfg); err == nil {
		t.Error("CodeChannels with a channel that takes none: accepted")
	}
	cfg.Notifiers, cfg.CodeChannels = cfg.Notifiers[:1], nil
	if c, err = alerts.NewCourier(cfg); err != nil || len(c.CodeChannels()) != 0 {
		t.Errorf("with no other channel: %v, %v", c.CodeChannels(), err)
	}
}

package webpush_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/internal/secret/secrettest"
)

func TestConfig(t *testing.T) {
	keys, err := webpush.NewKeys()
	fine(t, err)
	others, err := webpush.NewKeys()
	fine(t, err)
	for name, c := range map[string]struct {
		spoil func(*webpush.Config)
		want  error
	}{
		"no sender":           {func(c *webpush.Config) { c.Sender = alerts.Sender{} }, alerts.ErrSender},
		"no keys":             {func(c *webpush.Config) { c.Keys = webpush.Keys{} }, webpush.ErrKeys},
		"half the keys":       {func(c *webpush.Config) { c.Keys.Public = "" }, webpush.ErrKeys},
		"keys that differ":    {func(c *webpush.Config) { c.Keys.Public = others.Public }, webpush.ErrKeys},
		"keys the wrong way":  {func(c *webpush.Config) { c.Keys.Public, c.Keys.Private = keys.Private, keys.Public }, webpush.ErrKeys},
		"a zero key":          {func(c *webpush.Config) { c.Keys.Private = strings.Repeat("A", 43) }, webpush.ErrKeys},
		"a key in base64":     {func(c *webpush.Config) { c.Keys.Private += "=" }, webpush.ErrKeys},
		"no AEAD":             {func(c *webpush.Config) { c.AEAD = nil }, nil},
		"a contact elsewhere": {func(c *webpush.Config) { c.Contact = "security@evil.example" }, alerts.ErrSender},
		"a person as contact": {func(c *webpush.Config) { c.Contact = "minji@shop.example" }, alerts.ErrSender},
		"a link elsewhere":    {func(c *webpush.Config) { c.Contact = "https://evil.example/" }, nil},
		"an icon elsewhere":   {func(c *webpush.Config) { c.Icon = "https://evil.example/i.png" }, nil},
		"an icon in clear":    {func(c *webpush.Config) { c.Icon = "http://shop.example/i.png" }, nil},
		"a negative time-out": {func(c *webpush.Config) { c.Timeout = -1 }, nil},
		"an address allowed":  {func(c *webpush.Config) { c.Services = []string{"10.0.0.1"} }, nil},
		"localhost allowed":   {func(c *webpush.Config) { c.Services = []string{"localhost"} }, nil},
		"a link as service":   {func(c *webpush.Config) { c.Services = []string{"https://push.host.com"} }, nil},

		"a star in the middle": {func(c *webpush.Config) { c.Services = []string{"push.*.com"} }, nil},
	} {
		cfg := webpush.Config{Sender: sender, Keys: keys, AEAD: secrettest.AEAD()}
		c.spoil(&cfg)
		_, err := webpush.New(webpush.NewMemoryStore(), cfg)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), keys.Private) {
			t.Errorf("%s: the error tells the key", name)
		}
	}
	cfg := webpush.Config{Sender: sender, Keys: keys, AEAD: secrettest.AEAD()}
	if _, err := webpush.New(nil, cfg); err == nil {
		t.Error("no store, no error")
	}
	n, err := webpush.New(webpush.NewMemoryStore(), cfg)
	fine(t, err)
	if n.Channel() != "webpush" || n.PublicKey() != keys.Public {
		t.Errorf("%s, %s", n.Channel(), n.PublicKey())
	}
	if text := fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg); strings.Contains(text, keys.Private) {
		t.Error("the configuration prints the key")
	}
	for name, c := range map[string]webpush.DevicesConfig{"no recorder": {}, "too many": {Recorder: &recorder{}, Max: 51}, "negative": {Recorder: &recorder{}, Max: -1}} {
		if _, err := webpush.NewDevices(n, c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := webpush.NewDevices(nil, webpush.DevicesConfig{Recorder: &recorder{}}); err == nil {
		t.Error("no notifier, no error")
	}
}

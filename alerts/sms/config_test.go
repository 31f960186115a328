package sms_test

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts/sms"
)

func TestBaseURL(t *testing.T) {
	each(t, func(t *testing.T, m maker) {
		for _, base := range []string{
			"http://api.example", "http://127.0.0.1.evil.test", "http://localhost:80", "http://0.0.0.0", "http://10.0.0.1", "ftp://127.0.0.1",
			"https://user:secret@api.example", "https://api.example/path", "https://api.example?x=1", "https://api.example#x", "https://", "api.example", "//api.example", "http://[::ffff:10.0.0.1]",
		} {
			if _, err := m.make(sms.HTTP{BaseURL: base}); err == nil {
				t.Errorf("%s is accepted", base)
			} else if strings.Contains(err.Error(), "secret") {
				t.Errorf("%v", err)
			}
		}
		for _, base := range []string{"", "https://api.example", "https://api.example/", "http://127.0.0.1:8080", "http://[::1]:80"} {
			if _, err := m.make(sms.HTTP{BaseURL: base}); err != nil {
				t.Errorf("%s: %v", base, err)
			}
		}
		if _, err := m.make(sms.HTTP{Timeout: -1}); err == nil {
			t.Error("a negative time-out is accepted")
		}
	})
}

func TestConfigs(t *testing.T) {
	twilio := sms.TwilioConfig{AccountSID: accountSID, Secret: "s", From: "+15005550006"}
	for name, change := range map[string]func(*sms.TwilioConfig){
		"no account":      func(c *sms.TwilioConfig) { c.AccountSID = "" },
		"path in account": func(c *sms.TwilioConfig) { c.AccountSID = "AC/../../x" },
		"key":             func(c *sms.TwilioConfig) { c.KeySID = "SK1:x" },
		"no secret":       func(c *sms.TwilioConfig) { c.Secret = "" },
		"no sender":       func(c *sms.TwilioConfig) { c.From = "" },
		"two senders":     func(c *sms.TwilioConfig) { c.MessagingServiceSID = serviceSID },
		"service":         func(c *sms.TwilioConfig) { c.From, c.MessagingServiceSID = "", "MG1" },
		"long name":       func(c *sms.TwilioConfig) { c.From = "ExampleShop1" },
		"digits":          func(c *sms.TwilioConfig) { c.From = "123456789" },
		"Hangul":          func(c *sms.TwilioConfig) { c.From = "예시샵" },
		"receipts http":   func(c *sms.TwilioConfig) { c.ReceiptURL = "http://shop.example/r" },
		"receipts query":  func(c *sms.TwilioConfig) { c.ReceiptURL = "https://shop.example/r?x=1" },
	} {
		c := twilio
		change(&c)
		if _, err := sms.NewTwilio(c); err == nil {
			t.Errorf("twilio: %s is accepted", name)
		}
	}
	for _, from := range []string{"+15005550006", "12345", "ExampleShop", "Shop 1"} {
		c := twilio
		c.From = from
		if _, err := sms.NewTwilio(c); err != nil {
			t.Errorf("%s: %v", from, err)
		}
	}
	for from, good := range map[string]bool{
		"02-930-2266": true, "029302266": true, "02-1234-5678": true, "031-123-4567": true, "010-1234-5678": true, "1588-0000": true, "070-1234-5678": true,
		"": false, "9302266": false, "+8229302266": false, "ExampleShop": false, "1588-00000": false, "0029302266": false, "02-930-2266,010": false, "02 930 2266": false,
	} {
		_, err1 := sms.NewSolapi(sms.SolapiConfig{APIKey: "k", APISecret: "s", From: from})
		_, err2 := sms.NewSENS(sms.SENSConfig{ServiceID: sensService, AccessKey: "k", SecretKey: "s", From: from})
		if (err1 == nil) != good || (err2 == nil) != good {
			t.Errorf("%q: %v, %v", from, err1, err2)
		}
	}
	for _, bad := range []string{"", "k, date=x", "k\r\nX: y", "키"} {
		if _, err := sms.NewSolapi(sms.SolapiConfig{APIKey: bad, APISecret: "s", From: "1588-0000"}); err == nil {
			t.Errorf("solapi: key %q is accepted", bad)
		}
		if _, err := sms.NewSENS(sms.SENSConfig{ServiceID: sensService, AccessKey: bad, SecretKey: "s", From: "1588-0000"}); err == nil {
			t.Errorf("sens: key %q is accepted", bad)
		}
	}
	for _, bad := range []string{"", "a/b", "../x", "a?b", "a b", "%2e"} {
		if _, err := sms.NewSENS(sms.SENSConfig{ServiceID: bad, AccessKey: "k", SecretKey: "s", From: "1588-0000"}); err == nil {
			t.Errorf("sens: service %q is accepted", bad)
		}
	}
	if _, err := sms.NewSolapi(sms.SolapiConfig{APIKey: "k", From: "1588-0000"}); err == nil {
		t.Error("solapi: no secret")
	}
	if _, err := sms.NewSENS(sms.SENSConfig{ServiceID: sensService, AccessKey: "k", From: "1588-0000"}); err == nil {
		t.Error("sens: no secret")
	}
}

// talker is a provider that prints its secret.
type talker struct{ secret string }

func (talker) SendSMS(context.Context, string, string) error { return nil }

// Pitfall 15: nothing prints or logs a secret.
func TestPitfall15Redacted(t *testing.T) {
	var out strings.Builder
	text, asJSON := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	show := func(v any) {
		for _, v := range []any{v, reflect.Indirect(reflect.ValueOf(v)).Interface()} {
			fmt.Fprintf(&out, "%v %+v %#v %s %q %x %d\n", v, v, v, v, v, v, v) //nolint:govet
			text.Info("x", "v", v)
			asJSON.Info("x", "v", v)
		}
	}
	show(&sms.Config{Provider: talker{twilioSecret}})
	show(&sms.TwilioConfig{Secret: twilioSecret})
	show(&sms.SolapiConfig{APISecret: solapiSecret})
	show(&sms.SENSConfig{SecretKey: sensSecret})
	show(&sms.TwilioReceiptsConfig{AuthToken: twilioSecret})
	receipts, err := sms.NewTwilioReceipts(sms.TwilioReceiptsConfig{
		AuthToken: twilioSecret, URL: "https://shop.example/r", OnReceipt: func(context.Context, string, bool) error { return nil },
	})
	fine(t, err)
	show(receipts)
	for _, m := range makers {
		p := provider(t, m, sms.HTTP{})
		show(p)
		n, err := sms.New(config(p))
		fine(t, err)
		show(n)
		if r, err := sms.WithReceipts(n, time.Minute); err == nil {
			show(r)
		}
	}
	leaksNothing(t, out.String())
	for _, s := range []string{fmt.Sprintf("%x", twilioSecret), fmt.Sprintf("%x", solapiSecret), fmt.Sprintf("%x", sensSecret)} {
		if strings.Contains(out.String(), s) {
			t.Error("a secret is printed in hex")
		}
	}
}

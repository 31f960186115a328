package sms_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

func TestExplain(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []struct {
		err    error
		ko, en string
	}{
		{sms.ErrNumber, "올바른 전화번호가 아닙니다.", "This is not a valid phone number."},
		{sms.ErrCountry, "이 국가의 번호로는 문자를 보내지 않습니다.", "We do not send text messages to numbers of this country."},
		{sms.ErrNumberType, "휴대전화 번호가 아닙니다.", "This is not a mobile number."},
		{sms.ErrEnrolled, "이미 등록된 번호입니다.", "This number is registered already."},
		{sms.ErrBusy, "지금은 문자를 보낼 수 없습니다. 잠시 후 다시 시도해 주세요.", "We cannot send a text message right now. Please try again in a moment."},
		{&sms.LimitError{RetryAfter: time.Hour, Paused: true}, "지금은 문자를 보낼 수 없습니다. 다른 방법을 이용해 주세요.", "Text messages are paused for now. Please use another method."},
		{&sms.LimitError{RetryAfter: 41*time.Second + 1}, "42초 후에 다시 요청해 주세요.", "Please wait 42 seconds before you ask for another message."},
		{&sms.LimitError{RetryAfter: 91 * time.Second}, "문자 요청이 너무 많습니다. 2분 후에 다시 시도해 주세요.", "Too many messages. Please try again in 2 minutes."},
		{mfa.ErrWrongCode, "", ""},
		{nil, "", ""},
	} {
		err := c.err
		if err != nil {
			err = fmt.Errorf("mfa: enrol sms: %w", err)
		}
		ko, en := sms.Explain("ko", err), sms.Explain("en", err)
		if ko != c.ko || en != c.en || ko != "" && seen[ko] {
			t.Errorf("%v: %q, %q", c.err, ko, en)
		}
		seen[ko] = true
	}
}

func TestConfig(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(c *sms.Config){
		"sender":            func(c *sms.Config) { c.Sender = nil },
		"key":               func(c *sms.Config) { c.Key = c.Key[:31] },
		"no brand":          func(c *sms.Config) { c.Brand = "" },
		"long brand":        func(c *sms.Config) { c.Brand = strings.Repeat("가", 21) },
		"two lines":         func(c *sms.Config) { c.Brand = "a\nb" },
		"brand with code":   func(c *sms.Config) { c.Brand = "shop 1234" },
		"brand with domain": func(c *sms.Config) { c.Brand = "@evil.example" },
		"brand with link":   func(c *sms.Config) { c.Brand = "http://x" },
		"no domain":         func(c *sms.Config) { c.Domain = "" },
		"URL":               func(c *sms.Config) { c.Domain = "https://shop.example" },
		"port":              func(c *sms.Config) { c.Domain = "shop.example:8080" },
		"upper case":        func(c *sms.Config) { c.Domain = "Shop.example" },
		"IDN":               func(c *sms.Config) { c.Domain = "가게.example" },
		"bare":              func(c *sms.Config) { c.Domain = "localhost" },
		"address":           func(c *sms.Config) { c.Domain = "192.0.2.1" },
		"code in domain":    func(c *sms.Config) { c.Domain = "shop.example #123456" },
		"long domain":       func(c *sms.Config) { c.Domain = strings.Repeat("a", 60) + ".example" },
		"no region":         func(c *sms.Config) { c.Region = "" },
		"lower region":      func(c *sms.Config) { c.Region = "kr" },
		"region":            func(c *sms.Config) { c.Region = "ZZ" },
		"country":           func(c *sms.Config) { c.Countries = []string{"KR", "ZZ"} },
		"no country":        func(c *sms.Config) { c.Countries = []string{""} },
		"world":             func(c *sms.Config) { c.Countries = []string{"001"} },
		"price":             func(c *sms.Config) { c.Prices = map[string]int64{"KR": 0} },
		"price's country":   func(c *sms.Config) { c.Prices = map[string]int64{"Korea": 1} },
		"dear":              func(c *sms.Config) { c.Prices = map[string]int64{"KR": 1 << 60} },
		"cap":               func(c *sms.Config) { c.SpendPerHour = -1 },
		"small cap":         func(c *sms.Config) { c.Prices, c.SpendPerDay = map[string]int64{"KR": 30}, 100 },
		"timeout":           func(c *sms.Config) { c.SendTimeout = -1 },
		"in flight":         func(c *sms.Config) { c.MaxInFlight = -1 },
		"resend":            func(c *sms.Config) { c.Limits.Resend = 2 * time.Hour },
		"rate":              func(c *sms.Config) { c.Limits.Network = sms.Rate{Hour: -1} },
		"day below hour":    func(c *sms.Config) { c.Limits.Country = sms.Rate{Hour: 10, Day: 5} },
	} {
		cfg := w.cfg
		change(&cfg)
		if m, err := sms.New(w.store, cfg); err == nil || m != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := sms.New(nil, w.cfg); err == nil {
		t.Error("no store: accepted")
	}
	cfg := w.cfg
	cfg.Limits = sms.Limits{Account: sms.Rate{Hour: 50}, Network: sms.Rate{Day: 3}}
	if _, err := sms.New(w.store, cfg); err != nil {
		t.Errorf("half a rate: %v", err)
	}
}

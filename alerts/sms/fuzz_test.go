package sms_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
)

var manyDigits = regexp.MustCompile(`[0-9]{6}`)

// FuzzAnswers: only a whole answer with a status of success is a yes, and no
// error quotes what may be a number or a code.
func FuzzAnswers(f *testing.F) {
	for _, m := range makers {
		f.Add(m.status, []byte(m.yes))
		f.Add(200, []byte(m.yes))
		f.Add(400, []byte(m.yes))
	}
	for _, s := range []string{
		`{"code":21211,"status":400}`, `{"code":1e309}`, `{"sid":"SM","status":"failed","error_code":821012345678}`, `{"failedMessageList":[{"statusCode":"01012345678"}]}`,
		`{"failedMessageList":[{"statusCode":1062}]}`, `{"statusCode":"-99999999999999999999","statusName":"fail"}`, `{"error":{"errorCode":"\u0000\r\n"}}`, `null`, `[[[`, `{"sid":null}`, "",
	} {
		f.Add(200, []byte(s))
		f.Add(500, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, m := range makers {
			err := sms.Judge(m.name, status, body)
			if err == nil {
				if status >= 300 || !json.Valid(body) {
					t.Errorf("%s: %d %q is a yes", m.name, status, body)
				}
				continue
			}
			var e *sms.SendError
			if !errors.As(err, &e) || len(e.Code) > 48 || manyDigits.MatchString(e.Code) || strings.ContainsAny(err.Error(), "\r\n\x00") {
				t.Errorf("%s: %d %q: %q", m.name, status, body, err)
			}
			if status >= 500 && e.Unsent() && !strings.Contains(string(body), "code") {
				t.Errorf("%s: %d is surely unsent", m.name, status)
			}
		}
	})
}

// FuzzRender: whatever comes in, the text is within its limit, is text, and says
// who sent it and what to do.
func FuzzRender(f *testing.F) {
	f.Add("Seoul", "Chrome on Windows", "Asia/Seoul", "KR", uint8(0), uint8(1), true, "new_device")
	f.Add("\n@evil.test #123456", strings.Repeat("가", 100), "\x00", "\xff", uint8(7), uint8(2), false, "{brand}")
	f.Add("Kraków", "x on y on z", "UTC", "PL", uint8(3), uint8(0), false, "payment_after_new_device")
	notifiers := map[int]*sms.Notifier{}
	for limit := 1; limit <= 3; limit++ {
		n, err := sms.New(sms.Config{Sender: sender(), Provider: &kept{}, Counts: alerts.NewMemoryStore(), MaxSegments: limit})
		if err != nil {
			f.Fatal(err)
		}
		notifiers[limit] = n
	}
	// With this brand nothing fits into one segment: every fact is there.
	long := strings.Repeat("가", 20)
	full, err := sms.New(sms.Config{
		Sender: alerts.Sender{Brand: long, Domain: "shop.example", From: "security@shop.example", Country: "KR"}, Provider: &kept{}, Counts: alerts.NewMemoryStore(), MaxSegments: 6,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, city, device, zone, country string, which, limit uint8, ko bool, kind string) {
		lang := "en"
		if ko {
			lang = "ko"
		}
		to := phone
		if which%2 == 1 {
			to = "+15005550006"
		}
		m := alert(alerts.Kind(kind), lang, to)
		m.Code, m.Recipient.TimeZone, m.Recipient.Name = "", zone, city
		m.Alert.At = t0.Add(time.Duration(which) * time.Hour)
		m.Alert.Location.City, m.Alert.Location.Country, m.Alert.Device.Name = city, country, device
		max := int(limit)%3 + 1
		check(t, notifiers[max], m, "예시샵", "shop.example", max)
		check(t, full, m, long, "shop.example", 6)
	})
}

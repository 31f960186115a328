package sms_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
)

// loopback stands in for a provider; leave the HTTP field out in production.
func loopback(status int, body string) (sms.HTTP, func()) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return sms.HTTP{BaseURL: s.URL, RootCAs: pool}, s.Close
}

func ExampleNewTwilio() {
	reach, stop := loopback(201, `{"sid":"SM0123456789abcdef0123456789abcdef","status":"queued"}`)
	defer stop()
	provider, err := sms.NewTwilio(sms.TwilioConfig{
		AccountSID: "AC0123456789abcdef0123456789abcdef", KeySID: "SK0123456789abcdef0123456789abcdef", Secret: "from the shop's secrets",
		From: "+15005550006",
		HTTP: reach, // for this example only
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(provider.SendSMS(context.Background(), "+821012345678", "[Example Shop] Password changed. Not you? Type shop.example"))
	// Output: <nil>
}

// A sender's number that is not registered is refused inside an answer of
// status 200, for good.
func ExampleNewSolapi() {
	reach, stop := loopback(200, `{"groupInfo":{"count":{"total":1,"registeredFailed":1,"registeredSuccess":0}},
		"failedMessageList":[{"statusCode":"1062","statusMessage":"발신번호가 등록되어 있지 않습니다."}]}`)
	defer stop()
	provider, err := sms.NewSolapi(sms.SolapiConfig{
		APIKey: "KEY", APISecret: "from the shop's secrets", From: "02-930-2266",
		HTTP: reach, // for this example only
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(provider.SendSMS(context.Background(), "+821012345678", "[예시샵] 비밀번호 변경. 본인이 아니면 shop.example 접속"))
	// Output: sms: solapi: refused, status 200, code 1062; not sent
}

func ExampleNewSENS() {
	reach, stop := loopback(202, `{"requestId":"RSSA-1","requestTime":"2026-11-23T14:05:00.000","statusCode":"202","statusName":"success"}`)
	defer stop()
	provider, err := sms.NewSENS(sms.SENSConfig{
		ServiceID: "ncp:sms:kr:123456789012:shop", AccessKey: "KEY", SecretKey: "from the shop's secrets", From: "1588-0000",
		HTTP: reach, // for this example only
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(provider.SendSMS(context.Background(), "+821012345678", "[예시샵] 비밀번호 변경. 본인이 아니면 shop.example 접속"))
	// Output: <nil>
}

// A provider of one's own is one method.
type console struct{}

func (console) SendSMS(_ context.Context, to, text string) error {
	fmt.Println(text)
	return nil
}

func ExampleNotifier() {
	n, err := sms.New(sms.Config{
		Sender:   alerts.Sender{Brand: "예시샵", Domain: "shop.example", From: "security@shop.example", Country: "KR"},
		Provider: console{},
		Counts:   alerts.NewMemoryStore(), // the monitor's store in production
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)
	for _, m := range []alerts.Message{
		{ID: "d-1", Kind: alerts.NewDevice, Alert: alerts.Alert{
			At: at, Location: activity.Location{Country: "KR", City: "Seoul"}, Device: activity.Device{Name: "Chrome on Windows"},
		}},
		{ID: "d-2", Kind: alerts.SignInCode, Code: "83019274", CreatedAt: at, ExpiresAt: at.Add(5 * time.Minute)},
	} {
		m.Recipient = alerts.Recipient{Phone: "+821012345678", Lang: "ko", TimeZone: "Asia/Seoul"}
		if err := n.Notify(context.Background(), m); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// [예시샵] 새 기기에서 로그인: 11/23 14:05. 본인이 아니면 shop.example 접속
	// [예시샵] 로그인 인증번호 83019274. 알려주지 마세요.
	// @shop.example #83019274
}

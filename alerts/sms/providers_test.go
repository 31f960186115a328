package sms_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"

	"example.com/accountsec/alerts/sms"
)

// The request is what Twilio's document shows, byte by byte.
func TestTwilioRequest(t *testing.T) {
	s := serve(t, answer(201, makers[0].yes))
	p := provider(t, makers[0], s.reach())
	fine(t, p.SendSMS(t.Context(), phone, text))
	r := s.last(t)
	// printf SK…:secret | base64, by node
	const basic = "Basic U0swMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjp0d2lsaW8tc2VjcmV0LW9mLXRoZS10ZXN0"
	if r.Method != "POST" || r.RequestURI != "/2010-04-01/Accounts/"+accountSID+"/Messages.json" ||
		r.Header.Get("Authorization") != basic || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("%s %s %v", r.Method, r.RequestURI, r.Header)
	}
	form, err := url.ParseQuery(r.body)
	fine(t, err)
	if len(form) != 3 || form.Get("To") != phone || form.Get("From") != "+15005550006" || form.Get("Body") != text {
		t.Errorf("form %v", form)
	}

	pool, err := sms.NewTwilio(sms.TwilioConfig{
		AccountSID: accountSID, Secret: twilioSecret, MessagingServiceSID: serviceSID,
		ReceiptURL: "https://shop.example/sms/receipts", HTTP: s.reach(),
	})
	fine(t, err)
	fine(t, pool.SendSMSWithID(t.Context(), "d/1&x=2", phone, text))
	r = s.last(t)
	form, err = url.ParseQuery(r.body)
	fine(t, err)
	if user, _, _ := r.BasicAuth(); user != accountSID {
		t.Errorf("user %s", user)
	}
	if form.Get("MessagingServiceSid") != serviceSID || form.Has("From") ||
		form.Get("StatusCallback") != "https://shop.example/sms/receipts?id=d%2F1%26x%3D2" {
		t.Errorf("form %v", form)
	}
}

// TestSolapiVector compares with openssl dgst -sha256 -hmac.
func TestSolapiVector(t *testing.T) {
	got := sms.SolapiSignature(solapiSecret, "2026-11-23T05:05:00Z", "0123456789abcdef0123456789abcdef")
	if want := "404e45b0627a67a8a5e0bd8c28ec9bb332f45606b46140cfcf20301bcb81af58"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

var solapiHeader = regexp.MustCompile(`^HMAC-SHA256 apiKey=([A-Z]+), date=([0-9TZ:-]+), salt=([0-9a-f]{12,64}), signature=([0-9a-f]{64})$`)

func TestSolapiRequest(t *testing.T) {
	s := serve(t, answer(200, makers[1].yes))
	p := provider(t, makers[1], s.reach()).(*sms.Solapi)
	salts := map[string]bool{}
	for range 3 {
		fine(t, p.SendSMSWithID(t.Context(), "d-1", phone, text))
		r := s.last(t)
		parts := solapiHeader.FindStringSubmatch(r.Header.Get("Authorization"))
		if parts == nil {
			t.Fatalf("Authorization: %q", r.Header.Get("Authorization"))
		}
		mac := hmac.New(sha256.New, []byte(solapiSecret))
		mac.Write([]byte(parts[2] + parts[3])) // date, then salt: not the salt alone
		if parts[4] != hex.EncodeToString(mac.Sum(nil)) || parts[1] != solapiKey || parts[2] != t0.Format(time.RFC3339) {
			t.Errorf("signed wrongly: %v", parts)
		}
		salts[parts[3]] = true
	}
	if len(salts) != 3 {
		t.Error("a salt was used twice: the signature would be refused")
	}
	r := s.last(t)
	if r.Method != "POST" || r.RequestURI != "/messages/v4/send-many/detail" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %v", r.Method, r.RequestURI, r.Header)
	}
	want := `{"messages":[{"to":"01012345678","from":"029302266","text":"` + text + `","type":"SMS","country":"82","customFields":{"id":"d-1"}}],"allowDuplicates":false}`
	if r.body != want {
		t.Errorf("got  %s\nwant %s", r.body, want)
	}
}

func TestSENSRequest(t *testing.T) {
	s := serve(t, answer(202, makers[2].yes))
	fine(t, provider(t, makers[2], s.reach()).SendSMS(t.Context(), phone, text))
	r := s.last(t)
	// printf 'POST /sms/v2/…\n1795410300000\nkey' | openssl dgst -sha256 -hmac … -binary | base64
	const signature = "HP2oVi4alm6eXZITuSTR+xBIgJJ0sczBaqw7vMcuB8Y="
	if r.Header.Get("x-ncp-apigw-signature-v2") != signature || r.Header.Get("x-ncp-apigw-timestamp") != "1795410300000" ||
		r.Header.Get("x-ncp-iam-access-key") != sensKey || r.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%v", r.Header)
	}
	// What is signed is what was asked for.
	mac := hmac.New(sha256.New, []byte(sensSecret))
	mac.Write([]byte(r.Method + " " + r.RequestURI + "\n1795410300000\n" + sensKey))
	if base64.StdEncoding.EncodeToString(mac.Sum(nil)) != signature {
		t.Errorf("signed %s %s", r.Method, r.RequestURI)
	}
	want := `{"type":"SMS","contentType":"COMM","countryCode":"82","from":"15880000","content":"` + text + `","messages":[{"to":"01012345678"}]}`
	if r.body != want {
		t.Errorf("got  %s\nwant %s", r.body, want)
	}
}

// Short and long messages part at 80 bytes of EUC-KR, where they are counted
// apart: 10 of 90 are the carrier's.
func TestKoreanLength(t *testing.T) {
	for _, m := range makers[1:] {
		s := serve(t, answer(m.status, m.yes))
		p := provider(t, m, s.reach())
		for _, c := range []struct{ to, text, want string }{
			{phone, strings.Repeat("가", 40), "SMS"}, {phone, strings.Repeat("가", 40) + "a", "LMS"},
			{phone, strings.Repeat("a", 80), "SMS"}, {phone, strings.Repeat("a", 81), "LMS"}, {phone, strings.Repeat("a", 90), "LMS"},
			{phone, strings.Repeat("가", 1000), "LMS"}, {"+15005550006", strings.Repeat("a", 91), "SMS"},
		} {
			fine(t, p.SendSMS(t.Context(), c.to, c.text))
			if got := s.last(t).body; !strings.Contains(got, `"type":"`+c.want+`"`) {
				t.Errorf("%s: %d bytes to %s are no %s", m.name, len(c.text), c.to, c.want)
			}
		}
		n := s.count()
		wants(t, p.SendSMS(t.Context(), phone, strings.Repeat("가", 1000)+"a"), true, true)
		if s.count() != n {
			t.Errorf("%s: the overlong text was sent", m.name)
		}
	}
}

// Numbers are divided where libphonenumber divides them.
func TestCountryCodes(t *testing.T) {
	s := serve(t, answer(202, makers[2].yes))
	p := provider(t, makers[2], s.reach())
	codes := phonenumbers.GetSupportedCallingCodes()
	if len(codes) < 200 {
		t.Fatalf("%d codes", len(codes))
	}
	for code := range codes {
		for _, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
			n := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
			if n == nil {
				continue
			}
			fine(t, p.SendSMS(t.Context(), phonenumbers.Format(n, phonenumbers.E164), "hello"))
			var got struct {
				CountryCode string
				Messages    []struct{ To string }
			}
			fine(t, json.Unmarshal([]byte(s.last(t).body), &got))
			want := phonenumbers.GetNationalSignificantNumber(n)
			if code == 82 {
				want = "0" + want
			}
			if got.CountryCode != strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+")[:len(got.CountryCode)] || got.Messages[0].To != want {
				t.Errorf("%s: %+v, want %d and %s", region, got, code, want)
			}
		}
	}
}

// What cannot be sent is refused before anybody is asked.
func TestUnsendable(t *testing.T) {
	each(t, func(t *testing.T, m maker) {
		s := serve(t, answer(m.status, m.yes))
		p := provider(t, m, s.reach())
		for _, to := range []string{
			"", "01012345678", "821012345678", "+82-10-1234-5678", "+8201012345678", "+0821012345678", "+82101234567890123", "+12345",
			"+82101234567８", "+821012345678\n", "+821012345678,+15005550006", "+821012345678 ", strings.Repeat("+1", 1<<16),
		} {
			wants(t, p.SendSMS(t.Context(), to, text), true, true)
		}
		for _, bad := range []string{"", "a\xff", strings.Repeat("a", 2001)} {
			wants(t, p.SendSMS(t.Context(), phone, bad), true, true)
		}
		if s.count() != 0 {
			t.Errorf("%d requests", s.count())
		}
	})
}

// What an answer means: the providers' own codes and statuses.
func TestAnswers(t *testing.T) {
	const permanent, temporary = true, false
	const unsent, unknown = true, false
	solapiFailed := func(code, message string) string {
		return `{"groupInfo":{"count":{"total":1,"registeredFailed":1,"registeredSuccess":0}},"failedMessageList":[{"to":"01012345678","statusCode":"` +
			code + `","statusMessage":"` + message + `"}]}`
	}
	for _, c := range []struct {
		provider          int
		status            int
		body              string
		permanent, unsent bool
		code              string
	}{
		{0, 400, `{"code":21211,"message":"The 'To' number +821012345678 is not a valid phone number.","status":400}`, permanent, unsent, "21211"},
		{0, 400, `{"code":21614,"status":400}`, permanent, unsent, "21614"},
		{0, 400, `{"code":21610,"status":400}`, permanent, unsent, "21610"},
		{0, 400, `{"code":21659,"status":400}`, permanent, unsent, "21659"}, // From is not the account's
		{0, 400, `{"code":99999,"status":400}`, permanent, unsent, "99999"},
		{0, 400, `{"code":21611,"status":400}`, temporary, unsent, "21611"}, // the queue is full
		{0, 429, `{"code":20429,"status":429}`, temporary, unsent, "20429"},
		{0, 401, `{"code":20003,"status":401}`, temporary, unsent, "20003"},
		{0, 404, `{"code":20404,"status":404}`, temporary, unsent, "20404"},
		{0, 500, `{"code":20500,"status":500}`, temporary, unknown, "20500"},
		{0, 200, `{"code":21211,"status":400}`, permanent, unsent, "21211"}, // an error with a status of success
		{0, 201, `{"sid":"SM1","status":"failed","error_code":30006}`, permanent, unsent, "30006"},
		{0, 201, `{"status":"queued"}`, temporary, unknown, ""},
		{0, 201, `[]`, temporary, unknown, ""},
		{0, 400, `{"code":821012345678}`, permanent, unsent, ""}, // that is no code
		{1, 200, solapiFailed("1062", "발신번호가 등록되어 있지 않습니다."), permanent, unsent, "1062"},
		{1, 200, solapiFailed("1011", "수신 번호 형식 오류"), permanent, unsent, "1011"},
		{1, 200, solapiFailed("1030", "잔액이 부족합니다"), temporary, unsent, "1030"},
		{1, 200, solapiFailed("01012345678", "모르는 오류"), temporary, unsent, ""},
		{1, 200, `{"errorCode":"ValidationError","errorMessage":"01012345678"}`, permanent, unsent, "ValidationError"},
		{1, 200, `{"groupInfo":{"count":{"registeredSuccess":0}},"failedMessageList":[]}`, temporary, unknown, ""},
		{1, 200, `{}`, temporary, unknown, ""},
		{1, 400, `{"errorCode":"ValidationError","errorMessage":"\"from\" 01012345678"}`, permanent, unsent, "ValidationError"},
		{1, 403, `{"errorCode":"SignatureDoesNotMatch","errorMessage":"x"}`, temporary, unsent, "SignatureDoesNotMatch"},
		{1, 500, `{"errorCode":"InternalError"}`, temporary, unknown, "InternalError"},
		{2, 200, makers[2].yes, temporary, unknown, ""}, // 202 is yes, nothing else
		{2, 202, `{"requestId":"R","statusCode":"400","statusName":"fail"}`, permanent, unsent, ""},
		{2, 202, `{"requestId":"R","statusCode":"500","statusName":"fail"}`, temporary, unknown, ""},
		{2, 202, `{"requestId":"R","statusCode":"202","statusName":"fail"}`, permanent, unsent, ""},
		{2, 202, `{"requestId":"","statusCode":"202","statusName":"success"}`, temporary, unknown, ""},
		{2, 400, `{"errors":["messages.to 01012345678"],"errorMessage":"Bad Request","statusCode":"400"}`, permanent, unsent, ""},
		{2, 401, `{"error":{"errorCode":"200","message":"Authentication Failed","details":"Invalid authentication information."}}`, temporary, unsent, "200"},
		{2, 403, `{}`, temporary, unsent, ""},
		{2, 404, `{}`, temporary, unsent, ""},
		{2, 500, `{}`, temporary, unknown, ""},
	} {
		m := makers[c.provider]
		s := serve(t, answer(c.status, c.body))
		err := provider(t, m, s.reach()).SendSMS(t.Context(), phone, text)
		if err == nil {
			t.Errorf("%s: %d %s is taken for a yes", m.name, c.status, c.body)
			continue
		}
		if e := wants(t, err, c.permanent, c.unsent); e.Code != c.code || e.Provider != m.name || e.Status == 0 {
			t.Errorf("%s: %d %s gives %+v", m.name, c.status, c.body, e)
		}
		if s.count() != 1 {
			t.Errorf("%s: %d requests", m.name, s.count())
		}
	}
}

package sms_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
)

const (
	receiptURL = "https://shop.example/sms/receipts"
	authToken  = "auth-token-of-the-test"
)

// sign does it as the document says, on its own.
func sign(address string, form url.Values, token string) string {
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		address += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func delivered() url.Values {
	return url.Values{
		"MessageSid": {"SM0123456789abcdef0123456789abcdef"}, "SmsSid": {"SM0123456789abcdef0123456789abcdef"},
		"MessageStatus": {"delivered"}, "SmsStatus": {"delivered"}, "To": {phone}, "From": {"+15005550006"},
		"AccountSid": {accountSID}, "ApiVersion": {"2010-04-01"},
	}
}

type receipt struct {
	id        string
	delivered bool
}

type receipts struct {
	http.Handler
	got []receipt
	err error
}

func newReceipts(t *testing.T, address, token string) *receipts {
	t.Helper()
	r := &receipts{}
	h, err := sms.NewTwilioReceipts(sms.TwilioReceiptsConfig{AuthToken: token, URL: address, OnReceipt: func(_ context.Context, id string, ok bool) error {
		r.got = append(r.got, receipt{id, ok})
		return r.err
	}})
	fine(t, err)
	r.Handler = h
	return r
}

func (r *receipts) post(target, body, signature string) int {
	req := httptest.NewRequest("POST", target, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", signature)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Code
}

// The first vector is the one that Twilio's own libraries are tested with; the
// second was computed by node.
func TestReceiptVectors(t *testing.T) {
	r := newReceipts(t, "https://mycompany.com/myapp.php", "12345")
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "From": {"+12349013030"}, "To": {"+18005551212"}, "Caller": {"+12349013030"}, "Digits": {"1234"}}
	if got := r.post("/myapp.php?foo=1&bar=2", form.Encode(), "0/KCTR6DLpKmkAf8muzZqo1nDgQ="); got != 204 || len(r.got) != 0 {
		t.Errorf("%d, %v", got, r.got)
	}
	r = newReceipts(t, receiptURL, authToken)
	if got := r.post("/sms/receipts?id=d-1", delivered().Encode(), "sT0oBv8XkjCe1I4gIGnbeZGXMQk="); got != 204 || !slices.Equal(r.got, []receipt{{"d-1", true}}) {
		t.Errorf("%d, %v", got, r.got)
	}
}

func TestReceipts(t *testing.T) {
	for status, want := range map[string][]receipt{
		"delivered": {{"d-1", true}}, "read": {{"d-1", true}}, "undelivered": {{"d-1", false}}, "failed": {{"d-1", false}}, "canceled": {{"d-1", false}},
		"queued": nil, "sending": nil, "sent": nil, "accepted": nil, "": nil, "DELIVERED": nil,
	} {
		r := newReceipts(t, receiptURL, authToken)
		form := delivered()
		form.Set("MessageStatus", status)
		if got := r.post("/sms/receipts?id=d-1", form.Encode(), sign(receiptURL+"?id=d-1", form, authToken)); got != 204 || !slices.Equal(r.got, want) {
			t.Errorf("%q: %d, %v", status, got, r.got)
		}
	}
	for _, query := range []string{"", "?id=", "?id=a%00b", "?id=a%0D%0Ab", "?x=d-1", "?id=%ff"} {
		r := newReceipts(t, receiptURL, authToken)
		if got := r.post("/sms/receipts"+query, delivered().Encode(), sign(receiptURL+query, delivered(), authToken)); got != 204 || len(r.got) != 0 {
			t.Errorf("%s: %d, %v", query, got, r.got)
		}
	}
}

// A receipt that is not taken is told again, for less time than Twilio waits.
func TestReceiptsAreToldAgain(t *testing.T) {
	store := errors.New("store")
	for name, c := range map[string]struct {
		errs   []error // then nil
		always error
		status int
		calls  int
	}{
		"at once":       {nil, nil, 204, 1},
		"later":         {[]error{alerts.ErrNoDelivery, store, alerts.ErrNoDelivery}, nil, 204, 4},
		"never there":   {nil, alerts.ErrNoDelivery, 204, 6},
		"never a store": {nil, store, 500, 6},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls, began := 0, time.Now()
			h, err := sms.NewTwilioReceipts(sms.TwilioReceiptsConfig{AuthToken: authToken, URL: receiptURL, OnReceipt: func(context.Context, string, bool) error {
				if calls++; calls <= len(c.errs) {
					return c.errs[calls-1]
				}
				return c.always
			}})
			fine(t, err)
			r := &receipts{Handler: h}
			got := r.post("/sms/receipts?id=d-1", delivered().Encode(), sign(receiptURL+"?id=d-1", delivered(), authToken))
			if took := time.Since(began); got != c.status || calls != c.calls || took > 10*time.Second {
				t.Errorf("%s: %d after %d calls and %v", name, got, calls, took)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) { // a store that hangs
		began := time.Now()
		h, err := sms.NewTwilioReceipts(sms.TwilioReceiptsConfig{AuthToken: authToken, URL: receiptURL, OnReceipt: func(ctx context.Context, _ string, _ bool) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		fine(t, err)
		r := &receipts{Handler: h}
		got := r.post("/sms/receipts?id=d-1", delivered().Encode(), sign(receiptURL+"?id=d-1", delivered(), authToken))
		if took := time.Since(began); got != 500 || took != 10*time.Second {
			t.Errorf("%d after %v", got, took)
		}
	})
}

// Whoever is not Twilio, or changes what Twilio said, is refused.
func TestForgedReceipts(t *testing.T) {
	r := newReceipts(t, receiptURL, authToken)
	good := sign(receiptURL+"?id=d-1", delivered(), authToken)
	body := delivered().Encode()
	for name, c := range map[string]struct{ target, body, signature string }{
		"no signature":    {"/sms/receipts?id=d-1", body, ""},
		"no base64":       {"/sms/receipts?id=d-1", body, "%%%"},
		"empty signature": {"/sms/receipts?id=d-1", body, "===="},
		"cut":             {"/sms/receipts?id=d-1", body, good[:24]},
		"other token":     {"/sms/receipts?id=d-1", body, sign(receiptURL+"?id=d-1", delivered(), "another")},
		"other message":   {"/sms/receipts?id=d-2", body, good},
		"no message":      {"/sms/receipts", body, good},
		"other status":    {"/sms/receipts?id=d-1", strings.Replace(body, "MessageStatus=delivered", "MessageStatus=failed", 1), good},
		"one more":        {"/sms/receipts?id=d-1", body + "&MessageStatus=failed", good},
		"one less":        {"/sms/receipts?id=d-1", strings.Replace(body, "ApiVersion=2010-04-01&", "", 1), good},
		"other host":      {"/sms/receipts?id=d-1", body, sign("https://evil.test/sms/receipts?id=d-1", delivered(), authToken)},
		"huge":            {"/sms/receipts?id=d-1", "x=" + strings.Repeat("x", 10<<20), good},
		"malformed":       {"/sms/receipts?id=d-1", "%zz", good},
	} {
		if got := r.post(c.target, c.body, c.signature); got != 403 {
			t.Errorf("%s: %d", name, got)
		}
	}
	huge := delivered()
	huge.Set("Padding", strings.Repeat("x", 70<<10))
	if got := r.post("/sms/receipts?id=d-1", huge.Encode(), sign(receiptURL+"?id=d-1", huge, authToken)); got != 403 {
		t.Errorf("70 KiB, signed: %d", got)
	}
	get := httptest.NewRequest("GET", "/sms/receipts?id=d-1", nil)
	get.Header.Set("X-Twilio-Signature", good)
	w := httptest.NewRecorder()
	if r.ServeHTTP(w, get); w.Code != 400 {
		t.Errorf("GET: %d", w.Code)
	}
	if len(r.got) != 0 {
		t.Errorf("told of %v", r.got)
	}
	for _, cfg := range []sms.TwilioReceiptsConfig{
		{}, {AuthToken: "t", URL: receiptURL}, {URL: receiptURL, OnReceipt: func(context.Context, string, bool) error { return nil }},
		{AuthToken: "t", URL: "http://shop.example/r", OnReceipt: func(context.Context, string, bool) error { return nil }},
	} {
		if _, err := sms.NewTwilioReceipts(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

package sms_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/sms"
)

var t0 = time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)

func now() time.Time { return t0 }

const (
	phone = "+821012345678"
	text  = "[예시샵] 비밀번호 변경. 본인이 아니면 shop.example 접속"

	accountSID   = "AC0123456789abcdef0123456789abcdef"
	keySID       = "SK0123456789abcdef0123456789abcdef"
	serviceSID   = "MG0123456789abcdef0123456789abcdef"
	twilioSecret = "twilio-secret-of-the-test"
	solapiKey    = "SOLAPIKEYOFTEST"
	solapiSecret = "solapi-secret-of-the-test"
	sensService  = "ncp:sms:kr:123456789012:shop"
	sensKey      = "access-key-of-the-test"
	sensSecret   = "sens-secret-of-the-test"
)

var secrets = []string{
	"1012345678", "01012345678", "예시샵", "비밀번호", twilioSecret, solapiSecret, sensSecret, "dHdpbGlv", // base64 of twilio…
}

func sender() alerts.Sender {
	return alerts.Sender{Brand: "예시샵", Domain: "shop.example", From: "security@shop.example", Country: "KR"}
}

func config(p sms.Provider) sms.Config {
	return sms.Config{Sender: sender(), Provider: p, Counts: alerts.NewMemoryStore(), Now: now}
}

// asked is a request as the server saw it.
type asked struct {
	*http.Request
	body string
}

// server is a provider on loopback, over TLS.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	asked []asked
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func (s *server) last(t *testing.T) asked {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		t.Fatal("nobody asked")
	}
	return s.asked[len(s.asked)-1]
}

// serve answers every request by reply.
func serve(t *testing.T, reply http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.asked = append(s.asked, asked{r, string(body)})
		s.mu.Unlock()
		reply(w, r)
	}))
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// answer answers with a status and a body.
func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body) //nolint:errcheck
	}
}

func (s *server) reach() sms.HTTP {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return sms.HTTP{BaseURL: s.URL, RootCAs: pool, Timeout: 5 * time.Second, Now: now}
}

// maker is one provider and what it answers when it takes a message.
type maker struct {
	name   string
	make   func(sms.HTTP) (sms.Provider, error)
	status int
	yes    string
}

var makers = []maker{
	{"twilio", func(h sms.HTTP) (sms.Provider, error) {
		return sms.NewTwilio(sms.TwilioConfig{AccountSID: accountSID, KeySID: keySID, Secret: twilioSecret, From: "+15005550006", HTTP: h})
	}, 201, `{"sid":"SM0123456789abcdef0123456789abcdef","status":"queued","error_code":null}`},
	{"solapi", func(h sms.HTTP) (sms.Provider, error) {
		return sms.NewSolapi(sms.SolapiConfig{APIKey: solapiKey, APISecret: solapiSecret, From: "02-930-2266", HTTP: h})
	}, 200, `{"groupInfo":{"groupId":"G4V","count":{"total":1,"registeredFailed":0,"registeredSuccess":1}},"failedMessageList":[]}`},
	{"sens", func(h sms.HTTP) (sms.Provider, error) {
		return sms.NewSENS(sms.SENSConfig{ServiceID: sensService, AccessKey: sensKey, SecretKey: sensSecret, From: "1588-0000", HTTP: h})
	}, 202, `{"requestId":"RSSA-1","requestTime":"2026-11-23T14:05:00.000","statusCode":"202","statusName":"success"}`},
}

// each runs a test against every provider.
func each(t *testing.T, run func(t *testing.T, m maker)) {
	for _, m := range makers {
		t.Run(m.name, func(t *testing.T) { run(t, m) })
	}
}

func provider(t *testing.T, m maker, h sms.HTTP) sms.Provider {
	t.Helper()
	p, err := m.make(h)
	fine(t, err)
	return p
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants judges an error: is it final, was the message surely not sent, and does
// it hold nothing that it must not.
func wants(t *testing.T, err error, permanent, unsent bool) *sms.SendError {
	t.Helper()
	var e *sms.SendError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a SendError", err)
	}
	var final *alerts.PermanentError
	if errors.As(err, &final) != permanent {
		t.Errorf("permanent is %v, want %v: %v", !permanent, permanent, err)
	}
	var known interface{ Unsent() bool } // as mfa/sms looks for it
	if !errors.As(err, &known) || known.Unsent() != unsent {
		t.Errorf("unsent is not %v: %v", unsent, err)
	}
	leaksNothing(t, err.Error())
	return e
}

func leaksNothing(t *testing.T, s string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(s, secret) {
			t.Errorf("%q holds %q", s, secret)
		}
	}
}

// kept keeps what a notifier sends.
type kept struct {
	to, text string
	err      error
	n        int
}

func (k *kept) SendSMS(_ context.Context, to, text string) error {
	k.to, k.text, k.n = to, text, k.n+1
	return k.err
}

// tagged keeps the ID, too.
type tagged struct {
	kept
	id string
}

func (k *tagged) SendSMSWithID(ctx context.Context, id, to, text string) error {
	k.id = id
	return k.SendSMS(ctx, to, text)
}

func notifier(t *testing.T, change func(*sms.Config)) (*sms.Notifier, *kept) {
	t.Helper()
	k := &kept{}
	cfg := config(k)
	if change != nil {
		change(&cfg)
	}
	n, err := sms.New(cfg)
	fine(t, err)
	return n, k
}

// alert is a message with every fact, as long as they plausibly get.
func alert(kind alerts.Kind, lang, to string) alerts.Message {
	m := alerts.Message{
		ID: "d-1", Kind: kind, CreatedAt: t0, ExpiresAt: t0.Add(10 * time.Minute), Attempt: 1,
		Recipient: alerts.Recipient{Name: "김민준", Phone: to, Lang: lang, TimeZone: "Asia/Seoul"},
		Alert: alerts.Alert{
			Kind: kind, At: time.Date(2026, 12, 30, 14, 59, 0, 0, time.UTC),
			Location: activity.Location{Country: "GS", City: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"},
			Device:   activity.Device{Name: "Samsung Internet on Chrome OS Flex Enterprise"},
		},
	}
	if kind == alerts.RecoveryCode || kind == alerts.SignInCode {
		m.Code, m.Alert = "83019274", alerts.Alert{}
	}
	return m
}

package storetest_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	alertsms "example.com/accountsec/alerts/sms"
	"example.com/accountsec/mfa"
	mfasms "example.com/accountsec/mfa/sms"
)

// One provider value sends the codes of the second factor and the alerts, and
// what it says of a refusal gives the code's budgets back.
func TestOneProviderForCodesAndAlerts(t *testing.T) {
	refuse := false
	var texts []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		texts = append(texts, regexp.MustCompile(`"content":"([^"]*)"`).FindStringSubmatch(string(body))[1])
		w.Header().Set("Content-Type", "application/json")
		if refuse {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"requestId":"R","statusCode":"202","statusName":"success"}`)
	}))
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	provider, err := alertsms.NewSENS(alertsms.SENSConfig{
		ServiceID: "ncp:sms:kr:1:shop", AccessKey: "a", SecretKey: "s", From: "1588-0000",
		HTTP: alertsms.HTTP{BaseURL: server.URL, RootCAs: pool},
	})
	if err != nil {
		t.Fatal(err)
	}

	notifier, err := alertsms.New(alertsms.Config{
		Sender: alerts.Sender{Brand: "예시샵", Domain: "shop.example", From: "security@shop.example", Country: "KR"}, Provider: provider,
		Counts: alerts.NewMemoryStore(),
	})
	if err != nil {
		t.Fatal(err)
	}
	m := alerts.Message{ID: "d-1", Kind: alerts.PasswordChanged, Recipient: alerts.Recipient{Phone: "+821012345678", Lang: "ko"}}
	if err := notifier.Notify(t.Context(), m); err != nil {
		t.Fatal(err)
	}

	var log strings.Builder
	method, err := mfasms.New(mfasms.NewMemoryStore(), mfasms.Config{
		Sender: provider, Key: make([]byte, 32), Brand: "예시샵", Domain: "shop.example", Region: "KR", Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for i, typed := range []string{"010-1234-5678", "010-8765-4321"} {
		refuse = i == 1
		subject := mfa.Subject{Account: fmt.Sprint("kim", i), FactorID: "f", Label: typed, Now: now}
		if _, err := method.Enroll(t.Context(), subject); err != nil {
			t.Fatal(err)
		}
		if err := method.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := method.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(texts) != 3 || !strings.HasPrefix(texts[0], "[예시샵] 비밀번호 변경. ") || !strings.Contains(texts[1], `\n@shop.example #`) {
		t.Errorf("sent %q", texts)
	}
	if out := log.String(); strings.Count(out, "unsent=true") != 1 || !strings.Contains(out, "status 400") || strings.Contains(out, "87654321") || strings.Contains(out, "8765") {
		t.Errorf("log: %s", out)
	}
}

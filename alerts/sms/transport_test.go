package sms_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts/sms"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// Whatever goes wrong on the way: one request, no yes, and an error that knows
// whether the message can be on its way.
func TestFaults(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, c := range map[string]struct {
		reply             func(m maker) http.HandlerFunc
		permanent, unsent bool
	}{
		"hangs": {func(maker) http.HandlerFunc { return hang }, false, false},
		"hangs inside the body": {func(m maker) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				answer(m.status, m.yes[:9])(w, r)
				w.(http.Flusher).Flush()
				hang(w, r)
			}
		}, false, false},
		"cuts the body": {func(m maker) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				conn, buf, _ := w.(http.Hijacker).Hijack()
				fmt.Fprintf(buf, "HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", m.status, len(m.yes)+10, m.yes)
				buf.Flush()  //nolint:errcheck
				conn.Close() //nolint:errcheck
			}
		}, false, false},
		"closes without a word": {func(maker) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				conn, _, _ := w.(http.Hijacker).Hijack()
				conn.Close() //nolint:errcheck
			}
		}, false, false},
		"speaks no HTTP": {func(maker) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				conn, _, _ := w.(http.Hijacker).Hijack()
				io.WriteString(conn, "to "+phone+": "+text+"\r\n\r\n") //nolint:errcheck
				conn.Close()                                           //nolint:errcheck
			}
		}, false, false},
		"10 MB": {func(m maker) http.HandlerFunc {
			return answer(m.status, m.yes[:len(m.yes)-1]+`,"x":"`+strings.Repeat("x", 10<<20)+`"}`)
		}, false, false},
		"10 MB of refusal": {func(maker) http.HandlerFunc {
			return answer(400, `{"x":"`+strings.Repeat("x", 10<<20)+`"}`)
		}, true, true},
		"a page": {func(m maker) http.HandlerFunc {
			return answer(m.status, m.yes, "Content-Type", "text/html")
		}, false, false},
		"no JSON":   {func(m maker) http.HandlerFunc { return answer(m.status, m.yes[1:]) }, false, false},
		"half JSON": {func(m maker) http.HandlerFunc { return answer(m.status, m.yes[:len(m.yes)/2]) }, false, false},
		"empty":     {func(m maker) http.HandlerFunc { return answer(m.status, "") }, false, false},
		"null":      {func(m maker) http.HandlerFunc { return answer(m.status, "null") }, false, false},
		"a string":  {func(m maker) http.HandlerFunc { return answer(m.status, `"`+phone+`"`) }, false, false},
		"nested":    {func(m maker) http.HandlerFunc { return answer(m.status, strings.Repeat("[", 60000)) }, false, false},
		"redirects": {func(maker) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			}
		}, false, false},
		"409": {func(maker) http.HandlerFunc { return answer(409, `{}`) }, false, false},
		"408": {func(maker) http.HandlerFunc { return answer(408, `{}`) }, false, false},
		"503": {func(maker) http.HandlerFunc { return answer(503, `{}`) }, false, false},
		"429": {func(maker) http.HandlerFunc { return answer(429, `{}`) }, false, true},
	} {
		each(t, func(t *testing.T, m maker) {
			t.Run(name, func(t *testing.T) {
				s := serve(t, c.reply(m))
				h := s.reach()
				if strings.HasPrefix(name, "hangs") {
					h.Timeout = 100 * time.Millisecond
				}
				begin := time.Now()
				err := provider(t, m, h).SendSMS(t.Context(), phone, text)
				if time.Since(begin) > 4*time.Second {
					t.Errorf("took %v", time.Since(begin))
				}
				if err == nil {
					t.Fatal("is taken for a yes")
				}
				wants(t, err, c.permanent, c.unsent)
				if s.count() != 1 {
					t.Errorf("%d requests", s.count())
				}
			})
		})
	}
}

// A provider that hangs is left when ctx is over, and the error says so.
func TestContext(t *testing.T) {
	each(t, func(t *testing.T, m maker) {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		p := provider(t, m, s.reach())
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := p.SendSMS(ctx, phone, text)
		wants(t, err, false, false)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		err = p.SendSMS(gone, phone, text)
		wants(t, err, false, true) // it never got a connection
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// Nobody listens, the certificate is not to be trusted, or TLS is too old: it is
// certain that nothing was sent.
func TestSurelyUnsent(t *testing.T) {
	each(t, func(t *testing.T, m maker) {
		s := serve(t, answer(m.status, m.yes))
		h := s.reach()
		h.RootCAs = nil
		wants(t, provider(t, m, h).SendSMS(t.Context(), phone, text), false, true)

		h = s.reach()
		h.BaseURL = strings.Replace(h.BaseURL, "127.0.0.1", "localhost", 1) // not in the certificate
		wants(t, provider(t, m, h).SendSMS(t.Context(), phone, text), false, true)

		old := &server{Server: httptest.NewUnstartedServer(answer(m.status, m.yes))}
		old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
		old.Config.ErrorLog = quiet()
		old.StartTLS()
		defer old.Close()
		wants(t, provider(t, m, old.reach()).SendSMS(t.Context(), phone, text), false, true)

		l, err := net.Listen("tcp", "127.0.0.1:0")
		fine(t, err)
		h = s.reach()
		h.BaseURL = "https://" + l.Addr().String()
		l.Close() //nolint:errcheck
		wants(t, provider(t, m, h).SendSMS(t.Context(), phone, text), false, true)
		if s.count() != 0 {
			t.Errorf("%d requests", s.count())
		}
	})
}

// Redirects are not followed: the credentials stay where they belong.
func TestRedirect(t *testing.T) {
	each(t, func(t *testing.T, m maker) {
		other := serve(t, answer(m.status, m.yes))
		for _, status := range []int{301, 302, 303, 307, 308} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
			h := s.reach()
			h.RootCAs.AddCert(other.Certificate())
			wants(t, provider(t, m, h).SendSMS(t.Context(), phone, text), false, false)
		}
		if other.count() != 0 {
			t.Error("the credentials went elsewhere")
		}
	})
}

func TestRetryAfter(t *testing.T) {
	each(t, func(t *testing.T, m maker) {
		for given, want := range map[string]time.Duration{
			"": 0, "7": 7 * time.Second, "0": 0, "-7": 0, "86401": 24 * time.Hour, "9999999999999": 0, "soon": 0,
			t0.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second, t0.Add(-time.Hour).Format(http.TimeFormat): 0,
		} {
			for _, status := range []int{429, 503} {
				s := serve(t, answer(status, `{}`, "Retry-After", given))
				err := provider(t, m, s.reach()).SendSMS(t.Context(), phone, text)
				if e := wants(t, err, false, status == 429); e.After != want {
					t.Errorf("%q: %v, want %v", given, e.After, want)
				}
			}
		}
	})
}

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

// Pitfall 15: nothing prints or logs a secret.
func TestPitfall15Redacted(t *testing.T) {
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, nil))
	show := func(v any) {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %x %d\n", v, v, v, v, v, v, v) //nolint:govet
		logger.Info("x", "v", v)
	}
	show(sms.TwilioConfig{Secret: twilioSecret})
	show(sms.SolapiConfig{APISecret: solapiSecret})
	show(sms.SENSConfig{SecretKey: sensSecret})
	show(sms.TwilioReceiptsConfig{AuthToken: twilioSecret})
	receipts, err := sms.NewTwilioReceipts(sms.TwilioReceiptsConfig{
		AuthToken: twilioSecret, URL: "https://shop.example/r", OnReceipt: func(context.Context, string, bool) error { return nil },
	})
	fine(t, err)
	show(receipts)
	for _, m := range makers {
		p := provider(t, m, sms.HTTP{})
		show(p)
		n, err := sms.New(sms.Config{Sender: sender(), Provider: p})
		fine(t, err)
		show(n)
	}
	leaksNothing(t, out.String())
	for _, s := range []string{fmt.Sprintf("%x", twilioSecret), fmt.Sprintf("%x", solapiSecret), fmt.Sprintf("%x", sensSecret)} {
		if strings.Contains(out.String(), s) {
			t.Error("a secret is printed in hex")
		}
	}
}

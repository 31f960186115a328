package sms_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// hang never answers. Without the panic a server answers 200 when its client goes,
// and now and then the client, still closing, takes that for the answer.
func hang(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// Whatever goes wrong on the way: one request, no yes, and an error that knows
// whether the message can be on its way.
func TestFaults(t *testing.T) {
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
		"a yes and 64 KiB of space": {func(m maker) http.HandlerFunc {
			return answer(m.status, m.yes+strings.Repeat(" ", 64<<10))
		}, false, false},
		"a yes without an end": {func(m maker) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				answer(m.status, m.yes)(w, r)
				for space := strings.Repeat(" ", 1<<10); ; {
					if _, err := io.WriteString(w, space); err != nil {
						return
					}
				}
			}
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
					h.Timeout = 500 * time.Millisecond
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
		s := serve(t, hang)
		p := provider(t, m, s.reach())
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
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
				var retry *alerts.RetryError
				if errors.As(err, &retry) != (want > 0) || retry != nil && retry.After != want {
					t.Errorf("%q: the queue is told %v", given, retry)
				}
			}
		}
	})
}

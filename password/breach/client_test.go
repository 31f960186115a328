package breach_test

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/password/breach"
)

const secret = "zebra-secret-1"

func digits(password string) (prefix, suffix string) {
	d := fmt.Sprintf("%X", sha1.Sum([]byte(password)))
	return d[:5], d[5:]
}

// service is a range service on TLS that answers by h.
func service(t *testing.T, h http.HandlerFunc, change func(*breach.ClientConfig)) *breach.Client {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	cfg := breach.ClientConfig{UserAgent: "shop", BaseURL: s.URL, Transport: s.Client().Transport, Timeout: time.Minute}
	if change != nil {
		change(&cfg)
	}
	c, err := breach.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func body(rows string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(rows)) } //nolint:errcheck
}

var stranger = strings.Repeat("A", 35)

// Pitfall 18: each kind of row.
func TestPitfall18Rows(t *testing.T) {
	_, suffix := digits(secret)
	for name, c := range map[string]struct {
		body string
		want int
		bad  bool
	}{
		"known":                {suffix + ":37", 37, false},
		"known, last, CRLF":    {stranger + ":1\r\n" + suffix + ":37\r\n", 37, false},
		"lower case":           {strings.ToLower(suffix) + ":2", 2, false},
		"not known":            {stranger + ":1", 0, false},
		"padding":              {stranger + ":0\r\n" + suffix + ":0", 0, false},
		"padding after known":  {suffix + ":5\r\n" + suffix + ":0", 5, false},
		"no count":             {suffix, 0, true},
		"no count elsewhere":   {suffix + ":5\n" + stranger, 0, true},
		"empty count":          {suffix + ":", 0, true},
		"negative":             {suffix + ":-1", 0, true},
		"count out of range":   {suffix + ":99999999999999999999", 0, true},
		"count with spaces":    {suffix + ": 5", 0, true},
		"cut inside a suffix":  {stranger + ":1\r\n" + suffix[:20], 0, true},
		"blank row":            {stranger + ":1\n\n" + suffix + ":1", 0, true},
		"not hex":              {strings.Repeat("G", 35) + ":1", 0, true},
		"a page, not a range":  {"<html>sign in to the hotel</html>", 0, true},
		"empty":                {"", 0, true},
		"only the end of line": {"\r\n", 0, true},
	} {
		n, err := service(t, body(c.body), nil).Breached(t.Context(), secret)
		if n != c.want || errors.Is(err, breach.ErrUnavailable) != c.bad || !c.bad && err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

// Pitfall 18: a body that is cut short at the end of a row, endless, slow, or
// of another status is a failure, not a clean password; nothing is given away.
func TestPitfall18BrokenAnswers(t *testing.T) {
	row := stranger + ":1\r\n"
	for name, h := range map[string]http.HandlerFunc{
		"shorter than announced": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4000")
			w.Write([]byte(row)) //nolint:errcheck
		},
		"chunks without an end": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(row)) //nolint:errcheck
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"ends with the connection": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n\r\n%s", row)
				conn.Close() //nolint:errcheck
			}
		},
		"oversized": body(strings.Repeat(row, 1<<15)),
		"redirect":  func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"busy":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"down":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"nothing":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	} {
		seen := 0
		c := service(t, func(w http.ResponseWriter, r *http.Request) { seen++; h(w, r) }, nil)
		n, err := c.Breached(t.Context(), secret)
		if n != 0 || !errors.Is(err, breach.ErrUnavailable) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		prefix, suffix := digits(secret)
		if s := fmt.Sprint(err); strings.Contains(s, prefix) || strings.Contains(s, suffix) || strings.Contains(s, secret) {
			t.Errorf("%s: the error gives the password's hash away: %v", name, err)
		}
		if _, err := c.Breached(t.Context(), secret); err == nil || name == "redirect" && seen != 2 {
			t.Errorf("%s: a failure was kept, or a redirect followed: %v, %d requests", name, err, seen)
		}
	}
}

// Pitfall 13: five digits of the hash leave the machine and nothing else does.
func TestPitfall13OnlyThePrefixIsSent(t *testing.T) {
	var got bytes.Buffer
	prefix, suffix := digits(secret)
	c := service(t, func(w http.ResponseWriter, r *http.Request) {
		r.Write(&got) //nolint:errcheck
		if r.Method != "GET" || r.URL.Path != "/range/"+prefix || r.Header.Get("Add-Padding") != "true" || r.Header.Get("User-Agent") != "shop" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		body(suffix+":3")(w, r)
	}, nil)
	if n, err := c.Breached(t.Context(), secret); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if sent := strings.ToUpper(got.String()); strings.Contains(sent, suffix[:4]) || strings.Contains(sent, strings.ToUpper(secret)) {
		t.Errorf("sent:\n%s", sent)
	}
}

func TestCacheIsBoundedAndExpires(t *testing.T) {
	now, asked := time.Unix(0, 0), 0
	c := service(t, func(w http.ResponseWriter, r *http.Request) { asked++; body(stranger+":1")(w, r) }, func(cfg *breach.ClientConfig) {
		cfg.CacheSize, cfg.CacheFor, cfg.Now = 2, time.Minute, func() time.Time { return now }
	})
	ask := func(want int, passwords ...string) {
		t.Helper()
		for _, p := range passwords {
			if _, err := c.Breached(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		if asked != want {
			t.Errorf("asked %d times, want %d", asked, want)
		}
	}
	ask(1, "a", "a")
	now = now.Add(time.Minute - 1)
	ask(1, "a")
	now = now.Add(1)
	ask(2, "a", "a")
	ask(4, "b", "c", "b", "c")
	ask(5, "a") // was the oldest
	c = service(t, func(w http.ResponseWriter, r *http.Request) { asked++; body(stranger+":1")(w, r) }, func(cfg *breach.ClientConfig) { cfg.CacheSize = -1 })
	ask(7, "a", "a")
}

func TestClientConfigIsChecked(t *testing.T) {
	for _, cfg := range []breach.ClientConfig{
		{}, {UserAgent: "a\r\nb"}, {UserAgent: "a", Timeout: -1}, {UserAgent: "a", CacheFor: -1}, {UserAgent: "a", CacheSize: -2},
		{UserAgent: "a", BaseURL: "http://range.example"}, {UserAgent: "a", BaseURL: "http://localhost"}, {UserAgent: "a", BaseURL: "http://192.0.2.1"},
		{UserAgent: "a", BaseURL: "range.example"}, {UserAgent: "a", BaseURL: "https://u:p@range.example"}, {UserAgent: "a", BaseURL: "https://range.example?x"},
		{UserAgent: "a", BaseURL: "file:///etc"}, {UserAgent: "a", BaseURL: "https://range.example#x"},
	} {
		if _, err := breach.NewClient(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
	for _, base := range []string{"", "https://range.example/api/", "http://127.0.0.1:8080", "http://[::1]:8080"} {
		if _, err := breach.NewClient(breach.ClientConfig{UserAgent: "a", BaseURL: base}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func FuzzRange(f *testing.F) {
	for _, s := range []string{"", stranger + ":1\r\n" + stranger + ":0", stranger, ":", "\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := breach.ParseRange(b)
		if err != nil && !errors.Is(err, breach.ErrUnavailable) {
			t.Fatal(err)
		}
		for suffix, n := range rows {
			if len(suffix) != 35 || n < 1 || err != nil || !bytes.Contains(bytes.ToUpper(b), []byte(suffix)) {
				t.Fatalf("%q: %d, %v", suffix, n, err)
			}
		}
	})
}

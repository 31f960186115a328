package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

const (
	testEmail    = "minjun@customer.example"
	testPassword = "violet otter mends a kite"
	nextPassword = "nine lanterns over the quiet pier"
)

// clock is the shop's clock in tests; it moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().UTC().Truncate(time.Hour)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond) // so that events have an order
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) code(t *testing.T, seed string) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(seed, " ", ""), c.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// testShop is a running shop.
type testShop struct {
	*app
	clock *clock
	logs  *lockedBuffer
	url   string
	end   func()
}

// lockedBuffer collects the log of several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// openShop starts a shop on a free port of loopback. Its end may be called
// early, to start another on the same folder.
func openShop(t *testing.T, dir, lang string) *testShop {
	t.Helper()
	s := &testShop{clock: newClock(), logs: &lockedBuffer{}}
	server := httptest.NewUnstartedServer(nil)
	var err error
	s.app, err = newApp(t.Context(), config{
		DataDir: dir, Lang: lang, Origin: localOrigin(server.Listener.Addr()), Now: s.clock.Now, ByHand: true,
		Logger: slog.New(slog.NewTextHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config = newServer(s.handler())
	server.Start()
	s.url = server.URL
	s.end = sync.OnceFunc(func() {
		server.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.end)
	return s
}

// deliver sends what is due, until nothing is.
func (s *testShop) deliver(t *testing.T) {
	t.Helper()
	if err := s.texting.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		n, err := s.guard.Deliver(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	t.Fatal("the queue does not empty")
}

// surfer is a browser without scripts: it keeps cookies and follows nothing.
type surfer struct {
	t    *testing.T
	c    *http.Client
	base string
}

func (s *testShop) surfer(t *testing.T) *surfer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &surfer{t: t, base: s.url, c: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// answer is a response, read.
type answer struct {
	*http.Response
	body string
}

func (s *surfer) do(req *http.Request) answer {
	s.t.Helper()
	res, err := s.c.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read whole below
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res, string(body)}
}

func (s *surfer) request(method, path string, body io.Reader) *http.Request {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("User-Agent", userAgent)
	return req
}

func (s *surfer) get(path string) answer {
	s.t.Helper()
	return s.do(s.request(http.MethodGet, path, nil))
}

func (s *surfer) post(path string, pairs ...string) answer {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req := s.request(http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.base)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return s.do(req)
}

// leads checks that an answer redirects to a path.
func (s *surfer) leads(a answer, path string) {
	s.t.Helper()
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != path {
		s.t.Fatalf("%s %s: status %d, Location %q; want 303 to %q\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.Header.Get("Location"), path, a.body)
	}
}

func (s *surfer) signUp() {
	s.t.Helper()
	s.leads(s.post("/signup", "name", "Kim Minjun", "email", testEmail, "zone", "Asia/Seoul", "password", testPassword), "/signin")
}

func (s *surfer) signIn(password string) {
	s.t.Helper()
	s.leads(s.post("/signin", "email", testEmail, "password", password), "/security")
}

const minute = time.Minute

const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

package passwordweb_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/password"
	"example.com/accountsec/password/passwordweb"
)

var t0 = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

const secret = "violet otter mends a kite"

func newWeb(t *testing.T, cfg passwordweb.Config) *passwordweb.Web {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return t0 }
	}
	web, err := passwordweb.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return web
}

// ask sends a body the way that the script does, after change.
func ask(web http.Handler, body string, change func(r *http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "http://shop.example/password/check", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	web.ServeHTTP(w, r)
	return w
}

type answer struct {
	OK                       bool
	Score                    int
	Verdict, Advice, Summary string
	Rules                    []struct {
		Rule, Text, State string
		OK                bool
	}
}

func decode(t *testing.T, w *httptest.ResponseRecorder) (a answer) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a answer) failed() string {
	var out []string
	for _, r := range a.Rules {
		if !r.OK {
			out = append(out, r.Rule)
		}
	}
	return strings.Join(out, " ")
}

func TestCheck(t *testing.T) {
	web := newWeb(t, passwordweb.Config{})
	w := ask(web, `{"password":"`+secret+`","lang":"en"}`, nil)
	for header, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Content-Type": "application/json; charset=utf-8", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if strings.Contains(w.Body.String(), "otter") {
		t.Error("the answer holds the password")
	}
	a := decode(t, w)
	if !a.OK || a.failed() != "" || a.Score < 3 || a.Verdict == "" || !strings.Contains(a.Summary, a.Verdict) {
		t.Errorf("%+v", a)
	}
	ko := decode(t, ask(web, `{"password":"short","lang":"ko-KR"}`, nil))
	if ko.OK || !strings.Contains(ko.failed(), "min_length") || !strings.Contains(ko.Summary, "강도") || ko.Rules[0].State != "충족:" {
		t.Errorf("%+v", ko)
	}
	who := `{"password":"minjun loves 01023456789 so","name":"김민준","phone":"010-2345-6789","birth":"1990-"}`
	if a := decode(t, ask(web, who, nil)); !strings.Contains(a.failed(), "personal") {
		t.Errorf("the form's own fields are not looked at: %s", a.failed())
	}
	visitor := newWeb(t, passwordweb.Config{Person: func(*http.Request) (password.Person, bool) {
		return password.Person{Name: "somebody else", Shop: "Barley Field", Domain: "oatsandrye.example"}, false
	}})
	for pw, want := range map[string]bool{"barleyfield and nine lamps": true, "oatsandrye and nine lamps": true, "minjun and nine lamps": true, "somebody and nine lamps": false} {
		if a := decode(t, ask(visitor, `{"password":"`+pw+`","name":"김민준"}`, nil)); strings.Contains(a.failed(), "personal") != want {
			t.Errorf("%s: %s", pw, a.failed())
		}
	}
	signedIn := newWeb(t, passwordweb.Config{Person: func(*http.Request) (password.Person, bool) {
		return password.Person{Name: "Aurelia Finch"}, true
	}})
	if a := decode(t, ask(signedIn, who, nil)); strings.Contains(a.failed(), "personal") {
		t.Error("a signed-in visitor's form is believed")
	}
	if a := decode(t, ask(signedIn, `{"password":"aurelia counts the lamps"}`, nil)); !strings.Contains(a.failed(), "personal") {
		t.Errorf("the account's data are not looked at: %s", a.failed())
	}
}

func TestRefusedRequests(t *testing.T) {
	body := `{"password":"` + secret + `"}`
	for name, c := range map[string]struct {
		status int
		body   string
		change func(r *http.Request)
	}{
		"GET":            {http.StatusMethodNotAllowed, "", func(r *http.Request) { r.Method = "GET" }},
		"HEAD":           {http.StatusMethodNotAllowed, "", func(r *http.Request) { r.Method = "HEAD" }},
		"PUT":            {http.StatusMethodNotAllowed, body, func(r *http.Request) { r.Method = "PUT" }},
		"cross-site":     {http.StatusForbidden, body, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		"same-site":      {http.StatusForbidden, body, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }},
		"typed":          {http.StatusForbidden, body, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }},
		"twice":          {http.StatusForbidden, body, func(r *http.Request) { r.Header.Add("Sec-Fetch-Site", "same-origin") }},
		"neither":        {http.StatusForbidden, body, func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") }},
		"other origin":   {http.StatusForbidden, body, onlyOrigin("https://evil.example")},
		"origin null":    {http.StatusForbidden, body, onlyOrigin("null")},
		"origin's port":  {http.StatusForbidden, body, onlyOrigin("http://shop.example:8080")},
		"own origin":     {http.StatusOK, body, onlyOrigin("http://shop.example")},
		"in the address": {http.StatusBadRequest, body, func(r *http.Request) { r.URL.RawQuery = "password=x" }},
		"form":           {http.StatusUnsupportedMediaType, body, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		"charset":        {http.StatusOK, body, func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }},
		"no JSON":        {http.StatusBadRequest, "password", nil},
		"too large":      {http.StatusRequestEntityTooLarge, `{"password":"` + strings.Repeat("x", 17<<10) + `"}`, nil},
		"elsewhere":      {http.StatusNotFound, body, func(r *http.Request) { r.URL.Path = "/password/other" }},
	} {
		w := ask(newWeb(t, passwordweb.Config{}), c.body, c.change)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", name, w.Code, c.status)
		}
		if w.Header().Get("Cache-Control") != "no-store" && w.Code != http.StatusNotFound {
			t.Errorf("%s: may be cached", name)
		}
		if strings.Contains(w.Body.String(), "otter") {
			t.Errorf("%s: the answer holds the password", name)
		}
	}
}

func onlyOrigin(origin string) func(r *http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set("Origin", origin)
	}
}

// burst asks n times; it gives how many were judged, and a refused answer.
func burst(web http.Handler, n int, change func(r *http.Request)) (judged int, refused *httptest.ResponseRecorder) {
	for range n {
		w := ask(web, `{"password":"a"}`, change)
		if w.Code == http.StatusOK {
			judged++
		} else {
			refused = w
		}
	}
	return judged, refused
}

func TestRateLimit(t *testing.T) {
	now := t0
	session, address := "one", netip.MustParseAddr("192.0.2.1")
	web := newWeb(t, passwordweb.Config{Now: func() time.Time { return now },
		Session: func(*http.Request) string { return session }, Address: func(*http.Request) netip.Addr { return address }})
	judged, refused := burst(web, 300, nil)
	if judged != 200 || refused.Code != http.StatusTooManyRequests || refused.Header().Get("Retry-After") != "1" {
		t.Fatalf("%d judged, then %v", judged, refused)
	}
	if session = "two"; ask(web, `{}`, nil).Code != http.StatusOK {
		t.Error("another session is stopped as well")
	}
	session = "one"
	for range 20 { // the wait grows, to half a minute at most
		now = now.Add(30 * time.Second)
		if judged, _ := burst(web, 3, nil); judged != 1 {
			t.Fatalf("%d judged after half a minute, want 1", judged)
		}
	}
	session = ""
	if judged, _ := burst(web, 2500, nil); judged >= 2000 || judged < 1500 {
		t.Errorf("%d judged without a session", judged)
	}
	if address = netip.MustParseAddr("192.0.2.2"); ask(web, `{}`, nil).Code != http.StatusOK {
		t.Error("another network is stopped as well")
	}
}

// A flood of addresses, which cost an attacker nothing in IPv6, does not fill
// the memory.
func TestPitfall07FloodOfNetworks(t *testing.T) {
	n := 0
	web := newWeb(t, passwordweb.Config{Address: func(*http.Request) netip.Addr {
		n++
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for range 60_000 {
		if w := ask(web, `no JSON`, nil); w.Code != http.StatusBadRequest {
			t.Fatal(w.Code)
		}
	}
	after := heap()
	if runtime.KeepAlive(web); after > before+6<<20 {
		t.Errorf("60,000 networks keep %d bytes", after-before)
	}
}

// Everything that is logged and counted holds nothing of the password.
func TestNothingIsLogged(t *testing.T) {
	var logs strings.Builder
	logger := slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	web := newWeb(t, passwordweb.Config{Logger: logger, Attempts: brokenAttempts{}})
	w := ask(web, `{"password":"`+secret+`"}`, nil)
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(logs.String(), "not counted") || strings.Contains(logs.String(), "otter") {
		t.Errorf("%d, logged %q", w.Code, logs.String())
	}
}

func TestNewChecks(t *testing.T) {
	for name, cfg := range map[string]passwordweb.Config{
		"policy": {Policy: password.Policy{MinLength: 20, MaxLength: 10}}, "path": {Path: "password/"}, "path's end": {Path: "/password"},
		"other host": {Path: "//evil.example/"}, "query": {Path: "/a?b/"}, "pattern": {Path: "/{a}/"},
	} {
		if _, err := passwordweb.New(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestAssets(t *testing.T) {
	web := newWeb(t, passwordweb.Config{Path: "/a/b/"})
	for path, want := range map[string]string{web.Script(): "text/javascript; charset=utf-8", web.Style(): "text/css; charset=utf-8"} {
		w := httptest.NewRecorder()
		web.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != want || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Body.Len() < 500 {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
		w = httptest.NewRecorder()
		web.ServeHTTP(w, httptest.NewRequest("POST", path, nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
}

func TestField(t *testing.T) {
	web := newWeb(t, passwordweb.Config{Policy: password.KISA()})
	for _, name := range []string{"1a", "a b", `a"><script>`, strings.Repeat("a", 65)} {
		if _, err := web.Field(passwordweb.Field{Name: name}); err == nil {
			t.Errorf("the name %q is accepted", name)
		}
	}
	html, err := web.Field(passwordweb.Field{Lang: "ko", Error: `<b>"`, Label: "<i>"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`for="password"`, `autocomplete="new-password"`, `aria-describedby="password-error password-hint password-rules"`, `aria-live="polite"`,
		"passwordrules=\"" + password.KISA().PasswordRules() + `"`, "&lt;b&gt;", "&lt;i&gt;", "2종류 이상이면 10자 이상", `data-check="/password/check"`, `aria-invalid="true"`} {
		if !strings.Contains(string(html), want) {
			t.Errorf("%q is missing:\n%s", want, html)
		}
	}
	if strings.Contains(string(html), "data-ok") || strings.Contains(string(html), "style=") {
		t.Errorf("a field that nothing was typed in is judged, or styled:\n%s", html)
	}
	report := password.KISA().Check("vqxkzm", password.Person{})
	html, err = web.Field(passwordweb.Field{Lang: "en", Report: &report})
	if err != nil || !strings.Contains(string(html), `data-ok="false"`) || !strings.Contains(string(html), "Not met:") || strings.Contains(string(html), "vqxkzm") {
		t.Errorf("%v:\n%s", err, html)
	}
}

func ExampleWeb_Field() {
	web, err := passwordweb.New(passwordweb.Config{Policy: password.Policy{MinLength: 12}})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle(passwordweb.DefaultPath, web)
	field, err := web.Field(passwordweb.Field{Name: "password", Lang: "en"})
	fmt.Println(web.Script(), strings.Contains(string(field), "At least 12 characters"), err)
	// Output: /password/password.js true <nil>
}

var errDown = errors.New("the database is down")

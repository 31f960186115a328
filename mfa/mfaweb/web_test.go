package mfaweb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
)

const origin = "https://shop.example"

// canned is a ceremony with one answer. It notes what it was given.
type canned struct {
	started mfaweb.Started
	done    mfaweb.Done
	err     error
	in      *mfaweb.Input
}

func (c canned) Start(_ http.ResponseWriter, _ *http.Request, in mfaweb.Input) (mfaweb.Started, error) {
	*c.in = in
	return c.started, c.err
}

func (c canned) Finish(_ http.ResponseWriter, _ *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	*c.in = in
	return c.done, c.err
}

func newWeb(t *testing.T, c canned, change ...func(*mfaweb.Config)) *mfaweb.Web {
	t.Helper()
	if c.in == nil {
		c.in = &mfaweb.Input{}
	}
	cfg := mfaweb.Config{Origins: []string{origin, "https://shop.co.kr"}, Enroll: c}
	for _, ch := range change {
		ch(&cfg)
	}
	web, err := mfaweb.New(cfg)
	must(t, err)
	return web
}

// ask sends a request as the script does, once changed.
func ask(web http.Handler, path, body string, change func(r *http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", origin)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	web.ServeHTTP(w, r)
	return w
}

func TestNew(t *testing.T) {
	c := canned{in: &mfaweb.Input{}}
	for name, cfg := range map[string]mfaweb.Config{
		"no origins": {Enroll: c}, "no ceremony": {Origins: []string{origin}}, "an empty origin": {Origins: []string{""}, Enroll: c}, "origin null": {Origins: []string{"null"}, Enroll: c},
		"a path without slashes": {Origins: []string{origin}, Enroll: c, Path: "passkey"}, "another host": {Origins: []string{origin}, Enroll: c, Path: "//evil.example/"},
		"a query": {Origins: []string{origin}, Enroll: c, Path: "/a?b/"},
	} {
		if _, err := mfaweb.New(cfg); err == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}

// Only a page of the shop's own origins is listened to, by POST, with JSON of
// bounded size; whatever the Host header says.
func TestRefusedRequests(t *testing.T) {
	const good = `{"response":{"id":"x"}}`
	head := func(key string, values ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del(key)
			for _, v := range values {
				r.Header.Add(key, v)
			}
		}
	}
	for name, c := range map[string]struct {
		status int
		body   string
		change func(r *http.Request)
	}{
		"as it should be": {200, good, nil},
		"related origin":  {200, good, head("Origin", "https://shop.co.kr")},
		"older browser":   {200, good, head("Sec-Fetch-Site")},
		"another host":    {200, good, func(r *http.Request) { r.Host = "evil.example" }},
		"charset":         {200, good, head("Content-Type", "application/json; charset=utf-8")},
		"GET":             {405, "", func(r *http.Request) { r.Method = "GET" }},
		"HEAD":            {405, "", func(r *http.Request) { r.Method = "HEAD" }},
		"no origin":       {403, good, head("Origin")},
		"origin null":     {403, good, head("Origin", "null")},
		"two origins":     {403, good, head("Origin", origin, "https://evil.example")},
		"another origin":  {403, good, head("Origin", "https://evil.example")},
		"another port":    {403, good, head("Origin", origin+":8443")},
		"http":            {403, good, head("Origin", "http://shop.example")},
		"host as origin": {403, good, func(r *http.Request) {
			r.Host = "evil.example"
			r.Header.Set("Origin", "https://evil.example")
		}},
		"cross-site":     {403, good, head("Sec-Fetch-Site", "cross-site")},
		"same-site":      {403, good, head("Sec-Fetch-Site", "same-site")},
		"typed":          {403, good, head("Sec-Fetch-Site", "none")},
		"twice":          {403, good, head("Sec-Fetch-Site", "same-origin", "same-origin")},
		"in the address": {400, good, func(r *http.Request) { r.URL.RawQuery = "token=x" }},
		"a form":         {415, good, head("Content-Type", "application/x-www-form-urlencoded")},
		"plain text":     {415, good, head("Content-Type", "text/plain")},
		"no type":        {415, good, head("Content-Type")},
		"no JSON":        {400, "x", nil},
		"nothing":        {400, "", nil},
		"an array":       {400, "[]", nil},
		"two values":     {400, good + good, nil},
		"wrong types":    {400, `{"fields":{"name":1}}`, nil},
		"too large":      {413, `{"response":"` + strings.Repeat("x", 80<<10) + `"}`, nil},
		"too deep":       {400, `{"response":` + strings.Repeat("[", 20_000), nil},
	} {
		var in mfaweb.Input
		web := newWeb(t, canned{in: &in})
		for _, step := range []string{"options", "finish"} {
			in = mfaweb.Input{Lang: "untouched"}
			w := ask(web, "/passkey/enroll/"+step, c.body, c.change)
			if w.Code != c.status {
				t.Errorf("%s: %s gives %d, want %d", name, step, w.Code, c.status)
			}
			if (in.Lang == "untouched") != (c.status != 200) {
				t.Errorf("%s: the ceremony was asked, or not, at %d", name, c.status)
			}
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
				t.Errorf("%s: headers %v", name, w.Header())
			}
		}
	}
	web := newWeb(t, canned{})
	for _, path := range []string{"/passkey/", "/passkey/enroll", "/passkey/enroll/", "/passkey/enroll/other", "/passkey/signin/options", "/passkey/x/options", "/other/enroll/options", "/passkey/enroll/options/x"} {
		if w := ask(web, path, good, nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// What the page sent reaches the ceremony, and a response only where one belongs.
func TestInput(t *testing.T) {
	var in mfaweb.Input
	web := newWeb(t, canned{in: &in, started: mfaweb.Started{Options: json.RawMessage(`{"a":1}`), Factor: "f-1", ExpiresAt: time.Unix(90, 0)}},
		func(c *mfaweb.Config) { c.Now = func() time.Time { return time.Unix(30, 0) } })
	const body = `{"lang":"ko","factor":"f","fields":{"name":"phone"},"response":{"id":"x"},"provedBy":"p"}`
	w := ask(web, "/passkey/enroll/options", body, nil)
	if w.Body.String() != `{"options":{"a":1},"factor":"f-1","seconds":60}` {
		t.Errorf("%s", w.Body)
	}
	if in.Lang != "ko" || in.Factor != "f" || in.Fields["name"] != "phone" || in.Response != `{"id":"x"}` || in.ProvedBy != "p" {
		t.Errorf("%#v", in.Fields)
	}
	ask(web, "/passkey/enroll/options", strings.Replace(body, `"provedBy":"p"`, `"provedBy":""`, 1), nil)
	if in.Response != "" {
		t.Error("a response without a factor that it proves")
	}
	ask(web, "/passkey/enroll/options", `{"provedBy":"p","response":"123 456"}`, nil)
	if in.Response != "123 456" {
		t.Errorf("a typed code arrives as %q", in.Response)
	}
	ask(web, "/passkey/enroll/finish", body, nil)
	if in.ProvedBy != "" || in.Response == "" {
		t.Error("Finish is told of a proof")
	}
}

// Every error has a code, a status and a text in both languages; what is not
// known is a fault, logged and not told.
func TestErrors(t *testing.T) {
	hidden := errors.New("the database at 10.0.0.7 is down")
	for code, c := range map[mfaweb.Code]struct {
		err    error
		status int
	}{
		mfaweb.CodeWrong: {mfa.ErrWrongCode, 422}, mfaweb.CodeExpired: {mfa.ErrNoEnrollment, 410}, mfaweb.CodeTaken: {mfa.ErrTaken, 409}, mfaweb.CodeName: {mfa.ErrBadName, 422},
		mfaweb.CodeNameTaken: {mfa.ErrNameTaken, 409}, mfaweb.CodeFull: {mfa.ErrTooManyFactors, 409}, mfaweb.CodeProof: {fmt.Errorf("shop: %w", mfa.ErrProofNeeded), 403},
		mfaweb.CodeNone: {mfa.ErrNoFactor, 404}, mfaweb.CodeStopped: {mfa.ErrStopped, 403}, mfaweb.CodeThrottled: {&mfa.ThrottledError{RetryAfter: 1500 * time.Millisecond}, 429},
		mfaweb.CodeSignedOut: {mfaweb.ErrSignedOut, 401}, mfaweb.CodeDenied: {&mfaweb.Error{Code: mfaweb.CodeDenied, Err: hidden}, 403},
		mfaweb.CodeHeld: {&mfaweb.Error{Code: mfaweb.CodeHeld, Err: hidden}, 403}, mfaweb.CodeFault: {hidden, 500},
	} {
		var logs bytes.Buffer
		web := newWeb(t, canned{err: c.err}, func(cfg *mfaweb.Config) { cfg.Logger = slog.New(slog.NewTextHandler(&logs, nil)) })
		texts := map[string]bool{}
		for _, lang := range []string{"en", "ko"} {
			w := ask(web, "/passkey/enroll/finish", `{"lang":"`+lang+`"}`, nil)
			var got struct{ Error struct{ Code, Text string } }
			must(t, json.Unmarshal(w.Body.Bytes(), &got))
			if w.Code != c.status || got.Error.Code != string(code) || got.Error.Text == "" || strings.HasPrefix(got.Error.Text, "error.") {
				t.Errorf("%s: %d %s", code, w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "10.0.0.7") {
				t.Errorf("%s tells the cause", code)
			}
			if want := map[bool]string{true: "2"}[code == mfaweb.CodeThrottled]; w.Header().Get("Retry-After") != want {
				t.Errorf("%s: Retry-After %q", code, w.Header().Get("Retry-After"))
			}
			texts[got.Error.Text] = true
		}
		if len(texts) != 2 {
			t.Errorf("%s is told in one language", code)
		}
		if (code == mfaweb.CodeFault) != strings.Contains(logs.String(), "10.0.0.7") {
			t.Errorf("%s: logged %q", code, logs.String())
		}
	}
}

// Without a sheet the codes can be kept all the same.
func TestCodesWithoutASheet(t *testing.T) {
	for _, c := range []struct {
		done mfaweb.Done
		want string
	}{
		{mfaweb.Done{Next: "/a", RecoveryCodes: []string{"AB", "CD"}}, `{"next":"/a","recoveryCodes":["AB","CD"],"recoverySheet":"AB\r\nCD"}`},
		{mfaweb.Done{RecoveryCodes: []string{"AB"}, RecoverySheet: "Shop: AB"}, `{"recoveryCodes":["AB"],"recoverySheet":"Shop: AB"}`},
		{mfaweb.Done{}, `{}`},
	} {
		if w := ask(newWeb(t, canned{done: c.done}), "/passkey/enroll/finish", "{}", nil); w.Body.String() != c.want {
			t.Errorf("told %s", w.Body)
		}
	}
}

// Pitfall 12: the page goes on to a path of the site, or nowhere.
func TestPitfall12Next(t *testing.T) {
	for next, status := range map[string]int{
		"": 200, "/": 200, "/security/factors?added=1#list": 200, "//evil.example": 500, "https://evil.example": 500, "/\\evil.example": 500, "\\\\evil.example": 500,
		"/\t/evil.example": 500, "javascript:alert(1)": 500, "evil.example": 500, "\n//evil.example": 500, " /": 500,
	} {
		w := ask(newWeb(t, canned{done: mfaweb.Done{Next: next}}), "/passkey/enroll/finish", "{}", nil)
		if w.Code != status {
			t.Errorf("%q: %d", next, w.Code)
		}
		if status != 200 && strings.Contains(w.Body.String(), "evil") {
			t.Errorf("%q is told to the page", next)
		}
	}
}

func TestWidget(t *testing.T) {
	web := newWeb(t, canned{}, func(c *mfaweb.Config) { c.Discover, c.SignIn, c.Prove = c.Enroll, c.Enroll, c.Enroll })
	html, err := web.Widget(mfaweb.Widget{Kind: mfaweb.Enroll, Lang: "ko-KR", Name: `"><script>`, Factor: "f", ProveBy: "p", Fields: map[string]string{"csrf": "<x>"}})
	must(t, err)
	for _, want := range []string{`data-accountsec-passkey="enroll"`, "패스키 추가", `data-options="/passkey/enroll/options"`, `data-prove="/passkey/prove/options"`, `aria-live="polite"`,
		"&lt;script&gt;", `name="csrf" value="&lt;x&gt;"`} {
		if !strings.Contains(string(html), want) {
			t.Errorf("%s is missing in %s", want, html)
		}
	}
	if strings.Contains(string(html), "<script") || strings.Contains(string(html), "style=") || strings.Contains(string(html), "onclick") {
		t.Errorf("inline script or style: %s", html)
	}
	plain := newWeb(t, canned{})
	html, err = plain.Widget(mfaweb.Widget{Kind: mfaweb.Enroll, ProveBy: "app", ProveCode: "Code"})
	if err != nil || !strings.Contains(string(html), `data-prove-by="app"`) || !strings.Contains(string(html), "data-code") || strings.Contains(string(html), "data-prove=") {
		t.Errorf("a proof by code: %v %s", err, html)
	}
	for _, bad := range []mfaweb.Widget{{}, {Kind: mfaweb.SignIn}, {Kind: "x"}, {Kind: mfaweb.Enroll, ProveBy: "p"}} {
		if _, err := plain.Widget(bad); err == nil {
			t.Errorf("rendered: %+v", bad)
		}
	}
	for _, kind := range []mfaweb.Kind{mfaweb.SignIn, mfaweb.Prove, mfaweb.Discover} {
		html, err := web.Widget(mfaweb.Widget{Kind: kind})
		if err != nil || strings.Contains(string(html), "button.") || strings.Contains(string(html), `name="name"`) {
			t.Errorf("%s: %v %s", kind, err, html)
		}
	}
}

func TestAssets(t *testing.T) {
	web := newWeb(t, canned{})
	for path, kind := range map[string]string{web.Script(): "text/javascript; charset=utf-8", web.Style(): "text/css; charset=utf-8"} {
		r := httptest.NewRequest("GET", path, nil)
		w := httptest.NewRecorder()
		web.ServeHTTP(w, r)
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || w.Body.Len() < 500 || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
		if w := ask(web, path, "", nil); w.Code != 405 {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
}

// What is secret prints redacted.
func TestRedacted(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	in, done := mfaweb.Input{Response: "s3cret"}, mfaweb.Done{RecoveryCodes: []string{"s3cret"}}
	fmt.Fprintf(&b, "%v %+v %#v %s %v %+v %#v", in, in, in, in, done, done, done)
	log.Info("x", "in", in, "done", done)
	if strings.Contains(b.String(), "s3cret") {
		t.Error(b.String())
	}
}

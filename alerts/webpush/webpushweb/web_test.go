package webpushweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/alerts/webpush/webpushweb"
	"example.com/accountsec/internal/secret/secrettest"
)

const origin = "https://shop.example"

// shop is one with a session: who is signed in.
type shop struct {
	testing.TB
	push    *webpush.Notifier
	devices *webpush.Devices
	web     *webpushweb.Web
	account string
	fault   error
	refusal error // of a change
	log     bytes.Buffer
}

func (s *shop) Record(context.Context, activity.Event) error { return s.fault }

func newShop(tb testing.TB, origin string) *shop {
	tb.Helper()
	s := &shop{TB: tb, account: "kim"}
	keys, err := webpush.NewKeys()
	fine(tb, err)
	sender := alerts.Sender{Brand: "예시샵", Domain: "shop.example", From: "security@shop.example", SecurityURL: "https://shop.example/security"}
	s.push, err = webpush.New(webpush.NewMemoryStore(), webpush.Config{Sender: sender, Keys: keys, AEAD: secrettest.AEAD()})
	fine(tb, err)
	s.devices, err = webpush.NewDevices(s.push, webpush.DevicesConfig{Recorder: s})
	fine(tb, err)
	s.web, err = webpushweb.New(webpushweb.Config{
		Devices: s.devices, Origins: []string{origin}, Logger: slog.New(slog.NewTextHandler(&s.log, nil)),
		Account:   func(r *http.Request) (string, activity.Client) { return s.account, activity.ClientFromRequest(r, nil) },
		MayChange: func(*http.Request) error { return s.refusal },
	})
	fine(tb, err)
	return s
}

func fine(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// subscription is a browser's, with the keys of RFC 8291's example.
func subscription(path string) string {
	return fmt.Sprintf(`{"endpoint":"https://fcm.googleapis.com%s","keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}`, path)
}

func (s *shop) ask(name, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.Helper()
	r := httptest.NewRequest(http.MethodPost, "/push/"+name, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", origin)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	s.web.ServeHTTP(w, r)
	return w
}

type listed struct {
	Key     string
	Devices []struct {
		ID, Label string
		This      bool
	}
}

func (s *shop) list(body string, change ...func(*http.Request)) (out listed) {
	s.Helper()
	w := s.ask("list", body, change...)
	if w.Code != 200 {
		s.Fatalf("%d %s", w.Code, w.Body)
	}
	fine(s, json.Unmarshal(w.Body.Bytes(), &out))
	return out
}

func TestSubscribeListRemove(t *testing.T) {
	s := newShop(t, origin)
	if l := s.list("{}"); l.Key != s.push.PublicKey() || len(l.Devices) != 0 {
		t.Errorf("%+v", l)
	}
	for _, path := range []string{"/wp/a", "/wp/b"} {
		if w := s.ask("subscribe", `{"subscription":`+subscription(path)+`}`); w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	l := s.list(`{"endpoint":"https://fcm.googleapis.com/wp/a"}`, func(r *http.Request) { r.Header.Set("Accept-Language", "ko") })
	for _, d := range l.Devices {
		if d.This != (d.ID == webpush.ID("https://fcm.googleapis.com/wp/a")) || d.Label != "Windows의 Chrome" {
			t.Errorf("%+v", d)
		}
	}
	w := s.ask("subscribe", `{"subscription":`+subscription("/wp/c")+`,"old":"https://fcm.googleapis.com/wp/a"}`)
	if l := s.list("{}"); w.Code != 200 || len(l.Devices) != 2 || l.Devices[0].ID == webpush.ID("https://fcm.googleapis.com/wp/a") || l.Devices[1].This {
		t.Errorf("%d %+v", w.Code, l)
	}
	remove := `{"id":"` + webpush.ID("https://fcm.googleapis.com/wp/b") + `"}`
	s.account = "lee"
	if w := s.ask("remove", remove); w.Code != 404 || len(s.list("{}").Devices) != 0 {
		t.Errorf("another's: %d %s", w.Code, w.Body)
	}
	s.account = "kim"
	if w := s.ask("remove", remove); w.Code != 200 || len(s.list("{}").Devices) != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A change can ask for a fresh proof. A new endpoint for one of the account's
// browsers needs none, and lends it to no other.
func TestFreshProof(t *testing.T) {
	s := newShop(t, origin)
	kims := `{"subscription":` + subscription("/wp/a") + `}`
	if w := s.ask("subscribe", kims); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.refusal = fmt.Errorf("shop: %w", webpushweb.ErrProof)
	add := func(old string) string {
		return `{"subscription":` + subscription("/wp/b") + `,"old":"https://fcm.googleapis.com` + old + `"}`
	}
	for what, body := range map[string][2]string{
		"add":     {"subscribe", strings.Replace(kims, "/wp/a", "/wp/b", 1)},
		"guessed": {"subscribe", add("/wp/x")},
		"remove":  {"remove", `{"id":"` + webpush.ID("https://fcm.googleapis.com/wp/a") + `"}`},
	} {
		for lang, text := range map[string]string{"en": "confirm that it is you", "ko": "본인 확인"} {
			w := s.ask(body[0], body[1], func(r *http.Request) { r.Header.Set("Accept-Language", lang) })
			if w.Code != 403 || !strings.Contains(w.Body.String(), `"proof"`) || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: %d %s", what, w.Code, w.Body)
			}
		}
	}
	s.account = "lee"
	if w := s.ask("subscribe", add("/wp/a")); w.Code != 403 {
		t.Errorf("by the endpoint of another's: %d %s", w.Code, w.Body)
	}
	s.account = "kim"
	if l := s.list("{}").Devices; len(l) != 1 || l[0].ID != webpush.ID("https://fcm.googleapis.com/wp/a") || s.log.Len() > 0 {
		t.Errorf("%+v, logged %s", l, s.log.String())
	}
	if w := s.ask("subscribe", add("/wp/a")); w.Code != 200 {
		t.Errorf("a new endpoint: %d %s", w.Code, w.Body)
	}
	s.refusal = errors.New("the database is down")
	if w := s.ask("subscribe", kims); w.Code != 500 || !strings.Contains(s.log.String(), "is down") {
		t.Errorf("a fault: %d %s", w.Code, w.Body)
	}
}

func TestRefused(t *testing.T) {
	s := newShop(t, origin)
	good := `{"subscription":` + subscription("/wp/a") + `}`
	set := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del(name)
			for _, v := range values {
				r.Header.Add(name, v)
			}
		}
	}
	for _, c := range []struct {
		name, body string
		change     func(*http.Request)
		status     int
		code       string
	}{
		{"another site", good, set("Origin", "https://evil.example"), 403, "forbidden"},
		{"no origin", good, set("Origin"), 403, "forbidden"},
		{"two origins", good, set("Origin", origin, "https://evil.example"), 403, "forbidden"},
		{"null", good, set("Origin", "null"), 403, "forbidden"},
		{"a sibling's page", good, set("Sec-Fetch-Site", "same-site"), 403, "forbidden"},
		{"cross-site", good, set("Sec-Fetch-Site", "cross-site"), 403, "forbidden"},
		{"a forged host", good, func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("Origin", "https://evil.example") }, 403, "forbidden"},
		{"a form", good, set("Content-Type", "application/x-www-form-urlencoded"), 415, "malformed"},
		{"plain text", good, set("Content-Type", "text/plain; application/json"), 415, "malformed"},
		{"no type", good, set("Content-Type"), 415, "malformed"},
		{"a GET", good, func(r *http.Request) { r.Method = "GET" }, 405, "malformed"},
		{"too large", `{"id":"` + strings.Repeat("x", 9<<10) + `"}`, nil, 413, "malformed"},
		{"no JSON", "x", nil, 400, "malformed"},
		{"no subscription", "{}", nil, 400, "malformed"},
		{"an address", `{"subscription":{"endpoint":"https://127.0.0.1/x"}}`, nil, 400, "malformed"},
		{"another service", `{"subscription":` + strings.Replace(subscription("/x"), "fcm.googleapis.com", "push.attacker.com", 1) + `}`, nil, 422, "unsupported"},
	} {
		if c.change == nil {
			c.change = func(*http.Request) {}
		}
		w := s.ask("subscribe", c.body, c.change)
		var got struct{ Error struct{ Code, Text string } }
		fine(t, json.Unmarshal(w.Body.Bytes(), &got))
		if w.Code != c.status || got.Error.Code != c.code || got.Error.Text == "" || strings.HasPrefix(got.Error.Text, "error.") {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	for _, name := range []string{"subscribe", "list", "remove"} {
		s.account = ""
		if w := s.ask(name, good); w.Code != 401 {
			t.Errorf("%s signed out: %d", name, w.Code)
		}
		s.account = "kim"
		if w := s.ask(name, good, set("Origin", "https://evil.example")); w.Code != 403 {
			t.Errorf("%s from elsewhere: %d", name, w.Code)
		}
	}
	if l := s.list("{}"); len(l.Devices) != 0 {
		t.Errorf("what was refused is there: %+v", l)
	}
	s.fault = errors.New("the log is full")
	if w := s.ask("subscribe", good); w.Code != 500 || strings.Contains(w.Body.String(), "full") || !strings.Contains(s.log.String(), "full") || strings.Contains(s.log.String(), "/wp/a") {
		t.Errorf("a fault: %d %s; logged %s", w.Code, w.Body, s.log.String())
	}
}

func TestAssets(t *testing.T) {
	s := newShop(t, origin)
	get := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.web.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	for path, cache := range map[string]string{"/push/worker.js": "no-cache", s.web.Script(): "public, max-age=300"} {
		w := get("GET", path)
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Type") != "text/javascript; charset=utf-8" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != cache || w.Body.Len() < 500 {
			t.Errorf("%s: %d %v", path, w.Code, h)
		}
		if h.Get("Service-Worker-Allowed") != "" || (h.Get("Content-Security-Policy") != "") != strings.HasSuffix(path, "worker.js") {
			t.Errorf("%s: %v", path, h)
		}
		if w := get("HEAD", path); w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("HEAD %s: %d, %d bytes", path, w.Code, w.Body.Len())
		}
		if w := get("POST", path); w.Code != 405 {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/push/", "/push/x", "/push/assets/worker.js", "/push/../web.go", "/other/worker.js", "/pushworker.js"} {
		if w := get("GET", path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestWidget(t *testing.T) {
	s := newShop(t, origin)
	for lang, words := range map[string]string{"ko-KR": "이 기기에서 알림 받기", "en": "Switch on on this device", "fr": "Switch on"} {
		html, err := s.web.Widget(lang)
		fine(t, err)
		if text := string(html); !strings.Contains(text, words) || !strings.Contains(text, `data-accountsec-push="/push/"`) || strings.Contains(text, "<script") || strings.Contains(text, "style=") {
			t.Errorf("%s: %s", lang, text)
		}
	}
}

func TestConfig(t *testing.T) {
	s := newShop(t, origin)
	account := func(*http.Request) (string, activity.Client) { return "", activity.Client{} }
	for name, cfg := range map[string]webpushweb.Config{
		"no devices": {Account: account, Origins: []string{origin}}, "no account": {Devices: s.devices, Origins: []string{origin}},
		"no origins": {Devices: s.devices, Account: account}, "null": {Devices: s.devices, Account: account, Origins: []string{"null"}},
		"an empty origin": {Devices: s.devices, Account: account, Origins: []string{""}},
		"no slash":        {Devices: s.devices, Account: account, Origins: []string{origin}, Path: "/push"},
		"another host":    {Devices: s.devices, Account: account, Origins: []string{origin}, Path: "//evil/"},
		"a pattern":       {Devices: s.devices, Account: account, Origins: []string{origin}, Path: "/{x}/"},
	} {
		if _, err := webpushweb.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

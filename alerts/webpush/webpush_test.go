package webpush_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
)

func TestNotify(t *testing.T) {
	w := newWorld(t)
	s := w.serve()
	phone, laptop := w.subscribe("kim", "/wp/phone"), w.subscribe("kim", "/wp/laptop")
	w.subscribe("lee", "/wp/lee")
	w.now = t0.Add(time.Hour)
	fine(t, w.n.Notify(t.Context(), message(activity.Critical, "ko-KR")))
	got := s.take()
	if len(got) != 2 {
		t.Fatalf("%d requests, want the two of the account", len(got))
	}
	if got[0].path == "/wp/laptop" {
		got[0], got[1] = got[1], got[0]
	}
	a, plain := read(t, phone, got[0])
	b, _ := read(t, laptop, got[1])
	if a != b {
		t.Errorf("%+v and %+v differ", a, b)
	}
	want := shown{
		Title: a.Title, Body: "독일 Berlin 부근 · Windows의 Chrome\n본인이 아니라면 이 알림을 눌러 계정을 보호하세요.\n링크 대신 shop.example 주소를 직접 입력하세요.", Lang: "ko",
		Tag: "delivery-1", URL: "https://shop.example/security", Timestamp: t0.UnixMilli(), Sticky: true,
	}
	if a != want || !strings.HasPrefix(a.Title, "[예시샵] ") {
		t.Errorf("%+v, want %+v", a, want)
	}
	for _, secret := range []string{"blue whale", "192.0.2.7", "Kim", "kim@", "8210", "52.52"} {
		if strings.Contains(plain, secret) {
			t.Errorf("the lock screen shows %q", secret)
		}
	}
	if _, err := laptop.decrypt(got[0].body); err == nil {
		t.Error("another browser reads it")
	}
	for _, r := range got {
		if len(r.body) != webpush.BodySize || r.proto != 2 {
			t.Errorf("%d bytes over HTTP/%d", len(r.body), r.proto)
		}
	}
	list, err := w.devices.List(t.Context(), "kim")
	fine(t, err)
	for _, d := range list {
		if d.UsedAt != w.now || d.AddedAt != t0 {
			t.Errorf("%+v", d)
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		severity     activity.Severity
		urgency, ttl string
	}{
		{activity.Critical, "high", "259200"}, {activity.Warning, "normal", "86400"}, {activity.Notice, "low", "21600"}, {activity.Info, "low", "21600"},
	} {
		w := newWorld(t)
		s := w.serve()
		w.subscribe("kim", "/wp/a")
		m := message(c.severity, "en")
		fine(t, w.n.Notify(t.Context(), m))
		fine(t, w.n.Notify(t.Context(), m))
		m.ID = "delivery-2"
		fine(t, w.n.Notify(t.Context(), m))
		got := s.take()
		h := got[0].header
		if h.Get("Urgency") != c.urgency || h.Get("TTL") != c.ttl || h.Get("Content-Encoding") != "aes128gcm" {
			t.Errorf("%v: %v", c.severity, h)
		}
		topics := []string{h.Get("Topic"), got[1].header.Get("Topic"), got[2].header.Get("Topic")}
		if raw, err := base64.RawURLEncoding.DecodeString(topics[0]); err != nil || len(topics[0]) > 32 || len(raw) < 16 || strings.Contains(topics[0], "delivery") {
			t.Errorf("topic %q: %v", topics[0], err)
		}
		if topics[0] != topics[1] || topics[0] == topics[2] {
			t.Errorf("topics %v: a repeat has to collapse and another message not", topics)
		}
	}
}

// The VAPID token is the service's alone, signed by the key that it names, and
// names the operator once.
func TestVAPID(t *testing.T) {
	for contact, want := range map[string]string{
		"": "mailto:security@shop.example", "mailto:support@shop.example": "mailto:support@shop.example",
		"support@shop.example": "mailto:support@shop.example", "https://shop.example/contact": "https://shop.example/contact",
	} {
		w := newWorld(t, func(c *webpush.Config) { c.Contact = contact })
		s := w.serve()
		w.subscribe("kim", "/wp/a")
		fine(t, w.n.Notify(t.Context(), message(activity.Warning, "en")))
		token, key, ok := strings.Cut(strings.TrimPrefix(s.take()[0].header.Get("Authorization"), "vapid t="), ", k=")
		if !ok || key != w.keys.Public {
			t.Fatalf("k=%q", key)
		}
		var claims struct {
			Aud, Sub string
			Exp      int64
		}
		parts := strings.Split(token, ".")
		data, err := base64.RawURLEncoding.DecodeString(parts[1])
		fine(t, err)
		fine(t, json.Unmarshal(data, &claims))
		if in := time.Until(time.Unix(claims.Exp, 0)); claims.Aud != "https://fcm.googleapis.com" || claims.Sub != want || in <= 0 || in > 24*time.Hour {
			t.Errorf("%+v, want sub %q", claims, want)
		}
		point, _ := base64.RawURLEncoding.DecodeString(key)
		signature, err := base64.RawURLEncoding.DecodeString(parts[2])
		fine(t, err)
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		fine(t, err)
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
			t.Error("the signature does not verify")
		}
	}
}

func TestOutcomes(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name  string
		paths []string
		want  string // "", "none", "again" or "permanent"
		wait  time.Duration
		left  int
	}{
		{"taken", []string{"/201/a"}, "", 0, 1},
		{"another 2xx", []string{"/200/a"}, "", 0, 1},
		{"gone", []string{"/410/a"}, "none", 0, 0},
		{"not found", []string{"/404/a"}, "none", 0, 0},
		{"gone and taken", []string{"/410/a", "/201/b"}, "", 0, 1},
		{"failed and taken", []string{"/500/a", "/201/b", "/403/c"}, "", 0, 3},
		{"gone and failed", []string{"/410/a", "/503/b"}, "again", 0, 1},
		{"too many", []string{"/429+7/a"}, "again", 7 * time.Second, 1},
		{"the longest wait", []string{"/429+7/a", "/503+90/b", "/500/c"}, "again", 90 * time.Second, 3},
		{"waits are bounded", []string{"/429+99999999/a"}, "again", time.Hour, 1},
		{"malformed wait", []string{"/429+-5/a"}, "again", 0, 1},
		{"temporary wins", []string{"/403/a", "/500/b"}, "again", 0, 2},
		{"timeout", []string{"/408/a"}, "again", 0, 1},
		{"bad request", []string{"/400/a"}, "permanent", 0, 1},
		{"unauthorised", []string{"/401/a"}, "permanent", 0, 1},
		{"forbidden", []string{"/403/a"}, "permanent", 0, 1},
		{"too large", []string{"/413/a", "/403/b"}, "permanent", 0, 2},
		{"redirected", []string{"/307/a"}, "permanent", 0, 1},
	} {
		w := newWorld(t)
		s := w.serve()
		for _, p := range c.paths {
			w.subscribe("kim", p)
		}
		err := w.n.Notify(ctx, message(activity.Warning, "en"))
		var permanent *alerts.PermanentError
		var status *webpush.StatusError
		isPermanent, isStatus := errors.As(err, &permanent), errors.As(err, &status)
		got := map[bool]string{true: "permanent", false: "again"}[isPermanent]
		switch {
		case err == nil:
			got = ""
		case errors.Is(err, alerts.ErrNoRecipient):
			got = "none"
		case !isStatus:
			t.Errorf("%s: %v is no StatusError", c.name, err)
		case status.RetryAfter != c.wait:
			t.Errorf("%s: wait %v, want %v", c.name, status.RetryAfter, c.wait)
		}
		if retry := (*alerts.RetryError)(nil); errors.As(err, &retry) != (c.wait > 0) || retry != nil && retry.After != c.wait {
			t.Errorf("%s: %v does not say when", c.name, err)
		}
		list, _ := w.devices.List(ctx, "kim")
		if got != c.want || len(list) != c.left || len(s.take()) != len(c.paths) {
			t.Errorf("%s: %q (%v) with %d left, want %q with %d", c.name, got, err, len(list), c.want, c.left)
		}
		if len(w.events.got) != len(c.paths) {
			t.Errorf("%s: what the service says is no act of the owner", c.name)
		}
	}
}

func TestNobody(t *testing.T) {
	w := newWorld(t)
	if err := w.n.Notify(t.Context(), message(activity.Warning, "en")); !errors.Is(err, alerts.ErrNoRecipient) {
		t.Errorf("got %v", err)
	}
	s := w.serve()
	w.subscribe("kim", "/wp/a")
	m := message(activity.Warning, "en")
	m.Kind, m.Code, m.ExpiresAt = alerts.SignInCode, "123456", t0.Add(time.Minute)
	var permanent *alerts.PermanentError
	if err := w.n.Notify(t.Context(), m); !errors.As(err, &permanent) || len(s.take()) != 0 {
		t.Errorf("a code: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	w := newWorld(t, func(c *webpush.Config) { c.Timeout = 50 * time.Millisecond })
	s := w.serve()
	b := w.subscribe("kim", "/wp/secret-path")
	hang := make(chan struct{})
	cases := []struct {
		name string
		do   http.HandlerFunc
	}{
		{"hangs", func(http.ResponseWriter, *http.Request) { <-hang }},
		{"drops", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	}
	check := func(name string) {
		t.Helper()
		err := w.n.Notify(t.Context(), message(activity.Warning, "en"))
		var permanent *alerts.PermanentError
		if err == nil || errors.As(err, &permanent) {
			t.Errorf("%s: %v", name, err)
		}
		w.quiet(name, err, b)
	}
	for _, c := range cases {
		s.answers(c.do)
		check(c.name)
	}
	close(hang)
	webpush.Loopback(w.n, s.Listener.Addr().String(), nil) // trusts it no more
	check("certificate")
	s.Close()
	check("closed")
}

// quiet: neither an error nor the log tells an endpoint or a key.
func (w *world) quiet(name string, err error, b browser) {
	w.Helper()
	text := w.log.String()
	for e := err; e != nil; e = errors.Unwrap(e) {
		text += e.Error()
	}
	for _, secret := range []string{b.endpoint, "secret-path", enc(b.auth), enc(b.key.PublicKey().Bytes()), w.keys.Private} {
		if strings.Contains(text, secret) {
			w.Errorf("%s: %q tells %q", name, text, secret)
		}
	}
}

// An answer without end is not read to its end.
func TestAnswerIsBounded(t *testing.T) {
	w := newWorld(t, func(c *webpush.Config) { c.Timeout = 3 * time.Second })
	s := w.serve()
	w.subscribe("kim", "/wp/a")
	ended := make(chan int, 1)
	s.answers(func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(201)
		n := 0
		for err := error(nil); err == nil && n < 64<<20; n += 4 << 10 {
			_, err = rw.Write(make([]byte, 4<<10))
		}
		ended <- n
	})
	fine(t, w.n.Notify(t.Context(), message(activity.Warning, "en")))
	if n := <-ended; n > 8<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

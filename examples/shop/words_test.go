package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// One of a unit of time is not several.
func TestOneOfATime(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	p := &page{Lang: "en", text: shop.text, zone: time.UTC}
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 second", time.Second: "1 second", time.Second + 1: "2 seconds",
		2 * time.Minute: "120 seconds", 2*time.Minute + 1: "3 minutes",
	} {
		if got := waitText(p, d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
	for hours, want := range map[int]string{1: "<dd>1 hour</dd>", 2: "<dd>2 hours</dd>"} {
		w := httptest.NewRecorder()
		p.Data = waitData{Hours: hours}
		shop.render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, "recover_waiting", p)
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d hours:\n%s", hours, w.Body)
		}
	}
}

// What leads to all of two-step verification is not named after one method.
func TestTileOfAllMethods(t *testing.T) {
	for lang, want := range map[string]string{"en": "Two-step verification", "ko": "2단계 인증"} {
		shop := openShop(t, t.TempDir(), lang)
		s := shop.surfer(t)
		s.signUp()
		s.signIn(testPassword)
		if body := s.get("/security").body; !strings.Contains(body, want) || strings.Contains(body, "Authenticator app") || strings.Contains(body, "인증 앱") {
			t.Errorf("%s:\n%s", lang, body)
		}
	}
}

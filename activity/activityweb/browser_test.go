package activityweb_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activityweb"
	"example.com/accountsec/internal/browsertest"
)

// TestAccessible looks at every page, without a shop around it and with everything
// unfolded, with axe-core in Chromium: both languages, narrow and wide, light and dark.
func TestAccessible(t *testing.T) {
	lang := "en"
	s := newSite(t, func(cfg *activityweb.Config) {
		cfg.Viewer = func(*http.Request) (string, bool) { return "kim", true }
		cfg.Lang = func(*http.Request) string { return lang }
	})
	s.fill()
	s.record("kim", activity.SignInChallenged, 5*time.Hour, func(e *activity.Event) { e.Outcome = activity.OutcomePending })
	odd := s.record("kim", activity.SignInDenied, 3*time.Hour, func(e *activity.Event) { e.Outcome = activity.OutcomeDenied }).ID
	open := s.record("kim", activity.SignInSucceeded, 2*time.Hour, nil).ID
	if _, err := s.log.Disown(t.Context(), "kim", "kim", odd, activity.Client{}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	b := browsertest.Start(t, server.URL+path)
	pages := map[string]string{
		"list": "", "wrong": "?from=2026-11-24&to=2026-11-01&ip=x", "nothing": "?category=payment",
		"ask": "/disown?event=" + open, "reported": "/disown?event=" + odd, "absent": "/disown?event=x",
	}
	for _, lang = range []string{"en", "ko"} {
		for name, query := range pages {
			b.Open(query)
			browsertest.Eval[chromedp.Void](b, `document.querySelectorAll("details").forEach(d => d.open = true)`)
			for _, width := range []int64{320, 1280} {
				for _, scheme := range []string{"light", "dark"} {
					b.Screen(width, scheme)
					b.Look(name + "-" + lang)
				}
			}
		}
	}
}

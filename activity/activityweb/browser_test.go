package activityweb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activityweb"
	"example.com/accountsec/internal/axe"
)

// TestAccessible looks at every page, without a shop around it, with axe-core in Chromium: both languages,
// narrow and wide, light and dark. ACCOUNTSEC_SHOTS names a folder for
// pictures.
func TestAccessible(t *testing.T) {
	script, err := axe.Source()
	if err != nil {
		t.Fatal(err)
	}
	lang := "en"
	s := newSite(t, func(cfg *activityweb.Config) {
		cfg.Viewer = func(*http.Request) (string, bool) { return "kim", true }
		cfg.Lang = func(*http.Request) string { return lang }
	})
	s.fill()
	s.record("kim", activity.SignInChallenged, 5*time.Hour, func(e *activity.Event) { e.Outcome = activity.OutcomePending })
	odd := s.record("kim", activity.SignInDenied, 3*time.Hour, func(e *activity.Event) { e.Outcome = activity.OutcomeDenied }).ID
	open := s.record("kim", activity.SignInSucceeded, 2*time.Hour, nil).ID
	if _, err = s.log.Disown(t.Context(), "kim", "kim", odd, activity.Client{}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	b := openBrowser(t)
	pages := map[string]string{
		"list": "", "wrong": "?from=2026-11-24&to=2026-11-01&ip=x", "nothing": "?category=payment",
		"ask": "/disown?event=" + open, "reported": "/disown?event=" + odd, "absent": "/disown?event=x",
	}
	for _, lang = range []string{"en", "ko"} {
		for _, width := range []int64{320, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				b.emulate(width, scheme)
				for name, query := range pages {
					b.check(script, server.URL+path+query, fmt.Sprintf("%s-%s-%d-%s", name, lang, width, scheme), width)
				}
			}
		}
	}
}

type browser struct {
	*testing.T
	ctx   context.Context
	shots string
}

// openBrowser starts Chromium. Without one the test is skipped, but not in CI.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" && os.Getenv("CI") != "" {
		t.Fatal("Chromium is not installed, and in CI this test may not be skipped")
	}
	if path == "" {
		t.Skip("SKIPPED, NOT PASSED: needs Chromium (apt-get install chromium)")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		chromedp.Cancel(ctx) //nolint:errcheck // waits, so that its folder can go
		end()
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil { // the first run must have no deadline
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return &browser{T: t, ctx: ctx, shots: os.Getenv("ACCOUNTSEC_SHOTS")}
}

func (b *browser) emulate(width int64, scheme string) {
	b.Helper()
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900)); err != nil {
		b.Fatal(err)
	}
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		b.Fatal(err)
	}
}

// check opens a page with everything unfolded and lists what axe-core finds.
func (b *browser) check(script, address, name string, width int64) {
	b.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(address)); err != nil {
		b.Fatal(err)
	}
	const run = `document.querySelectorAll("details").forEach(d => d.open = true);
axe.run().then(r => JSON.stringify({width: document.documentElement.scrollWidth, dark: matchMedia("(prefers-color-scheme: dark)").matches, passes: r.passes.length,
  violations: r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 120) + " " + (n.any[0] || {}).message).join(" | "))}))`
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script+";\n"+run, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(name, err)
	}
	var found struct {
		Width      int64
		Passes     int
		Violations []string
	}
	if err := json.Unmarshal([]byte(got), &found); err != nil {
		b.Fatal(err)
	}
	if found.Passes < 10 {
		b.Errorf("%s: axe-core looked at nothing: %s", name, got)
	}
	for _, v := range found.Violations {
		b.Errorf("%s: %s", name, v)
	}
	if found.Width > width {
		b.Errorf("%s is %d pixels wide on a screen of %d", name, found.Width, width)
	}
	b.photograph(address, name)
}

func (b *browser) photograph(address, name string) {
	b.Helper()
	if b.shots == "" {
		return
	}
	if err := chromedp.Do(b.ctx, chromedp.Navigate(address)); err != nil {
		b.Fatal(err)
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(b.shots, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.shots, name+".png"), picture, 0o644); err != nil {
		b.Fatal(err)
	}
}

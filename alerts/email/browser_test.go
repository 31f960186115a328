package email_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
	"example.com/accountsec/internal/axe"
)

// TestAccessible shows the HTML of every kind's mail in Chromium: both languages,
// on a phone and wide, light and dark (of most kinds two of the four a language). axe-core must find nothing, nothing may be
// wider than the screen, and nothing may be loaded but the logo.
// ACCOUNTSEC_SHOTS names a folder for screenshots, ACCOUNTSEC_SHOTS_ONLY a part of
// the names of those to look at.
func TestAccessible(t *testing.T) {
	script, err := axe.Source()
	fine(t, err)
	b := openBrowser(t)
	pages := map[string]string{}
	for name, s := range map[string]alerts.Sender{"usual": sender, "full": fullSender(), "plain": plainSender()} {
		n, err := email.New(email.Config{Host: "mail.shop.example", Sender: s, Now: func() time.Time { return t0.Add(20 * time.Minute) }})
		fine(t, err)
		for _, lang := range []string{"en", "ko"} {
			for _, kind := range append(everyKind(), alerts.SenderChange) {
				if name != "usual" && kind != alerts.GuessedIn && kind != alerts.RecoveryCode {
					continue
				}
				m := message(kind, lang)
				if name == "plain" {
					m.Links, m.Phrase = alerts.Links{}, ""
				}
				r, err := n.Render(m)
				fine(t, err)
				pages[fmt.Sprintf("%s-%s-%s", name, strings.ReplaceAll(string(kind), ".", "-"), lang)] = strings.ReplaceAll(r.HTML, fullSender().Logo.URL, logo)
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Errorf("a mail loads %s", r.URL)
		}
		// A mail may load nothing; axe-core is put in from outside of the page.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!DOCTYPE html><html lang=en><title>empty</title>") //nolint:errcheck
	}))
	defer server.Close()
	fine(t, chromedp.Do(b.ctx, chromedp.Navigate(server.URL+"/")))
	fine(t, chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](script)))
	for _, width := range []int64{375, 700} {
		for _, scheme := range []string{"light", "dark"} {
			b.emulate(width, scheme)
			for name, page := range pages {
				if only := os.Getenv("ACCOUNTSEC_SHOTS_ONLY"); only != "" && !strings.Contains(name, only) {
					continue
				}
				// What differs between kinds are words: each is looked at four times,
				// twice a language.
				other := (width == 375) != (scheme == "light")
				if strings.HasPrefix(name, "usual") && other != strings.HasSuffix(name, "-ko") {
					continue
				}
				b.check(page, fmt.Sprintf("%s-%d-%s", name, width, scheme), width)
			}
		}
	}
}

// logo stands in for the picture on the shop's server: 120 by 32 in one blue.
var logo = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(
	`<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32"><rect width="120" height="32" rx="6" fill="#0b5aa6"/></svg>`))

type browser struct {
	*testing.T
	ctx context.Context
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" && os.Getenv("CI") != "" {
		t.Fatal("Chromium is not installed, and in CI this test may not be skipped")
	}
	if path == "" {
		t.Skip("SKIPPED, NOT PASSED: looking at mails needs Chromium (apt-get install chromium)")
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
	fine(t, chromedp.Do(ctx, chromedp.EmulateViewport(700, 900))) // the first run must have no deadline
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancel)
	return &browser{t, ctx}
}

func (b *browser) emulate(width int64, scheme string) {
	b.Helper()
	fine(b.T, chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900)))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	fine(b.T, err)
}

// look puts a mail into the page, which has axe-core, and has it looked at.
const look = `const mail = new DOMParser().parseFromString(%s, "text/html").documentElement;
document.replaceChild(document.adoptNode(mail), document.documentElement);
axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(r => JSON.stringify({
  width: document.documentElement.scrollWidth, dark: matchMedia("(prefers-color-scheme: dark)").matches, background: getComputedStyle(document.body).backgroundColor,
  passes: r.passes.length, violations: r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 160) + " " + ((n.any[0] || n.none[0] || {}).message || "")).join(" | "))}))`

// check looks at one mail.
func (b *browser) check(page, name string, width int64) {
	b.Helper()
	quoted, err := json.Marshal(page)
	fine(b.T, err)
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("{"+fmt.Sprintf(look, quoted)+"}", chromedp.EvalAwaitPromise))
	fine(b.T, err)
	var found struct {
		Width      int64
		Dark       bool
		Background string
		Passes     int
		Violations []string
	}
	fine(b.T, json.Unmarshal([]byte(got), &found))
	if found.Passes < 10 || found.Dark != strings.HasSuffix(name, "dark") || found.Dark != (found.Background == "rgb(15, 24, 33)") {
		b.Errorf("%s: not what was to be looked at: %s", name, got)
	}
	for _, v := range found.Violations {
		b.Errorf("%s: %s", name, v)
	}
	if found.Width > width {
		b.Errorf("%s is %d pixels wide on a screen of %d", name, found.Width, width)
	}
	if folder := os.Getenv("ACCOUNTSEC_SHOTS"); folder != "" {
		picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		fine(b.T, err)
		fine(b.T, os.WriteFile(filepath.Join(folder, "mail-"+name+".png"), picture, 0o644))
	}
}

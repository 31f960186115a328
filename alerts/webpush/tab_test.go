package webpush_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"example.com/accountsec/internal/axe"
)

// tab is a headless Chromium with one tab.
type tab struct {
	*testing.T
	ctx  context.Context
	base string

	mu     sync.Mutex
	worker serviceworker.RegistrationID
	faults []string // what the pages did wrong
}

func openTab(t *testing.T, base string) *tab {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		chromedp.Cancel(ctx) //nolint:errcheck // waits, so that its folder can go
		end()
	})
	b := &tab{T: t, base: base}
	fine(t, chromedp.Do(ctx, chromedp.EmulateViewport(375, 800))) // the first run must have no deadline
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	fine(t, chromedp.Listen(ctx, b.listen))
	call(b, cdplog.Enable, cdp.Empty{})
	call(b, serviceworker.Enable, cdp.Empty{})
	return b
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("Chromium is not installed, and in CI this test may not be skipped")
	}
	t.Skip("SKIPPED, NOT PASSED: needs Chromium (apt-get install chromium)")
	return ""
}

func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) R {
	b.Helper()
	out, err := chromedp.Call(b.ctx, cmd, params)
	fine(b, err)
	return out
}

func (b *tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, ev.ExceptionDetails.Text)
	case *cdplog.EventEntryAdded:
		if strings.Contains(ev.Entry.Text, "Content Security Policy") {
			b.faults = append(b.faults, ev.Entry.Text)
		}
	case *serviceworker.EventWorkerRegistrationUpdated:
		for _, r := range ev.Registrations {
			if !r.IsDeleted {
				b.worker = r.RegistrationID
			}
		}
	}
}

// until waits for an expression to be true.
func (b *tab) until(expression string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(30*time.Second))); err != nil {
		b.Fatalf("%s: %v; the page says %q", expression, err, eval[string](b, "document.body.innerText"))
	}
}

func (b *tab) says(words string) {
	b.Helper()
	b.until(fmt.Sprintf(`document.querySelector("[data-say]").textContent === %q`, words))
}

func (b *tab) click(selector string) {
	b.Helper()
	fine(b, chromedp.Do(b.ctx, chromedp.Click(chromedp.CSS(selector))))
}

func (b *tab) open() {
	b.Helper()
	fine(b, chromedp.Do(b.ctx, chromedp.Navigate(b.base+"/")))
}

func (b *tab) permit(setting cdpbrowser.PermissionSetting) {
	b.Helper()
	_, err := chromedp.CallBrowser(b.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: "notifications"}, Setting: setting, Origin: b.base,
	})
	fine(b, err)
}

func eval[T any](b *tab, expression string) T {
	b.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	fine(b, err)
	return out
}

// look checks that the page fits a phone and is accessible, and photographs it
// if asked.
func (b *tab) look(name string) {
	b.Helper()
	if width := eval[int64](b, "document.documentElement.scrollWidth"); width > 375 {
		b.Errorf("%s is %d pixels wide on a phone", name, width)
	}
	source, err := axe.Source()
	fine(b, err)
	fine(b, chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](source)))
	for _, v := range eval[[]string](b, axe.Run) {
		b.Errorf("%s: %s", name, v)
	}
	if folder := os.Getenv("ACCOUNTSEC_SHOTS"); folder != "" {
		picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		fine(b, err)
		fine(b, os.WriteFile(filepath.Join(folder, "webpush-"+name+".png"), picture, 0o644))
	}
}

// Package browsertest drives a headless Chromium through a package's pages and
// finds what is wrong with them: exceptions, offences against the content policy,
// a page wider than its screen, what axe-core finds. For tests alone.
//
// Nothing in it sleeps, and nothing waits for longer than a minute.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one step may take on a busy machine. Nothing waits for it
// to pass.
const patience = time.Minute

// Tab is a Chromium of a test's own, with one tab. It is for one goroutine.
type Tab struct {
	testing.TB
	Ctx  context.Context // chromedp's, without a deadline
	Base string          // what the paths of pages follow

	width  int64
	scheme string

	mu     sync.Mutex
	faults []string
}

// Start starts Chromium with a fresh profile, a wide screen and the light scheme.
// When the test ends, every exception and every offence against a content policy
// fails it. Without Chromium the test is skipped, but not in CI.
func Start(t testing.TB, base string, flags ...chromedp.ExecAllocatorOption) *Tab {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(opts, flags...)...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		chromedp.Cancel(ctx) //nolint:errcheck // waits, so that its folder can go
		end()
	})
	b := &Tab{TB: t, Ctx: ctx, Base: base}
	if err := chromedp.Do(ctx); err != nil { // the first run must have no deadline
		t.Fatal(err)
	}
	b.Must("listen", chromedp.Listen(ctx, b.listen))
	Call(b, cdplog.Enable, cdp.Empty{})
	b.Screen(1280, "light")
	t.Cleanup(b.clean)
	return b
}

func chromium(t testing.TB) string {
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

// listen notes what a page may not do: throw, or offend its content policy.
func (b *Tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, (&chromedp.ExceptionError{ExceptionDetails: ev.ExceptionDetails}).Error())
	case *cdplog.EventEntryAdded:
		if text := ev.Entry.Text; strings.Contains(text, "Content Security Policy") {
			b.faults = append(b.faults, text)
		}
	}
}

// clean fails the test if a page did something wrong.
func (b *Tab) clean() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.Error("a page: ", f)
	}
}

// Must ends the test on an error, with the page's address and text.
func (b *Tab) Must(what string, err error) {
	b.Helper()
	if err == nil {
		return
	}
	ctx, cancel := context.WithTimeout(b.Ctx, patience)
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	b.Fatalf("%s on %s: %v\n%s", what, where, err, text)
}

// Run does something in the tab, or ends the test.
func Run[T any](b *Tab, what string, a chromedp.Action[T]) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, a)
	b.Must(what, err)
	return got
}

// Call runs a command of the DevTools protocol.
func Call[P, R any](b *Tab, cmd cdp.Command[P, R], params P) R {
	b.Helper()
	return Run(b, string(cmd.Method), func(ctx context.Context, t *chromedp.Target) (R, error) {
		return cdp.Call(ctx, t, cmd, params)
	})
}

// Eval gives the value of a JavaScript expression, or of its promise.
func Eval[T any](b *Tab, expression string) T {
	b.Helper()
	what := expression
	if len(what) > 100 {
		what = what[:100] + " …"
	}
	return Run(b, what, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

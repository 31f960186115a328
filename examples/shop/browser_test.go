package main

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

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const (
	wide, narrow = 1280, 375 // the widths that every page is looked at, in CSS pixels
	height       = 900
)

// browser is a headless Chromium with one tab.
type browser struct {
	*testing.T
	ctx   context.Context
	base  string
	lang  string
	shots string // folder for screenshots; "" for none
	seen  int

	mu     sync.Mutex
	faults []string // what the pages did wrong
}

// openBrowser starts Chromium. Without one the test is skipped, but not in CI.
func openBrowser(t *testing.T, base, lang string) *browser {
	t.Helper()
	path := chromium(t)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserAgent(userAgent), chromedp.UserDataDir(t.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		chromedp.Cancel(ctx) //nolint:errcheck // waits, so that its folder can go
		end()
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(wide, height)); err != nil { // the first run must have no deadline
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancel)
	b := &browser{T: t, ctx: ctx, base: base, lang: lang, shots: os.Getenv("ACCOUNTSEC_SHOTS")}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
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
	t.Skip("SKIPPED, NOT PASSED: the browser walk needs Chromium (apt-get install chromium)")
	return ""
}

// listen notes what a page may not do: throw, or offend its content policy.
func (b *browser) listen(ev any) {
	fault := ""
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		fault = "exception: " + ev.ExceptionDetails.Text
	case *cdplog.EventEntryAdded:
		if text := ev.Entry.Text; strings.Contains(text, "Content Security Policy") {
			fault = text
		}
	}
	if fault != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.faults = append(b.faults, fault)
	}
}

// clean fails the test if a page did something wrong.
func (b *browser) clean() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.Error("a page: ", f)
	}
}

func (b *browser) must(what string, err error) {
	b.Helper()
	if err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
		b.Fatalf("%s on %s: %v\n%s", what, where, err, text)
	}
}

// open goes to a page.
func (b *browser) open(path string) {
	b.Helper()
	b.must("open "+path, chromedp.Do(b.ctx, chromedp.Navigate(b.base+path)))
}

// fill types into fields: ids and texts in turn.
func (b *browser) fill(pairs ...string) {
	b.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		id := chromedp.ID(pairs[i])
		empty := chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.getElementById(%q).value = ''", pairs[i]))
		b.must("fill "+pairs[i], b.soon(chromedp.WaitVisible(id), empty, chromedp.SendKeys(id, pairs[i+1])))
	}
}

// pick chooses an option.
func (b *browser) pick(id, value string) {
	b.Helper()
	b.must("pick "+id, b.soon(chromedp.SetValue(chromedp.ID(id), value)))
}

// patience is how long a page may take on a busy machine. Nothing waits for it
// to pass.
const patience = time.Minute

// soon runs steps that must not have to wait for long.
func (b *browser) soon(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

// press clicks something that leads to another page and waits for the page.
func (b *browser) press(css string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(css)))
	b.must("press "+css, err)
}

// at checks the path of the page.
func (b *browser) at(path string) {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.pathname"))
	b.must("where", err)
	if got != path {
		b.must("where", fmt.Errorf("got to %q, want %q", got, path))
	}
}

// text reads what an element says.
func (b *browser) text(css string) string {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS(css)))
	b.must("read "+css, err)
	return strings.TrimSpace(got)
}

// texts reads all elements.
func (b *browser) texts(css string) []string {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.textContent.trim())", css)))
	b.must("read "+css, err)
	return got
}

// until waits for a JavaScript expression to be true, across a change of pages
// too, which ends a wait that then begins anew.
func (b *browser) until(expression string) {
	b.Helper()
	there := chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience))
	_, err := chromedp.Run(b.ctx, there)
	for i := 0; err != nil && i < 20 && !strings.Contains(err.Error(), "timeout"); i++ {
		_, err = chromedp.Run(b.ctx, there)
	}
	b.must("wait for "+expression, err)
}

// look checks that the page fits both widths and, if asked, photographs it.
func (b *browser) look(name string) {
	b.Helper()
	b.seen++
	for _, width := range []int64{narrow, wide} { // the last one stays
		b.must("resize", chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height)))
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
		b.must("measure", err)
		if got > width {
			b.Errorf("%s is %d pixels wide on a screen of %d", name, got, width)
		}
		// Each page twice, of its four looks the two that have least in common.
		if b.lang == "en" && width == narrow {
			b.accessible(fmt.Sprintf("%s at %d", name, width), "light")
		} else if b.lang == "ko" && width == wide {
			b.accessible(fmt.Sprintf("%s at %d", name, width), "dark")
		}
		if b.shots == "" {
			continue
		}
		settle := "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
		_, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](settle, chromedp.EvalAwaitPromise))
		b.must("settle", err)
		picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		b.must("screenshot", err)
		file := filepath.Join(b.shots, fmt.Sprintf("%s-%02d-%s-%d.png", b.lang, b.seen, name, width))
		if err := os.MkdirAll(b.shots, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(file, picture, 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

// scheme makes the browser prefer light or dark pages.
func (b *browser) scheme(name string) error {
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	return err
}

// attributes reads data- attributes of all elements.
func (b *browser) attributes(css, name string) []string {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.dataset[%q])", css, name)))
	b.must("read "+css, err)
	return got
}

func click(css string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(css)) }

package browsertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Open goes to a page.
func (b *Tab) Open(path string) {
	b.Helper()
	b.Do("open "+path, chromedp.Navigate(b.Base+path))
}

// Do takes steps.
func (b *Tab) Do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	Run(b, what, chromedp.Steps(steps...))
}

// Click clicks something that does not lead to another page, or not at once.
func (b *Tab) Click(css string) {
	b.Helper()
	b.Do("click "+css, chromedp.Click(chromedp.CSS(css)))
}

// Press clicks something that leads to another page and waits for the page.
func (b *Tab) Press(css string) {
	b.Helper()
	Run(b, "press "+css, func(ctx context.Context, _ *chromedp.Target) (*network.Response, error) {
		return chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(css)))
	})
}

// Fill types into fields: ids and texts in turn.
func (b *Tab) Fill(pairs ...string) {
	b.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		id := chromedp.ID(pairs[i])
		empty := chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.getElementById(%q).value = ''", pairs[i]))
		b.Do("fill "+pairs[i], chromedp.WaitVisible(id), empty, chromedp.SendKeys(id, pairs[i+1]))
	}
}

// Until waits for a JavaScript expression to be true. One that throws is not true
// yet. A change of pages ends a wait, which then begins anew.
func (b *Tab) Until(expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, patience)
	defer cancel()
	holds := chromedp.Poll[bool](fmt.Sprintf("(() => { try { return Boolean(%s) } catch { return false } })()", expression), chromedp.WithPollingTimeout(0))
	_, err := chromedp.Run(ctx, holds)
	var wrong *chromedp.ExceptionError // the expression's syntax
	for err != nil && ctx.Err() == nil && !errors.As(err, &wrong) {
		_, err = chromedp.Run(ctx, holds)
	}
	b.Must("wait for "+expression, err)
}

// Arrive waits for a page that a script leads to.
func (b *Tab) Arrive(path string) {
	b.Helper()
	b.Until(fmt.Sprintf("location.pathname === %q && document.readyState === 'complete'", path))
}

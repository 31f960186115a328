package main

import (
	"strings"

	"example.com/accountsec/internal/axe"
	"github.com/chromedp/chromedp"
)

// accessible runs axe-core over the page in a colour scheme.
func (b *browser) accessible(name, scheme string) {
	b.Helper()
	source, err := axe.Source()
	b.must("axe", err)
	_, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](source+"; true"))
	b.must("load axe", err)
	b.must("emulate "+scheme, b.scheme(scheme))
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](axe.Run, chromedp.EvalAwaitPromise))
	b.must("run axe", err)
	if len(found) > 0 {
		b.Errorf("%s, %s, is not accessible:\n%s", name, scheme, strings.Join(found, "\n"))
	}
	b.must("emulate light", b.scheme("light"))
}

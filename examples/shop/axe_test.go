package main

import (
	"compress/gzip"
	"embed"
	"io"
	"strings"

	"github.com/chromedp/chromedp"
)

// axe-core 4.13.0, as published (MPL-2.0, testdata/axe.LICENSE), compressed.
//
//go:embed testdata/axe.min.js.gz
var axeFile embed.FS

// axeRun gives the violations, one a line: rule, help, and where.
const axeRun = `axe.run(document, {resultTypes: ["violations"]}).then(r =>
	r.violations.map(v => v.id + ": " + v.help + " at " + v.nodes.map(n => n.target.join(" ")).join("; ")))`

// accessible runs axe-core over the page in a colour scheme.
func (b *browser) accessible(name, scheme string) {
	b.Helper()
	f, err := axeFile.Open("testdata/axe.min.js.gz")
	b.must("axe", err)
	defer f.Close() //nolint:errcheck
	unzipped, err := gzip.NewReader(f)
	b.must("axe", err)
	source, err := io.ReadAll(unzipped)
	b.must("axe", err)
	_, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](string(source)+"; true"))
	b.must("load axe", err)
	b.must("emulate "+scheme, b.scheme(scheme))
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](axeRun, chromedp.EvalAwaitPromise))
	b.must("run axe", err)
	if len(found) > 0 {
		b.Errorf("%s, %s, is not accessible:\n%s", name, scheme, strings.Join(found, "\n"))
	}
	b.must("emulate light", b.scheme("light"))
}

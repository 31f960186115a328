package browsertest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const height = 900 // of every screen, in CSS pixels

// Screen sets the width in CSS pixels and the colour scheme, "light" or "dark".
func (b *Tab) Screen(width int64, scheme string) {
	b.Helper()
	if width != b.width {
		b.Do("resize", chromedp.EmulateViewport(width, height))
	}
	if scheme != b.scheme {
		Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
	}
	b.width, b.scheme = width, scheme
}

// Look checks that the page fits the screen and is accessible, and photographs it
// if asked.
func (b *Tab) Look(name string) {
	b.Helper()
	b.Fits(name)
	b.Accessible(name)
	b.Shot(name)
}

// Fits checks that the page is not wider than the screen.
func (b *Tab) Fits(name string) {
	b.Helper()
	if got := Eval[int64](b, "document.documentElement.scrollWidth"); got > b.width {
		b.Errorf("%s is %d pixels wide on a screen of %d", name, got, b.width)
	}
}

// Accessible checks that axe-core finds no fault in the page as the screen shows
// it, and that it looked at something.
func (b *Tab) Accessible(name string) {
	b.Helper()
	if !Eval[bool](b, "Boolean(window.axe)") { // once a document: the script is large
		script, err := axeSource()
		b.Must("unpack axe-core", err)
		Eval[chromedp.Void](b, script)
	}
	found := Eval[axeFound](b, axeRun)
	if found.Passes < 10 || found.Dark != (b.scheme == "dark") {
		b.Errorf("%s, %d wide, %s, was not looked at: %+v", name, b.width, b.scheme, found)
	}
	if len(found.Violations) > 0 {
		b.Errorf("%s, %d wide, %s, is not accessible:\n%s", name, b.width, b.scheme, strings.Join(found.Violations, "\n"))
	}
}

// Shot photographs the page if ACCOUNTSEC_SHOTS names a folder: into one in it
// with the name of the tests' package.
func (b *Tab) Shot(name string) {
	b.Helper()
	shots := os.Getenv("ACCOUNTSEC_SHOTS")
	if shots == "" {
		return
	}
	Eval[bool](b, "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))") // settled
	picture := Run(b, "screenshot", chromedp.FullScreenshot(100))
	here, err := os.Getwd()
	b.Must("screenshot", err)
	file := filepath.Join(shots, filepath.Base(here), fmt.Sprintf("%s-%d-%s.png", name, b.width, b.scheme))
	b.Must("screenshot", os.MkdirAll(filepath.Dir(file), 0o755))
	b.Must("screenshot", os.WriteFile(file, picture, 0o644))
}

// axe-core 4.13.0, as published (MPL-2.0, LICENSE.axe), compressed.
//
//go:embed axe.min.js.gz
var axePacked []byte

var axeSource = sync.OnceValues(func() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(axePacked))
	if err != nil {
		return "", err
	}
	script, err := io.ReadAll(r)
	return string(script), err
})

// axeFound is what axe-core found, and the scheme that the page had then.
type axeFound struct {
	Dark       bool     `json:"dark"`
	Passes     int      `json:"passes"` // rules
	Violations []string `json:"violations"`
}

// axeRun is a promise of axeFound: of all rules that axe-core has on by itself,
// and of the size of what is pressed.
const axeRun = `axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(r => ({
	dark: matchMedia("(prefers-color-scheme: dark)").matches, passes: r.passes.length,
	violations: r.violations.map(v => [v.id + ": " + v.help, ...v.nodes.map(n => n.target.join(" ") + ": " + n.failureSummary)].join("\n")),
}))`

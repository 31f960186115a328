package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"example.com/accountsec/internal/browsertest"
)

const wide, narrow = 1280, 375 // the widths that every page is looked at, in CSS pixels

// browser is a headless Chromium with one tab.
type browser struct {
	*browsertest.Tab
	T      *testing.T
	lang   string
	folder string // for screenshots
	seen   int
}

func openBrowser(t *testing.T, base, lang string) *browser {
	t.Helper()
	return &browser{Tab: browsertest.Start(t, base, chromedp.UserAgent(userAgent)), T: t, lang: lang}
}

// pick chooses an option.
func (b *browser) pick(id, value string) {
	b.Helper()
	b.Do("pick "+id, chromedp.SetValue(chromedp.ID(id), value))
}

// at checks the path of the page.
func (b *browser) at(path string) {
	b.Helper()
	if got := browsertest.Eval[string](b.Tab, "location.pathname"); got != path {
		b.Must("where", fmt.Errorf("got to %q, want %q", got, path))
	}
}

// text reads what an element says.
func (b *browser) text(css string) string {
	b.Helper()
	return strings.TrimSpace(browsertest.Run(b.Tab, "read "+css, chromedp.TextContent(chromedp.CSS(css))))
}

// texts reads all elements.
func (b *browser) texts(css string) []string {
	b.Helper()
	return browsertest.Eval[[]string](b.Tab, fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.textContent.trim())", css))
}

// attributes reads data- attributes of all elements.
func (b *browser) attributes(css, name string) []string {
	b.Helper()
	return browsertest.Eval[[]string](b.Tab, fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.dataset[%q])", css, name))
}

// look checks that the page fits both widths and is accessible, and photographs
// it if asked.
func (b *browser) look(name string) {
	b.Helper()
	b.seen++
	for _, width := range []int64{narrow, wide} { // the last one stays
		b.Screen(width, "light")
		b.Fits(name)
		// Each page twice, of its four looks the two that have least in common.
		if b.lang == "en" && width == narrow {
			b.Accessible(name)
		} else if b.lang == "ko" && width == wide {
			b.Screen(width, "dark")
			b.Accessible(name)
			b.Screen(width, "light")
		}
		b.Shot(fmt.Sprintf("%s%s-%02d-%s", b.folder, b.lang, b.seen, name))
	}
}

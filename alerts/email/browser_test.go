package email_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
	"example.com/accountsec/internal/browsertest"
)

// TestAccessible shows the HTML of every kind's mail in Chromium: both languages,
// on a phone and wide, light and dark (of most kinds two of the four a language).
// axe-core must find nothing, nothing may be wider than the screen, and nothing
// may be loaded but the logo. ACCOUNTSEC_SHOTS_ONLY is a part of the names of those
// to look at.
func TestAccessible(t *testing.T) {
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
	b := browsertest.Start(t, server.URL)
	b.Open("/")
	for _, width := range []int64{375, 700} {
		for _, scheme := range []string{"light", "dark"} {
			b.Screen(width, scheme)
			for name, page := range pages {
				// What differs between kinds are words: each is looked at four times,
				// twice a language.
				other := (width == 375) != (scheme == "light")
				if strings.HasPrefix(name, "usual") && other != strings.HasSuffix(name, "-ko") || !strings.Contains(name, os.Getenv("ACCOUNTSEC_SHOTS_ONLY")) {
					continue
				}
				show(b, page)
				b.Look(name)
				background := browsertest.Eval[string](b, "getComputedStyle(document.body).backgroundColor")
				if (scheme == "dark") != (background == "rgb(15, 24, 33)") {
					t.Errorf("%s is not %s: %s", name, scheme, background)
				}
			}
		}
	}
}

// logo stands in for the picture on the shop's server: 120 by 32 in one blue.
var logo = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(
	`<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32"><rect width="120" height="32" rx="6" fill="#0b5aa6"/></svg>`))

// show puts a mail in the place of the document, whose window keeps axe-core.
func show(b *browsertest.Tab, page string) {
	b.Helper()
	quoted, err := json.Marshal(page)
	b.Must("quote", err)
	browsertest.Eval[chromedp.Void](b, fmt.Sprintf(`void document.replaceChild(
		document.adoptNode(new DOMParser().parseFromString(%s, "text/html").documentElement), document.documentElement)`, quoted))
}
